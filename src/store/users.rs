//! People: found by the normalised user ID, changed by administrators and operators.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Connection, Result};
use crate::domain::{
    audit::AuditEvent,
    limits::{Account, Budgets, Network, key},
};

/// What sign-in needs, read and counted in one statement.
#[derive(Debug)]
pub struct SignIn {
    /// The user's row; none for an unknown user ID.
    pub user: Option<Uuid>,
    /// The company's row.
    pub company: Option<Uuid>,
    /// The hash to compare with.
    pub password_hash: Option<String>,
    /// Since when sign-in is blocked.
    pub blocked: bool,
    /// When the account or network may try again, if it has to wait.
    pub until: Option<OffsetDateTime>,
}

/// Counts a sign-in before it is judged (V-26), and finds the user. Budgets are of the account *and* the network, so that
/// nobody can lock another's account (V-61), and of the network.
pub async fn begin_sign_in(
    db: impl PgExecutor<'_>,
    normalised: &str,
    network: &Network,
    budgets: &Budgets,
) -> Result<SignIn> {
    let account = Account::of(normalised);
    let row = sqlx::query!(
        r#"with
        network as materialized (select take_budget($1, $2, interval '1 hour') as until),
        account as materialized (
          select coalesce(network.until, take_budget($3, $4, interval '15 minutes')) as until from network)
        select account.until, u.id as "user?", u.company_id as "company?", u.password_hash as "password_hash?",
               coalesce(u.blocked_at is not null, false) as "blocked!"
        from account left join users u on u.user_id_normalised = $5"#,
        key::sign_in_of_network(network),
        budgets.sign_in_failures_per_network_per_hour,
        key::sign_in_of_account_and_network(&account, network),
        budgets.sign_in_failures_per_account_and_network,
        normalised,
    )
    .fetch_one(db)
    .await?;
    Ok(SignIn {
        user: row.user,
        company: row.company,
        password_hash: row.password_hash,
        blocked: row.blocked,
        until: row.until,
    })
}

/// A sign-in that failed, for the audit log.
pub async fn record_failed_sign_in(
    db: impl PgExecutor<'_>,
    sign_in: &SignIn,
    typed: &str,
    event: Uuid,
    network: &Network,
    why: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into audit_events (id, event, company_id, user_id, subject, actor, network, outcome)
         values ($1, $2, $3, $4, $5, 'visitor', $6, $7)",
        event,
        AuditEvent::SignInFailed.as_str(),
        sign_in.company,
        sign_in.user,
        typed,
        network.as_str(),
        why,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A sign-in that succeeded: its failures are forgotten, a hash with better settings is kept, and the password's time is
/// given for the session. `None`: the password changed or the user was blocked in the meantime.
pub async fn complete_sign_in(
    db: impl PgExecutor<'_>,
    user: Uuid,
    verified_hash: &str,
    better_hash: Option<&str>,
    normalised: &str,
    event: Uuid,
    network: &Network,
) -> Result<Option<i64>> {
    let account = Account::of(normalised);
    let row = sqlx::query!(
        r#"with
        signed_in as (
          update users u set password_hash = coalesce($3, u.password_hash)
          where u.id = $1 and u.password_hash = $2 and u.blocked_at is null
          returning u.id, u.company_id, u.user_id, u.password_changed_at),
        forgotten as (delete from budgets b using signed_in where b.key = $4),
        refunded as (
          update budgets b set hits = b.hits[1:cardinality(b.hits) - 1] from signed_in where b.key = $5 and cardinality(b.hits) > 0),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, network, outcome)
          select $6, $7, company_id, id, user_id, user_id, $8, 'done' from signed_in)
        select (extract(epoch from password_changed_at) * 1000000)::bigint as "password_set!" from signed_in"#,
        user,
        verified_hash,
        better_hash,
        key::sign_in_of_account_and_network(&account, network),
        key::sign_in_of_network(network),
        event,
        AuditEvent::SignedIn.as_str(),
        network.as_str(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.password_set))
}

/// A signed-in person, as the account page shows them.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The user's row.
    pub id: Uuid,
    /// User ID.
    pub user_id: String,
    /// Display name.
    pub display_name: String,
    /// Role as stored.
    pub role: String,
    /// Company name.
    pub company_name: String,
    /// The hash of the current password.
    pub password_hash: Option<String>,
}

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
    /// E.164.
    pub mobile_phone: Option<String>,
    /// Why the account is blocked, if it is.
    pub blocked_because: Option<String>,
    /// Whether a password was ever set.
    pub has_password: bool,
    /// When.
    pub password_changed_at: Option<OffsetDateTime>,
}

/// Users of a company in the order of their IDs, or the one of that normalised user ID.
pub async fn list(
    db: impl PgExecutor<'_>,
    company: Option<Uuid>,
    normalised: Option<&str>,
) -> Result<Vec<User>> {
    sqlx::query_as!(
        User,
        r#"select u.id, u.company_id, c.name as company_name, u.user_id, u.display_name, u.role,
                  array(select address from alternate_emails e where e.user_id = u.id order by position) as "alternate_emails!",
                  m.number as "mobile_phone?", u.blocked_because, u.password_hash is not null as "has_password!", u.password_changed_at
           from users u join companies c on c.id = u.company_id left join mobile_phones m on m.user_id = u.id
           where ($1::uuid is null or u.company_id = $1) and ($2::text is null or u.user_id_normalised = $2)
           order by u.user_id_normalised"#,
        company,
        normalised,
    )
    .fetch_all(db)
    .await
}

/// The user of that row.
pub async fn by_id(db: impl PgExecutor<'_>, id: Uuid) -> Result<Option<SignedIn>> {
    sqlx::query_as!(
        SignedIn,
        r#"select u.id, u.user_id, u.display_name, u.role, c.name as company_name, u.password_hash
           from users u join companies c on c.id = u.company_id where u.id = $1"#,
        id
    )
    .fetch_optional(db)
    .await
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

/// Replaces the alternate e-mail addresses of a user.
pub async fn set_alternate_emails(db: &mut Connection, user: Uuid, addresses: &[String]) -> Result<()> {
    sqlx::query!("delete from alternate_emails where user_id = $1", user).execute(&mut *db).await?;
    sqlx::query!(
        "insert into alternate_emails (user_id, position, address)
         select $1, (n - 1)::smallint, address from unnest($2::text[]) with ordinality as given(address, n)",
        user,
        addresses,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Sets or removes the mobile phone of a user.
pub async fn set_mobile_phone(db: &mut Connection, user: Uuid, number: Option<&str>) -> Result<()> {
    sqlx::query!(
        r#"with gone as (delete from mobile_phones where user_id = $1 and $2::text is null)
           insert into mobile_phones (user_id, number) select $1, $2 where $2::text is not null
           on conflict (user_id) do update set number = excluded.number, updated_at = now()"#,
        user,
        number,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Changes display name or role.
pub async fn set_basics(
    db: &mut Connection,
    user: Uuid,
    display_name: Option<&str>,
    role: Option<&str>,
) -> Result<()> {
    sqlx::query!(
        "update users set display_name = coalesce($2, display_name), role = coalesce($3, role) where id = $1",
        user,
        display_name,
        role,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Locks a user's row for a change, before anything that hangs on it: the same order everywhere.
///
/// `no key`: a start that points at this row must not wait for it while holding the attempt that it replaces, or the two would
/// wait for each other.
pub async fn lock(db: &mut Connection, user: Uuid) -> Result<bool> {
    Ok(sqlx::query!("select id from users where id = $1 for no key update", user)
        .fetch_optional(db)
        .await?
        .is_some())
}

/// Ends the attempts under way of a user whose contact data, role or block changed (V-42).
///
/// Call it inside the transaction of the change, after [`lock`].
pub async fn end_attempts(db: &mut Connection, user: Uuid) -> Result<()> {
    // A proof may be under way: wait for it in a statement of its own, so that the next one sees what it did, its code included.
    sqlx::query!(
        "select id from reset_attempts where user_id = $1 and ended_at is null and finished_at is null for update",
        user
    )
    .fetch_all(&mut *db)
    .await?;
    sqlx::query!(
        r#"with over as (
          -- Before the first proof nothing may show: the attempt goes on as a decoy.
          update reset_attempts
          set ended_at = case when email_proven_at is not null then now() end,
              end_reason = case when email_proven_at is not null then 'switched_off' end,
              user_id = case when email_proven_at is not null then user_id end,
              company_id = case when email_proven_at is not null then company_id end
          where user_id = $1 and ended_at is null and finished_at is null
          returning id)
        update reset_tokens t set replaced_at = now() from over
        where t.attempt_id = over.id and t.purpose in ('email_link', 'security_code')
          and t.consumed_at is null and t.replaced_at is null"#,
        user,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Blocks or unblocks. Unblocking leaves the password; blocking ends sessions at the next look (the store compares).
pub async fn set_blocked(db: &mut Connection, user: Uuid, blocked: bool) -> Result<bool> {
    let done = sqlx::query!(
        "update users set blocked_at = case when $2 then now() end, blocked_because = case when $2 then 'administrator' end
         where id = $1 and (blocked_at is not null) <> $2",
        user,
        blocked,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Sets a password: by its owner, who gave the current one, or for a new user. Ends sessions but those in `keep`, attempts and
/// one-time links. `false`: the current hash is not the one that was verified.
pub async fn set_password(
    db: &mut Connection,
    user: Uuid,
    verified_hash: Option<&str>,
    password_hash: &str,
) -> Result<Option<i64>> {
    let row = sqlx::query!(
        r#"with
        done as (
          update users set password_hash = $3, password_changed_at = now()
          where id = $1 and ($2::text is null or password_hash = $2) and blocked_at is null
          returning id, password_changed_at),
        signed_out as (delete from sessions s using done where s.user_id = done.id),
        attempts as (
          update reset_attempts a set ended_at = now(), end_reason = 'used' from done
          where a.user_id = done.id and a.ended_at is null and a.finished_at is null),
        dead as (
          update reset_tokens t set replaced_at = now() from done
          where t.purpose = 'set_password' and t.user_id = done.id and t.consumed_at is null and t.replaced_at is null)
        select (extract(epoch from password_changed_at) * 1000000)::bigint as "password_set!" from done"#,
        user,
        verified_hash,
        password_hash,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.password_set))
}
