-- Reset attempts and everything that one walk through the wizard touches.

create table reset_attempts (
  id uuid primary key,
  session_hash bytea not null unique check (octet_length(session_hash) = 32),
  previous_session_hash bytea check (octet_length(previous_session_hash) = 32),
  typed_user_id text not null check (length(typed_user_id) <= 254),
  company_id uuid references companies on delete cascade,
  user_id uuid references users on delete cascade,
  browser text not null,
  started_at timestamptz not null default now(),
  late boolean not null default false,
  email_sends smallint not null default 1,
  email_sent_at timestamptz not null default now(),
  email_expires_at timestamptz not null,
  email_proven_at timestamptz,
  code_sends smallint not null default 0,
  code_sent_at timestamptz,
  code_expires_at timestamptz,
  code_tries smallint not null default 0 check (code_tries between 0 and 5),
  code_repeats smallint not null default 0 check (code_repeats between 0 and 5),
  code_proven_at timestamptz,
  password_expires_at timestamptz,
  finished_at timestamptz,
  receipt text,
  sessions_ended integer,
  ended_at timestamptz,
  end_reason text check (end_reason in ('expired', 'replaced', 'used', 'too_many_tries', 'switched_off', 'not_me')),
  replaced_by uuid,
  check ((ended_at is null) = (end_reason is null)),
  check (code_proven_at is null or email_proven_at is not null),
  check (finished_at is null or code_proven_at is not null),
  check (finished_at is null or user_id is not null),
  check (email_proven_at is null or code_expires_at is not null),
  check (code_proven_at is null or password_expires_at is not null)
);
comment on table reset_attempts is 'One walk through the wizard: what was proven and when. The page it stands on is computed from these facts, never stored. Also for whoever can''t reset (a decoy), so that their road is the same.';
comment on column reset_attempts.id is 'Made by the service; the correlation id of its audit events.';
comment on column reset_attempts.session_hash is 'SHA-256 of the browser session''s id: who holds the cookie holds the attempt, the database alone does not. Changes at each proof.';
comment on column reset_attempts.previous_session_hash is 'The hash before the last proof: a double-submitted proof is answered like the first for a minute.';
comment on column reset_attempts.typed_user_id is 'What was typed, for the form of a new start.';
comment on column reset_attempts.company_id is 'The company of the user; null for a decoy.';
comment on column reset_attempts.user_id is 'Who can reset here; null for a decoy, whatever the reason.';
comment on column reset_attempts.browser is 'Browser and system in words, for the mail and for who opens the link elsewhere.';
comment on column reset_attempts.started_at is 'All deadlines end 30 minutes after this.';
comment on column reset_attempts.late is 'Started without a puzzle: the message waits a minute.';
comment on column reset_attempts.email_sends is 'E-mails so far; the first and three more at most.';
comment on column reset_attempts.email_sent_at is 'When the newest was queued: a resend has to wait.';
comment on column reset_attempts.email_expires_at is 'Until when the newest link is good.';
comment on column reset_attempts.email_proven_at is 'When the link was opened in this browser: the first proof.';
comment on column reset_attempts.code_sends is 'SMS so far; the first and three more at most.';
comment on column reset_attempts.code_sent_at is 'When the newest was queued.';
comment on column reset_attempts.code_expires_at is 'Until when the newest code is good.';
comment on column reset_attempts.code_tries is 'Codes tried, counted before each comparison; kept over resends (N-14). The check is the last fence of five.';
comment on column reset_attempts.code_repeats is 'Codes tried in the session before the second proof, by a double submit: a fence of its own, since the right code may have been the fifth try.';
comment on column reset_attempts.code_proven_at is 'When the right code was typed: the second proof.';
comment on column reset_attempts.password_expires_at is 'Until when a new password is taken.';
comment on column reset_attempts.finished_at is 'When the new password was set, in the same statement as the password itself.';
comment on column reset_attempts.receipt is 'The number that the person is shown and the audit log can find.';
comment on column reset_attempts.sessions_ended is 'How many signed-in sessions the reset ended, for the last page.';
comment on column reset_attempts.ended_at is 'When something ended it. Running out of time needs no row: it is computed.';
comment on column reset_attempts.end_reason is 'What ended it.';
comment on column reset_attempts.replaced_by is 'The newer attempt in the same browser, so that its older links can say so.';
create index reset_attempts_previous on reset_attempts (previous_session_hash) where previous_session_hash is not null;
create index reset_attempts_user on reset_attempts (user_id) where user_id is not null;
create index reset_attempts_started on reset_attempts (started_at);

create table reset_tokens (
  id uuid primary key,
  purpose text not null check (purpose in ('email_link', 'security_code', 'not_me', 'set_password')),
  attempt_id uuid references reset_attempts on delete cascade,
  user_id uuid references users on delete cascade,
  nonce bytea not null check (octet_length(nonce) = 32),
  key_id text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  consumed_at timestamptz,
  replaced_at timestamptz
);
comment on table reset_tokens is 'What a link or code is derived from. The secret itself is HMAC(key, nonce) and is stored nowhere: this table opens nothing.';
comment on column reset_tokens.id is 'Made by the service; part of a link''s token, so that it can be found.';
comment on column reset_tokens.purpose is 'A secret of one purpose is refused for every other (V-08).';
comment on column reset_tokens.attempt_id is 'The attempt it belongs to: a code of one attempt is wrong in every other.';
comment on column reset_tokens.user_id is 'Whose it is, for links that belong to a person and not to an attempt.';
comment on column reset_tokens.nonce is '32 random bytes.';
comment on column reset_tokens.key_id is 'Public id of the key that it is derived with, so that keys can be rotated.';
comment on column reset_tokens.created_at is 'When it was made.';
comment on column reset_tokens.expires_at is 'Judged by the database''s clock in the statement that spends it, never by a clean-up job (V-39).';
comment on column reset_tokens.consumed_at is 'Spent: set once, by the statement that has its effect.';
comment on column reset_tokens.replaced_at is 'Dead because a newer one took its place.';
create index reset_tokens_attempt on reset_tokens (attempt_id, purpose) where attempt_id is not null;
create index reset_tokens_user on reset_tokens (user_id) where user_id is not null and consumed_at is null and replaced_at is null;
create index reset_tokens_created on reset_tokens (created_at);

create table spent_challenges (
  id_hash bytea primary key check (octet_length(id_hash) = 32),
  expires_at timestamptz not null
);
comment on table spent_challenges is 'CAPTCHA challenges that were answered, right or wrong: each counts once. Unanswered ones need no row.';
comment on column spent_challenges.id_hash is 'Hash of the challenge''s id.';
comment on column spent_challenges.expires_at is 'After this the challenge is dead anyway and the row can go.';
create index spent_challenges_expires on spent_challenges (expires_at);

create table budgets (
  key text collate "C" primary key check (length(key) <= 200),
  hits timestamptz[] not null,
  fresh_until timestamptz not null
);
comment on table budgets is 'How often something happened lately, over all nodes: exact, one row a subject. Only what is spent stands here; what is allowed is in the configuration.';
comment on column budgets.key is 'What and who, such as start/network/192.0.2.7. User IDs stand as a hash.';
comment on column budgets.hits is 'The times inside the period, oldest first.';
comment on column budgets.fresh_until is 'After this no hit counts any more and the row can go.';
create index budgets_fresh on budgets (fresh_until);

create function take_budget(budget_key text, most integer, period interval) returns timestamptz
language plpgsql volatile as $$
declare
  next_free timestamptz;
begin
  insert into budgets as b (key, hits, fresh_until)
  values (budget_key, array[now()], now() + period)
  on conflict (key) do update
    set hits = array(select h from unnest(b.hits) h where h > now() - period order by h) || now(),
        fresh_until = now() + period
    where (select count(*) from unnest(b.hits) h where h > now() - period) < most;
  if found then
    return null;
  end if;
  select (array(select h from unnest(b.hits) h where h > now() - period order by h desc))[most] + period
    into next_free from budgets b where b.key = budget_key;
  return coalesce(next_free, now() + period);
end
$$;
comment on function take_budget is 'Takes one from a budget: null when there was one left, else the time of the next. Counts before whatever it protects (V-26), exactly, under the row''s lock.';

create function admit(
  network_key text, most_of_network integer,
  without_puzzle boolean, puzzle_network_key text, most_of_puzzle_network integer,
  puzzle_domain_key text, most_of_puzzle_domain integer,
  challenge bytea, challenge_until timestamptz)
returns table (network_until timestamptz, puzzle_until timestamptz, passed boolean)
language plpgsql volatile as $$
begin
  passed := false;
  network_until := take_budget(network_key, most_of_network, interval '1 hour');
  if network_until is null and without_puzzle then
    puzzle_until := coalesce(take_budget(puzzle_network_key, most_of_puzzle_network, interval '1 hour'),
                             take_budget(puzzle_domain_key, most_of_puzzle_domain, interval '1 hour'));
  end if;
  if network_until is null and puzzle_until is null then
    if challenge is null then
      passed := true;
    else
      -- Spent here, in the statement that acts on it: of two answers to one challenge one counts (V-68).
      insert into spent_challenges (id_hash, expires_at) values (challenge, challenge_until) on conflict do nothing;
      passed := found and challenge_until > now();
    end if;
  end if;
  return next;
end
$$;
comment on function admit is 'Whether a visitor who named someone may go on: the network''s budget, the two of the way without a puzzle, the challenge. Says until when to wait. Looks at nobody.';

create function take_sms(number text, most_in_10_minutes integer, most_a_day integer) returns timestamptz
language plpgsql volatile as $$
declare
  next_free timestamptz;
begin
  next_free := take_budget('sms/day/' || number, most_a_day, interval '1 day');
  if next_free is not null then
    return next_free;
  end if;
  next_free := take_budget('sms/10-minutes/' || number, most_in_10_minutes, interval '10 minutes');
  if next_free is not null then
    -- Nothing is sent, so nothing of the day is used up.
    update budgets b set hits = b.hits[1:cardinality(b.hits) - 1] where b.key = 'sms/day/' || number;
  end if;
  return next_free;
end
$$;
comment on function take_sms is 'Takes one SMS from both budgets of a number, or from neither: null when it may be sent, else the time of the next.';

create table sessions (
  id_hash bytea primary key check (octet_length(id_hash) = 32),
  user_id uuid references users on delete cascade,
  data jsonb not null,
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  expires_at timestamptz not null
);
comment on table sessions is 'Signed-in browser sessions. The wizard needs none: its attempt row is its session.';
comment on column sessions.id_hash is 'SHA-256 of the id in the cookie: a copy of this table signs nobody in.';
comment on column sessions.user_id is 'Who is signed in, so that a reset can end the sessions of one person.';
comment on column sessions.data is 'What the session holds, without the id.';
comment on column sessions.created_at is 'For the absolute lifetime.';
comment on column sessions.seen_at is 'Changed once a minute at most, for the idle limit.';
comment on column sessions.expires_at is 'Absolute end.';
create index sessions_user on sessions (user_id) where user_id is not null;
create index sessions_expires on sessions (expires_at);

create table outbox (
  id uuid primary key,
  channel text not null check (channel in ('email', 'sms')),
  company_id uuid references companies on delete cascade,
  attempt_id uuid references reset_attempts on delete cascade,
  token_id uuid references reset_tokens on delete cascade,
  recipient text not null,
  deliverable boolean not null,
  message jsonb not null,
  state text not null default 'queued' check (state in ('queued', 'sent', 'gave_up', 'too_late', 'withdrawn', 'undeliverable')),
  created_at timestamptz not null default now(),
  run_at timestamptz not null default now(),
  deadline timestamptz,
  lease_until timestamptz,
  lease_by uuid,
  tries smallint not null default 0,
  maybe_sent smallint not null default 0,
  last_error text,
  provider_reference text,
  finished_at timestamptz
);
comment on table outbox is 'Every mail and SMS, queued in the transaction of what it tells. Holds facts, never a link or code: these are derived as it is sent.';
comment on column outbox.id is 'Made by the service; also the Message-ID, so that a retry is the same message.';
comment on column outbox.channel is 'email or sms.';
comment on column outbox.company_id is 'For operators and the portal; null for a decoy.';
comment on column outbox.attempt_id is 'The attempt that it belongs to, if any.';
comment on column outbox.token_id is 'The token whose link or code it carries, if any. Replaced or spent: the message is withdrawn.';
comment on column outbox.recipient is 'Address or number, copied as it was queued: a later edit redirects nothing.';
comment on column outbox.deliverable is 'False for a decoy: claimed, rendered and dropped like every other, but handed to nobody.';
comment on column outbox.message is 'Which message, with its facts (domain::message).';
comment on column outbox.state is 'queued, then one of the ends. gave_up: the provider refused for good, or tries ran out.';
comment on column outbox.created_at is 'When it was queued.';
comment on column outbox.run_at is 'Not before this: back-off, or the wait of a start without a puzzle.';
comment on column outbox.deadline is 'Not after this: a link or code that would arrive dead is dropped. Null for notices.';
comment on column outbox.lease_until is 'A worker has it until then; after that another may take it.';
comment on column outbox.lease_by is 'Which worker: only it may finish the row.';
comment on column outbox.tries is 'How often it was handed to a sender.';
comment on column outbox.maybe_sent is 'How often it may have left without our knowing: the answer was lost, or the worker died with it. A text message may twice (R-10).';
comment on column outbox.last_error is 'The last answer in a few words, without address, number or text.';
comment on column outbox.provider_reference is 'What the provider calls it, as evidence.';
comment on column outbox.finished_at is 'When it reached an end.';
create index outbox_due on outbox (run_at) where state = 'queued';
create index outbox_attempt on outbox (attempt_id) where attempt_id is not null;
create index outbox_token on outbox (token_id) where token_id is not null;
create index outbox_finished on outbox (finished_at desc) where state = 'sent';

create table audit_events (
  id uuid primary key,
  at timestamptz not null default now(),
  event text not null,
  company_id uuid,
  user_id uuid,
  subject text not null,
  actor text not null,
  attempt_id uuid,
  network text,
  outcome text not null,
  details jsonb not null default '{}'
);
comment on table audit_events is 'What happened, in the transaction in which it happened. The service''s role may insert and read, nothing else.';
comment on column audit_events.id is 'Made by the service; grows with time.';
comment on column audit_events.at is 'The database''s clock.';
comment on column audit_events.event is 'What (domain::audit).';
comment on column audit_events.company_id is 'Whose company; null when nobody''s. No foreign key: an event outlives what it tells of.';
comment on column audit_events.user_id is 'About which user, where there is one. For administrators'' eyes only.';
comment on column audit_events.subject is 'The user ID or other name it is about, as it was typed.';
comment on column audit_events.actor is 'Who did it: visitor, a user ID, operator:name, or service.';
comment on column audit_events.attempt_id is 'Ties the steps of one attempt together.';
comment on column audit_events.network is 'The client''s address, where a browser did it.';
comment on column audit_events.outcome is 'done, or the reason why not.';
comment on column audit_events.details is 'What else an administrator needs: before and after, counts. Never a secret.';
create index audit_events_company_at on audit_events (company_id, at desc);
create index audit_events_attempt on audit_events (attempt_id) where attempt_id is not null;

create table contact_requests (
  id uuid primary key,
  company_id uuid not null references companies on delete cascade,
  user_id uuid not null references users on delete cascade,
  browser text not null,
  asked_at timestamptz not null default now(),
  state text not null default 'open' check (state in ('open', 'done', 'refused')),
  closed_at timestamptz
);
comment on table contact_requests is 'What people asked with "Contact your administrator".';
comment on column contact_requests.id is 'Made by the service.';
comment on column contact_requests.company_id is 'Whose administrators were asked.';
comment on column contact_requests.user_id is 'Who asks.';
comment on column contact_requests.browser is 'Browser and system in words.';
comment on column contact_requests.asked_at is 'When; one open request a user in 24 hours.';
comment on column contact_requests.state is 'Open until an administrator resets or refuses.';
comment on column contact_requests.closed_at is 'When it was answered.';
create index contact_requests_user on contact_requests (user_id, asked_at desc);
create unique index contact_requests_open on contact_requests (user_id) where state = 'open';

create function end_attempts_of(ended_user uuid, reason text, except_attempt uuid) returns integer
language plpgsql volatile as $$
declare
  ended integer;
begin
  -- First the attempts, then what hangs on them, as every statement does it: a proof under way is waited for, and what it did is
  -- seen by what follows.
  perform from reset_attempts
  where user_id = ended_user and id is distinct from except_attempt and finished_at is null and ended_at is null
  order by id for update;
  update reset_tokens t set consumed_at = now()
  from reset_attempts a
  where a.user_id = ended_user and a.id is distinct from except_attempt and a.finished_at is null and a.ended_at is null
    and t.attempt_id = a.id and t.consumed_at is null and t.replaced_at is null;
  -- Before the first proof nothing may show that the user exists: the attempt goes on as a decoy (V-16).
  update reset_attempts set user_id = null, company_id = null
  where user_id = ended_user and id is distinct from except_attempt
    and finished_at is null and ended_at is null and email_proven_at is null;
  -- What ran out of time is over already, and its page says so.
  update reset_attempts set ended_at = now(), end_reason = reason
  where user_id = ended_user and id is distinct from except_attempt and finished_at is null and ended_at is null
    and coalesce(password_expires_at, code_expires_at) > now();
  get diagnostics ended = row_count;
  return ended;
end
$$;
comment on function end_attempts_of is 'Ends the attempts under way of a user: visibly after the first proof, silently before. Gives how many ended visibly. The one place of this rule.';
