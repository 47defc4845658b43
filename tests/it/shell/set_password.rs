//! How a new user gets in: by a one-time link, or with a first password from standard input.

use super::Shell;
use crate::support::{
    app::World,
    client::{Answer, Client},
    walk::{NEW, Walk},
};

const OTHER: &str = "seven green umbrellas on a tram";

/// The path of a printed link.
fn path_of(link: &serde_json::Value) -> String {
    let link = link["SetPasswordLink"].as_str().unwrap();
    link[link.find("/set-password/").unwrap()..].to_owned()
}

async fn sets(client: &Client, path: &str, password: &str) -> Answer {
    client.submit(path, path, &[("new_password", password), ("confirm_password", password)]).await
}

#[tokio::test] // V-01, V-05
async fn a_new_user_sets_the_password_by_a_link_that_opens_once() {
    let world = World::new().await;
    let node = world.node().await;
    let shell = Shell::of(&world, &node.url);
    let line = "user create Eve.Adams@Contoso.com --display-name Eve --role global_administrator \
                --alternate-email-address eve@fabrikam.com --mobile-phone 425-555-0150 -o json";
    let made = shell.types(line).await;
    let made = made.json();
    assert_eq!(made["UserId"], "Eve.Adams@Contoso.com");
    assert_eq!((&made["PasswordSet"], &made["CouldReset"]), (&false.into(), &true.into()));
    assert!(made["SetPasswordLink"].as_str().unwrap().starts_with(&format!("{}/set-password/", node.url)));
    let until: (bool,) =
        sqlx::query_as("select bool_and(expires_at = created_at + interval '24 hours') from reset_tokens where purpose = 'set_password'")
            .fetch_one(&world.pool)
            .await
            .unwrap();
    assert!(until.0);
    let events: Vec<String> = sqlx::query_scalar(
        "select event from audit_events where subject = 'Eve.Adams@Contoso.com' order by event",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert_eq!(events, ["link_made", "user_created"]);

    let path = path_of(&made);
    let (client, walk) = (Client::new(&node.url), Walk::new(&world, &node));
    assert!(!walk.signs_in("eve.adams@contoso.com", NEW).await);
    // Whatever opens links beforehand spends nothing.
    for _ in 0..2 {
        let page = client.get(&path).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("Eve.Adams@Contoso.com"), "the user ID is named: {}", page.body);
    }
    assert_eq!(sets(&client, &path, "too short").await.status, 422);
    let second_tab = client.get(&path).await.hidden_fields(&path).unwrap();
    let done = sets(&client, &path, NEW).await;
    assert_eq!(done.status, 303, "{done:?}");
    assert!(!done.location.unwrap().contains("set-password/"), "the token leaves the address");
    assert!(walk.signs_in("eve.adams@contoso.com", NEW).await);

    let again = client.get(&path).await;
    assert_eq!(again.status, 410);
    assert!(again.hidden_fields(&path).is_none());
    let fields = [("new_password", OTHER), ("confirm_password", OTHER)];
    assert_eq!(client.post_form(&path, second_tab, &fields).await.status, 410);
    assert!(walk.signs_in("eve.adams@contoso.com", NEW).await);
    let shown = shell.types("user show eve.adams@contoso.com -o json").await.json();
    assert_eq!((&shown["UserId"], &shown["PasswordSet"]), (&"Eve.Adams@Contoso.com".into(), &true.into()));
}

#[tokio::test]
async fn a_newer_link_kills_the_older_one_and_time_kills_every_one() {
    let world = World::new().await;
    let node = world.node().await;
    let shell = Shell::of(&world, &node.url);
    let (client, walk) = (Client::new(&node.url), Walk::new(&world, &node));
    let line = "user reset-password user@contoso.com -o json";
    let first = path_of(&shell.types(line).await.json());
    let second = path_of(&shell.types(line).await.json());
    assert_eq!(client.get(&first).await.status, 410);
    // The old password works until the link is used.
    assert!(walk.signs_in("user@contoso.com", &world.first_password("user@contoso.com")).await);
    world.execute("update reset_tokens set expires_at = now()").await;
    assert_eq!(client.get(&second).await.status, 410);
    let third = path_of(&shell.types(line).await.json());
    assert_eq!(sets(&client, &third, OTHER).await.status, 303);
    assert!(walk.signs_in("user@contoso.com", OTHER).await);
    assert!(!walk.signs_in("user@contoso.com", &world.first_password("user@contoso.com")).await);
}

#[tokio::test]
async fn a_link_needs_a_key_and_an_address_before_anybody_is_made() {
    let world = World::new().await;
    let mut shell = Shell::of(&world, "https://reset.example");
    let line = "user create new@contoso.com --display-name New --role user";
    shell.unset("SSPR_SERVER__PUBLIC_URL");
    shell.types(line).await.refused(78, "SSPR_SERVER__PUBLIC_URL");
    shell.set("SSPR_SERVER__PUBLIC_URL", "https://reset.example");
    shell.unset("SSPR_KEYS__CURRENT_FILE");
    shell.types(line).await.refused(78, "SSPR_KEYS__CURRENT_FILE");
    assert_eq!(world.count("select count(*) from users where user_id = 'new@contoso.com'").await, 0);
}

#[tokio::test]
async fn a_first_password_from_standard_input_keeps_the_same_rules() {
    let world = World::new().await;
    let node = world.node().await;
    let mut shell = Shell::of(&world, &node.url);
    // What a link would need is not asked for.
    shell.unset("SSPR_SERVER__PUBLIC_URL");
    shell.unset("SSPR_KEYS__CURRENT_FILE");
    let line = "user create ben@contoso.com --display-name Benjamin --role user --password-stdin -o json";
    let line: Vec<&str> = line.split(' ').collect();
    for (password, why) in [
        ("short", "has 5 characters and needs 15 at least"),
        ("aaaaaaaaaaaaaaaaaaa", "easy to guess"),
        ("benjamin-contoso", "little more than the word"),
        ("", "no password on standard input"),
    ] {
        let heard = shell.runs(&line, password).await;
        heard.refused(1, why);
        assert!(
            password.is_empty() || !heard.err.contains(password),
            "a password never comes back: {heard:?}"
        );
    }
    assert_eq!(world.count("select count(*) from users where user_id = 'ben@contoso.com'").await, 0);
    let made = shell.runs(&line, &format!("{NEW}\n")).await.json();
    assert_eq!(made["PasswordSet"], true);
    assert_eq!(made["SetPasswordLink"], serde_json::Value::Null);
    assert!(Walk::new(&world, &node).signs_in("ben@contoso.com", NEW).await);
    assert_eq!(world.count("select count(*) from audit_events where details::text like '%horse%'").await, 0);
}
