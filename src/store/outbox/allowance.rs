//! The budgets of text messages, and of the mails that visitors cause: taken from where every one leaves, once a message.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{
        audit::AuditEvent,
        limits::{Budgets, PLACE_DAYS, TextBudget},
    },
    store::Result,
};

/// What the budgets say of a message.
#[derive(Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Which budget is spent. `None`: it may leave.
    pub over: Option<TextBudget>,
    /// It waits in the queue until the budget is free again. False: that would be after its deadline, and it is still the worker's.
    pub waits: bool,
    /// The database's time when the budget is free again.
    pub until: Option<OffsetDateTime>,
    /// Which budgets were nearly spent by this message, for the first time in their period: 80 %.
    pub nearly: Vec<TextBudget>,
}

/// Takes a message from the budgets of its account, the country of its number, and the whole service, or from none; puts it off where
/// it can wait. Records what is nearly spent, in the same statement: that event holds the country, never the number.
///
/// Without a person behind it (a notice to a number that nobody has any more) the number stands for the account.
pub async fn take(
    db: impl PgExecutor<'_>,
    message: Uuid,
    worker: Uuid,
    country: u16,
    budgets: &Budgets,
    events: [Uuid; 3],
) -> Result<Option<Allowance>> {
    let row = sqlx::query!(
        r#"with
        message as materialized (
          select o.id, o.company_id, o.attempt_id, o.deadline, o.urgent, u.id as user_id, coalesce(u.user_id, c.name, '') as subject,
                 coalesce(u.id::text, o.recipient) as account
          from outbox o
          left join reset_attempts a on a.id = o.attempt_id
          left join reset_tokens t on t.id = o.token_id
          left join users u on u.id = coalesce(a.user_id, t.user_id)
          left join companies c on c.id = o.company_id
          where o.id = $1 and o.lease_by = $2 and o.state = 'queued' and o.channel = 'sms'
          for update of o),
        taken as materialized (
          select m.*, t.*, coalesce(t.until < m.deadline, t.until is not null) as waits
          from message m, take_text(m.account, $3, $4, $5, $6, not m.urgent) t),
        noted as (
          update outbox o
          set budgeted_at = case when t.over is null then now() end,
              run_at = case when t.waits then t.until else o.run_at end,
              lease_until = case when t.waits then null else o.lease_until end,
              lease_by = case when t.waits then null else o.lease_by end,
              -- It was not tried.
              tries = o.tries - t.waits::int,
              last_error = case when t.over is not null then 'over the budget of the ' || t.over else o.last_error end
          from taken t where o.id = t.id),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, attempt_id, outcome, details)
          select near.event, $10, case when near.own then t.company_id end, case when near.own then t.user_id end,
                 case when near.own then t.subject else near.subject end, 'service',
                 case when near.own then t.attempt_id end, 'done',
                 jsonb_build_object('budget', near.budget, 'spent', near.spent, 'most', near.most)
          from taken t,
               lateral (values ($7::uuid, true, '', 'sms_per_account_per_day', t.near_account, $3::integer),
                               ($8::uuid, false, '+' || $4::text, 'sms_per_country_per_hour', t.near_country, $5::integer),
                               ($9::uuid, false, 'SMS', 'sms_per_hour', t.near_all, $6::integer))
                 as near (event, own, subject, budget, spent, most)
          where near.spent is not null)
        select over, until, waits as "waits!", near_account, near_country, near_all from taken"#,
        message,
        worker,
        budgets.sms_per_account_per_day,
        country.to_string(),
        budgets.sms_per_country_per_hour,
        budgets.sms_per_hour,
        events[0],
        events[1],
        events[2],
        AuditEvent::BudgetNearlySpent.as_str(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Allowance {
        over: row.over.as_deref().and_then(TextBudget::named),
        waits: row.waits,
        until: row.until,
        nearly: [
            (row.near_account, TextBudget::Account),
            (row.near_country, TextBudget::Country),
            (row.near_all, TextBudget::Hour),
        ]
        .into_iter()
        .filter_map(|(spent, budget)| spent.map(|_| budget))
        .collect(),
    }))
}

/// What the budgets of an address say of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailAllowance {
    /// It may leave.
    Leaves,
    /// Over the budget: recorded.
    Over,
}

/// Takes a mail that a visitor asked for from the budgets of the address that it goes to (D-09, V-57), once a message; records one that
/// is over them. Those of one network have a share, and those asked for where the person was before are counted apart: strangers can't
/// keep the person's own mails back (V-61). A decoy's is counted and recorded alike, under what was typed: a worker's statements tell nothing of whom they are for.
///
/// `None`: it is not this worker's.
pub async fn take_mail(
    db: impl PgExecutor<'_>,
    message: Uuid,
    worker: Uuid,
    budgets: &Budgets,
    event: Uuid,
) -> Result<Option<MailAllowance>> {
    let row = sqlx::query!(
        r#"with
        message as materialized (
          select o.id, o.company_id, o.attempt_id, o.person, coalesce(u.user_id, a.typed_user_id, '') as subject, o.message->>'kind' as kind,
                 coalesce(a.network, '') as network, knows_place(o.person, a.network, $7) as own_place,
                 account_key(case when o.deliverable then lower(o.recipient) else 'nobody ' || lower(coalesce(a.typed_user_id, '')) end) as address
          from outbox o
          left join reset_attempts a on a.id = o.attempt_id
          left join users u on u.id = o.person
          where o.id = $1 and o.lease_by = $2 and o.state = 'queued' and o.channel = 'email'
          for update of o),
        taken as materialized (select m.*, take_mail(m.address, m.network, m.own_place, $8, $9, $3, $4) as until from message m),
        noted as (
          update outbox o set budgeted_at = case when t.until is null then now() end from taken t where o.id = t.id),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, attempt_id, outcome, details)
          select $5, $6, t.company_id, t.person, t.subject, 'service', t.attempt_id, 'over_budget',
                 jsonb_build_object('kind', t.kind, 'until', t.until)
          from taken t where t.until is not null)
        select until is not null as "over!" from taken"#,
        message,
        worker,
        budgets.mails_per_address_per_hour,
        budgets.mails_per_address_per_day,
        event,
        AuditEvent::MessageOverBudget.as_str(),
        PLACE_DAYS,
        budgets.mails_per_address_and_network_per_hour,
        budgets.mails_per_address_and_network_per_day,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| if row.over { MailAllowance::Over } else { MailAllowance::Leaves }))
}
