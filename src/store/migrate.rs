//! The schema: applied by its owner, checked by the service.

use sqlx::{Connection as _, PgConnection, migrate::Migrator};

use super::{Pool, Result};

/// The migrations embedded in this binary. Applied under an advisory lock, so that two nodes may start at once.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Applies what is missing, then gives the service's role what it needs and no more.
///
/// Returns how many migrations were applied.
///
/// # Errors
/// The database is away, or holds a newer schema than this binary knows.
pub async fn migrate(owner_url: &str, service_role: Option<&str>) -> Result<usize> {
    let mut connection = PgConnection::connect_with(&super::connect::options(owner_url)?).await?;
    let before = applied(&mut connection).await?;
    MIGRATIONS.run(&mut connection).await?;
    let after = applied(&mut connection).await?;
    if let Some(role) = service_role {
        grant(&mut connection, role).await?;
    }
    connection.close().await?;
    Ok(after - before)
}

async fn applied(connection: &mut PgConnection) -> Result<usize> {
    let there: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
        .fetch_one(&mut *connection)
        .await?;
    if !there {
        return Ok(0);
    }
    let count: i64 = sqlx::query_scalar("select count(*) from _sqlx_migrations where success")
        .fetch_one(connection)
        .await?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// The service's role reads and writes rows, changes no schema, and can neither change, remove nor date an audit event or seal
/// (ASVS 13.2.2, 16.4.2).
async fn grant(connection: &mut PgConnection, role: &str) -> Result<()> {
    let me: String = sqlx::query_scalar("select current_user::text").fetch_one(&mut *connection).await?;
    if me == role {
        return Ok(());
    }
    let role: String =
        sqlx::query_scalar("select quote_ident($1)").bind(role).fetch_one(&mut *connection).await?;
    // Two that migrate at once would change the same rows of the catalogue, and one would be refused.
    let grants = format!(
        "select pg_advisory_xact_lock(hashtext('sspr grants'));
         grant usage on schema public to {role};
         grant select, insert, update, delete on all tables in schema public to {role};
         revoke all on audit_events, audit_seals, audit_unsealed, installation, _sqlx_migrations from {role};
         grant select on audit_events to {role};
         grant insert (id, event, company_id, user_id, subject, actor, attempt_id, network, outcome, details)
           on audit_events to {role};
         grant select, insert on audit_seals to {role};
         grant select, insert, delete on audit_unsealed to {role};
         grant select on installation, _sqlx_migrations to {role};
         grant execute on all functions in schema public to {role};"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(grants)).execute(connection).await?;
    Ok(())
}

/// What the service finds as it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// As this binary needs it.
    Current,
    /// `sspr migrate` has to run first.
    Behind,
    /// A newer binary migrated it: it may serve (schemas grow before they shrink), but says so.
    Ahead,
}

/// Compares the schema with what this binary knows.
pub async fn check(pool: &Pool) -> Result<Schema> {
    let there: bool =
        sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(pool).await?;
    if !there {
        return Ok(Schema::Behind);
    }
    let newest: Option<i64> =
        sqlx::query_scalar("select max(version) from _sqlx_migrations where success").fetch_one(pool).await?;
    let known = MIGRATIONS.iter().map(|m| m.version).max();
    Ok(match newest.cmp(&known) {
        std::cmp::Ordering::Less => Schema::Behind,
        std::cmp::Ordering::Equal => Schema::Current,
        std::cmp::Ordering::Greater => Schema::Ahead,
    })
}

/// Whether the database carries the demo's mark.
pub async fn is_demo(pool: &Pool) -> Result<bool> {
    sqlx::query_scalar!("select demo from installation").fetch_one(pool).await
}

/// Whether nothing of ours is in the database: then the demo may take it.
pub async fn is_empty(pool: &Pool) -> Result<bool> {
    let tables: i64 = sqlx::query_scalar("select count(*) from pg_tables where schemaname = 'public'")
        .fetch_one(pool)
        .await?;
    Ok(tables == 0)
}

/// Sets the demo's mark, as owner.
pub async fn mark_as_demo(connection: &mut PgConnection) -> Result<()> {
    sqlx::query!("update installation set demo = true").execute(connection).await?;
    Ok(())
}
