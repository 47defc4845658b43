//! One-time links to several people: each in a transaction of their own, so that one who can't be helped stops nobody.
//!
//! A batch has an id that was made with its form: a second submit, or one after a node died half-way, goes on where the first
//! stopped and sends nobody a second link.

use serde_json::json;
use uuid::Uuid;

use super::link::{Sent, send_quietly};
use crate::{
    admin::{
        Administrator, By, NotDone, Operator, Refusal, Resets,
        users::{Whom, hold, look, open, still, tell_administrators},
    },
    domain::{
        audit::AuditEvent,
        limits::{Budgets, Network},
        message::{Author, How, Message, PEOPLE_MAX, Person},
        secret::Key,
        user::Right,
    },
    random,
    store::{
        self, Pool, StoreError,
        audit::{self, Recorded},
        batches::{self, Batch, Untold},
        users,
    },
};

/// Most people of a batch in the portal (product.md). The shell takes any number.
pub const BATCH_MAX: usize = 40;

/// What became of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A link is on its way.
    Sent(Sent),
    /// Nothing was sent.
    Not(Refusal),
    /// Another submit of the same batch did it.
    Already,
}

impl Outcome {
    /// The name in the database and in result files.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Sent(Sent::Email) => "sent_email",
            Self::Sent(Sent::Sms) => "sent_sms",
            Self::Already => "already",
            Self::Not(refusal) => match refusal {
                Refusal::Blocked => "blocked",
                Refusal::NoContact | Refusal::ContactWaits => "no_contact",
                Refusal::RefusedCountry => "refused_country",
                Refusal::NotAllowed => "not_allowed",
                Refusal::Oneself => "oneself",
                Refusal::TooOften(_) => "too_often",
                Refusal::Waits(_) => "waits",
                Refusal::WaitsAlready => "waits_already",
                _ => "no_user",
            },
        }
    }
}

/// Sends links to the people of these rows, 40 at most. Gives what became of each, in their order.
pub async fn batch(
    pool: &Pool,
    by: &Administrator,
    key: &Key,
    id: Uuid,
    rows: &[Uuid],
    budgets: &Budgets,
) -> Result<Vec<Outcome>, NotDone> {
    if rows.len() > BATCH_MAX {
        return Err(Refusal::TooMany.into());
    }
    begin(pool, by, id).await?;
    let mut outcomes = Vec::with_capacity(rows.len());
    for (place, row) in rows.iter().enumerate() {
        outcomes.push(one(pool, by, key, id, place, Whom::Row(*row), budgets).await?);
    }
    record_all(pool, by, by.company_id(), id, &outcomes).await?;
    Ok(outcomes)
}

/// Nothing is written for whoever may not reset anybody by now.
async fn begin(pool: &Pool, by: &Administrator, id: Uuid) -> Result<(), NotDone> {
    let mut tx = store::begin(pool).await?;
    users::lock(&mut tx, by.id()).await?;
    still(&mut tx, by, Right::ResetPasswords).await?;
    if !batches::begin(&mut *tx, id, by.company_id(), by.user(), &by.actor()).await? {
        return Err(Refusal::NoUser.into());
    }
    Ok(tx.commit().await?)
}

/// The same for one person from a form of their own: a second submit of the form sends no second link, which would kill the first.
pub async fn send_link_once(
    pool: &Pool,
    by: &Administrator,
    key: &Key,
    id: Uuid,
    row: Uuid,
    budgets: &Budgets,
) -> Result<Outcome, NotDone> {
    begin(pool, by, id).await?;
    let outcome = one(pool, by, key, id, 0, Whom::Row(row), budgets).await?;
    tell(pool, id).await?;
    Ok(outcome)
}

/// The same for any number of user IDs of one company, by an operator; `done` is told after each.
pub async fn batch_of_operator(
    pool: &Pool,
    by: &Operator,
    company: Uuid,
    key: &Key,
    user_ids: &[String],
    budgets: &Budgets,
    mut done: impl FnMut(usize, &Outcome),
) -> Result<Vec<Outcome>, NotDone> {
    let id = random::id();
    batches::begin(pool, id, company, None, &by.actor()).await?;
    let mut outcomes = Vec::with_capacity(user_ids.len());
    for (place, user_id) in user_ids.iter().enumerate() {
        let outcome = match of_company(pool, by, company, user_id).await? {
            Some(row) => one(pool, by, key, id, place, Whom::Row(row), budgets).await?,
            None => Outcome::Not(Refusal::NoUser),
        };
        done(place, &outcome);
        outcomes.push(outcome);
    }
    record_all(pool, by, company, id, &outcomes).await?;
    Ok(outcomes)
}

async fn of_company(
    pool: &Pool,
    by: &Operator,
    company: Uuid,
    user_id: &str,
) -> Result<Option<Uuid>, NotDone> {
    let mut connection = pool.acquire().await?;
    match look(&mut connection, by, Whom::UserId(user_id)).await {
        Ok(user) => Ok(Some(user.id).filter(|_| user.company_id == company)),
        Err(NotDone::Refused(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// The administrator's own latest batches, newest first.
pub async fn latest(pool: &Pool, by: &Administrator) -> Result<Vec<batches::Latest>, NotDone> {
    Ok(batches::latest(pool, by.company_id(), by.id()).await?)
}

/// A batch that was done, for whoever may reset in its company.
pub async fn result(pool: &Pool, by: &Administrator, id: Uuid) -> Result<Option<Batch>, NotDone> {
    let mut connection = pool.acquire().await?;
    Ok(batches::find(&mut connection, by.company_id(), id).await?)
}

async fn one(
    pool: &Pool,
    by: &impl Resets,
    key: &Key,
    id: Uuid,
    place: usize,
    whom: Whom<'_>,
    budgets: &Budgets,
) -> Result<Outcome, NotDone> {
    let place = i32::try_from(place).unwrap_or(i32::MAX);
    let mut tx = store::begin(pool).await?;
    // The rows before the item, which points at one of them: a deletion of that row would wait for the item, and we for it.
    let seen = match hold(&mut tx, by, whom).await {
        Ok(Some(user)) => user,
        // Of another company, or gone: named nowhere, so that a list of rows tells nothing.
        Ok(None) => return Ok(Outcome::Not(Refusal::NoUser)),
        Err(NotDone::Refused(refusal)) => return Ok(Outcome::Not(refusal)),
        Err(other) => return Err(other),
    };
    if !batches::take(&mut tx, id, place, Some(seen.id), &seen.user_id).await? {
        return Ok(Outcome::Already);
    }
    let sent = match open(&mut tx, by, Whom::Row(seen.id), Right::ResetPasswords).await {
        Ok(user) => send_quietly(&mut tx, by, key, user, Some(budgets)).await,
        Err(refused) => Err(refused),
    };
    let (outcome, message) = match sent {
        Ok((sent, _)) => (Outcome::Sent(sent.sent), Some(sent.message)),
        Err(NotDone::Refused(refusal)) => (Outcome::Not(refusal), None),
        Err(other) => return Err(other),
    };
    batches::end(&mut tx, id, place, outcome.as_str(), message).await?;
    tx.commit().await?;
    Ok(outcome)
}

/// Tells every other global administrator of the links to administrators in a batch: one mail, however many they are. What was told
/// once is not told again, so a second submit tells of the rest.
async fn tell(pool: &Pool, batch: Uuid) -> Result<(), StoreError> {
    let mut tx = store::begin(pool).await?;
    let Some(untold) = batches::take_untold(&mut tx, batch).await? else { return Ok(()) };
    let by = match untold.actor.strip_prefix("operator:") {
        Some(_) => Author::Operator,
        None => Author::Administrator(untold.actor),
    };
    let at = store::now(&mut tx).await?;
    let mut about = None;
    let message = match untold.people.as_slice() {
        [] => {
            tx.commit().await?;
            return Ok(());
        }
        [one] => {
            about = Some(one.id);
            Message::AdministratorWasReset {
                user: one.id,
                user_id: one.user_id.clone(),
                display_name: one.display_name.clone(),
                at,
                browser: String::new(),
                how: How::LinkSent,
                by: Some(by),
            }
        }
        many => {
            let named = many.iter().take(PEOPLE_MAX);
            let person = |one: &Untold| Person {
                user_id: one.user_id.clone(),
                display_name: one.display_name.clone(),
            };
            let more = u32::try_from(many.len().saturating_sub(PEOPLE_MAX)).unwrap_or(u32::MAX);
            Message::AdministratorsWereReset { people: named.map(person).collect(), more, by, at }
        }
    };
    tell_administrators(&mut tx, untold.company, about, untold.by_user, &untold.told, &message).await?;
    tx.commit().await
}

/// Tells of batches whose node died before it could. Gives how many there were, at most `most`.
pub async fn tell_left_over(pool: &Pool, most: i64) -> Result<usize, StoreError> {
    let left = batches::left_untold(pool, most).await?;
    for batch in &left {
        tell(pool, *batch).await?;
    }
    Ok(left.len())
}

async fn record_all(
    pool: &Pool,
    by: &impl By,
    company: Uuid,
    id: Uuid,
    outcomes: &[Outcome],
) -> Result<(), NotDone> {
    tell(pool, id).await?;
    let sent = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Sent(_))).count();
    if outcomes.iter().all(|outcome| *outcome == Outcome::Already) {
        return Ok(());
    }
    let recorded = Recorded {
        id: random::id(),
        event: AuditEvent::BatchReset,
        company: Some(company),
        user: None,
        subject: &format!("{} people", outcomes.len()),
        actor: &by.actor(),
        network: by.network().map(Network::as_str),
        outcome: "done",
        details: json!({ "batch": id, "sent": sent, "not_sent": outcomes.len() - sent }),
    };
    let mut tx = store::begin(pool).await?;
    audit::record(&mut tx, &recorded).await?;
    tx.commit().await?;
    Ok(())
}
