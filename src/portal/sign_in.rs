//! Sign-in (`/sign-in`).
//!
//! Must stay true: one sentence for every cause, so that nobody learns which user IDs exist.

use askama::Template;

use crate::web::page::{FieldProblem, Page, Screen};

/// The page.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// The shell.
    pub page: Page,
    /// What was typed before.
    pub user_id: String,
    /// What to put right, in the order of the fields.
    pub problems: Vec<SignInProblem>,
    /// What brought the person here.
    pub notice: Option<SignInNotice>,
}

/// What to put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInProblem {
    /// No user ID was typed.
    UserIdEmpty,
    /// No password was typed.
    PasswordEmpty,
    /// Unknown, wrong, blocked: one sentence for all.
    Wrong,
}

/// What brought the person here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInNotice {
    /// They signed out.
    SignedOut,
    /// They made a password by a one-time link, or changed it.
    PasswordSet,
    /// They reset their password.
    PasswordReset,
    /// Their session ended, and the page that they asked for needs one.
    SignInFirst,
}

impl SignInNotice {
    fn key(self) -> &'static str {
        match self {
            Self::SignedOut => "sign-in-signed-out",
            Self::PasswordSet => "sign-in-password-set",
            Self::PasswordReset => "sign-in-password-reset",
            Self::SignInFirst => "sign-in-first",
        }
    }
}

impl Screen for SignInPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("sign-in-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let sentence = |problem: &SignInProblem| match problem {
            SignInProblem::UserIdEmpty => FieldProblem::new("user_id", &self.page.t("sign-in-user-id-empty")),
            SignInProblem::PasswordEmpty => {
                FieldProblem::new("password", &self.page.t("sign-in-password-empty"))
            }
            SignInProblem::Wrong => FieldProblem::new("user_id", &self.page.t("sign-in-wrong")),
        };
        self.problems.iter().map(sentence).collect()
    }
}
