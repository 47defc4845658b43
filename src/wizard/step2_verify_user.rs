//! Step 2, "User verification" (`/reset/verify-user`): user ID and the characters for verification.
//!
//! Must stay true: the answer is the same page with the same work, whoever was named; a wrong answer keeps the user
//! ID and shows a new picture.

use askama::Template;

use super::who::Who;
use crate::web::page::{FieldProblem, Page, Screen};

/// The page.
#[derive(Template)]
#[template(path = "wizard/step2_verify_user.html")]
pub struct VerifyUserPage {
    /// The shell.
    pub page: Page,
    /// User ID, characters, and what is wrong with them.
    pub who: Who,
}

impl Screen for VerifyUserPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("verify-user-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        self.who.sentences(&self.page)
    }

    fn step(&self) -> Option<u8> {
        Some(2)
    }
}
