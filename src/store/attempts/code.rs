//! Step 4: security codes. Each try is counted and committed before anything is compared (V-25, V-28).

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{
        audit::AuditEvent,
        limits::{Account, Budgets, CODE_TRIES, IN_A_ROW, Network, key},
    },
    store::Result,
};

/// A counted try: what the code has to be derived from.
#[derive(Debug)]
pub struct CodeCount {
    /// The attempt.
    pub attempt: Uuid,
    /// The live code's token.
    pub token: Uuid,
    /// Its nonce.
    pub nonce: Vec<u8>,
    /// Its key.
    pub key_id: String,
    /// Which try this is, from 1.
    pub tries: i16,
}

/// What counting gave.
#[derive(Debug)]
pub enum Counted {
    /// One of the five: compare.
    Try(CodeCount),
    /// The account had its wrong codes of the day: the attempt is over.
    AccountMustWait(OffsetDateTime),
    /// So many wrong ones in a row that the account takes no code until an administrator lifts it: the attempt is over.
    AccountStopped,
    /// No live code in this session: nothing to compare with.
    Nothing,
}

/// Counts a try of the session's attempt, in the attempt (five, whatever was resent: N-14) and in the account
/// (fifteen in 24 hours over all attempts: V-27; a hundred in a row, whatever time passes: N-12, V-34). Committed by itself, whatever
/// follows.
///
/// A try in the previous session is counted too, by itself: the double-submitted right code gets the answer of the first, also
/// when that was the last of the five.
pub async fn count_try(
    db: impl PgExecutor<'_>,
    session_hash: &[u8; 32],
    account: &Account,
    budgets: &Budgets,
) -> Result<Counted> {
    let row = sqlx::query!(
        r#"with
        live as materialized (
          select a.id, t.id as token, t.nonce, t.key_id, a.session_hash <> $1 as is_repeat
          from reset_attempts a
          join reset_tokens t on t.attempt_id = a.id and t.purpose = 'security_code' and t.replaced_at is null and t.expires_at > now()
          where ((a.session_hash = $1 and a.code_tries < $2)
                 or (a.previous_session_hash = $1 and a.code_proven_at > now() - interval '60 seconds' and a.code_repeats < $2))
            and a.email_proven_at is not null and a.ended_at is null and a.finished_at is null and a.code_expires_at > now()
          -- A thousand tries at once stand in line here: the sixth finds five.
          for update of a),
        budget as materialized (
          select case when not live.is_repeat then take_budget($3, $4, interval '1 day') end as until from live),
        in_a_row as materialized (
          select case when not live.is_repeat and budget.until is null then count_failure($5, 'code', '', null) end as n from live, budget),
        counted as (
          update reset_attempts a
          set code_tries = a.code_tries + (not live.is_repeat)::integer, code_repeats = a.code_repeats + live.is_repeat::integer
          from live, budget, in_a_row
          where a.id = live.id and budget.until is null and coalesce(in_a_row.n, 0) <= $6
          returning case when live.is_repeat then a.code_repeats else a.code_tries end as code_tries)
        select live.id as "attempt?", live.token as "token?", live.nonce as "nonce?", live.key_id as "key_id?",
               (select code_tries from counted) as tries, budget.until as "until?", coalesce(in_a_row.n > $6, false) as "stopped!"
        from live, budget, in_a_row"#,
        session_hash.as_slice(),
        CODE_TRIES,
        key::wrong_codes(account),
        budgets.wrong_codes_per_account_per_day,
        account.as_str(),
        IN_A_ROW,
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(Counted::Nothing) };
    if row.stopped {
        return Ok(Counted::AccountStopped);
    }
    if let Some(until) = row.until {
        return Ok(Counted::AccountMustWait(until));
    }
    Ok(match (row.attempt, row.token, row.nonce, row.key_id, row.tries) {
        (Some(attempt), Some(token), Some(nonce), Some(key_id), Some(tries)) => {
            Counted::Try(CodeCount { attempt, token, nonce, key_id, tries })
        }
        _ => Counted::Nothing,
    })
}

/// Records a wrong code that is not the last one: that ends the attempt, by [`super::end_by_tries`].
pub async fn record_wrong_code(
    db: impl PgExecutor<'_>,
    attempt: Uuid,
    event: Uuid,
    network: &Network,
) -> Result<()> {
    sqlx::query!(
        r#"insert into audit_events (id, event, company_id, user_id, subject, actor, attempt_id, network, outcome, details)
        select $2, $3, company_id, user_id, typed_user_id, 'visitor', id, $4, 'wrong', jsonb_build_object('tries', code_tries)
        from reset_attempts where id = $1"#,
        attempt,
        event,
        AuditEvent::CodeWrong.as_str(),
        network.as_str(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What the second proof needs.
#[derive(Debug)]
pub struct CodeProof<'a> {
    /// The attempt.
    pub attempt: Uuid,
    /// The code's token, already found right.
    pub code_token: Uuid,
    /// Hash of the session that holds the attempt.
    pub session_hash: [u8; 32],
    /// Hash of the session that follows it (V-50).
    pub next_session_hash: [u8; 32],
    /// Row of the audit event.
    pub event: Uuid,
    /// The client.
    pub network: &'a Network,
    /// Whose wrong codes are forgotten: success resets the count (N-12).
    pub account: &'a Account,
}

/// Spends the right code. `false`: another submit was first, or time is over; nothing changed.
pub async fn prove_code(db: impl PgExecutor<'_>, p: &CodeProof<'_>) -> Result<bool> {
    let row = sqlx::query!(
        r#"with
        proven as (
          update reset_attempts a
          set code_proven_at = now(), session_hash = $3, previous_session_hash = $2,
              password_expires_at = least(now() + interval '10 minutes', a.started_at + interval '30 minutes')
          from users u, companies c, reset_tokens t
          where a.id = $1 and a.session_hash = $2
            and a.email_proven_at is not null and a.code_proven_at is null and a.ended_at is null and a.finished_at is null
            and a.code_expires_at > now() and a.started_at + interval '30 minutes' > now()
            and t.id = $4 and t.attempt_id = a.id and t.purpose = 'security_code'
            and t.consumed_at is null and t.replaced_at is null and t.expires_at > now()
            and u.id = a.user_id and u.role <> 'user' and u.blocked_at is null
            and c.id = u.company_id and c.self_serve_password_reset_enabled
          returning a.id, a.company_id, a.user_id, a.typed_user_id),
        spent as (
          update reset_tokens t set consumed_at = now() from proven where t.id = $4 and t.consumed_at is null),
        forgotten as (delete from budgets using proven where key = $5 returning 1),
        in_a_row as (
          delete from failures_in_a_row f using proven
          where f.account = $9 and f.kind = 'code' and (select count(*) from forgotten) >= 0),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, attempt_id, network, outcome)
          select $6, $7, company_id, user_id, typed_user_id, 'visitor', id, $8, 'done' from proven)
        select exists (select from proven) as "proven!""#,
        p.attempt,
        p.session_hash.as_slice(),
        p.next_session_hash.as_slice(),
        p.code_token,
        key::wrong_codes(p.account),
        p.event,
        AuditEvent::CodeProven.as_str(),
        p.network.as_str(),
        p.account.as_str(),
    )
    .fetch_one(db)
    .await?;
    Ok(row.proven)
}
