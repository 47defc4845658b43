-- "This was not me" becomes an incident that global administrators see, and every deed is told to whoever has to know.

alter table reset_tokens drop constraint reset_tokens_deed_check;
alter table reset_tokens add constraint reset_tokens_deed_check
  check (deed in ('password_reset', 'password_changed', 'contact_changed', 'temporary_password', 'link_handed_over', 'signed_in', 'partial_reset',
                  'role_changed', 'block_lifted'));

create table incidents (
  id uuid primary key,
  company_id uuid not null references companies on delete cascade,
  user_id uuid references users on delete set null,
  principal text not null check (length(principal) <= 254),
  deed text not null
    check (deed in ('password_reset', 'password_changed', 'contact_changed', 'temporary_password', 'link_handed_over', 'signed_in', 'partial_reset',
                    'role_changed', 'block_lifted', 'reset_asked')),
  deed_at timestamptz not null,
  reported_at timestamptz not null default now(),
  reports integer not null default 1 check (reports > 0),
  latest_at timestamptz not null default now(),
  network text not null,
  via text check (via in ('mailbox', 'alternate_email', 'former_alternate_email')),
  attempt_id uuid,
  state text not null default 'open' check (state in ('open', 'closed')),
  closed_at timestamptz,
  closed_by text,
  note text check (length(note) <= 500),
  check ((state = 'closed') = (closed_at is not null and closed_by is not null and note is not null))
);
comment on table incidents is 'What people said was not they: for the global administrators of their company. Opened in the statement that blocks the account or ends the attempt.';
comment on column incidents.id is 'Made by the service; grows with time.';
comment on column incidents.company_id is 'Whose people.';
comment on column incidents.user_id is 'Who pressed the button, while that person exists: deleting somebody hides no incident.';
comment on column incidents.principal is 'The user ID as it was.';
comment on column incidents.deed is 'Of what the person was told (domain::deed). reset_asked: of a reset that had no new password yet; nobody is blocked for it.';
comment on column incidents.deed_at is 'When that was.';
comment on column incidents.reported_at is 'When the button was pressed first.';
comment on column incidents.reports is 'How often it was pressed for the same kind of deed while this was open: a flood of starts is one incident.';
comment on column incidents.latest_at is 'When it was pressed last.';
comment on column incidents.network is 'From which network it was pressed first.';
comment on column incidents.via is 'In the mail to which contact of the person, as its link says: a hint, no proof. Null: the link does not say.';
comment on column incidents.attempt_id is 'The reset behind the deed, if there was one. No reference: the incident outlives it.';
comment on column incidents.state is 'open, then closed by a global administrator or operator.';
comment on column incidents.closed_at is 'When.';
comment on column incidents.closed_by is 'Who: a user ID, or operator:name.';
comment on column incidents.note is 'What they found out, in their words.';
create unique index incidents_open on incidents (user_id, deed) where state = 'open';
create index incidents_company on incidents (company_id, state, reported_at desc, id desc);
create index incidents_user on incidents (user_id) where user_id is not null;

alter table reset_batch_items add column told_at timestamptz;
comment on column reset_batch_items.told_at is 'When the other global administrators were told of this reset, in one mail a batch. Null: not yet, or nothing was sent.';
update reset_batch_items set told_at = now();
create index reset_batch_items_untold on reset_batch_items (batch_id) where told_at is null and outcome in ('sent_email', 'sent_sms');
create index reset_attempts_left on reset_attempts (code_expires_at)
  where code_tries >= 5 and code_proven_at is null and ended_at is null and finished_at is null;

create function administrators_to_tell(company uuid, about uuid, doer uuid, told text[])
returns table (id uuid, recipient text)
language sql stable as $$
  select distinct on (lower(r.recipient)) r.id, r.recipient
  from (select g.id, case when c.user_id_is_mailbox then g.user_id else e.address end as recipient
        from users g
        join companies c on c.id = g.company_id
        left join alternate_emails e on e.user_id = g.id and e.position = 0
        where g.company_id = company and g.role = 'global_administrator' and g.blocked_at is null
          and g.id is distinct from about and g.id is distinct from doer) r
  where r.recipient is not null and lower(r.recipient) not in (select lower(t) from unnest(told) t)
  order by lower(r.recipient), r.id
$$;
comment on function administrators_to_tell is 'The other global administrators of a company, with where each is told of a deed: neither whom it is about nor who did it, and no address twice nor one of those told already.';

create function take_text_of_company(company uuid, number text) returns timestamptz
language sql volatile as $$
  select coalesce(take_budget('text/10-minutes/' || company || '/' || number, 3, interval '10 minutes'),
                  take_budget('text/day/' || company || '/' || number, 10, interval '1 day'))
$$;
comment on function take_text_of_company is 'Takes one of the texts besides codes that one number gets for a company: 3 in 10 minutes, 10 a day. Null when it may be sent. Apart from the budget of codes, so that no notice keeps a person from a code.';

create function open_incident(
  incident uuid, event uuid, company uuid, person uuid, of_deed text, at_time timestamptz, from_network text, from_contact text, of_attempt uuid)
returns boolean
language plpgsql volatile as $$
declare
  fresh boolean;
begin
  insert into incidents as i (id, company_id, user_id, principal, deed, deed_at, network, via, attempt_id)
  select incident, company, u.id, u.user_id, of_deed, at_time, from_network, from_contact, of_attempt from users u where u.id = person
  on conflict (user_id, deed) where state = 'open' do update set reports = i.reports + 1, latest_at = now()
  returning i.id = incident into fresh;
  if fresh then
    insert into audit_events (id, event, company_id, user_id, subject, actor, attempt_id, network, outcome, details)
    select event, 'incident_opened', company, u.id, u.user_id, 'visitor', of_attempt, from_network, 'done',
           jsonb_build_object('incident', incident, 'deed', of_deed)
    from users u where u.id = person;
    insert into outbox (id, channel, company_id, person, recipient, deliverable, message)
    select gen_random_uuid(), 'email', company, a.id, a.recipient, true,
           jsonb_build_object('kind', 'incident_opened', 'incident', incident, 'user_id', u.user_id, 'display_name', u.display_name,
                              'deed', of_deed, 'deed_at', at_time, 'at', now())
    from users u, administrators_to_tell(company, person, null, '{}') a where u.id = person;
  end if;
  return coalesce(fresh, false);
end
$$;
comment on function open_incident is 'Opens the incident of a person and deed, records it and tells every global administrator but that person; or counts one more report of the one that is open. True: it was opened.';
