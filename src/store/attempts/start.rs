//! Step 2: an attempt for whoever was named, in one statement, the same for known and unknown.

use serde_json::Value;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{
        audit::AuditEvent,
        escalation::{Escalation, Level},
        limits::{Account, Budgets, Network, PLACE_DAYS, key},
    },
    store::Result,
};

/// What a start needs.
#[derive(Debug)]
pub struct Start<'a> {
    /// Row of the new attempt.
    pub attempt: Uuid,
    /// Hash of the new browser session.
    pub session_hash: [u8; 32],
    /// Hash of the session that the browser had: its attempt is replaced.
    pub replaces: Option<[u8; 32]>,
    /// The user ID as typed.
    pub typed: &'a str,
    /// The form that is compared.
    pub normalised: &'a str,
    /// Its domain.
    pub domain: &'a str,
    /// Browser and system in words.
    pub browser: &'a str,
    /// Row of the link's token.
    pub token: Uuid,
    /// The token's nonce.
    pub nonce: [u8; 32],
    /// The key that the link is derived with.
    pub key_id: &'a str,
    /// Row of the message.
    pub message: Uuid,
    /// The message's facts; times are added here.
    pub facts: Value,
    /// Row of the audit event.
    pub event: Uuid,
    /// The challenge that was solved, and until when it was good; none to spend without a puzzle.
    pub challenge: Option<([u8; 32], OffsetDateTime)>,
    /// A second one that was solved beside it.
    pub second_challenge: Option<([u8; 32], OffsetDateTime)>,
    /// Up to which level what was shown is enough.
    pub enough_for: Level,
    /// Where the levels begin.
    pub escalation: Escalation,
    /// Came without a puzzle: a tight budget, and the message waits a minute.
    pub without_puzzle: bool,
    /// The client.
    pub network: &'a Network,
    /// What is allowed.
    pub budgets: &'a Budgets,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub enum StartOutcome {
    /// An attempt, real or decoy: nobody can tell, nor does the caller.
    Started,
    /// The challenge was answered before, or its time is over. What the next page has to ask for.
    ChallengeDead(Level),
    /// More was needed than was shown. What the next page has to ask for.
    NotEnough(Level),
    /// The network has to wait.
    NetworkMustWait(OffsetDateTime),
    /// The way without a puzzle is used up for now.
    PuzzleNeededUntil(OffsetDateTime),
}

impl StartOutcome {
    /// What the function `admit_by_level` said, in its order.
    pub(in crate::store) const fn of(
        network_until: Option<OffsetDateTime>,
        puzzle_until: Option<OffsetDateTime>,
        passed: bool,
        enough: bool,
        level: i32,
    ) -> Self {
        let level = Level::from_number(level);
        match (network_until, puzzle_until, passed, enough) {
            (Some(until), ..) => Self::NetworkMustWait(until),
            (None, Some(until), ..) => Self::PuzzleNeededUntil(until),
            (None, None, true, _) => Self::Started,
            (None, None, false, false) => Self::NotEnough(level),
            (None, None, false, true) => Self::ChallengeDead(level),
        }
    }
}

/// Starts an attempt: budgets, challenge, attempt, token, message and audit event in one statement. Whoever can't reset gets
/// the same rows; only `user_id` and `deliverable` differ.
#[expect(clippy::too_many_lines, reason = "one statement")]
pub async fn start(db: impl PgExecutor<'_>, s: &Start<'_>) -> Result<StartOutcome> {
    let account = Account::of(s.normalised);
    let row = sqlx::query!(
        r#"with
        gate as materialized (select * from admit_by_level($1, $2, $3, $4, $5, $6, $7, $8, $9, $30, $31, $32, $33, $34)),
        passed as materialized (select from gate where gate.passed),
        person as materialized (
          select u.id, knows_place(u.id, $28, $35) as own_place from passed left join users u on u.user_id_normalised = $14),
        near as materialized (select take_budget($10, $11, interval '1 day') as until from passed),
        -- Where the person was before they have a bucket of their own: strangers, however many, use up only the other one (V-61).
        account as materialized (
          select person.id, near.until is not null
                 or take_budget(case when person.own_place then $36 else $12 end, $13, interval '1 day') is not null as over
          from near, person),
        judged as materialized (
          select u.id as user_id, coalesce(u.company_id, d.company_id) as company_id, e.address,
                 case when u.id is null then 'unknown_user'
                      when u.role = 'user' then 'not_an_administrator'
                      when u.blocked_at is not null then 'blocked'
                      when not c.self_serve_password_reset_enabled then 'switched_off'
                      when e.address is null then 'no_alternate_email'
                      when m.number is null then 'no_mobile_phone'
                      when not contact_serves(e.confirmed_at, e.updated_at, c.unconfirmed_contact, c.contact_hold_hours)
                           then 'unconfirmed_email'
                      when not contact_serves(m.confirmed_at, m.updated_at, c.unconfirmed_contact, c.contact_hold_hours)
                           then 'unconfirmed_mobile'
                      when not number_is_allowed(m.number, $29) then 'refused_country'
                      when account.over then 'over_budget'
                      else 'started' end as outcome
          from account
          left join users u on u.id = account.id
          left join companies c on c.id = u.company_id
          left join alternate_emails e on e.user_id = u.id and e.position = 0
          left join mobile_phones m on m.user_id = u.id
          left join company_domains d on d.domain = $15),
        replaced as (
          update reset_attempts set ended_at = now(), end_reason = 'replaced', replaced_by = $16
          from passed
          where session_hash = $17 and ended_at is null and finished_at is null
          returning id),
        -- Its messages that still wait must not bring a dead link (the worker withdraws them).
        dead as (
          update reset_tokens t set replaced_at = now() from replaced
          where t.attempt_id = replaced.id and t.consumed_at is null and t.replaced_at is null),
        attempt as (
          insert into reset_attempts (id, session_hash, typed_user_id, company_id, user_id, browser, late, network, email_expires_at)
          select $16, $18, $19, case when outcome = 'started' then company_id end, case when outcome = 'started' then user_id end,
                 $20, $3, $28, now() + interval '10 minutes'
          from judged),
        token as (
          insert into reset_tokens (id, purpose, attempt_id, nonce, key_id, expires_at)
          select $21, 'email_link', $16, $22, $23, now() + interval '10 minutes' from judged),
        message as (
          insert into outbox (id, channel, company_id, person, attempt_id, token_id, recipient, deliverable, message, run_at, deadline)
          select $24, 'email', case when outcome = 'started' then company_id end, case when outcome = 'started' then user_id end, $16, $21,
                 case when outcome = 'started' then address else '' end, outcome = 'started',
                 $25::jsonb || jsonb_build_object('asked_at', now(), 'expires_at', now() + interval '10 minutes'),
                 now() + case when $3 then interval '60 seconds' else interval '0' end, now() + interval '8 minutes'
          from judged),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, attempt_id, network, outcome)
          select $26, $27, company_id, user_id, $19, 'visitor', $16, $28, outcome from judged)
        select network_until, puzzle_until, passed as "passed!", enough as "enough!", level as "level!" from gate"#,
        key::starts_of_network(s.network),
        s.budgets.starts_per_network_per_hour,
        s.without_puzzle,
        key::without_puzzle_of_network(s.network),
        s.budgets.without_puzzle_per_network_per_hour,
        key::without_puzzle_of_domain(s.domain),
        s.budgets.without_puzzle_per_company_per_hour,
        s.challenge.map(|(hash, _)| hash.to_vec()),
        s.challenge.map(|(_, until)| until),
        key::starts_of_account_and_network(&account, s.network),
        s.budgets.starts_per_account_and_network_per_day,
        key::starts_of_account(&account),
        s.budgets.starts_per_account_per_day,
        s.normalised,
        s.domain,
        s.attempt,
        s.replaces.map(|hash| hash.to_vec()),
        s.session_hash.as_slice(),
        s.typed,
        s.browser,
        s.token,
        s.nonce.as_slice(),
        s.key_id,
        s.message,
        s.facts,
        s.event,
        AuditEvent::ResetStarted.as_str(),
        s.network.as_str(),
        &s.budgets.sms_country_codes,
        s.second_challenge.map(|(hash, _)| hash.to_vec()),
        s.second_challenge.map(|(_, until)| until),
        s.enough_for.number(),
        s.escalation.busy_after,
        s.escalation.crowded_after,
        PLACE_DAYS,
        key::starts_of_account_from_own_places(&account),
    )
    .fetch_one(db)
    .await?;
    Ok(StartOutcome::of(row.network_until, row.puzzle_until, row.passed, row.enough, row.level))
}
