//! Whoever is stopped at the door stands in the audit log too: once a network, page and minute, since anybody can come to the
//! door as often as they like.

use time::OffsetDateTime;

use super::{error::PageError, visit::Visit};
use crate::{
    app::App,
    domain::audit::AuditEvent,
    random,
    store::{
        StoreError,
        audit::{self, Stopped},
    },
};

/// A network has to wait (429): recorded, and the answer.
pub async fn throttled(
    app: &App,
    visit: &Visit,
    at: &'static str,
    typed: &str,
    until: OffsetDateTime,
) -> PageError {
    match record(app, visit, AuditEvent::Throttled, at, typed, "over_budget").await {
        Ok(()) => PageError::TooMany(until),
        Err(error) => error.into(),
    }
}

/// The characters of a picture were wrong, or the picture was dead.
pub async fn wrong_characters(app: &App, visit: &Visit, typed: &str) -> Result<(), PageError> {
    Ok(record(app, visit, AuditEvent::CharactersWrong, "characters", typed, "wrong").await?)
}

async fn record(
    app: &App,
    visit: &Visit,
    event: AuditEvent,
    at: &'static str,
    typed: &str,
    outcome: &'static str,
) -> Result<(), StoreError> {
    let stopped = Stopped { id: random::id(), event, at, typed, network: visit.network(), outcome };
    audit::record_stopped(&app.pool, &stopped).await
}
