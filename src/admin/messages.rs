//! Messages in the outbox: seen, sent again, stopped.
//!
//! Must stay true: an administrator sees those of the own company, and none without one; whether something may be sent again or stopped
//! says [`crate::domain::delivery`], judged under the row's lock; nobody is shown a text, a link, a code or an unmasked recipient.

use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{By, Manages, NotDone, users::still};
use crate::{
    domain::{
        audit::AuditEvent,
        contact::{AlternateEmail, MobilePhone},
        delivery::{NoCancel, NoRetry},
        user::Right,
    },
    random,
    store::{
        self, Connection, Pool, StoreError, audit,
        outbox::desk::{self, Filter, Listed},
        users,
    },
};

/// Most messages that one call gives.
pub const PAGE_MAX: u16 = 1000;
/// Given-up messages that are looked at between two writes.
const AT_ONCE: i64 = 500;

/// What became of a retry or cancel.
#[derive(Debug)]
pub enum Outcome<R> {
    /// It was done; the message as it was before.
    Done(Box<Listed>),
    /// There is no such message, or it is another company's.
    NoSuch,
    /// It was not done.
    Refused(R),
}

/// At most `limit` messages, newest first; [`PAGE_MAX`] at most. An operator who named no company sees all, also decoys.
pub async fn list(
    pool: &Pool,
    by: &impl Manages,
    filter: &Filter,
    limit: u16,
) -> Result<Vec<Listed>, StoreError> {
    desk::page(pool, by.company(), filter, limit.min(PAGE_MAX)).await
}

/// One message.
pub async fn see(pool: &Pool, by: &impl Manages, id: Uuid) -> Result<Option<Listed>, StoreError> {
    desk::one(pool, by.company(), id).await
}

/// Puts a message that did not leave back into the queue. The caller wakes the workers.
pub async fn retry(pool: &Pool, by: &impl Manages, id: Uuid) -> Result<Outcome<NoRetry>, NotDone> {
    let mut tx = store::begin(pool).await?;
    let Some(message) = locked(&mut tx, by, id).await? else { return Ok(Outcome::NoSuch) };
    if let Err(why) = message.standing().may_retry() {
        return Ok(Outcome::Refused(why));
    }
    if !desk::again(&mut tx, id).await? {
        // The statement's own guard: its time ran out between the two.
        return Ok(Outcome::Refused(NoRetry::TooLate));
    }
    record(&mut tx, by, AuditEvent::MessageRetried, &message).await?;
    tx.commit().await?;
    Ok(Outcome::Done(Box::new(message)))
}

/// Stops a message that waits.
pub async fn cancel(pool: &Pool, by: &impl Manages, id: Uuid) -> Result<Outcome<NoCancel>, NotDone> {
    let mut tx = store::begin(pool).await?;
    let Some(message) = locked(&mut tx, by, id).await? else { return Ok(Outcome::NoSuch) };
    if let Err(why) = message.standing().may_cancel(by.user().is_none()) {
        return Ok(Outcome::Refused(why));
    }
    if !desk::cancel(&mut tx, id).await? {
        return Ok(Outcome::Refused(NoCancel::BeingSent));
    }
    record(&mut tx, by, AuditEvent::MessageCancelled, &message).await?;
    tx.commit().await?;
    Ok(Outcome::Done(Box::new(message)))
}

/// What became of everything that was given up since some time.
#[derive(Debug, Default)]
pub struct Retried {
    /// Put back into the queue.
    pub retried: Vec<Uuid>,
    /// Not, and why.
    pub refused: Vec<(Uuid, NoRetry)>,
}

/// Retries every message that was given up since then, each in a transaction of its own: what is done stays done.
pub async fn retry_given_up(
    pool: &Pool,
    by: &impl Manages,
    since: OffsetDateTime,
) -> Result<Retried, NotDone> {
    let mut all = Retried::default();
    let mut behind = None;
    // What is put back and given up again meanwhile is not taken a second time.
    let start = crate::store::now(&mut *pool.acquire().await?).await?;
    loop {
        let batch = desk::given_up(pool, by.company(), since, start, behind, AT_ONCE).await?;
        let Some(last) = batch.last() else { return Ok(all) };
        behind = Some(*last);
        for (_, id) in batch {
            match retry(pool, by, id).await? {
                Outcome::Done(_) => all.retried.push(id),
                Outcome::Refused(why) => all.refused.push((id, why)),
                Outcome::NoSuch => {}
            }
        }
    }
}

/// A recipient as everybody but the person may see it: the ends at most. Empty for nobody.
pub fn masked(message: &Listed) -> String {
    let to = message.recipient.as_str();
    let masked = if message.channel == "sms" {
        MobilePhone::from_stored(to).ok().map(|number| number.masked())
    } else {
        // A user ID that receives mail is an address like any other.
        AlternateEmail::parse(to).ok().map(|address| address.masked())
    };
    // What can't be read is not shown in part either.
    masked.unwrap_or_else(|| if to.is_empty() { String::new() } else { "••••••".to_owned() })
}

/// The message, for nobody else to change; and whoever asks still may.
async fn locked(tx: &mut Connection, by: &impl Manages, id: Uuid) -> Result<Option<Listed>, NotDone> {
    if let Some(actor) = by.user() {
        users::lock(tx, actor).await?;
    }
    still(tx, by, Right::HandleMessages).await?;
    Ok(desk::lock(tx, by.company(), id).await?)
}

async fn record(
    tx: &mut Connection,
    by: &impl By,
    event: AuditEvent,
    message: &Listed,
) -> Result<(), StoreError> {
    let network = by.network().map(crate::domain::limits::Network::as_str);
    let recorded = audit::Recorded {
        id: random::id(),
        event,
        company: message.company,
        user: message.person,
        subject: message.user_id.as_deref().unwrap_or_default(),
        actor: &by.actor(),
        network,
        outcome: "done",
        details: json!({
            "message": message.id,
            "kind": message.kind,
            "channel": message.channel,
            "tries": message.tries,
            // A worker died with it, or a provider did not answer.
            "may_have_left": message.maybe_sent > 0,
        }),
    };
    audit::record(tx, &recorded).await
}
