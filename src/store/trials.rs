//! Test messages that an administrator asked for in the portal: what became of one.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Result;

/// A test message in the outbox.
#[derive(Debug)]
pub struct Trial {
    /// email or sms.
    pub channel: String,
    /// The outbox' word.
    pub state: String,
    /// Whose relay or provider had it last.
    pub provider: Option<String>,
    /// What it answered last: constant words and numbers.
    pub answer: Option<String>,
    /// How often it was tried.
    pub tries: i16,
    /// When it was asked for.
    pub created_at: OffsetDateTime,
    /// When it ended.
    pub finished_at: Option<OffsetDateTime>,
    /// What a receipt or a bounce said later: delivered or failed.
    pub delivery: Option<String>,
    /// When it said so.
    pub delivery_at: Option<OffsetDateTime>,
}

/// The test message of this row, if it is of this company and this person asked for it.
pub async fn asked_by(
    db: impl PgExecutor<'_>,
    company: Uuid,
    user: Uuid,
    message: Uuid,
) -> Result<Option<Trial>> {
    sqlx::query_as!(
        Trial,
        r#"select channel, state, provider, last_error as answer, tries, created_at, finished_at, delivery, delivery_at
           from outbox where id = $1 and company_id = $2
             and message->>'kind' in ('test_mail', 'test_sms') and message->>'asked_by' = $3"#,
        message,
        company,
        user.to_string(),
    )
    .fetch_optional(db)
    .await
}

/// How a message of any kind ended, for the shell of a demo; nothing while it waits.
pub async fn ended(db: impl PgExecutor<'_>, message: Uuid) -> Result<Option<String>> {
    sqlx::query_scalar!("select state from outbox where id = $1 and state <> 'queued'", message)
        .fetch_optional(db)
        .await
}

/// Takes one of the test messages that an administrator may ask for in an hour. Gives the time of the next, if there is none left.
pub async fn take(db: impl PgExecutor<'_>, user: Uuid, most: i32) -> Result<Option<OffsetDateTime>> {
    sqlx::query_scalar!(
        "select take_budget('trial/' || $1, $2, interval '1 hour') as until",
        user.to_string(),
        most
    )
    .fetch_one(db)
    .await
}
