//! What a hostile reading found once, so that it stays found.

use sspr::store::{self, users};

use crate::support::{
    app::World,
    client::Client,
    walk::{JOHN, NEW, Walk},
};

const LATER: &str = "a later and quite other phrase";

#[tokio::test] // V-32
async fn a_finished_reset_is_no_way_to_try_passwords() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    let (_, page) = walk.client.open("/reset/new-password").await;
    let form = page.hidden_fields("/reset/new-password").unwrap();
    let guess = async |password: &str| {
        let fields = [("new_password", password), ("confirm_password", password)];
        walk.client.post_form("/reset/new-password", form.clone(), &fields).await
    };
    assert_eq!(guess(NEW).await.location.as_deref(), Some("/reset/done"));
    // At once, the second of two submits learns whether it was the same.
    assert_eq!(guess(NEW).await.location.as_deref(), Some("/reset/done"));
    assert_eq!(guess(LATER).await.status, 409);
    // A password that was set in another way is not compared at all: every guess gets the same answer.
    world.execute("update users set password_changed_at = now() + interval '1 second'").await;
    assert_eq!(guess(NEW).await.status, guess(LATER).await.status);
    // A minute later neither is the own one.
    world.execute("update reset_attempts set finished_at = finished_at - interval '61 seconds'").await;
    let before = node.app.hashing.jobs();
    for password in [NEW, LATER] {
        assert_eq!(guess(password).await.location.as_deref(), Some("/reset/done"));
    }
    assert_eq!(node.app.hashing.jobs(), before, "nothing is hashed for it");
}

#[tokio::test]
async fn invented_names_do_not_use_up_a_companys_requests() {
    let world = World::with(&[("SSPR_BUDGETS__CONTACT_REQUESTS_PER_COMPANY_PER_DAY", "2")]).await;
    let node = world.node().await;
    let client = Client::new(&node.url);
    let ask = async |user_id: &str| {
        let answer =
            client.submit("/contact-administrator", "/contact-administrator", &[("user_id", user_id)]).await;
        assert_eq!(answer.location.as_deref(), Some("/contact-administrator/sent"));
        node.decide().await;
    };
    for n in 0..5 {
        ask(&format!("nobody{n}@contoso.com")).await;
    }
    ask("user@contoso.com").await;
    ask("user@contoso.com").await;
    world.mail_to("globaladmin@contoso.com").await;
    ask(JOHN).await;
    assert_eq!(world.count("select count(*) from contact_requests").await, 2);
}

#[tokio::test]
async fn a_right_current_password_uses_up_no_sign_in() {
    let world = World::new().await;
    let node = world.node().await;
    let client = Client::new(&node.url);
    let password = world.first_password(JOHN);
    let signed_in =
        client.submit("/sign-in", "/sign-in", &[("user_id", JOHN), ("password", &password)]).await;
    assert_eq!(signed_in.status, 303);
    for _ in 0..12 {
        let fields = [
            ("current_password", password.as_str()),
            ("new_password", "short"),
            ("confirm_password", "short"),
        ];
        assert_eq!(client.submit("/account/password", "/account/password", &fields).await.status, 422);
    }
    assert!(Walk::new(&world, &node).signs_in(JOHN, &password).await);
}

#[tokio::test] // V-43
async fn a_block_and_its_lifting_bring_no_session_back() {
    let world = World::new().await;
    let node = world.node().await;
    let client = Client::new(&node.url);
    let password = world.first_password(JOHN);
    client.submit("/sign-in", "/sign-in", &[("user_id", JOHN), ("password", &password)]).await;
    assert_eq!(client.get("/account").await.status, 200);
    let john = world.user(JOHN).await;
    for blocked in [true, false] {
        let mut tx = store::begin(&world.pool).await.unwrap();
        assert!(users::set_blocked(&mut tx, john, blocked).await.unwrap());
        tx.commit().await.unwrap();
    }
    assert_eq!(client.get("/account").await.location.as_deref(), Some("/sign-in?notice=first"));
    assert!(Walk::new(&world, &node).signs_in(JOHN, &password).await);
}

#[tokio::test] // V-47
async fn a_password_in_the_wrong_field_is_not_kept() {
    let world = World::new().await;
    let node = world.node().await;
    let client = Client::new(&node.url);
    let typed = [("user_id", "my secret passphrase"), ("password", "x")];
    assert_eq!(client.submit("/sign-in", "/sign-in", &typed).await.status, 422);
    assert_eq!(world.count("select count(*) from audit_events where subject = '(not a user ID)'").await, 1);
    assert_eq!(world.count("select count(*) from audit_events where subject like '%secret%'").await, 0);
}

#[tokio::test] // V-61
async fn a_reset_gives_back_the_starts_that_others_used_up() {
    let world = World::with(&[("SSPR_BUDGETS__STARTS_PER_ACCOUNT_PER_DAY", "2")]).await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    assert_eq!(world.count("select count(*) from budgets where key like 'start/account/%'").await, 2);
    walk.set_password(NEW).await;
    assert_eq!(world.count("select count(*) from budgets where key like 'start/account/%'").await, 0);
    assert_eq!(world.count("select count(*) from budgets where key like 'start/network/%'").await, 1);
}

#[tokio::test]
async fn the_rules_on_the_page_are_those_of_the_operator() {
    let world = World::with(&[("SSPR_PASSWORD__MIN_LENGTH", "24")]).await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    let (_, page) = walk.client.open("/reset/new-password").await;
    assert!(page.body.contains("24 to 256") && page.body.contains("minlength: 24"), "{}", page.body);
    assert_eq!(walk.set_password("twenty-three characters").await.status, 422);
}
