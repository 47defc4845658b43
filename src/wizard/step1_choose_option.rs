//! Step 1, "Reset your password" (`/reset`): what the visitor can do here depends on who they are and what they lost.
//! No choice ends in a dead end: two of the three lead to "Contact your administrator".

use crate::{
    app::App,
    clock,
    web::{
        error::PageError,
        form::{Form, Posted},
        visit::{FormOf, Visit, show},
    },
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use askama::Template;

use crate::web::page::{FieldProblem, Page, Screen};

/// The page.
#[derive(Template)]
#[template(path = "wizard/step1_choose_option.html")]
pub struct ChooseOptionPage {
    /// The shell.
    pub page: Page,
    /// "Next" was pressed with nothing chosen.
    pub nothing_chosen: bool,
}

impl Screen for ChooseOptionPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("choose-option-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        if self.nothing_chosen {
            vec![FieldProblem::new("option", &self.page.t("choose-option-nothing"))]
        } else {
            Vec::new()
        }
    }

    fn step(&self) -> Option<u8> {
        Some(1)
    }
}

/// What is sent.
#[derive(Deserialize)]
pub struct ChooseOptionForm {
    option: Option<String>,
}

impl Form for ChooseOptionForm {
    const OF: FormOf = FormOf::Reset;
}

/// Shows the choice. Nothing is stored for whoever only looks.
pub async fn get(State(_): State<App>, visit: Visit) -> Result<Response, PageError> {
    let page = visit.page_with_form(clock::now(), FormOf::Reset);
    show(StatusCode::OK, &ChooseOptionPage { page, nothing_chosen: false })
}

/// Leads on.
pub async fn post(visit: Visit, Posted(form): Posted<ChooseOptionForm>) -> Result<Response, PageError> {
    match form.option.as_deref() {
        Some("forgot_password") => Ok(Redirect::to("/reset/verify-user").into_response()),
        Some("not_administrator" | "lost_contact") => {
            Ok(Redirect::to("/contact-administrator").into_response())
        }
        None | Some("") => {
            let page = visit.page_with_form(clock::now(), FormOf::Reset);
            show(StatusCode::UNPROCESSABLE_ENTITY, &ChooseOptionPage { page, nothing_chosen: true })
        }
        Some(_) => Err(PageError::BadRequest),
    }
}
