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
