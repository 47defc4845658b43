//! The page between a small button and its effect, where the last proof of the own password is too old: it asks for it, and presses the
//! button again (ASVS 7.5.1, 7.5.3).
//!
//! Must stay true: nothing has happened when this page is shown, and it sends exactly what the button sent.
//!
//! To add it to a form without a review of its own: a field `your_password: Option<Zeroizing<String>>`, and [`hindrance`] before the
//! effect. `tests/it/proof_again.rs` holds every form to it.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use zeroize::Zeroizing;

use super::{door, your_password::PasswordProblem};
use crate::{
    app::App,
    web::{
        error::PageError,
        page::{FieldProblem, Page, Screen},
        portal_nav::Section,
        recent_proof::{self, Proof},
        signed_in::Someone,
        visit::{Visit, show},
    },
};

/// The page.
#[derive(Template)]
#[template(path = "portal/prove_again.html")]
pub struct ProveAgainPage {
    /// The shell.
    pub page: Page,
    /// Which button.
    pub button: Button,
    /// What is wrong with the own password.
    pub password: Option<PasswordProblem>,
}

/// The button that is pressed again.
#[derive(Debug, Clone)]
pub struct Button {
    /// Where it sends.
    pub action: String,
    /// What it sends besides the form token.
    pub fields: Vec<(&'static str, String)>,
    /// The key of what it does, as its word.
    pub word: &'static str,
    /// Where its page is.
    pub back: String,
    /// The section of that page.
    pub section: Section,
}

impl Screen for ProveAgainPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("prove-again-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        self.password.iter().map(|problem| problem.sentence(&self.page)).collect()
    }
}

/// The page that asks, or nothing: the proof is good. `typed`: nothing before the page was shown.
pub async fn hindrance(
    app: &App,
    visit: &Visit,
    someone: &Someone,
    typed: Option<&Zeroizing<String>>,
    button: Button,
) -> Result<Option<Response>, PageError> {
    let none = Zeroizing::default();
    let proof = recent_proof::prove(app, visit, someone, typed.unwrap_or(&none)).await?;
    if proof == Proof::Good {
        return Ok(None);
    }
    let password = PasswordProblem::of(proof).filter(|_| typed.is_some());
    let status = if password.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = door::page_in(app, someone, visit, button.section).await?;
    Ok(Some(show(status, &ProveAgainPage { page, button, password })?))
}
