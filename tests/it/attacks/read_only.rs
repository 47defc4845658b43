//! A database that takes no writes: a standby, found under the old name after a failover.

use std::time::Duration;

use sqlx::AssertSqlSafe;

use crate::support::{
    app::World,
    client::Client,
    walk::{JOHN, Walk},
};

/// What is read there may be of yesterday: a limit not yet used up, a session not yet ended. So nothing is answered from it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_served_from_a_database_that_takes_no_writes_and_all_goes_on_when_it_does() {
    let world = World::with(&[("SSPR_DATABASE__ACQUIRE_TIMEOUT_MS", "300")]).await;
    let node = world.node_without_workers().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    assert_eq!(walk.client.get("/reset/check-email").await.status, 200);

    let mut operator = world.pool.acquire().await.unwrap();
    let name: String =
        sqlx::query_scalar("select current_database()").fetch_one(&mut *operator).await.unwrap();
    let set = |what: &str| AssertSqlSafe(format!("alter database {name} {what}"));
    let hang_up = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and application_name = 'sspr'";
    sqlx::query(set("set default_transaction_read_only = on")).execute(&mut *operator).await.unwrap();
    sqlx::query(hang_up).execute(&mut *operator).await.unwrap();

    // The first answers say that the connections are gone; what counts is that none comes from new ones.
    for _ in 0..20 {
        for path in ["/reset/check-email", "/readyz"] {
            assert_eq!(walk.client.get(path).await.status, 503, "{path} was answered from a standby");
        }
    }
    assert_eq!(walk.client.get("/livez").await.status, 200);

    sqlx::query(set("reset default_transaction_read_only")).execute(&mut *operator).await.unwrap();
    let other = Client::new(&node.url);
    for tries in 0.. {
        if other.get("/readyz").await.status == 200 {
            break;
        }
        assert!(tries < 500, "the node does not come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(walk.client.get("/reset/check-email").await.status, 200);
}
