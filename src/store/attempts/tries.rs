//! The end of an attempt whose codes were wrong too often: whoever typed them reads the person's alternate mail and has not their phone.
//! The person hears of it at every contact, in the statement that ends the attempt.
//!
//! What must stay true: nothing of it shows to the visitor; a decoy never gets here, since no code is waited for without a first proof.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::{audit::AuditEvent, limits::Network, secret::Key},
    random,
    store::{Pool, Result},
};

/// Which rule ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The fifth code of the attempt was wrong.
    LastTry,
    /// The account had its wrong codes of the day.
    AccountMustWait,
    /// The fifth try was counted by a node that died before it wrote down the end.
    LeftOver,
}

impl Over {
    const fn event(self) -> AuditEvent {
        match self {
            Self::LastTry => AuditEvent::CodeWrong,
            Self::AccountMustWait | Self::LeftOver => AuditEvent::AttemptEnded,
        }
    }
}

/// Ends the attempt after its tries, records it, and queues the notices with "This was not me": to the mailbox, the alternate addresses,
/// and the phone while it has texts left. `false`: it was over already, or has both proofs by now.
pub async fn end_by_tries(
    db: impl PgExecutor<'_>,
    attempt: Uuid,
    over: Over,
    key: &Key,
    network: Option<&Network>,
) -> Result<bool> {
    let nonce = random::bytes::<32>();
    let row = sqlx::query!(
        r#"with
        over as (
          update reset_attempts a set ended_at = now(), end_reason = 'too_many_tries'
          from users u join companies c on c.id = u.company_id
          where a.id = $1 and u.id = a.user_id and a.email_proven_at is not null
            and a.ended_at is null and a.finished_at is null and a.code_proven_at is null
          returning a.id, a.browser, a.typed_user_id, a.code_tries, u.id as user_id, u.user_id as principal, u.company_id,
                    c.user_id_is_mailbox),
        dead as (
          update reset_tokens t set replaced_at = now() from over
          where t.attempt_id = over.id and t.consumed_at is null and t.replaced_at is null),
        not_me as (
          insert into reset_tokens (id, purpose, deed, attempt_id, user_id, nonce, key_id, expires_at)
          select $2, 'not_me', 'partial_reset', id, user_id, $3, $4, now() + interval '7 days' from over),
        -- An address of today that nobody confirmed may be a stranger's, who gets no power to block. The first has just been proven.
        mails as (
          select principal as recipient, 'mailbox' as way, true as theirs from over where user_id_is_mailbox
          union all
          select e.address, 'alternate_email', e.position = 0 or e.confirmed_at is not null or e.updated_at < now() - interval '1 day'
          from over join alternate_emails e on e.user_id = over.user_id),
        phone as materialized (
          select m.number from over join mobile_phones m on m.user_id = over.user_id
          where take_text_of_company(over.company_id, m.number) is null),
        mail as (
          insert into outbox (id, channel, company_id, person, attempt_id, token_id, recipient, deliverable, message)
          select gen_random_uuid(), 'email', company_id, user_id, id, case when mails.theirs then $2::uuid end, mails.recipient, true,
                 jsonb_build_object('kind', 'partial_reset', 'user_id', principal, 'browser', browser, 'at', now(),
                                    'not_me_until', case when mails.theirs then now() + interval '7 days' end, 'to', mails.way)
          from over, mails),
        text as (
          insert into outbox (id, channel, company_id, person, attempt_id, recipient, deliverable, message)
          select gen_random_uuid(), 'sms', company_id, user_id, id, phone.number, true,
                 jsonb_build_object('kind', 'notice_sms', 'deed', 'partial_reset', 'at', now())
          from over, phone),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, attempt_id, network, outcome, details)
          select $5, $6, company_id, user_id, typed_user_id, 'visitor', id, $7, 'too_many_tries',
                 jsonb_build_object('tries', code_tries, 'mails', (select count(*) from mails), 'texts', (select count(*) from phone))
          from over)
        select exists (select from over) as "over!""#,
        attempt,
        random::id(),
        nonce.as_slice(),
        key.id(),
        random::id(),
        over.event().as_str(),
        network.map(Network::as_str),
    )
    .fetch_one(db)
    .await?;
    Ok(row.over)
}

/// Ends what a node left behind that died between the fifth try and its end: no person may miss the notice. Only when no code of the
/// attempt can be right any more. `5` is [`crate::domain::limits::CODE_TRIES`], as the index has it. Gives how many there were, at most `most`.
pub async fn end_left_over(pool: &Pool, key: &Key, most: i64) -> Result<usize> {
    let left = sqlx::query_scalar!(
        r#"select id from reset_attempts
           where code_tries >= 5 and code_proven_at is null and ended_at is null and finished_at is null
             and code_expires_at < now() and user_id is not null
           order by code_expires_at limit $1"#,
        most,
    )
    .fetch_all(pool)
    .await?;
    for attempt in &left {
        end_by_tries(pool, *attempt, Over::LeftOver, key, None).await?;
    }
    Ok(left.len())
}
