//! Limits: who stands at one, and lifting it.
//!
//! Must stay true: an administrator sees and lifts those of people of the own company; networks are the operator's, since they belong to
//! nobody; what is lifted is recorded, each kind by itself; lifting is no way around the budgets of SMS and mails.

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::{
    By, Manages, NotDone, Operator, Refusal,
    users::{Whom, look, open, record},
};
use crate::{
    domain::{
        audit::AuditEvent,
        limits::{
            Budgets, LIFTS_PER_ADMINISTRATOR_PER_DAY, LIFTS_PER_CONTACT_PER_DAY, LIFTS_PER_PERSON_PER_DAY,
            Network, key,
            kind::{Holder, Kind, rules},
        },
        user::{Right, UserId},
    },
    random,
    store::{
        self, Pool, StoreError, audit, budgets,
        limits::{self, Lift, NetworkStanding, Standing},
        users::User,
    },
};

/// Most limits that one list shows.
pub const LIST_MAX: i64 = 500;

/// At which limits people stand: those whom the witness sees, by user ID.
pub async fn list(pool: &Pool, by: &impl Manages, budgets: &Budgets) -> Result<Vec<Standing>, StoreError> {
    limits::of_people(pool, by.company(), None, budgets, LIST_MAX).await
}

/// At which limits a person stands.
pub async fn of_person(
    pool: &Pool,
    by: &impl Manages,
    whom: impl Into<Whom<'_>>,
    budgets: &Budgets,
) -> Result<(User, Vec<Standing>), NotDone> {
    let mut db = pool.acquire().await?;
    let user = look(&mut db, by, whom.into()).await?;
    let standing = limits::of_people(&mut *db, by.company(), Some(user.id), budgets, LIST_MAX).await?;
    Ok((user, standing))
}

/// Lifts every limit at which a person stands. Gives those; none: there was nothing to lift, and nothing is recorded.
pub async fn lift(
    pool: &Pool,
    by: &impl Manages,
    whom: impl Into<Whom<'_>>,
    budgets: &Budgets,
) -> Result<(User, Vec<Standing>), NotDone> {
    let mut tx = store::begin(pool).await?;
    let user = open(&mut tx, by, whom.into(), Right::ManageUsers).await?;
    let standing = limits::of_people(&mut *tx, by.company(), Some(user.id), budgets, LIST_MAX).await?;
    let mut kinds: Vec<Kind> = standing.iter().map(|at| at.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() {
        return Ok((user, standing));
    }
    if let Some(actor) = by.user() {
        for (key, most) in lifts(actor, &user, &kinds, budgets) {
            if let Some(until) = budgets::take(&mut *tx, &key, most).await? {
                return Err(Refusal::TooOften(until).into());
            }
        }
    }
    let user_id = UserId::parse(&user.user_id).map_err(Refusal::UserId)?;
    let lift = Lift { user: user.id, normalised: user_id.normalised(), kinds: &kinds };
    limits::lift(&mut tx, &lift, budgets).await?;
    for kind in kinds {
        record(&mut tx, by, AuditEvent::LimitLifted, &user, json!({ "kind": kind.as_str() })).await?;
    }
    tx.commit().await?;
    Ok((user, standing))
}

/// What a lift takes, and of how many a day: the person's, the administrator's, and where a number's or an address's budget is lifted that
/// of each of them, since whoever writes a stranger's number into many users' settings lifts the stranger's. In the order of the keys, so
/// that two lifts at once wait and do not lock each other out.
fn lifts(actor: Uuid, user: &User, kinds: &[Kind], budgets: &Budgets) -> BTreeMap<String, i32> {
    let mut all = BTreeMap::from([
        (key::lifts_of_person(user.id), LIFTS_PER_PERSON_PER_DAY),
        (key::lifts_by(actor), LIFTS_PER_ADMINISTRATOR_PER_DAY),
    ]);
    let of = |holder| rules(budgets).iter().any(|rule| rule.holder == holder && kinds.contains(&rule.kind));
    let number = user.mobile_phone.as_ref().filter(|_| of(Holder::Number));
    let addresses = user.alternate_emails.iter().filter(|_| of(Holder::Address));
    for contact in number.into_iter().chain(addresses) {
        all.insert(
            key::lifts_of_contact(user.company_id, &contact.to_lowercase()),
            LIFTS_PER_CONTACT_PER_DAY,
        );
    }
    all
}

/// At which limits networks stand.
pub async fn networks(
    pool: &Pool,
    _by: &Operator,
    budgets: &Budgets,
) -> Result<Vec<NetworkStanding>, StoreError> {
    limits::of_networks(pool, budgets, LIST_MAX).await
}

/// Lifts every limit at which a network stands. Gives which; none: there was nothing to lift.
pub async fn lift_network(
    pool: &Pool,
    by: &Operator,
    network: &Network,
    budgets: &Budgets,
) -> Result<Vec<Kind>, NotDone> {
    let mut tx = store::begin(pool).await?;
    let kinds = limits::lift_network(&mut tx, network, budgets).await?;
    for kind in &kinds {
        let recorded = audit::Recorded {
            id: random::id(),
            event: AuditEvent::LimitLifted,
            company: None,
            user: None,
            subject: network.as_str(),
            actor: &by.actor(),
            network: None,
            outcome: "done",
            details: json!({ "kind": kind.as_str() }),
        };
        audit::record(&mut tx, &recorded).await?;
    }
    tx.commit().await?;
    Ok(kinds)
}
