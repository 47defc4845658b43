-- What somebody could go round in the second pair of eyes: a block, a lifted block, and a session that outlived its owner's recovery.

alter table pending_changes drop constraint pending_changes_kind_check;
alter table pending_changes add constraint pending_changes_kind_check check (kind in ('user', 'reset', 'setting', 'unblock'));
comment on column pending_changes.kind is 'user: contact data or role. reset: a one-time link. setting: the company''s rule becomes weaker. unblock: a block is lifted.';

alter table pending_changes add column doubt text;
comment on column pending_changes.doubt is 'Why it is carried out no more: what happened to whoever asked, or to its person, while it waited. The next look, or an approval, ends it as void with this reason.';
create index pending_changes_doubted on pending_changes (requested_at) where state = 'waiting' and doubt is not null;

create function its_person_may_refuse(kind text, wanted jsonb) returns boolean
language sql immutable as $$
  select kind <> 'unblock' and coalesce(wanted->>'role', 'global_administrator') = 'global_administrator'
$$;
comment on function its_person_may_refuse is 'Whether a change that waits rests on its person, too, being able to refuse it. Not a lifted block, nor a role taken from whoever is shut out: the others judge those.';

-- One rule for every road to a block or a new password: whatever statement does it, this follows in its transaction.
create function doubt_what_waits() returns trigger
language plpgsql as $$
begin
  if new.password_changed_at is distinct from old.password_changed_at then
    update pending_changes set doubt = 'password' where requested_by = new.id and state = 'waiting' and doubt is null;
  end if;
  if new.blocked_at is not null and old.blocked_at is null then
    update pending_changes set doubt = 'requester' where requested_by = new.id and state = 'waiting' and doubt is null;
  end if;
  if (new.blocked_at, new.blocked_because) is distinct from (old.blocked_at, old.blocked_because) then
    update pending_changes set doubt = case kind when 'unblock' then 'changed' else 'shut_out' end
    where target_id = new.id and state = 'waiting' and doubt is null and (kind = 'unblock' or its_person_may_refuse(kind, wanted));
  end if;
  return null;
end
$$;
comment on function doubt_what_waits is 'Marks what waits when whoever asked is blocked or gets a new password (a thief may have asked in their session), and when its person is shut out or let in meanwhile (they could not refuse it all the time).';
create trigger doubt_what_waits after update of password_changed_at, blocked_at, blocked_because on users
  for each row execute function doubt_what_waits();
