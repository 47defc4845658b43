//! "This was not me" (`/not-me/{token}`): from the reset's e-mail and from the notices, in any browser.
//!
//! Must stay true: GET has no effect (mail scanners open links); one button; what it will do is said before. Whoever is signed in in the
//! browser does not matter: the link says whose account it is.

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    app::App,
    clock,
    domain::{
        deed::Deed,
        message::SentTo,
        secret::Purpose,
        wizard::{Step, Subject},
    },
    metrics,
    store::{
        attempts,
        tokens::{self, Link},
    },
    web::{
        error::PageError,
        form::{Form, Posted},
        link,
        visit::{FormOf, Visit, show},
    },
};

use askama::Template;

use crate::web::page::{Page, Screen};

/// The page with the button.
#[derive(Template)]
#[template(path = "not_me.html")]
pub struct NotMePage {
    /// The shell.
    pub page: Page,
    /// The token of the link, for the address that the button posts to.
    pub token: String,
    /// To which contact the mail went, as its link says; goes back with the button.
    pub to: String,
    /// What the button will do.
    pub effect: NotMeEffect,
}

/// What the button will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMeEffect {
    /// Before the new password: the reset ends.
    EndsAttempt,
    /// After it, or after another deed: reset and sign-in are blocked until an administrator lifts it.
    BlocksAccount(Deed),
}

impl NotMePage {
    /// What happened, in the words of the message that the person has before them.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "a template lends what it calls with")]
    const fn what(deed: &Deed) -> &'static str {
        match deed {
            Deed::PasswordReset => "not-me-blocks-account",
            Deed::PasswordChanged => "not-me-blocks-changed",
            Deed::ContactChanged => "not-me-blocks-contact",
            Deed::TemporaryPassword => "not-me-blocks-temporary",
            Deed::LinkHandedOver => "not-me-blocks-handed",
            Deed::SignedIn => "not-me-blocks-signed-in",
            Deed::PartialReset => "not-me-blocks-partial",
            Deed::RoleChanged => "not-me-blocks-role",
            Deed::BlockLifted => "not-me-blocks-lifted",
            Deed::ResetAsked => "not-me-ends-attempt",
        }
    }
}

impl Screen for NotMePage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("not-me-title")
    }
}

/// What came of it, or of a link that does nothing any more.
#[derive(Template)]
#[template(path = "not_me_done.html")]
pub struct NotMeDonePage {
    /// The shell.
    pub page: Page,
    /// What came of it.
    pub outcome: NotMeOutcome,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMeOutcome {
    /// The reset is ended.
    EndedAttempt,
    /// Reset and sign-in are blocked.
    BlockedAccount,
    /// The button was pressed before, or there was nothing left to end.
    AlreadyDone,
    /// The seven days are over, or the link is not one of ours.
    Dead,
}

impl NotMeDonePage {
    fn key(&self, part: &str) -> String {
        let outcome = match self.outcome {
            NotMeOutcome::EndedAttempt => "ended",
            NotMeOutcome::BlockedAccount => "blocked",
            NotMeOutcome::AlreadyDone => "already",
            NotMeOutcome::Dead => "dead",
        };
        format!("not-me-{outcome}-{part}")
    }
}

impl Screen for NotMeDonePage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t(&self.key("title"))
    }
}

/// What the address says besides the token.
#[derive(Deserialize, Default)]
pub struct Arrival {
    /// Which contact the mail went to. Nothing but the names that our links have is believed.
    #[serde(default)]
    to: String,
}

/// The button has no field of its own.
#[derive(Deserialize)]
pub struct NotMeForm {}

impl Form for NotMeForm {
    const OF: FormOf = FormOf::Anyone;
}

/// The link of an e-mail (before the end) or of a notice (after it); nothing else opens this page.
async fn open(app: &App, visit: &Visit, typed: &str) -> Result<Option<Link>, PageError> {
    Ok(link::open(app, visit, typed, &[Purpose::EmailLink, Purpose::NotMe]).await?.map(|(link, _)| link))
}

/// What the button would do now, or why there is none.
fn effect(link: &Link) -> Result<NotMeEffect, NotMeOutcome> {
    match link.purpose {
        Purpose::NotMe if link.consumed_at.is_some() => Err(NotMeOutcome::AlreadyDone),
        Purpose::NotMe if link.is_live() => {
            Ok(NotMeEffect::BlocksAccount(link.deed.unwrap_or(Deed::PasswordReset)))
        }
        Purpose::EmailLink => match link.attempt.as_ref().map(|of| (of.attempt.subject, of.step(link.now))) {
            // Also after the proof, and with an older link of the same attempt: whoever holds it may stop it.
            Some((Subject::Known(_), Step::CheckEmail | Step::SecurityCode | Step::NewPassword)) => {
                Ok(NotMeEffect::EndsAttempt)
            }
            _ => Err(NotMeOutcome::AlreadyDone),
        },
        _ => Err(NotMeOutcome::Dead),
    }
}

fn outcome(visit: &Visit, status: StatusCode, outcome: NotMeOutcome) -> Result<Response, PageError> {
    show(status, &NotMeDonePage { page: visit.page(clock::now()), outcome })
}

/// Shows the button, in any browser. No effect (V-54).
pub async fn get(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    Query(arrival): Query<Arrival>,
) -> Result<Response, PageError> {
    let Some(link) = open(&app, &visit, &token).await? else {
        return outcome(&visit, StatusCode::NOT_FOUND, NotMeOutcome::Dead);
    };
    match effect(&link) {
        Ok(effect) => {
            let page = visit.page_with_form(link.now, FormOf::Anyone);
            let to = SentTo::named(&arrival.to).map(|to| to.as_str().to_owned()).unwrap_or_default();
            show(StatusCode::OK, &NotMePage { page, token, to, effect })
        }
        Err(why) => outcome(&visit, StatusCode::GONE, why),
    }
}

/// Ends the attempt, or blocks the account, and opens an incident. Answers away from the address that held the token.
pub async fn post(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    Query(arrival): Query<Arrival>,
    Posted(NotMeForm {}): Posted<NotMeForm>,
) -> Result<Response, PageError> {
    let Some(link) = open(&app, &visit, &token).await? else {
        return Ok(Redirect::to("/not-me/done/dead").into_response());
    };
    let to = |done: bool, path: &str| {
        if done {
            app.metrics.attempt(metrics::Step::NotMe);
            // Those who have to know.
            app.outbox.wake();
        }
        Redirect::to(if done { path } else { "/not-me/done/already" }).into_response()
    };
    Ok(match effect(&link) {
        Ok(NotMeEffect::BlocksAccount(_)) => {
            let done =
                tokens::block_by_not_me(&app.pool, link.id, visit.network(), SentTo::named(&arrival.to))
                    .await?;
            to(done, "/not-me/done/blocked")
        }
        Ok(NotMeEffect::EndsAttempt) => {
            let Some(attempt) = &link.attempt else { return Ok(to(false, "")) };
            let done = attempts::end_by_not_me(&app.pool, attempt.attempt.id, visit.network()).await?;
            to(done, "/not-me/done/ended")
        }
        Err(NotMeOutcome::Dead) => Redirect::to("/not-me/done/dead").into_response(),
        Err(_) => to(false, ""),
    })
}

/// What came of it, at an address without a token.
pub async fn done(visit: Visit, Path(what): Path<String>) -> Result<Response, PageError> {
    let what = match what.as_str() {
        "ended" => NotMeOutcome::EndedAttempt,
        "blocked" => NotMeOutcome::BlockedAccount,
        "already" => NotMeOutcome::AlreadyDone,
        "dead" => NotMeOutcome::Dead,
        _ => return Err(PageError::NotFound),
    };
    outcome(&visit, StatusCode::OK, what)
}
