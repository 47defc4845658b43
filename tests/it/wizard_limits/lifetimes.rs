//! How long everything is good for, and how often it is sent again.

use super::*;

/// Every length is ten minutes to the second by the database's own arithmetic; ten seconds are left to a slow machine.
#[tokio::test] // V-40, N-14
async fn link_code_and_password_are_each_good_for_ten_minutes() {
    for (late, accepted) in [(590, true), (601, false)] {
        for step in ["link", "code", "password"] {
            let world = World::new().await;
            let node = world.node().await;
            let walk = Walk::new(&world, &node);
            let answer = match step {
                "link" => {
                    walk.start(JOHN).await;
                    let link = walk.link().await;
                    let page = form(&walk.client, &link, "/reset/email-link").await;
                    world.turn_back(late).await;
                    page.send(&walk.client, &[]).await
                }
                "code" => {
                    walk.up_to_code().await;
                    let code = walk.code().await;
                    let page = form(&walk.client, "/reset/security-code", "/reset/security-code").await;
                    world.turn_back(late).await;
                    page.send(&walk.client, &[("code", &code)]).await
                }
                _ => {
                    walk.up_to_password().await;
                    let page = form(&walk.client, "/reset/new-password", "/reset/new-password").await;
                    world.turn_back(late).await;
                    page.send(&walk.client, &[("new_password", NEW), ("confirm_password", NEW)]).await
                }
            };
            let next = match (accepted, step) {
                (false, _) => "/reset/ended",
                (true, "link") => "/reset/security-code",
                (true, "code") => "/reset/new-password",
                (true, _) => "/reset/done",
            };
            assert_eq!(to(&answer), (303, next), "{step} after {late} s");
            if !accepted {
                let (_, page) = walk.client.open("/reset/ended").await;
                assert_eq!(page.heading(), "The time for this reset is over");
                assert!(!walk.signs_in(JOHN, NEW).await);
            }
            let odd = "select count(*) from reset_attempts where email_expires_at - started_at <> interval '10 minutes'
                       or code_expires_at - email_proven_at <> interval '10 minutes'
                       or password_expires_at - code_proven_at <> interval '10 minutes'";
            assert_eq!(world.count(odd).await, 0, "{step}");
        }
    }
}

#[tokio::test] // V-40
async fn thirty_minutes_are_the_most_whatever_was_sent_again() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    for sent in 1..=2 {
        walk.next_link(sent - 1).await;
        world.turn_back(9 * 60).await;
        let answer = walk.client.submit("/reset/check-email", "/reset/check-email/resend", &[]).await;
        assert_eq!(to(&answer), (303, "/reset/check-email?sent=again"));
    }
    let link = walk.next_link(2).await;
    world.turn_back(9 * 60 + 30).await;
    // 27 and a half minutes: a new link would be dead before it could be used.
    let answer = walk.client.submit("/reset/check-email", "/reset/check-email/resend", &[]).await;
    assert_eq!(answer.status, 422);
    assert_eq!(to(&walk.open_link(&link).await), (303, "/reset/security-code"));
    let capped =
        "select count(*) from reset_attempts where code_expires_at = started_at + interval '30 minutes'";
    assert_eq!(world.count(capped).await, 1);
    // Sent with more than two minutes left, so it was sent.
    let code = walk.code().await;
    world.turn_back(150).await;
    let page = walk.client.get("/reset/security-code").await;
    assert_eq!(to(&page), (303, "/reset/ended"));
    assert_eq!(world.audited("code_proven").await, 0);
    drop(code);
}

#[tokio::test]
async fn a_message_with_less_than_two_minutes_left_is_not_sent() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    world.turn_back(8 * 60 + 1).await;
    node.drain().await;
    assert!(world.mail.sent().is_empty());
    assert_eq!(world.count("select count(*) from outbox where state = 'too_late'").await, 1);
}

#[tokio::test]
async fn the_e_mail_is_sent_again_three_times_each_after_a_minute_and_the_newest_link_counts() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    let page = form(&walk.client, "/reset/check-email", "/reset/check-email/resend").await;
    let again = || page.send(&walk.client, &[]);
    let early = again().await;
    assert_eq!(early.status, 422);
    assert!(early.body.contains("Wait until"), "{}", early.body);
    for n in 1..=3 {
        walk.next_link(n - 1).await;
        world.turn_back(61).await;
        assert_eq!(to(&again().await), (303, "/reset/check-email?sent=again"), "{n}");
    }
    walk.next_link(3).await;
    world.turn_back(61).await;
    let over = again().await;
    assert_eq!(over.status, 422);
    assert_eq!(over.hidden_fields("/reset/check-email/resend"), None, "a button that can do nothing");
    assert!(over.body.contains("sent again for this reset"), "{}", over.body);
    let links = walk.links();
    assert_eq!(links.len(), 4);
    for old in &links[..3] {
        let page = walk.client.get(old).await;
        assert_eq!((page.status.as_u16(), page.heading()), (410, "There is a newer e-mail"));
    }
    assert_eq!(to(&walk.open_link(&links[3]).await), (303, "/reset/security-code"));
}

#[tokio::test]
async fn the_code_is_sent_again_three_times_each_after_a_minute() {
    let world = World::with(&MANY_STARTS).await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    let page = form(&walk.client, "/reset/security-code", "/reset/security-code/resend").await;
    let again = || page.send(&walk.client, &[]);
    let early = again().await;
    assert_eq!(early.status, 422);
    assert!(early.body.contains("Wait until"), "{}", early.body);
    for n in 1..=3 {
        walk.next_code(n - 1).await;
        world.turn_back(61).await;
        assert_eq!(to(&again().await), (303, "/reset/security-code?sent=again"), "{n}");
    }
    let newest = walk.next_code(3).await;
    world.turn_back(61).await;
    assert_eq!(again().await.status, 422);
    assert_eq!(walk.codes().len(), 4);
    assert_eq!(to(&walk.type_code(&newest).await), (303, "/reset/new-password"));
}
