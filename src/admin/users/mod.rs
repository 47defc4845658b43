//! People: made, found, changed, let in again.
//!
//! What must stay true: the user's row is locked before anything that hangs on it, the same order everywhere.

mod block;
mod change;
mod contact;
mod create;
pub mod import;
mod link;
mod notice;
mod open;
mod see;
mod sessions;
mod way_out;

pub(in crate::admin) use block::unblock_in_of;
pub use block::{Block, block, delete, unblock, unblock_and_tell, unblock_terms};
pub(in crate::admin) use change::change_in_of;
pub use change::{UserChange, UserChanged, change, preview};
pub(in crate::admin) use contact::queue;
pub use contact::{Which, ask_oneself, ask_to_confirm};
pub use create::{Created, FirstAccess, NewUser, Preview, create, preview_create};
pub(in crate::admin) use link::make as make_link;
pub use link::{LINK_HOURS, OneTimeLink, break_glass, one_time_link};
pub(in crate::admin) use notice::{tell_administrators, tell_of_reset, tell_person};
pub use open::Whom;
pub(in crate::admin) use open::{hold, look, open, still};
pub use see::{Asker, Seen, company_of, last_change, see};
pub use sessions::{end_own_sessions, end_sessions};
pub(in crate::admin) use way_out::WayOut;

use serde_json::Value;
use time::OffsetDateTime;

use super::{Administrator, By, NotDone, Operator, Refusal};
use crate::{
    domain::{
        audit::AuditEvent,
        deed::Deed,
        limits::{Budgets, Network},
        message::{How, Message},
        secret::Key,
        user::Right,
    },
    random,
    store::{
        Connection, Pool, StoreError,
        audit::{self, Recorded},
        companies::{self, Company},
        users::{self, Cursor, Filter, Page, User},
    },
};

/// Most alternate e-mail addresses of one person.
pub const ALTERNATE_EMAILS_MAX: usize = 10;

/// The user, if the witness may see them.
pub async fn find(pool: &Pool, by: &impl By, whom: impl Into<Whom<'_>>) -> Result<Option<User>, NotDone> {
    let mut connection = pool.acquire().await?;
    match look(&mut connection, by, whom.into()).await {
        Ok(user) => Ok(Some(user)),
        Err(NotDone::Refused(Refusal::NoUser)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// All users of a company, by user ID.
pub async fn all(pool: &Pool, _by: &Operator, company: &Company) -> Result<Vec<User>, StoreError> {
    users::of_company(pool, company.id).await
}

/// A page of the witness's own company. Who sees contact data masked finds nobody by it.
pub async fn page(
    pool: &Pool,
    by: &Administrator,
    filter: &Filter,
    cursor: Cursor,
    size: i64,
    budgets: &Budgets,
) -> Result<Page, StoreError> {
    let filter = Filter { names_only: !by.may(Right::ManageUsers), ..filter.clone() };
    let mut connection = pool.acquire().await?;
    users::page(&mut connection, by.company_id(), &filter, cursor, size, budgets).await
}

/// Tells a person, and every other global administrator where it is one, that an operator holds a link that sets their password. Gives
/// the person's addresses.
async fn tell_made(
    tx: &mut Connection,
    by: &Operator,
    user: &User,
    key: &Key,
    good_until: OffsetDateTime,
) -> Result<Vec<String>, NotDone> {
    let company = companies::by_id(&mut *tx, user.company_id).await?.ok_or(Refusal::NoCompany)?;
    let told = tell_person(tx, user, &company, Deed::LinkHandedOver, Some(key), |copy| {
        let (at, not_me_until, to) = (copy.at, copy.not_me_until, copy.to);
        Message::LinkHandedOver { user_id: user.user_id.clone(), at, good_until, not_me_until, to }
    })
    .await?;
    tell_of_reset(tx, by, user, How::LinkHandedOver, &told).await?;
    Ok(told)
}

/// An audit event about a user, in the transaction of what it tells of.
pub(in crate::admin) async fn record(
    tx: &mut Connection,
    by: &impl By,
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
        network: by.network().map(Network::as_str),
        outcome: "done",
        details,
    };
    audit::record(tx, &recorded).await
}
