//! Starts and SMS: per account, network and number.

use super::*;

#[tokio::test] // V-27, V-61
async fn the_sixth_start_from_a_network_sends_nothing_and_shows_nothing() {
    let world = World::with(&[BEHIND_A_PROXY]).await;
    let node = world.node().await;
    for n in 1..=6 {
        let walk = from(&world, &node, "192.0.2.1");
        assert_eq!(to(&walk.start(JOHN).await), (303, "/reset/check-email"), "{n}");
        assert_eq!(walk.client.open("/reset/check-email").await.1.heading(), "Check your e-mail");
    }
    let decoys =
        "select count(*) from audit_events where event = 'reset_started' and outcome = 'over_budget'";
    assert_eq!(world.count(decoys).await, 1);
    assert_eq!(world.count("select count(*) from outbox where deliverable").await, 5);
    // John himself, in his own network, is not held up by it; and nothing of this touches sign-in.
    let john = from(&world, &node, "198.51.100.7");
    john.start(JOHN).await;
    assert_eq!(to(&john.open_link(&john.next_link(5).await).await), (303, "/reset/security-code"));
    assert!(john.signs_in(JOHN, &world.first_password(JOHN)).await);
}

#[tokio::test] // V-27, V-61
async fn the_twenty_first_start_of_a_day_sends_nothing_from_wherever() {
    let world = World::with(&[BEHIND_A_PROXY]).await;
    let node = world.node_without_workers().await;
    for n in 0..21 {
        let walk = from(&world, &node, &format!("192.0.2.{}", n / 5));
        assert_eq!(to(&walk.start(JOHN).await), (303, "/reset/check-email"), "{n}");
    }
    assert_eq!(world.count("select count(*) from outbox where deliverable").await, 20);
    assert_eq!(world.count("select count(*) from outbox").await, 21);
    let walk = Walk::new(&world, &node);
    assert!(walk.signs_in(JOHN, &world.first_password(JOHN)).await);
    // A day later there is room again.
    world
        .execute("update budgets set hits = array(select h - interval '24:00:01' from unnest(hits) h)")
        .await;
    from(&world, &node, "192.0.2.9").start(JOHN).await;
    assert_eq!(world.count("select count(*) from outbox where deliverable").await, 21);
}

#[tokio::test] // V-30
async fn a_network_that_starts_too_often_is_told_when_it_may_again() {
    let world = World::with(&[BEHIND_A_PROXY, ("SSPR_BUDGETS__STARTS_PER_NETWORK_PER_HOUR", "3")]).await;
    let node = world.node_without_workers().await;
    for n in 0..3 {
        let walk = from(&world, &node, &format!("2001:db8:1:2::{n}"));
        assert_eq!(to(&walk.start("nobody@contoso.com").await), (303, "/reset/check-email"));
    }
    // One /64 is one network.
    let over = from(&world, &node, "2001:db8:1:2:ffff::1").start(JOHN).await;
    assert_eq!(over.status, 429);
    let seconds: u32 = over.header("retry-after").unwrap().parse().unwrap();
    assert!((3500..=3600).contains(&seconds), "{seconds}");
    assert!(over.body.contains("<h1") && over.body.contains("<time"), "{}", over.body);
    assert_eq!(to(&from(&world, &node, "2001:db8:1:3::1").start(JOHN).await), (303, "/reset/check-email"));
    // The same bucket for the other form that costs something.
    let contact = from(&world, &node, "2001:db8:1:2::9");
    let fields = [("user_id", JOHN)];
    let answer = contact.client.submit("/contact-administrator", "/contact-administrator", &fields).await;
    assert_eq!(answer.status, 429);
}

#[tokio::test] // V-30
async fn headers_that_any_client_can_write_change_no_bucket() {
    let world = World::with(&[("SSPR_BUDGETS__STARTS_PER_NETWORK_PER_HOUR", "3")]).await;
    let node = world.node_without_workers().await;
    for n in 0..4 {
        let walk = from(&world, &node, &format!("192.0.2.{n}"));
        walk.client.header("x-real-ip", &format!("192.0.2.{n}"));
        walk.client.header("forwarded", &format!("for=192.0.2.{n}"));
        let answer = walk.start(JOHN).await;
        assert_eq!(answer.status.as_u16(), if n < 3 { 303 } else { 429 }, "{n}");
    }
    assert_eq!(world.count("select count(*) from budgets where key like 'start/network/%'").await, 1);
    // Behind a proxy, what stands left of the proxy's own line is anybody's text.
    let world = World::with(&[BEHIND_A_PROXY, ("SSPR_BUDGETS__STARTS_PER_NETWORK_PER_HOUR", "3")]).await;
    let node = world.node_without_workers().await;
    for n in 0..4 {
        let walk = from(&world, &node, &format!("192.0.2.{n}, 203.0.113.5"));
        assert_eq!(walk.start(JOHN).await.status.as_u16(), if n < 3 { 303 } else { 429 }, "{n}");
    }
}

#[tokio::test]
async fn a_phone_gets_three_codes_in_ten_minutes_and_the_page_says_when_the_next() {
    let world = World::new().await;
    let node = world.node().await;
    for _ in 0..3 {
        Walk::new(&world, &node).again_up_to_code().await;
    }
    let walk = Walk::new(&world, &node);
    let before = walk.links().len();
    walk.start(JOHN).await;
    let link = walk.next_link(before).await;
    let over = walk.open_link(&link).await;
    assert_eq!(over.status, 422);
    assert!(over.body.contains("Nothing was used up") && over.body.contains("<time"), "{}", over.body);
    // A page with a problem presses no button by itself, or it would press it for ever.
    assert!(!over.body.contains("data-auto-submit"), "{}", over.body);
    assert_eq!(walk.codes().len(), 3);
    // Nothing was used up, not even one of the day's: later the same link works.
    assert_eq!(world.spent("sms/day/").await, 3);
    world.execute("update budgets set hits = array(select h - interval '10 minutes' from unnest(hits) h) where key like 'sms/10%'").await;
    assert_eq!(to(&walk.open_link(&link).await), (303, "/reset/security-code"));
    // A resend at the limit says so too, and keeps the code good.
    world.execute("update budgets set hits = array[now(), now(), now()], fresh_until = now() + interval '1 hour' where key like 'sms/10%'").await;
    let code = walk.next_code(3).await;
    world.turn_back(61).await;
    let over = walk.client.submit("/reset/security-code", "/reset/security-code/resend", &[]).await;
    assert_eq!(over.status, 422);
    assert!(
        over.body.contains("as many codes as it may for now") && over.body.contains("<time"),
        "{}",
        over.body
    );
    assert_eq!(to(&walk.type_code(&code).await), (303, "/reset/new-password"));
}

#[tokio::test]
async fn a_phone_gets_ten_codes_a_day() {
    let world = World::new().await;
    let node = world.node().await;
    world
        .execute(
            "insert into budgets (key, hits, fresh_until)
             values ('sms/day/+14255550100', array(select now() - n * interval '2 hours' from generate_series(10, 1, -1) n), now() + interval '1 day')",
        )
        .await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    let link = walk.link().await;
    let over = walk.open_link(&link).await;
    assert_eq!(over.status, 422);
    assert!(over.body.contains("Nothing was used up"), "{}", over.body);
    assert!(world.sms.sent().is_empty());
    world.execute("update budgets set hits = hits[2:10] where key like 'sms/day/%'").await;
    assert_eq!(to(&walk.open_link(&link).await), (303, "/reset/security-code"));
    assert_eq!(world.sms_to(JOHN_PHONE).await.to, JOHN_PHONE);
}
