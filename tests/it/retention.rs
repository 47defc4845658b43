//! How long rows are kept (ASVS 14.2.7).

use sspr::store::retention::{ATTEMPT_DAYS, CORRESPONDENCE_DAYS, forget_old};

use crate::support::{
    app::World,
    client::Client,
    office::{GLOBAL, Office, row_of},
    walk::{JOHN, Walk},
};

/// So many days pass for all that is forgotten by its age.
async fn days_pass(world: &World, days: i32) {
    for sql in [
        "update outbox set created_at = created_at - make_interval(days => $1), finished_at = finished_at - make_interval(days => $1)",
        "update reset_tokens set created_at = created_at - make_interval(days => $1), expires_at = expires_at - make_interval(days => $1)",
        "update contact_requests set asked_at = asked_at - make_interval(days => $1), closed_at = closed_at - make_interval(days => $1)",
        "update reset_batches set created_at = created_at - make_interval(days => $1)",
        "update reset_attempts set started_at = started_at - make_interval(days => $1)",
    ] {
        sqlx::query(sql).bind(days).execute(&world.pool).await.unwrap();
    }
}

async fn left(world: &World) -> [i64; 6] {
    [
        world.count("select count(*) from reset_attempts").await,
        world.count("select count(*) from reset_tokens").await,
        world.count("select count(*) from outbox").await,
        world.count("select count(*) from contact_requests").await,
        world.count("select count(*) from reset_batches").await,
        world.count("select count(*) from reset_batch_items").await,
    ]
}

#[tokio::test] // ASVS 14.2.7
async fn what_people_wrote_and_were_written_goes_after_its_time_and_what_waits_stays() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    // A reset that nobody finished; two requests to administrators, one of them answered by a batch of links.
    Walk::new(&world, &node).start(JOHN).await;
    let page = "/contact-administrator";
    for user_id in ["user@contoso.com", "passwordadmin@contoso.com"] {
        let client = Client::new(&node.url);
        assert_eq!(client.submit(page, page, &[("user_id", user_id)]).await.status, 303);
        node.decide().await;
    }
    let office = Office::of(&world, &node, GLOBAL).await;
    let rows = [row_of(&world, JOHN).await, row_of(&world, "user@contoso.com").await];
    let query = rows.map(|id| format!("select={id}")).join("&");
    let form = office.client.get(&format!("/portal/users/reset-passwords?{query}")).await;
    let sent = office.accept(&form, "/portal/users/reset-passwords", &[]).await;
    let result = sent.location.unwrap();
    node.drain().await;
    drop(node);
    world
        .execute(
            "insert into outbox (id, channel, recipient, deliverable, message, run_at)
             values (gen_random_uuid(), 'email', 'waits@fabrikam.com', true, '{}', 'infinity')",
        )
        .await;
    let [attempts, tokens, messages, requests, batches, items] = left(&world).await;
    assert_eq!((attempts, requests, batches, items), (1, 2, 1, 2));
    assert!(tokens >= 3 && messages >= 6, "{tokens} {messages}");
    let of_attempts = "select count(*) from outbox where attempt_id is not null";
    let of_attempt = world.count(of_attempts).await;
    let tokens_of_attempt =
        world.count("select count(*) from reset_tokens where attempt_id is not null").await;
    let events = world.count("select count(*) from audit_events").await;

    days_pass(&world, ATTEMPT_DAYS).await;
    forget_old(&world.pool).await.unwrap();
    let kept = [0, tokens - tokens_of_attempt, messages - of_attempt, requests, batches, items];
    assert_eq!(left(&world).await, kept, "the reset goes with what hangs on it");

    days_pass(&world, CORRESPONDENCE_DAYS - ATTEMPT_DAYS - 1).await;
    forget_old(&world.pool).await.unwrap();
    assert_eq!(left(&world).await, kept, "a day is left");

    days_pass(&world, 1).await;
    forget_old(&world.pool).await.unwrap();
    // The request that nobody answered, and the message that waits.
    assert_eq!(left(&world).await, [0, 0, 1, 1, 0, 0]);
    assert_eq!(world.count("select count(*) from outbox where recipient = 'waits@fabrikam.com'").await, 1);
    assert_eq!(world.count("select count(*) from contact_requests where state = 'open'").await, 1);
    assert_eq!(world.count("select count(*) from audit_events").await, events);

    // A page that was kept open says so, and everything else is as it was.
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    assert_eq!(office.client.get(&result).await.status, 404);
    for page in ["/portal/users", "/portal/requests?show=all", "/portal/messages", "/portal/readiness"] {
        assert_eq!(office.client.get(page).await.status, 200, "{page}");
    }
}

#[tokio::test]
async fn years_of_messages_go_in_rounds_and_two_nodes_share_them() {
    let world = World::new().await;
    world
        .execute(
            "insert into outbox (id, channel, recipient, deliverable, message, state, finished_at)
             select gen_random_uuid(), 'email', 'somebody@fabrikam.com', true, '{}', 'sent', now() - interval '1 year'
             from generate_series(1, 11000)",
        )
        .await;
    let (one, other) = tokio::join!(forget_old(&world.pool), forget_old(&world.pool));
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    let after_one_round = world.count("select count(*) from outbox").await;
    assert!((1_000..=6_000).contains(&after_one_round), "{after_one_round}");
    for _ in 0..2 {
        forget_old(&world.pool).await.unwrap();
    }
    assert_eq!(world.count("select count(*) from outbox").await, 0);
}
