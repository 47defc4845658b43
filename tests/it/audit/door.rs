//! What happens at the door: sign-out, wrong characters, networks that have to wait.

use sspr::store::audit::list::{Filter, Listed, page};

use super::*;
use crate::support::{
    client::Client,
    walk::{JOHN, Walk},
};

/// The events of a kind, of a company or of nobody, newest first.
async fn events(world: &World, company: Option<&str>, event: AuditEvent) -> Vec<Listed> {
    let company: Option<Uuid> = sqlx::query_scalar("select id from companies where name = $1")
        .bind(company)
        .fetch_optional(&world.pool)
        .await
        .unwrap();
    let filter = Filter { event: Some(event.as_str().to_owned()), ..Filter::default() };
    page(&world.pool, company, &filter, 100).await.unwrap()
}

/// The minute of [`AuditEvent::Throttled`] and [`AuditEvent::CharactersWrong`] is over.
async fn a_minute_later(world: &World) {
    world
        .execute(
            "update budgets set hits = array(select h - interval '61 seconds' from unnest(hits) h), fresh_until = fresh_until - interval '61 seconds'
             where key like 'recorded/%'",
        )
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_out_is_recorded_once_however_often_it_is_clicked_and_of_whom() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let client = Client::new(&node.url);
    let password = world.first_password(JOHN);
    client.submit("/sign-in", "/sign-in", &[("user_id", JOHN), ("password", &password)]).await;
    let (_, page) = client.open("/account").await;
    let hidden = page.hidden_fields("/sign-out").unwrap();
    let fields: Vec<(&str, &str)> = hidden.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let twins: Vec<Client> = (0..20).map(|_| client.twin()).collect();
    let clicks = twins.iter().map(|twin| twin.post("/sign-out", &fields));
    let answers = futures_util::future::join_all(clicks).await;
    let out = Some("/sign-in?notice=signed-out");
    assert!(answers.iter().any(|answer| answer.location.as_deref() == out), "{answers:?}");
    let found = events(&world, Some("Contoso"), AuditEvent::SignedOut).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].subject.as_str(), found[0].actor.as_str()), (JOHN, JOHN));
    assert_eq!(found[0].network.as_deref(), Some("127.0.0.1"));
    assert!(found[0].user.is_some());
}

#[tokio::test]
async fn a_session_that_ended_by_itself_was_not_signed_out() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let client = Client::new(&node.url);
    let password = world.first_password(JOHN);
    client.submit("/sign-in", "/sign-in", &[("user_id", JOHN), ("password", &password)]).await;
    let (_, page) = client.open("/account").await;
    let hidden = page.hidden_fields("/sign-out").unwrap();
    world.execute("update sessions set expires_at = now() - interval '1 second'").await;
    let fields: Vec<(&str, &str)> = hidden.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    client.post("/sign-out", &fields).await;
    assert_eq!(events(&world, Some("Contoso"), AuditEvent::SignedOut).await.len(), 0);
}

#[tokio::test] // V-18, V-26
async fn a_network_that_has_to_wait_is_recorded_once_a_minute_and_page_whoever_it_names() {
    let world = World::with(&[
        ("SSPR_BUDGETS__SIGN_IN_FAILURES_PER_NETWORK_PER_HOUR", "2"),
        ("SSPR_BUDGETS__STARTS_PER_NETWORK_PER_HOUR", "1"),
    ])
    .await;
    let node = world.node_without_workers().await;
    let client = Client::new(&node.url);
    let sign_in = async |user_id: &str| {
        let fields = [("user_id", user_id), ("password", "not it")];
        client.submit("/sign-in", "/sign-in", &fields).await.status.as_u16()
    };
    assert_eq!(sign_in(JOHN).await, 422);
    assert_eq!(sign_in(JOHN).await, 422);
    for _ in 0..20 {
        assert_eq!(sign_in("nobody@contoso.com").await, 429);
    }
    let found = events(&world, Some("Contoso"), AuditEvent::Throttled).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].subject, "nobody@contoso.com");
    assert_eq!((found[0].outcome.as_str(), &found[0].details), ("over_budget", &json!({ "at": "sign_in" })));
    assert_eq!(found[0].user, None);
    a_minute_later(&world).await;
    assert_eq!(sign_in(JOHN).await, 429);
    assert_eq!(sign_in(JOHN).await, 429);
    let found = events(&world, Some("Contoso"), AuditEvent::Throttled).await;
    assert_eq!((found.len(), found[0].subject.as_str(), found[0].user.is_some()), (2, JOHN, true));

    // Every other door has a minute of its own. A stranger's company is nobody's.
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    assert_eq!(walk.start("x@tailspin.example").await.status, 429);
    let page = "/contact-administrator";
    assert_eq!(walk.client.submit(page, page, &[("user_id", "x@tailspin.example")]).await.status, 429);
    let found = events(&world, None, AuditEvent::Throttled).await;
    let at: Vec<&str> = found.iter().filter_map(|event| event.details["at"].as_str()).collect();
    assert_eq!(at, ["contact_administrator", "start"]);
    assert_eq!(events(&world, Some("Contoso"), AuditEvent::Throttled).await.len(), 2);
    assert_eq!(events(&world, Some("Fabrikam"), AuditEvent::Throttled).await.len(), 0);
}

#[tokio::test] // V-47
async fn what_is_no_user_id_is_not_kept_at_the_door_either() {
    let world = World::with(&[("SSPR_BUDGETS__SIGN_IN_FAILURES_PER_NETWORK_PER_HOUR", "1")]).await;
    let node = world.node_without_workers().await;
    let client = Client::new(&node.url);
    for status in [422, 429] {
        let fields = [("user_id", "my secret passphrase"), ("password", "x")];
        assert_eq!(client.submit("/sign-in", "/sign-in", &fields).await.status.as_u16(), status);
    }
    let found = events(&world, None, AuditEvent::Throttled).await;
    assert_eq!(found.iter().map(|event| event.subject.as_str()).collect::<Vec<_>>(), ["(not a user ID)"]);
    assert_eq!(world.count("select count(*) from audit_events where subject like '%secret%'").await, 0);
    assert_eq!(world.count("select count(*) from budgets where key like '%secret%'").await, 0);
}

#[tokio::test]
async fn tries_at_the_own_password_that_have_to_wait_are_recorded_under_the_person() {
    let world =
        World::with(&[("SSPR_BUDGETS__SIGN_IN_FAILURES_PER_ACCOUNT_AND_NETWORK_PER_15_MINUTES", "2")]).await;
    let node = world.node_without_workers().await;
    let client = Client::new(&node.url);
    let password = world.first_password(JOHN);
    client.submit("/sign-in", "/sign-in", &[("user_id", JOHN), ("password", &password)]).await;
    let page = "/account/password";
    for status in [422, 422, 429, 429] {
        let fields = [("current_password", "not it"), ("new_password", "x"), ("confirm_password", "x")];
        assert_eq!(client.submit(page, page, &fields).await.status.as_u16(), status);
    }
    let found = events(&world, Some("Contoso"), AuditEvent::Throttled).await;
    assert_eq!((found.len(), found[0].subject.as_str()), (1, JOHN));
    assert_eq!(found[0].details, json!({ "at": "own_password" }));
}

#[tokio::test] // V-68
async fn wrong_characters_are_recorded_once_a_minute_whatever_else_is_wrong() {
    let world = World::with(&[("SSPR_CAPTCHA__KIND", "characters")]).await;
    let node = world.node_without_workers().await;
    let client = Client::new(&node.url);
    client.submit("/reset", "/reset", &[("option", "forgot_password")]).await;
    let try_one = async |user_id: &str| {
        let page = "/reset/verify-user";
        let fields = [("user_id", user_id), ("captcha", "XXXXXX")];
        assert_eq!(client.submit(page, page, &fields).await.status, 422);
    };
    try_one(JOHN).await;
    try_one("nobody@fabrikam.com").await;
    try_one("no user ID").await;
    let found = events(&world, Some("Contoso"), AuditEvent::CharactersWrong).await;
    assert_eq!((found.len(), found[0].subject.as_str(), found[0].outcome.as_str()), (1, JOHN, "wrong"));
    a_minute_later(&world).await;
    try_one("nobody@fabrikam.com").await;
    assert_eq!(events(&world, Some("Fabrikam"), AuditEvent::CharactersWrong).await.len(), 1);
    a_minute_later(&world).await;
    try_one("no user ID").await;
    assert_eq!(events(&world, None, AuditEvent::CharactersWrong).await.len(), 1);
    assert_eq!(world.count("select count(*) from audit_events").await, 3);
}
