//! Step 4, "Mobile phone verification" (`/reset/security-code`): the code of the text message.
//!
//! One field, never a box per digit: the whole message may be pasted (WCAG 2.2, 3.3.8).

use askama::Template;

use super::resend::{Resend, ResendProblem};
use crate::web::page::{FieldProblem, Moment, Page, Screen};

/// The page.
#[derive(Template)]
#[template(path = "wizard/step4_security_code.html")]
pub struct SecurityCodePage {
    /// The shell.
    pub page: Page,
    /// The number with all but its last two digits hidden.
    pub masked_number: String,
    /// Until when the code is good.
    pub expires_at: Moment,
    /// The button.
    pub resend: Resend,
    /// What is wrong with the code, or why the button did nothing.
    pub problem: Option<CodeProblem>,
    /// The page follows a resend that worked.
    pub sent_again: bool,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeProblem {
    /// Nothing was typed.
    Empty,
    /// Not eight digits; this used up no try.
    Unreadable,
    /// Not the code.
    Wrong {
        /// How many tries are left, one at least.
        tries_left: u32,
    },
    /// The button did nothing.
    Resend(ResendProblem),
    /// This number got as many text messages as it may.
    NumberLimit {
        /// When it may get one again.
        from: Option<Moment>,
    },
}

impl Screen for SecurityCodePage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("security-code-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let page = &self.page;
        let code = |sentence: String| FieldProblem::new("code", &sentence);
        let resend = |sentence: String| FieldProblem::new("resend", &sentence);
        let resend_from = |key, from| FieldProblem::with_time("resend", &page.m(key).time("time", from));
        let problem = self.problem.as_ref().map(|problem| match problem {
            CodeProblem::Empty => code(page.t("security-code-empty")),
            CodeProblem::Unreadable => code(page.t("security-code-unreadable")),
            CodeProblem::Wrong { tries_left } => {
                code(page.a("security-code-wrong").arg("n", *tries_left).s())
            }
            CodeProblem::Resend(ResendProblem::TooEarly { from }) => {
                resend_from("security-code-too-early", from)
            }
            CodeProblem::Resend(ResendProblem::NoneLeft) => resend(page.t("security-code-none-left")),
            CodeProblem::NumberLimit { from: Some(from) } => {
                resend_from("security-code-number-limit-until", from)
            }
            CodeProblem::NumberLimit { from: None } => resend(page.t("security-code-number-limit")),
        });
        problem.into_iter().collect()
    }

    fn step(&self) -> Option<u8> {
        Some(4)
    }
}
