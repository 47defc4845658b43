//! What people said was not they: looked at and closed by global administrators and operators.
//!
//! Must stay true: nobody closes an incident about themselves, or whoever took an account would close the report of it, nor one of what
//! they did; an incident is closed once, with a note, and recorded; closing lifts no block.

use serde_json::{Value, json};
use time::Duration;
use uuid::Uuid;

use super::{Manages, NotDone, Refusal, users::still};
use crate::{
    domain::{
        audit::AuditEvent,
        contact::{AlternateEmail, MobilePhone},
        deed::Deed,
        limits::Network,
        message::ContactChange,
        user::Right,
    },
    random,
    store::{
        self, Connection, Pool, StoreError,
        audit::{
            self, Recorded,
            list::{self, Filter, Listed},
        },
        incidents::{self, After, Incident},
        users,
    },
};

/// Characters of a note at most.
pub const NOTE_MAX: usize = 500;

/// Events of the trail at most.
const TRAIL: u16 = 60;

/// Open ones first, then the newest.
pub async fn list(
    pool: &Pool,
    by: &impl Manages,
    company: Uuid,
    after: Option<After>,
    most: i64,
) -> Result<Vec<Incident>, StoreError> {
    incidents::page(pool, by.company().unwrap_or(company), after, most).await
}

/// How many are open, for the navigation.
pub async fn open_count(pool: &Pool, by: &impl Manages, company: Uuid) -> Result<i64, StoreError> {
    incidents::count_open(pool, by.company().unwrap_or(company)).await
}

/// The open ones of a person.
pub async fn open_of(
    pool: &Pool,
    by: &impl Manages,
    company: Uuid,
    user: Uuid,
) -> Result<Vec<Uuid>, StoreError> {
    incidents::open_of(pool, by.company().unwrap_or(company), user).await
}

/// An incident with what is known around it.
pub struct Seen {
    /// The incident.
    pub incident: Incident,
    /// What was changed, for a change of contact data or role: masked, since whoever looks may be whoever did it.
    pub changes: Vec<ContactChange>,
    /// The person's audit events from an hour before the deed to the report, the newest first.
    pub trail: Vec<Listed>,
    /// Why whoever looks may not close it.
    pub barred: Option<Barred>,
}

/// Why someone may not close an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barred {
    /// It is about themselves.
    Own,
    /// They did what is reported, or approved it.
    Doer,
}

/// Whoever is barred from closing an incident, and why: an operator never is.
async fn barred(
    db: &mut Connection,
    by: &impl Manages,
    incident: &Incident,
) -> Result<Option<Barred>, StoreError> {
    let Some(actor) = by.user() else { return Ok(None) };
    if incident.user == Some(actor) {
        return Ok(Some(Barred::Own));
    }
    Ok(incidents::is_deed_of(db, incident, &by.actor()).await?.then_some(Barred::Doer))
}

/// Looks at one.
pub async fn see(pool: &Pool, by: &impl Manages, id: Uuid) -> Result<Seen, NotDone> {
    let incident = of(by, incidents::find(pool, id).await?)?;
    let barred = barred(&mut *pool.acquire().await?, by, &incident).await?;
    let (mut trail, mut changes) = (Vec::new(), Vec::new());
    if let Some(user) = incident.user {
        let filter = Filter {
            user: Some(user),
            since: Some(incident.deed_at - Duration::HOUR),
            until: Some(incident.latest_at + Duration::MINUTE),
            ..Filter::default()
        };
        trail = list::page(pool, Some(incident.company), &filter, TRAIL).await?;
        if matches!(Deed::named(&incident.deed), Some(Deed::ContactChanged | Deed::RoleChanged)) {
            let details = incidents::change_at(pool, incident.company, user, incident.deed_at).await?;
            changes = details.as_ref().map(changed).unwrap_or_default();
        }
    }
    Ok(Seen { incident, changes, trail, barred })
}

/// The changes of an audit event, with masked values.
fn changed(details: &Value) -> Vec<ContactChange> {
    let pair = |name: &str| {
        let change = details.get(name)?;
        Some((change.get("old")?.as_str()?.to_owned(), change.get("new")?.as_str()?.to_owned()))
    };
    let mut changes = Vec::new();
    if let Some((old, new)) = pair("AlternateEmailAddresses") {
        let list = |text: &str| -> Vec<AlternateEmail> {
            text.split(", ").filter_map(|address| AlternateEmail::parse(address).ok()).collect()
        };
        let (old, new) = (list(&old), list(&new));
        let places = (0..old.len().max(new.len())).filter(|place| old.get(*place) != new.get(*place));
        changes.extend(places.map(|place| ContactChange::of_email(old.get(place), new.get(place))));
    }
    if let Some((old, new)) = pair("MobilePhone") {
        let number = |text: &str| MobilePhone::from_stored(text).ok();
        changes.push(ContactChange::of_mobile(number(&old).as_ref(), number(&new).as_ref()));
    }
    if let Some((old, new)) = pair("Role") {
        changes.push(ContactChange::of_role(&old, &new));
    }
    changes
}

/// Closes one, with what was found out.
pub async fn close(pool: &Pool, by: &impl Manages, id: Uuid, note: &str) -> Result<Incident, NotDone> {
    let note = note.trim();
    let odd = |c: char| c != '\n' && c != '\r' && crate::visible::is_unsafe(c);
    let fits = !note.is_empty() && note.chars().count() <= NOTE_MAX && !note.contains(odd);
    let mut tx = store::begin(pool).await?;
    if let Some(actor) = by.user() {
        users::lock(&mut tx, actor).await?;
        still(&mut tx, by, Right::ManageUsers).await?;
    }
    let incident = of(by, incidents::find(&mut *tx, id).await?)?;
    match barred(&mut tx, by, &incident).await? {
        Some(Barred::Own) => return Err(Refusal::Oneself.into()),
        Some(Barred::Doer) => return Err(Refusal::OwnDeed.into()),
        None => {}
    }
    if !fits {
        return Err(Refusal::Note.into());
    }
    if !incidents::close(&mut *tx, id, &by.actor(), note).await? {
        let first = incidents::find(&mut *tx, id).await?.and_then(|first| first.closed_by);
        return Err(Refusal::AlreadyAnswered(first.unwrap_or_default()).into());
    }
    let recorded = Recorded {
        id: random::id(),
        event: AuditEvent::IncidentClosed,
        company: Some(incident.company),
        user: incident.user,
        subject: &incident.user_id,
        actor: &by.actor(),
        network: by.network().map(Network::as_str),
        outcome: "done",
        details: json!({ "incident": id, "deed": incident.deed, "note": note }),
    };
    audit::record(&mut tx, &recorded).await?;
    tx.commit().await?;
    Ok(incident)
}

/// One of the witness's own company; of another it is none.
fn of(by: &impl Manages, found: Option<Incident>) -> Result<Incident, Refusal> {
    found.filter(|incident| by.company().is_none_or(|own| own == incident.company)).ok_or(Refusal::NoIncident)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_events_values_are_masked_and_told_address_by_address() {
        let details = json!({
            "AlternateEmailAddresses": { "old": "johnsmith@fabrikam.com, js@example.com", "new": "mallory@example.com, js@example.com" },
            "MobilePhone": { "old": "+14255550100", "new": "" },
            "DisplayName": { "old": "a", "new": "b" },
        });
        let told: Vec<_> = changed(&details)
            .iter()
            .map(|change| {
                let text = |value: Option<&str>| value.unwrap_or("-").to_owned();
                (change.key(), text(change.old()), text(change.now()))
            })
            .collect();
        assert_eq!(
            told,
            [
                (
                    "mail-fact-alternate-email",
                    "j••••••h@••••••.com".to_owned(),
                    "m••••••y@••••••.com".to_owned()
                ),
                ("mail-fact-mobile-phone", "••••••00".to_owned(), "-".to_owned()),
            ]
        );
        assert!(changed(&json!({})).is_empty());
    }
}
