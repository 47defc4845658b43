//! What happened to someone's own account lately, for that person's eyes.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Result;

/// An audit event about the one who looks.
#[derive(Debug)]
pub struct OwnEvent {
    /// When.
    pub at: OffsetDateTime,
    /// What (`domain::audit`).
    pub event: String,
    /// Who did it.
    pub actor: String,
    /// From where, where a browser did it.
    pub network: Option<String>,
    /// done, or why not.
    pub outcome: String,
}

/// The newest events of these kinds about a user, newest first.
pub async fn own_events(
    db: impl PgExecutor<'_>,
    user: Uuid,
    kinds: &[String],
    most: i64,
) -> Result<Vec<OwnEvent>> {
    sqlx::query_as!(
        OwnEvent,
        "select at, event, actor, network, outcome from audit_events
         where user_id = $1 and event = any($2) order by at desc, id desc limit $3",
        user,
        kinds,
        most,
    )
    .fetch_all(db)
    .await
}
