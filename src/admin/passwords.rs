//! Another's password: a one-time link to the person's own alternate contact, or a temporary password; for one or for many.
//!
//! Must stay true: the role table decides inside the transaction; a link goes to the person's own contact and is shown to nobody;
//! a temporary password is shown once, ends, and has to be changed at sign-in.

mod batch;
mod link;
mod temporary;

pub use batch::{
    BATCH_MAX, Outcome, batch, batch_of_operator, latest, result, send_link_once, tell_left_over,
};
pub use link::{LinkSent, Sent, send_link};
pub(super) use link::{send_in, send_link_in};
pub use temporary::{Rules, TEMPORARY_HOURS, Temporary, set, temporary, temporary_once};

use uuid::Uuid;

use super::{
    By, NotDone, Refusal, Resets, pending,
    users::{self as people, Whom, open},
};
use crate::{
    domain::{second_pair::Terms, user::Right},
    store::{
        self, Connection, Pool,
        companies::{self, Company},
        pending_changes,
        users::User,
    },
};

/// What the rule for global administrators makes of a reset of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guarded {
    /// Nothing: it acts at once, in either way.
    No,
    /// It waits. There is no temporary password, since nobody could be shown it later.
    Waits(Terms),
    /// A link goes to the person's own contact at once. There is no temporary password: whoever knew it would be a global administrator
    /// as soon as what waits is carried out.
    BecomesGlobal,
}

async fn guarded(
    db: &mut Connection,
    by: &impl By,
    company: &Company,
    user: &User,
) -> Result<Guarded, NotDone> {
    if let Some(terms) = pending::terms_of(db, by, company, user, None).await? {
        return Ok(Guarded::Waits(terms));
    }
    // An operator acts at once, in this too.
    let becomes = by.user().is_some() && pending_changes::waits_for_the_role(db, user.id).await?;
    Ok(if becomes { Guarded::BecomesGlobal } else { Guarded::No })
}

/// What the rule makes of a reset of this person: for the page that offers it.
pub async fn guard(pool: &Pool, by: &impl Resets, user: &User) -> Result<Guarded, NotDone> {
    let mut db = pool.acquire().await?;
    let company = companies::by_id(&mut *db, user.company_id).await?.ok_or(Refusal::NoCompany)?;
    guarded(&mut db, by, &company, user).await
}

/// A look before a password is hashed: whoever may not do it costs no hash.
async fn looked_at(pool: &Pool, by: &impl Resets, whom: Whom<'_>) -> Result<User, NotDone> {
    let mut tx = store::begin(pool).await?;
    open(&mut tx, by, whom, Right::ResetPasswords).await
}

/// Whom a viewer may see at all: for pages that ask before they show a form.
pub async fn may_reset_now(
    pool: &Pool,
    by: &impl Resets,
    whom: impl Into<Whom<'_>>,
) -> Result<Option<User>, NotDone> {
    match looked_at(pool, by, whom.into()).await {
        Ok(user) => Ok(Some(user)),
        Err(NotDone::Refused(Refusal::NotAllowed | Refusal::Oneself)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Whom a batch names, for its first page: those whom the witness may see, in the order given.
pub async fn named(pool: &Pool, by: &impl Resets, rows: &[Uuid]) -> Result<Vec<User>, NotDone> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(user) = people::find(pool, by, *row).await? {
            found.push(user);
        }
    }
    Ok(found)
}
