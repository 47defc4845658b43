//! Retry and cancel of messages: what the rules allow, fenced against workers, recorded; and lists that stay quick.

use sspr::{
    admin::{
        By as _, GlobalAdministrator, Operator,
        messages::{self, Outcome},
    },
    domain::{
        delivery::{Kind, NoCancel, NoRetry, State},
        user::Role,
    },
    random,
    senders::{Reason, SendError},
    store::{
        outbox::{
            self as queue,
            backlog::{Waiting, backlog},
            desk::{Filter, Listed},
        },
        paging::Cursor,
    },
};
use uuid::Uuid;

use crate::{
    role_table::Stage,
    support::{
        app::{Node, World},
        walk::{JOHN, JOHN_MAIL, NEW, Walk},
    },
};

fn operator() -> Operator {
    Operator::at_the_shell("ann")
}

/// The one message of this kind.
async fn the(world: &World, node: &Node, kind: Kind) -> Listed {
    let filter = Filter { kind: Some(kind), ..Filter::default() };
    let found = messages::list(&node.app.pool, &operator(), &filter, 10).await.unwrap();
    assert_eq!(found.len(), 1, "{kind:?}: {found:?}");
    assert!(world.database.url().contains("test_"));
    found.into_iter().next().unwrap()
}

async fn audited(world: &World) -> Vec<(String, String, String, serde_json::Value)> {
    sqlx::query_as(
        "select event, subject, actor, details from audit_events where event like 'message%' order by at, id",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_link_that_was_given_up_is_sent_again_to_the_same_person_and_recorded() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    world.mail.fail_next(SendError::GiveUp(Reason::new("smtp rcpt").code(550)));
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    node.drain().await;
    let message = the(&world, &node, Kind::ResetLink).await;
    assert_eq!(
        (message.state.as_str(), message.tries, message.provider.as_deref()),
        ("gave_up", 1, Some("mail"))
    );
    assert_eq!(message.user_id.as_deref(), Some(JOHN));
    assert!(message.is_failed() && message.answer.as_deref().is_some_and(|answer| answer.contains("550")));
    assert_eq!(messages::masked(&message), "j••••••h@••••••.com");

    let outcome = messages::retry(&node.app.pool, &operator(), message.id).await.unwrap();
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    let waiting = the(&world, &node, Kind::ResetLink).await;
    assert_eq!((waiting.state.as_str(), waiting.tries, waiting.finished_at), ("queued", 0, None));
    node.drain().await;
    assert_eq!(the(&world, &node, Kind::ResetLink).await.state, "sent");
    let mails = world.mail.take();
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), [JOHN_MAIL]);
    let recorded = audited(&world).await;
    assert_eq!(recorded.len(), 1);
    let (event, subject, actor, details) = &recorded[0];
    assert_eq!((event.as_str(), subject.as_str(), actor.as_str()), ("message_retried", JOHN, "operator:ann"));
    assert_eq!((&details["kind"], &details["tries"]), (&"reset_link".into(), &1.into()));

    // What was sent is never sent again from here.
    let again = messages::retry(&node.app.pool, &operator(), message.id).await.unwrap();
    assert!(matches!(again, Outcome::Refused(NoRetry::Sent)), "{again:?}");
    node.drain().await;
    assert_eq!((world.mail.take().len(), audited(&world).await.len()), (0, 1));
}

#[tokio::test]
async fn what_is_dead_late_or_may_have_left_twice_is_refused_and_stays_as_it_is() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    let id = the(&world, &node, Kind::ResetLink).await.id;
    for (spoil, mend, why) in [
        (
            "update reset_tokens set replaced_at = now()",
            "update reset_tokens set replaced_at = null",
            NoRetry::LinkDead,
        ),
        (
            "update reset_tokens set consumed_at = now()",
            "update reset_tokens set consumed_at = null",
            NoRetry::LinkDead,
        ),
        (
            "update reset_tokens set expires_at = now()",
            "update reset_tokens set expires_at = now() + interval '1 h'",
            NoRetry::LinkDead,
        ),
        (
            "update outbox set deadline = now()",
            "update outbox set deadline = now() + interval '9 min'",
            NoRetry::TooLate,
        ),
        (
            "update outbox set channel = 'sms', maybe_sent = 2",
            "update outbox set channel = 'email', maybe_sent = 0",
            NoRetry::MayHaveLeftTwice,
        ),
    ] {
        world.execute("update outbox set state = 'gave_up', finished_at = now()").await;
        world.execute(spoil).await;
        let outcome = messages::retry(&node.app.pool, &operator(), id).await.unwrap();
        assert!(matches!(outcome, Outcome::Refused(found) if found == why), "{spoil}: {outcome:?}");
        assert_eq!(world.count("select count(*) from outbox where state = 'gave_up'").await, 1, "{spoil}");
        world.execute(mend).await;
        let outcome = messages::retry(&node.app.pool, &operator(), id).await.unwrap();
        assert!(matches!(outcome, Outcome::Done(_)), "{mend}: {outcome:?}");
    }
    let waits = messages::retry(&node.app.pool, &operator(), id).await.unwrap();
    assert!(matches!(waits, Outcome::Refused(NoRetry::Waits)), "{waits:?}");
    // The statement holds by itself what the rule says.
    for sql in [
        "update outbox set state = 'sent'",
        "update outbox set state = 'gave_up', deadline = now()",
        "update outbox set state = 'gave_up', deadline = null, channel = 'sms', maybe_sent = 2",
    ] {
        world.execute(sql).await;
        let mut tx = sspr::store::begin(&node.app.pool).await.unwrap();
        assert!(!queue::desk::again(&mut tx, id).await.unwrap(), "{sql}");
    }
}

#[tokio::test]
async fn a_text_message_keeps_its_count_and_a_mail_begins_anew() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    Walk::new(&world, &node).start(JOHN).await;
    let id = the(&world, &node, Kind::ResetLink).await.id;
    for (channel, kept) in [("email", 0), ("sms", 1)] {
        sqlx::query("update outbox set state = 'gave_up', finished_at = now(), maybe_sent = 1, channel = $1")
            .bind(channel)
            .execute(&world.pool)
            .await
            .unwrap();
        messages::retry(&node.app.pool, &operator(), id).await.unwrap();
        assert_eq!(the(&world, &node, Kind::ResetLink).await.maybe_sent, kept, "{channel}");
    }
}

#[tokio::test]
async fn a_message_that_waits_is_stopped_and_no_worker_sends_it() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    Walk::new(&world, &node).start(JOHN).await;
    let id = the(&world, &node, Kind::ResetLink).await.id;
    let outcome = messages::cancel(&node.app.pool, &operator(), id).await.unwrap();
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    node.drain().await;
    assert_eq!(world.mail.sent().len(), 0);
    let message = the(&world, &node, Kind::ResetLink).await;
    assert_eq!((message.state.as_str(), message.finished_at.is_some()), ("cancelled", true));
    assert_eq!(audited(&world).await[0].0, "message_cancelled");
    let twice = messages::cancel(&node.app.pool, &operator(), id).await.unwrap();
    assert!(matches!(twice, Outcome::Refused(NoCancel::Ended)), "{twice:?}");
    // A stop by mistake is taken back.
    let back = messages::retry(&node.app.pool, &operator(), id).await.unwrap();
    assert!(matches!(back, Outcome::Done(_)), "{back:?}");
    node.drain().await;
    assert_eq!(world.mail.sent().len(), 1);
}

#[tokio::test]
async fn what_a_worker_has_is_not_stopped_and_after_its_death_it_is() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    Walk::new(&world, &node).start(JOHN).await;
    let id = the(&world, &node, Kind::ResetLink).await.id;
    let worker = random::id();
    assert_eq!(queue::claim(&node.app.pool, worker, 4, 30.0).await.unwrap().len(), 1);
    let outcome = messages::cancel(&node.app.pool, &operator(), id).await.unwrap();
    assert!(matches!(outcome, Outcome::Refused(NoCancel::BeingSent)), "{outcome:?}");
    let mut tx = sspr::store::begin(&node.app.pool).await.unwrap();
    assert!(!queue::desk::cancel(&mut tx, id).await.unwrap(), "the statement looks at the lease itself");
    tx.rollback().await.unwrap();
    let again = messages::retry(&node.app.pool, &operator(), id).await.unwrap();
    assert!(matches!(again, Outcome::Refused(NoRetry::BeingSent)), "{again:?}");
    assert!(audited(&world).await.is_empty());

    world.execute("update outbox set lease_until = now() - interval '1 s'").await;
    let outcome = messages::cancel(&node.app.pool, &operator(), id).await.unwrap();
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    // It may have left: whoever sends it again knows.
    assert_eq!(world.count("select maybe_sent::bigint from outbox").await, 1);
    // The worker comes back from the dead with an answer: too late, the row is not its any more.
    let end = queue::End { state: "sent", ..queue::End::default() };
    assert_eq!(queue::finish(&node.app.pool, id, worker, &end).await.unwrap(), queue::Finished::NotMine);
    assert_eq!(the(&world, &node, Kind::ResetLink).await.state, "cancelled");
}

#[tokio::test]
async fn a_claim_passes_by_what_is_being_stopped() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    Walk::new(&world, &node).start(JOHN).await;
    let id = the(&world, &node, Kind::ResetLink).await.id;
    let mut tx = sspr::store::begin(&node.app.pool).await.unwrap();
    let held = queue::desk::lock(&mut tx, None, id).await.unwrap().unwrap();
    assert!(held.standing().may_cancel(true).is_ok());
    assert_eq!(queue::claim(&node.app.pool, random::id(), 4, 30.0).await.unwrap().len(), 0);
    assert!(queue::desk::cancel(&mut tx, id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(queue::claim(&node.app.pool, random::id(), 4, 30.0).await.unwrap().len(), 0);
}

#[tokio::test] // N-23
async fn an_administrator_stops_a_link_and_never_a_notice_and_an_operator_either() {
    let stage = Stage::new().await;
    let boss = stage.person("boss@contoso.com", Role::GlobalAdministrator).await;
    let by: GlobalAdministrator = stage.global(boss).await;
    for kind in Kind::ALL {
        let id = stage.message(boss, "queued").await;
        sqlx::query("update outbox set message = jsonb_build_object('kind', $2::text) where id = $1")
            .bind(id)
            .bind(kind.as_str())
            .execute(&stage.world.pool)
            .await
            .unwrap();
        let outcome = messages::cancel(stage.pool(), &by, id).await.unwrap();
        match (kind.is_notice(), &outcome) {
            (false, Outcome::Done(_)) => continue,
            (true, Outcome::Refused(NoCancel::Notice)) => {}
            _ => panic!("{kind:?}: {outcome:?}"),
        }
        let outcome = messages::cancel(stage.pool(), &operator(), id).await.unwrap();
        assert!(matches!(outcome, Outcome::Done(_)), "{kind:?}: {outcome:?}");
    }
    let by_whom: Vec<String> = sqlx::query_scalar(
        "select distinct actor from audit_events where event = 'message_cancelled' order by actor",
    )
    .fetch_all(&stage.world.pool)
    .await
    .unwrap();
    assert_eq!(by_whom, ["boss@contoso.com", "operator:ann"]);
}

#[tokio::test]
async fn nobody_reaches_a_message_of_another_company_or_a_decoys_but_an_operator_without_a_company() {
    let stage = Stage::new().await;
    let boss = stage.person("boss@contoso.com", Role::GlobalAdministrator).await;
    let theirs = stage.person("sam@fabrikam.com", Role::User).await;
    let by = stage.global(boss).await;
    let walk = Walk::new(&stage.world, &stage.node);
    walk.start("nobody@contoso.com").await;
    let within = || operator().within(by.company().unwrap());
    let decoy: Uuid = sqlx::query_scalar("select id from outbox where not deliverable")
        .fetch_one(&stage.world.pool)
        .await
        .unwrap();
    let of_theirs = [stage.message(theirs, "gave_up").await, stage.message(theirs, "queued").await];
    for id in [decoy, of_theirs[0], of_theirs[1], random::id()] {
        assert!(messages::see(stage.pool(), &by, id).await.unwrap().is_none());
        assert!(messages::see(stage.pool(), &within(), id).await.unwrap().is_none());
        for outcome in [
            messages::retry(stage.pool(), &by, id).await.unwrap(),
            messages::retry(stage.pool(), &within(), id).await.unwrap(),
        ] {
            assert!(matches!(outcome, Outcome::NoSuch), "{outcome:?}");
        }
        for outcome in [
            messages::cancel(stage.pool(), &by, id).await.unwrap(),
            messages::cancel(stage.pool(), &within(), id).await.unwrap(),
        ] {
            assert!(matches!(outcome, Outcome::NoSuch), "{outcome:?}");
        }
    }
    let listed = messages::list(stage.pool(), &by, &Filter::default(), 100).await.unwrap();
    assert!(listed.iter().all(|message| message.company == by.company()), "{listed:?}");
    // By the row of a person of another company: nothing.
    let filter = Filter { person: Some(theirs), ..Filter::default() };
    assert_eq!(messages::list(stage.pool(), &by, &filter, 100).await.unwrap().len(), 0);
    assert_eq!(messages::list(stage.pool(), &operator(), &filter, 100).await.unwrap().len(), 2);
    let all = messages::list(stage.pool(), &operator(), &Filter::default(), 100).await.unwrap();
    assert!(all.iter().any(|message| message.id == decoy && message.recipient.is_empty()));
    assert!(messages::see(stage.pool(), &operator(), decoy).await.unwrap().is_some());
    let whole = messages::retry_given_up(stage.pool(), &by, time::OffsetDateTime::UNIX_EPOCH).await.unwrap();
    assert!(whole.retried.is_empty() && whole.refused.is_empty(), "{whole:?}");
    assert_eq!(stage.world.count("select count(*) from audit_events where event like 'message%'").await, 0);
}

#[tokio::test]
async fn whoever_lost_the_role_since_the_page_was_opened_does_nothing() {
    let stage = Stage::new().await;
    let boss = stage.person("boss@contoso.com", Role::GlobalAdministrator).await;
    let by = stage.global(boss).await;
    let [given_up, waiting] = [stage.message(boss, "gave_up").await, stage.message(boss, "queued").await];
    stage.set_role(boss, Role::PasswordAdministrator).await;
    assert!(messages::retry(stage.pool(), &by, given_up).await.is_err());
    assert!(messages::cancel(stage.pool(), &by, waiting).await.is_err());
    assert_eq!(
        stage.world.count("select count(*) from outbox where state in ('gave_up', 'queued')").await,
        2
    );
}

#[tokio::test]
async fn after_an_outage_all_that_was_given_up_is_sent_again_and_what_must_not_be_is_counted() {
    let stage = Stage::new().await;
    let boss = stage.person("boss@contoso.com", Role::GlobalAdministrator).await;
    for _ in 0..5 {
        stage.message(boss, "gave_up").await;
    }
    stage.message(boss, "sent").await;
    let old = stage.message(boss, "gave_up").await;
    sqlx::query("update outbox set finished_at = now() - interval '2 days' where id = $1")
        .bind(old)
        .execute(&stage.world.pool)
        .await
        .unwrap();
    let late = stage.message(boss, "gave_up").await;
    sqlx::query("update outbox set deadline = now() where id = $1")
        .bind(late)
        .execute(&stage.world.pool)
        .await
        .unwrap();
    let since = sspr::clock::now() - time::Duration::DAY;
    let all = messages::retry_given_up(stage.pool(), &operator(), since).await.unwrap();
    assert_eq!((all.retried.len(), all.refused.as_slice()), (5, &[(late, NoRetry::TooLate)][..]));
    assert_eq!(stage.world.count("select count(*) from outbox where state = 'queued'").await, 5);
    assert_eq!(
        stage.world.count("select count(*) from audit_events where event = 'message_retried'").await,
        5
    );
    let again = messages::retry_given_up(stage.pool(), &operator(), since).await.unwrap();
    assert_eq!((again.retried.len(), again.refused.len()), (0, 1));
}

#[tokio::test]
async fn each_message_of_a_reset_knows_whose_it_is_and_a_decoys_knows_nobody() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    Walk::new(&world, &node).start("nobody@contoso.com").await;
    assert_eq!(world.count("select count(*) from outbox where person is not null").await, 0);
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    node.drain().await;
    walk.open_link(&walk.link().await).await;
    node.drain().await;
    walk.type_code(&walk.code().await).await;
    walk.set_password(NEW).await;
    let kinds: Vec<(String, String)> = sqlx::query_as(
        "select m.message->>'kind', u.user_id from outbox m join users u on u.id = m.person order by 1, 2",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    let of = |kind: &str| -> Vec<&str> {
        kinds.iter().filter(|(found, _)| found == kind).map(|(_, user)| user.as_str()).collect()
    };
    for kind in ["reset_link", "security_code", "password_was_reset_sms"] {
        assert_eq!(of(kind), [JOHN], "{kind}");
    }
    assert!(of("password_was_reset").iter().all(|user| *user == JOHN));
    // Those who are told of it are others, and the messages are theirs.
    let told = of("administrator_was_reset");
    assert!(!told.is_empty() && !told.contains(&JOHN), "{told:?}");
    assert_eq!(world.count("select count(*) from outbox where deliverable and person is null").await, 0);
}

/// A hundred thousand messages of two companies; of one kind, state and person only a few.
async fn many(world: &World) {
    world
        .execute(
            "insert into outbox (id, channel, company_id, person, recipient, deliverable, message, state, created_at, finished_at, delivery, tries)
             select gen_random_uuid(), case when n % 3 = 0 then 'sms' else 'email' end,
                    case when n % 2 = 0 then c.ours else c.theirs end, case when n % 50 = 0 then c.john else gen_random_uuid() end,
                    'x@home.example', true,
                    jsonb_build_object('kind', case when n % 33333 = 0 then 'request_refused' when n % 3 = 0 then 'security_code' else 'reset_link' end),
                    case when n % 9999 = 0 then 'gave_up' when n % 7777 = 0 then 'cancelled' when n % 6000 = 0 then 'queued' else 'sent' end,
                    now() - n * interval '1 s', now() - n * interval '1 s', case when n % 20001 = 0 then 'failed' end, 1
             from generate_series(1, 100000) n,
                  (select (select company_id from users where user_id = 'johnsmith@contoso.com') as ours,
                          (select company_id from users where user_id = 'globaladmin@fabrikam.com') as theirs,
                          (select id from users where user_id = 'johnsmith@contoso.com') as john) c",
        )
        .await;
    world.execute("vacuum analyze outbox").await;
}

#[tokio::test]
async fn among_a_hundred_thousand_every_list_reads_what_it_shows_and_little_more() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    many(&world).await;
    let company: Uuid = sqlx::query_scalar("select company_id from users where user_id = $1")
        .bind(JOHN)
        .fetch_one(&world.pool)
        .await
        .unwrap();
    let john = world.user(JOHN).await;
    let within = || operator().within(company);
    let middle = messages::list(&node.app.pool, &within(), &Filter::default(), 1000).await.unwrap();
    let middle = middle.last().unwrap().place();
    let filters = [
        ("all", Filter::default(), 51),
        ("older", Filter { cursor: Cursor::OlderThan(middle), ..Filter::default() }, 51),
        ("newer", Filter { cursor: Cursor::NewerThan(middle), ..Filter::default() }, 51),
        ("failed", Filter { failed: true, ..Filter::default() }, 7),
        ("gave up", Filter { state: Some(State::GaveUp), ..Filter::default() }, 5),
        ("cancelled", Filter { state: Some(State::Cancelled), ..Filter::default() }, 6),
        ("queued", Filter { state: Some(State::Queued), ..Filter::default() }, 16),
        ("one person's", Filter { person: Some(john), ..Filter::default() }, 51),
        ("by SMS", Filter { channel: Some("sms"), ..Filter::default() }, 51),
        ("rare kind", Filter { kind: Some(Kind::RequestRefused), ..Filter::default() }, 1),
    ];
    for (name, filter, expected) in filters {
        let before = blocks(&node).await;
        let found = messages::list(&node.app.pool, &within(), &filter, 51).await.unwrap();
        assert_eq!(found.len(), expected, "{name}");
        assert!(found.iter().all(|message| message.company == Some(company)));
        assert!(found.windows(2).all(|pair| pair[0].created_at >= pair[1].created_at), "{name}");
        let read = blocks(&node).await - before;
        // The table alone has some four thousand.
        assert!(read < 900, "{name}: {read} blocks were read");
        messages::list(&node.app.pool, &operator(), &filter, 51).await.unwrap();
    }
    assert_eq!(backlog(&node.app.pool).await.unwrap().gave_up_in_an_hour, 0);
}

/// Blocks that the service's one connection looked at so far.
async fn blocks(node: &Node) -> i64 {
    // The counters come with the end of a statement only when they are asked for.
    let mut connection = node.app.pool.acquire().await.unwrap();
    sqlx::query("select pg_stat_force_next_flush()").execute(&mut *connection).await.unwrap();
    drop(connection);
    let mut connection = node.app.pool.acquire().await.unwrap();
    sqlx::query_scalar(
        "select coalesce(heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit, 0) from pg_statio_user_tables where relname = 'outbox'",
    )
    .fetch_one(&mut *connection)
    .await
    .unwrap()
}

#[tokio::test]
async fn the_backlog_counts_what_waits_and_a_message_that_may_not_leave_yet_is_no_delay() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let empty = backlog(&node.app.pool).await.unwrap();
    assert_eq!((empty.waiting.as_slice(), empty.gave_up_in_an_hour), (&[][..], 0));
    Walk::new(&world, &node).start(JOHN).await;
    world.execute("update outbox set created_at = now() - interval '90 s', run_at = now() - interval '90 s', deadline = now() + interval '5 min'").await;
    world
        .execute(
            "insert into outbox (id, channel, recipient, deliverable, message, run_at, state, finished_at)
             select gen_random_uuid(), 'sms', '+14255550100', true, '{}', now() + interval '1 min', state, ended
             from (values ('queued', null), ('gave_up', now() - interval '59 min'), ('gave_up', now() - interval '61 min')) m (state, ended)",
        )
        .await;
    let found = backlog(&node.app.pool).await.unwrap();
    assert_eq!(found.gave_up_in_an_hour, 1);
    let of = |channel: &str| -> &Waiting { found.waiting.iter().find(|w| w.channel == channel).unwrap() };
    assert_eq!((of("email").urgent, of("email").queued), (true, 1));
    assert!(of("email").oldest_milliseconds.is_some_and(|ms| (90_000..150_000).contains(&ms)), "{found:?}");
    assert_eq!((of("sms").urgent, of("sms").queued, of("sms").oldest_milliseconds), (false, 1, None));
}
