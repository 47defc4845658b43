//! Step 4, "Mobile phone verification" (`/reset/security-code`): the code of the text message.
//!
//! One field, never a box per digit: the whole message may be pasted (WCAG 2.2, 3.3.8).

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    gate::{self, Here},
    resend,
    step3_check_email::{Arrival, ResendForm},
};
use crate::{
    app::App,
    domain::{
        contact::MobilePhone,
        limits::{Account, CODE_TRIES},
        secret::{SessionId, TypedCode, code_is_right},
        user::UserId,
        wizard::{End, Event, Step},
    },
    metrics, random,
    store::attempts::{self, CodeProof, Counted, Over, ResendOutcome, Seen},
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
#[template(path = "wizard/step4_security_code.html")]
pub struct SecurityCodePage {
    /// The shell.
    pub page: Page,
    /// The number with all but its last two digits hidden.
    pub masked_number: String,
    /// Until when the code is good.
    pub expires_at: Moment,
    /// The button.
    pub resend: Resend,
    /// What is wrong with the code, or why the button did nothing.
    pub problem: Option<CodeProblem>,
    /// The page follows a resend that worked.
    pub sent_again: bool,
    /// The text message with the newest code was not delivered. The e-mail is proven: this tells nothing new about the account.
    pub not_delivered: bool,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeProblem {
    /// Nothing was typed.
    Empty,
    /// Not eight digits; this used up no try.
    Unreadable,
    /// Not the code.
    Wrong {
        /// How many tries are left, one at least.
        tries_left: u32,
    },
    /// The button did nothing.
    Resend(ResendProblem),
    /// This number got as many text messages as it may.
    NumberLimit {
        /// When it may get one again.
        from: Option<Moment>,
    },
}

impl Screen for SecurityCodePage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("security-code-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let page = &self.page;
        let code = |sentence: String| FieldProblem::new("code", &sentence);
        let resend = |sentence: String| FieldProblem::new("resend", &sentence);
        let resend_from = |key, from| FieldProblem::with_time("resend", &page.m(key).time("time", from));
        let problem = self.problem.as_ref().map(|problem| match problem {
            CodeProblem::Empty => code(page.t("security-code-empty")),
            CodeProblem::Unreadable => code(page.t("security-code-unreadable")),
            CodeProblem::Wrong { tries_left } => {
                code(page.a("security-code-wrong").arg("n", *tries_left).s())
            }
            CodeProblem::Resend(ResendProblem::TooEarly { from }) => {
                resend_from("security-code-too-early", from)
            }
            CodeProblem::Resend(ResendProblem::NoneLeft) => resend(page.t("security-code-none-left")),
            CodeProblem::NumberLimit { from: Some(from) } => {
                resend_from("security-code-number-limit-until", from)
            }
            CodeProblem::NumberLimit { from: None } => resend(page.t("security-code-number-limit")),
        });
        problem.into_iter().collect()
    }

    fn step(&self) -> Option<u8> {
        Some(4)
    }
}

/// What is sent.
#[derive(Deserialize)]
pub struct CodeForm {
    #[serde(default)]
    code: Zeroizing<String>,
}

impl Form for CodeForm {
    const OF: FormOf = FormOf::Reset;
}

/// Shows the page.
pub async fn get(
    State(app): State<App>,
    visit: Visit,
    Query(arrival): Query<Arrival>,
) -> Result<Response, PageError> {
    match gate::at(&app, &visit, |step| step == Step::SecurityCode).await? {
        Ok(here) => page(&app, &visit, &here.seen, StatusCode::OK, None, arrival.is_again()),
        Err(elsewhere) => Ok(elsewhere),
    }
}

fn page(
    app: &App,
    visit: &Visit,
    seen: &Seen,
    status: StatusCode,
    problem: Option<CodeProblem>,
    sent_again: bool,
) -> Result<Response, PageError> {
    let number = seen.person.as_ref().and_then(|person| person.mobile_phone.as_deref());
    let masked = number.and_then(|number| MobilePhone::from_stored(number).ok()).map(|phone| phone.masked());
    show(
        status,
        &SecurityCodePage {
            page: visit.page_with_form(seen.now, FormOf::Reset),
            masked_number: masked.unwrap_or_default(),
            expires_at: Moment::from(seen.attempt.code_expires_at.unwrap_or(seen.now)),
            resend: resend::button(app, seen.code_sends, seen.code_sent_at.unwrap_or(seen.now), seen.now),
            problem,
            sent_again,
            not_delivered: seen.code_failed,
        },
    )
}

/// Whose wrong codes are counted.
pub(super) fn account_of(seen: &Seen) -> Account {
    let user_id = seen.person.as_ref().map_or(seen.typed_user_id.as_str(), |person| person.user_id.as_str());
    // What does not parse was never anyone's: it is counted as it stands.
    UserId::parse(user_id).map_or_else(|_| Account::of(user_id), |user_id| Account::of(user_id.normalised()))
}

/// Takes a code. A try is counted and committed before anything is compared (V-25, V-28).
pub async fn post(
    State(app): State<App>,
    visit: Visit,
    Posted(form): Posted<CodeForm>,
) -> Result<Response, PageError> {
    let Some(session) = visit.reset() else { return Ok(gate::to_start()) };
    let Some(seen) = attempts::of_session(&app.pool, &session.hash()).await? else {
        return Ok(gate::to_start());
    };
    // The session before the proof is heard only where the code may be the one that was just proven.
    let is_repeat = seen.is_previous_session && seen.step() == Step::NewPassword;
    if !is_repeat && (seen.is_previous_session || seen.step() != Step::SecurityCode) {
        return Ok(if seen.is_previous_session { gate::to_start() } else { gate::to(seen.step()) });
    }
    let Some(typed) = TypedCode::parse(&form.code) else {
        let problem = if form.code.trim().is_empty() { CodeProblem::Empty } else { CodeProblem::Unreadable };
        return page(&app, &visit, &seen, StatusCode::UNPROCESSABLE_ENTITY, Some(problem), false);
    };
    let account = account_of(&seen);
    let counted = match attempts::count_try(&app.pool, &session.hash(), &account, &app.budgets).await? {
        Counted::Try(counted) => counted,
        Counted::AccountMustWait(_) | Counted::AccountStopped => {
            over(&app, &visit, seen.attempt.id, Over::AccountMustWait).await?;
            return Ok(gate::to(Step::Ended(End::TooManyTries)));
        }
        // Ended or proven since the look above.
        Counted::Nothing => return elsewhere(&app, session).await,
    };
    let Some(key) = app.keys.find(&counted.key_id) else {
        // While a key is rolled out another node has it, and soon this one.
        return Err(PageError::Unavailable("the key of a security code is not here".into()));
    };
    if !code_is_right(key, counted.token, &counted.nonce, &typed) {
        let last = counted.tries >= CODE_TRIES;
        app.metrics.attempt(metrics::Step::CodeWrong);
        if last {
            if !over(&app, &visit, counted.attempt, Over::LastTry).await? {
                // Over for another reason, or proven in another submit: a wrong code is recorded all the same.
                attempts::record_wrong_code(&app.pool, counted.attempt, random::id(), visit.network())
                    .await?;
            }
            return Ok(gate::to(Step::Ended(End::TooManyTries)));
        }
        attempts::record_wrong_code(&app.pool, counted.attempt, random::id(), visit.network()).await?;
        let tries_left = u32::try_from(CODE_TRIES - counted.tries).unwrap_or(0);
        return page(
            &app,
            &visit,
            &seen,
            StatusCode::UNPROCESSABLE_ENTITY,
            Some(CodeProblem::Wrong { tries_left }),
            false,
        );
    }
    let next = session.successor(key, &counted.nonce);
    if !is_repeat {
        if let Err(refusal) = seen.attempt.apply(Event::CodeProven, seen.now) {
            return Ok(gate::refused(refusal));
        }
        let proven = attempts::prove_code(
            &app.pool,
            &CodeProof {
                attempt: counted.attempt,
                code_token: counted.token,
                session_hash: session.hash(),
                next_session_hash: next.hash(),
                event: random::id(),
                network: visit.network(),
                account: &account,
            },
        )
        .await?;
        if proven {
            app.metrics.attempt(metrics::Step::CodeProven);
            return Ok(visit.with_reset_cookie(gate::to(Step::NewPassword), &next));
        }
    }
    // The right code, and another submit was first: the same answer and the same cookie.
    match attempts::of_session(&app.pool, &next.hash()).await? {
        Some(first) if first.attempt.id == counted.attempt && !first.is_previous_session => {
            Ok(visit.with_reset_cookie(gate::to(first.step()), &next))
        }
        _ => elsewhere(&app, session).await,
    }
}

/// The tries are used up: the attempt ends, and its person hears of it at every contact.
async fn over(app: &App, visit: &Visit, attempt: Uuid, why: Over) -> Result<bool, PageError> {
    let key = app.keys.current();
    let ended = attempts::end_by_tries(&app.pool, attempt, why, key, Some(visit.network())).await?;
    if ended {
        app.outbox.wake();
    }
    Ok(ended)
}

/// To where the session's attempt stands by now.
async fn elsewhere(app: &App, session: &SessionId) -> Result<Response, PageError> {
    Ok(match attempts::of_session(&app.pool, &session.hash()).await? {
        Some(seen) => gate::to(seen.step()),
        None => gate::to_start(),
    })
}

/// Sends a new code, the old one dead. Wrong tries stay counted (N-14).
pub async fn post_resend(
    State(app): State<App>,
    visit: Visit,
    Posted(ResendForm {}): Posted<ResendForm>,
) -> Result<Response, PageError> {
    let Here { session, .. } = match gate::at(&app, &visit, |step| step == Step::SecurityCode).await? {
        Ok(here) => here,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let again = || Redirect::to("/reset/security-code?sent=again").into_response();
    let outcome = attempts::resend_code(
        &app.pool,
        &attempts::Resend {
            session_hash: session.hash(),
            token: random::id(),
            nonce: random::bytes(),
            key_id: app.keys.current().id(),
            message: random::id(),
            facts: json!({ "kind": "security_code" }),
            event: random::id(),
            network: visit.network(),
            resends: i16::try_from(app.resends).unwrap_or(i16::MAX),
            wait_seconds: app.resend_wait.as_secs_f64(),
        },
        &app.budgets,
    )
    .await?;
    if outcome == ResendOutcome::Sent {
        app.outbox.wake();
        return Ok(again());
    }
    // A look from before the first of two clicks would judge the second by the state that the first has changed.
    let seen = match gate::at(&app, &visit, |step| step == Step::SecurityCode).await? {
        Ok(Here { seen, .. }) => seen,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let problem = match outcome {
        ResendOutcome::PhoneMustWait(until) => CodeProblem::NumberLimit { from: Some(Moment::from(until)) },
        ResendOutcome::Sent | ResendOutcome::Refused => {
            match resend::refusal(&app, seen.code_sends, seen.code_sent_at.unwrap_or(seen.now), seen.now) {
                None => return Ok(again()),
                Some(problem) => CodeProblem::Resend(problem),
            }
        }
    };
    page(&app, &visit, &seen, StatusCode::UNPROCESSABLE_ENTITY, Some(problem), false)
}
