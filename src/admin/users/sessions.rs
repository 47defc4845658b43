//! Where people are signed in, and the end of it.

use serde_json::json;

use super::{
    open::{Whom, look, open},
    record,
};
use crate::{
    admin::{Manages, NotDone, Oneself},
    domain::{audit::AuditEvent, user::Right},
    store::{
        self, Pool,
        users::{self, User},
    },
};

/// Ends every session of a user. Gives how many.
pub async fn end_sessions(
    pool: &Pool,
    by: &impl Manages,
    whom: impl Into<Whom<'_>>,
) -> Result<(User, u64), NotDone> {
    let mut tx = store::begin(pool).await?;
    let user = open(&mut tx, by, whom.into(), Right::ManageUsers).await?;
    let ended = users::end_sessions(&mut tx, user.id, None, None).await?;
    if ended > 0 {
        record(&mut tx, by, AuditEvent::SessionsEnded, &user, json!({ "sessions": ended })).await?;
        tx.commit().await?;
    }
    Ok((user, ended))
}

/// Ends one's own sessions: the one of that hash, or all but the one in `keep`. Gives how many.
pub async fn end_own_sessions(
    pool: &Pool,
    by: &Oneself,
    only: Option<&[u8]>,
    keep: Option<&[u8]>,
) -> Result<u64, NotDone> {
    let mut tx = store::begin(pool).await?;
    let user = look(&mut tx, by, Whom::Row(by.id())).await?;
    let ended = users::end_sessions(&mut tx, by.id(), only, keep).await?;
    if ended > 0 {
        record(&mut tx, by, AuditEvent::SessionsEnded, &user, json!({ "sessions": ended })).await?;
        tx.commit().await?;
    }
    Ok(ended)
}
