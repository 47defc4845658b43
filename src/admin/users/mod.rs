//! People: made, found, changed, let in again.
//!
//! What must stay true: the user's row is locked before anything that hangs on it, the same order everywhere.

mod change;
mod contact;
mod create;
mod link;

pub use change::{UserChange, UserChanged, change};
pub use create::{Created, FirstAccess, NewUser, create};
pub use link::{LINK_HOURS, OneTimeLink, one_time_link};

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{NotDone, Operator, Refusal};
use crate::{
    domain::{
        audit::AuditEvent,
        user::{Role, UserId},
    },
    random,
    store::{
        self, Connection, Pool, StoreError,
        audit::{self, Recorded},
        companies::Company,
        users::{self, User},
    },
};

/// Most alternate e-mail addresses of one person.
pub const ALTERNATE_EMAILS_MAX: usize = 10;

/// Why someone could not reset a password today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CannotReset {
    /// Self-service is for administrators.
    NotAdministrator,
    /// No address for the link.
    NoAlternateEmail,
    /// No phone for the code.
    NoMobilePhone,
    /// The account is blocked.
    Blocked,
    /// The company's switch is off.
    SwitchedOff,
}

/// Everything that keeps a user from resetting: the conditions of the wizard's start, apart from budgets.
pub fn cannot_reset(user: &User) -> Vec<CannotReset> {
    let administrator = user.role.parse().is_ok_and(Role::is_administrator);
    [
        (!administrator, CannotReset::NotAdministrator),
        (user.alternate_emails.is_empty(), CannotReset::NoAlternateEmail),
        (user.mobile_phone.is_none(), CannotReset::NoMobilePhone),
        (user.blocked_at.is_some(), CannotReset::Blocked),
        (!user.self_serve_password_reset_enabled, CannotReset::SwitchedOff),
    ]
    .into_iter()
    .filter_map(|(holds, reason)| holds.then_some(reason))
    .collect()
}

/// The user of that user ID, if there is one.
pub async fn find(pool: &Pool, _by: &Operator, user_id: &str) -> Result<Option<User>, NotDone> {
    let user_id = UserId::parse(user_id).map_err(Refusal::UserId)?;
    Ok(users::list(pool, None, Some(user_id.normalised())).await?.pop())
}

/// All users of a company, by user ID.
pub async fn all(pool: &Pool, _by: &Operator, company: &Company) -> Result<Vec<User>, StoreError> {
    users::list(pool, Some(company.id), None).await
}

/// A block that was lifted.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// Since when it was.
    pub since: OffsetDateTime,
    /// `administrator`, or `not_me`: the person said that a reset was not theirs.
    pub why: String,
}

/// Blocks sign-in and reset, ends sessions and attempts under way. `false`: it was blocked already.
pub async fn block(pool: &Pool, by: &Operator, user_id: &str) -> Result<(User, bool), NotDone> {
    let user_id = UserId::parse(user_id).map_err(Refusal::UserId)?;
    let mut tx = store::begin(pool).await?;
    let user = users::list(&mut *tx, None, Some(user_id.normalised())).await?.pop().ok_or(Refusal::NoUser)?;
    users::lock(&mut tx, user.id).await?;
    let blocked = users::set_blocked(&mut tx, user.id, true).await?;
    if blocked {
        record(&mut tx, by, AuditEvent::AccountBlocked, &user, json!({})).await?;
        tx.commit().await?;
    }
    Ok((user, blocked))
}

/// Lifts a block. `None`: there was none.
pub async fn unblock(pool: &Pool, by: &Operator, user_id: &str) -> Result<(User, Option<Block>), NotDone> {
    let user_id = UserId::parse(user_id).map_err(Refusal::UserId)?;
    let mut tx = store::begin(pool).await?;
    let found =
        users::list(&mut *tx, None, Some(user_id.normalised())).await?.pop().ok_or(Refusal::NoUser)?;
    users::lock(&mut tx, found.id).await?;
    let mut user =
        users::list(&mut *tx, None, Some(user_id.normalised())).await?.pop().ok_or(Refusal::NoUser)?;
    let (Some(since), Some(why)) = (user.blocked_at.take(), user.blocked_because.take()) else {
        return Ok((user, None));
    };
    users::set_blocked(&mut tx, user.id, false).await?;
    let told = json!({ "since": since.format(&Rfc3339).unwrap_or_default(), "why": why });
    record(&mut tx, by, AuditEvent::AccountUnblocked, &user, told).await?;
    tx.commit().await?;
    Ok((user, Some(Block { since, why })))
}

/// An audit event about a user, in the transaction of what it tells of.
async fn record(
    tx: &mut Connection,
    by: &Operator,
    event: AuditEvent,
    user: &User,
    details: Value,
) -> Result<(), StoreError> {
    let recorded = Recorded {
        id: random::id(),
        event,
        company: Some(user.company_id),
        user: Some(user.id),
        subject: &user.user_id,
        actor: &by.actor(),
        network: None,
        outcome: "done",
        details,
    };
    audit::record(tx, &recorded).await
}
