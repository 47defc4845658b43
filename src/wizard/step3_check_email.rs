//! Step 3, "Check your e-mail" (`/reset/check-email`): what was sent, until when its link is good, and all the reasons
//! there can be when nothing comes.
//!
//! Must stay true: not one word depends on whether a message was really sent (the same page for a decoy).

use askama::Template;

use super::resend::{Resend, ResendProblem};
use crate::web::page::{FieldProblem, Moment, Page, Screen};

/// The page.
#[derive(Template)]
#[template(path = "wizard/step3_check_email.html")]
pub struct CheckEmailPage {
    /// The shell.
    pub page: Page,
    /// As it was typed.
    pub user_id: String,
    /// The sender as the mail program will show it: name and address, from the same setting as the real mail's.
    pub sender: String,
    /// The subject of the real mail, from the same message.
    pub subject: String,
    /// Until when the link is good.
    pub expires_at: Moment,
    /// The way without a puzzle: when the e-mail leaves.
    pub late_until: Option<Moment>,
    /// The button.
    pub resend: Resend,
    /// Why the button did nothing.
    pub problem: Option<ResendProblem>,
    /// The page follows a resend that worked.
    pub sent_again: bool,
}

impl Screen for CheckEmailPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("check-email-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let page = &self.page;
        match &self.problem {
            None => Vec::new(),
            Some(ResendProblem::TooEarly { from }) => {
                let sentence = page.m("check-email-too-early").time("time", from);
                vec![FieldProblem::with_time("resend", &sentence)]
            }
            Some(ResendProblem::NoneLeft) => {
                vec![FieldProblem::new("resend", &page.t("check-email-none-left"))]
            }
        }
    }

    fn step(&self) -> Option<u8> {
        Some(3)
    }
}
