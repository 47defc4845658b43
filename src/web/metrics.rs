//! `/metrics`, on a listener of its own, and the layer that counts answers.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::{
    app::App,
    domain::message::Channel,
    metrics::{CONTENT_TYPE, InDatabase, Now, WaitingNow},
    store::outbox::backlog::{self, Backlog},
};

/// A database that takes longer counts as one that does not answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Counts each answer under its line of the route table: an address may hold a token or a row.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    app.metrics.answered(route, response.status().as_u16(), begun.elapsed());
    response
}

/// Everything that this node counted, and what is so at this moment. A database that is away only leaves its numbers out.
pub async fn scrape(State(app): State<App>) -> Response {
    let known = app.database_is_known.load(Ordering::Relaxed);
    let found = tokio::time::timeout(PATIENCE, backlog::backlog(&app.pool));
    let database = if known { found.await.ok().and_then(Result::ok) } else { None };
    let hashing = app.hashing.standing();
    let now = Now {
        database: database.map(in_database),
        connections: (app.pool.size(), app.pool.num_idle()),
        hashing_waiting: hashing.waiting,
        hashing: (hashing.taken, hashing.refused, hashing.waited),
    };
    match app.metrics.text(&now) {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn in_database(found: Backlog) -> InDatabase {
    let milliseconds =
        |n: Option<i64>| Duration::from_millis(n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0));
    let waiting = found.waiting.into_iter().map(|waiting| WaitingNow {
        channel: if waiting.channel == "sms" { Channel::Sms } else { Channel::Email },
        urgent: waiting.urgent,
        queued: waiting.queued,
        oldest: milliseconds(waiting.oldest_milliseconds),
    });
    InDatabase {
        waiting: waiting.collect(),
        gave_up: found.gave_up_in_an_hour,
        unsealed: milliseconds(found.unsealed_milliseconds),
    }
}
