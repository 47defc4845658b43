//! Shut out, let in again, deleted.

use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    change::keep_an_administrator,
    notice::tell_of_sign_in,
    open::{Whom, open},
    record, tell_person,
};
use crate::{
    admin::{
        Asked, By, Manages, NotDone, Refusal,
        pending::{self, Ask, Wanted},
    },
    domain::{audit::AuditEvent, deed::Deed, message::Message, second_pair::Terms, secret::Key, user::Right},
    store::{
        self, Connection, Pool, StoreError,
        companies::{self, Company},
        users::{self, User},
    },
};

/// A block that was lifted.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// Since when it was.
    pub since: OffsetDateTime,
    /// `administrator`, or `not_me`: the person said so to a notice about the account.
    pub why: String,
}

/// Blocks sign-in and reset, ends sessions and attempts under way. `false`: it was blocked already.
pub async fn block(
    pool: &Pool,
    by: &impl Manages,
    whom: impl Into<Whom<'_>>,
) -> Result<(User, bool), NotDone> {
    let mut tx = store::begin(pool).await?;
    let user = open(&mut tx, by, whom.into(), Right::ManageUsers).await?;
    if by.user() == Some(user.id) {
        return Err(Refusal::Oneself.into());
    }
    // An operator's block of the last one is mended by `break-glass`.
    if by.user().is_some() {
        keep_an_administrator(&mut tx, by, &user).await?;
    }
    let blocked = users::set_blocked(&mut tx, user.id, true).await?;
    if blocked {
        record(&mut tx, by, AuditEvent::AccountBlocked, &user, json!({})).await?;
        let company = companies::by_id(&mut *tx, user.company_id).await?.ok_or(Refusal::NoCompany)?;
        tell_of_sign_in(&mut tx, by, &user, &company, true, Vec::new()).await?;
        tx.commit().await?;
    }
    Ok((user, blocked))
}

/// Lifts a block. `None`: there was none. The notice to the person has no "This was not me": see [`unblock_and_tell`].
pub async fn unblock(
    pool: &Pool,
    by: &impl Manages,
    whom: impl Into<Whom<'_>>,
) -> Result<(User, Option<Block>), NotDone> {
    unblock_and_tell(pool, by, whom, None).await
}

/// The same with the key that "This was not me" is derived from: whoever had their account blocked hears at every contact that it is
/// open again, since it may be somebody else who talked an administrator into it. Of a global administrator it waits by the company's
/// rule ([`Refusal::Waits`]): whoever let an accomplice in again would have their own second pair of eyes.
pub async fn unblock_and_tell(
    pool: &Pool,
    by: &impl Manages,
    whom: impl Into<Whom<'_>>,
    key: Option<&Key>,
) -> Result<(User, Option<Block>), NotDone> {
    let mut tx = store::begin(pool).await?;
    let user = open(&mut tx, by, whom.into(), Right::ManageUsers).await?;
    if user.blocked_at.is_none() {
        return Ok((user, None));
    }
    let company = companies::by_id(&mut *tx, user.company_id).await?.ok_or(Refusal::NoCompany)?;
    if let Some(terms) = pending::terms_of(&mut tx, by, &company, &user, None).await? {
        let asked = Ask { company: &company, target: Some(&user), wanted: Wanted::Unblock, terms };
        let waits = pending::ask(&mut tx, by, &asked).await?;
        tx.commit().await?;
        return Err(Refusal::Waits(waits).into());
    }
    let lifted = lift(&mut tx, by, user, &company, key).await?;
    tx.commit().await?;
    Ok(lifted)
}

/// The same for one that has waited, in the caller's transaction.
pub(in crate::admin) async fn unblock_in_of(
    tx: &mut Connection,
    by: &Asked,
    whom: Whom<'_>,
    key: &Key,
) -> Result<(), NotDone> {
    let user = open(tx, by, whom, Right::ManageUsers).await?;
    let company = companies::by_id(&mut *tx, user.company_id).await?.ok_or(Refusal::NoCompany)?;
    match lift(tx, by, user, &company, Some(key)).await? {
        (_, Some(_)) => Ok(()),
        (_, None) => Err(Refusal::ChangedMeanwhile.into()),
    }
}

/// What lifting a block of this person waits for: for the page that asks.
pub async fn unblock_terms(pool: &Pool, by: &impl By, user: &User) -> Result<Option<Terms>, StoreError> {
    let mut db = pool.acquire().await?;
    match companies::by_id(&mut *db, user.company_id).await? {
        Some(company) => pending::terms_of(&mut db, by, &company, user, None).await,
        None => Ok(None),
    }
}

async fn lift(
    tx: &mut Connection,
    by: &impl By,
    mut user: User,
    company: &Company,
    key: Option<&Key>,
) -> Result<(User, Option<Block>), NotDone> {
    let (Some(since), Some(why)) = (user.blocked_at.take(), user.blocked_because.take()) else {
        return Ok((user, None));
    };
    users::set_blocked(tx, user.id, false).await?;
    let told = json!({ "since": since.format(&Rfc3339).unwrap_or_default(), "why": why });
    record(tx, by, AuditEvent::AccountUnblocked, &user, told).await?;
    let told = tell_person(tx, &user, company, Deed::BlockLifted, key, |copy| {
        let (by, at, not_me_until, to) = (by.author(), copy.at, copy.not_me_until, copy.to);
        Message::BlockLifted { user_id: user.user_id.clone(), by, at, not_me_until, to }
    })
    .await?;
    tell_of_sign_in(tx, by, &user, company, false, told).await?;
    Ok((user, Some(Block { since, why })))
}

/// Deletes a user for good: sessions, contact data, links and attempts go with the row; what was recorded stays.
pub async fn delete(pool: &Pool, by: &impl Manages, whom: impl Into<Whom<'_>>) -> Result<User, NotDone> {
    let mut tx = store::begin(pool).await?;
    let user = open(&mut tx, by, whom.into(), Right::ManageUsers).await?;
    if by.user() == Some(user.id) {
        return Err(Refusal::Oneself.into());
    }
    keep_an_administrator(&mut tx, by, &user).await?;
    let company = companies::by_id(&mut *tx, user.company_id).await?.ok_or(Refusal::NoCompany)?;
    // Whoever deletes somebody and makes them anew has changed all of them, and whoever deletes all others approves alone.
    if pending::terms_of(&mut tx, by, &company, &user, None).await?.is_some() {
        return Err(Refusal::GlobalAdministratorStays.into());
    }
    users::delete(&mut tx, user.id).await?;
    let told = json!({
        "DisplayName": user.display_name, "Role": user.role, "AlternateEmailAddresses": user.alternate_emails,
        "MobilePhone": user.mobile_phone,
    });
    record(&mut tx, by, AuditEvent::UserDeleted, &user, told).await?;
    tx.commit().await?;
    Ok(user)
}
