//! People: found by the normalised user ID, changed by administrators and operators.
//!
//! One file a subject: lists in `page`, addresses and phones in `contacts`, sessions in `signed_in`, passwords in `password`.

mod contacts;
mod events;
mod judged;
mod linked_contact;
mod others;
mod page;
mod password;
mod signed_in;

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

pub use contacts::{
    ConfirmToken, Confirmed, Contact, confirm, contacts, kill_confirmations, make_confirm_token,
    set_alternate_emails, set_mobile_phone,
};
pub use events::{RecentEvent, recent_events};
pub use linked_contact::{LinkedContact, linked_contact};
pub use others::{Told, administrators_to_tell, queue_set_by_link};
pub use page::{Cursor, Filter, Line, Page, ReadyFilter, page, readiness, readiness_of_all};
pub use password::{
    TemporaryPassword, queue_expiry_warnings, queue_password_changed, set_password, set_temporary_password,
};
pub use signed_in::{OpenSession, SignedIn, by_id, end_sessions, sessions};

use super::{Connection, Result, companies};
use crate::domain::audit::AuditEvent;

/// A user as operators and administrators see one.
#[derive(Debug, Clone)]
pub struct User {
    /// The row.
    pub id: Uuid,
    /// The company's row.
    pub company_id: Uuid,
    /// Company name.
    pub company_name: String,
    /// User ID.
    pub user_id: String,
    /// Display name.
    pub display_name: String,
    /// Role as stored.
    pub role: String,
    /// Alternate e-mail addresses, in their order.
    pub alternate_emails: Vec<String>,
    /// Those of them that the person has confirmed, or that have stood there for a day: a slip of the finger is mended by then.
    pub settled_emails: Vec<String>,
    /// E.164.
    pub mobile_phone: Option<String>,
    /// Since when the account is blocked, if it is.
    pub blocked_at: Option<OffsetDateTime>,
    /// Why.
    pub blocked_because: Option<String>,
    /// `SelfServePasswordResetEnabled` of the company.
    pub self_serve_password_reset_enabled: bool,
    /// Whether a password was ever set.
    pub has_password: bool,
    /// When.
    pub password_changed_at: Option<OffsetDateTime>,
    /// An administrator made the password: it must be changed at sign-in.
    pub password_must_change: bool,
    /// The end of a temporary password.
    pub password_good_until: Option<OffsetDateTime>,
    /// Goes up with each edit.
    pub version: i64,
}

/// A user's row with all that is shown of it; only the condition differs.
macro_rules! user_query {
    ($where:literal, $($value:expr),+) => {
        sqlx::query_as!(
            User,
            r#"select u.id, u.company_id, c.name as company_name, u.user_id, u.display_name, u.role,
                  array(select address from alternate_emails e where e.user_id = u.id order by position) as "alternate_emails!",
                  array(select address from alternate_emails e where e.user_id = u.id
                        and (e.confirmed_at is not null or e.updated_at < now() - interval '1 day')) as "settled_emails!",
                  m.number as "mobile_phone?", u.blocked_at, u.blocked_because, c.self_serve_password_reset_enabled,
                  u.password_hash is not null as "has_password!", u.password_changed_at, u.password_must_change, u.password_good_until,
                  u.version
               from users u join companies c on c.id = u.company_id left join mobile_phones m on m.user_id = u.id "#
                + $where,
            $($value),+
        )
    };
}

/// All users of a company in the order of their IDs. For exports and the shell; pages take [`page`].
pub async fn of_company(db: impl PgExecutor<'_>, company: Uuid) -> Result<Vec<User>> {
    user_query!("where u.company_id = $1 order by u.user_id_normalised, u.id", company).fetch_all(db).await
}

/// The user of a normalised user ID.
pub async fn named(db: impl PgExecutor<'_>, normalised: &str) -> Result<Option<User>> {
    user_query!("where u.user_id_normalised = $1", normalised).fetch_optional(db).await
}

/// The user of a row.
pub async fn of_row(db: impl PgExecutor<'_>, id: Uuid) -> Result<Option<User>> {
    user_query!("where u.id = $1", id).fetch_optional(db).await
}

/// What a new user is made of.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// Row.
    pub id: Uuid,
    /// Company.
    pub company: Uuid,
    /// As typed.
    pub user_id: &'a str,
    /// As compared.
    pub normalised: &'a str,
    /// Shown.
    pub display_name: &'a str,
    /// Role's name.
    pub role: &'a str,
    /// A first password's hash, if one was given.
    pub password_hash: Option<&'a str>,
}

/// Inserts a user. `false`: the user ID is taken.
pub async fn create(db: impl PgExecutor<'_>, user: &NewUser<'_>) -> Result<bool> {
    let done = sqlx::query!(
        "insert into users (id, company_id, user_id, user_id_normalised, display_name, role, password_hash, password_changed_at)
         values ($1, $2, $3, $4, $5, $6, $7, case when $7::text is not null then now() end)
         on conflict (user_id_normalised) do nothing",
        user.id,
        user.company,
        user.user_id,
        user.normalised,
        user.display_name,
        user.role,
        user.password_hash,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Changes display name or role, and counts the edit: every edit goes through here, also one of contact data alone.
pub async fn set_basics(
    db: &mut Connection,
    user: Uuid,
    display_name: Option<&str>,
    role: Option<&str>,
) -> Result<()> {
    sqlx::query!(
        "update users set display_name = coalesce($2, display_name), role = coalesce($3, role), version = version + 1
         where id = $1",
        user,
        display_name,
        role,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Locks rows for a change, before anything that hangs on them: always in the order of their ids, so that two administrators who
/// change each other do not wait for each other.
///
/// `no key`: a start that points at this row must not wait for it while holding the attempt that it replaces, or the two would
/// wait for each other.
pub async fn lock_all(db: &mut Connection, users: &[Uuid]) -> Result<()> {
    sqlx::query!("select id from users where id = any($1) order by id for no key update", users)
        .fetch_all(db)
        .await?;
    Ok(())
}

/// Locks one row: see [`lock_all`]. `false`: there is none.
pub async fn lock(db: &mut Connection, user: Uuid) -> Result<bool> {
    Ok(sqlx::query!("select id from users where id = $1 for no key update", user)
        .fetch_optional(db)
        .await?
        .is_some())
}

/// What someone may do at this moment: the role and company of whoever is not blocked. Read after [`lock_all`].
pub async fn standing(db: &mut Connection, user: Uuid) -> Result<Option<(Uuid, String)>> {
    let row = sqlx::query!("select company_id, role from users where id = $1 and blocked_at is null", user)
        .fetch_optional(db)
        .await?;
    Ok(row.map(|row| (row.company_id, row.role)))
}

/// Whether a company would have a global administrator who can sign in without this user.
///
/// Call it after [`lock_all`]. It locks the company, so that two changes at once do not each count on the other's. Not the other
/// administrators' rows: whoever holds some already and then asks for all, each in its own order, waits for another who does.
pub async fn others_can_administer(db: &mut Connection, company: Uuid, without: Uuid) -> Result<bool> {
    companies::lock(&mut *db, company).await?;
    sqlx::query_scalar!(
        r#"select exists (
             select from users
             where company_id = $1 and role = 'global_administrator' and id <> $2 and blocked_at is null
               and password_hash is not null and (password_good_until is null or password_good_until > now())) as "others!""#,
        company,
        without,
    )
    .fetch_one(db)
    .await
}

/// Deletes a user with all that hangs on the row; audit events stay. `false`: there was none.
pub async fn delete(db: &mut Connection, user: Uuid) -> Result<bool> {
    end_attempts(db, user).await?;
    sqlx::query!(
        "update pending_changes set state = 'void', why = 'gone', decided_at = now(), wanted = null
         where target_id = $1 and state = 'waiting'",
        user
    )
    .execute(&mut *db)
    .await?;
    let done = sqlx::query!("delete from users where id = $1", user).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Ends the attempts under way of a user whose contact data, role or block changed (V-42).
///
/// Call it inside the transaction of the change, after [`lock`].
pub async fn end_attempts(db: &mut Connection, user: Uuid) -> Result<()> {
    sqlx::query_scalar!("select end_attempts_of($1, 'switched_off', null)", user).fetch_one(db).await?;
    Ok(())
}

/// Closes the ways in that were made for someone as they were before a change of role or contact data: one-time links die. A change
/// of role also ends the sessions, and forgets a temporary password: whoever made it must not gain the new role by it.
///
/// Call it inside the transaction of the change, after [`lock_all`].
pub async fn close_ways_in(db: &mut Connection, user: Uuid, role_changed: bool) -> Result<()> {
    sqlx::query!(
        r#"with
        dead as (
          update reset_tokens set replaced_at = now()
          where user_id = $1 and purpose = 'set_password' and consumed_at is null and replaced_at is null),
        signed_out as (delete from sessions where user_id = $1 and $2)
        update users set password_hash = null, password_must_change = false, password_good_until = null
        where id = $1 and $2 and password_must_change"#,
        user,
        role_changed,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets the password of somebody who is about to become a global administrator, when anybody else made it, or the temporary one that
/// it was set with, since `asked` or in the day before (as long as one signs in): whoever knows it must not gain the new role by it, also
/// when they have set another in its place meanwhile. Of whoever has the role already it forgets nothing.
///
/// Call it inside the transaction of the change, after [`lock_all`].
pub async fn forget_a_password_of_others(
    db: &mut Connection,
    user: Uuid,
    asked: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "update users u set password_hash = null, password_must_change = false, password_good_until = null
         where u.id = $1 and u.role <> 'global_administrator'
           and exists (select from audit_events e
                       where e.user_id = u.id and e.event = $3 and e.at > $2::timestamptz - interval '1 day')",
        user,
        asked,
        AuditEvent::TemporaryPasswordMade.as_str(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Blocks or unblocks, in one statement with what goes with it: sessions end both ways (a session must not come back with the
/// account), one-time links die, and blocking ends the attempts under way. The links of notices stay: whoever moved somebody's contact
/// data must not kill the button at the old address by a block to and fro (O-08); each blocks once, see `tokens::block_by_not_me`.
/// After "This was not me" the password is whoever's it was that reset it: lifting such a block forgets it, and only a new link or a
/// reset lets anyone in. `false`: it was so already.
pub async fn set_blocked(db: &mut Connection, user: Uuid, blocked: bool) -> Result<bool> {
    let row = sqlx::query!(
        r#"with
        changed as (
          update users
          set blocked_at = case when $2 then now() end, blocked_because = case when $2 then 'administrator' end,
              password_hash = case when not $2 and blocked_because = 'not_me' then null else password_hash end
          where id = $1 and (blocked_at is not null) <> $2
          returning id),
        dead as (
          update reset_tokens t set replaced_at = now() from changed
          where t.user_id = changed.id and t.purpose = 'set_password' and t.consumed_at is null and t.replaced_at is null),
        signed_out as (delete from sessions s using changed where s.user_id = changed.id),
        attempts as materialized (select end_attempts_of(id, 'switched_off', null) from changed where $2)
        select exists (select from changed) as "changed!", (select count(*) from attempts) as attempts"#,
        user,
        blocked,
    )
    .fetch_one(db)
    .await?;
    Ok(row.changed)
}
