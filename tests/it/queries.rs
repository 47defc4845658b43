//! `.sqlx` says what the database says: every committed query is described anew by a freshly migrated Postgres. That a query is
//! missing can't happen: the build would fail.

use std::fs;

use sqlx::{Executor as _, PgPool, SqlSafeStr as _};

use crate::support::app::World;

#[tokio::test]
async fn every_committed_query_is_current() {
    let world = World::new().await;
    let pool: &PgPool = &world.pool;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/.sqlx");
    let mut checked = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let committed: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let sql = committed["query"].as_str().unwrap().to_owned();
        let sql: &'static str = Box::leak(sql.into_boxed_str());
        let mut connection = pool.acquire().await.unwrap();
        let now = connection.describe(sqlx::AssertSqlSafe(sql).into_sql_str()).await.unwrap();
        let now = serde_json::to_value(&now).unwrap();
        // What may be null is guessed from the plan, which changes with the tables' size: the queries say `!` and `?` themselves.
        for part in ["columns", "parameters"] {
            assert_eq!(
                now[part],
                committed["describe"][part],
                "{} is out of date: run .ci/prepare",
                path.display()
            );
        }
        checked += 1;
    }
    assert!(checked > 40, "only {checked} queries found");
}
