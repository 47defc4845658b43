//! Passwords that get old: told before, at the sign-in and by mail; changed at the sign-in afterwards.

use std::collections::BTreeMap;

use sspr::store::{self, users};

use super::signed_in;
use crate::support::{
    app::World,
    client::Client,
    crowd::form,
    routes,
    rows::Rows,
    walk::{JOHN, NEW},
};

const RULE: &str = "update companies set password_expires_after_days = 60, password_warning_days = 14";

/// A world with the rule in which nobody has a password: tests give it to those whom they are about.
async fn strict() -> World {
    let world = World::new().await;
    world.execute(RULE).await;
    world.execute("update users set password_hash = null").await;
    world
}

/// Gives a password of this age, in hours.
async fn aged(world: &World, user_id: &str, hours: i32) {
    sqlx::query(
        "update users set password_hash = 'a hash', password_changed_at = now() - make_interval(hours => $2) where user_id_normalised = $1",
    )
    .bind(user_id)
    .bind(hours)
    .execute(&world.pool)
    .await
    .unwrap();
}

/// Turns the clock for passwords and warnings.
async fn later(world: &World, hours: i32) {
    sqlx::query(
        "update users set password_changed_at = password_changed_at - make_interval(hours => $1),
                          expiry_warned_at = expiry_warned_at - make_interval(hours => $1)",
    )
    .bind(hours)
    .execute(&world.pool)
    .await
    .unwrap();
}

async fn warn(world: &World, most: i64) -> i64 {
    let mut tx = store::begin(&world.pool).await.unwrap();
    let told = users::queue_expiry_warnings(&mut tx, most).await.unwrap();
    tx.commit().await.unwrap();
    told
}

/// To whom a warning was queued, with the days that it names.
async fn warned(world: &World) -> BTreeMap<String, Vec<i32>> {
    let rows: Vec<(String, i32)> = sqlx::query_as(
        "select recipient, (message->>'days')::int from outbox where message->>'kind' = 'password_expires' order by created_at, id",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    let mut all: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    for (recipient, days) in rows {
        all.entry(recipient).or_default().push(days);
    }
    all
}

#[tokio::test]
async fn a_person_is_told_when_the_warning_days_begin_and_once_more_on_the_last_day() {
    let world = strict().await;
    let day = 24;
    aged(&world, "johnsmith@contoso.com", 46 * day - 1).await;
    aged(&world, "user@contoso.com", 46 * day + 1).await;
    aged(&world, "passwordadmin@contoso.com", 59 * day + 12).await;
    aged(&world, "billingadmin@contoso.com", 60 * day + 1).await;
    aged(&world, "blocked@contoso.com", 50 * day).await;
    aged(&world, "serviceadmin@contoso.com", 50 * day).await;
    world
        .execute("update users set password_must_change = true where user_id = 'serviceadmin@contoso.com'")
        .await;
    assert_eq!(warn(&world, 100).await, 2);
    let expected = BTreeMap::from([
        ("user@contoso.com".to_owned(), vec![14]),
        ("passwordadmin@contoso.com".to_owned(), vec![1]),
    ]);
    assert_eq!(warned(&world).await, expected);
    assert_eq!(world.audited("expiry_warned").await, 2);
    assert_eq!(warn(&world, 100).await, 0, "told once");

    // John's warning days begin later; both are told once more on their last day.
    later(&world, 12 * day).await;
    assert_eq!(warn(&world, 100).await, 1);
    assert_eq!(warned(&world).await["johnsmith@contoso.com"], [3]);
    later(&world, day + 2).await;
    assert_eq!(warn(&world, 100).await, 2);
    assert_eq!(warned(&world).await["user@contoso.com"], [14, 1]);
    assert_eq!(warned(&world).await["johnsmith@contoso.com"], [3, 1]);
    assert_eq!(warn(&world, 100).await, 0);
    later(&world, 10 * day).await;
    assert_eq!(warn(&world, 100).await, 0, "what is too old is told at the sign-in");
}

#[tokio::test]
async fn a_new_password_has_warnings_of_its_own() {
    let world = strict().await;
    aged(&world, "user@contoso.com", 50 * 24).await;
    assert_eq!(warn(&world, 100).await, 1);
    let mut tx = store::begin(&world.pool).await.unwrap();
    let user = world.user("user@contoso.com").await;
    users::set_password(&mut tx, user, None, "a hash").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(warn(&world, 100).await, 0);
    later(&world, 47 * 24).await;
    assert_eq!(warn(&world, 100).await, 1);
    assert_eq!(warned(&world).await["user@contoso.com"], [10, 13]);
}

#[tokio::test]
async fn a_company_without_the_rule_tells_nobody() {
    let world = World::new().await;
    aged(&world, "user@contoso.com", 10_000 * 24).await;
    assert_eq!(warn(&world, 100).await, 0);
}

#[tokio::test]
async fn the_mail_goes_where_the_person_can_read_it_and_nowhere_else() {
    let world = World::new().await;
    world.execute(RULE).await;
    world.execute("update companies set user_id_is_mailbox = false").await;
    world.execute("update users set password_changed_at = now() - interval '50 days'").await;
    assert!(warn(&world, 100).await > 5);
    let told = warned(&world).await;
    assert!(told.contains_key("johnsmith@fabrikam.com") && !told.contains_key("johnsmith@contoso.com"));
    // No address, no mail, and no record that says so.
    assert!(!told.contains_key("noemail@contoso.com"), "{told:?}");
    let recorded =
        "select count(*) from audit_events where event = 'expiry_warned' and subject = 'noemail@contoso.com'";
    assert_eq!(world.count(recorded).await, 0);
    assert_eq!(warn(&world, 100).await, 0, "and they are not looked at again and again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_look_at_the_same_moment_tell_everyone_once() {
    let world = World::new().await;
    world.execute(RULE).await;
    world.execute("update users set password_changed_at = now() - interval '50 days'").await;
    let nodes: Vec<_> = (0..4)
        .map(|_| async {
            let mut told = 0;
            for _ in 0..20 {
                told += warn(&world, 2).await;
            }
            told
        })
        .collect();
    let told: i64 = futures_util::future::join_all(nodes).await.iter().sum();
    // Everyone but the blocked.
    assert_eq!(told, world.count("select count(*) from users where blocked_at is null").await);
    let mails = world.count("select count(*) from outbox").await;
    assert_eq!(mails, world.count("select count(distinct recipient) from outbox").await);
}

#[tokio::test]
async fn a_node_does_it_by_itself_and_the_mail_says_what_to_do() {
    let world = strict().await;
    aged(&world, "user@contoso.com", 50 * 24).await;
    let node = world.node().await;
    let mail = world.mail_to("user@contoso.com").await;
    assert!(mail.subject.starts_with("Your password expires in 10 days ("), "{}", mail.subject);
    assert!(mail.text.contains(&format!("{}/account/password", node.url)), "{}", mail.text);
}

/// John's password is 61 days old.
async fn expired() -> World {
    let world = World::new().await;
    world.execute(RULE).await;
    world.execute("update users set password_changed_at = now() - interval '61 days'").await;
    world
}

#[tokio::test]
async fn an_expired_password_opens_the_one_page_where_it_is_changed_and_no_other() {
    for must_change in [false, true] {
        let world = expired().await;
        if must_change {
            world.execute("update companies set password_expires_after_days = null").await;
            world.execute("update users set password_must_change = true").await;
        }
        let node = world.node_without_workers().await;
        let john = signed_in(&world, &node, JOHN).await;
        let hidden = form(&john, "/account/password", "/sign-out").await.hidden;
        let before = Rows::read(&world.pool).await;
        let mut tried = 0;
        let inside = |path: &str| path.starts_with("/account") || path.starts_with("/portal/");
        for route in routes::all().iter().filter(|route| inside(&route.path)) {
            // The one page, and the page for what is not built.
            if route.path == "/account/password" || route.path.contains("{*") {
                continue;
            }
            let path = route.with(&sspr::random::id().to_string());
            if route.get {
                let answer = john.get(&path).await;
                assert_eq!(answer.location.as_deref(), Some("/account/password"), "GET {path}: {answer:?}");
            }
            if route.post {
                let answer = john.post_form(&path, hidden.clone(), &[]).await;
                assert_eq!(answer.location.as_deref(), Some("/account/password"), "POST {path}: {answer:?}");
            }
            tried += 1;
        }
        assert!(tried >= 4, "{tried}");
        assert!(before.changes(&Rows::read(&world.pool).await).is_empty());

        let old = world.first_password(JOHN);
        let fields = [("current_password", &*old), ("new_password", NEW), ("confirm_password", NEW)];
        let changed = john.submit("/account/password", "/account/password", &fields).await;
        assert_eq!(changed.location.as_deref(), Some("/account?notice=password-changed"), "{changed:?}");
        assert_eq!(john.get("/account").await.status, 200);
        node.drain().await;
        let told: Vec<String> = world
            .mail
            .sent()
            .into_iter()
            .filter(|mail| mail.subject.starts_with("Your password was changed"))
            .map(|mail| mail.to)
            .collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.contains(&JOHN.to_owned()) && told.contains(&"johnsmith@fabrikam.com".to_owned()));
    }
}

#[tokio::test]
async fn a_temporary_password_fails_like_a_wrong_one_after_its_end() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    world
        .execute(
            "update users set password_must_change = true, password_good_until = now() + interval '1 hour'",
        )
        .await;
    signed_in(&world, &node, JOHN).await;
    world.execute("update users set password_good_until = now()").await;
    let client = Client::new(&node.url);
    let password = world.first_password(JOHN);
    let ended = client.submit("/sign-in", "/sign-in", &[("user_id", JOHN), ("password", &*password)]).await;
    let wrong = client.submit("/sign-in", "/sign-in", &[("user_id", JOHN), ("password", "no")]).await;
    assert_eq!((ended.status.as_u16(), wrong.status.as_u16()), (422, 422));
    let without = |body: &str| {
        let (before, after) = body.split_once("name=\"form_token\" value=\"").unwrap();
        let page = format!("{before}{}", &after[43..]);
        let clock = page.find("data-now=\"").unwrap();
        format!("{}{}", &page[..clock], &page[clock + 40..])
    };
    assert_eq!(without(&ended.body), without(&wrong.body));
}

#[tokio::test]
async fn in_the_warning_days_every_page_says_so_and_nothing_is_kept_from_anyone() {
    let world = World::new().await;
    world.execute(RULE).await;
    world.execute("update users set password_changed_at = now() - interval '50 days'").await;
    let node = world.node_without_workers().await;
    let john = signed_in(&world, &node, JOHN).await;
    for path in ["/account", "/account/password", "/portal/requests"] {
        let page = john.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.body.contains("Your password expires in 10 days ("), "{path}: {}", page.body);
    }
    world.execute("update companies set password_expires_after_days = 730").await;
    assert!(!john.get("/account").await.body.contains("Your password expires"));
}
