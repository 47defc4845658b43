//! The gate of every page behind a start: which attempt this browser holds, and whether this is its page.
//!
//! Handlers report what happened and go to [`path`] of where the attempt stands; none picks the next page. Strays are sent to
//! their real step (303), so that back, deep links and second tabs all have an answer.

use axum::response::{IntoResponse as _, Redirect, Response};

use crate::{
    app::App,
    domain::{
        secret::SessionId,
        wizard::{Refusal, Step},
    },
    store::attempts::{self, Seen},
    web::{error::PageError, visit::Visit},
};

/// The page of a step.
pub fn path(step: Step) -> &'static str {
    match step {
        Step::CheckEmail => "/reset/check-email",
        Step::SecurityCode => "/reset/security-code",
        Step::NewPassword => "/reset/new-password",
        Step::Done => "/reset/done",
        Step::Ended(_) => "/reset/ended",
    }
}

/// To where an attempt stands.
pub fn to(step: Step) -> Response {
    Redirect::to(path(step)).into_response()
}

/// To where an event was refused.
pub fn refused(refusal: Refusal) -> Response {
    match refusal {
        Refusal::WrongStep { at } => to(at),
        Refusal::Decoy => to(Step::CheckEmail),
    }
}

/// Without an attempt, the way in.
pub fn to_start() -> Response {
    Redirect::to("/reset").into_response()
}

/// An attempt in front of its page, with the session that holds it.
pub struct Here {
    /// The attempt.
    pub seen: Seen,
    /// The session.
    pub session: SessionId,
}

/// The attempt of this browser where it stands on a step that the page is for; else the way there. One statement.
pub async fn at(
    app: &App,
    visit: &Visit,
    is_its_page: fn(Step) -> bool,
) -> Result<Result<Here, Response>, PageError> {
    let Some(session) = visit.reset() else { return Ok(Err(to_start())) };
    Ok(match attempts::of_session(&app.pool, &session.hash()).await? {
        // The session before a proof opens no page: only the proof's own double submit is answered (V-50).
        Some(seen) if seen.is_previous_session => Err(to_start()),
        Some(seen) if is_its_page(seen.step()) => Ok(Here { seen, session: session.clone() }),
        Some(seen) => Err(to(seen.step())),
        None => Err(to_start()),
    })
}
