//! Changes of a user: name, role, and how the person is reached.

use super::{
    contact::{self, Telling},
    open::{Whom, look, open},
    record,
};
use crate::{
    admin::{
        Asked, By, Changed, Manages, NotDone, Property, Refusal, details, name, note,
        pending::{self, Ask, Wanted},
    },
    domain::{
        audit::AuditEvent,
        contact::MobilePhone,
        second_pair::Terms,
        secret::Key,
        user::{Right, Role, UserId},
    },
    store::{
        self, Connection, Pool, companies,
        users::{self, User},
    },
};

/// What to change, as it was typed; `None` leaves it.
#[derive(Debug, Default)]
pub struct UserChange<'a> {
    /// Name.
    pub display_name: Option<&'a str>,
    /// Role.
    pub role: Option<Role>,
    /// All addresses in their order; none removes them.
    pub alternate_emails: Option<&'a [String]>,
    /// The number; `Some(None)` removes it.
    pub mobile_phone: Option<Option<&'a str>>,
    /// The version that was looked at: refused when it is another by now. None: whatever it is.
    pub version: Option<i64>,
}

/// What came of it.
#[derive(Debug)]
pub struct UserChanged {
    /// As it is now.
    pub user: User,
    /// What is different.
    pub changes: Vec<Changed>,
    /// Nothing is different yet: it waits for this ([`pending`]).
    pub terms: Option<Terms>,
}

/// Changes a user. What decides who may reset and where a link or code goes (role, address, phone) ends the person's attempts
/// under way in the same transaction (V-42), and the old and the new address or number are told.
///
/// `key`: what the links that confirm new contact data, and "This was not me", are derived from; none: nobody is asked to confirm, and
/// the notice says whom to tell.
pub async fn change(
    pool: &Pool,
    by: &impl Manages,
    whom: impl Into<Whom<'_>>,
    change: &UserChange<'_>,
    key: Option<&Key>,
) -> Result<UserChanged, NotDone> {
    let mut tx = store::begin(pool).await?;
    let old = open(&mut tx, by, whom.into(), Right::ManageUsers).await?;
    store::mark(&mut tx).await?;
    let changed = change_in(&mut tx, by, Whom::Row(old.id), change, Keys { ask: key, not_me: key }).await?;
    if let Some(terms) = changed.terms {
        // It was done to know that it can be, and what it comes to; now it waits, and nothing of it is left.
        store::back(&mut tx).await?;
        let company = companies::by_id(&mut *tx, old.company_id).await?.ok_or(Refusal::NoCompany)?;
        let wanted = Wanted::user(&changed.user);
        pending::ask(&mut tx, by, &Ask { company: &company, target: Some(&old), wanted, terms }).await?;
    }
    if !changed.changes.is_empty() {
        tx.commit().await?;
    }
    Ok(changed)
}

/// The same for a change that has waited, in the caller's transaction.
pub(in crate::admin) async fn change_in_of(
    tx: &mut Connection,
    by: &Asked,
    whom: Whom<'_>,
    change: &UserChange<'_>,
    key: Option<&Key>,
) -> Result<UserChanged, NotDone> {
    change_in(tx, by, whom, change, Keys { ask: key, not_me: key }).await
}

/// What a change would do, without doing it: for a summary, a dry run, `-WhatIf`.
pub async fn preview(
    pool: &Pool,
    by: &impl Manages,
    whom: impl Into<Whom<'_>>,
    change: &UserChange<'_>,
) -> Result<UserChanged, NotDone> {
    let mut tx = store::begin(pool).await?;
    // The transaction is dropped: the summary is what the change itself would say.
    change_in(&mut tx, by, whom.into(), change, Keys::default()).await
}

/// What the links of the messages about a change are derived from.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Keys<'a> {
    /// Those that ask to confirm new contact data; none: nobody is asked.
    pub(super) ask: Option<&'a Key>,
    /// "This was not me"; none: the notice says whom to tell.
    pub(super) not_me: Option<&'a Key>,
}

/// The same in the caller's transaction.
pub(super) async fn change_in(
    tx: &mut Connection,
    by: &impl Manages,
    whom: Whom<'_>,
    change: &UserChange<'_>,
    keys: Keys<'_>,
) -> Result<UserChanged, NotDone> {
    let old = open(tx, by, whom, Right::ManageUsers).await?;
    if change.version.is_some_and(|version| version != old.version) {
        return Err(Refusal::ChangedMeanwhile.into());
    }
    let user_id = UserId::parse(&old.user_id).map_err(Refusal::UserId)?;
    let company = companies::by_id(&mut *tx, old.company_id).await?.ok_or(Refusal::NoCompany)?;
    let display_name = change.display_name.map(name).transpose()?;
    if change.role.is_some_and(|role| role != Role::GlobalAdministrator) {
        keep_an_administrator(tx, by, &old).await?;
    }
    users::set_basics(tx, old.id, display_name, change.role.map(Role::as_str)).await?;
    if let Some(typed) = change.alternate_emails {
        let addresses = contact::alternate_emails(typed, &user_id, &company)?;
        if addresses != old.alternate_emails {
            users::set_alternate_emails(tx, old.id, &addresses).await?;
        }
    }
    if let Some(typed) = change.mobile_phone {
        let phone = typed.map(|typed| contact::mobile_phone(typed, &company)).transpose()?;
        let number = phone.as_ref().map(MobilePhone::e164);
        if number != old.mobile_phone.as_deref() {
            users::set_mobile_phone(tx, old.id, number).await?;
        }
    }
    let new = look(tx, by, Whom::Row(old.id)).await?;
    let changes = difference(&old, &new);
    if changes.is_empty() {
        return Ok(UserChanged { user: old, changes, terms: None });
    }
    if changes.iter().any(|change| change.property != Property::DisplayName) {
        users::end_attempts(tx, old.id).await?;
        users::close_ways_in(tx, old.id, changes.iter().any(|change| change.property == Property::Role))
            .await?;
    }
    record(tx, by, AuditEvent::UserChanged, &new, details(&changes)).await?;
    let told = Telling { old: Some(&old), new: &new, company: &company, key: keys.ask, not_me: keys.not_me };
    contact::tell(tx, by, &told).await?;
    // Another name takes nobody's account.
    let grave = changes.iter().any(|change| change.property != Property::DisplayName);
    let terms = if grave { pending::terms_of(tx, by, &company, &old, change.role).await? } else { None };
    Ok(UserChanged { user: new, changes, terms })
}

/// Refuses what would leave the company without a global administrator who can sign in. An operator who says so may: there is
/// `break-glass` only for one who still has the role.
pub(super) async fn keep_an_administrator(
    tx: &mut Connection,
    by: &impl By,
    user: &User,
) -> Result<(), NotDone> {
    let global = user.role == Role::GlobalAdministrator.as_str();
    if global && !by.may_leave_nobody() && !users::others_can_administer(tx, user.company_id, user.id).await?
    {
        return Err(Refusal::LastGlobalAdministrator.into());
    }
    Ok(())
}

fn difference(old: &User, new: &User) -> Vec<Changed> {
    let mut changes = Vec::new();
    let emails = |user: &User| user.alternate_emails.join(", ");
    let phone = |user: &User| user.mobile_phone.clone().unwrap_or_default();
    note(&mut changes, Property::DisplayName, &old.display_name, &new.display_name);
    note(&mut changes, Property::Role, &old.role, &new.role);
    note(&mut changes, Property::AlternateEmailAddresses, &emails(old), &emails(new));
    note(&mut changes, Property::MobilePhone, &phone(old), &phone(new));
    changes
}
