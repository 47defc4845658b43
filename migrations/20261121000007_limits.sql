-- Limits that outlive a day: failures in a row, the places where people sign in, mails to one address; and what lists of limits read.

create table failures_in_a_row (
  account text collate "C" not null check (length(account) = 32),
  kind text collate "C" not null check (kind in ('password', 'code')),
  network text collate "C" not null default '' check (length(network) <= 60),
  failures integer not null check (failures > 0),
  last_at timestamptz not null default now(),
  primary key (account, kind, network)
);
comment on table failures_in_a_row is 'Wrong passwords and security codes without a right one between them (NIST SP 800-63B 3.2.2): 100 stop an account. Unknown user IDs are counted alike, and forgotten after 30 days.';
comment on column failures_in_a_row.account is 'account_key of the user ID as it was typed: whether somebody has it makes no difference.';
comment on column failures_in_a_row.kind is 'password or code.';
comment on column failures_in_a_row.network is 'Those from one network; empty: those from everywhere.';
comment on column failures_in_a_row.failures is 'How many. Counted and committed before anything is compared, so that the row is never behind.';
comment on column failures_in_a_row.last_at is 'The last one. Of an older password than the present one: they count no more.';
create index failures_in_a_row_stopped on failures_in_a_row (last_at desc) where failures >= 100;
create index failures_in_a_row_last on failures_in_a_row (last_at);

create function count_failure(of_account text, of_kind text, of_network text, since timestamptz) returns integer
language sql volatile as $$
  insert into failures_in_a_row as f (account, kind, network, failures) values (of_account, of_kind, of_network, 1)
  on conflict (account, kind, network) do update
    set failures = case when f.last_at < since then 1 else least(f.failures + 1, 1000000) end, last_at = now()
  returning failures
$$;
comment on function count_failure is 'Counts a try before it is judged, under the row''s lock: gives which one in a row it is. since: tries before that time count no more. A success deletes the row.';

create table sign_in_places (
  user_id uuid not null references users on delete cascade,
  network text collate "C" not null check (length(network) <= 60),
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  primary key (user_id, network)
);
comment on table sign_in_places is 'From where people signed in: from another place they are told, and a flood of wrong passwords from elsewhere does not shut them out here. 20 a person, none that was not seen for 180 days but the last one.';
comment on column sign_in_places.user_id is 'Who.';
comment on column sign_in_places.network is 'An IPv4 address or an IPv6 /64.';
comment on column sign_in_places.first_seen_at is 'The first sign-in from there that is remembered.';
comment on column sign_in_places.last_seen_at is 'The last one.';
create index sign_in_places_last on sign_in_places (last_seen_at);

alter table reset_tokens drop constraint reset_tokens_deed_check,
  add constraint reset_tokens_deed_check
    check (deed in ('password_reset', 'password_changed', 'contact_changed', 'temporary_password', 'link_handed_over', 'signed_in'));

create function take_mail(address text, most_an_hour integer, most_a_day integer) returns timestamptz
language plpgsql volatile as $$
declare
  next_free timestamptz;
begin
  next_free := take_budget('mail/day/' || address, most_a_day, interval '1 day');
  if next_free is not null then
    return next_free;
  end if;
  next_free := take_budget('mail/hour/' || address, most_an_hour, interval '1 hour');
  if next_free is not null then
    -- Nothing is sent, so nothing of the day is used up.
    update budgets b set hits = b.hits[1:cardinality(b.hits) - 1] where b.key = 'mail/day/' || address;
  end if;
  return next_free;
end
$$;
comment on function take_mail is 'Takes one mail that a visitor asked for from both budgets of an address, or from neither: null when it may be sent, else the time of the next. address: its account_key.';

create function kept_back(state text, answer text) returns boolean
language sql immutable as $$ select state = 'gave_up' and coalesce(answer like 'over the budget of the %', false) $$;
comment on function kept_back is 'Whether a message never left because of a budget: no relay or provider was asked, so it says nothing of them or of the address.';

-- Who is limited: people by the hash that budgets know them by, and budgets by how much of them is spent.
create index users_account on users (account_key(user_id_normalised));
create index alternate_emails_account on alternate_emails (account_key(lower(address)));
create index budgets_spent on budgets (split_part(key, '/', 1), cardinality(hits));

-- As it was; a message that a budget kept back says nothing of its address, and whoever had too many wrong codes in a row can't reset.
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
      case when spent.until is not null or spent.codes_stopped then 'at_limit' end], null),
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
                 where o.recipient = e.address and o.state in ('sent', 'gave_up') and not kept_back(o.state, o.last_error) and o.company_id = u.company_id and o.finished_at >= e.updated_at
                 order by o.finished_at desc limit 1) then 'mail_bounced' end,
      case when (select o.state = 'gave_up' or o.delivery = 'failed' from outbox o
                 where o.recipient = m.number and o.state in ('sent', 'gave_up') and not kept_back(o.state, o.last_error) and o.company_id = u.company_id and o.finished_at >= m.updated_at
                 order by o.finished_at desc limit 1) then 'sms_failed' end], null),
    case when not spent.codes_stopped then spent.until end
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
         and b.hits[cardinality(b.hits) - sms_a_day + 1] > now() - interval '1 day')) end as until,
      u.role <> 'user' and exists (select from failures_in_a_row f where f.account = account.key and f.kind = 'code' and f.network = ''
                                     and f.failures >= 100) as codes_stopped
    from (select account_key(u.user_id_normalised) as key offset 0) account
    offset 0
  ) spent on true
  where u.id = person
  -- A fence: someone is found first and judged then. Without it the planner may judge all users of all companies, to throw most away.
  offset 0
$$;
