//! Step 3, "Check your e-mail" (`/reset/check-email`): what was sent, until when its link is good, and all the reasons
//! there can be when nothing comes.
//!
//! Must stay true: not one word depends on whether a message was really sent (the same page for a decoy).

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use serde_json::json;
use time::Duration;

use super::{
    gate::{self, Here},
    resend,
};
use crate::{
    app::App,
    domain::wizard::Step,
    outbox::render::reset_link_subject,
    random,
    store::attempts::{self, ResendOutcome},
    web::{
        error::PageError,
        form::{Form, Posted},
        visit::{FormOf, Visit, show},
    },
};

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

/// What a redirect to this page tells it.
#[derive(Deserialize)]
pub struct Arrival {
    #[serde(default)]
    sent: String,
}

impl Arrival {
    /// Whether a resend that worked led here.
    pub fn is_again(&self) -> bool {
        self.sent == "again"
    }
}

/// The button has no field of its own.
#[derive(Deserialize)]
pub struct ResendForm {}

impl Form for ResendForm {
    const OF: FormOf = FormOf::Reset;
}

/// Shows the page.
pub async fn get(
    State(app): State<App>,
    visit: Visit,
    Query(arrival): Query<Arrival>,
) -> Result<Response, PageError> {
    match gate::at(&app, &visit, |step| step == Step::CheckEmail).await? {
        Ok(here) => page(&app, &visit, &here, StatusCode::OK, None, arrival.is_again()),
        Err(elsewhere) => Ok(elsewhere),
    }
}

fn page(
    app: &App,
    visit: &Visit,
    Here { seen, .. }: &Here,
    status: StatusCode,
    problem: Option<ResendProblem>,
    sent_again: bool,
) -> Result<Response, PageError> {
    let late_until = seen.attempt.started_at + Duration::seconds(60);
    show(
        status,
        &CheckEmailPage {
            page: visit.page_with_form(seen.now, FormOf::Reset),
            user_id: seen.typed_user_id.clone(),
            sender: app.mail_from.clone(),
            subject: reset_link_subject(app.outbox.texts.everyone(), seen.email_sent_at),
            expires_at: Moment::from(seen.attempt.email_expires_at),
            late_until: (seen.late && seen.email_sends == 1 && seen.now < late_until)
                .then(|| Moment::to_the_second(late_until)),
            resend: resend::button(app, seen.email_sends, seen.email_sent_at, seen.now),
            problem,
            sent_again,
        },
    )
}

/// Sends the e-mail again: a new link, the old one dead. The same for a decoy.
pub async fn post_resend(
    State(app): State<App>,
    visit: Visit,
    Posted(ResendForm {}): Posted<ResendForm>,
) -> Result<Response, PageError> {
    let here = match gate::at(&app, &visit, |step| step == Step::CheckEmail).await? {
        Ok(here) => here,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let again = || Redirect::to("/reset/check-email?sent=again").into_response();
    let outcome = attempts::resend_email(
        &app.pool,
        &attempts::Resend {
            session_hash: here.session.hash(),
            token: random::id(),
            nonce: random::bytes(),
            key_id: app.keys.current().id(),
            message: random::id(),
            facts: json!({ "kind": "reset_link", "user_id": here.seen.typed_user_id, "browser": here.seen.browser }),
            event: random::id(),
            network: visit.network(),
            resends: i16::try_from(app.resends).unwrap_or(i16::MAX),
            wait_seconds: app.resend_wait.as_secs_f64(),
        },
    )
    .await?;
    if outcome == ResendOutcome::Sent {
        app.outbox.wake();
        return Ok(again());
    }
    // A look from before the first of two clicks would judge the second by the state that the first has changed.
    let here = match gate::at(&app, &visit, |step| step == Step::CheckEmail).await? {
        Ok(here) => here,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match resend::refusal(&app, here.seen.email_sends, here.seen.email_sent_at, here.seen.now) {
        None => Ok(again()),
        Some(problem) => page(&app, &visit, &here, StatusCode::UNPROCESSABLE_ENTITY, Some(problem), false),
    }
}
