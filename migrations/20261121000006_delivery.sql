-- Delivery that can be trusted: by whom a message left, what became of it, what is urgent, and what an operator stopped.

alter table outbox
  add column provider text,
  add column urgent boolean not null generated always as (coalesce(deadline - created_at < interval '1 hour', false)) stored,
  add column delivery text check (delivery in ('delivered', 'failed')),
  add column delivery_at timestamptz,
  add column delivery_note text,
  add column person uuid,
  drop constraint outbox_state_check,
  add constraint outbox_state_check
    check (state in ('queued', 'sent', 'gave_up', 'too_late', 'withdrawn', 'undeliverable', 'cancelled'));
comment on column outbox.provider is 'The section of the configuration whose relay or provider took it, or answered last.';
comment on column outbox.urgent is 'A person waits for it on a page: ten thousand notices do not delay one code.';
comment on column outbox.delivery is 'What a delivery receipt or bounce said later. Null: nothing yet, or the provider tells nothing.';
comment on column outbox.delivery_at is 'When it said so.';
comment on column outbox.delivery_note is 'Why it failed: a provider''s number or an enhanced status code, without address, number or text.';
comment on column outbox.person is 'Whose address or number it goes to: the lists ask by it. No reference: a start looks up nothing more for a person than for nobody. Null for a decoy.';
comment on column outbox.state is 'queued, then one of the ends. gave_up: refused for good, or tries ran out. cancelled: an operator or administrator stopped it.';

alter table reset_tokens
  add column deed text
    check (deed in ('password_reset', 'password_changed', 'contact_changed', 'temporary_password', 'link_handed_over'));
comment on column reset_tokens.deed is 'For "This was not me": what the person was told of, so that the page''s words fit it. Null: a reset, or another purpose.';

drop index outbox_due;
create index outbox_due on outbox (urgent desc, run_at) where state = 'queued';
create index outbox_company on outbox (company_id, created_at desc, id desc);
-- The lists of operators and administrators: everything, one person's, what needs a look, and what ended otherwise than sent.
create index outbox_newest on outbox (created_at desc, id desc);
create index outbox_person on outbox (person, created_at desc, id desc) where person is not null;
create index outbox_failed on outbox (created_at desc, id desc) where state in ('gave_up', 'too_late') or delivery = 'failed';
create index outbox_ended on outbox (state, finished_at desc) where state in ('gave_up', 'too_late', 'withdrawn', 'undeliverable', 'cancelled');
create index outbox_reference on outbox (provider_reference) where provider_reference is not null;

-- Messages of before: whose they are is known where a link or code is behind them.
update outbox o set person = coalesce(a.user_id, t.user_id)
from outbox m left join reset_attempts a on a.id = m.attempt_id left join reset_tokens t on t.id = m.token_id
where o.id = m.id and m.deliverable and m.message->>'kind' <> 'administrator_was_reset' and coalesce(a.user_id, t.user_id) is not null;

-- As it was, and a message that a provider took over and could not deliver counts like one that it refused.
create or replace function readiness_of(person uuid, country_codes text[], starts_a_day integer, codes_a_day integer, sms_a_day integer)
returns table (reasons text[], doubts text[], limited_until timestamptz)
language sql stable as $$
  select
    array_remove(array[
      case when u.role = 'user' then 'not_administrator' end,
      case when u.blocked_at is not null then 'blocked' end,
      case when not c.self_serve_password_reset_enabled then 'switched_off' end,
      case when e.address is null then 'no_alternate_email' end,
      case when m.number is null then 'no_mobile_phone' end,
      case when e.address is not null and not contact_serves(e.confirmed_at, e.updated_at, c.unconfirmed_contact, c.contact_hold_hours)
           then 'unconfirmed_email' end,
      case when m.number is not null and not contact_serves(m.confirmed_at, m.updated_at, c.unconfirmed_contact, c.contact_hold_hours)
           then 'unconfirmed_mobile' end,
      case when m.number is not null and not number_is_allowed(m.number, country_codes) then 'refused_country' end,
      case when spent.until is not null then 'at_limit' end], null),
    array_remove(array[
      case when lower(e.address) = u.user_id_normalised then 'email_is_user_id' end,
      case when not c.alternate_email_in_own_domain_allowed and lower(e.address) <> u.user_id_normalised
                and exists (select from company_domains d where d.domain = split_part(lower(e.address), '@', 2) and d.company_id = c.id)
           then 'email_in_own_domain' end,
      case when exists (select from alternate_emails x join users o on o.id = x.user_id
                        where lower(x.address) = lower(e.address) and x.position = 0 and x.user_id <> u.id
                          and o.company_id = u.company_id and o.role <> 'user') then 'email_shared' end,
      case when exists (select from mobile_phones x join users o on o.id = x.user_id
                        where x.number = m.number and x.user_id <> u.id
                          and o.company_id = u.company_id and o.role <> 'user') then 'mobile_shared' end,
      case when (select o.state = 'gave_up' or o.delivery = 'failed' from outbox o
                 where o.recipient = e.address and o.state in ('sent', 'gave_up') and o.company_id = u.company_id and o.finished_at >= e.updated_at
                 order by o.finished_at desc limit 1) then 'mail_bounced' end,
      case when (select o.state = 'gave_up' or o.delivery = 'failed' from outbox o
                 where o.recipient = m.number and o.state in ('sent', 'gave_up') and o.company_id = u.company_id and o.finished_at >= m.updated_at
                 order by o.finished_at desc limit 1) then 'sms_failed' end], null),
    spent.until
  from users u
  join companies c on c.id = u.company_id
  left join alternate_emails e on e.user_id = u.id and e.position = 0
  left join mobile_phones m on m.user_id = u.id
  left join lateral (
    -- Each budget by its key, never all of them; until then the hit has to grow old before the next is free.
    select case when u.role <> 'user' then greatest(
      (select b.hits[cardinality(b.hits) - starts_a_day + 1] + interval '1 day' from budgets b
       where b.key = 'start/account/' || account.key and cardinality(b.hits) >= starts_a_day
         and b.hits[cardinality(b.hits) - starts_a_day + 1] > now() - interval '1 day'),
      (select b.hits[cardinality(b.hits) - codes_a_day + 1] + interval '1 day' from budgets b
       where b.key = 'wrong-code/account/' || account.key and cardinality(b.hits) >= codes_a_day
         and b.hits[cardinality(b.hits) - codes_a_day + 1] > now() - interval '1 day'),
      (select b.hits[cardinality(b.hits) - sms_a_day + 1] + interval '1 day' from budgets b
       where b.key = 'sms/day/' || m.number and cardinality(b.hits) >= sms_a_day
         and b.hits[cardinality(b.hits) - sms_a_day + 1] > now() - interval '1 day')) end as until
    from (select account_key(u.user_id_normalised) as key offset 0) account
    offset 0
  ) spent on true
  where u.id = person
  -- A fence: someone is found first and judged then. Without it the planner may judge all users of all companies, to throw most away.
  offset 0
$$;
