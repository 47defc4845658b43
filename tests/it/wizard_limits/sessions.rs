//! Signed-in sessions and the sessions of resets.

use super::*;

async fn signed_in(node: &Node, user_id: &str, password: &str) -> Client {
    let client = Client::new(&node.url);
    let fields = [("user_id", user_id), ("password", password)];
    assert_eq!(to(&client.submit("/sign-in", "/sign-in", &fields).await), (303, "/"));
    client
}

async fn is_signed_in(client: &Client) -> bool {
    client.get("/account").await.status == 200
}

#[tokio::test] // V-43
async fn a_request_slower_than_sign_out_brings_no_session_back() {
    let world = World::new().await;
    let node = world.node().await;
    let client = signed_in(&node, JOHN, &world.first_password(JOHN)).await;
    let slow = client.twin();
    // The slower request has loaded the session already.
    let sessions = Sessions::new(world.pool.clone());
    let id: tower_sessions::session::Id = client.cookies()[ACCOUNT].parse().unwrap();
    let record: Record = sessions.load(&id).await.unwrap().unwrap();
    let answer = client.submit("/account", "/sign-out", &[]).await;
    assert_eq!(to(&answer), (303, "/sign-in?notice=signed-out"));
    sessions.save(&record).await.unwrap();
    assert!(sessions.load(&id).await.unwrap().is_none());
    assert_eq!(world.count("select count(*) from sessions").await, 0);
    assert!(!is_signed_in(&slow).await);
    assert!(!is_signed_in(&client).await);
}

#[tokio::test]
async fn the_database_holds_no_cookie() {
    let world = World::new().await;
    let node = world.node().await;
    let client = signed_in(&node, JOHN, &world.first_password(JOHN)).await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    let rows: String = sqlx::query_scalar(
        "select coalesce((select string_agg(s::text, ' ') from sessions s), '') || (select string_agg(a::text, ' ') from reset_attempts a)",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    for cookie in [&client.cookies()[ACCOUNT], &walk.client.cookies()[RESET]] {
        let bytes = URL_SAFE_NO_PAD.decode(cookie).unwrap();
        let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        assert!(!rows.contains(cookie.as_str()) && !rows.contains(&hex), "a cookie is at rest");
    }
    let hashed = "select count(*) from sessions where octet_length(id_hash) = 32";
    assert_eq!(world.count(hashed).await, 1);
}

#[tokio::test] // V-50, V-52
async fn an_invented_cookie_is_never_adopted() {
    let world = World::new().await;
    let node = world.node().await;
    let invented_reset = URL_SAFE_NO_PAD.encode(random::bytes::<32>());
    let invented_account = URL_SAFE_NO_PAD.encode(random::bytes::<16>());
    let plant = |walk: &Walk<'_>| {
        let mut cookies = walk.client.cookies();
        cookies.insert(RESET.to_owned(), invented_reset.clone());
        cookies.insert(ACCOUNT.to_owned(), invented_account.clone());
        walk.client.set_cookies(cookies);
    };
    let walk = Walk::new(&world, &node);
    plant(&walk);
    walk.start(JOHN).await;
    let fields = [("user_id", JOHN), ("password", &world.first_password(JOHN))];
    walk.client.submit("/sign-in", "/sign-in", &fields).await;
    let cookies = walk.client.cookies();
    assert_ne!(cookies[RESET], invented_reset);
    assert_ne!(cookies[ACCOUNT], invented_account);
    let thief = Walk::new(&world, &node);
    plant(&thief);
    assert_eq!(to(&thief.client.get("/reset/check-email").await), (303, "/reset"));
    assert!(!is_signed_in(&thief.client).await);
    assert!(is_signed_in(&walk.client).await);
}

#[tokio::test] // V-50
async fn after_each_proof_the_session_before_it_sees_nothing() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    let pages =
        ["/reset/check-email", "/reset/security-code", "/reset/new-password", "/reset/done", "/reset/ended"];
    let mut before = Vec::new();
    let shut_out = async |before: &[Client]| {
        for old in before {
            for page in pages {
                assert_eq!(to(&old.get(page).await), (303, "/reset"), "{page}");
            }
        }
    };
    walk.start(JOHN).await;
    before.push(walk.client.twin());
    walk.open_link(&walk.link().await).await;
    shut_out(&before).await;
    before.push(walk.client.twin());
    let new_password = form(&walk.client, "/reset/security-code", "/reset/security-code").await;
    walk.type_code(&walk.code().await).await;
    shut_out(&before).await;
    // Nor may it act: the form of the old session, and a wrong code, bring nothing.
    let answer = new_password.send(&before[1], &[("code", &not(&walk.codes()))]).await;
    assert_eq!(cookie_given(&answer, RESET), None);
    assert_eq!(to(&walk.set_password(NEW).await), (303, "/reset/done"));
    shut_out(&before).await;
    assert_eq!(world.count("select count(distinct session_hash) from reset_attempts").await, 1);
}

#[tokio::test] // D-11
async fn a_session_ends_after_half_an_hour_of_rest_and_after_twelve_hours() {
    let world = World::new().await;
    let node = world.node().await;
    let client = signed_in(&node, JOHN, &world.first_password(JOHN)).await;
    let length = "select count(*) from sessions where expires_at - created_at = interval '12 hours'";
    assert_eq!(world.count(length).await, 1);
    world.execute("update sessions set seen_at = now() - interval '29 minutes'").await;
    assert!(is_signed_in(&client).await);
    // That look counted: another 29 minutes are fine.
    assert_eq!(
        world.count("select count(*) from sessions where seen_at > now() - interval '1 minute'").await,
        1
    );
    world.execute("update sessions set seen_at = now() - interval '31 minutes'").await;
    assert!(!is_signed_in(&client).await);

    let client = signed_in(&node, JOHN, &world.first_password(JOHN)).await;
    world.execute("update sessions set expires_at = now() - interval '1 second', seen_at = now()").await;
    assert!(!is_signed_in(&client).await);
}

#[tokio::test] // V-43
async fn block_and_password_change_end_sessions_on_every_node_at_once() {
    let world = World::new().await;
    let (one, two) = (world.node().await, world.node().await);
    let password = world.first_password(JOHN);
    let (here, there) = (signed_in(&one, JOHN, &password).await, signed_in(&two, JOHN, &password).await);
    let old = here.twin();
    let fields = [("current_password", password.as_str()), ("new_password", NEW), ("confirm_password", NEW)];
    let answer = here.submit("/account/password", "/account/password", &fields).await;
    assert_eq!(to(&answer), (303, "/account?notice=password-changed"), "{}", answer.body);
    assert!(!is_signed_in(&there).await);
    assert!(!is_signed_in(&old).await, "the old id still opens the account");
    assert!(is_signed_in(&here).await);
    // The very same session on the other node.
    here.go_to(&two.url);
    assert!(is_signed_in(&here).await);

    let john = world.user(JOHN).await;
    let mut block = store::begin(&world.pool).await.unwrap();
    users::lock(&mut block, john).await.unwrap();
    users::set_blocked(&mut block, john, true).await.unwrap();
    block.commit().await.unwrap();
    assert!(!is_signed_in(&here).await);
    let fields = [("user_id", JOHN), ("password", NEW)];
    assert_eq!(Client::new(&one.url).submit("/sign-in", "/sign-in", &fields).await.status, 422);
}

#[tokio::test] // V-41, V-43
async fn a_reset_ends_every_session_and_says_how_many() {
    let world = World::new().await;
    let (one, two) = (world.node().await, world.node().await);
    let password = world.first_password(JOHN);
    let clients = [signed_in(&one, JOHN, &password).await, signed_in(&two, JOHN, &password).await];
    let walk = Walk::new(&world, &one);
    walk.up_to_password().await;
    walk.set_password(NEW).await;
    for client in &clients {
        assert!(!is_signed_in(client).await);
    }
    assert_eq!(world.count("select count(*) from sessions").await, 0);
    assert_eq!(world.count("select sessions_ended::bigint from reset_attempts").await, 2);
}
