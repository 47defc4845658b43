//! "Not received it?": a new secret with a new time, the old one dead, wrong tries kept. The same for a decoy.

use serde_json::Value;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{
        audit::AuditEvent,
        limits::{Budgets, Network},
    },
    store::Result,
};

/// What a resend needs.
#[derive(Debug)]
pub struct Resend<'a> {
    /// Hash of the session that holds the attempt.
    pub session_hash: [u8; 32],
    /// Row of the new token.
    pub token: Uuid,
    /// Its nonce.
    pub nonce: [u8; 32],
    /// The key that the secret is derived with.
    pub key_id: &'a str,
    /// Row of the message.
    pub message: Uuid,
    /// The message's facts; times are added here.
    pub facts: Value,
    /// Row of the audit event.
    pub event: Uuid,
    /// The client.
    pub network: &'a Network,
    /// How many resends there are.
    pub resends: i16,
    /// How many seconds to wait between two.
    pub wait_seconds: f64,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub enum ResendOutcome {
    /// Queued.
    Sent,
    /// The phone had too many codes.
    PhoneMustWait(OffsetDateTime),
    /// Too early, none left, or not in this state: nothing changed.
    Refused,
}

/// Sends the link again.
pub async fn resend_email(db: impl PgExecutor<'_>, r: &Resend<'_>) -> Result<ResendOutcome> {
    let row = sqlx::query!(
        r#"with
        subject as materialized (
          select a.id, e.address, u.id is not null and e.address is not null as deliverable
          from reset_attempts a
          left join companies c on c.id = a.company_id and c.self_serve_password_reset_enabled
          left join users u on u.id = a.user_id and u.company_id = c.id and u.role <> 'user' and u.blocked_at is null
          left join alternate_emails e on e.user_id = u.id and e.position = 0
          where a.session_hash = $1),
        sent as (
          update reset_attempts a
          set email_sends = a.email_sends + 1, email_sent_at = now(),
              email_expires_at = least(now() + interval '10 minutes', a.started_at + interval '30 minutes')
          from subject
          where a.id = subject.id and a.session_hash = $1
            and a.email_proven_at is null and a.ended_at is null and a.finished_at is null
            and a.email_expires_at > now() and a.started_at + interval '27 minutes' > now()
            and a.email_sends <= $2 and a.email_sent_at <= now() - make_interval(secs => $3)
          returning a.id, a.company_id, a.user_id, a.typed_user_id, a.email_expires_at, subject.address, subject.deliverable),
        dead as (
          update reset_tokens t set replaced_at = now() from sent
          where t.attempt_id = sent.id and t.purpose = 'email_link' and t.consumed_at is null and t.replaced_at is null),
        token as (
          insert into reset_tokens (id, purpose, attempt_id, nonce, key_id, expires_at)
          select $4, 'email_link', id, $5, $6, email_expires_at from sent),
        message as (
          insert into outbox (id, channel, company_id, person, attempt_id, token_id, recipient, deliverable, message, deadline)
          select $7, 'email', company_id, case when deliverable then user_id end, id, $4, case when deliverable then address else '' end, deliverable,
                 $8::jsonb || jsonb_build_object('asked_at', now(), 'expires_at', email_expires_at),
                 email_expires_at - interval '2 minutes'
          from sent),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, attempt_id, network, outcome)
          select $9, $10, company_id, user_id, typed_user_id, 'visitor', id, $11, 'done' from sent)
        select exists (select from sent) as "sent!""#,
        r.session_hash.as_slice(),
        r.resends,
        r.wait_seconds,
        r.token,
        r.nonce.as_slice(),
        r.key_id,
        r.message,
        r.facts,
        r.event,
        AuditEvent::EmailResent.as_str(),
        r.network.as_str(),
    )
    .fetch_one(db)
    .await?;
    Ok(if row.sent { ResendOutcome::Sent } else { ResendOutcome::Refused })
}

/// Sends a new code. The wrong tries stay counted (N-14).
pub async fn resend_code(
    db: impl PgExecutor<'_>,
    r: &Resend<'_>,
    budgets: &Budgets,
) -> Result<ResendOutcome> {
    let row = sqlx::query!(
        r#"with
        subject as materialized (
          select a.id, m.number
          from reset_attempts a
          join users u on u.id = a.user_id and u.role <> 'user' and u.blocked_at is null
          join companies c on c.id = u.company_id and c.self_serve_password_reset_enabled
          join mobile_phones m on m.user_id = u.id
           and contact_serves(m.confirmed_at, m.updated_at, c.unconfirmed_contact, c.contact_hold_hours)
          where a.session_hash = $1 and a.email_proven_at is not null and a.code_proven_at is null
            and a.ended_at is null and a.finished_at is null
            and a.code_expires_at > now() and a.started_at + interval '27 minutes' > now()
            and a.code_sends <= $2 and a.code_sent_at <= now() - make_interval(secs => $3)
          for update of a),
        sms as materialized (select take_sms(number, $4, $5) as until from subject),
        sent as (
          update reset_attempts a
          set code_sends = a.code_sends + 1, code_sent_at = now(),
              code_expires_at = least(now() + interval '10 minutes', a.started_at + interval '30 minutes')
          from subject, sms
          where a.id = subject.id and sms.until is null and a.code_proven_at is null and a.ended_at is null
            and a.code_sends <= $2 and a.code_sent_at <= now() - make_interval(secs => $3)
          returning a.id, a.company_id, a.user_id, a.typed_user_id, a.code_expires_at, subject.number),
        dead as (
          update reset_tokens t set replaced_at = now() from sent
          where t.attempt_id = sent.id and t.purpose = 'security_code' and t.consumed_at is null and t.replaced_at is null),
        token as (
          insert into reset_tokens (id, purpose, attempt_id, nonce, key_id, expires_at)
          select $6, 'security_code', id, $7, $8, code_expires_at from sent),
        message as (
          insert into outbox (id, channel, company_id, person, attempt_id, token_id, recipient, deliverable, message, deadline)
          select $9, 'sms', company_id, user_id, id, $6, number, true, $10::jsonb || jsonb_build_object('expires_at', code_expires_at),
                 code_expires_at - interval '2 minutes'
          from sent),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, attempt_id, network, outcome)
          select $11, $12, company_id, user_id, typed_user_id, 'visitor', id, $13, 'done' from sent)
        select exists (select from sent) as "sent!", (select until from sms) as until"#,
        r.session_hash.as_slice(),
        r.resends,
        r.wait_seconds,
        budgets.sms_per_number_per_10_minutes,
        budgets.sms_per_number_per_day,
        r.token,
        r.nonce.as_slice(),
        r.key_id,
        r.message,
        r.facts,
        r.event,
        AuditEvent::CodeResent.as_str(),
        r.network.as_str(),
    )
    .fetch_one(db)
    .await?;
    Ok(match (row.sent, row.until) {
        (true, _) => ResendOutcome::Sent,
        (false, Some(until)) => ResendOutcome::PhoneMustWait(until),
        (false, None) => ResendOutcome::Refused,
    })
}
