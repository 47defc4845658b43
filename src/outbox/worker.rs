//! The worker of a node: woken by the request that queued ([`Outbox::wake`]), by NOTIFY from other nodes and the shell, and every few
//! seconds by themselves, since either may be lost.
//!
//! A worker that dies loses nothing: its lease ends and another takes the row. Delivery is at least once; a mail keeps its
//! Message-ID and an SMS its code over every try, and an SMS whose outcome is unknown is tried once more at most.

use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Outbox, delivery, requests};
use crate::{
    random,
    store::{
        Result,
        outbox::{self as queue, Claimed, End},
    },
};

/// The channel that other processes notify.
pub const CHANNEL: &str = "sspr_outbox";

/// Runs the listener and the worker, which sends `outbox.workers` messages at once, until `stop`; what is being sent then is finished
/// first.
pub async fn run(outbox: Outbox, stop: CancellationToken) {
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(listen(outbox.clone(), stop.clone()));
    tasks.spawn(tell_others(outbox.clone(), stop.clone()));
    tasks.spawn(requests::run(outbox.clone(), stop.clone()));
    tasks.spawn(work(outbox.clone(), stop.clone()));
    tasks.join_all().await;
}

/// Wakes a worker for each notification. A lost connection is made again; meanwhile workers poll.
async fn listen(outbox: Outbox, stop: CancellationToken) {
    loop {
        let listened = async {
            let mut listener = PgListener::connect_with(&outbox.pool).await?;
            listener.listen(CHANNEL).await?;
            loop {
                listener.recv().await?;
                outbox.wake.here.notify_one();
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            outcome = listened => {
                let outcome: Result<()> = outcome;
                if let Err(error) = outcome {
                    tracing::warn!(%error, "the outbox' listener lost its connection");
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
}

/// Tells the other nodes that something was queued here, a few times a second at most: their workers help when this node is busy
/// or gone. In a statement of its own, since a transaction with a notification commits alone.
async fn tell_others(outbox: Outbox, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = outbox.wake.elsewhere.notified() => {}
        }
        if let Err(error) = queue::notify(&outbox.pool, CHANNEL).await {
            tracing::debug!(%error, "other nodes were not told");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_millis(250)) => {}
        }
    }
}

/// Takes what is due as soon as something may be sent, and gives each message a task of its own.
async fn work(outbox: Outbox, stop: CancellationToken) {
    let me = random::id();
    let mut sending = JoinSet::new();
    loop {
        if let Err(error) = take_all(&outbox, me, &mut sending, &stop).await {
            tracing::warn!(%error, "the outbox can't be read");
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = outbox.wake.here.notified() => {}
            () = tokio::time::sleep(outbox.poll) => {}
            Some(_) = sending.join_next() => {}
        }
    }
    // What is being sent is finished first.
    while sending.join_next().await.is_some() {}
}

/// Decides whom every request goes to, sends everything that is due now, and waits for its end. Tests and the shell call it directly.
pub async fn drain(outbox: &Outbox, me: Uuid, stop: &CancellationToken) -> Result<()> {
    requests::decide_all(outbox, stop).await?;
    let mut sending = JoinSet::new();
    loop {
        take_all(outbox, me, &mut sending, stop).await?;
        match sending.join_next().await {
            Some(sent) => sent.unwrap_or(Ok(()))?,
            None => return Ok(()),
        }
    }
}

/// Claims while there is room for one more message: never more than can be sent at once, so that no message waits behind a slow one
/// with its lease running, and memory holds as many messages as are on their way.
async fn take_all(
    outbox: &Outbox,
    me: Uuid,
    sending: &mut JoinSet<Result<()>>,
    stop: &CancellationToken,
) -> Result<()> {
    while !stop.is_cancelled() {
        while sending.try_join_next().is_some() {}
        let room = outbox.workers.saturating_sub(sending.len());
        if room == 0 {
            return Ok(());
        }
        let rows =
            queue::claim(&outbox.pool, me, i64::try_from(room).unwrap_or(1), outbox.lease.as_secs_f64())
                .await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let outbox = outbox.clone();
            sending.spawn(async move { one(&outbox, me, row).await });
        }
    }
    Ok(())
}

/// One message, in a task of its own once more: one over which the code stumbles must not take the worker with it, and then, claimed
/// again and again, every worker of every node.
async fn one(outbox: &Outbox, me: Uuid, row: Claimed) -> Result<()> {
    let id = row.id;
    let delivering = tokio::spawn({
        let outbox = outbox.clone();
        async move { delivery::deliver(&outbox, me, &row).await }
    });
    let outcome = if let Ok(outcome) = delivering.await {
        outcome
    } else {
        tracing::error!(%id, "a message could not be written: this is a fault of the program");
        let end = End { state: "gave_up", note: Some("it could not be written"), ..End::default() };
        queue::finish(&outbox.pool, id, me, &end).await.map(|_| ())
    };
    if let Err(error) = &outcome {
        tracing::warn!(%id, %error, "a message could not be finished; it comes again when its lease ends");
    }
    outcome
}
