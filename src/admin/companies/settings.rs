//! A change of settings: what it would do, and doing it. A weaker rule for changes of global administrators waits by the rule that is in
//! force.

use serde_json::json;
use uuid::Uuid;

use super::{record, rules::checked};
use crate::{
    admin::{
        Asked, Changed, Manages, NotDone, Property, Refusal, details, note,
        pending::{self, Ask, Waits, Wanted, guard_of},
        truth,
        users::still,
    },
    domain::{
        audit::AuditEvent,
        second_pair::{Guard, Rule},
        user::Right,
    },
    store::{
        self, Connection, Pool,
        companies::{self, Change, Company},
        users,
    },
};

/// Longest reason, in characters.
const REASON_MAX: usize = 500;

/// What goes with a change of settings.
#[derive(Debug, Default, Clone, Copy)]
pub struct Told<'a> {
    /// The version that was looked at: refused when it is another by now. None: whatever it is.
    pub version: Option<i64>,
    /// Why, in the words of whoever does it; recorded.
    pub reason: Option<&'a str>,
}

/// Changes settings. They act at once, on every node, also on attempts under way: every step reads them. Where the rule for
/// unconfirmed contact data becomes stricter, the attempts of whom it shuts out end.
pub async fn change(
    pool: &Pool,
    by: &impl Manages,
    company: Uuid,
    change: &Change,
    told: Told<'_>,
) -> Result<SettingsChanged, NotDone> {
    let mut tx = store::begin(pool).await?;
    let (done, name) = change_in(&mut tx, by, company, change, told).await?;
    let changes = &done.changes;
    if !changes.is_empty() {
        let mut recorded = details(changes);
        let reason = told.reason.map(str::trim).filter(|reason| !reason.is_empty());
        if let (Some(reason), Some(all)) = (reason, recorded.as_object_mut()) {
            all.insert("Reason".to_owned(), json!(reason));
        }
        record(&mut tx, by, AuditEvent::CompanyChanged, company, &name, recorded).await?;
    }
    if !changes.is_empty() || done.waits.is_some() {
        tx.commit().await?;
    }
    Ok(done)
}

/// What came of a change of settings.
#[derive(Debug)]
pub struct SettingsChanged {
    /// What is different.
    pub changes: Vec<Changed>,
    /// A weaker rule for changes of global administrators is not in force yet: it waits by the present one.
    pub waits: Option<Waits>,
}

/// A rule that has waited, in the caller's transaction.
pub(in crate::admin) async fn change_of(
    tx: &mut Connection,
    by: &Asked,
    company: Uuid,
    change: &Change,
) -> Result<(), NotDone> {
    let (done, name) = change_in(tx, by, company, change, Told::default()).await?;
    record(tx, by, AuditEvent::CompanyChanged, company, &name, details(&done.changes)).await?;
    Ok(())
}

/// What a change would do, without doing it.
pub async fn preview(
    pool: &Pool,
    by: &impl Manages,
    company: Uuid,
    change: &Change,
    told: Told<'_>,
) -> Result<SettingsChanged, NotDone> {
    let mut tx = store::begin(pool).await?;
    // The transaction is dropped: the summary is what the change itself would say.
    Ok(change_in(&mut tx, by, company, change, told).await?.0)
}

async fn change_in(
    tx: &mut Connection,
    by: &impl Manages,
    company: Uuid,
    change: &Change,
    told: Told<'_>,
) -> Result<(SettingsChanged, String), NotDone> {
    if told.reason.is_some_and(|reason| {
        reason.chars().count() > REASON_MAX
            || reason.chars().any(|c| c != '\n' && c != '\r' && crate::visible::is_unsafe(c))
    }) {
        return Err(Refusal::Reason.into());
    }
    if by.company().is_some_and(|own| own != company) {
        return Err(Refusal::NoCompany.into());
    }
    if let Some(actor) = by.user() {
        users::lock(tx, actor).await?;
    }
    still(tx, by, Right::ManageCompany).await?;
    companies::lock(tx, company).await?;
    let old = companies::by_id(&mut *tx, company).await?.ok_or(Refusal::NoCompany)?;
    if told.version.is_some_and(|version| version != old.version) {
        return Err(Refusal::ChangedMeanwhile.into());
    }
    let mut change = checked(change, &old)?;
    let waits = weaker_waits(tx, by, &old, &mut change).await?;
    if old.user_id_is_mailbox && change.user_id_is_mailbox == Some(false) {
        pending::tell_mailboxes(tx, by, company, false).await?;
    }
    companies::change(tx, company, &change).await?;
    let new = companies::by_id(&mut *tx, company).await?.ok_or(Refusal::NoCompany)?;
    if new.user_id_is_mailbox && !old.user_id_is_mailbox {
        pending::tell_mailboxes(tx, by, company, true).await?;
    }
    if by.user().is_none() && guard_of(&new).is_weaker_than(guard_of(&old)) {
        pending::tell_rule(tx, by, company, guard_of(&old), guard_of(&new)).await?;
    }
    if old.self_serve_password_reset_enabled && !new.self_serve_password_reset_enabled {
        companies::end_attempts(tx, company).await?;
    }
    if old.unconfirmed_contact != new.unconfirmed_contact || old.contact_hold_hours != new.contact_hold_hours
    {
        companies::end_attempts_of_unconfirmed(tx, company).await?;
    }
    Ok((SettingsChanged { changes: difference(&old, &new), waits }, new.name))
}

/// Takes a weaker rule for changes of global administrators out of a change, and lets it wait by the rule in force: whoever holds one
/// session must not turn the rule off before what it would stop (ASVS 2.3.5).
async fn weaker_waits(
    tx: &mut Connection,
    by: &impl Manages,
    old: &Company,
    change: &mut Change,
) -> Result<Option<Waits>, NotDone> {
    let was = guard_of(old);
    let new = Guard {
        rule: change.global_administrator_changes.as_deref().and_then(Rule::named).unwrap_or(was.rule),
        hours: change.global_administrator_hold_hours.unwrap_or(was.hours),
    };
    if !new.is_weaker_than(was) {
        return Ok(None);
    }
    let Some(terms) = pending::terms(tx, by, old, None).await? else { return Ok(None) };
    change.global_administrator_changes = None;
    change.global_administrator_hold_hours = None;
    let wanted = Wanted::setting(was, new);
    Ok(Some(pending::ask(tx, by, &Ask { company: old, target: None, wanted, terms }).await?))
}

fn difference(old: &Company, new: &Company) -> Vec<Changed> {
    let mut changes = Vec::new();
    note(&mut changes, Property::Name, &old.name, &new.name);
    note(&mut changes, Property::DefaultRegion, &old.default_region, &new.default_region);
    for (property, old, new) in [
        (
            Property::SelfServePasswordResetEnabled,
            old.self_serve_password_reset_enabled,
            new.self_serve_password_reset_enabled,
        ),
        (
            Property::AlternateEmailInOwnDomainAllowed,
            old.alternate_email_in_own_domain_allowed,
            new.alternate_email_in_own_domain_allowed,
        ),
        (Property::UserIdIsMailbox, old.user_id_is_mailbox, new.user_id_is_mailbox),
    ] {
        note(&mut changes, property, truth(old), truth(new));
    }
    let url = |company: &Company| company.sign_in_url.clone().unwrap_or_default();
    note(&mut changes, Property::SignInUrl, &url(old), &url(new));
    let days = |days: Option<i32>| days.map_or_else(|| "never".to_owned(), |days| days.to_string());
    let floor = |length: Option<i32>| length.map(|length| length.to_string()).unwrap_or_default();
    for (property, old, new) in [
        (
            Property::PasswordExpiresAfterDays,
            days(old.password_expires_after_days),
            days(new.password_expires_after_days),
        ),
        (
            Property::PasswordWarningDays,
            old.password_warning_days.to_string(),
            new.password_warning_days.to_string(),
        ),
        (Property::PasswordMinLength, floor(old.password_min_length), floor(new.password_min_length)),
        (
            Property::PasswordRefusedWords,
            old.password_refused_words.join(", "),
            new.password_refused_words.join(", "),
        ),
        (Property::UnconfirmedContact, old.unconfirmed_contact.clone(), new.unconfirmed_contact.clone()),
        (Property::ContactHoldHours, old.contact_hold_hours.to_string(), new.contact_hold_hours.to_string()),
        (
            Property::TemporaryPasswordsAllowed,
            truth(old.temporary_passwords_allowed).to_owned(),
            truth(new.temporary_passwords_allowed).to_owned(),
        ),
        (
            Property::GlobalAdministratorChanges,
            old.global_administrator_changes.clone(),
            new.global_administrator_changes.clone(),
        ),
        (
            Property::GlobalAdministratorHoldHours,
            old.global_administrator_hold_hours.to_string(),
            new.global_administrator_hold_hours.to_string(),
        ),
    ] {
        note(&mut changes, property, &old, &new);
    }
    changes
}
