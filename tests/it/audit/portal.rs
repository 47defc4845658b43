//! `/portal/audit`: who may read it, what they find, and what they take with them.

use serde_json::Value;

use super::*;
use crate::support::{
    app::Node,
    client::{Answer, Client},
    walk::{JOHN, NEW, Walk},
};

const ADMIN: &str = "globaladmin@contoso.com";
const OTHER: &str = "globaladmin@fabrikam.com";

/// Someone who signed in.
async fn signed_in(world: &World, node: &Node, user_id: &str) -> Client {
    let client = Client::new(&node.url);
    let password = world.first_password(user_id);
    let fields = [("user_id", user_id), ("password", password.as_str())];
    assert_eq!(client.submit("/sign-in", "/sign-in", &fields).await.status, 303, "{user_id}");
    client
}

/// So many events of a company, a minute apart, the newest first: `COMPANY-1`, `COMPANY-2` … as their subjects.
async fn events(world: &World, company: &str, count: i32) {
    let sql = "insert into audit_events (id, at, event, company_id, subject, actor, attempt_id, outcome, details)
               select gen_random_uuid(), now() - n * interval '1 minute', 'user_changed', c.id, $1 || '-' || n, $1 || '-actor',
                      case when n = 1 then md5($1)::uuid end, 'done', jsonb_build_object('receipt', upper($1) || n)
               from companies c, generate_series(1, $2) n where c.name = $1";
    sqlx::query(sql).bind(company).bind(count).execute(&world.pool).await.unwrap();
}

/// The subjects on a page, in their order, of those that [`events`] made.
fn subjects(answer: &Answer, company: &str) -> Vec<u32> {
    let start = format!("<bdi>{company}-");
    let number = |rest: &str| rest.split_once('<').unwrap().0.parse().ok();
    answer.body.split(start.as_str()).skip(1).filter_map(number).collect()
}

/// Where the link with these words leads.
fn link(answer: &Answer, words: &str) -> Option<String> {
    let (before, _) = answer.body.split_once(&format!(">{words}</a>"))?;
    let (_, href) = before.rsplit_once("href=\"")?;
    Some(href.split_once('"').unwrap().0.replace("&#38;", "&").replace("&amp;", "&"))
}

#[tokio::test]
async fn only_a_global_administrator_opens_it_and_whoever_else_tries_is_recorded() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    events(&world, "Contoso", 1).await;
    let attempt: Uuid =
        sqlx::query_scalar("select attempt_id from audit_events").fetch_one(&world.pool).await.unwrap();
    let paths = [
        "/portal/audit".to_owned(),
        "/portal/audit.csv".into(),
        "/portal/audit.jsonl".into(),
        format!("/portal/audit/attempts/{attempt}"),
    ];
    let people: Vec<(String, String)> = sqlx::query_as(
        "select distinct on (role) user_id, role from users where user_id like '%@contoso.com' and blocked_at is null and password_hash is not null order by role, user_id",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert_eq!(people.len(), 6, "one of each role: {people:?}");
    for (user_id, role) in people {
        let client = signed_in(&world, &node, &user_id).await;
        for path in &paths {
            let answer = client.get(path).await;
            let expected = if role == "global_administrator" { 200 } else { 403 };
            assert_eq!(answer.status.as_u16(), expected, "{role} {path}");
            assert_eq!(answer.body.contains("Contoso-1"), expected == 200, "{role} {path}");
        }
        let denied = sqlx::query_scalar::<_, i64>(
            "select count(*) from audit_events where event = 'access_denied' and actor = $1",
        )
        .bind(&user_id)
        .fetch_one(&world.pool)
        .await
        .unwrap();
        assert_eq!(denied, if role == "global_administrator" { 0 } else { 4 }, "{role}");
    }
    for path in &paths {
        let answer = Client::new(&node.url).get(path).await;
        assert_eq!(answer.location.as_deref(), Some("/sign-in?notice=first"), "{path}");
    }
}

#[tokio::test]
async fn nothing_of_another_company_is_found_by_any_road() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    events(&world, "Contoso", 3).await;
    events(&world, "Fabrikam", 3).await;
    world.execute("insert into audit_events (id, event, subject, actor, outcome) values (gen_random_uuid(), 'throttled', 'Nobodys-1', 'visitor', 'over_budget')").await;
    world.execute("update audit_events set user_id = (select id from users where user_id = 'johnsmith@contoso.com') where subject like 'Contoso-%'").await;
    let john: Uuid = sqlx::query_scalar("select id from users where user_id = $1")
        .bind(JOHN)
        .fetch_one(&world.pool)
        .await
        .unwrap();
    let attempt: Uuid = sqlx::query_scalar("select attempt_id from audit_events where subject = 'Contoso-1'")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    let newest: i64 = sqlx::query_scalar("select (extract(epoch from now()) * 1000000)::bigint")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    for (user_id, may) in [(ADMIN, true), (OTHER, false)] {
        let client = signed_in(&world, &node, user_id).await;
        for query in [
            String::new(),
            "?search=contoso".into(),
            "?search=CONTOSO1".into(),
            "?event=user_changed".into(),
            format!("?user={john}"),
            format!("?older={newest}.{}", Uuid::max().simple()),
            format!("?newer=0.{}", Uuid::nil().simple()),
            format!("?from=2020-01-01&user={john}&search=contoso"),
        ] {
            for path in ["/portal/audit", "/portal/audit.csv", "/portal/audit.jsonl"] {
                let path = format!("{path}{query}");
                let answer = client.get(&path).await;
                assert_eq!(answer.status, 200, "{path}");
                // What was searched for stands in the field again: only rows count.
                let body = answer.body.replace("value=\"contoso\"", "").replace("value=\"CONTOSO1\"", "");
                assert_eq!(body.contains("Contoso-1"), may, "{user_id} {path}");
                assert!(!body.contains("Nobodys-1"), "{path}");
                assert!(may || !body.contains(&attempt.to_string()), "{path}");
                assert!(!may || !body.contains("Fabrikam-"), "{path}");
            }
        }
        let steps = client.get(&format!("/portal/audit/attempts/{attempt}")).await;
        assert_eq!(steps.status.as_u16(), if may { 200 } else { 404 });
        assert_eq!(steps.body.contains("Contoso-1"), may);
    }
    let client = signed_in(&world, &node, ADMIN).await;
    for none in ["x", "00000000-0000-0000-0000-000000000009"] {
        assert_eq!(client.get(&format!("/portal/audit/attempts/{none}")).await.status, 404);
    }
}

#[tokio::test]
async fn pages_go_on_where_they_ended_whatever_comes_meanwhile_and_back() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    events(&world, "Contoso", 120).await;
    let client = signed_in(&world, &node, ADMIN).await;
    let first = client.get("/portal/audit?search=contoso-").await;
    assert_eq!(subjects(&first, "Contoso"), (1..=50).collect::<Vec<_>>());
    assert_eq!(link(&first, "Newer"), None);
    // Something happens, and the second page is what it was.
    events(&world, "Contoso", 1).await;
    let second = client.get(&link(&first, "Older").unwrap()).await;
    assert_eq!(subjects(&second, "Contoso"), (51..=100).collect::<Vec<_>>());
    let third = client.get(&link(&second, "Older").unwrap()).await;
    assert_eq!(subjects(&third, "Contoso"), (101..=120).collect::<Vec<_>>());
    assert_eq!(link(&third, "Older"), None);
    let back = client.get(&link(&third, "Newer").unwrap()).await;
    assert_eq!(subjects(&back, "Contoso"), (51..=100).collect::<Vec<_>>());
    let first = client.get(&link(&back, "Newer").unwrap()).await;
    // The one that came since is there: on this page or before it.
    assert_eq!(subjects(&first, "Contoso"), (1..=50).collect::<Vec<_>>());
    let before = client.get(&link(&first, "Newer").unwrap()).await;
    assert_eq!(subjects(&before, "Contoso"), [1]);
    assert_eq!(link(&before, "Newer"), None);
    assert!(link(&before, "Older").is_some());
    // The filter stays in the address.
    assert!(link(&before, "Older").unwrap().contains("search=contoso-"));
}

#[tokio::test]
async fn filters_are_understood_and_what_is_not_is_told_at_its_field() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    events(&world, "Contoso", 3).await;
    world.execute("update audit_events set at = '2026-01-31 23:59:59+00' where subject = 'Contoso-1'").await;
    world.execute("update audit_events set at = '2026-02-01 00:00:00+00', outcome = 'denied' where subject = 'Contoso-2'").await;
    world.execute("update audit_events set at = '2026-02-02 00:00:00+00', event = 'break_glass' where subject = 'Contoso-3'").await;
    let client = signed_in(&world, &node, ADMIN).await;
    for (query, expected) in [
        ("search=contoso-", vec![3, 2, 1]),
        ("search=CONTOSO-2", vec![2]),
        ("search=ontoso", vec![]),
        ("search=contoso-actor", vec![3, 2, 1]),
        ("search=contoso3", vec![3]),
        ("search=c%25", vec![]),
        ("search=%00contoso-1", vec![1]),
        ("search=contoso-&event=break_glass", vec![3]),
        ("search=contoso-&outcome=not_done", vec![2]),
        ("from=2026-02-01&until=2026-02-01", vec![2]),
        ("until=2026-01-31", vec![1]),
        ("from=2026-02-02&search=contoso-", vec![3]),
        ("search=contoso-&older=nonsense", vec![3, 2, 1]),
    ] {
        let answer = client.get(&format!("/portal/audit?{query}")).await;
        assert_eq!(
            (answer.status.as_u16(), subjects(&answer, "Contoso")),
            (200, expected.clone()),
            "{query}"
        );
        let lines = client.get(&format!("/portal/audit.jsonl?{query}")).await;
        assert_eq!(
            lines.body.lines().filter(|line| line.contains("Contoso-")).count(),
            expected.len(),
            "{query}"
        );
    }
    for query in ["from=yesterday", "until=2026-02-30", "from=2026-02-02&until=2026-02-01"] {
        let answer = client.get(&format!("/portal/audit?{query}")).await;
        assert_eq!(answer.status, 422, "{query}");
        assert!(
            answer.body.contains("There is a problem") && answer.body.contains("aria-invalid"),
            "{query}"
        );
    }
    let nothing = client.get("/portal/audit?search=tailspin").await;
    assert!(nothing.body.contains("Nothing fits"));
}

#[tokio::test]
async fn a_reset_is_shown_step_by_step_with_its_wrong_code_and_its_end() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    walk.type_code("00000000").await;
    let client = signed_in(&world, &node, ADMIN).await;
    let list = client.get(&format!("/portal/audit?search={JOHN}")).await;
    let (_, rest) = list.body.split_once("/portal/audit/attempts/").expect("a link to the steps");
    let path = format!("/portal/audit/attempts/{}", rest.split_once('"').unwrap().0);
    let under_way = client.get(&path).await;
    assert!(under_way.body.contains("Under way."), "{}", under_way.body);
    let code = walk.code().await;
    walk.type_code(&code).await;
    walk.set_password(NEW).await;
    let done = client.get(&path).await;
    let steps = [
        "Reset started",
        "E-mail link opened",
        "Wrong security code",
        "Security code entered",
        "Password reset",
    ];
    let mut rest = done.body.split_once("class=\"walk\"").unwrap().1;
    for step in steps {
        rest = rest
            .split_once(&format!("<p class=\"step\">{step}</p>"))
            .unwrap_or_else(|| panic!("{step}: {}", done.body))
            .1;
    }
    assert!(!rest.contains("class=\"step\""), "no more steps");
    assert!(done.body.contains("The password was reset.") && done.body.contains(JOHN));
    // Its row is kept for thirty days; what was recorded stays.
    world.execute("delete from reset_attempts").await;
    let later = client.get(&path).await;
    assert!(later.status == 200 && later.body.contains("The password was reset."));
}

#[tokio::test]
async fn every_end_of_an_attempt_has_its_words() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    let client = signed_in(&world, &node, ADMIN).await;
    let id: Uuid = sqlx::query_scalar("select id from reset_attempts").fetch_one(&world.pool).await.unwrap();
    let path = format!("/portal/audit/attempts/{id}");
    for (sql, words) in [
        ("update reset_attempts set code_expires_at = now()", "The time ran out."),
        ("update reset_attempts set ended_at = now(), end_reason = 'replaced'", "Replaced by a newer start"),
        ("update reset_attempts set end_reason = 'too_many_tries'", "too many wrong codes"),
        ("update reset_attempts set end_reason = 'switched_off'", "self-service changed meanwhile"),
        ("update reset_attempts set end_reason = 'not_me'", "said that it was not theirs"),
        ("update reset_attempts set end_reason = 'used'", "It ended without a new password."),
        ("delete from reset_attempts", "It ended without a new password."),
    ] {
        world.execute(sql).await;
        assert!(client.get(&path).await.body.contains(words), "{sql}");
    }
}

#[tokio::test] // V-65
async fn what_strangers_typed_is_text_in_the_list_and_in_the_steps() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    events(&world, "Contoso", 1).await;
    for attack in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "{{7*7}}",
        "</table><h1>x",
    ] {
        sqlx::query(
            "update audit_events set subject = $1, actor = $1, network = $1, outcome = $1, event = $1,
                    details = jsonb_build_object($1::text, $1::text, 'Role', jsonb_build_object('old', $1::text, 'new', $1::text))
             where attempt_id is not null",
        )
        .bind(attack)
        .execute(&world.pool)
        .await
        .unwrap();
        let client = signed_in(&world, &node, ADMIN).await;
        let attempt: Uuid =
            sqlx::query_scalar("select attempt_id from audit_events where attempt_id is not null")
                .fetch_one(&world.pool)
                .await
                .unwrap();
        for path in ["/portal/audit".to_owned(), format!("/portal/audit/attempts/{attempt}")] {
            let answer = client.get(&path).await;
            assert_eq!(answer.status, 200);
            assert!(!attack.contains('<') || !answer.body.contains(attack), "{path}: {attack}");
            assert!(
                !answer.body.contains("<img src=x") && !answer.body.contains("href=\"javascript:"),
                "{path}"
            );
        }
    }
}

#[tokio::test] // V-66, V-67
async fn downloads_are_whole_safe_and_named() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    // More than one batch.
    events(&world, "Contoso", 2500).await;
    world
        .execute("update audit_events set subject = E'=1+1\\n\\u2028x' where subject = 'Contoso-2000'")
        .await;
    let client = signed_in(&world, &node, ADMIN).await;
    let file = client.get("/portal/audit.csv?event=user_changed").await;
    assert_eq!(file.status, 200);
    let header =
        |name: &str| file.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(header("content-disposition"), Some("attachment; filename=\"audit.csv\""));
    assert_eq!(header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(header("cache-control"), Some("no-store"));
    assert!(file.body.starts_with("At,Event,Outcome,Subject,Actor,Network,Attempt,Details,Id\r\n"));
    assert_eq!(file.body.matches("\r\n").count(), 2501);
    assert!(file.body.contains(",\"'=1+1\n"), "a formula runs");
    let lines = client.get("/portal/audit.jsonl?event=user_changed").await;
    let mut subjects: Vec<String> = lines
        .body
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["subject"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((subjects[0].as_str(), subjects[2499].as_str()), ("Contoso-1", "Contoso-2500"));
    assert!(subjects.contains(&"=1+1\n\u{2028}x".to_owned()));
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), 2500, "each once");
}

#[tokio::test]
async fn whoever_loses_the_role_meanwhile_reads_no_further_page() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    events(&world, "Contoso", 120).await;
    let client = signed_in(&world, &node, ADMIN).await;
    let first = client.get("/portal/audit?search=contoso-").await;
    world.execute("update users set role = 'user' where user_id = 'globaladmin@contoso.com'").await;
    assert_eq!(client.get(&link(&first, "Older").unwrap()).await.status, 403);
    assert_eq!(client.get("/portal/audit.csv").await.status, 403);
}
