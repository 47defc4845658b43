-- What administrators and operators work with: settings of companies, the state of contact data, temporary passwords, expiry,
-- search, resets of many at once, and the one place that says who could reset today.

alter table companies
  add column password_expires_after_days integer check (password_expires_after_days between 14 and 730),
  add column password_warning_days integer not null default 14 check (password_warning_days between 1 and 30),
  add column password_min_length integer check (password_min_length between 15 and 64),
  add column password_refused_words text[] not null default '{}' check (cardinality(password_refused_words) <= 50),
  add column unconfirmed_contact text not null default 'at_once' check (unconfirmed_contact in ('at_once', 'after_hold', 'never')),
  add column contact_hold_hours integer not null default 24 check (contact_hold_hours between 1 and 720),
  add column temporary_passwords_allowed boolean not null default true,
  add column version bigint not null default 1;
comment on column companies.password_expires_after_days is 'A password older than this must be changed at sign-in. Null, the default: never (NIST 800-63B-4 forbids expiry without cause).';
comment on column companies.password_warning_days is 'How many days before that the person is told.';
comment on column companies.password_min_length is 'Longer than the service''s own floor, or null. Never shorter: the floor holds whatever stands here.';
comment on column companies.password_refused_words is 'Words that no password of the company may be built from, besides names.';
comment on column companies.unconfirmed_contact is 'Whether contact data that its person has not confirmed serves a reset: at_once, after_hold, never.';
comment on column companies.contact_hold_hours is 'How long unconfirmed contact data waits under after_hold.';
comment on column companies.temporary_passwords_allowed is 'Off: no administrator ever sees a password; one-time links only.';
comment on column companies.version is 'Goes up with each change: of two people who edit at once the second is told.';

alter table users
  add column version bigint not null default 1,
  add column password_must_change boolean not null default false,
  add column password_good_until timestamptz,
  add column expiry_warned_at timestamptz,
  add column search text not null default '';
comment on column users.version is 'Goes up with each edit of name, role or contact data: of two people who edit at once the second is told.';
comment on column users.password_must_change is 'An administrator made the password: it must be changed at sign-in.';
comment on column users.password_good_until is 'The end of a temporary password; after it sign-in fails as with a wrong one. Null: no such end.';
comment on column users.expiry_warned_at is 'When the person was last told by mail that the password expires.';
comment on column users.search is 'What a search looks in: name, user ID, addresses, number, in lower case. Kept by triggers.';

alter table alternate_emails add column confirmed_at timestamptz;
comment on column alternate_emails.confirmed_at is 'When the person showed to have this address: by a mail''s link, or by a reset that went through it.';
alter table mobile_phones add column confirmed_at timestamptz;
comment on column mobile_phones.confirmed_at is 'When the person showed to have this phone: by a message''s link, or by a reset that went through it.';
create index alternate_emails_address on alternate_emails (lower(address));
create index mobile_phones_number on mobile_phones (number);

alter table contact_requests add column closed_by text;
comment on column contact_requests.closed_by is 'Who answered it: a user ID, or operator:name.';
create index contact_requests_company on contact_requests (company_id, asked_at desc);

alter table reset_tokens drop constraint reset_tokens_purpose_check;
alter table reset_tokens add constraint reset_tokens_purpose_check
  check (purpose in ('email_link', 'security_code', 'not_me', 'set_password', 'confirm_email', 'confirm_mobile'));

create index outbox_recipient on outbox (recipient, finished_at desc) where state in ('sent', 'gave_up');
create index sessions_seen on sessions (user_id, seen_at desc) where user_id is not null;

create function search_text(person uuid, name text, principal text) returns text
language sql stable as $$
  select lower(name || ' ' || principal || ' '
    || coalesce((select string_agg(address, ' ' order by position) from alternate_emails where user_id = person), '') || ' '
    || coalesce((select substr(number, 2) from mobile_phones where user_id = person), ''))
$$;
comment on function search_text is 'What a search for a user looks in.';

create function users_search() returns trigger language plpgsql as $$
begin
  new.search := search_text(new.id, new.display_name, new.user_id);
  return new;
end
$$;
comment on function users_search is 'Keeps users.search.';
create trigger users_search before insert or update of display_name, user_id on users for each row execute function users_search();

create function contact_search() returns trigger language plpgsql as $$
begin
  update users u set search = search_text(u.id, u.display_name, u.user_id)
  where u.id = case when tg_op = 'DELETE' then old.user_id else new.user_id end;
  return null;
end
$$;
comment on function contact_search is 'Keeps users.search when contact data changes.';
create trigger alternate_emails_search after insert or delete or update of address on alternate_emails
  for each row execute function contact_search();
create trigger mobile_phones_search after insert or delete or update of number on mobile_phones
  for each row execute function contact_search();
update users set search = search_text(id, display_name, user_id);
create index users_company_page on users (company_id, user_id_normalised, id);

create function contact_serves(confirmed timestamptz, set_at timestamptz, rule text, hold_hours integer) returns boolean
language sql stable as $$
  select confirmed is not null or rule = 'at_once' or rule = 'after_hold' and set_at + make_interval(hours => hold_hours) <= now()
$$;
comment on function contact_serves is 'Whether an address or number may serve a reset, by the company''s rule for unconfirmed contact data. The one place of this rule.';

create function number_is_allowed(number text, country_codes text[]) returns boolean
language sql immutable as $$
  select cardinality(country_codes) = 0 or exists (select from unnest(country_codes) code where starts_with(number, '+' || code))
$$;
comment on function number_is_allowed is 'Whether codes may be sent to a number: its country calling code is among those given; none given allows all. No calling code begins another.';

create table reset_batches (
  id uuid primary key,
  company_id uuid not null references companies on delete cascade,
  by_user uuid references users on delete set null,
  actor text not null,
  created_at timestamptz not null default now()
);
comment on table reset_batches is 'Resets of several people at once, so that the result can be looked at again and a double submit does nothing.';
comment on column reset_batches.id is 'Made with the form: the second of two submits finds it taken.';
comment on column reset_batches.company_id is 'Whose people.';
comment on column reset_batches.by_user is 'Who did it, while that person exists.';
comment on column reset_batches.actor is 'Who did it, as audit events name them.';
comment on column reset_batches.created_at is 'When.';
create index reset_batches_company on reset_batches (company_id, created_at desc);

create table reset_batch_items (
  batch_id uuid not null references reset_batches on delete cascade,
  place integer not null,
  user_id uuid references users on delete set null,
  principal text not null,
  outcome text not null,
  message_id uuid references outbox on delete set null,
  primary key (batch_id, place)
);
comment on table reset_batch_items is 'What became of each person of a batch.';
comment on column reset_batch_items.batch_id is 'Of which.';
comment on column reset_batch_items.place is 'In the order given.';
comment on column reset_batch_items.user_id is 'Who, while that person exists.';
comment on column reset_batch_items.principal is 'The user ID as it was.';
comment on column reset_batch_items.outcome is 'sent, or why not.';
comment on column reset_batch_items.message_id is 'The message with the link: its state tells whether it arrived.';
create index reset_batch_items_user on reset_batch_items (user_id) where user_id is not null;
create index reset_batch_items_message on reset_batch_items (message_id) where message_id is not null;

create function account_key(normalised text) returns text
language sql immutable as $$
  select encode(substring(sha256(convert_to('sspr account v1 ' || normalised, 'UTF8')) from 1 for 16), 'hex')
$$;
comment on function account_key is 'An account as budgets know it: domain::limits::Account, held to it by a test.';

create function readiness_of(person uuid, country_codes text[], starts_a_day integer, codes_a_day integer, sms_a_day integer)
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
      case when (select o.state from outbox o
                 where o.recipient = e.address and o.state in ('sent', 'gave_up') and o.company_id = u.company_id and o.finished_at >= e.updated_at
                 order by o.finished_at desc limit 1) = 'gave_up' then 'mail_bounced' end,
      case when (select o.state from outbox o
                 where o.recipient = m.number and o.state in ('sent', 'gave_up') and o.company_id = u.company_id and o.finished_at >= m.updated_at
                 order by o.finished_at desc limit 1) = 'gave_up' then 'sms_failed' end], null),
    spent.until
  from users u
  join companies c on c.id = u.company_id
  left join alternate_emails e on e.user_id = u.id and e.position = 0
  left join mobile_phones m on m.user_id = u.id
  left join lateral (
    -- The time of the hit that has to grow old before the next is free.
    select max(b.hits[cardinality(b.hits) - limits.most + 1] + interval '1 day') as until
    from (values ('start/account/' || account_key(u.user_id_normalised), starts_a_day),
                 ('wrong-code/account/' || account_key(u.user_id_normalised), codes_a_day),
                 ('sms/day/' || m.number, sms_a_day)) limits (key, most)
    join budgets b on b.key = limits.key
    where cardinality(b.hits) >= limits.most and b.hits[cardinality(b.hits) - limits.most + 1] > now() - interval '1 day'
  ) spent on u.role <> 'user'
  where u.id = person
$$;
comment on function readiness_of is 'Whether a user could reset today: reasons why not (the conditions of the wizard''s start; none: they could), what makes it doubtful, and until when a limit holds. The one place of this rule; a test walks the wizard beside it.';
