-- When a budget is free again is said in one place; what nobody needs any more goes.

create function budget_free_at(budget_key text, most integer, period interval) returns timestamptz
language sql stable as $$
  select b.hits[cardinality(b.hits) - most + 1] + period
  from budgets b where b.key = budget_key and b.hits[cardinality(b.hits) - most + 1] > now() - period
$$;
comment on function budget_free_at is 'When a budget that is used up gives its next one: when the oldest of the last so many is over. Null while there is one left. Looks only; hits are kept in the order of their times.';

create or replace function take_budget(budget_key text, most integer, period interval) returns timestamptz
language plpgsql volatile as $$
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
  return coalesce(budget_free_at(budget_key, most, period), now() + period);
end
$$;

-- By these, what is old is found without reading what is young.
create index outbox_old on outbox (finished_at) where attempt_id is null and state <> 'queued';
create index contact_requests_closed on contact_requests (closed_at) where state <> 'open';
create index reset_batches_created on reset_batches (created_at);
