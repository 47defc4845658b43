//! A one-time link with which a person sets a password.

use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::record;
use crate::{
    admin::{NotDone, Operator, Refusal},
    domain::{
        audit::AuditEvent,
        secret::{Key, Purpose, Secret},
        user::UserId,
    },
    random,
    store::{
        self, Connection, Pool, tokens,
        users::{self, User},
    },
};

/// How long such a link is good.
pub const LINK_HOURS: i32 = 24;

/// A link to be handed over: the path is `/set-password/` and the token.
#[derive(Debug)]
pub struct OneTimeLink {
    /// What opens it.
    pub token: Secret,
    /// Until when.
    pub good_until: OffsetDateTime,
}

/// A new link for a user; older ones die. Nothing else changes until it is used.
pub async fn one_time_link(
    pool: &Pool,
    by: &Operator,
    key: &Key,
    user_id: &str,
) -> Result<(User, OneTimeLink), NotDone> {
    let user_id = UserId::parse(user_id).map_err(Refusal::UserId)?;
    let mut tx = store::begin(pool).await?;
    let found =
        users::list(&mut *tx, None, Some(user_id.normalised())).await?.pop().ok_or(Refusal::NoUser)?;
    users::lock(&mut tx, found.id).await?;
    let user = users::list(&mut *tx, None, Some(user_id.normalised())).await?.pop().ok_or(Refusal::NoUser)?;
    if user.blocked_at.is_some() {
        return Err(Refusal::Blocked.into());
    }
    let link = make(&mut tx, by, key, &user).await?;
    tx.commit().await?;
    Ok((user, link))
}

/// Makes the token and records it, in the caller's transaction.
pub(super) async fn make(
    tx: &mut Connection,
    by: &Operator,
    key: &Key,
    user: &User,
) -> Result<OneTimeLink, NotDone> {
    let (id, nonce) = (random::id(), random::bytes::<32>());
    let good_until = tokens::make_set_password(&mut *tx, user.id, id, &nonce, key.id(), LINK_HOURS).await?;
    let until = good_until.format(&Rfc3339).unwrap_or_default();
    record(tx, by, AuditEvent::LinkMade, user, json!({ "good_until": until })).await?;
    Ok(OneTimeLink { token: key.link_token(Purpose::SetPassword, id, &nonce), good_until })
}
