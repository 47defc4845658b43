//! How many mails a visitor can cause to one address: counted as they leave.

use sspr::outbox::worker;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::support::{
    app::MAILS_AS_SHIPPED,
    walk::{JOHN, JOHN_MAIL},
};

/// Of the address; the share of a network is wide.
const OF_ADDRESS: [(&str, &str); 5] = [
    MAILS_AS_SHIPPED[2],
    MAILS_AS_SHIPPED[3],
    ("SSPR_BUDGETS__STARTS_PER_ACCOUNT_AND_NETWORK_PER_DAY", "1000"),
    ("SSPR_BUDGETS__STARTS_PER_ACCOUNT_PER_DAY", "1000"),
    BEHIND_A_PROXY,
];

fn to_john(world: &World) -> usize {
    world.mail.sent().iter().filter(|mail| mail.to == JOHN_MAIL).count()
}

async fn over(world: &World) -> i64 {
    world.count("select count(*) from outbox where last_error = 'over the budget of the address' and state = 'gave_up'").await
}

#[tokio::test] // D-09, V-57: at the limit, one before and one behind it; 24 hours
async fn eight_mails_an_hour_and_fifteen_a_day_leave_and_the_visitor_sees_no_difference() {
    let world = World::with(&OF_ADDRESS).await;
    let node = world.node_without_workers().await;
    let pages = std::cell::RefCell::new(Vec::new());
    let starts = async |n: i32, expected: usize| {
        for _ in 0..n {
            let walk = Walk::new(&world, &node);
            assert_eq!(to(&walk.start(JOHN).await), (303, "/reset/check-email"));
            node.drain().await;
            let (_, page) = walk.client.open("/reset/check-email").await;
            pages.borrow_mut().push((page.status, page.heading().to_owned(), page.body.len()));
        }
        assert_eq!(to_john(&world), expected);
    };
    starts(7, 7).await;
    starts(1, 8).await;
    starts(1, 8).await;
    assert_eq!(over(&world).await, 1);
    assert_eq!(world.audited("message_over_budget").await, 1);
    for _ in 0..2 {
        world
            .execute("update budgets set hits = array(select h - interval '61 minutes' from unnest(hits) h) where key like 'mail/%'")
            .await;
        starts(8, 15).await;
    }
    // The day's fifteen are spent, and nothing else was used up by what did not leave.
    assert_eq!(over(&world).await, 1 + 1 + 8);
    for counted in [
        "select sum(cardinality(hits)) from budgets where key like 'mail/day/%' and key not like '%/network/%'",
        "select sum(cardinality(hits)) from budgets where key like 'mail/day/%/network/%'",
    ] {
        assert_eq!(world.count(counted).await, 15);
    }
    pages.borrow_mut().dedup();
    assert_eq!(pages.borrow().len(), 1, "{:?}", pages.borrow());
    // A message that a budget kept back says nothing of the address.
    let doubts = "select count(*) from users u, readiness_of(u.id, '{}', 1000, 15, 10) r
                  where u.user_id = 'johnsmith@contoso.com' and cardinality(r.doubts) = 0";
    assert_eq!(world.count(doubts).await, 1);
    world
        .execute("update budgets set hits = array(select h - interval '1 day' from unnest(hits) h) where key like 'mail/%'")
        .await;
    starts(1, 16).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // D-09, V-25
async fn two_nodes_send_no_more_than_one() {
    let world = World::with(&OF_ADDRESS).await;
    let nodes = [world.node_without_workers().await, world.node_without_workers().await];
    for n in 0..20 {
        Walk::new(&world, &nodes[n % 2]).start(JOHN).await;
    }
    let stop = CancellationToken::new();
    let drains = nodes.iter().map(|node| worker::drain(&node.app.outbox, sspr::random::id(), &stop));
    for drained in futures_util::future::join_all(drains).await {
        drained.unwrap();
    }
    assert_eq!((to_john(&world), over(&world).await), (8, 12));
}

#[tokio::test] // V-19: a decoy's mail is counted like every other, under what was typed
async fn who_is_nobody_is_counted_alike_and_takes_nothing_from_anyone() {
    let world = World::with(&OF_ADDRESS).await;
    let node = world.node_without_workers().await;
    for user_id in ["nobody@contoso.com", "user@contoso.com"] {
        for _ in 0..10 {
            Walk::new(&world, &node).start(user_id).await;
        }
    }
    node.drain().await;
    // Each of the address and of its network.
    assert_eq!(world.spent("mail/hour/").await, 2 * (8 + 8));
    assert_eq!(world.audited("message_over_budget").await, 4);
    assert_eq!(world.count("select count(*) from outbox where state = 'undeliverable'").await, 20);
    Walk::new(&world, &node).start(JOHN).await;
    node.drain().await;
    assert_eq!(to_john(&world), 1);
}

#[tokio::test] // a mail that is tried again is one mail
async fn a_second_try_is_not_counted_again_and_notices_are_not_counted() {
    use sspr::senders::{Reason, SendError};
    let world = World::with(&OF_ADDRESS).await;
    let node = world.node_without_workers().await;
    world.mail.fail_next(SendError::TryAgain(Reason::new("smtp connect")));
    Walk::new(&world, &node).start(JOHN).await;
    node.drain().await;
    assert_eq!((to_john(&world), world.spent("mail/hour/").await), (0, 2));
    world.execute("update outbox set run_at = now()").await;
    node.drain().await;
    assert_eq!((to_john(&world), world.spent("mail/hour/").await), (1, 2));
    was_at(&world, JOHN, "192.0.2.7", 1).await;
    let password = world.first_password(JOHN);
    for n in 0..3 {
        sign_in(&from(&node, &format!("203.0.113.{n}")), JOHN, &password).await;
    }
    node.drain().await;
    assert!(to_john(&world) > 3);
    assert_eq!(world.spent("mail/hour/").await, 2);
}
