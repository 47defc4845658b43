//! Step 3: the link was opened in the browser that asked. The first proof, and the SMS that it brings, in one statement.

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

/// What the proof needs.
#[derive(Debug)]
pub struct EmailProof<'a> {
    /// The attempt of the link.
    pub attempt: Uuid,
    /// The link's token, already found right.
    pub link_token: Uuid,
    /// Hash of the session that holds the attempt.
    pub session_hash: [u8; 32],
    /// Hash of the session that follows it (V-50).
    pub next_session_hash: [u8; 32],
    /// Row of the code's token.
    pub code_token: Uuid,
    /// Its nonce.
    pub nonce: [u8; 32],
    /// The key that the code is derived with.
    pub key_id: &'a str,
    /// Row of the SMS.
    pub message: Uuid,
    /// The SMS' facts; times are added here.
    pub facts: Value,
    /// Row of the audit event.
    pub event: Uuid,
    /// The client.
    pub network: &'a Network,
    /// What is allowed.
    pub budgets: &'a Budgets,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub enum EmailProofOutcome {
    /// Proven; the SMS is queued.
    Proven,
    /// The phone had too many codes: nothing was used up.
    PhoneMustWait(OffsetDateTime),
    /// Not in this state, not this session, not in time: nothing changed.
    Refused,
}

/// Spends the link and queues the code. The attempt's row decides: of two submits at once one finds it unproven (V-36).
pub async fn prove_email(db: impl PgExecutor<'_>, p: &EmailProof<'_>) -> Result<EmailProofOutcome> {
    let row = sqlx::query!(
        r#"with
        subject as materialized (
          select a.id, a.typed_user_id, a.started_at, u.id as user_id, u.company_id, m.number
          from reset_attempts a
          join reset_tokens t on t.attempt_id = a.id and t.id = $2 and t.purpose = 'email_link'
                             and t.consumed_at is null and t.replaced_at is null and t.expires_at > now()
          join users u on u.id = a.user_id and u.role <> 'user' and u.blocked_at is null
          join companies c on c.id = u.company_id and c.self_serve_password_reset_enabled
          join mobile_phones m on m.user_id = u.id
           and contact_serves(m.confirmed_at, m.updated_at, c.unconfirmed_contact, c.contact_hold_hours)
          -- The link went to the address that still is the person's: a start may have read the one before an edit (V-35).
          join outbox o on o.token_id = t.id
          join alternate_emails e on e.user_id = u.id and e.position = 0 and e.address = o.recipient
          where a.id = $1 and a.session_hash = $3 and a.email_proven_at is null
            and a.ended_at is null and a.finished_at is null
            and a.email_expires_at > now() and a.started_at + interval '30 minutes' > now()
          -- The second of two submits waits here and then finds it proven, before it takes from the phone's budget.
          for update of a),
        sms as materialized (select take_sms(number, $4, $5) as until from subject),
        proven as (
          update reset_attempts a
          set email_proven_at = now(), session_hash = $6, previous_session_hash = $3, code_sends = 1, code_sent_at = now(),
              code_expires_at = least(now() + interval '10 minutes', a.started_at + interval '30 minutes')
          from subject, sms
          where a.id = subject.id and sms.until is null and a.session_hash = $3
            and a.email_proven_at is null and a.ended_at is null and a.finished_at is null
          returning a.id, a.code_expires_at, subject.user_id, subject.company_id, subject.number, a.typed_user_id),
        spent as (
          update reset_tokens t set consumed_at = now() from proven where t.id = $2 and t.consumed_at is null),
        token as (
          insert into reset_tokens (id, purpose, attempt_id, nonce, key_id, expires_at)
          select $7, 'security_code', id, $8, $9, code_expires_at from proven),
        message as (
          insert into outbox (id, channel, company_id, person, attempt_id, token_id, recipient, deliverable, message, deadline)
          select $10, 'sms', company_id, user_id, id, $7, number, true,
                 $11::jsonb || jsonb_build_object('expires_at', code_expires_at), code_expires_at - interval '2 minutes'
          from proven),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, attempt_id, network, outcome)
          select $12, $13, company_id, user_id, typed_user_id, 'visitor', id, $14, 'done' from proven)
        select exists (select from proven) as "proven!", (select until from sms) as until"#,
        p.attempt,
        p.link_token,
        p.session_hash.as_slice(),
        p.budgets.sms_per_number_per_10_minutes,
        p.budgets.sms_per_number_per_day,
        p.next_session_hash.as_slice(),
        p.code_token,
        p.nonce.as_slice(),
        p.key_id,
        p.message,
        p.facts,
        p.event,
        AuditEvent::EmailProven.as_str(),
        p.network.as_str(),
    )
    .fetch_one(db)
    .await?;
    Ok(match (row.proven, row.until) {
        (true, _) => EmailProofOutcome::Proven,
        (false, Some(until)) => EmailProofOutcome::PhoneMustWait(until),
        (false, None) => EmailProofOutcome::Refused,
    })
}
