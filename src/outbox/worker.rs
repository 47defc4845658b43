//! The workers: woken by the request that queued ([`Outbox::wake`]), by NOTIFY from other nodes and the shell, and every few
//! seconds by themselves, since either may be lost.
//!
//! A worker that dies loses nothing: its lease ends and another takes the row. Delivery is at least once; a mail keeps its
//! Message-ID and an SMS its code over every try, and an SMS whose outcome is unknown is tried once more at most.

use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Outbox,
    letters::{self, Letter},
};
use crate::{
    clock, random,
    senders::{SendError, mail::Mail, sms::Sms},
    store::{
        Result,
        outbox::{self as queue, Claimed},
    },
};

/// The channel that other processes notify.
pub const CHANNEL: &str = "sspr_outbox";
/// Rows a claim takes: few, so that a slow sender's rows don't wait for each other behind one lease.
const AT_ONCE: i64 = 4;
/// How often a text message may leave.
const MOST_SMS: i16 = 2;
/// Tries before a message without a deadline is given up: with back-off some two days.
const MOST_TRIES: i16 = 40;

/// Runs the listener and `outbox.workers` workers until `stop`; what is being sent then is finished first.
pub async fn run(outbox: Outbox, stop: CancellationToken) {
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(listen(outbox.clone(), stop.clone()));
    tasks.spawn(tell_others(outbox.clone(), stop.clone()));
    for _ in 0..outbox.workers {
        tasks.spawn(work(outbox.clone(), stop.clone()));
    }
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

async fn work(outbox: Outbox, stop: CancellationToken) {
    let me = random::id();
    loop {
        match drain(&outbox, me, &stop).await {
            Ok(()) => {}
            Err(error) => tracing::warn!(%error, "the outbox can't be read"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = outbox.wake.here.notified() => {}
            () = tokio::time::sleep(outbox.poll) => {}
        }
    }
}

/// Sends everything that is due now. Tests and the shell call it directly.
pub async fn drain(outbox: &Outbox, me: Uuid, stop: &CancellationToken) -> Result<()> {
    while !stop.is_cancelled() {
        let rows = queue::claim(&outbox.pool, me, AT_ONCE, outbox.lease.as_secs_f64()).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let sends = rows.into_iter().map(|row| {
            // Each in a task of its own: a message over which the code stumbles must not take the worker with it, and then,
            // claimed again and again, every worker of every node.
            let (outbox, id) = (outbox.clone(), row.id);
            let sending = tokio::spawn(async move { deliver(&outbox, me, &row).await });
            async move { (id, sending.await) }
        });
        for (id, outcome) in futures_util::future::join_all(sends).await {
            if let Ok(outcome) = outcome {
                outcome?;
            } else {
                tracing::error!(message = %id, "a message could not be written: this is a fault of the program");
                queue::finish(&outbox.pool, id, me, "gave_up", Some("it could not be written"), None).await?;
            }
        }
    }
    Ok(())
}

/// One message to its end, or back into the queue.
async fn deliver(outbox: &Outbox, me: Uuid, row: &Claimed) -> Result<()> {
    let finish = |state: &'static str, note: Option<String>, reference: Option<String>| async move {
        let mine =
            queue::finish(&outbox.pool, row.id, me, state, note.as_deref(), reference.as_deref()).await?;
        tracing::info!(message = %row.id, channel = %row.channel, state, mine, "message finished");
        Ok(())
    };
    if row.token.as_ref().is_some_and(|token| token.dead) {
        return finish("withdrawn", Some("its link or code is dead".to_owned()), None).await;
    }
    if row.deadline.is_some_and(|deadline| row.now >= deadline) {
        return finish("too_late", None, None).await;
    }
    let letter = match letters::write(row, outbox) {
        Ok(letter) => letter,
        Err(fault) => return finish("gave_up", Some(fault.to_string()), None).await,
    };
    if !row.deliverable {
        return finish("undeliverable", None, None).await;
    }
    let is_sms = row.channel == "sms";
    if is_sms && row.maybe_sent >= MOST_SMS {
        return finish("gave_up", Some("it may have left twice".to_owned()), None).await;
    }
    match send(outbox, row, letter).await {
        Ok(reference) => finish("sent", None, reference).await,
        Err(SendError::GiveUp(reason)) => finish("gave_up", Some(reason.to_string()), None).await,
        Err(SendError::TryAgain(reason)) => {
            let maybe_sent = reason.outcome_unknown();
            // The code may be on its way already: once more at most, and never a third time.
            let enough = is_sms && maybe_sent && row.maybe_sent + 1 >= MOST_SMS;
            if enough || row.tries >= MOST_TRIES {
                return finish("gave_up", Some(reason.to_string()), None).await;
            }
            let wait = back_off(row.tries);
            tracing::warn!(message = %row.id, channel = %row.channel, tries = row.tries, %reason, ?wait, "message will be tried again");
            queue::retry(&outbox.pool, row.id, me, wait.as_secs_f64(), &reason.to_string(), maybe_sent).await
        }
    }
}

async fn send(
    outbox: &Outbox,
    row: &Claimed,
    letter: Letter,
) -> std::result::Result<Option<String>, SendError> {
    match letter {
        Letter::Mail(mail) => {
            // The demo's mail program is its outbox page.
            let Some(sender) = &outbox.senders.mail else { return Ok(None) };
            let mail = Mail {
                to: row.recipient.clone(),
                subject: mail.subject,
                text: mail.text,
                html: mail.html,
                message_id: format!("<{}@{}>", row.id, outbox.brand.host()),
                language: outbox.languages.english().tag().to_owned(),
                date: clock::now(),
            };
            sender.send(&mail).await.map(|accepted| accepted.evidence)
        }
        Letter::Sms(text) => {
            let Some(sender) = &outbox.senders.sms else { return Ok(None) };
            let sms = Sms {
                to: row.recipient.clone(),
                text: text.expose().to_owned(),
                // The deadline stands two minutes before the end: until then a code is worth reading.
                valid_for: row.deadline.map_or(Duration::from_hours(1), |deadline| {
                    Duration::try_from(deadline + crate::domain::wizard::TOO_LATE_TO_SEND - row.now)
                        .unwrap_or_default()
                }),
            };
            sender.send(&sms).await.map(|accepted| accepted.evidence)
        }
    }
}

/// 1, 2, 4 … seconds, an hour at most, of which a random half: a relay that comes back is not met by all at once.
fn back_off(tries: i16) -> Duration {
    let most = 1000u64 << u32::try_from(tries.clamp(1, 13) - 1).unwrap_or(0);
    let most = most.min(3_600_000);
    let chance = u64::from(u16::from_be_bytes(random::bytes()));
    Duration::from_millis(most / 2 + most * chance / 2 / u64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour_and_are_never_the_same_for_all() {
        for tries in 1..40 {
            let most = Duration::from_millis((1000u64 << (tries.clamp(1, 13) - 1)).min(3_600_000));
            let wait = back_off(i16::try_from(tries).unwrap());
            assert!(wait >= most / 2 && wait <= most, "{tries}: {wait:?}");
        }
        let some: std::collections::HashSet<_> = (0..50).map(|_| back_off(10)).collect();
        assert!(some.len() > 1);
    }
}
