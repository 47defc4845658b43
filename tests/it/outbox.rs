//! The outbox: queued with what it tells, sent once where nothing fails, again where something did, and never too late.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use sspr::{
    app::App,
    outbox::{Senders, worker},
    random,
    senders::{
        Reason, SendError,
        mail::{MailSender, Smtp},
        route::Route,
    },
    store::{
        self,
        outbox::{self, End, Tried},
    },
};
use tokio_util::sync::CancellationToken;

use crate::support::{
    app::{Node, World},
    client::{Client, code_in, link_in},
    smtp_server::SmtpServer,
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE, NEW, Walk},
};

/// So many notices to as many people, queued in one statement.
async fn queue_notices(world: &World, how_many: i32) {
    sqlx::query(
        "insert into outbox (id, channel, recipient, deliverable, message)
         select gen_random_uuid(), 'email', 'person' || n || '@fabrikam.com', true,
                jsonb_build_object('kind', 'administrator_was_reset', 'user', gen_random_uuid(), 'user_id', 'johnsmith@contoso.com',
                                   'display_name', 'John Smith', 'browser', 'Firefox on Windows', 'at', now())
         from generate_series(1, $1) n",
    )
    .bind(how_many)
    .execute(&world.pool)
    .await
    .unwrap();
}

/// One text message without a deadline.
async fn queue_sms(world: &World) {
    world
        .execute(
            "insert into outbox (id, channel, recipient, deliverable, message)
             values (gen_random_uuid(), 'sms', '+14255550100', true,
                     jsonb_build_object('kind', 'password_was_reset_sms', 'at', now()))",
        )
        .await;
}

async fn states(world: &World) -> BTreeMap<String, i64> {
    let rows: Vec<(String, i64)> = sqlx::query_as("select state, count(*) from outbox group by state")
        .fetch_all(&world.pool)
        .await
        .unwrap();
    rows.into_iter().collect()
}

async fn until_states(world: &World, wanted: &[(&str, i64)]) {
    let wanted: BTreeMap<String, i64> = wanted.iter().map(|(state, n)| ((*state).to_owned(), *n)).collect();
    let mut last = BTreeMap::new();
    for _ in 0..1500 {
        last = states(world).await;
        if last == wanted {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{last:?} instead of {wanted:?}");
}

/// What is put off until later is due now.
async fn later(world: &World) {
    world.execute("update outbox set run_at = now() where state = 'queued'").await;
}

fn ended(state: &str) -> End<'_> {
    End { state, ..End::default() }
}

/// A worker that takes what is due and dies with it.
async fn claim_and_die(node: &Node) -> usize {
    outbox::claim(&node.app.pool, random::id(), 4, 30.0).await.unwrap().len()
}

async fn the_lease_ends(world: &World) {
    world.execute("update outbox set lease_until = now() - interval '1 s' where state = 'queued'").await;
}

#[tokio::test]
async fn what_is_rolled_back_sends_nothing() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    until_states(&world, &[("sent", 2)]).await;
    world.mail.take();
    world.sms.take();
    // The same statement as in the product, inside a transaction that does not commit.
    let mut transaction = store::connect::begin(&node.app.pool).await.unwrap();
    let queued = sqlx::query(
        "insert into outbox (id, channel, recipient, deliverable, message)
         select gen_random_uuid(), channel, recipient, deliverable, message from outbox where state = 'sent'",
    )
    .execute(&mut *transaction)
    .await
    .unwrap();
    assert_eq!(queued.rows_affected(), 2);
    sqlx::query("select pg_notify('sspr_outbox', '')").execute(&mut *transaction).await.unwrap();
    node.drain().await;
    transaction.rollback().await.unwrap();
    node.drain().await;
    assert_eq!((world.mail.sent().len(), world.sms.sent().len()), (0, 0));
    assert_eq!(states(&world).await, BTreeMap::from([("sent".to_owned(), 2)]));
    // And a failure inside the statement takes its message with it: nobody is told of a password that was not set.
    world
        .execute("alter table audit_events add constraint broken check (event <> 'password_reset') not valid")
        .await;
    let answer = walk.set_password(NEW).await;
    assert_eq!(answer.status, 500, "{answer:?}");
    node.drain().await;
    assert_eq!((world.mail.sent().len(), world.sms.sent().len()), (0, 0));
    assert_eq!(world.count("select count(*) from reset_attempts where finished_at is not null").await, 0);
    assert!(walk.signs_in(JOHN, &world.first_password(JOHN)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_of_four_workers_send_three_hundred_messages_once_each() {
    let world = World::new().await;
    let _nodes = (world.node().await, world.node().await);
    queue_notices(&world, 300).await;
    world.execute("select pg_notify('sspr_outbox', '')").await;
    until_states(&world, &[("sent", 300)]).await;
    let sent = world.mail.sent();
    let different: BTreeSet<&str> = sent.iter().map(|mail| mail.message_id.as_str()).collect();
    assert_eq!((sent.len(), different.len()), (300, 300));
    assert_eq!(world.count("select count(*) from outbox where tries <> 1").await, 0);
}

#[tokio::test]
async fn a_mail_whose_worker_died_comes_again_after_the_lease_and_not_before_it_and_is_the_same_mail() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    assert_eq!(claim_and_die(&node).await, 1);
    node.drain().await;
    assert!(world.mail.sent().is_empty(), "taken from a worker that may live");
    the_lease_ends(&world).await;
    node.drain().await;
    let first = world.mail.take().remove(0);
    // The same row once more, as if the worker had died after sending.
    world
        .execute(
            "update outbox set state = 'queued', finished_at = null, lease_until = now() - interval '1 s'",
        )
        .await;
    node.drain().await;
    let second = world.mail.take().remove(0);
    assert_eq!(first.message_id, second.message_id);
    assert_eq!(link_in(&first.text), link_in(&second.text));
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_ends_nothing() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    queue_notices(&world, 1).await;
    let (slow, quick) = (random::id(), random::id());
    let row = outbox::claim(&world.pool, slow, 4, 30.0).await.unwrap().remove(0);
    the_lease_ends(&world).await;
    assert_eq!(outbox::claim(&world.pool, quick, 4, 30.0).await.unwrap().len(), 1);
    let finished = outbox::finish(&world.pool, row.id, slow, &ended("gave_up")).await.unwrap();
    assert_eq!(finished, outbox::Finished::NotMine);
    let late = Tried { by: "mail", note: "late".into(), maybe_sent: false };
    outbox::retry(&world.pool, row.id, slow, 0.0, &late).await.unwrap();
    assert!(outbox::claim(&world.pool, random::id(), 4, 30.0).await.unwrap().is_empty());
    let finished = outbox::finish(&world.pool, row.id, quick, &ended("sent")).await.unwrap();
    assert_eq!(finished, outbox::Finished::Mine);
    node.drain().await;
    assert!(world.mail.sent().is_empty());
}

#[tokio::test]
async fn an_sms_that_may_have_left_is_sent_once_more_and_never_a_third_time() {
    let lost = SendError::TryAgain(Reason::new("sms timeout").but_may_have_left());
    let refused = SendError::TryAgain(Reason::new("sms").code(503));
    let world = World::new().await;
    let node = world.node_without_workers().await;
    // The answer was lost twice.
    queue_sms(&world).await;
    for _ in 0..4 {
        world.sms.fail_next(lost);
        later(&world).await;
        node.drain().await;
    }
    let tries = "select max(tries)::bigint from outbox";
    assert_eq!(
        (states(&world).await, world.count(tries).await),
        (BTreeMap::from([("gave_up".to_owned(), 1)]), 2)
    );

    // A plain refusal is no send: it is tried again, and then one lost answer is followed by one more try.
    let world = World::new().await;
    let node = world.node_without_workers().await;
    queue_sms(&world).await;
    for fault in [refused, refused, lost] {
        world.sms.fail_next(fault);
        later(&world).await;
        node.drain().await;
    }
    later(&world).await;
    node.drain().await;
    assert_eq!((states(&world).await, world.sms.sent().len()), (BTreeMap::from([("sent".to_owned(), 1)]), 1));

    // Workers died with it twice: both may have sent it.
    let world = World::new().await;
    let node = world.node_without_workers().await;
    queue_sms(&world).await;
    for _ in 0..2 {
        assert_eq!(claim_and_die(&node).await, 1);
        the_lease_ends(&world).await;
    }
    node.drain().await;
    assert_eq!(
        (states(&world).await, world.sms.sent().len()),
        (BTreeMap::from([("gave_up".to_owned(), 1)]), 0)
    );

    // Once only: the same code again.
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    let first = walk.code().await;
    until_states(&world, &[("sent", 2)]).await;
    world.sms.take();
    world.execute("update outbox set state = 'queued', finished_at = null, lease_until = now() - interval '1 s' where channel = 'sms'").await;
    node.drain().await;
    assert_eq!(code_in(&world.sms_to(JOHN_PHONE).await.text), first);
}

#[tokio::test]
async fn a_message_that_cannot_be_written_delays_nobody() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    // Facts that nobody knows; a code whose key is gone; a deadline with which the arithmetic of dates fails.
    world
        .execute(
            "insert into outbox (id, channel, recipient, deliverable, message, run_at, deadline)
             values (gen_random_uuid(), 'email', 'a@fabrikam.com', true, '{\"kind\": \"of another time\"}', now() - interval '1 h', null),
                    (gen_random_uuid(), 'email', 'b@fabrikam.com', true, '17', now() - interval '1 h', null),
                    (gen_random_uuid(), 'sms', '+14255550100', true,
                     jsonb_build_object('kind', 'password_was_reset_sms', 'at', now()), now() - interval '1 h', '9999-12-31 23:59:59Z')",
        )
        .await;
    queue_notices(&world, 3).await;
    node.drain().await;
    let expected = BTreeMap::from([("gave_up".to_owned(), 3), ("sent".to_owned(), 3)]);
    assert_eq!(states(&world).await, expected);
    // Running workers live on, too.
    let _node = world.node().await;
    world.execute("update outbox set state = 'queued', finished_at = null where channel = 'sms'").await;
    until_states(&world, &[("gave_up", 3), ("sent", 3)]).await;
    queue_notices(&world, 2).await;
    until_states(&world, &[("gave_up", 3), ("sent", 5)]).await;
}

#[tokio::test]
async fn nothing_is_sent_after_its_deadline() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    world.execute("update outbox set deadline = now()").await;
    node.drain().await;
    assert_eq!(states(&world).await, BTreeMap::from([("too_late".to_owned(), 1)]));
    assert!(world.mail.sent().is_empty());

    // Also the try that comes after a fault.
    let world = World::new().await;
    let node = world.node_without_workers().await;
    Walk::new(&world, &node).start(JOHN).await;
    world.mail.fail_next(SendError::TryAgain(Reason::new("smtp").code(451)));
    node.drain().await;
    world.execute("update outbox set deadline = now(), run_at = now()").await;
    node.drain().await;
    assert_eq!(states(&world).await, BTreeMap::from([("too_late".to_owned(), 1)]));
    assert!(world.mail.sent().is_empty());
}

#[tokio::test]
async fn a_link_or_code_is_queued_with_a_deadline_that_leaves_two_minutes_to_use_it() {
    let world = World::new().await;
    let node = world.node().await;
    Walk::new(&world, &node).up_to_code().await;
    let close = "select count(*) from outbox o join reset_tokens t on t.id = o.token_id
                 where o.deadline is distinct from t.expires_at - interval '2 minutes'";
    assert_eq!(world.count(close).await, 0);
    assert_eq!(world.count("select count(*) from outbox where deadline is not null").await, 2);
}

#[tokio::test] // V-41
async fn the_message_of_a_dead_link_is_withdrawn() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    world.execute("update reset_attempts set email_sent_at = now() - interval '2 minutes'").await;
    let again = walk.client.submit("/reset/check-email", "/reset/check-email/resend", &[]).await;
    assert_eq!(again.status, 303, "{again:?}");
    node.drain().await;
    assert_eq!(states(&world).await, BTreeMap::from([("sent".to_owned(), 1), ("withdrawn".to_owned(), 1)]));
    assert_eq!(world.mail.sent().len(), 1);
    // The one that left is the one that opens.
    let opened = walk.open_link(&walk.link().await).await;
    assert_eq!(opened.location.as_deref(), Some("/reset/security-code"));
    // A spent one is withdrawn as well: here, because it comes out of a lease after the link was used.
    world.execute("update outbox set state = 'queued', lease_until = null where state = 'sent'").await;
    world.mail.take();
    node.drain().await;
    assert!(world.mail.sent().is_empty());
    assert_eq!(states(&world).await, BTreeMap::from([("sent".to_owned(), 1), ("withdrawn".to_owned(), 2)]));
}

#[tokio::test]
async fn a_refused_message_waits_longer_each_time_and_a_hopeless_one_not_at_all() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    queue_notices(&world, 1).await;
    let wait = "select (extract(epoch from run_at - now()) * 1000)::bigint from outbox";
    for most in [1_000, 2_000, 4_000, 8_000, 16_000] {
        world.mail.fail_next(SendError::TryAgain(Reason::new("smtp").code(451)));
        later(&world).await;
        node.drain().await;
        let wait = world.count(wait).await;
        assert!(wait <= most, "{wait} of {most}");
        // Half of it at least, but for the time that passed since.
        assert!(most < 8_000 || wait > 0, "{wait} of {most}");
    }
    // Nobody takes it before.
    node.drain().await;
    assert!(world.mail.sent().is_empty());
    assert_eq!(world.count("select tries::bigint from outbox").await, 5);
    world.mail.fail_next(SendError::GiveUp(Reason::new("smtp rcpt").code(550)));
    later(&world).await;
    node.drain().await;
    assert_eq!(states(&world).await, BTreeMap::from([("gave_up".to_owned(), 1)]));
    let note: String =
        sqlx::query_scalar("select last_error from outbox").fetch_one(&world.pool).await.unwrap();
    assert!(note.contains("550") && !note.contains('@'), "{note}");
}

/// Sessions of the database that listen for the outbox.
async fn listeners(world: &World) -> Vec<i32> {
    sqlx::query_scalar(
        "select pid from pg_stat_activity where datname = current_database() and query ilike 'listen %'",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap()
}

async fn one_listener(world: &World) -> i32 {
    for _ in 0..1500 {
        if let [listener] = listeners(world).await[..] {
            return listener;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("nobody listens");
}

#[tokio::test]
async fn a_commit_wakes_a_worker_at_once_and_a_rare_look_is_only_the_safety_net() {
    // `wait` gives up after ten seconds; a look comes once a minute.
    let world = World::with(&[("SSPR_OUTBOX__POLL_SECONDS", "60")]).await;
    let node = world.node().await;
    one_listener(&world).await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    walk.set_password(NEW).await;
    until_states(&world, &[("sent", 7)]).await;
}

#[tokio::test]
async fn without_its_listener_the_outbox_is_looked_at_and_the_listener_comes_back() {
    let world = World::new().await;
    let node = world.node().await;
    for _ in 0..3 {
        let listener = one_listener(&world).await;
        sqlx::query("select pg_terminate_backend($1)").bind(listener).execute(&world.pool).await.unwrap();
        // Queued without a notification, as it is where the notification fell into the gap.
        queue_notices(&world, 1).await;
        world.wait("the notice", || world.mail.take().pop()).await;
    }
    one_listener(&world).await;
    Walk::new(&world, &node).start(JOHN).await;
    world.mail_to(JOHN_MAIL).await;
}

#[tokio::test] // V-16, V-19: a decoy goes every way up to the sender
async fn a_message_for_nobody_ends_undeliverable_and_reaches_no_sender() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    for nobody in ["nobody@contoso.com", "user@contoso.com", "blocked@contoso.com", "who@nowhere.example"] {
        let walk = Walk { world: &world, client: Client::new(&node.url) };
        let answer = walk.start(nobody).await;
        assert_eq!(answer.location.as_deref(), Some("/reset/check-email"), "{nobody}");
    }
    node.drain().await;
    assert_eq!(states(&world).await, BTreeMap::from([("undeliverable".to_owned(), 4)]));
    assert_eq!((world.mail.sent().len(), world.sms.sent().len()), (0, 0));
    assert_eq!(world.count("select count(*) from outbox where recipient <> ''").await, 0);
}

#[tokio::test]
async fn a_link_travels_through_a_real_mail_server_with_every_header() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    let mut relay = SmtpServer::start(json!({})).await;
    let smtp = MailSender::Smtp(Smtp::new(&relay.settings()).unwrap());
    let app: App =
        world.app(&world.database.url(), Senders { mail: Some(Route::to("mail", smtp)), sms: None });
    worker::drain(&app.outbox, random::id(), &CancellationToken::new()).await.unwrap();
    let mail = relay.next("mail").await;
    let header = |name: &str| {
        let all = mail["headers"].as_array().unwrap().iter();
        let found: Vec<&str> = all.filter(|h| h[0] == name).map(|h| h[1].as_str().unwrap()).collect();
        assert_eq!(found.len(), 1, "{name}: {mail}");
        found[0].to_owned()
    };
    let id: uuid::Uuid = sqlx::query_scalar("select id from outbox").fetch_one(&world.pool).await.unwrap();
    assert_eq!(header("To"), JOHN_MAIL);
    assert!(header("Message-ID").starts_with(&format!("<{id}@")), "{mail}");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert_eq!(header("Content-Language"), "en");
    header("From");
    header("Date");
    header("Subject");
    assert_eq!(mail["defects"], json!([]));
    // What arrived opens.
    let link = link_in(mail["parts"][0]["text"].as_str().unwrap());
    let opened = walk.open_link(&link[link.find("/reset/email-link/").unwrap()..]).await;
    assert_eq!(opened.location.as_deref(), Some("/reset/security-code"), "{opened:?}");
    let evidence: String =
        sqlx::query_scalar("select provider_reference from outbox where channel = 'email'")
            .fetch_one(&world.pool)
            .await
            .unwrap();
    assert!(evidence.contains("queued as"), "{evidence}");
}
