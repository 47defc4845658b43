//! People: found by the normalised user ID, changed by administrators and operators.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Connection, Result};

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
    /// When it was set.
    pub password_changed_at: Option<OffsetDateTime>,
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
                  m.number as "mobile_phone?", u.blocked_at, u.blocked_because, c.self_serve_password_reset_enabled,
                  u.password_hash is not null as "has_password!", u.password_changed_at
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
        r#"select u.id, u.user_id, u.display_name, u.role, c.name as company_name, u.password_hash, u.password_changed_at
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
    sqlx::query_scalar!("select end_attempts_of($1, 'switched_off', null)", user).fetch_one(db).await?;
    Ok(())
}

/// Blocks or unblocks, in one statement with what goes with it: sessions end both ways (a session must not come back with the
/// account), and blocking ends the attempts under way. `false`: it was so already.
pub async fn set_blocked(db: &mut Connection, user: Uuid, blocked: bool) -> Result<bool> {
    let row = sqlx::query!(
        r#"with
        changed as (
          update users set blocked_at = case when $2 then now() end, blocked_because = case when $2 then 'administrator' end
          where id = $1 and (blocked_at is not null) <> $2
          returning id),
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
        attempts as materialized (select end_attempts_of(id, 'used', null) from done),
        dead as (
          update reset_tokens t set replaced_at = now() from done
          where t.purpose = 'set_password' and t.user_id = done.id and t.consumed_at is null and t.replaced_at is null)
        select (extract(epoch from password_changed_at) * 1000000)::bigint as "password_set!",
               (select count(*) from attempts) as attempts
        from done"#,
        user,
        verified_hash,
        password_hash,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.password_set))
}
