//! `/set-password`: the page behind a one-time link from an administrator or operator.
//!
//! Must stay true: GET spends nothing; the token leaves the address bar with the first POST.

use askama::Template;

use crate::web::{
    page::{FieldProblem, Moment, Page, Screen},
    password_fields::BrokenRule,
};

/// The form.
#[derive(Template)]
#[template(path = "set_password.html")]
pub struct SetPasswordPage {
    /// The shell.
    pub page: Page,
    /// The path that the form posts to.
    pub action: String,
    /// The token, for the hidden field; empty where `action` holds it.
    pub token: String,
    /// Whose password it will be.
    pub user_id: String,
    /// Until when the link is good, with its day.
    pub expires_at: Moment,
    /// Every rule that was broken.
    pub broken: Vec<BrokenRule>,
}

impl Screen for SetPasswordPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("set-password-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        self.broken.iter().map(|rule| rule.at_its_field(&self.page)).collect()
    }
}

/// A link that opens nothing: used, replaced, expired or never sent. One page for all: who holds it may be anyone.
#[derive(Template)]
#[template(path = "set_password_dead.html")]
pub struct SetPasswordDeadPage {
    /// The shell.
    pub page: Page,
}

impl Screen for SetPasswordDeadPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("set-password-dead-title")
    }
}
