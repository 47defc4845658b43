-- Audit events can only be added, and are sealed into a chain: whoever changes, removes or reorders one breaks it (architecture.md 5).

create table audit_seals (
  seq bigint primary key check (seq > 0),
  event_id uuid not null unique,
  key_id text not null,
  mac bytea not null check (octet_length(mac) = 32),
  sealed_at timestamptz not null
);
comment on table audit_seals is 'The chain over audit_events, made by the service each second. The service''s role may insert and read, nothing else.';
comment on column audit_seals.seq is 'Place in the chain: 1, 2, 3, without a gap.';
comment on column audit_seals.event_id is 'Which event. No foreign key: a seal outlives its event, and so shows that it is gone.';
comment on column audit_seals.key_id is 'Public id of the key that it is made with, so that keys can be rotated.';
comment on column audit_seals.mac is 'HMAC-SHA256 over the mac before, seq, sealed_at and every column of the event (domain::audit::seal).';
comment on column audit_seals.sealed_at is 'The database''s clock. Long after the event''s time: the service did not run, or someone put the event there later.';

create table audit_unsealed (
  event_id uuid primary key
);
comment on table audit_unsealed is 'Events that are not sealed yet, in whatever order they were committed. So sealing forgets none and never looks for one.';
comment on column audit_unsealed.event_id is 'Which event. The row goes in the transaction that seals it.';

create function queue_for_sealing() returns trigger
language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into audit_unsealed (event_id) select id from inserted;
  return null;
end
$$;
comment on function queue_for_sealing is 'Queues what a statement added, in its transaction: an event is sealed if and only if it is committed.';
create trigger queue_for_sealing after insert on audit_events
  referencing new table as inserted for each statement execute function queue_for_sealing();

create function refuse_to_change_the_past() returns trigger
language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
begin
  if current_user <> (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
    raise exception '% is only ever added to', tg_table_name using errcode = 'insufficient_privilege';
  end if;
  return null;
end
$$;
comment on function refuse_to_change_the_past is 'A second fence behind the grants: not even a role that was given too much changes an event or seal. The schema''s owner can, and breaks the chain.';
create trigger refuse_to_change_the_past before update or delete or truncate on audit_events
  for each statement execute function refuse_to_change_the_past();
create trigger refuse_to_change_the_past before update or delete or truncate on audit_seals
  for each statement execute function refuse_to_change_the_past();

create function only_the_next_seal() returns trigger
language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
begin
  if current_user <> (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid)
     and new.seq <> coalesce((select max(seq) from audit_seals), 0) + 1 then
    raise exception 'a seal comes right behind the last one' using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;
comment on function only_the_next_seal is 'Not even the service''s role puts a seal where no other could follow: the chain would never go on.';
create trigger only_the_next_seal before insert on audit_seals for each row execute function only_the_next_seal();

-- What was recorded before there was a chain is its beginning.
insert into audit_unsealed (event_id) select id from audit_events;

-- Lists are newest first and always of one company, or of nobody's.
create index audit_events_company_time on audit_events (company_id, at desc, id desc);
drop index audit_events_company_at;
create index audit_events_company_event on audit_events (company_id, event, at desc, id desc);
-- What went wrong is looked for; what went right is nearly everything.
create index audit_events_company_failure on audit_events (company_id, at desc, id desc) where outcome not in ('done', 'started');
create index audit_events_user on audit_events (user_id, at desc, id desc) where user_id is not null;
create index audit_events_subject on audit_events (company_id, lower(subject collate "C"), at desc);
create index audit_events_actor on audit_events (company_id, lower(actor collate "C"), at desc);
create index audit_events_receipt on audit_events ((details->>'receipt')) where details ? 'receipt';
