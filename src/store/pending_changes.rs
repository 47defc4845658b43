//! Changes that wait for their time or for a second global administrator.
//!
//! Must stay true: a row ends once, in the transaction of what it does; what it wanted goes with its end, and the times are the
//! database's.

use serde_json::Value;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Connection, Result};
use crate::domain::{
    audit::AuditEvent,
    second_pair::{End, Terms},
};

/// Days after which what nobody approved is forgotten.
pub const EXPIRE_DAYS: i32 = 7;

/// A change to be kept.
pub struct New<'a> {
    /// Row.
    pub id: Uuid,
    /// Whose.
    pub company: Uuid,
    /// `user`, `reset`, `setting` or `unblock`.
    pub kind: &'a str,
    /// Whom it changes; none for a setting.
    pub target: Option<Uuid>,
    /// Their user ID, or the company's name.
    pub subject: &'a str,
    /// Their version.
    pub target_version: Option<i64>,
    /// When their password was set.
    pub target_password_at: Option<OffsetDateTime>,
    /// What is to be done.
    pub wanted: &'a Value,
    /// The same for people, masked.
    pub shown: &'a Value,
    /// Who asks.
    pub requested_by: Uuid,
    /// As audit events name them.
    pub requester: &'a str,
    /// What it waits for.
    pub terms: Terms,
}

/// A change as it is kept.
#[derive(Clone)]
pub struct Pending {
    /// Row.
    pub id: Uuid,
    /// Whose.
    pub company: Uuid,
    /// `user`, `reset`, `setting` or `unblock`.
    pub kind: String,
    /// Whom it changes, while they exist.
    pub target: Option<Uuid>,
    /// Their user ID, or the company's name.
    pub subject: String,
    /// Their version then.
    pub target_version: Option<i64>,
    /// When their password was set then.
    pub target_password_at: Option<OffsetDateTime>,
    /// What is to be done; none: it waits no more.
    pub wanted: Option<Value>,
    /// The same for people, masked.
    pub shown: Value,
    /// Who asked, while they exist.
    pub requested_by: Option<Uuid>,
    /// As audit events name them.
    pub requester: String,
    /// When.
    pub requested_at: OffsetDateTime,
    /// When it is carried out; none: only with an approval.
    pub acts_at: Option<OffsetDateTime>,
    /// When it is forgotten.
    pub expires_at: OffsetDateTime,
    /// Its time has come, or it is forgotten, by the database's clock.
    pub is_due: bool,
    /// It is forgotten, by the same clock.
    pub is_over: bool,
    /// `waiting`, or how it ended.
    pub state: String,
    /// Why it is carried out no more, while it still waits.
    pub doubt: Option<String>,
    /// Of a void one: why.
    pub why: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When it ended.
    pub decided_at: Option<OffsetDateTime>,
}

/// A change with all that is kept of it; only what follows the table differs.
macro_rules! pending_query {
    ($rest:literal, $($value:expr),+) => {
        sqlx::query_as!(
            Pending,
            r#"select p.id, p.company_id as company, p.kind, p.target_id as target, p.subject, p.target_version, p.target_password_at,
                  p.wanted, p.shown, p.requested_by, p.requester, p.requested_at, p.acts_at, p.expires_at,
                  least(p.acts_at, p.expires_at) <= now() as "is_due!", p.expires_at <= now() as "is_over!", p.state, p.doubt, p.why, p.decided_by, p.decided_at
               from pending_changes p "#
                + $rest,
            $($value),+
        )
    };
}

/// Keeps a change. None: one of its kind waits for this target already. Gives when it is carried out, or else forgotten.
pub async fn add(db: &mut Connection, new: &New<'_>) -> Result<Option<OffsetDateTime>> {
    let hours = match new.terms {
        Terms::Hold(hours) => Some(hours),
        Terms::Approval => None,
    };
    sqlx::query_scalar!(
        r#"insert into pending_changes (id, company_id, kind, target_id, subject, target_version, target_password_at, wanted, shown,
                                        requested_by, requester, acts_at, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() + make_interval(hours => $12::integer),
                   now() + make_interval(hours => coalesce($12::integer, 0), days => $13))
           on conflict do nothing
           returning coalesce(acts_at, expires_at) as "until!""#,
        new.id,
        new.company,
        new.kind,
        new.target,
        new.subject,
        new.target_version,
        new.target_password_at,
        new.wanted,
        new.shown,
        new.requested_by,
        new.requester,
        hours,
        EXPIRE_DAYS,
    )
    .fetch_optional(db)
    .await
}

/// One, as it is.
pub async fn find(db: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Pending>> {
    pending_query!("where p.id = $1", id).fetch_optional(db).await
}

/// The same, locked. Call it after the rows of the people are: the order of all changes.
pub async fn lock(db: &mut Connection, id: Uuid) -> Result<Option<Pending>> {
    pending_query!("where p.id = $1 for update", id).fetch_optional(db).await
}

/// Those of a company that wait, the newest first.
pub async fn waiting(db: impl PgExecutor<'_>, company: Uuid, most: i64) -> Result<Vec<Pending>> {
    pending_query!(
        "where p.company_id = $1 and p.state = 'waiting' order by p.requested_at desc, p.id limit $2",
        company,
        most
    )
    .fetch_all(db)
    .await
}

/// Those that ended, the newest end first.
pub async fn decided(db: impl PgExecutor<'_>, company: Uuid, most: i64) -> Result<Vec<Pending>> {
    pending_query!(
        "where p.company_id = $1 and p.state <> 'waiting' order by p.decided_at desc, p.id limit $2",
        company,
        most
    )
    .fetch_all(db)
    .await
}

/// How many of a company wait.
pub async fn count(db: impl PgExecutor<'_>, company: Uuid) -> Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "n!" from pending_changes where company_id = $1 and state = 'waiting'"#,
        company
    )
    .fetch_one(db)
    .await
}

/// Those that wait for a person.
pub async fn of_target(db: impl PgExecutor<'_>, target: Uuid) -> Result<Vec<Pending>> {
    pending_query!("where p.target_id = $1 and p.state = 'waiting' order by p.requested_at, p.id", target)
        .fetch_all(db)
        .await
}

/// Whether somebody waits to become a global administrator.
pub async fn waits_for_the_role(db: &mut Connection, target: Uuid) -> Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (
             select from pending_changes
             where target_id = $1 and kind = 'user' and state = 'waiting' and wanted->>'role' = 'global_administrator') as "waits!""#,
        target
    )
    .fetch_one(db)
    .await
}

/// Those whose time has come, the longest first, and those that are carried out no more.
pub async fn due(db: impl PgExecutor<'_>, most: i64) -> Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"(select id as "id!" from pending_changes where state = 'waiting' and doubt is not null order by requested_at limit $1)
           union
           (select id from pending_changes where state = 'waiting' and least(acts_at, expires_at) <= now()
            order by least(acts_at, expires_at) limit $1)"#,
        most
    )
    .fetch_all(db)
    .await
}

/// Ends one that waits, and forgets what it wanted. `false`: it waits no more.
pub async fn end(
    db: &mut Connection,
    id: Uuid,
    end: End,
    why: Option<&str>,
    by: Option<&str>,
) -> Result<bool> {
    let done = sqlx::query!(
        "update pending_changes set state = $2, why = $3, decided_by = $4, decided_at = now(), wanted = null
         where id = $1 and state = 'waiting'",
        id,
        end.as_str(),
        why,
        by,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether a company has a global administrator besides these who could approve: one who ever had a password and is not blocked, or was
/// only in the last days. Whoever blocks all others to be alone gains nothing by it; nor by lifting a block that forgets the password.
pub async fn another_could_approve(db: &mut Connection, company: Uuid, besides: &[Uuid]) -> Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (
             select from users
             where company_id = $1 and role = 'global_administrator' and id <> all($2)
               and (blocked_at is null or blocked_at > now() - make_interval(days => $3))
               and password_changed_at is not null) as "another!""#,
        company,
        besides,
        EXPIRE_DAYS,
    )
    .fetch_one(db)
    .await
}

/// What keeps a change from being carried out by the clock alone: a hold protects only while somebody can refuse. `shut_out`: its person
/// was blocked in the days before, and still is. `nobody`: no global administrator but who asked was let in all the time, and one was
/// blocked; a company that has no other is held up by nothing. Call it after the rows of the people are locked.
pub async fn unrefusable(db: &mut Connection, change: Uuid) -> Result<Option<String>> {
    sqlx::query_scalar!(
        r#"select case when t.blocked_at > p.requested_at - make_interval(days => $2) and its_person_may_refuse(p.kind, p.wanted)
                         then 'shut_out'
                       when not others.one_able and others.one_out then 'nobody' end
           from pending_changes p
           left join users t on t.id = p.target_id
           cross join lateral (
             select coalesce(bool_or(g.blocked_at is null and not g.let_in and g.password_changed_at is not null), false) as one_able,
                    coalesce(bool_or(g.let_in or g.blocked_at > p.requested_at - make_interval(days => $2)), false) as one_out
             from (select u.blocked_at, u.password_changed_at,
                          exists (select from audit_events e
                                  where e.user_id = u.id and e.event = any($3) and e.at > p.requested_at) as let_in
                   from users u
                   where u.company_id = p.company_id and u.role = 'global_administrator' and u.id is distinct from p.requested_by
                     and not (p.kind = 'unblock' and u.id = p.target_id)) g) others
           where p.id = $1"#,
        change,
        EXPIRE_DAYS,
        &[AuditEvent::AccountUnblocked.as_str().to_owned(), AuditEvent::BreakGlass.as_str().to_owned()],
    )
    .fetch_optional(db)
    .await
    .map(Option::flatten)
}

/// Where the global administrators of a company hear of changes: every place of each, no address twice. Blocked ones, too: whoever
/// blocks somebody must not thereby do the rest in silence.
pub async fn listeners(db: &mut Connection, company: Uuid, besides: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    let rows = sqlx::query!(
        r#"select distinct on (lower(p.recipient)) p.id as "id!", p.recipient as "recipient!"
           from administrators_places($1) p where p.id <> all($2)
           order by lower(p.recipient), p.id"#,
        company,
        besides,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.recipient)).collect())
}
