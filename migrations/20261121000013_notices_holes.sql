-- Holes in who is told: the places where administrators hear of deeds, and reports that an older open one swallowed.

create function administrators_places(company uuid) returns table (id uuid, recipient text)
language sql stable as $$
  select g.id, e.address
  from users g join alternate_emails e on e.user_id = g.id and e.position = 0
  where g.company_id = company and g.role = 'global_administrator'
  union all
  select g.id, g.user_id
  from users g join companies c on c.id = g.company_id
  where g.company_id = company and g.role = 'global_administrator'
    and (c.user_id_is_mailbox or not exists (select from alternate_emails e where e.user_id = g.id and e.position = 0))
$$;
comment on function administrators_places is 'Where each global administrator of a company hears of deeds: the first address always, and the user ID where it is a mailbox, or where there is no address. Not one or the other by a setting, or whoever turns the setting sends the notices to nobody. Blocked ones, too: whoever blocks somebody must not thereby do the rest in silence.';

create or replace function administrators_to_tell(company uuid, about uuid, doer uuid, told text[])
returns table (id uuid, recipient text)
language sql stable as $$
  select distinct on (lower(p.recipient)) p.id, p.recipient
  from administrators_places(company) p
  where p.id is distinct from about and p.id is distinct from doer
    and lower(p.recipient) not in (select lower(t) from unnest(told) t)
  order by lower(p.recipient), p.id
$$;
comment on function administrators_to_tell is 'The other global administrators of a company, with every place where each is told of a deed: neither whom it is about nor who did it, and no address twice nor one of those told already.';

-- Each deed that is reported is a report of its own: one that stayed open for weeks must not swallow the next. Only starts of a reset,
-- which anybody can cause any number of times, are counted in one.
drop index incidents_open;
create unique index incidents_open on incidents (user_id, deed) where state = 'open' and deed = 'reset_asked';
comment on column incidents.deed_at is 'When that was. Of reset_asked: the last start that was reported.';
comment on column incidents.reports is 'How often it was pressed while this was open. More than once only of reset_asked: a flood of starts is one incident.';
comment on column incidents.network is 'From which network it was pressed last.';
comment on column incidents.via is 'In the mail to which contact of the person, as its link says: a hint, no proof. Of the last press. Null: the link does not say.';
comment on column incidents.attempt_id is 'The reset behind the deed, if there was one; of reset_asked the last. No reference: the incident outlives it.';

create or replace function open_incident(
  incident uuid, event uuid, company uuid, person uuid, of_deed text, at_time timestamptz, from_network text, from_contact text, of_attempt uuid)
returns boolean
language plpgsql volatile as $$
declare
  opened uuid;
  next_told timestamptz;
begin
  insert into incidents as i (id, company_id, user_id, principal, deed, deed_at, network, via, attempt_id)
  select incident, company, u.id, u.user_id, of_deed, at_time, from_network, from_contact, of_attempt from users u where u.id = person
  on conflict (user_id, deed) where state = 'open' and deed = 'reset_asked' do update
    set reports = i.reports + 1, latest_at = now(), deed_at = excluded.deed_at, network = excluded.network, via = excluded.via,
        attempt_id = excluded.attempt_id
  returning i.id into opened;
  if opened is null then
    return false;
  end if;
  -- Taken by the first one, too: what is counted with it is told again on another day.
  if of_deed = 'reset_asked' then
    next_told := take_budget('incident/' || person || '/' || of_deed, 1, interval '1 day');
  end if;
  if opened = incident or next_told is null then
    insert into audit_events (id, event, company_id, user_id, subject, actor, attempt_id, network, outcome, details)
    select event, 'incident_opened', company, u.id, u.user_id, 'visitor', of_attempt, from_network, 'done',
           jsonb_build_object('incident', opened, 'deed', of_deed)
    from users u where u.id = person;
    insert into outbox (id, channel, company_id, person, recipient, deliverable, message)
    select gen_random_uuid(), 'email', company, a.id, a.recipient, true,
           jsonb_build_object('kind', 'incident_opened', 'incident', opened, 'user_id', u.user_id, 'display_name', u.display_name,
                              'deed', of_deed, 'deed_at', at_time, 'at', now())
    from users u, administrators_to_tell(company, person, null, '{}') a where u.id = person;
  end if;
  return opened = incident;
end
$$;
comment on function open_incident is 'Opens the incident of a person and deed, records it and tells every global administrator but that person. Of starts of a reset the one that is open counts one more and knows the last, told again once a day. True: it was opened.';
