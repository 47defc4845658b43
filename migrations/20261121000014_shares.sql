-- What strangers use up and what the person needs are counted apart: by the network that asks, and by whether the person was there before.

alter table reset_attempts add column network text collate "C" not null default '' check (length(network) <= 60);
comment on column reset_attempts.network is 'From where it was started, an IPv4 address or an IPv6 /64: its mails count for that network. Empty: started before this was kept.';

create function knows_place(person uuid, at text, days integer) returns boolean
language sql stable as $$
  select exists (select from sign_in_places p where p.user_id = person and p.network = at and p.last_seen_at > now() - make_interval(days => days))
$$;
comment on function knows_place is 'Whether a person was let in from there in these days. False for nobody, by the same look.';

create function take_mail(
  address text, network text, own_place boolean,
  most_an_hour_of_network integer, most_a_day_of_network integer, most_an_hour integer, most_a_day integer)
returns timestamptz
language plpgsql volatile as $$
declare
  place text := case when own_place then '-place' else '' end;
  share record;
  next_free timestamptz;
  taken text[] := '{}';
begin
  -- Networks first, then by the key downwards: in the order in which a lift locks them.
  for share in
    select * from (values
      (1, 'mail/hour/' || address || '/network/' || network, most_an_hour_of_network, interval '1 hour'),
      (2, 'mail/day/' || address || '/network/' || network, most_a_day_of_network, interval '1 day'),
      (3, 'mail/hour' || place || '/' || address, most_an_hour, interval '1 hour'),
      (4, 'mail/day' || place || '/' || address, most_a_day, interval '1 day')) s(nth, key, most, period)
    where nth > 2 or not own_place
    order by nth
  loop
    next_free := take_budget(share.key, share.most, share.period);
    if next_free is not null then
      -- Nothing is sent, so nothing of the others is used up.
      update budgets b set hits = b.hits[1:cardinality(b.hits) - 1] where b.key = any(taken);
      return next_free;
    end if;
    taken := taken || share.key;
  end loop;
  return null;
end
$$;
comment on function take_mail(text, text, boolean, integer, integer, integer, integer) is 'Takes one mail that a visitor asked for from the budgets of an address, or from none of them: null when it may be sent, else the time of the next. A network has a share of its own below the address''s, and what was asked for where the person was before counts apart, so that strangers use up neither. address: its account_key.';
comment on function take_mail(text, integer, integer) is 'As take_mail with a network, without its share: for nodes of the release before.';

create index failures_in_a_row_of_network on failures_in_a_row (last_at desc) where network <> '' and failures >= 20;
comment on column failures_in_a_row.network is 'Those from one network; empty: those from everywhere that were compared, so that one network by itself stops no account.';

create function remember_place(person uuid, at text, days integer, most integer) returns void
language sql volatile as $$
  insert into sign_in_places as p (user_id, network) values (person, at)
  on conflict (user_id, network) do update
    set last_seen_at = now(),
        first_seen_at = case when p.last_seen_at > now() - make_interval(days => days) then p.first_seen_at else now() end;
  delete from sign_in_places p
  where p.user_id = person
    and p.network in (select o.network from sign_in_places o where o.user_id = person and o.network <> at
                      order by o.last_seen_at desc offset most - 1);
$$;
comment on function remember_place is 'A person proved from there who they are: by a sign-in, a finished reset, or a one-time link. Keeps so many places. Call it after the user''s row is locked.';
comment on table sign_in_places is 'From where people signed in, reset their password or used a one-time link: from another place they are told of a sign-in, and a flood from elsewhere does not shut them out here. 20 a person, none that was not seen for 180 days but the last one.';

create function forget_failures(of_account text, of_kind text) returns integer
language sql volatile as $$
  with held as materialized (
    select f.network from failures_in_a_row f where f.account = of_account and f.kind = of_kind order by f.network desc for update),
  gone as (
    delete from failures_in_a_row f using held where f.account = of_account and f.kind = of_kind and f.network = held.network returning 1)
  select count(*)::integer from gone
$$;
comment on function forget_failures is 'A right one was given, or a limit lifted. Locks the rows of networks before that of all, as a sign-in takes them: two never wait for each other. Gives how many rows there were.';

-- Each gives one row, or a company's few administrators. By the planner's guess of a thousand, a start joined every user there is.
alter function admit rows 1;
alter function admit_by_level rows 1;
alter function count_wrong_answer rows 1;
alter function take_text rows 1;
alter function readiness_of rows 1;
alter function administrators_places rows 10;
alter function administrators_to_tell rows 10;
