//! `sspr audit list` and `sspr audit verify`, as an operator types them.

use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use sqlx::SqlSafeStr as _;

use super::*;
use crate::{
    shell::Shell,
    support::walk::{JOHN, Walk},
};

const URL: &str = "https://reset.contoso.com";

/// One event with these columns, at so many minutes ago.
async fn event(
    world: &World,
    minutes: i32,
    company: &str,
    event: &str,
    subject: &str,
    actor: &str,
    outcome: &str,
) {
    let sql = "insert into audit_events (id, at, event, company_id, user_id, subject, actor, outcome)
               select gen_random_uuid(), now() - $1 * interval '1 minute', $3,
                      (select id from companies where name = $2), (select id from users where user_id = $4), $4, $5, $6";
    sqlx::query(sql)
        .bind(minutes)
        .bind(company)
        .bind(event)
        .bind(subject)
        .bind(actor)
        .bind(outcome)
        .execute(&world.pool)
        .await
        .unwrap();
}

/// What a line of words lists, by subject.
async fn subjects(shell: &Shell, line: &str) -> Vec<String> {
    let heard = shell.types(format!("audit list -o json {line}").trim_end()).await.json();
    heard.as_array().unwrap().iter().map(|event| event["Subject"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn events_are_listed_newest_first_by_every_filter_and_by_all_together() {
    let world = World::new().await;
    let shell = Shell::of(&world, URL);
    event(&world, 1, "Contoso", "signed_in", JOHN, JOHN, "done").await;
    event(&world, 2, "Contoso", "sign_in_failed", "Nobody@contoso.com", "visitor", "unknown_user").await;
    event(&world, 3, "Contoso", "user_changed", "user@contoso.com", "JohnSmith@contoso.com", "done").await;
    event(&world, 60 * 24 * 3, "Contoso", "user_changed", JOHN, "operator:ann", "done").await;
    let all = [JOHN, "Nobody@contoso.com", "user@contoso.com", JOHN];
    assert_eq!(subjects(&shell, "").await, all);
    assert_eq!(subjects(&shell, "--limit 2").await, all[..2]);
    // About John and by John, whatever the case.
    assert_eq!(subjects(&shell, "--user JOHNSMITH@contoso.com").await, [JOHN, "user@contoso.com", JOHN]);
    assert_eq!(subjects(&shell, "--user operator:ann").await, [JOHN]);
    assert_eq!(subjects(&shell, "--user john").await, [""; 0], "a user ID is meant whole");
    assert_eq!(subjects(&shell, "--user j%").await, [""; 0]);
    assert_eq!(subjects(&shell, "--event user_changed").await, ["user@contoso.com", JOHN]);
    assert_eq!(subjects(&shell, "--outcome unknown_user").await, ["Nobody@contoso.com"]);
    assert_eq!(subjects(&shell, "--since 2d").await, all[..3]);
    assert_eq!(subjects(&shell, "--until 2d").await, all[3..]);
    assert_eq!(
        subjects(&shell, "--since 2d --event user_changed --user johnsmith@contoso.com").await,
        ["user@contoso.com"]
    );
    let none = shell.types("audit list --event signed_out").await;
    assert_eq!((none.code, none.out.as_str()), (0, ""));
    assert!(none.err.contains("no such event"), "{none:?}");
    let cut = shell.types("audit list --limit 2 -o csv").await;
    assert!(cut.err.contains("--limit shows more"), "{cut:?}");
}

#[tokio::test]
async fn a_user_who_was_renamed_is_found_by_the_old_events_too() {
    let world = World::new().await;
    let shell = Shell::of(&world, URL);
    event(&world, 1, "Contoso", "user_changed", JOHN, "operator:ann", "done").await;
    world.execute("update users set user_id = 'jsmith@contoso.com', user_id_normalised = 'jsmith@contoso.com' where user_id = 'johnsmith@contoso.com'").await;
    assert_eq!(subjects(&shell, "--user jsmith@contoso.com").await, [JOHN]);
    assert_eq!(subjects(&shell, "--user johnsmith@contoso.com").await, [JOHN]);
}

#[tokio::test]
async fn the_company_is_that_of_the_user_id_else_the_one_named_and_strangers_have_a_list_of_their_own() {
    let world = World::new().await;
    let shell = Shell::of(&world, URL);
    event(&world, 1, "Contoso", "signed_in", JOHN, JOHN, "done").await;
    event(&world, 2, "Fabrikam", "signed_in", "globaladmin@fabrikam.com", "globaladmin@fabrikam.com", "done")
        .await;
    event(&world, 3, "nobody", "throttled", "x@tailspin.example", "visitor", "over_budget").await;
    assert_eq!(subjects(&shell, "").await, [JOHN]);
    assert_eq!(subjects(&shell, "--company fabrikam.com").await, ["globaladmin@fabrikam.com"]);
    assert_eq!(subjects(&shell, "--user globaladmin@fabrikam.com").await, ["globaladmin@fabrikam.com"]);
    // Also of somebody who is gone.
    assert_eq!(subjects(&shell, "--user gone@fabrikam.com --event signed_in").await, [""; 0]);
    assert_eq!(subjects(&shell, "--user johnsmith@contoso.com --company fabrikam.com").await, [""; 0]);
    assert_eq!(subjects(&shell, "--of-nobody").await, ["x@tailspin.example"]);
}

#[tokio::test]
async fn an_attempt_is_listed_step_by_step_and_a_reset_is_found_by_its_receipt() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    walk.set_password(crate::support::walk::NEW).await;
    let attempt: Uuid =
        sqlx::query_scalar("select id from reset_attempts").fetch_one(&world.pool).await.unwrap();
    let shell = Shell::of(&world, URL);
    let listed = shell.types(&format!("audit list --attempt {attempt} -o json")).await.json();
    let steps: Vec<&str> = listed.as_array().unwrap().iter().map(|e| e["Event"].as_str().unwrap()).collect();
    assert_eq!(steps, ["password_reset", "code_proven", "email_proven", "reset_started"]);
    let receipt: String =
        sqlx::query_scalar("select receipt from reset_attempts").fetch_one(&world.pool).await.unwrap();
    assert_eq!(subjects(&shell, &format!("--user {}", receipt.to_lowercase())).await, [JOHN]);
}

#[tokio::test] // V-66, V-67
async fn every_form_is_safe_to_read_and_json_lines_are_one_a_line() {
    let world = World::new().await;
    let shell = Shell::of(&world, URL);
    let attack = "=1+1\n\u{1b}[2Jforged\u{2028}\"x";
    event(&world, 1, "Contoso", "sign_in_failed", attack, "visitor", "unknown_user").await;
    event(&world, 2, "Contoso", "signed_in", JOHN, JOHN, "done").await;
    for form in ["list", "table", "csv", "json"] {
        let heard = shell.types(&format!("audit list -o {form}")).await;
        assert_eq!(heard.code, 0);
        if form == "csv" {
            assert!(heard.out.contains("\"'=1+1\n"), "{heard:?}");
        } else {
            assert!(!heard.out.contains('\u{1b}'), "{form}: {heard:?}");
        }
    }
    let lines = shell.types("audit list --json-lines").await;
    let events: Vec<Value> = lines.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 2, "{lines:?}");
    assert_eq!((&events[0]["subject"], &events[1]["actor"]), (&json!(attack), &json!(JOHN)));
    assert_eq!(events[1]["details"], json!({}));
    assert!(!lines.out.contains(['\u{1b}', '\u{2028}']));
}

#[tokio::test]
async fn a_long_list_goes_over_pages_without_losing_or_doubling_a_row() {
    let world = World::new().await;
    let shell = Shell::of(&world, URL);
    // Many at one time: the order among them is by id.
    world
        .execute(
            "insert into audit_events (id, at, event, company_id, subject, actor, outcome)
             select gen_random_uuid(), now() - (n / 500) * interval '1 hour', 'signed_in', (select id from companies where name = 'Contoso'),
                    n::text, 'x', 'done' from generate_series(1, 2600) n",
        )
        .await;
    let heard = shell.types("audit list --json-lines --limit 100000").await;
    let mut found: Vec<u32> = heard
        .out
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["subject"].as_str().unwrap().parse().unwrap()
        })
        .collect();
    assert_eq!(found.len(), 2600);
    found.sort_unstable();
    assert!(found.iter().copied().eq(1..=2600));
}

/// Every row that a plan looked at, also those that it threw away.
fn rows_looked_at(plan: &Value) -> f64 {
    let number = |key: &str| plan[key].as_f64().unwrap_or_default();
    let scan = plan["Node Type"].as_str().is_some_and(|kind| kind.contains("Scan"));
    let own =
        (number("Actual Rows") + number("Rows Removed by Filter") + number("Rows Removed by Index Recheck"))
            * number("Actual Loops");
    let below: f64 = plan["Plans"].as_array().into_iter().flatten().map(rows_looked_at).sum();
    below + if scan { own } else { 0.0 }
}

#[tokio::test]
async fn no_filter_looks_at_many_more_rows_than_it_gives() {
    let world = World::new().await;
    // Two companies, in turns; a rare event, a rare person, a rare failure, and 19,000 of everyday.
    world
        .execute(
            "insert into audit_events (id, at, event, company_id, user_id, subject, actor, attempt_id, outcome)
             select gen_random_uuid(), now() - n * interval '1 minute',
                    case when n % 2000 < 2 then 'break_glass' else 'signed_in' end,
                    (select id from companies where name = case when n % 2 = 0 then 'Contoso' else 'Fabrikam' end),
                    case when n % 1000 < 2 then (select id from users where user_id = 'johnsmith@contoso.com') end,
                    'person' || n || '@contoso.com', 'person' || n || '@contoso.com',
                    case when n % 1000 < 2 then '00000000-0000-0000-0000-000000000001'::uuid end,
                    case when n % 1000 < 2 then 'refused' else 'done' end
             from generate_series(1, 20000) n",
        )
        .await;
    world.execute("analyze audit_events").await;
    let sql = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.sqlx"))
        .unwrap()
        .map(|file| {
            serde_json::from_str::<Value>(&fs::read_to_string(file.unwrap().path()).unwrap()).unwrap()
        })
        .map(|query| query["query"].as_str().unwrap().to_owned())
        .find(|sql| sql.contains("order by e.at desc, e.id desc limit $13"))
        .expect("the statement of the list");
    let company: Uuid = sqlx::query_scalar("select id from companies where name = 'Contoso'")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    let john: Uuid = sqlx::query_scalar("select id from users where user_id = 'johnsmith@contoso.com'")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    // As the service's connections are.
    let pool =
        sspr::store::connect::pool(&world.database.url(), &sspr::store::connect::Limits::default()).unwrap();
    let none: Option<&str> = None;
    for (what, user, pattern, event, outcome, not_done, attempt, since, behind) in [
        ("everything", None, none, none, none, false, None, none, none),
        ("a page far behind", None, none, none, none, false, None, none, Some("10 days")),
        ("a person", Some(john), none, none, none, false, None, none, none),
        ("a name", None, Some("person500@contoso.com"), none, none, false, None, none, none),
        ("the beginning of a name", None, Some("person1999%"), none, none, false, None, none, none),
        (
            "a person by any name",
            Some(john),
            Some("johnsmith@contoso.com"),
            none,
            none,
            false,
            None,
            none,
            none,
        ),
        ("a rare event", None, none, Some("break\\_glass"), none, false, None, none, none),
        ("a rare outcome", None, none, none, Some("refused"), false, None, none, none),
        ("failures", None, none, none, none, true, None, none, none),
        ("an attempt", None, none, none, none, false, Some(Uuid::from_u128(1)), none, none),
        ("the last hour", None, none, none, none, false, None, Some("1 hour"), none),
    ] {
        let event = event.map(|event: &str| event.replace('\\', ""));
        let explain = format!("explain (analyze, format json) {sql}");
        let now = sspr::clock::now();
        let ago = |interval: Option<&str>| match interval {
            Some("1 hour") => Some(now - time::Duration::hours(1)),
            Some(_) => Some(now - time::Duration::days(10)),
            None => None,
        };
        let plan: Value = sqlx::query_scalar(AssertSqlSafe(explain).into_sql_str())
            .bind(company)
            .bind(user)
            .bind(pattern)
            .bind(none)
            .bind(event)
            .bind(outcome)
            .bind(not_done)
            .bind(attempt)
            .bind(ago(since))
            .bind(None::<time::OffsetDateTime>)
            .bind(ago(behind))
            .bind(Uuid::nil())
            .bind(50i64)
            .fetch_one(&pool)
            .await
            .unwrap();
        let looked = rows_looked_at(&plan[0]["Plan"]);
        assert!(looked <= 250.0, "{what}: {looked} rows: {plan:#}");
        assert!(!plan.to_string().contains("Seq Scan"), "{what}: {plan:#}");
    }
}

#[tokio::test]
async fn verify_says_that_all_is_well_and_what_is_not_and_ends_accordingly() {
    let mut log = Log::sealed(3).await;
    let mut shell = Shell::of(&log.world, URL);
    log.add(1).await;
    let head = log.head().await;
    let good = shell.types("audit verify -o json").await.json();
    assert_eq!((&good["Intact"], &good["Sealed"], &good["Unsealed"]), (&json!(true), &json!(3), &json!(1)));
    assert_eq!(good["Checkpoint"], head.to_string());
    log.seal().await;
    assert_eq!(shell.types(&format!("audit verify --checkpoint {head}")).await.code, 0);

    // From the log, in a file or piped in.
    let lines =
        format!("something\n2026-11-21T09:00:00Z  INFO sspr::sealer: audit checkpoint checkpoint={head}\n");
    let file = shell.folder.file("service.log", &lines);
    let compared = shell.types(&format!("audit verify --checkpoints {file} -o json")).await.json();
    assert_eq!(compared["CheckpointsCompared"], 1);
    let piped = shell.runs(&["audit", "verify", "--checkpoints", "-"], &lines).await;
    assert_eq!(piped.code, 0, "{piped:?}");
    // A file without any must not look like one that was compared.
    let empty = shell.folder.file("empty.log", "something\n");
    shell
        .types(&format!("audit verify --checkpoints {empty}"))
        .await
        .refused(1, "no line of an audit checkpoint");
    shell.types("audit verify --checkpoints nowhere.log").await.refused(1, "nowhere.log");
    // Nor may a line that was spoiled pass for one that said nothing.
    let spoiled = shell
        .folder
        .file("spoiled.log", &format!("{lines}INFO sspr::sealer: audit checkpoint checkpoint=3:00\n"));
    let told = shell.types(&format!("audit verify --checkpoints {spoiled}")).await;
    assert!(told.code == 1 && told.err.contains("somebody changed the log"), "{told:?}");

    log.tamper("delete from audit_seals where seq > 2; delete from audit_events where id not in (select event_id from audit_seals)").await;
    assert_eq!(shell.types("audit verify").await.code, 0);
    let cut = shell.types(&format!("audit verify --checkpoints {file}")).await;
    assert_eq!(cut.code, 1, "{cut:?}");
    assert!(cut.err.contains("the chain ends at 2, but a checkpoint knows 3"), "{cut:?}");
    assert!(cut.out.contains("Intact              : False"), "{cut:?}");

    let event = log.at(1).await;
    log.tamper("update audit_events set actor = 'operator:ben'").await;
    let edited = shell.types("audit verify").await;
    assert_eq!(edited.code, 1);
    assert!(edited.err.contains(&format!("event {event} is not what was sealed at 1")), "{edited:?}");

    // Without the key nothing can be said, and with another one nothing is believed.
    let other = shell.folder.file("other", &STANDARD.encode([9u8, 1].repeat(16)));
    shell.set("SSPR_KEYS__CURRENT_FILE", &other);
    let unknown = shell.types("audit verify").await;
    assert!(unknown.code == 1 && unknown.err.contains("keys.previous_files"), "{unknown:?}");
    shell.unset("SSPR_KEYS__CURRENT_FILE");
    log.world.execute("update installation set demo = false").await;
    shell.types("audit verify").await.refused(78, "keys.current_file");
}
