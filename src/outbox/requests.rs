//! "Contact your administrator": whom a request goes to is decided here and not while the visitor waits, since to find and write to ten
//! administrators takes many times as long as to find nobody (V-16).

use std::time::Duration;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::Outbox;
use crate::{
    random,
    store::{Result, StoreError, contact_requests},
};

/// Read at once.
const AT_ONCE: i64 = 100;

/// Decides what was taken in until `stop`, and what another node left behind when it died.
pub(super) async fn run(outbox: Outbox, stop: CancellationToken) {
    loop {
        match decide_all(&outbox, &stop).await {
            Ok(0) => {}
            Ok(_) => outbox.wake(),
            Err(error) => tracing::warn!(%error, "requests to administrators can't be decided; they wait"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(outbox.poll) => {}
            () = outbox.wake.requests.notified() => tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(a_moment()) => {}
            },
        }
    }
}

/// Decides everything that was taken in: how many there were. What another node decides meanwhile is left to it, and what the database
/// refuses stays where it is and is in nobody's way.
pub async fn decide_all(outbox: &Outbox, stop: &CancellationToken) -> Result<usize> {
    let mut all = 0;
    while !stop.is_cancelled() {
        let requests = contact_requests::undecided(&outbox.pool, AT_ONCE).await?;
        let mut decided = 0;
        for request in &requests {
            let facts = json!({ "kind": "contact_administrator" });
            match contact_requests::decide(&outbox.pool, request, facts, random::id(), &outbox.budgets).await
            {
                Ok(was_ours) => decided += usize::from(was_ours),
                Err(StoreError::Database(error)) => {
                    tracing::warn!(request = %request.id, %error, "a request to administrators can't be decided; it waits");
                }
                Err(error) => return Err(error),
            }
        }
        all += decided;
        if decided == 0 {
            break;
        }
    }
    Ok(all)
}

/// Half a second to one and a half, by chance: whoever sends something right after a request, to feel what it set off, can't know when
/// that is.
fn a_moment() -> Duration {
    let [low, high] = random::bytes::<2>();
    Duration::from_millis(500 + u64::from(u16::from_le_bytes([low, high])) * 1000 / 0x1_0000)
}
