//! What was told later about a mail that left: the row's delivery, and the audit event of one that did not arrive.

use sqlx::PgExecutor;
use uuid::Uuid;

use super::Result;
use crate::domain::audit::AuditEvent;

/// What is told about a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told<'a> {
    /// The row.
    pub message: Uuid,
    /// Whether it arrived; else it never will.
    pub arrived: bool,
    /// Why not, in numbers: 5.1.1.
    pub note: Option<&'a str>,
}

/// What that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is on record now.
    Recorded,
    /// It was told before, or what was told before is worse.
    KnownAlready,
    /// There is no such mail (any more).
    NoMessage,
}

/// Puts it on record, once, and an audit event with it when the mail did not arrive. A failure outlasts everything.
///
/// The event is about whoever has the address today, else about the owner of the mail's link: the address itself is in no event.
pub async fn told(db: impl PgExecutor<'_>, event: Uuid, told: &Told<'_>) -> Result<Changed> {
    let row = sqlx::query!(
        r#"with message as materialized (
          select id, company_id, recipient, token_id from outbox where id = $1 and channel = 'email'),
        changed as (
          update outbox o set delivery = $2, delivery_at = now(), delivery_note = $3
          from message m
          where o.id = m.id and o.delivery is distinct from 'failed' and o.delivery is distinct from $2
          returning o.id),
        owner as (
          select coalesce(
            (select u.id from alternate_emails a join users u on u.id = a.user_id
             where lower(a.address) = lower(m.recipient) and u.company_id = m.company_id order by a.position, u.id limit 1),
            (select u.id from users u where u.user_id_normalised = lower(m.recipient) and u.company_id = m.company_id),
            (select coalesce(t.user_id, s.user_id) from reset_tokens t left join reset_attempts s on s.id = t.attempt_id
             where t.id = m.token_id)) as id
          from message m),
        recorded as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, outcome, details)
          select $4, $5, m.company_id, u.id, coalesce(u.user_id, '(nobody)'), 'service', 'done',
                 jsonb_build_object('message', m.id, 'status', $3::text)
          from changed join message m on m.id = changed.id left join users u on u.id = (select id from owner)
          where $2 = 'failed')
        select exists (select from message) as "there!", exists (select from changed) as "changed!""#,
        told.message,
        if told.arrived { "delivered" } else { "failed" },
        told.note,
        event,
        AuditEvent::MailBounced.as_str(),
    )
    .fetch_one(db)
    .await?;
    Ok(match (row.there, row.changed) {
        (false, _) => Changed::NoMessage,
        (true, true) => Changed::Recorded,
        (true, false) => Changed::KnownAlready,
    })
}
