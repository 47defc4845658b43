-- Delivery that can be trusted: by whom a message left, what became of it, what is urgent, and what an operator stopped.

alter table outbox
  add column provider text,
  add column tried text[] not null default '{}',
  add column avoid text,
  add column urgent boolean not null generated always as (coalesce(deadline - created_at < interval '1 hour', false)) stored,
  add column delivery text check (delivery in ('delivered', 'failed')),
  add column delivery_at timestamptz,
  add column delivery_note text,
  add column person uuid,
  add column budgeted_at timestamptz,
  drop constraint outbox_state_check,
  add constraint outbox_state_check
    check (state in ('queued', 'sent', 'gave_up', 'too_late', 'withdrawn', 'undeliverable', 'cancelled'));
comment on column outbox.provider is 'The section of the configuration whose relay or provider took it, or answered last.';
comment on column outbox.tried is 'Every section that was asked: receipts of others say nothing of this message.';
comment on column outbox.avoid is 'The section whose provider took it over before and could not deliver it: the others are asked first.';
comment on column outbox.urgent is 'A person waits for it on a page: ten thousand notices do not delay one code.';
comment on column outbox.delivery is 'What a delivery receipt or bounce said later. Null: nothing yet, or the provider tells nothing.';
comment on column outbox.delivery_at is 'When it said so.';
comment on column outbox.delivery_note is 'Why it failed: a provider''s number or an enhanced status code, without address, number or text.';
comment on column outbox.person is 'Whose address or number it goes to: the lists ask by it. No reference: a start looks up nothing more for a person than for nobody. Null for a decoy.';
comment on column outbox.budgeted_at is 'When a text message was counted against the budgets of account, country and service: a second try is not counted again.';
comment on column outbox.provider_reference is 'What the provider calls it, as evidence and for its receipts. Of a message that waits: what the provider called it that took it before and could not deliver it.';
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
create function calling_code(number text) returns text
language sql immutable strict parallel safe as $$
  select substring(number from '^\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1-689]\d|3[578]\d|42\d|5[09]\d|6[789]\d|8[035789]\d|9[679]\d)')
$$;
comment on function calling_code is 'The country calling code of a number in E.164, without plus: 1, 44, 353. Null: no number. Follows the zones of ITU-T E.164, in which no code begins another; held to the numbering plans by a test.';

create or replace function number_is_allowed(number text, country_codes text[]) returns boolean
language sql stable as $$
  -- One expression without a query in it (migration 5). Satellites and international networks: domain::contact::phone::REFUSED_NETWORKS.
  select number !~ '^\+(8(08|70|78|8[1238])|979)' and (cardinality(country_codes) = 0 or calling_code(number) = any (country_codes))
$$;
comment on function number_is_allowed is 'Whether codes may be sent to a number: its country calling code is among those given; none given allows all. Never to the networks that cost a multiple and that nobody''s mobile phone is in.';

create function calling_codes_of(company uuid) returns text[]
language sql stable as $$
  -- Not "<> 'user'": the two halves are looked up in the index.
  select coalesce(array_agg(distinct calling_code(m.number)), '{}')
  from users u join mobile_phones m on m.user_id = u.id
  where u.company_id = company and (u.role < 'user' or u.role > 'user')
$$;
comment on function calling_codes_of is 'The countries in which administrators of a company have their phones: where its people may get links by text message, unless the operator says otherwise.';

create function take_text(account text, most_of_account integer, country text, most_of_country integer, most_in_all integer, can_wait boolean)
returns table (over text, until timestamptz, near_account integer, near_country integer, near_all integer)
language plpgsql volatile as $$
declare
  account_key text := 'texts/account/' || account;
  country_key text := 'texts/country/' || country;
  all_key text := 'texts/all';
begin
  until := take_budget(account_key, most_of_account, interval '1 day');
  if until is not null then
    over := 'account';
    return next;
    return;
  end if;
  -- What nobody waits for leaves the last two fifths to codes: no company's links and notices keep another's people from resetting.
  until := take_budget(country_key, case when can_wait then greatest(most_of_country * 3 / 5, 1) else most_of_country end, interval '1 hour');
  if until is null then
    until := take_budget(all_key, case when can_wait then greatest(most_in_all * 3 / 5, 1) else most_in_all end, interval '1 hour');
    if until is not null then
      over := 'hour';
      update budgets b set hits = b.hits[1:cardinality(b.hits) - 1] where b.key = country_key;
    end if;
  else
    over := 'country';
  end if;
  if over is not null then
    -- Nothing is sent, so nothing of the others is used up.
    update budgets b set hits = b.hits[1:cardinality(b.hits) - 1] where b.key = account_key;
    return next;
    return;
  end if;
  near_account := nearly_spent(account_key, most_of_account, interval '1 day');
  near_country := nearly_spent(country_key, most_of_country, interval '1 hour');
  near_all := nearly_spent(all_key, most_in_all, interval '1 hour');
  return next;
end
$$;
comment on function take_text is 'Takes one text message from the budgets of account, country and service, or from none of them: over names the one that is spent, until says when it has one again. near_*: how much of it is spent, once a period as it passes 80 %.';

create function nearly_spent(budget_key text, most integer, period interval) returns integer
language plpgsql volatile as $$
declare
  spent integer;
begin
  select count(*) into spent from budgets b, unnest(b.hits) h where b.key = budget_key and h > now() - period;
  if spent * 5 >= most * 4 and take_budget('told/' || budget_key, 1, period) is null then
    return spent;
  end if;
  return null;
end
$$;
comment on function nearly_spent is 'How much of a budget is spent, once a period, from 80 % of it on; else null.';

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
