//! Step 5, "Create a new password" (`/reset/new-password`).
//!
//! Must stay true: the rules stand on the page before anyone types; all broken ones are listed at once; nothing
//! that was typed comes back.

use askama::Template;

use crate::web::{
    page::{FieldProblem, Moment, Page, Screen},
    password_fields::BrokenRule,
};

/// The page.
#[derive(Template)]
#[template(path = "wizard/step5_new_password.html")]
pub struct NewPasswordPage {
    /// The shell.
    pub page: Page,
    /// For the password manager, which files the new password under it.
    pub user_id: String,
    /// Until when the page is good.
    pub expires_at: Moment,
    /// Every rule that was broken.
    pub broken: Vec<BrokenRule>,
}

impl Screen for NewPasswordPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("new-password-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        self.broken.iter().map(|rule| rule.at_its_field(&self.page)).collect()
    }

    fn step(&self) -> Option<u8> {
        Some(5)
    }
}
