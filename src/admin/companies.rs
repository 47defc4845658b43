//! Companies: made by an operator, with the domains that decide whose user someone is; their settings.

use std::ops::RangeInclusive;

use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::{
    Administrator, Asked, By, Changed, GlobalAdministrator, Manages, NotDone, Operator, Property, Refusal,
    details, name, note,
    pending::{self, Ask, Waits, Wanted, guard_of},
    truth,
    users::still,
};
use crate::{
    domain::{
        address::is_domain,
        audit::AuditEvent,
        contact::Region,
        limits::{Budgets, Network},
        password::SHORTEST,
        second_pair::{Guard, Rule},
        user::Right,
    },
    random,
    store::{
        self, Connection, Pool, StoreError,
        audit::{self, Recorded},
        companies::{self, Change, Company, Consequence},
        users,
    },
};

/// A company to be made, as it was typed.
#[derive(Debug)]
pub struct NewCompany<'a> {
    /// Name.
    pub name: &'a str,
    /// Domains of its user IDs.
    pub domains: &'a [String],
    /// Two letters of a country.
    pub default_region: &'a str,
}

/// All companies by name.
pub async fn all(pool: &Pool, _by: &Operator) -> Result<Vec<Company>, StoreError> {
    companies::list(pool, None).await
}

/// The company that owns a domain, in whatever case it was typed.
pub async fn of_domain(pool: &Pool, _by: &Operator, domain: &str) -> Result<Option<Company>, StoreError> {
    let found = companies::list(pool, Some(&domain.trim().to_ascii_lowercase())).await?;
    Ok(found.into_iter().next())
}

/// Makes a company with its domains.
pub async fn create(pool: &Pool, by: &Operator, new: &NewCompany<'_>) -> Result<Company, NotDone> {
    let name = name(new.name)?;
    let region = Region::parse(new.default_region).map_err(|_| Refusal::Region)?.letters();
    let mut domains: Vec<String> = Vec::new();
    for (place, domain) in new.domains.iter().enumerate() {
        let domain = domain.trim().to_ascii_lowercase();
        if !is_domain(&domain) {
            return Err(Refusal::Domain(place).into());
        }
        domains.push(domain);
    }
    let id = random::id();
    let mut tx = store::begin(pool).await?;
    companies::create(&mut tx, id, name, &region).await?;
    for (place, domain) in domains.iter().enumerate() {
        let again = domains[..place].contains(domain);
        if !again && !companies::add_domain(&mut tx, id, domain).await? {
            return Err(Refusal::DomainTaken(place).into());
        }
    }
    let told = json!({ "Name": name, "Domains": domains, "DefaultRegion": region });
    record(&mut tx, by, AuditEvent::CompanyCreated, id, name, told).await?;
    let made = companies::by_id(&mut *tx, id).await?.ok_or(Refusal::NoCompany)?;
    tx.commit().await?;
    Ok(made)
}

/// The witness's own company.
pub async fn own(pool: &Pool, by: &Administrator) -> Result<Company, StoreError> {
    companies::by_id(pool, by.company_id()).await?.ok_or(StoreError::RowNotFound)
}

/// What switching self-service, or an expiry of that many days, would do, in numbers, before it is done.
pub async fn consequence(
    pool: &Pool,
    by: &GlobalAdministrator,
    budgets: &Budgets,
    expires_after_days: Option<i32>,
) -> Result<Consequence, StoreError> {
    companies::consequence(pool, by.company_id(), budgets, expires_after_days).await
}

/// Shortest hold, longest hold, in hours.
const HOLD_HOURS: RangeInclusive<i32> = 1..=720;
/// The same for changes of global administrators: a week at most, or nobody would dare to.
const GLOBAL_ADMINISTRATOR_HOLD_HOURS: RangeInclusive<i32> = 1..=168;
/// Fewest and most days that a password may last (product.md).
pub const EXPIRY_DAYS: RangeInclusive<i32> = 14..=730;
/// Fewest and most days of warning (product.md).
pub const WARNING_DAYS: RangeInclusive<i32> = 1..=30;
/// Most words that a company refuses.
const WORDS_MAX: usize = 50;
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
pub(super) async fn change_of(
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

/// Every setting against its rule.
fn checked(change: &Change, old: &Company) -> Result<Change, Refusal> {
    let inside = |value: Option<i32>, range: &RangeInclusive<i32>, refusal: Refusal| match value {
        Some(value) if !range.contains(&value) => Err(refusal),
        _ => Ok(()),
    };
    let expiry = change.password_expires_after_days;
    inside(expiry.flatten(), &EXPIRY_DAYS, Refusal::ExpiryDays)?;
    inside(change.password_warning_days, &WARNING_DAYS, Refusal::WarningDays)?;
    inside(change.contact_hold_hours, &HOLD_HOURS, Refusal::HoldHours)?;
    let hours = change.global_administrator_hold_hours;
    inside(hours, &GLOBAL_ADMINISTRATOR_HOLD_HOURS, Refusal::GlobalAdministratorHoldHours)?;
    if change.global_administrator_changes.as_deref().is_some_and(|rule| Rule::named(rule).is_none()) {
        return Err(Refusal::GlobalAdministratorChanges);
    }
    let floor = i32::try_from(SHORTEST).unwrap_or(i32::MAX);
    inside(change.password_min_length.flatten(), &(floor..=64), Refusal::MinLength)?;
    let (lasts, warned) = (
        expiry.unwrap_or(old.password_expires_after_days),
        change.password_warning_days.unwrap_or(old.password_warning_days),
    );
    if lasts.is_some_and(|days| warned >= days) {
        return Err(Refusal::WarningDays);
    }
    if change.unconfirmed_contact.as_deref().is_some_and(|rule| !UNCONFIRMED_CONTACT.contains(&rule)) {
        return Err(Refusal::UnconfirmedContact);
    }
    Ok(Change {
        name: change.name.as_deref().map(name).transpose()?.map(str::to_owned),
        default_region: match &change.default_region {
            Some(typed) => Some(Region::parse(typed).map_err(|_| Refusal::Region)?.letters()),
            None => None,
        },
        sign_in_url: match change.sign_in_url.as_deref() {
            Some("") => Some(String::new()),
            Some(typed) => Some(sign_in_url(typed).ok_or(Refusal::SignInUrl)?),
            None => None,
        },
        password_refused_words: change.password_refused_words.as_deref().map(words).transpose()?,
        ..change.clone()
    })
}

/// The rules for unconfirmed contact data, by name.
pub const UNCONFIRMED_CONTACT: [&str; 3] = ["at_once", "after_hold", "never"];

/// Words of 3 to 64 characters, each once.
fn words(typed: &[String]) -> Result<Vec<String>, Refusal> {
    let mut words: Vec<String> = Vec::new();
    for word in typed.iter().map(|word| word.trim()).filter(|word| !word.is_empty()) {
        if !(3..=64).contains(&word.chars().count()) || word.contains(crate::visible::is_unsafe) {
            return Err(Refusal::RefusedWords);
        }
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    if words.len() > WORDS_MAX { Err(Refusal::RefusedWords) } else { Ok(words) }
}

/// Gives a company a domain. An operator's alone: it decides whose user someone is.
pub async fn add_domain(
    pool: &Pool,
    by: &Operator,
    company: &Company,
    typed: &str,
) -> Result<Changed, NotDone> {
    let domain = typed.trim().to_ascii_lowercase();
    if !is_domain(&domain) {
        return Err(Refusal::Domain(0).into());
    }
    let mut tx = store::begin(pool).await?;
    companies::lock(&mut tx, company.id).await?;
    if !companies::add_domain(&mut tx, company.id, &domain).await? {
        return Err(Refusal::DomainTaken(0).into());
    }
    let change = Changed { property: Property::Domains, old: String::new(), new: domain };
    let told = details(std::slice::from_ref(&change));
    record(&mut tx, by, AuditEvent::CompanyChanged, company.id, &company.name, told).await?;
    tx.commit().await?;
    Ok(change)
}

/// Takes a domain from a company, while nobody has a user ID in it.
pub async fn remove_domain(
    pool: &Pool,
    by: &Operator,
    company: &Company,
    typed: &str,
) -> Result<Changed, NotDone> {
    let domain = typed.trim().to_ascii_lowercase();
    let mut tx = store::begin(pool).await?;
    companies::lock(&mut tx, company.id).await?;
    if companies::domain_is_used(&mut tx, company.id, &domain).await? {
        return Err(Refusal::DomainInUse.into());
    }
    if !companies::remove_domain(&mut tx, company.id, &domain).await? {
        return Err(Refusal::NoDomain.into());
    }
    let change = Changed { property: Property::Domains, old: domain, new: String::new() };
    let told = details(std::slice::from_ref(&change));
    record(&mut tx, by, AuditEvent::CompanyChanged, company.id, &company.name, told).await?;
    tx.commit().await?;
    Ok(change)
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

/// A link for people after a reset: https, no password in it. What a browser would repair in silence (another slash, a line's end in the
/// middle) leads elsewhere than it reads.
fn sign_in_url(typed: &str) -> Option<String> {
    let typed = typed.trim();
    if typed.contains(|c: char| c == '\\' || c.is_control()) {
        return None;
    }
    let url = Url::parse(typed).ok()?;
    let safe = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    safe.then(|| url.to_string())
}

/// An audit event about a company, in the transaction of what it tells of.
pub(super) async fn record(
    tx: &mut Connection,
    by: &impl By,
    event: AuditEvent,
    company: Uuid,
    name: &str,
    details: serde_json::Value,
) -> Result<(), StoreError> {
    let recorded = Recorded {
        id: random::id(),
        event,
        company: Some(company),
        user: None,
        subject: name,
        actor: &by.actor(),
        network: by.network().map(Network::as_str),
        outcome: "done",
        details,
    };
    audit::record(tx, &recorded).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_address_is_https_and_holds_no_password() {
        assert_eq!(
            sign_in_url(" https://portal.contoso.com/ ").as_deref(),
            Some("https://portal.contoso.com/")
        );
        for bad in [
            "portal.contoso.com",
            "http://contoso.com",
            "javascript:alert(1)",
            "https://a:b@contoso.com",
            "https://fabrikam.com\\@contoso.com",
            "https://contoso.com\r\n.fabrikam.com",
            "https://con\ttoso.com",
        ] {
            assert_eq!(sign_in_url(bad), None, "{bad}");
        }
    }
}
