//! A hundred wrong passwords or codes without a right one between them.

use sspr::{
    domain::limits::kind::Kind,
    store::{limits, retention as store, sign_in, tokens},
};

use super::*;
use crate::support::{
    client::link_in,
    walk::{JOHN, JOHN_MAIL, NEW},
};

const OTHER: &str = "quite another phrase of mine";

/// Who waits for a row that another holds.
const WAITING: &str =
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // N-12, V-25, V-26, V-28, O-07
async fn of_two_hundred_wrong_passwords_at_once_from_as_many_networks_a_hundred_are_compared() {
    let world = World::new().await;
    let nodes = [world.node_without_workers().await, world.node_without_workers().await];
    for user_id in [JOHN, "nobody@contoso.com"] {
        let tries = (0..200).map(|n| {
            let app = &nodes[usize::try_from(n % 2).unwrap()].app;
            let from = network(n);
            async move { sign_in::begin(&app.pool, user_id, &from, &app.budgets).await.unwrap() }
        });
        let tries = futures_util::future::join_all(tries).await;
        assert_eq!(tries.iter().filter(|found| !found.stopped).count(), 100, "{user_id}");
        assert!(tries.iter().all(|found| found.until.is_none()));
        let compared = tries.iter().filter(|found| found.password_hash.is_some()).count();
        assert_eq!(compared, if user_id == JOHN { 100 } else { 0 });
        assert_eq!(counted(&world, user_id, "password").await, 200);
    }
    // Restarted: the same.
    drop(nodes);
    let node = world.node_without_workers().await;
    let found = sign_in::begin(&node.app.pool, JOHN, &network(777), &node.app.budgets).await.unwrap();
    assert!(found.stopped && found.password_hash.is_none());
}

#[tokio::test] // N-12: at the limit, one before and one behind it
async fn the_hundredth_wrong_password_is_compared_and_the_next_is_not() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    in_a_row(&world, JOHN, "password", 98).await;
    let mut stopped = Vec::new();
    for n in 0..4 {
        let found = sign_in::begin(&world.pool, JOHN, &network(n), &node.app.budgets).await.unwrap();
        assert_eq!(found.stopped, found.password_hash.is_none());
        stopped.push(found.stopped);
    }
    assert_eq!(stopped, [false, false, true, true]);
}

#[tokio::test] // N-12, V-61
async fn a_flood_from_elsewhere_shuts_nobody_out_of_their_usual_place_and_a_reset_opens_every_place() {
    let world = World::with(&[BEHIND_A_PROXY]).await;
    let node = world.node().await;
    let password = world.first_password(JOHN);
    was_at(&world, JOHN, "192.0.2.7", 3).await;
    in_a_row(&world, JOHN, "password", 5000).await;

    // From a new place the right password and a wrong one get one answer, which tells nothing of a limit.
    let right = sign_in(&from(&node, "198.51.100.1"), JOHN, &password).await;
    let wrong = sign_in(&from(&node, "198.51.100.1"), JOHN, "not the password").await;
    assert_eq!((right.status.as_u16(), wrong.status.as_u16()), (422, 422));
    for page in [&right, &wrong] {
        assert!(page.body.contains("The user ID or the password is not right"), "{}", page.body);
    }
    assert_eq!(
        world
            .count("select count(*) from audit_events where event = 'sign_in_failed' and outcome = 'too_many_in_a_row'")
            .await,
        2
    );

    // The reset is not touched by it, and opens every place.
    let walk = walk_from(&world, &node, "198.51.100.2");
    walk.up_to_password().await;
    assert_eq!(to(&walk.set_password(NEW).await), (303, "/reset/done"));
    assert_eq!(to(&sign_in(&from(&node, "198.51.100.3"), JOHN, NEW).await), (303, "/"));
    assert_eq!(counted(&world, JOHN, "password").await, 0);

    // At the usual place all the while; success forgets the count.
    in_a_row(&world, JOHN, "password", 5000).await;
    assert_eq!(to(&sign_in(&from(&node, "192.0.2.7"), JOHN, NEW).await), (303, "/"));
    assert_eq!(counted(&world, JOHN, "password").await, 0);
}

#[tokio::test] // V-61, N-12: with whoever is nobody it goes the same way
async fn one_network_stops_itself_at_twenty_wrong_passwords_and_the_account_nowhere_else() {
    let world = World::with(&[BEHIND_A_PROXY]).await;
    let node = world.node_without_workers().await;
    let (attacker, password) = (network(9), world.first_password(JOHN));
    for user_id in [JOHN, "nobody@contoso.com"] {
        for n in 1..=150 {
            // Ten in 15 minutes, for more than two hours.
            world.execute("delete from budgets").await;
            let found = sign_in::begin(&world.pool, user_id, &attacker, &node.app.budgets).await.unwrap();
            assert_eq!((found.stopped, found.until), (n > 20, None), "{user_id} {n}");
        }
        assert_eq!(counted(&world, user_id, "password").await, 20, "{user_id}");
    }
    // The right password is as wrong as any other there, and an administrator sees why.
    let stopped = sign_in(&from(&node, attacker.as_str()), JOHN, &password).await;
    assert!(stopped.body.contains("The user ID or the password is not right"), "{}", stopped.body);
    let listed = limits::of_people(&world.pool, None, None, &node.app.budgets, 10).await.unwrap();
    let listed: Vec<_> =
        listed.iter().map(|at| (at.user_id.as_str(), at.kind, at.network.as_deref())).collect();
    assert_eq!(listed, [(JOHN, Kind::WrongPasswordsInARow, Some(attacker.as_str()))]);
    // John was never anywhere, and signs in from wherever he is; then nothing of it is left.
    assert_eq!(to(&sign_in(&from(&node, "192.0.2.7"), JOHN, &password).await), (303, "/"));
    assert_eq!(counted(&world, JOHN, "password").await, 0);
    assert_eq!(to(&sign_in(&from(&node, attacker.as_str()), JOHN, &password).await), (303, "/"));
}

#[tokio::test] // V-61: what is left to strangers, as README says it
async fn five_networks_stop_an_account_elsewhere_and_not_where_its_person_was() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    was_at(&world, JOHN, "192.0.2.7", 3).await;
    let begin = async |from: &Network| {
        world.execute("delete from budgets").await;
        sign_in::begin(&world.pool, JOHN, from, &node.app.budgets).await.unwrap().stopped
    };
    for n in 0..100 {
        assert!(!begin(&network(n % 5)).await, "{n}");
    }
    assert!(begin(&network(77)).await);
    assert!(!begin(&Network::parse("192.0.2.7").unwrap()).await);
}

#[tokio::test] // V-61, N-12
async fn where_a_reset_was_finished_or_a_one_time_link_used_no_flood_shuts_the_person_out() {
    let world = World::with(&[BEHIND_A_PROXY]).await;
    let node = world.node().await;
    let john = world.user(JOHN).await;
    for n in 1..=20 {
        was_at(&world, JOHN, &format!("203.0.113.{n}"), n).await;
    }
    let walk = walk_from(&world, &node, "198.51.100.2");
    walk.up_to_password().await;
    assert_eq!(to(&walk.set_password(NEW).await), (303, "/reset/done"));
    in_a_row(&world, JOHN, "password", 5000).await;
    assert_eq!(sign_in(&from(&node, "198.51.100.3"), JOHN, NEW).await.status, 422);
    assert_eq!(to(&sign_in(&from(&node, "198.51.100.2"), JOHN, NEW).await), (303, "/"));

    let key = node.app.keys.current();
    let (token, nonce) = (sspr::random::id(), sspr::random::bytes());
    tokens::make_set_password(&world.pool, john, token, &nonce, key.id(), 24).await.unwrap();
    let other = node.app.hashing.rehash(OTHER.to_owned().into()).await.unwrap();
    let at = Network::parse("198.51.100.4").unwrap();
    let set =
        tokens::set_password(&world.pool, token, other.as_str(), sspr::random::id(), &at).await.unwrap();
    assert!(set.is_some());
    in_a_row(&world, JOHN, "password", 5000).await;
    assert_eq!(sign_in(&from(&node, "198.51.100.3"), JOHN, OTHER).await.status, 422);
    assert_eq!(to(&sign_in(&from(&node, "198.51.100.4"), JOHN, OTHER).await), (303, "/"));
    // Both were told of when they happened; neither sign-in was from a new place. No more than twenty are kept.
    assert_eq!(world.count("select count(*) from reset_tokens where deed = 'signed_in'").await, 0);
    assert_eq!(world.count("select count(*) from sign_in_places").await, 20);
}

#[tokio::test] // a thief's place is none of the person's
async fn this_was_not_me_forgets_where_it_was() {
    let world = World::with(&[BEHIND_A_PROXY]).await;
    let node = world.node().await;
    was_at(&world, JOHN, "192.0.2.7", 3).await;
    let walk = walk_from(&world, &node, "203.0.113.66");
    walk.up_to_password().await;
    assert_eq!(to(&walk.set_password(NEW).await), (303, "/reset/done"));
    assert_eq!(world.count("select count(*) from sign_in_places").await, 2);
    let not_me =
        || world.mail.sent().into_iter().find(|mail| mail.to == JOHN_MAIL && mail.text.contains("/not-me/"));
    let link = link_in(&world.wait("the notice", not_me).await.text);
    let link = link[link.find("/not-me/").unwrap()..].to_owned();
    let answer = from(&node, "192.0.2.7").submit(&link, &link, &[]).await;
    assert_eq!(to(&answer), (303, "/not-me/done/blocked"));
    assert_eq!(world.count("select count(*) from sign_in_places where network = '192.0.2.7'").await, 1);
    assert_eq!(world.count("select count(*) from sign_in_places").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // no 503 for whoever signs in while strangers try
async fn a_sign_in_that_forgets_the_count_and_one_that_is_counted_do_not_wait_for_each_other() {
    let world = World::with(&[BEHIND_A_PROXY]).await;
    let node = world.node_without_workers().await;
    in_a_row(&world, JOHN, "password", 7).await;
    let stranger = network(9);
    sign_in::begin(&world.pool, JOHN, &stranger, &node.app.budgets).await.unwrap();
    // A stranger's try has counted its network's row, and goes on to that of all.
    let mut half = sspr::store::begin(&world.pool).await.unwrap();
    sqlx::query("update failures_in_a_row set failures = 2 where network <> ''")
        .execute(&mut *half)
        .await
        .unwrap();
    let goes_on = async {
        while world.count(WAITING).await == 0 {
            tokio::task::yield_now().await;
        }
        sqlx::query("update failures_in_a_row set failures = 9 where network = ''")
            .execute(&mut *half)
            .await
            .unwrap();
        half.commit().await.unwrap();
    };
    let client = from(&node, "192.0.2.7");
    let password = world.first_password(JOHN);
    let (answer, ()) = tokio::join!(sign_in(&client, JOHN, &password), goes_on);
    assert_eq!(to(&answer), (303, "/"));
    assert_eq!(world.count("select count(*) from failures_in_a_row").await, 0);
}

#[tokio::test] // N-12: a place where the person was is no way to guess without end
async fn a_known_place_has_a_hundred_of_its_own() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let usual = network(7);
    was_at(&world, JOHN, usual.as_str(), 3).await;
    let again = async || {
        world.execute("delete from budgets").await;
        sign_in::begin(&world.pool, JOHN, &usual, &node.app.budgets).await.unwrap().stopped
    };
    for n in 1..=102 {
        assert_eq!(again().await, n > 100, "{n}");
    }
    // Not seen there for half a year: a place like any other.
    in_a_row(&world, JOHN, "password", 100).await;
    world.execute("delete from failures_in_a_row where network <> ''").await;
    assert!(!again().await);
    world.execute("update sign_in_places set last_seen_at = now() - interval '181 days'").await;
    assert!(again().await);
}

#[tokio::test] // N-12, D-06, V-34
async fn a_hundred_wrong_codes_in_a_row_stop_the_reset_until_it_is_lifted_whatever_time_passes() {
    let world = World::new().await;
    let walk_on = async |node: &Node| {
        world.execute("delete from budgets").await;
        let walk = Walk::new(&world, node);
        let code = walk.again_up_to_code().await;
        (walk, code)
    };
    let node = world.node().await;

    // The ninety-ninth was wrong, the hundredth is right: success forgets all.
    in_a_row(&world, JOHN, "code", 99).await;
    let (walk, code) = walk_on(&node).await;
    assert_eq!(to(&walk.type_code(&code).await), (303, "/reset/new-password"));
    assert_eq!(counted(&world, JOHN, "code").await, 0);

    // The hundredth is wrong: compared, and the last.
    in_a_row(&world, JOHN, "code", 99).await;
    let (walk, code) = walk_on(&node).await;
    let wrong = if code == "00000000" { "00000001" } else { "00000000" };
    assert_eq!(walk.type_code(wrong).await.status, 422);
    assert_eq!(to(&walk.type_code(&code).await), (303, "/reset/ended"));
    let (_, page) = walk.client.open("/reset/ended").await;
    assert_eq!(page.heading(), "No more security codes");
    assert!(
        page.body.contains("/contact-administrator") && !page.body.contains("Start again"),
        "{}",
        page.body
    );

    // A month and a restart later the same; a sign-in proves the password and not the phone.
    world.execute("update failures_in_a_row set last_at = now() - interval '31 days'").await;
    store::forget_old(&world.pool).await.unwrap();
    drop(node);
    let node = world.node().await;
    let (walk, code) = walk_on(&node).await;
    assert!(walk.signs_in(JOHN, &world.first_password(JOHN)).await);
    assert_eq!(to(&walk.type_code(&code).await), (303, "/reset/ended"));
    assert_eq!(world.audited("code_wrong").await, 1);
    assert_eq!(world.audited("password_reset").await, 0);

    world.execute("delete from failures_in_a_row").await;
    let (walk, code) = walk_on(&node).await;
    assert_eq!(to(&walk.type_code(&code).await), (303, "/reset/new-password"));
}

#[tokio::test] // V-29, V-34
async fn a_hundred_thousand_other_user_ids_push_nobody_out_and_strangers_are_forgotten() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    // Wrong passwords of an older password count no more.
    world.execute("update users set password_changed_at = now() - interval '1 year'").await;
    in_a_row(&world, JOHN, "password", 100).await;
    in_a_row(&world, JOHN, "code", 100).await;
    in_a_row(&world, "nobody@contoso.com", "password", 100).await;
    world
        .execute(
            "insert into failures_in_a_row (account, kind, failures, last_at)
             select account_key('other' || n || '@contoso.com'), 'password', 100, now() - interval '29 days' from generate_series(1, 100000) n",
        )
        .await;
    let stopped = async |user_id| {
        sign_in::begin(&world.pool, user_id, &network(1), &node.app.budgets).await.unwrap().stopped
    };
    assert!(
        stopped(JOHN).await && stopped("nobody@contoso.com").await && stopped("other77@contoso.com").await
    );
    world.execute("update failures_in_a_row set last_at = last_at - interval '2 days'").await;
    store::forget_old(&world.pool).await.unwrap();
    // Counted in these two days: three; John's for good; nobody else's.
    assert_eq!(world.count("select count(*) from failures_in_a_row where network = ''").await, 4);
    world.execute("update failures_in_a_row set last_at = last_at - interval '40 days'").await;
    store::forget_old(&world.pool).await.unwrap();
    assert_eq!(world.count("select count(*) from failures_in_a_row").await, 2);
    assert!(stopped(JOHN).await && !stopped("nobody@contoso.com").await);
}

#[tokio::test] // V-61, D-08
async fn starts_do_not_touch_sign_in_and_failed_sign_ins_do_not_touch_starts() {
    let world = World::with(&[BEHIND_A_PROXY]).await;
    let node = world.node().await;
    let password = world.first_password(JOHN);
    for n in 0..25 {
        let walk = walk_from(&world, &node, &format!("198.51.100.{n}"));
        assert_eq!(to(&walk.start(JOHN).await), (303, "/reset/check-email"));
    }
    assert_eq!(world.spent("start/account/").await, 20 + 25);
    assert_eq!(to(&sign_in(&from(&node, "192.0.2.7"), JOHN, &password).await), (303, "/"));

    world.execute("delete from budgets").await;
    let attacker = from(&node, "203.0.113.9");
    for n in 1..=12 {
        let answer = sign_in(&attacker, JOHN, "wrong").await;
        assert_eq!(answer.status, if n <= 10 { 422 } else { 429 }, "{n}");
        assert_eq!(answer.header("retry-after").is_some(), n > 10);
        assert_eq!(answer.body.contains("<time"), n > 10);
    }
    let before = world.mail.sent().iter().filter(|mail| mail.to == JOHN_MAIL).count();
    let walk = walk_from(&world, &node, "203.0.113.9");
    assert_eq!(to(&walk.start(JOHN).await), (303, "/reset/check-email"));
    world
        .wait("the mail of a start", || {
            (world.mail.sent().iter().filter(|mail| mail.to == JOHN_MAIL).count() > before).then_some(())
        })
        .await;
    assert_eq!(to(&sign_in(&from(&node, "192.0.2.7"), JOHN, &password).await), (303, "/"));
}
