//! From the commit that queues a message to the sender that takes it, and how many a second leave.

use std::time::Instant;

use super::{
    Effort,
    client::{each_once, post},
    table::{Goal, Row, Table},
    world::{At, World, run},
};

/// Prints the part. The demo's sender answers at once. What a message waits is read from its row: from the statement that queued
/// it to the one that records its end, which is a little more than from commit to hand-over.
pub async fn measure(world: &World, effort: &Effort, table: &mut Table) {
    world.settle().await;
    let since: time::OffsetDateTime =
        sqlx::query_scalar("select clock_timestamp()").fetch_one(&world.pool).await.unwrap();
    let (cookies, token) = world.form("/reset/verify-user").await;
    let requests = (0..effort.each_kind)
        .map(|_| {
            let fields = [("form_token", token.as_str()), ("user_id", &world.able())];
            post("/reset/verify-user", &cookies, world.number(), &fields)
        })
        .collect();
    each_once(world.ours.address, 1, requests, 303).await;
    world.settle().await;
    let waits: Vec<f64> = sqlx::query_scalar(
        "select (extract(epoch from finished_at - created_at) * 1000)::float8 from outbox
         where created_at > $1 and state = 'sent' order by 1",
    )
    .bind(since)
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert!(waits.len() > effort.each_kind / 2, "only {} messages left", waits.len());
    for (what, at, goal) in [("p50", 50, 5.0), ("p99", 99, 50.0)] {
        table.row(&Row {
            what: &format!("queued to sent, one start at a time, {what}"),
            bare: None,
            ours: waits[waits.len() * at / 100],
            unit: "ms",
            goal: Goal::Most(goal),
        });
    }

    // A pile: everyone's link at once.
    let count = effort.posts * 2;
    let pile = world.attempts(At::CheckEmail, count).await.len();
    run(
        &world.pool,
        "insert into outbox (id, channel, company_id, attempt_id, token_id, recipient, deliverable, message, deadline)
         select gen_random_uuid(), 'email', a.company_id, a.id, t.id, 'someone@fabrikam.com', true,
                jsonb_build_object('kind', 'reset_link', 'user_id', a.typed_user_id, 'browser', a.browser, 'asked_at', now(),
                                   'expires_at', now() + interval '10 minutes'), now() + interval '8 minutes'
         from reset_attempts a join reset_tokens t on t.attempt_id = a.id and t.purpose = 'email_link' and t.consumed_at is null
         where not exists (select from outbox o where o.attempt_id = a.id) and a.email_proven_at is null",
    )
    .await;
    let queued = world.count("select count(*) from outbox where state = 'queued'").await;
    let begun = Instant::now();
    run(&world.pool, "select pg_notify('sspr_outbox', '')").await;
    world.settle().await;
    let took = begun.elapsed().as_secs_f64();
    assert!(queued > 0 && pile > 0, "nothing was queued");
    table.row(&Row {
        what: &format!("messages a second, {queued} queued at once"),
        bare: None,
        ours: queued as f64 / took,
        unit: "/s",
        goal: Goal::Least(2000.0),
    });
}
