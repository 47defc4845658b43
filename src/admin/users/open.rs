//! The beginning of every change of a user: rows locked, then everything looked at again.
//!
//! Must stay true: nothing that a witness or a page said is believed inside the transaction. A target of another company is nobody.

use uuid::Uuid;

use crate::{
    admin::{By, NotDone, Refusal},
    domain::user::{Right, Role, UserId, has_right, may_reset},
    store::{
        Connection,
        users::{self, User},
    },
};

/// Whom a verb is about.
#[derive(Debug, Clone, Copy)]
pub enum Whom<'a> {
    /// By the row, as pages name people.
    Row(Uuid),
    /// By the user ID, as shells do.
    UserId(&'a str),
}

impl From<Uuid> for Whom<'_> {
    fn from(row: Uuid) -> Self {
        Self::Row(row)
    }
}

impl<'a> From<&'a str> for Whom<'a> {
    fn from(user_id: &'a str) -> Self {
        Self::UserId(user_id)
    }
}

/// Reads someone, without a lock: for pages. Of another company: nobody.
pub async fn look(tx: &mut Connection, by: &impl By, whom: Whom<'_>) -> Result<User, NotDone> {
    let found = match whom {
        Whom::Row(id) => users::of_row(&mut *tx, id).await?,
        Whom::UserId(typed) => {
            let user_id = UserId::parse(typed).map_err(Refusal::UserId)?;
            users::named(&mut *tx, user_id.normalised()).await?
        }
    };
    found
        .filter(|user| by.company().is_none_or(|company| company == user.company_id))
        .ok_or_else(|| Refusal::NoUser.into())
}

/// Locks the one who acts and the one it is about, and reads both again (V-35): the actor's role as it is now must have the right.
pub(in crate::admin) async fn open(
    tx: &mut Connection,
    by: &impl By,
    whom: Whom<'_>,
    right: Right,
) -> Result<User, NotDone> {
    let found = hold(tx, by, whom).await?;
    let role = still(tx, by, right).await?;
    let user = found.ok_or(Refusal::NoUser)?;
    if let Some(role) = role
        && right == Right::ResetPasswords
    {
        if by.user() == Some(user.id) {
            return Err(Refusal::Oneself.into());
        }
        if !user.role.parse().is_ok_and(|target: Role| may_reset(role, target)) {
            return Err(Refusal::NotAllowed.into());
        }
    }
    Ok(user)
}

/// Locks both, and reads whom it is about again: none, if they are gone since.
pub(in crate::admin) async fn hold(
    tx: &mut Connection,
    by: &impl By,
    whom: Whom<'_>,
) -> Result<Option<User>, NotDone> {
    let found = look(tx, by, whom).await?;
    let rows: Vec<Uuid> = by.user().into_iter().chain([found.id]).collect();
    users::lock_all(tx, &rows).await?;
    match look(tx, by, Whom::Row(found.id)).await {
        Ok(user) => Ok(Some(user)),
        Err(NotDone::Refused(Refusal::NoUser)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// The role that the actor has at this moment, if it has the right; none for an operator. Call it after the actor's row is locked.
pub(in crate::admin) async fn still(
    tx: &mut Connection,
    by: &impl By,
    right: Right,
) -> Result<Option<Role>, NotDone> {
    let Some(actor) = by.user() else { return Ok(None) };
    let standing = users::standing(tx, actor).await?;
    let role = standing
        .filter(|(company, _)| Some(*company) == by.company())
        .and_then(|(_, role)| role.parse::<Role>().ok())
        .filter(|role| has_right(*role, right));
    role.map(Some).ok_or_else(|| Refusal::NotAllowed.into())
}
