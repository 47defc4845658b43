//! Trying delivery: a test message that says nothing but that it arrives.
//!
//! What must stay true: an administrator sends one only to themselves, so that nobody is bothered and no number is dialled that an
//! administrator did not already answer for; an operator may send one anywhere; each is recorded, without address or number.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{By, GlobalAdministrator, NotDone, Operator, Refusal};
use crate::{
    domain::{
        audit::AuditEvent,
        contact::{MobilePhone, Region},
        limits::{Budgets, Network},
        message::{Channel, Message},
        user::Role,
    },
    outbox::trial::VALID,
    random,
    store::{
        self, Connection, Pool, StoreError,
        audit::{self, Recorded},
        budgets,
        companies::Company,
        outbox::{self, Queued},
        trials::{self, Trial},
        users,
    },
};

/// Test messages that one administrator may ask for in an hour.
pub const AN_HOUR: i32 = 5;

/// The message to be sent.
pub fn message(channel: Channel, by: &impl By, at: time::OffsetDateTime) -> Message {
    let asked_by = by.user();
    match channel {
        Channel::Email => Message::TestMail { by: by.author(), at, asked_by },
        Channel::Sms => Message::TestSms { at, asked_by },
    }
}

/// Queues one to an administrator's own alternate e-mail address or mobile phone. Gives the message's row.
pub async fn to_oneself(
    pool: &Pool,
    by: &GlobalAdministrator,
    channel: Channel,
    allowed: &Budgets,
) -> Result<Uuid, NotDone> {
    let mut tx = store::begin(pool).await?;
    users::lock(&mut tx, by.id()).await?;
    let role = users::standing(&mut tx, by.id()).await?;
    let still = role.is_some_and(|(company, role)| {
        company == by.company_id() && role == Role::GlobalAdministrator.as_str()
    });
    if !still {
        return Err(Refusal::NotAllowed.into());
    }
    let wanted = match channel {
        Channel::Email => "email",
        Channel::Sms => "sms",
    };
    let contacts = users::contacts(&mut *tx, by.id()).await?;
    let contact = contacts.into_iter().find(|c| c.channel == wanted && c.position == 0);
    let recipient = contact.ok_or(Refusal::NoContact)?.value;
    if channel == Channel::Sms && !allowed.allows_texts_to(&recipient) {
        return Err(Refusal::NoContact.into());
    }
    if let Some(until) = trials::take(&mut *tx, by.id(), AN_HOUR).await? {
        return Err(Refusal::TooOften(until).into());
    }
    if channel == Channel::Sms
        && let Some(until) = budgets::take_text_of_company(&mut *tx, by.company_id(), &recipient).await?
    {
        return Err(Refusal::TooOften(until).into());
    }
    let id = queue(&mut tx, by, by.company_id(), channel, &recipient).await?;
    let details = json!({ "channel": wanted });
    record(&mut tx, by, Some(by.company_id()), by.actor().as_str(), "done", details).await?;
    tx.commit().await?;
    Ok(id)
}

/// What became of one, for whoever asked for it.
pub async fn of_oneself(
    pool: &Pool,
    by: &GlobalAdministrator,
    message: Uuid,
) -> Result<Option<Trial>, StoreError> {
    trials::asked_by(pool, by.company_id(), by.id(), message).await
}

/// Queues one for an operator: in a demo, whose outbox page shows it.
pub async fn by_queue(
    pool: &Pool,
    by: &Operator,
    company: &Company,
    channel: Channel,
    recipient: &str,
) -> Result<Uuid, NotDone> {
    let mut tx = store::begin(pool).await?;
    let id = queue(&mut tx, by, company.id, channel, recipient).await?;
    tx.commit().await?;
    Ok(id)
}

/// Records what an operator's test came to: by whom it was tried, and how each ended.
pub async fn tried(
    pool: &Pool,
    by: &Operator,
    company: Option<&Company>,
    accepted: bool,
    details: Value,
) -> Result<(), StoreError> {
    let mut tx = store::begin(pool).await?;
    let outcome = if accepted { "done" } else { "not_accepted" };
    let subject = company.map_or("", |company| company.name.as_str());
    record(&mut tx, by, company.map(|company| company.id), subject, outcome, details).await?;
    tx.commit().await
}

/// A number that a test may go to, read as people of this company write it: a landline, a premium number and a country that gets no
/// codes are refused as for everybody.
pub fn number(typed: &str, region: &str, allowed: &Budgets) -> Result<MobilePhone, NotAllowed> {
    let region = Region::parse(region).map_err(|_| NotAllowed::Refused(Refusal::Region))?;
    let number = MobilePhone::parse(typed, region)
        .map_err(|problem| NotAllowed::Refused(Refusal::MobilePhone(problem)))?;
    if allowed.allows_texts_to(number.e164()) { Ok(number) } else { Err(NotAllowed::Country) }
}

/// Why a number gets no test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAllowed {
    /// As for everybody.
    Refused(Refusal),
    /// Its country is not among `budgets.sms_country_codes`.
    Country,
}

async fn queue(
    tx: &mut Connection,
    by: &impl By,
    company: Uuid,
    channel: Channel,
    recipient: &str,
) -> Result<Uuid, StoreError> {
    let id = random::id();
    let now = store::now(tx).await?;
    let message = message(channel, by, now);
    let queued = Queued {
        id,
        company,
        person: by.user(),
        token: None,
        recipient,
        message: &message,
        deadline: Some(now + VALID),
    };
    outbox::queue(&mut *tx, &queued).await?;
    Ok(id)
}

async fn record(
    tx: &mut Connection,
    by: &impl By,
    company: Option<Uuid>,
    subject: &str,
    outcome: &str,
    details: Value,
) -> Result<(), StoreError> {
    let recorded = Recorded {
        id: random::id(),
        event: AuditEvent::TestMessageSent,
        company,
        user: by.user(),
        subject,
        actor: &by.actor(),
        network: by.network().map(Network::as_str),
        outcome,
        details,
    };
    audit::record(tx, &recorded).await
}
