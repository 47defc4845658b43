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
