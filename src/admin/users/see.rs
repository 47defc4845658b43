//! One user with all that a page shows of them, as far as the one who looks may see it.
//!
//! Must stay true: contact data leaves here whole only for whoever may change it; sessions and events only with their rights.

use uuid::Uuid;

use super::open::{Whom, look};
use crate::{
    admin::{Administrator, By as _, GlobalAdministrator, NotDone, Refusal, limits::LIST_MAX, pending},
    domain::{
        audit::AuditEvent,
        contact::{AlternateEmail, MobilePhone},
        limits::Budgets,
        readiness::Readiness,
        user::Right,
    },
    store::{
        Pool, StoreError,
        companies::{self, Company},
        incidents,
        limits::{self, Standing},
        pending_changes::Pending,
        users::{self, Contact, OpenSession, RecentEvent, User},
    },
};

/// Events on a user's page.
const EVENTS: i64 = 6;

/// Who asked for a change that waits.
#[derive(Debug)]
pub struct Asker {
    /// By user ID.
    pub user_id: String,
    /// They are the one who looks, and have nothing to decide.
    pub is_own: bool,
}

/// A user as a page shows them.
#[derive(Debug)]
pub struct Seen {
    /// The user.
    pub user: User,
    /// The company.
    pub company: Company,
    /// Whether they could reset today.
    pub readiness: Readiness,
    /// Addresses in their order, then the phone.
    pub contacts: Vec<Contact>,
    /// Where they are signed in, with [`Right::ManageUsers`].
    pub sessions: Option<Vec<OpenSession>>,
    /// The limits at which the user stands, with [`Right::ManageUsers`].
    pub limits: Option<Vec<Standing>>,
    /// What was recorded last, with [`Right::SeeAudit`].
    pub events: Option<Vec<RecentEvent>>,
    /// Open incidents, the newest first, with [`Right::ManageUsers`].
    pub incidents: Vec<Uuid>,
    /// The changes of this user that wait, with [`Right::ManageUsers`].
    pub waiting: Vec<Asker>,
}

/// Looks at a user of the witness's own company.
pub async fn see(pool: &Pool, by: &Administrator, whom: Uuid, budgets: &Budgets) -> Result<Seen, NotDone> {
    if !by.may(Right::SeeUsers) {
        return Err(Refusal::NotAllowed.into());
    }
    let mut db = pool.acquire().await?;
    let mut user = look(&mut db, by, Whom::Row(whom)).await?;
    let company = companies::by_id(&mut *db, user.company_id).await?.ok_or(Refusal::NoCompany)?;
    let readiness = users::readiness(&mut *db, user.id, budgets).await?;
    let mut contacts = users::contacts(&mut *db, user.id).await?;
    let manages = by.may(Right::ManageUsers);
    if !manages {
        mask(&mut user, &mut contacts);
    }
    let sessions = if manages { Some(users::sessions(&mut *db, user.id).await?) } else { None };
    let limits = if manages {
        Some(limits::of_people(&mut *db, by.company(), Some(user.id), budgets, LIST_MAX).await?)
    } else {
        None
    };
    let events = if by.may(Right::SeeAudit) {
        Some(users::recent_events(&mut *db, user.company_id, user.id, None, EVENTS).await?)
    } else {
        None
    };
    let incidents =
        if manages { incidents::open_of(&mut *db, user.company_id, user.id).await? } else { Vec::new() };
    let asker =
        |change: Pending| Asker { is_own: change.requested_by == Some(by.id()), user_id: change.requester };
    let waiting = pending::of_user(pool, by, user.id).await?.into_iter().map(asker).collect();
    Ok(Seen { user, company, readiness, contacts, sessions, limits, events, incidents, waiting })
}

/// The witness's own company, for what a form says of it.
pub async fn company_of(pool: &Pool, by: &Administrator) -> Result<Company, StoreError> {
    companies::by_id(pool, by.company_id()).await?.ok_or(StoreError::RowNotFound)
}

/// Leaves of contact data what names it to someone who knows it.
fn mask(user: &mut User, contacts: &mut [Contact]) {
    for contact in contacts {
        contact.value = match contact.channel.as_str() {
            "email" => AlternateEmail::parse(&contact.value).map(|email| email.masked()).unwrap_or_default(),
            _ => MobilePhone::from_stored(&contact.value).map(|phone| phone.masked()).unwrap_or_default(),
        };
    }
    user.alternate_emails.clear();
    user.mobile_phone = None;
}

/// Who changed a user last: for whoever finds that the user is another than on the page that they had open.
pub async fn last_change(
    pool: &Pool,
    by: &GlobalAdministrator,
    user: &User,
) -> Result<Option<RecentEvent>, NotDone> {
    if by.company_id() != user.company_id {
        return Err(Refusal::NoUser.into());
    }
    let changed = Some(AuditEvent::UserChanged.as_str());
    Ok(users::recent_events(pool, user.company_id, user.id, changed, 1).await?.pop())
}
