-- How much a visitor has to show depends on what the network did in the last hour, and on nothing else: quiet networks see the least.

create function network_level(network_key text, busy_after integer, crowded_after integer) returns integer
language sql volatile as $$
  select case when counted.n >= crowded_after then 2 when counted.n >= busy_after then 1 else 0 end
  from (select count(*) as n from budgets b, unnest(b.hits) h
        where b.key = network_key and h > now() - interval '1 hour') counted
$$;
comment on function network_level is '0: quiet, 1: busy, 2: crowded, by the starts and wrong answers of the last hour. Volatile, so that inside a statement it sees what that statement has counted.';

create function count_wrong_answer(network_key text, most integer, busy_after integer, crowded_after integer)
returns table (network_until timestamptz, level integer)
language plpgsql volatile as $$
begin
  network_until := take_budget(network_key, most, interval '1 hour');
  level := network_level(network_key, busy_after, crowded_after);
  return next;
end
$$;
comment on function count_wrong_answer is 'Counts a wrong answer against the network: until when it has to wait, if at all, and what its next page has to ask for.';

create function admit_by_level(
  network_key text, most_of_network integer,
  without_puzzle boolean, puzzle_network_key text, most_of_puzzle_network integer,
  puzzle_domain_key text, most_of_puzzle_domain integer,
  challenge bytea, challenge_until timestamptz,
  second_challenge bytea, second_until timestamptz,
  enough_for integer, busy_after integer, crowded_after integer)
returns table (network_until timestamptz, puzzle_until timestamptz, passed boolean, enough boolean, level integer)
language plpgsql volatile as $$
begin
  select gate.network_until, gate.puzzle_until, gate.passed
    into admit_by_level.network_until, admit_by_level.puzzle_until, admit_by_level.passed
    from admit(network_key, most_of_network, without_puzzle, puzzle_network_key, most_of_puzzle_network,
               puzzle_domain_key, most_of_puzzle_domain, challenge, challenge_until) gate;
  -- The visit is counted by now, and the network's row is locked until the commit: of many at once each sees those before it.
  enough := without_puzzle or enough_for >= network_level(network_key, busy_after + 1, crowded_after + 1);
  level := network_level(network_key, busy_after, crowded_after);
  if admit_by_level.passed and second_challenge is not null then
    insert into spent_challenges (id_hash, expires_at) values (second_challenge, second_until) on conflict do nothing;
    admit_by_level.passed := found and second_until > now();
  end if;
  admit_by_level.passed := admit_by_level.passed and enough;
  return next;
end
$$;
comment on function admit_by_level is 'admit, and whether what the visitor showed is enough for what the network did before: judged here, so that a page of a quieter time is worth no more than one of now. A challenge is spent also where it was not enough.';
