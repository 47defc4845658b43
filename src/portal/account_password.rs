//! `/account/password`: a signed-in person changes the password, by choice or because they have to.

use askama::Template;

use crate::web::{
    page::{FieldProblem, Page, Screen},
    password_fields::BrokenRule,
};

/// The page.
#[derive(Template)]
#[template(path = "account_password.html")]
pub struct AccountPasswordPage {
    /// The shell.
    pub page: Page,
    /// For the password manager, which files the new password under it.
    pub user_id: String,
    /// Why it has to be now.
    pub must_change: Option<MustChange>,
    /// What is wrong with the present password.
    pub current: Option<CurrentPasswordProblem>,
    /// Every rule that the new one broke.
    pub broken: Vec<BrokenRule>,
}

/// Why the password has to be changed now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MustChange {
    /// The company's policy says so.
    Expired,
    /// An administrator made the present one.
    Temporary,
}

/// What is wrong with the present password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CurrentPasswordProblem {
    /// Nothing was typed.
    Empty,
    /// It is another one.
    Wrong,
}

impl Screen for AccountPasswordPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("account-password-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let current = self.current.map(|problem| {
            let key = match problem {
                CurrentPasswordProblem::Empty => "account-password-current-empty",
                CurrentPasswordProblem::Wrong => "account-password-current-wrong",
            };
            FieldProblem::new("current_password", &self.page.t(key))
        });
        let new = self.broken.iter().map(|rule| rule.at_its_field(&self.page));
        current.into_iter().chain(new).collect()
    }
}
