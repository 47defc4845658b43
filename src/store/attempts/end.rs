//! Ends before the time.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::{audit::AuditEvent, limits::Network, wizard::End},
    store::Result,
};

/// Ends an open attempt: its links and codes die, what is still queued of it is withdrawn. `false`: it was over already.
pub async fn end(
    db: impl PgExecutor<'_>,
    attempt: Uuid,
    why: End,
    event: Uuid,
    network: &Network,
) -> Result<bool> {
    let row = sqlx::query!(
        r#"with
        ended as (
          update reset_attempts set ended_at = now(), end_reason = $2
          where id = $1 and ended_at is null and finished_at is null
          returning id, company_id, user_id, typed_user_id),
        dead as (
          update reset_tokens t set replaced_at = now() from ended
          where t.attempt_id = ended.id and t.consumed_at is null and t.replaced_at is null),
        withdrawn as (
          update outbox o set state = 'withdrawn', finished_at = now() from ended
          where o.attempt_id = ended.id and o.state = 'queued' and o.token_id is not null),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, attempt_id, network, outcome)
          select $3, $4, company_id, user_id, typed_user_id, 'visitor', id, $5, $2 from ended)
        select exists (select from ended) as "ended!""#,
        attempt,
        why.as_str(),
        event,
        AuditEvent::AttemptEnded.as_str(),
        network.as_str(),
    )
    .fetch_one(db)
    .await?;
    Ok(row.ended)
}
