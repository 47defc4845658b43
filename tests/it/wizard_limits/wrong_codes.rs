//! Five tries an attempt, fifteen a day for the account.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-25, V-26, V-27, V-28, V-29, V-31
async fn of_a_thousand_wrong_codes_at_once_fifteen_are_compared_and_a_day_passes_before_the_next() {
    let world = World::with(&MANY_STARTS).await;
    let nodes = [world.node().await, world.node().await];
    let mut walks = Vec::new();
    for n in 0..10 {
        let walk = Walk::new(&world, &nodes[n % 2]);
        walk.again_up_to_code().await;
        walks.push(walk);
    }
    let wrong = not(&walks[0].codes());
    let mut pages = Vec::new();
    for walk in &walks {
        pages.push(form(&walk.client, "/reset/security-code", "/reset/security-code").await);
    }
    // Two browsers a session, one on each node; fifty requests from each.
    let twins: Vec<Client> = walks.iter().map(|walk| walk.client.twin()).collect();
    for (n, twin) in twins.iter().enumerate() {
        twin.go_to(&nodes[(n + 1) % 2].url);
    }
    let fields = [("code", wrong.as_str())];
    let tries = (0..1000).map(|n| {
        let client = if n % 20 < 10 { &walks[n % 10].client } else { &twins[n % 10] };
        pages[n % 10].send(client, &fields)
    });
    for answer in futures_util::future::join_all(tries).await {
        assert!(matches!(answer.status.as_u16(), 422 | 303 | 503), "{answer:?}");
        assert_eq!(cookie_given(&answer, RESET), None);
    }
    assert!((1..=15).contains(&world.audited("code_wrong").await));
    assert_eq!(world.spent("wrong-code/").await, 15);
    let most: i64 = world.count("select max(n) from (select count(*) as n from audit_events where event = 'code_wrong' group by attempt_id) a").await;
    assert!(most <= 5, "{most} compared in one attempt");
    assert_eq!(world.count("select count(*) from reset_attempts where code_tries > 5").await, 0);
    assert_eq!(world.count("select count(*) from reset_attempts where code_proven_at is not null").await, 0);

    // Restarted nodes, a new browser, a new attempt, the right code: not today, and the page says until when.
    drop(nodes);
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    let code = walk.again_up_to_code().await;
    assert_eq!(to(&walk.type_code(&code).await), (303, "/reset/ended"));
    let (_, page) = walk.client.open("/reset/ended").await;
    assert_eq!(page.heading(), "No more security codes for now");
    assert!(page.body.contains("<time"), "{}", page.body);
    assert_eq!(world.audited("code_proven").await, 0);
    assert_eq!(world.spent("wrong-code/").await, 15);

    // 23 hours and 59 minutes later the same; 24 hours later it works, and success forgets all.
    world
        .execute("update budgets set hits = array(select h - interval '23:59' from unnest(hits) h) where key like 'wrong-code/%'")
        .await;
    let walk = Walk::new(&world, &node);
    let code = walk.again_up_to_code().await;
    assert_eq!(to(&walk.type_code(&code).await), (303, "/reset/ended"));
    world
        .execute("update budgets set hits = array(select h - interval '2 minutes' from unnest(hits) h) where key like 'wrong-code/%'")
        .await;
    let walk = Walk::new(&world, &node);
    let code = walk.again_up_to_code().await;
    assert_eq!(to(&walk.type_code(&code).await), (303, "/reset/new-password"));
    assert_eq!(world.spent("wrong-code/").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-25
async fn of_two_hundred_wrong_codes_in_one_attempt_five_are_compared() {
    let world = World::new().await;
    let nodes = [world.node().await, world.node().await];
    let walk = Walk::new(&world, &nodes[0]);
    walk.up_to_code().await;
    let code = walk.code().await;
    let twin = walk.client.twin();
    twin.go_to(&nodes[1].url);
    let wrong = not(std::slice::from_ref(&code));
    let page = form(&walk.client, "/reset/security-code", "/reset/security-code").await;
    let fields = [("code", wrong.as_str())];
    let tries = (0..200).map(|n| page.send(if n % 2 == 0 { &walk.client } else { &twin }, &fields));
    for answer in futures_util::future::join_all(tries).await {
        // Shown the way, and not stopped by the table's own fence.
        assert!(matches!(answer.status.as_u16(), 422 | 303 | 503), "{answer:?}");
    }
    assert_eq!(world.audited("code_wrong").await, 5);
    assert_eq!(world.count("select code_tries::bigint from reset_attempts").await, 5);
    assert_eq!(world.spent("wrong-code/").await, 5);
    // Also the right one is refused now, whatever cookie was kept.
    assert_eq!(to(&page.send(&twin, &[("code", &code)]).await), (303, "/reset/ended"));
    let (_, page) = walk.client.open("/reset/ended").await;
    assert_eq!(page.heading(), "Too many wrong security codes");
}

#[tokio::test] // N-14, V-27
async fn a_resend_keeps_the_wrong_tries_and_kills_the_old_code() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    let old = walk.code().await;
    for _ in 0..3 {
        assert_eq!(walk.type_code(&not(&walk.codes())).await.status, 422);
    }
    world.turn_back(61).await;
    let answer = walk.client.submit("/reset/security-code", "/reset/security-code/resend", &[]).await;
    assert_eq!(to(&answer), (303, "/reset/security-code?sent=again"));
    let new = walk.next_code(1).await;
    assert_ne!(new, old);
    let answer = walk.type_code(&old).await;
    assert_eq!(answer.status, 422, "the old code still works");
    assert_eq!(to(&walk.type_code(&not(&walk.codes())).await), (303, "/reset/ended"));
    assert_eq!(world.audited("code_wrong").await, 5);
    let page = form(&walk.client, "/reset/verify-user", "/reset/verify-user").await;
    assert!(!page.hidden.is_empty());
}

#[tokio::test]
async fn what_is_no_code_uses_up_no_try() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    for text in ["", "1234567", "abc"] {
        assert_eq!(walk.type_code(text).await.status, 422, "{text}");
    }
    assert_eq!(world.count("select code_tries::bigint from reset_attempts").await, 0);
    assert_eq!(world.spent("wrong-code/").await, 0);
}
