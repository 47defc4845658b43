//! Many users made and changed at once, in one transaction: from the shell.
//!
//! What must stay true: every row goes through the rules of [`super::create`] and [`super::change`], written nowhere else; a row is
//! judged before anything of it is written, so that a refused one leaves nothing behind; a dry run is the same work without the
//! commit. New users get no link and nobody is asked to confirm: ten thousand messages are sent on purpose or not at all
//! (`user reset-passwords`). Who loses an address or number is told, as for every change.

use std::collections::{HashMap, HashSet};

use serde_json::json;

use super::{
    NewUser, UserChange,
    change::{Keys, change_in},
    create::{against, insert},
    notice::tell_of_sign_in,
    open::Whom,
    record,
};
use crate::{
    admin::{
        Changed, NotDone, Operator, Property, Refusal, companies,
        readiness::{Counts, Report},
        truth,
    },
    domain::{
        audit::AuditEvent,
        limits::Budgets,
        secret::Key,
        user::{Role, UserId},
    },
    store::{
        self, Connection, Pool,
        companies::{self as stored, Company},
        users::{self, User},
    },
};

/// A row, as it was typed; `None` leaves what is there.
#[derive(Debug, Default, Clone)]
pub struct Row {
    /// User ID.
    pub user_id: String,
    /// Name.
    pub display_name: Option<String>,
    /// Role.
    pub role: Option<Role>,
    /// All addresses in their order; none removes them.
    pub alternate_emails: Option<Vec<String>>,
    /// The number; an empty one removes it.
    pub mobile_phone: Option<String>,
    /// Blocked or not.
    pub blocked: Option<bool>,
}

/// Which rows are welcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All.
    Both,
    /// Those of new users.
    Create,
    /// Those of users who exist.
    Update,
}

/// How to import.
#[derive(Debug, Clone, Copy)]
pub struct How<'a> {
    /// Which rows are welcome.
    pub which: Which,
    /// One refused row refuses all.
    pub all_or_nothing: bool,
    /// Nothing is committed.
    pub dry_run: bool,
    /// Rows that could not even be read: refused as well, for the record.
    pub unread: usize,
    /// What "This was not me" in the notices is derived from; none: they say whom to tell.
    pub not_me: Option<&'a Key>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A new user.
    Created,
    /// What is different.
    Changed(Vec<Changed>),
    /// It was so already.
    Same,
    /// Why not.
    Refused(Refusal),
    /// Refused: an earlier row is of the same user.
    Twice,
    /// Refused: the user ID is in no domain of the company.
    Elsewhere,
}

impl Outcome {
    /// Whether the row was refused.
    pub const fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Twice | Self::Elsewhere)
    }

    /// Whether the row made a difference.
    pub const fn is_news(&self) -> bool {
        matches!(self, Self::Created | Self::Changed(_))
    }
}

/// What came of an import.
#[derive(Debug)]
pub struct Imported {
    /// Of each row, in their order.
    pub outcomes: Vec<Outcome>,
    /// Who could reset before.
    pub before: Counts,
    /// Who could reset after it.
    pub after: Counts,
    /// Whether it was done; not in a dry run, and not when one of all was refused.
    pub committed: bool,
}

/// Imports rows into a company; `done` is told after each how many there were.
pub async fn import(
    pool: &Pool,
    by: &Operator,
    company: &Company,
    rows: &[Row],
    how: How<'_>,
    budgets: &Budgets,
    mut done: impl FnMut(usize),
) -> Result<Imported, NotDone> {
    let mut tx = store::begin(pool).await?;
    // People before the company, as where an administrator changes it: nobody waits in a circle.
    let mut known = locked(&mut tx, company, rows).await?;
    stored::lock(&mut tx, company.id).await?;
    let company = &stored::by_id(&mut *tx, company.id).await?.ok_or(Refusal::NoCompany)?;
    let before = counts(&mut tx, company, budgets).await?;
    let mut seen = HashSet::with_capacity(rows.len());
    let mut outcomes = Vec::with_capacity(rows.len());
    for row in rows {
        let outcome = match judged(row, company, &mut known, &mut seen, how.which) {
            Err(refused) => refused,
            Ok(existing) => carried_out(&mut tx, by, row, company, existing, how.not_me).await?,
        };
        outcomes.push(outcome);
        done(outcomes.len());
    }
    let after = counts(&mut tx, company, budgets).await?;
    let refused = outcomes.iter().any(Outcome::is_refused);
    let committed = outcomes.iter().any(Outcome::is_news) && !how.dry_run && !(how.all_or_nothing && refused);
    if committed {
        companies::record(
            &mut tx,
            by,
            AuditEvent::UsersImported,
            company.id,
            &company.name,
            told(&outcomes, how.unread),
        )
        .await?;
        tx.commit().await?;
    }
    Ok(Imported { outcomes, before, after, committed })
}

fn told(outcomes: &[Outcome], unread: usize) -> serde_json::Value {
    let count = |fits: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| fits(outcome)).count();
    json!({
        "created": count(|outcome| matches!(outcome, Outcome::Created)),
        "changed": count(|outcome| matches!(outcome, Outcome::Changed(_))),
        "same": count(|outcome| matches!(outcome, Outcome::Same)),
        "refused": unread + count(Outcome::is_refused),
    })
}

async fn counts(tx: &mut Connection, company: &Company, budgets: &Budgets) -> Result<Counts, NotDone> {
    Ok(Report { lines: users::readiness_of_all(&mut *tx, company.id, budgets).await? }.counts())
}

/// The company's users whom the rows name, by normalised user ID, read after their rows were locked.
async fn locked(
    tx: &mut Connection,
    company: &Company,
    rows: &[Row],
) -> Result<HashMap<String, User>, NotDone> {
    let named: HashSet<String> = rows
        .iter()
        .filter_map(|row| Some(UserId::parse(&row.user_id).ok()?.normalised().to_owned()))
        .collect();
    let is_named = |user: &User| named.contains(&user.user_id.to_ascii_lowercase());
    let found = users::of_company(&mut *tx, company.id).await?;
    let ids: Vec<_> = found.iter().filter(|user| is_named(user)).map(|user| user.id).collect();
    users::lock_all(tx, &ids).await?;
    let found = users::of_company(&mut *tx, company.id).await?.into_iter();
    Ok(found.filter(is_named).map(|user| (user.user_id.to_ascii_lowercase(), user)).collect())
}

/// Everything that can be said against a row, before anything of it is written. Gives the user if there is one already.
fn judged(
    row: &Row,
    company: &Company,
    known: &mut HashMap<String, User>,
    seen: &mut HashSet<String>,
    which: Which,
) -> Result<Option<User>, Outcome> {
    let refused = Outcome::Refused;
    let user_id = UserId::parse(&row.user_id).map_err(Refusal::UserId).map_err(refused)?;
    if !company.domains.iter().any(|domain| domain == user_id.domain()) {
        return Err(Outcome::Elsewhere);
    }
    if !seen.insert(user_id.normalised().to_owned()) {
        return Err(Outcome::Twice);
    }
    let existing = known.remove(user_id.normalised());
    match (which, &existing) {
        (Which::Create, Some(_)) => return Err(refused(Refusal::UserIdTaken)),
        (Which::Update, None) => return Err(refused(Refusal::NoUser)),
        _ => {}
    }
    let as_new = NewUser {
        user_id: &row.user_id,
        // Who exists keeps the name; who is new needs one.
        display_name: match (&row.display_name, &existing) {
            (Some(name), _) => name,
            (None, Some(user)) => &user.display_name,
            (None, None) => "",
        },
        role: row.role.unwrap_or(Role::User),
        alternate_emails: row.alternate_emails.as_deref().unwrap_or_default(),
        mobile_phone: row.mobile_phone.as_deref().filter(|number| !number.is_empty()),
    };
    against(company.clone(), user_id, &as_new).map_err(refused)?;
    Ok(existing)
}

async fn carried_out(
    tx: &mut Connection,
    by: &Operator,
    row: &Row,
    company: &Company,
    existing: Option<User>,
    not_me: Option<&Key>,
) -> Result<Outcome, NotDone> {
    let Some(user) = existing else {
        let new = NewUser {
            user_id: &row.user_id,
            display_name: row.display_name.as_deref().unwrap_or_default(),
            role: row.role.unwrap_or(Role::User),
            alternate_emails: row.alternate_emails.as_deref().unwrap_or_default(),
            mobile_phone: row.mobile_phone.as_deref().filter(|number| !number.is_empty()),
        };
        let user_id = UserId::parse(&row.user_id).map_err(Refusal::UserId)?;
        let checked = against(company.clone(), user_id, &new)?;
        let user = match insert(tx, by, &checked, None).await {
            // Of another transaction a moment ago, or of a company that had the domain before.
            Err(NotDone::Refused(Refusal::UserIdTaken)) => return Ok(Outcome::Refused(Refusal::UserIdTaken)),
            made => made?,
        };
        if row.blocked == Some(true) {
            block(tx, by, &user, true).await?;
        }
        return Ok(Outcome::Created);
    };
    let mut changes = Vec::new();
    if asks_for_more(row, &user) {
        let change = UserChange {
            display_name: row.display_name.as_deref(),
            role: row.role,
            alternate_emails: row.alternate_emails.as_deref(),
            mobile_phone: row.mobile_phone.as_deref().map(|number| Some(number).filter(|n| !n.is_empty())),
            version: None,
        };
        let keys = Keys { ask: None, not_me };
        changes = change_in(tx, by, Whom::Row(user.id), &change, keys).await?.changes;
    }
    if let Some(now) = row.blocked
        && block(tx, by, &user, now).await?
    {
        let (old, new) = (truth(!now).to_owned(), truth(now).to_owned());
        changes.push(Changed { property: Property::Blocked, old, new });
    }
    Ok(if changes.is_empty() { Outcome::Same } else { Outcome::Changed(changes) })
}

/// Whether the row differs from what is there as it is typed: most rows of an export that comes back do not, and cost no statement.
fn asks_for_more(row: &Row, user: &User) -> bool {
    row.display_name.as_deref().is_some_and(|name| name != user.display_name)
        || row.role.is_some_and(|role| role.as_str() != user.role)
        || row.alternate_emails.as_ref().is_some_and(|emails| *emails != user.alternate_emails)
        || row
            .mobile_phone
            .as_deref()
            .is_some_and(|number| number != user.mobile_phone.as_deref().unwrap_or_default())
}

/// Blocks or unblocks in this transaction. `false`: it was so already.
async fn block(tx: &mut Connection, by: &Operator, user: &User, blocked: bool) -> Result<bool, NotDone> {
    if user.blocked_at.is_some() == blocked {
        return Ok(false);
    }
    let changed = users::set_blocked(tx, user.id, blocked).await?;
    if changed {
        let event = if blocked { AuditEvent::AccountBlocked } else { AuditEvent::AccountUnblocked };
        record(tx, by, event, user, json!({})).await?;
        let company = stored::by_id(&mut *tx, user.company_id).await?.ok_or(Refusal::NoCompany)?;
        tell_of_sign_in(tx, by, user, &company, blocked, Vec::new()).await?;
    }
    Ok(changed)
}
