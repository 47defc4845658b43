//! Ends before the time.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::{audit::AuditEvent, limits::Network, wizard::End},
    random,
    store::Result,
};

/// Ends an open attempt: its links and codes die. Before the first proof nothing may show it in the browser that asked, since that would
/// tell that the user exists: the attempt goes on as a decoy (V-16). `false`: it was over already.
pub async fn end(
    db: impl PgExecutor<'_>,
    attempt: Uuid,
    why: End,
    event: Uuid,
    network: &Network,
) -> Result<bool> {
    let row = sqlx::query!(
        r#"with
        open as materialized (
          select id, company_id, user_id, typed_user_id from reset_attempts
          where id = $1 and user_id is not null and ended_at is null and finished_at is null
          for update),
        ended as (
          update reset_attempts a
          set ended_at = case when a.email_proven_at is not null or $2 = 'switched_off' then now() end,
              end_reason = case when a.email_proven_at is not null or $2 = 'switched_off' then $2 end,
              user_id = case when a.email_proven_at is not null then a.user_id end,
              company_id = case when a.email_proven_at is not null then a.company_id end
          from open where a.id = open.id
          returning a.id, open.company_id, open.user_id, open.typed_user_id),
        dead as (
          update reset_tokens t set consumed_at = now() from ended
          where t.attempt_id = ended.id and t.consumed_at is null and t.replaced_at is null),
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

/// "This was not me" behind the link of the e-mail, before there is a new password: ends the attempt as [`end`] does, opens an incident
/// that blocks nobody, and tells every other global administrator. `false`: it was over already.
pub async fn end_by_not_me(db: impl PgExecutor<'_>, attempt: Uuid, network: &Network) -> Result<bool> {
    let row = sqlx::query!(
        r#"with
        open as materialized (
          select id, company_id, user_id, typed_user_id, started_at from reset_attempts
          where id = $1 and user_id is not null and ended_at is null and finished_at is null
          for update),
        ended as (
          update reset_attempts a
          set ended_at = case when a.email_proven_at is not null then now() end,
              end_reason = case when a.email_proven_at is not null then 'not_me' end,
              user_id = case when a.email_proven_at is not null then a.user_id end,
              company_id = case when a.email_proven_at is not null then a.company_id end
          from open where a.id = open.id
          returning a.id, open.company_id, open.user_id, open.typed_user_id, open.started_at),
        dead as (
          update reset_tokens t set consumed_at = now() from ended
          where t.attempt_id = ended.id and t.consumed_at is null and t.replaced_at is null),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, attempt_id, network, outcome)
          select $2, $3, company_id, user_id, typed_user_id, 'visitor', id, $4, 'not_me' from ended),
        incident as materialized (
          select open_incident($5, $6, company_id, user_id, 'reset_asked', started_at, $4, 'alternate_email', id) from ended)
        select exists (select from ended) as "ended!", (select count(*) from incident) as incidents"#,
        attempt,
        random::id(),
        AuditEvent::AttemptEnded.as_str(),
        network.as_str(),
        random::id(),
        random::id(),
    )
    .fetch_one(db)
    .await?;
    Ok(row.ended)
}
