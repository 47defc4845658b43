//! What was recorded about a user last.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::super::Result;

/// An audit event, as a user's page shows it.
#[derive(Debug, Clone)]
pub struct RecentEvent {
    /// When.
    pub at: OffsetDateTime,
    /// What (`domain::audit`).
    pub event: String,
    /// Who did it.
    pub actor: String,
    /// `done`, or why not.
    pub outcome: String,
}

/// The newest events about a user, of one kind or of all.
pub async fn recent_events(
    db: impl PgExecutor<'_>,
    company: Uuid,
    user: Uuid,
    event: Option<&str>,
    most: i64,
) -> Result<Vec<RecentEvent>> {
    sqlx::query_as!(
        RecentEvent,
        "select at, event, actor, outcome from audit_events
         where user_id = $2 and company_id = $1 and ($3::text is null or event = $3)
         order by at desc, id desc limit $4",
        company,
        user,
        event,
        most,
    )
    .fetch_all(db)
    .await
}
