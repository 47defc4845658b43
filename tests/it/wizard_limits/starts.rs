//! Starts and SMS: per account, network and number.

use super::*;

#[tokio::test] // V-27, V-61
async fn the_sixth_start_from_a_network_sends_nothing_and_shows_nothing() {
    let world = World::with(&with_mails_as_shipped()).await;
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
    assert_eq!(to(&john.open_link(&john.next_link(4).await).await), (303, "/reset/security-code"));
    assert!(john.signs_in(JOHN, &world.first_password(JOHN)).await);
}

/// The budgets of mails as they are shipped, behind a proxy.
fn with_mails_as_shipped() -> Vec<(&'static str, &'static str)> {
    MAILS_AS_SHIPPED.into_iter().chain([BEHIND_A_PROXY]).collect()
}

/// So much time passes for every budget.
async fn later(world: &World, minutes: i32) {
    sqlx::query("update budgets set hits = array(select h - make_interval(mins => $1) from unnest(hits) h)")
        .bind(minutes)
        .execute(&world.pool)
        .await
        .unwrap();
}

#[tokio::test] // V-61, D-09
async fn one_network_that_asks_all_day_keeps_no_mail_from_the_person_elsewhere() {
    let world = World::with(&with_mails_as_shipped()).await;
    let node = world.node_without_workers().await;
    for _ in 0..3 {
        let stranger = from(&world, &node, "203.0.113.9");
        assert_eq!(to(&stranger.start(JOHN).await), (303, "/reset/check-email"));
        node.drain().await;
        for _ in 0..3 {
            world.turn_back(61).await;
            stranger.client.submit("/reset/check-email", "/reset/check-email/resend", &[]).await;
            node.drain().await;
        }
        from(&world, &node, "203.0.113.9").start(JOHN).await;
        node.drain().await;
        // What they asked for was kept back at last, and the page told them nothing of it.
        assert_eq!(stranger.client.open("/reset/check-email").await.1.heading(), "Check your e-mail");
        later(&world, 61).await;
    }
    assert_eq!(world.count("select count(*) from outbox where state = 'sent'").await, 5);
    assert!(world.audited("message_over_budget").await >= 3);
    // John, whom this never saw in any network: a start and each "send again".
    let john = from(&world, &node, "198.51.100.7");
    john.start(JOHN).await;
    node.drain().await;
    for _ in 0..3 {
        world.turn_back(61).await;
        john.client.submit("/reset/check-email", "/reset/check-email/resend", &[]).await;
        node.drain().await;
    }
    assert_eq!(john.links().len(), 5 + 4);
}

#[tokio::test] // V-61
async fn strangers_in_however_many_networks_use_up_nothing_of_where_the_person_was_before() {
    let world = World::with(&with_mails_as_shipped()).await;
    let node = world.node_without_workers().await;
    world
        .execute("insert into sign_in_places (user_id, network) select id, '198.51.100.7' from users where user_id = 'johnsmith@contoso.com'")
        .await;
    let outcomes = "select count(*) from audit_events where event = 'reset_started' and outcome = 'started'";
    for n in 0..50 {
        assert_eq!(
            to(&from(&world, &node, &format!("203.0.113.{n}")).start(JOHN).await),
            (303, "/reset/check-email")
        );
    }
    node.drain().await;
    assert_eq!(world.count(outcomes).await, 20);
    assert_eq!(world.mail.sent().len(), 8);
    // Nobody knows John in this network: a decoy, and nothing shows it.
    let elsewhere = from(&world, &node, "198.51.100.8");
    assert_eq!(to(&elsewhere.start(JOHN).await), (303, "/reset/check-email"));
    assert_eq!(world.count(outcomes).await, 20);
    let john = from(&world, &node, "198.51.100.7");
    assert_eq!(to(&john.start(JOHN).await), (303, "/reset/check-email"));
    node.drain().await;
    assert_eq!(world.count(outcomes).await, 21);
    assert_eq!(john.links().len(), 9);
    assert_eq!(to(&john.open_link(&john.link().await).await), (303, "/reset/security-code"));
    // Where he was half a year ago is a network like any other.
    world.execute("update sign_in_places set last_seen_at = now() - interval '181 days'").await;
    from(&world, &node, "198.51.100.7").start(JOHN).await;
    assert_eq!(world.count(outcomes).await, 21);
}

#[tokio::test] // V-25, V-26: a place of the person's own is no way around any figure
async fn where_the_person_was_before_has_the_same_figures_and_no_more() {
    let world = World::with(&with_mails_as_shipped()).await;
    let node = world.node_without_workers().await;
    world
        .execute(
            "insert into sign_in_places (user_id, network)
             select id, '198.51.100.' || n from users, generate_series(1, 20) n where user_id = 'johnsmith@contoso.com'",
        )
        .await;
    for n in 0..30 {
        from(&world, &node, &format!("198.51.100.{}", 1 + n % 20)).start(JOHN).await;
    }
    node.drain().await;
    assert_eq!(world.count("select count(*) from outbox where deliverable").await, 20);
    assert_eq!(world.mail.sent().len(), 8);
    later(&world, 61).await;
    for _ in 0..2 {
        world.execute("delete from budgets where key like 'start/%'").await;
        for n in 0..20 {
            from(&world, &node, &format!("198.51.100.{}", 1 + n)).start(JOHN).await;
        }
        node.drain().await;
    }
    assert_eq!(world.mail.sent().len(), 15);
    let kinds = "select count(*) from budgets where key like 'mail/day-place/%' and cardinality(hits) = 15";
    assert_eq!(world.count(kinds).await, 1);
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
