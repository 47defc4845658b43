//! What a delivery receipt changes: once, forward only, and a failed text goes to the next provider while its code is good.
//!
//! What must stay true: a receipt says something of one send only. A late or repeated one of an earlier send of the same message
//! (another provider's, or another name at the same one) changes nothing of the later send; "delivered" is never taken back.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{domain::audit::AuditEvent, store::Result};

/// A genuine receipt of a text message.
#[derive(Debug, Clone, Copy)]
pub struct Receipt<'a> {
    /// By our own id, if the receipt names it.
    pub id: Option<Uuid>,
    /// By the provider's name, if the receipt has it.
    pub reference: Option<&'a str>,
    /// The sections of the configuration in whose name the signature is right.
    pub sections: &'a [&'a str],
    /// Whether the phone has it; else it never will.
    pub delivered: bool,
    /// Why not: the provider's number.
    pub note: Option<&'a str>,
    /// All sections that could send it.
    pub all_sections: &'a [&'a str],
    /// Row of the audit event.
    pub event: Uuid,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It said nothing new, or is about no message of ours.
    Nothing,
    /// Noted.
    Noted,
    /// Noted, and the message waits for another provider: wake the workers.
    GoesAgain,
}

/// Takes a receipt. One statement; of two at the same time the second finds what the first has done.
///
/// - "delivered" ends a message also while it waits for another try, and one that was given up: the phone has it.
/// - "failed" counts for the provider that has the message. While it still waits (the receipt was faster than our own commit) it counts
///   unless it is of an earlier send.
/// - A message leaves for a second time at most, and before its deadline, with its code alive.
pub async fn take(db: impl PgExecutor<'_>, r: &Receipt<'_>) -> Result<Taken> {
    let sections: Vec<String> = r.sections.iter().map(|name| (*name).to_owned()).collect();
    let all: Vec<String> = r.all_sections.iter().map(|name| (*name).to_owned()).collect();
    let again = sqlx::query_scalar!(
        r#"with
        message as materialized (
          select o.* from outbox o
          where o.id = coalesce($1, (select f.id from outbox f where f.provider_reference = $2 and f.provider = any ($3)
                                     order by f.created_at desc limit 1))
            and o.channel = 'sms' and o.deliverable
          for update of o),
        news as materialized (
          select m.id, m.company_id, m.attempt_id, m.token_id, m.state, m.provider, m.deadline, m.maybe_sent, m.message,
                 -- Of one who was asked, or is being asked now: nobody else's secret ends a message.
                 $4 and m.delivery is distinct from 'delivered' and (m.tried && $3::text[] or m.lease_until is not null) as arrived,
                 not $4 and m.delivery is null and case
                   -- One of an earlier send, come twice or late, says nothing of the send under way.
                   when m.state = 'queued' and (m.avoid = any ($3) or m.provider_reference = $2) then false
                   when m.state = 'queued' then m.provider is null or m.provider <> all ($3)
                     or m.provider_reference is not null and $2 is not null and m.provider_reference <> $2
                   else m.provider = any ($3) and coalesce(m.provider_reference = $2, true) end as failed
          from message m),
        judged as materialized (
          select n.*, n.failed and n.state = 'sent' and n.maybe_sent = 0 and n.deadline > now()
                      and exists (select from unnest($5::text[]) other where other <> n.provider)
                      and exists (select from reset_tokens t where t.id = n.token_id and t.consumed_at is null
                                                                and t.replaced_at is null and t.expires_at > now()) as again
          from news n where n.arrived or n.failed),
        noted as (
          update outbox o
          set delivery = case when j.again then null when j.arrived then 'delivered' else 'failed' end,
              delivery_at = case when not j.again then now() end,
              delivery_note = case when not j.again then $6 end,
              state = case when j.again then 'queued' when j.arrived and o.state in ('queued', 'gave_up', 'too_late') then 'sent' else o.state end,
              provider = case when j.arrived and o.state <> 'sent' then $3[1] else o.provider end,
              provider_reference = case when j.arrived and o.state <> 'sent' then coalesce($2, o.provider_reference) else o.provider_reference end,
              finished_at = case when j.again then null when j.arrived then coalesce(o.finished_at, now()) else o.finished_at end,
              lease_until = case when j.again or j.arrived then null else o.lease_until end,
              lease_by = case when j.again or j.arrived then null else o.lease_by end,
              run_at = case when j.again then now() else o.run_at end,
              maybe_sent = o.maybe_sent + j.again::int,
              avoid = case when j.again then o.provider else o.avoid end,
              last_error = case when j.again then concat_ws(' ', 'not delivered', $6) else o.last_error end
          from judged j where o.id = j.id
          returning j.*),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, attempt_id, outcome, details)
          select $7, $8, n.company_id, u.id, coalesce(a.typed_user_id, u.user_id, c.name, ''), 'service', n.attempt_id,
                 case when n.again then 'goes_again' else 'failed' end,
                 jsonb_strip_nulls(jsonb_build_object('channel', 'sms', 'message', n.message->>'kind', 'provider', n.provider, 'code', $6::text))
          from noted n
          left join reset_attempts a on a.id = n.attempt_id
          left join reset_tokens t on t.id = n.token_id
          left join users u on u.id = coalesce(a.user_id, t.user_id)
          left join companies c on c.id = n.company_id
          where n.failed)
        select again as "again!" from noted"#,
        r.id,
        r.reference,
        &sections,
        r.delivered,
        &all,
        r.note,
        r.event,
        AuditEvent::MessageNotDelivered.as_str(),
    )
    .fetch_optional(db)
    .await?;
    Ok(match again {
        None => Taken::Nothing,
        Some(false) => Taken::Noted,
        Some(true) => Taken::GoesAgain,
    })
}

/// Puts a message back that was finished after its receipt had said that it failed ([`super::Finished::MineAndFailed`]): by the same
/// rule. `false`: it stays as it is.
pub async fn go_again(db: impl PgExecutor<'_>, id: Uuid, all_sections: &[&str]) -> Result<bool> {
    let all: Vec<String> = all_sections.iter().map(|name| (*name).to_owned()).collect();
    let done = sqlx::query!(
        "update outbox o
         set state = 'queued', delivery = null, delivery_at = null, delivery_note = null, finished_at = null,
             lease_until = null, lease_by = null, run_at = now(), maybe_sent = o.maybe_sent + 1, avoid = o.provider,
             last_error = concat_ws(' ', 'not delivered', o.delivery_note)
         from reset_tokens t
         where o.id = $1 and o.channel = 'sms' and o.state = 'sent' and o.delivery = 'failed' and o.maybe_sent = 0 and o.deadline > now()
           and exists (select from unnest($2::text[]) other where other <> o.provider)
           and t.id = o.token_id and t.consumed_at is null and t.replaced_at is null and t.expires_at > now()",
        id,
        &all,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}
