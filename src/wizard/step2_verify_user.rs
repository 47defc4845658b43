//! Step 2, "User verification" (`/reset/verify-user`): user ID and the characters for verification.
//!
//! Must stay true: the answer is the same page with the same work, whoever was named; a wrong answer keeps the user
//! ID and shows a new picture.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde_json::json;

use super::{
    gate,
    who::{WhoFields, WhoProblem},
};
use crate::{
    app::App,
    captcha::Purpose,
    clock,
    domain::{escalation::Level, secret::SessionId, wizard::REPEAT_WINDOW},
    metrics, random,
    store::attempts::{self, Start, StartOutcome},
    web::{
        error::PageError,
        form::{Form, Posted},
        page::Moment,
        stopped,
        visit::{FormOf, Visit, show},
    },
};

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

impl Form for WhoFields {
    const OF: FormOf = FormOf::Reset;
}

/// Shows the form; after an end, with the user ID of that attempt.
pub async fn get(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    let earlier = match visit.reset() {
        Some(session) => attempts::of_session(&app.pool, &session.hash()).await?,
        None => None,
    };
    let user_id =
        earlier.filter(|seen| !seen.is_previous_session).map(|seen| seen.typed_user_id).unwrap_or_default();
    let who = Who::read(&app, &visit, Purpose::Reset, user_id, Vec::new()).await?;
    form(&app, &visit, StatusCode::OK, who)
}

fn form(app: &App, visit: &Visit, status: StatusCode, who: Who) -> Result<Response, PageError> {
    let has_check = who.has_check();
    let answer =
        show(status, &VerifyUserPage { page: visit.page_with_form(clock::now(), FormOf::Reset), who })?;
    Ok(if has_check { Who::with_policy(app, answer) } else { answer })
}

/// Starts an attempt for whoever was named, in one statement. The browser gets a new session (V-50).
pub async fn post(
    State(app): State<App>,
    visit: Visit,
    Posted(fields): Posted<WhoFields>,
) -> Result<Response, PageError> {
    let named = match fields.judge(&app, &visit, Purpose::Reset).await? {
        Ok(named) => named,
        Err(who) => return form(&app, &visit, StatusCode::UNPROCESSABLE_ENTITY, who),
    };
    let session = match &named.challenge {
        Some((challenge, _)) => {
            SessionId::of_start(app.keys.current(), visit.visitor(), challenge, named.user_id.normalised())
        }
        None => SessionId::from_bytes(&random::bytes()),
    };
    let typed = named.user_id.as_typed();
    let outcome = attempts::start(
        &app.pool,
        &Start {
            attempt: random::id(),
            session_hash: session.hash(),
            replaces: visit.reset().map(SessionId::hash),
            typed,
            normalised: named.user_id.normalised(),
            domain: named.user_id.domain(),
            browser: visit.browser(),
            token: random::id(),
            nonce: random::bytes(),
            key_id: app.keys.current().id(),
            message: random::id(),
            facts: json!({ "kind": "reset_link", "user_id": typed, "browser": visit.browser() }),
            event: random::id(),
            challenge: named.challenge,
            second_challenge: named.second_challenge,
            enough_for: named.enough_for,
            escalation: app.escalation,
            without_puzzle: named.without_puzzle,
            network: visit.network(),
            budgets: &app.budgets,
        },
    )
    .await?;
    let (problem, level) = match outcome {
        StartOutcome::Started => {
            app.metrics.attempt(metrics::Step::Started);
            app.outbox.wake();
            return Ok(visit.with_reset_cookie(Redirect::to("/reset/check-email").into_response(), &session));
        }
        StartOutcome::NetworkMustWait(until) => {
            return Err(stopped::throttled(&app, &visit, "start", typed, until).await);
        }
        StartOutcome::ChallengeDead(level) | StartOutcome::NotEnough(level) => {
            // The second of two submits of the same form: the same answer and the same cookie as the first, no second start.
            // The first may have met a node with the key before or after ours.
            for (key, (challenge, _)) in app.keys.all().zip(named.challenge.iter().cycle()) {
                let user_id = named.user_id.normalised();
                let session = SessionId::of_start(key, visit.visitor(), challenge, user_id);
                if let Some(first) = attempts::of_session(&app.pool, &session.hash()).await?
                    && !first.is_previous_session
                    && first.now < first.attempt.started_at + REPEAT_WINDOW
                {
                    return Ok(visit.with_reset_cookie(gate::to(first.step()), &session));
                }
            }
            let problem = match outcome {
                StartOutcome::NotEnough(_) => WhoProblem::of_level(level),
                _ => named.refused(),
            };
            (problem, level)
        }
        StartOutcome::PuzzleNeededUntil(until) => {
            // Seldom, and the level makes no difference to whoever asked for no puzzle.
            (WhoProblem::WithoutPuzzleUsedUp { from: Moment::from(until) }, Level::Busy)
        }
    };
    let who = Who::at(&app, &visit, Purpose::Reset, level, typed.to_owned(), vec![problem]);
    form(&app, &visit, StatusCode::UNPROCESSABLE_ENTITY, who)
}
