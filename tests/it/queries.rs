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

#[tokio::test] // V-59: what anybody can cause costs the same with ten people and with a hundred thousand
async fn what_a_visitor_causes_reads_no_table_whole() {
    let world = World::new().await;
    world
        .execute(
            "insert into users (id, company_id, user_id, user_id_normalised, display_name, role)
             select gen_random_uuid(), c.id, u, u, u, 'service_administrator'
             from companies c, generate_series(1, 5000) n, lateral (select 'many' || n || '@contoso.com') g(u) where c.name = 'Contoso'",
        )
        .await;
    world.execute("insert into alternate_emails (user_id, position, address) select id, 0, user_id from users where user_id like 'many%'").await;
    world.execute("insert into mobile_phones (user_id, number) select id, '+14255550100' from users where user_id like 'many%'").await;
    world.execute("analyze").await;
    let mut connection = world.pool.acquire().await.unwrap();
    // As the service's own connections, whose prepared statements soon have one plan for all parameters.
    connection
        .execute("set enable_seqscan = off; set jit = off; set plan_cache_mode = force_generic_plan")
        .await
        .unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/.sqlx");
    let mut looked = 0;
    for file in fs::read_dir(folder).unwrap() {
        let committed: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        let sql = committed["query"].as_str().unwrap();
        if !["admit_by_level(", "count_failure(", "count_wrong_answer("].iter().any(|of| sql.contains(of)) {
            continue;
        }
        let nulls =
            vec!["null"; committed["describe"]["parameters"]["Left"].as_array().unwrap().len()].join(", ");
        connection.execute(sqlx::AssertSqlSafe(format!("prepare looked as {sql}"))).await.unwrap();
        let plan: serde_json::Value =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("explain (format json) execute looked({nulls})")))
                .fetch_one(&mut *connection)
                .await
                .unwrap();
        connection.execute("deallocate looked").await.unwrap();
        let mut whole = Vec::new();
        read_whole(&plan, &mut whole);
        assert!(whole.is_empty(), "{whole:?} in {sql}");
        looked += 1;
    }
    assert!(looked >= 4, "only {looked} statements were looked at");
}

/// Tables with a row a person that a plan reads from end to end.
fn read_whole(plan: &serde_json::Value, found: &mut Vec<String>) {
    match plan {
        serde_json::Value::Array(parts) => parts.iter().for_each(|part| read_whole(part, found)),
        serde_json::Value::Object(node) => {
            let table = node.get("Relation Name").and_then(|name| name.as_str()).unwrap_or_default();
            let kind = node.get("Node Type").and_then(|kind| kind.as_str()).unwrap_or_default();
            let narrow =
                node.contains_key("Index Cond") || !kind.ends_with("Scan") || kind == "Bitmap Heap Scan";
            if ["users", "alternate_emails", "mobile_phones"].contains(&table) && !narrow {
                found.push(format!("{kind} of {table}"));
            }
            // `position = 0` alone chooses nobody.
            if node.get("Index Cond").is_some_and(|cond| cond == "(\"position\" = 0)") {
                found.push(format!("{kind} of {table} by position"));
            }
            node.values().for_each(|part| read_whole(part, found));
        }
        _ => {}
    }
}
