//! `/account`: who is signed in, and the way out.

use askama::Template;

use crate::web::page::{Page, Screen};

/// The page.
#[derive(Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    /// The shell.
    pub page: Page,
    /// Who is signed in.
    pub user_id: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// The role as the database writes it, such as `global_administrator`; the words are the message `role-…`.
    pub role: String,
    /// The company's name.
    pub company: String,
    /// The page follows a change of the password.
    pub password_changed: bool,
}

impl AccountPage {
    fn role_key(&self) -> String {
        format!("role-{}", self.role)
    }
}

impl Screen for AccountPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("account-title")
    }
}
