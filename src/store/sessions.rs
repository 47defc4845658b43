//! Signed-in sessions: the store behind tower-sessions.
//!
//! What must stay true, and is not so in the published stores: the table holds a hash of the id only; `save` never brings a
//! deleted session back (after log-out a slower request would otherwise revive it); a session dies with its user's password,
//! block, or row, on every node at once (V-43).

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};
use uuid::Uuid;

use super::Pool;
use crate::domain::{audit::AuditEvent, limits::Network};

/// Key of the user's row in a session's data.
pub const USER: &str = "user";
/// Key of the time of the user's password, in microseconds: a session signed in with an older password is dead.
pub const PASSWORD_SET: &str = "password_set";

/// Key of the time when the person last gave the password, in microseconds: what is sensitive asks again after a while.
pub const PROVEN: &str = "proven";
/// Key of the browser in words, for the list of sessions.
pub const BROWSER: &str = "browser";
/// Key of the network, for the list of sessions.
pub const NETWORK: &str = "network";

/// The store of signed-in sessions.
#[derive(Clone, Debug)]
pub struct Sessions(Pool);

impl Sessions {
    /// A store in this database.
    pub fn new(pool: Pool) -> Self {
        Self(pool)
    }
}

/// The hash under which a session rests: names it without opening it.
pub fn hash(id: &Id) -> Vec<u8> {
    Sha256::new().chain_update(b"sspr signed-in session v1 ").chain_update(id.to_string()).finalize().to_vec()
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn backend(error: sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}

fn user_of(record: &Record) -> Option<Uuid> {
    record.data.get(USER)?.as_str()?.parse().ok()
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        // 128 random bits of the operating system, not of the crate's own generator.
        record.id = Id(i128::from_be_bytes(crate::random::bytes()));
        let data = serde_json::to_value(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
        sqlx::query!(
            "insert into sessions (id_hash, user_id, data, expires_at) values ($1, $2, $3, now() + interval '12 hours')",
            hash(&record.id),
            user_of(record),
            data
        )
        .execute(&self.0)
        .await
        .map_err(backend)?;
        Ok(())
    }

    /// Changes a living session; a deleted one stays deleted.
    async fn save(&self, record: &Record) -> Result<()> {
        let data = serde_json::to_value(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
        sqlx::query!(
            "update sessions set user_id = $2, data = $3 where id_hash = $1 and expires_at > now()",
            hash(&record.id),
            user_of(record),
            data
        )
        .execute(&self.0)
        .await
        .map_err(backend)?;
        Ok(())
    }

    /// A session within 12 hours of its start and 30 minutes of its last use (D-11), of a user with the same password who is
    /// not blocked.
    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let row = sqlx::query!(
            r#"with live as (
              select s.id_hash, s.data, s.expires_at, s.seen_at from sessions s
              left join users u on u.id = s.user_id
              where s.id_hash = $1 and s.expires_at > now() and s.seen_at > now() - interval '30 minutes'
                and (s.user_id is null
                     or (u.blocked_at is null
                         and (s.data->>'password_set')::bigint = (extract(epoch from u.password_changed_at) * 1000000)::bigint))),
            seen as (
              update sessions s set seen_at = now() from live
              where s.id_hash = live.id_hash and live.seen_at < now() - interval '1 minute')
            select data, expires_at from live"#,
            hash(id)
        )
        .fetch_optional(&self.0)
        .await
        .map_err(backend)?;
        row.map(|row| {
            Ok(Record {
                id: *id,
                data: serde_json::from_value(row.data).map_err(|e| Error::Decode(e.to_string()))?,
                expiry_date: row.expires_at,
            })
        })
        .transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        sqlx::query!("delete from sessions where id_hash = $1", hash(id))
            .execute(&self.0)
            .await
            .map_err(backend)?;
        Ok(())
    }
}

/// Ends a session by its person's wish: the row and the event in one statement, so that of two clicks one is recorded.
pub async fn sign_out(db: &Pool, id: &Id, event: Uuid, network: &Network) -> super::Result<()> {
    sqlx::query!(
        "with gone as (delete from sessions where id_hash = $1 returning user_id)
         insert into audit_events (id, event, company_id, user_id, subject, actor, network, outcome)
         select $2, $3, u.company_id, u.id, u.user_id, u.user_id, $4, 'done' from gone join users u on u.id = gone.user_id",
        hash(id),
        event,
        AuditEvent::SignedOut.as_str(),
        network.as_str(),
    )
    .execute(db)
    .await?;
    Ok(())
}
