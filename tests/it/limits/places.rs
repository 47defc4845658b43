//! From where people sign in, and the notice of a new place.

use sspr::store::retention as store;

use super::*;
use crate::support::{client::link_in, walk::JOHN};

const AT: &str = "a new place";

/// The notices of new places that were sent.
fn notices(world: &World) -> Vec<(String, String)> {
    let of_place = world.mail.sent().into_iter().filter(|mail| mail.subject.contains(AT));
    of_place.map(|mail| (mail.to, mail.text)).collect()
}

#[tokio::test] // ASVS 6.3.5
async fn a_sign_in_from_a_new_place_is_told_and_this_was_not_me_blocks_the_account() {
    let world = World::with(&[BEHIND_A_PROXY]).await;
    let node = world.node().await;
    let password = world.first_password(JOHN);
    let signs_in = async |address: &str| to(&sign_in(&from(&node, address), JOHN, &password).await).0;

    // The very first sign-in is from a new place by necessity; the second from there is from a known one.
    assert_eq!([signs_in("192.0.2.7").await, signs_in("192.0.2.7").await], [303, 303]);
    node.drain().await;
    assert_eq!(notices(&world), []);
    // An IPv6 address of the same /64 is one place.
    assert_eq!(signs_in("2001:db8:1:2::5").await, 303);
    assert_eq!(signs_in("2001:db8:1:2:ffff::6").await, 303);
    let told = world.wait("a notice", || Some(notices(&world)).filter(|told| !told.is_empty())).await;
    node.drain().await;
    let recipients: Vec<String> = told.iter().map(|(to, _)| to.clone()).collect();
    let expected: i64 =
        world.count("select count(*) from outbox where message->>'kind' = 'signed_in_from_new_place'").await;
    assert_eq!(notices(&world).len(), usize::try_from(expected).unwrap(), "{recipients:?}");
    assert!(told[0].1.contains("2001:db8:1:2::/64"), "{}", told[0].1);

    let link = link_in(&told[0].1);
    let link = link[link.find("/not-me/").unwrap()..].to_owned();
    let stranger = from(&node, "203.0.113.1");
    let page = stranger.get(&link).await;
    assert!(page.body.contains("Someone signed in as you from a new place"), "{}", page.body);
    assert_eq!(to(&stranger.submit(&link, &link, &[]).await), (303, "/not-me/done/blocked"));
    assert_eq!(signs_in("192.0.2.7").await, 422);
    assert_eq!(world.count("select count(*) from sessions where user_id is not null").await, 0);
    let deed = "select count(*) from audit_events where event = 'account_blocked' and details->>'deed' = 'signed_in'";
    assert_eq!(world.count(deed).await, 1);
}

#[tokio::test]
async fn a_wrong_password_from_a_new_place_remembers_and_tells_nothing() {
    let world = World::with(&[BEHIND_A_PROXY]).await;
    let node = world.node().await;
    was_at(&world, JOHN, "192.0.2.7", 1).await;
    for user_id in [JOHN, "nobody@contoso.com"] {
        assert_eq!(sign_in(&from(&node, "203.0.113.5"), user_id, "wrong").await.status, 422);
    }
    assert_eq!(world.count("select count(*) from sign_in_places").await, 1);
    assert_eq!(world.count("select count(*) from outbox").await, 0);
}

#[tokio::test] // V-57: at the limit, one before and one behind it
async fn three_new_places_a_day_are_told_and_the_fourth_is_not() {
    let world = World::with(&[BEHIND_A_PROXY]).await;
    let node = world.node_without_workers().await;
    was_at(&world, JOHN, "192.0.2.7", 1).await;
    let told = "select count(*) from reset_tokens where deed = 'signed_in'";
    for (n, expected) in [(1, 1), (2, 2), (3, 3), (4, 3), (5, 3)] {
        let answer =
            sign_in(&from(&node, &format!("203.0.113.{n}")), JOHN, &world.first_password(JOHN)).await;
        assert_eq!(to(&answer), (303, "/"));
        assert_eq!(world.count(told).await, expected, "{n}");
    }
    world.execute("update budgets set hits = array(select h - interval '1 day' from unnest(hits) h) where key like 'new-place/%'").await;
    let answer = sign_in(&from(&node, "203.0.113.6"), JOHN, &world.first_password(JOHN)).await;
    assert_eq!(to(&answer), (303, "/"));
    assert_eq!(world.count(told).await, 4);
}

#[tokio::test]
async fn twenty_places_are_remembered_and_the_longest_unseen_is_forgotten() {
    let world = World::with(&[BEHIND_A_PROXY]).await;
    let node = world.node_without_workers().await;
    for n in 1..=20 {
        was_at(&world, JOHN, &format!("203.0.113.{n}"), n).await;
    }
    let password = world.first_password(JOHN);
    assert_eq!(to(&sign_in(&from(&node, "203.0.113.20"), JOHN, &password).await), (303, "/"));
    assert_eq!(world.count("select count(*) from sign_in_places").await, 20);
    assert_eq!(to(&sign_in(&from(&node, "192.0.2.7"), JOHN, &password).await), (303, "/"));
    assert_eq!(world.count("select count(*) from sign_in_places").await, 20);
    assert_eq!(world.count("select count(*) from sign_in_places where network = '203.0.113.19'").await, 0);
    assert_eq!(world.count("select count(*) from sign_in_places where network = '203.0.113.20'").await, 1);

    // Half a year later a place is new again; the last one is kept, so that this is told.
    world.execute("update sign_in_places set last_seen_at = last_seen_at - interval '181 days'").await;
    store::forget_old(&world.pool).await.unwrap();
    assert_eq!(world.count("select count(*) from sign_in_places where network = '192.0.2.7'").await, 1);
    assert_eq!(world.count("select count(*) from sign_in_places").await, 1);
    let told = "select count(*) from reset_tokens where deed = 'signed_in'";
    let before = world.count(told).await;
    assert_eq!(to(&sign_in(&from(&node, "192.0.2.7"), JOHN, &password).await), (303, "/"));
    assert_eq!(world.count(told).await, before + 1);
}
