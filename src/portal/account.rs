//! `/account`: who is signed in, and the way out.

use axum::{extract::Query, http::StatusCode, response::Response};
use serde::Deserialize;

use crate::{
    clock,
    web::{
        error::PageError,
        signed_in::Someone,
        visit::{FormOf, Visit, show},
    },
};

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

/// What a redirect to this page tells it.
#[derive(Deserialize)]
pub struct Arrival {
    #[serde(default)]
    notice: String,
}

/// Shows who is signed in.
pub async fn get(
    visit: Visit,
    someone: Someone,
    Query(arrival): Query<Arrival>,
) -> Result<Response, PageError> {
    let user = someone.user;
    let mut page = visit.page_with_form(clock::now(), FormOf::Account);
    page.signed_in = Some(user.user_id.clone());
    show(
        StatusCode::OK,
        &AccountPage {
            page,
            user_id: user.user_id,
            display_name: user.display_name,
            role: user.role,
            company: user.company_name,
            password_changed: arrival.notice == "password-changed",
        },
    )
}
