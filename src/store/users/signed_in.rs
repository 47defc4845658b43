//! A person who is signed in, and the sessions in which people are.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::super::{Connection, Result};
use crate::domain::password::{
    CompanyPasswordRules,
    expiry::{Expiry, Standing},
};

/// A signed-in person, as pages and rules need them.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The user's row.
    pub id: Uuid,
    /// The company's row.
    pub company_id: Uuid,
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
    /// How it stands.
    pub standing: Standing,
    /// What the company asks of a new one.
    pub password_rules: CompanyPasswordRules,
    /// The database's time of this look.
    pub now: OffsetDateTime,
}

/// The user of that row.
pub async fn by_id(db: impl PgExecutor<'_>, id: Uuid) -> Result<Option<SignedIn>> {
    let row = sqlx::query!(
        r#"select u.id, u.company_id, u.user_id, u.display_name, u.role, c.name as company_name, u.password_hash, u.password_changed_at,
                  u.password_must_change, c.password_expires_after_days, c.password_warning_days, c.password_min_length,
                  c.password_refused_words, now() as "now!"
           from users u join companies c on c.id = u.company_id where u.id = $1"#,
        id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| SignedIn {
        id: row.id,
        company_id: row.company_id,
        user_id: row.user_id,
        display_name: row.display_name,
        role: row.role,
        company_name: row.company_name,
        password_hash: row.password_hash,
        password_changed_at: row.password_changed_at,
        standing: Expiry {
            after_days: row.password_expires_after_days,
            warning_days: row.password_warning_days,
        }
        .standing(row.password_changed_at, row.password_must_change, row.now),
        password_rules: CompanyPasswordRules {
            min_length: row.password_min_length,
            refused_words: row.password_refused_words,
        },
        now: row.now,
    }))
}

/// A session in which someone is signed in.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// Hash of its id: names it without opening it.
    pub id_hash: Vec<u8>,
    /// When the person signed in.
    pub created_at: OffsetDateTime,
    /// When it was last used, to the minute.
    pub seen_at: OffsetDateTime,
    /// Browser and system in words.
    pub browser: Option<String>,
    /// From where.
    pub network: Option<String>,
}

/// The sessions of a user that are still good, the last used first.
pub async fn sessions(db: impl PgExecutor<'_>, user: Uuid) -> Result<Vec<OpenSession>> {
    sqlx::query_as!(
        OpenSession,
        r#"select s.id_hash, s.created_at, s.seen_at, s.data->>'browser' as browser, s.data->>'network' as network
           from sessions s join users u on u.id = s.user_id
           where s.user_id = $1 and s.expires_at > now() and s.seen_at > now() - interval '30 minutes' and u.blocked_at is null
             and (s.data->>'password_set')::bigint = (extract(epoch from u.password_changed_at) * 1000000)::bigint
           order by s.seen_at desc, s.id_hash limit 100"#,
        user,
    )
    .fetch_all(db)
    .await
}

/// Ends one session of a user, or all of them, but never the one in `keep`. Gives how many.
pub async fn end_sessions(
    db: &mut Connection,
    user: Uuid,
    only: Option<&[u8]>,
    keep: Option<&[u8]>,
) -> Result<u64> {
    let done = sqlx::query!(
        "delete from sessions
         where user_id = $1 and ($2::bytea is null or id_hash = $2) and ($3::bytea is null or id_hash <> $3)",
        user,
        only,
        keep,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
