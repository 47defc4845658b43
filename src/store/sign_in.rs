//! Sign-in: counted before it is judged, the same statements for known and unknown.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Result;
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
pub async fn begin(
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
        select account.until, u.id as "user?", u.company_id as "company?",
               -- After its end a temporary password is no password.
               case when u.password_good_until is null or u.password_good_until > now() then u.password_hash end as "password_hash?",
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

/// Gives back what [`begin`] took, for a password that was right where nobody signs in by it.
pub async fn give_back(db: impl PgExecutor<'_>, normalised: &str, network: &Network) -> Result<()> {
    sqlx::query!(
        r#"with forgotten as (delete from budgets where key = $1)
        update budgets b set hits = b.hits[1:cardinality(b.hits) - 1] where b.key = $2 and cardinality(b.hits) > 0"#,
        key::sign_in_of_account_and_network(&Account::of(normalised), network),
        key::sign_in_of_network(network),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A sign-in that failed, for the audit log.
pub async fn record_failed(
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

/// A session's beginning, in microseconds of the database's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// When the password was set with which the person signs in: a session of an older one is dead.
    pub password_set: i64,
    /// When the person gave it.
    pub proven: i64,
}

/// A sign-in that succeeded: its failures are forgotten, a hash with better settings is kept, and the password's time is
/// given for the session. `None`: the password changed or the user was blocked in the meantime.
pub async fn complete(
    db: impl PgExecutor<'_>,
    user: Uuid,
    verified_hash: &str,
    better_hash: Option<&str>,
    normalised: &str,
    event: Uuid,
    network: &Network,
) -> Result<Option<Begun>> {
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
        select (extract(epoch from password_changed_at) * 1000000)::bigint as "password_set!",
               (extract(epoch from now()) * 1000000)::bigint as "proven!"
        from signed_in"#,
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
    Ok(row.map(|row| Begun { password_set: row.password_set, proven: row.proven }))
}
