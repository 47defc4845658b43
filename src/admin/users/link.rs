//! A one-time link with which a person sets a password.

use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use uuid::Uuid;

use super::{
    open::{Whom, open},
    record,
};
use crate::{
    admin::{By, NotDone, Operator, Refusal},
    domain::{
        audit::AuditEvent,
        secret::{Key, Purpose, Secret},
        user::{Right, Role},
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
    /// The addresses at which the person is told of it.
    pub told: Vec<String>,
}

/// A new link for a user, which the operator hands over; older ones die. Nothing else changes until it is used. Whoever had a password
/// is told at every contact, and of an administrator every other global administrator.
pub async fn one_time_link(
    pool: &Pool,
    by: &Operator,
    key: &Key,
    whom: impl Into<Whom<'_>>,
) -> Result<(User, OneTimeLink), NotDone> {
    let mut tx = store::begin(pool).await?;
    let user = open(&mut tx, by, whom.into(), Right::ResetPasswords).await?;
    if user.blocked_at.is_some() {
        return Err(Refusal::Blocked.into());
    }
    let (mut link, _) = make(&mut tx, by, key, &user).await?;
    if user.has_password {
        link.told = super::tell_made(&mut tx, by, &user, key, link.good_until).await?;
    }
    tx.commit().await?;
    Ok((user, link))
}

/// Lets the last global administrator in again who is shut out: lifts a block, makes a one-time link that the operator hands over,
/// tells every contact of theirs, and leaves a loud trace. Refused while another global administrator can do the same in the portal.
pub async fn break_glass(
    pool: &Pool,
    by: &Operator,
    key: &Key,
    whom: impl Into<Whom<'_>>,
) -> Result<(User, OneTimeLink), NotDone> {
    let mut tx = store::begin(pool).await?;
    let user = open(&mut tx, by, whom.into(), Right::ResetPasswords).await?;
    if user.role != Role::GlobalAdministrator.as_str() {
        return Err(Refusal::NotGlobalAdministrator.into());
    }
    if users::others_can_administer(&mut tx, user.company_id, user.id).await? {
        return Err(Refusal::OthersCanHelp.into());
    }
    let was_blocked = users::set_blocked(&mut tx, user.id, false).await?;
    let (mut link, _) = make(&mut tx, by, key, &user).await?;
    record(&mut tx, by, AuditEvent::BreakGlass, &user, json!({ "unblocked": was_blocked })).await?;
    link.told = super::tell_made(&mut tx, by, &user, key, link.good_until).await?;
    tx.commit().await?;
    tracing::warn!(user = %user.id, "the glass was broken: an operator let the last global administrator in again");
    Ok((user, link))
}

/// Makes the token and records it, in the caller's transaction. Gives the link and the token's row.
pub(in crate::admin) async fn make(
    tx: &mut Connection,
    by: &impl By,
    key: &Key,
    user: &User,
) -> Result<(OneTimeLink, Uuid), NotDone> {
    let (id, nonce) = (random::id(), random::bytes::<32>());
    let good_until = tokens::make_set_password(&mut *tx, user.id, id, &nonce, key.id(), LINK_HOURS).await?;
    let until = good_until.format(&Rfc3339).unwrap_or_default();
    record(tx, by, AuditEvent::LinkMade, user, json!({ "good_until": until })).await?;
    let token = key.link_token(Purpose::SetPassword, id, &nonce);
    Ok((OneTimeLink { token, good_until, told: Vec::new() }, id))
}
