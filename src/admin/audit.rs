//! What happened, and whether the record of it is whole.

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{Administrator, By as _, GlobalAdministrator, Operator};
use crate::{
    domain::{
        audit::{
            AuditEvent,
            chain::{Chain, Fault, Report},
            seal::{ChainKey, Checkpoint},
        },
        limits::Network,
        user::UserId,
    },
    random,
    store::{
        self, Pool, StoreError,
        audit::{
            self, Recorded,
            list::{self, Attempt, Filter, Listed},
            seals,
        },
        users,
    },
};

/// A list leaves the service as a whole file: who took it, and which.
pub async fn downloaded(pool: &Pool, by: &Administrator, list: &str) -> Result<(), StoreError> {
    let mut tx = store::begin(pool).await?;
    let recorded = Recorded {
        id: random::id(),
        event: AuditEvent::Downloaded,
        company: Some(by.company_id()),
        user: Some(by.id()),
        subject: &by.actor(),
        actor: &by.actor(),
        network: by.network().map(Network::as_str),
        outcome: "done",
        details: json!({ "list": list }),
    };
    audit::record(&mut tx, &recorded).await?;
    tx.commit().await
}

/// Most events that one call gives.
pub const PAGE_MAX: u16 = 1000;

/// Whose events an operator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// A company's.
    Company(Uuid),
    /// Those that belong to no company: of strangers, and of the service itself.
    Nobody,
}

/// At most `limit` events, newest first; [`PAGE_MAX`] at most.
pub async fn list(
    pool: &Pool,
    _by: &Operator,
    of: Of,
    filter: &Filter,
    limit: u16,
) -> Result<Vec<Listed>, StoreError> {
    let company = match of {
        Of::Company(id) => Some(id),
        Of::Nobody => None,
    };
    list::page(pool, company, filter, limit.min(PAGE_MAX)).await
}

/// The same for a global administrator: of their own company, whatever they ask for.
pub async fn own(
    pool: &Pool,
    by: &GlobalAdministrator,
    filter: &Filter,
    limit: u16,
) -> Result<Vec<Listed>, StoreError> {
    list::page(pool, Some(by.company_id()), filter, limit.min(PAGE_MAX)).await
}

/// The steps of an attempt of the administrator's own company, oldest first, and the attempt itself while its row is kept. No steps: no
/// such attempt.
pub async fn steps(
    pool: &Pool,
    by: &GlobalAdministrator,
    attempt: Uuid,
) -> Result<(Vec<Listed>, Option<Attempt>), StoreError> {
    let filter = Filter { attempt: Some(attempt), ..Filter::default() };
    let mut steps = own(pool, by, &filter, PAGE_MAX).await?;
    steps.reverse();
    Ok((steps, list::attempt(pool, by.company_id(), attempt).await?))
}

/// Looks for everything about or by whoever has this user ID: under any user ID that the person had, and whoever had this one.
pub async fn about(pool: &Pool, _by: &Operator, typed: &str) -> Result<Filter, StoreError> {
    let who = typed.trim().to_owned();
    let user = match UserId::parse(&who) {
        Ok(user_id) => users::named(pool, user_id.normalised()).await?.map(|user| user.id),
        Err(_) => None,
    };
    Ok(Filter { user, who: Some(who), ..Filter::default() })
}

/// What a look at the whole log found, and the end of the chain.
#[derive(Debug)]
pub struct Verified {
    /// What was found.
    pub report: Report,
    /// The last seal, when nothing is wrong.
    pub end: Option<Checkpoint>,
}

/// Checks every seal with its event, every event for its seal, and the checkpoints. In batches: a million events take no more
/// memory than a thousand.
pub async fn verify(
    pool: &Pool,
    _by: &Operator,
    keys: &[ChainKey],
    checkpoints: &[Checkpoint],
) -> Result<Verified, StoreError> {
    let mut chain = Chain::new(keys, checkpoints);
    loop {
        let batch = seals::behind(pool, chain.last()).await?;
        if batch.is_empty() {
            break;
        }
        for seal in batch {
            chain.take(seal);
        }
    }
    let end = chain.end_of_chain();
    let mut report = chain.end();
    let mut last = None;
    loop {
        // From the last one on, itself included, so that no id can hide before the first.
        let mut batch = seals::standing(pool, last.unwrap_or_else(Uuid::nil)).await?;
        batch.retain(|standing| Some(standing.event) != last);
        let Some(newest) = batch.last() else { break };
        last = Some(newest.event);
        for standing in batch.into_iter().filter(|standing| !standing.sealed) {
            if standing.queued {
                report.waits(standing.event);
            } else {
                report.fault(Fault::NeverSealed { event: standing.event });
            }
        }
    }
    let mut last = None;
    loop {
        let mut batch = seals::gone_unsealed(pool, last.unwrap_or_else(Uuid::nil)).await?;
        batch.retain(|event| Some(*event) != last);
        let Some(newest) = batch.last() else { break };
        last = Some(*newest);
        for event in batch {
            report.fault(Fault::GoneUnsealed { event });
        }
    }
    let end = end.filter(|_| report.faults == 0);
    Ok(Verified { report, end })
}

/// A moment as exports have it: UTC, to the microsecond.
pub fn moment(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

/// An event as a line of JSON, without its end. What could break a line or drive a terminal stands as an escape (V-67).
pub fn json_line(event: &Listed) -> String {
    let line: Value = json!({
        "id": event.id,
        "at": moment(event.at),
        "event": event.event,
        "outcome": event.outcome,
        "subject": event.subject,
        "actor": event.actor,
        "user": event.user,
        "company": event.company,
        "attempt": event.attempt,
        "network": event.network,
        "details": event.details,
    });
    // JSON itself lets DEL, C1 and U+2028 stand. All are in the basic plane, and none occurs outside of a text.
    line.to_string().chars().fold(String::with_capacity(512), |mut text, c| {
        if crate::visible::is_unsafe(c) {
            let _ = std::fmt::Write::write_fmt(&mut text, format_args!("\\u{:04x}", u32::from(c)));
        } else {
            text.push(c);
        }
        text
    })
}

/// The columns of exports.
pub const COLUMNS: [&str; 9] =
    ["At", "Event", "Outcome", "Subject", "Actor", "Network", "Attempt", "Details", "Id"];

/// An event's values for [`COLUMNS`].
pub fn columns(event: &Listed) -> [String; 9] {
    let has_details = event.details.as_object().is_none_or(|details| !details.is_empty());
    [
        moment(event.at),
        event.event.clone(),
        event.outcome.clone(),
        event.subject.clone(),
        event.actor.clone(),
        event.network.clone().unwrap_or_default(),
        event.attempt.map(|id| id.to_string()).unwrap_or_default(),
        if has_details { event.details.to_string() } else { String::new() },
        event.id.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // V-67
    fn a_json_line_is_one_line_whatever_was_typed_and_the_same_text_after_parsing() {
        let attack = "x\r\n{\"event\":\"forged\"}\u{1b}[2J\u{2028}\u{85}\u{7f}\u{202e}\"y";
        let event = Listed {
            id: Uuid::nil(),
            at: OffsetDateTime::UNIX_EPOCH,
            event: "sign_in_failed".to_owned(),
            company: None,
            user: None,
            subject: attack.to_owned(),
            actor: "visitor".to_owned(),
            attempt: None,
            network: None,
            outcome: "unknown_user".to_owned(),
            details: json!({ attack: attack }),
        };
        let line = json_line(&event);
        assert!(!line.contains(crate::visible::is_unsafe), "{line:?}");
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&read["subject"], &read["details"][attack]), (&json!(attack), &json!(attack)));
        assert_eq!(read["at"], "1970-01-01T00:00:00Z");
    }
}
