//! Somebody decides about a change that waits.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    act::{attempt, locked, outcome},
    ask::{details, tell_end},
};
use crate::{
    admin::{Manages, NotDone, Refusal, users::still},
    domain::{
        audit::AuditEvent, limits::Budgets, limits::Network, second_pair::End, secret::Key, user::Right,
    },
    random,
    store::{
        self, Connection, Pool, StoreError, audit,
        pending_changes::{self, Pending},
    },
};

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The change.
    pub change: Uuid,
    /// Whom it was about, or the company's name.
    pub subject: String,
    /// How it ended.
    pub end: End,
    /// Of a void one: why.
    pub why: Option<String>,
}

/// Approves a change and carries it out. An operator's approval counts as a second person's.
pub async fn approve(
    pool: &Pool,
    by: &impl Manages,
    id: Uuid,
    key: &Key,
    budgets: &Budgets,
) -> Result<Decided, NotDone> {
    let mut tx = store::begin(pool).await?;
    let change = opened(&mut tx, by, id).await?;
    // ASVS 2.3.5: two people. A change that only waits for its time may be approved, too, but by nobody whom it concerns.
    if by.user().is_some() && (by.user() == change.requested_by || by.user() == change.target) {
        return Err(Refusal::OwnChange.into());
    }
    let (actor, network) = (by.actor(), by.network().map(Network::as_str));
    let (end, why) = attempt(&mut tx, &change, key, budgets).await?;
    finish(&mut tx, &change, end, why.as_deref(), &actor).await?;
    record(&mut tx, &change, AuditEvent::ChangeApproved, &actor, network, "done", None).await?;
    let event = if end == End::Done { AuditEvent::ChangeCarriedOut } else { AuditEvent::ChangeVoid };
    record(&mut tx, &change, event, &actor, network, outcome(end), why.as_deref()).await?;
    tell_end(&mut tx, &change, end, Some(by.author())).await?;
    tx.commit().await?;
    Ok(Decided { change: id, subject: change.subject, end, why })
}

/// Stops a change: any global administrator may, whom it is about and who asked for it among them.
pub async fn refuse(pool: &Pool, by: &impl Manages, id: Uuid) -> Result<Decided, NotDone> {
    let mut tx = store::begin(pool).await?;
    let change = opened(&mut tx, by, id).await?;
    let own = by.user().is_some() && by.user() == change.requested_by;
    let end = if own { End::Cancelled } else { End::Refused };
    let actor = by.actor();
    finish(&mut tx, &change, end, None, &actor).await?;
    let network = by.network().map(Network::as_str);
    record(&mut tx, &change, AuditEvent::ChangeRefused, &actor, network, end.as_str(), None).await?;
    tell_end(&mut tx, &change, end, Some(by.author())).await?;
    tx.commit().await?;
    Ok(Decided { change: id, subject: change.subject, end, why: None })
}

/// Locks all that a decision touches, and looks again at who decides. One of another company is no change.
async fn opened(tx: &mut Connection, by: &impl Manages, id: Uuid) -> Result<Pending, NotDone> {
    let found = pending_changes::find(&mut *tx, id).await?;
    let found = found
        .filter(|change| by.company().is_none_or(|own| own == change.company))
        .ok_or(Refusal::NoChange)?;
    let waiting = locked(tx, by.user(), &found).await?;
    still(tx, by, Right::ManageUsers).await?;
    // Past its time it is the clock's: nothing is approved or refused that should have happened already.
    match waiting {
        Some(change) if !change.is_due => Ok(change),
        _ => {
            let now = pending_changes::find(&mut *tx, id).await?.ok_or(Refusal::NoChange)?;
            Err(Refusal::AlreadyDecided(now.state, now.decided_by).into())
        }
    }
}

async fn finish(
    tx: &mut Connection,
    change: &Pending,
    end: End,
    why: Option<&str>,
    actor: &str,
) -> Result<(), NotDone> {
    if pending_changes::end(tx, change.id, end, why, Some(actor)).await? {
        Ok(())
    } else {
        Err(Refusal::NoChange.into())
    }
}

/// An audit event about a change, with its lines.
pub(super) async fn record(
    tx: &mut Connection,
    change: &Pending,
    event: AuditEvent,
    actor: &str,
    network: Option<&str>,
    outcome: &str,
    why: Option<&str>,
) -> Result<(), StoreError> {
    let lines: Vec<_> = serde_json::from_value(change.shown.clone()).unwrap_or_default();
    let mut told = details(&lines);
    told.insert("change".to_owned(), json!(change.id));
    told.insert("by".to_owned(), json!(change.requester));
    if let Some(why) = why {
        told.insert("why".to_owned(), json!(why));
    }
    let recorded = audit::Recorded {
        id: random::id(),
        event,
        company: Some(change.company),
        user: change.target,
        subject: &change.subject,
        actor,
        network,
        outcome,
        details: Value::Object(told),
    };
    audit::record(tx, &recorded).await
}
