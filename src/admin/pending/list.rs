//! What waits, and what became of what waited lately.

use uuid::Uuid;

use super::wanted::{Shown, Wanted};
use crate::{
    admin::{Administrator, Manages, NotDone},
    domain::{message::ChangeLine, user::Right},
    store::{
        Pool, StoreError,
        pending_changes::{self, Pending},
        users,
    },
};

/// Most that ended that are shown.
const DECIDED: i64 = 20;

/// A change in a list.
pub struct Listed {
    /// As it is kept.
    pub change: Pending,
    /// What it changes: with whole addresses while it waits, since whoever approves has to judge them; masked afterwards.
    pub lines: Vec<ChangeLine>,
    /// The one who looks asked for it.
    pub is_own: bool,
    /// The one who looks may approve it.
    pub may_approve: bool,
}

/// Those of a company: the ones that wait, then some that ended.
pub async fn list(
    pool: &Pool,
    by: &impl Manages,
    company: Uuid,
    most: i64,
) -> Result<(Vec<Listed>, Vec<Listed>), StoreError> {
    let company = by.company().unwrap_or(company);
    let mut waiting = Vec::new();
    for change in pending_changes::waiting(pool, company, most).await? {
        waiting.push(listed(pool, by, change).await?);
    }
    let mut decided = Vec::new();
    for change in pending_changes::decided(pool, company, DECIDED).await? {
        decided.push(listed(pool, by, change).await?);
    }
    Ok((waiting, decided))
}

async fn listed(pool: &Pool, by: &impl Manages, change: Pending) -> Result<Listed, StoreError> {
    let wanted: Option<Wanted> = change.wanted.clone().and_then(|it| serde_json::from_value(it).ok());
    let lines = match (wanted, change.target) {
        (Some(wanted), Some(target)) => {
            let user = users::of_row(pool, target).await?;
            wanted.lines(user.as_ref(), Shown::Whole)
        }
        _ => serde_json::from_value(change.shown.clone()).unwrap_or_default(),
    };
    let is_own = by.user().is_some() && by.user() == change.requested_by;
    let concerned = is_own || by.user().is_some() && by.user() == change.target;
    Ok(Listed { may_approve: change.state == "waiting" && !concerned, is_own, lines, change })
}

/// How many wait in the witness's company, for the navigation; none for whoever has nothing to do with them.
pub async fn count(pool: &Pool, by: &Administrator) -> Result<i64, StoreError> {
    if by.may(Right::ManageUsers) { pending_changes::count(pool, by.company_id()).await } else { Ok(0) }
}

/// Those that wait for one person, for the mark on their page.
pub async fn of_user(pool: &Pool, by: &Administrator, user: Uuid) -> Result<Vec<Pending>, NotDone> {
    if !by.may(Right::ManageUsers) {
        return Ok(Vec::new());
    }
    let found = pending_changes::of_target(pool, user).await?;
    Ok(found.into_iter().filter(|change| change.company == by.company_id()).collect())
}
