//! "This was not me" in the notice of each deed that is done to an account: the mail arrives, looking has no effect, the button
//! blocks once, and what was done gives nobody the account.

use sspr::{
    admin::{Operator, users},
    senders::mail::Mail,
};

use crate::support::{
    app::{Node, World},
    client::{Answer, Client, link_in},
    crowd::form,
    office::{GLOBAL, Office},
    walk::{JOHN, JOHN_MAIL, NEW, Walk},
};

fn to(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.location.as_deref().unwrap_or(""))
}

/// A world whose people have had their addresses for a while.
async fn settled() -> World {
    let world = World::new().await;
    world.execute("update alternate_emails set updated_at = now() - interval '2 days'").await;
    world
}

/// The notice with this beginning of a subject, at this address.
async fn notice(world: &World, recipient: &str, subject: &str) -> Mail {
    let found = || {
        world.mail.sent().into_iter().find(|mail| mail.to == recipient && mail.subject.starts_with(subject))
    };
    world.wait(subject, found).await
}

/// The path behind its one link.
fn button_of(mail: &Mail) -> String {
    assert!(mail.text.contains("\nThis was not me\nhttp"), "{}", mail.text);
    assert!(mail.html.contains(">This was not me</a>"));
    let link = link_in(&mail.text);
    link[link.find("/not-me/").expect(&link)..].to_owned()
}

/// All copies have one token; each says to which contact it went.
fn same_button(a: &Mail, b: &Mail) {
    let (a, b) = (button_of(a), button_of(b));
    assert_ne!(a, b);
    assert_eq!(a.split_once("?to=").unwrap().0, b.split_once("?to=").unwrap().0);
}

const BLOCKED: &str =
    "select count(*) from users where user_id = 'johnsmith@contoso.com' and blocked_because = 'not_me'";
const SESSIONS: &str = "select count(*) from sessions s join users u on u.id = s.user_id and u.user_id = 'johnsmith@contoso.com'";

/// Looks, presses, presses again: in a browser that knows nobody.
async fn say_not_me(world: &World, node: &Node, mail: &Mail, words: &str, deed: &str) {
    let path = button_of(mail);
    let stranger = Client::new(&node.url);
    let (_, page) = stranger.open(&path).await;
    assert!(page.body.contains(words), "{words}: {}", page.body);
    assert_eq!(
        (world.count(BLOCKED).await, world.audited("account_blocked").await),
        (0, 0),
        "GET blocks nobody"
    );

    let button = form(&stranger, &path, &path).await;
    assert_eq!(to(&button.send(&stranger, &[]).await), (303, "/not-me/done/blocked"));
    assert_eq!((world.count(BLOCKED).await, world.count(SESSIONS).await), (1, 0));
    let details: (String, serde_json::Value) = sqlx::query_as(
        "select outcome, details from audit_events where event = 'account_blocked' and subject = 'johnsmith@contoso.com'",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    assert_eq!(details, ("not_me".to_owned(), serde_json::json!({ "deed": deed })));

    assert_eq!(to(&button.send(&stranger, &[]).await), (303, "/not-me/done/already"));
    assert_eq!(world.audited("account_blocked").await, 1);
    // Neither sign-in nor reset.
    let walk = Walk::new(world, node);
    for password in [NEW, &world.first_password(JOHN)] {
        assert!(!walk.signs_in(JOHN, password).await);
    }
    let mails = walk.links().len();
    assert_eq!(to(&walk.start(JOHN).await), (303, "/reset/check-email"));
    node.drain().await;
    assert_eq!(walk.links().len(), mails);
}

async fn signed_in(world: &World, node: &Node) -> Client {
    Office::of(world, node, JOHN).await.client
}

#[tokio::test]
async fn whoever_changed_the_password_in_a_stolen_session_loses_the_account() {
    let world = settled().await;
    let node = world.node().await;
    let thief = signed_in(&world, &node).await;
    let old = world.first_password(JOHN);
    let fields = [("current_password", &*old), ("new_password", NEW), ("confirm_password", NEW)];
    let changed = thief.submit("/account/password", "/account/password", &fields).await;
    assert_eq!(to(&changed), (303, "/account?notice=password-changed"));
    // To both places, and both copies open the same page.
    let mail = notice(&world, JOHN_MAIL, "Your password was changed").await;
    same_button(&mail, &notice(&world, JOHN, "Your password was changed").await);
    assert_eq!(thief.get("/account").await.status, 200);
    say_not_me(&world, &node, &mail, "Your password was changed. If it was not you", "password_changed")
        .await;
    assert_eq!(thief.get("/account").await.status, 303);
}

#[tokio::test]
async fn a_password_set_by_a_link_in_the_wrong_hands_is_stopped() {
    let world = settled().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let way = [("way", "link")];
    assert_eq!(office.confirm(JOHN, "reset-password", &way).await.status, 303);
    let mail = notice(&world, JOHN_MAIL, "Set a new password").await;
    // Nothing has happened yet: the mail says not to open it.
    assert!(mail.text.contains("Did you not ask for it?"), "{}", mail.text);
    let link = link_in(&mail.text);
    let path = link[link.find("/set-password/").unwrap()..].to_owned();
    let finder = Client::new(&node.url);
    let fields = [("new_password", NEW), ("confirm_password", NEW)];
    let set = finder.submit(&path, &path, &fields).await;
    assert_eq!(to(&set), (303, "/sign-in?notice=password-set"));
    let mail = notice(&world, JOHN_MAIL, "Your password was changed").await;
    say_not_me(&world, &node, &mail, "Your password was changed. If it was not you", "password_changed")
        .await;
}

#[tokio::test] // O-08
async fn the_old_address_stops_a_change_of_contact_data_although_it_is_no_longer_the_persons() {
    let world = settled().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let john = signed_in(&world, &node).await;
    let new = "mallory@example.com";
    office.change(JOHN, &[("alternate_email_address", new), ("mobile_phone", "(425) 555-0142")]).await;
    let mail = notice(&world, JOHN_MAIL, "Your contact data changed").await;
    assert!(mail.text.contains("this was the alternate e-mail address"), "{}", mail.text);
    assert_eq!(
        world.count("select count(*) from alternate_emails where address = 'johnsmith@fabrikam.com'").await,
        0
    );
    // The new one is asked to confirm, and gets no power over the account.
    let confirm = notice(&world, new, "Confirm this e-mail address").await;
    assert!(!confirm.text.contains("/not-me/"), "{}", confirm.text);
    assert!(world.mail.sent().iter().all(|mail| mail.to != new || !mail.text.contains("/not-me/")));
    // The mailbox hears of it too.
    same_button(&mail, &notice(&world, JOHN, "Your contact data changed").await);
    assert_eq!(john.get("/account").await.status, 200);
    say_not_me(
        &world,
        &node,
        &mail,
        "Your contact data was changed. If that was not agreed",
        "contact_changed",
    )
    .await;
    assert_eq!(john.get("/account").await.status, 303);
}

/// Presses a button in a browser that knows nobody.
async fn press(node: &Node, path: &str) -> String {
    let stranger = Client::new(&node.url);
    stranger.submit(path, path, &[]).await.location.unwrap_or_default()
}

const PASSWORD: &str =
    "select count(*) from users where user_id = 'johnsmith@contoso.com' and password_hash is not null";

#[tokio::test] // O-08
async fn whoever_moved_the_contact_data_kills_the_old_addresss_button_by_no_block_and_no_lifting() {
    let world = settled().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    office.change(JOHN, &[("alternate_email_address", "mallory@example.com")]).await;
    let old = button_of(&notice(&world, JOHN_MAIL, "Your contact data changed").await);
    for way in ["block", "unblock", "block"] {
        assert_eq!(office.confirm(JOHN, way, &[]).await.status, 303, "{way}");
        assert_eq!(Client::new(&node.url).get(&old).await.status, 200, "after {way}");
    }
    assert_eq!(press(&node, &old).await, "/not-me/done/blocked");
    assert_eq!(world.count(BLOCKED).await, 1, "the person's block takes the place of the administrator's");
    assert_eq!(world.count("select count(*) from incidents").await, 1);
    assert_eq!(world.count(PASSWORD).await, 1);
    assert_eq!(office.confirm(JOHN, "unblock", &[]).await.status, 303);
    assert_eq!(world.count(PASSWORD).await, 0, "and lifting it forgets the password");
    // It blocks once.
    assert_eq!(Client::new(&node.url).get(&old).await.status, 410);
}

#[tokio::test] // O-08
async fn the_button_at_an_old_address_outlives_a_press_at_the_new_one_and_ends_what_came_after() {
    let world = settled().await;
    let node = world.node().await;
    world.execute("update companies set user_id_is_mailbox = false").await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let new = "mallory@example.com";
    office.change(JOHN, &[("alternate_email_address", new)]).await;
    let old = button_of(&notice(&world, JOHN_MAIL, "Your contact data changed").await);
    // Mallory owns the new address, and has a notice with a button sent to it, twice.
    world.execute("update alternate_emails set confirmed_at = now()").await;
    let mut buttons = Vec::new();
    for _ in 0..2 {
        world.mail.take();
        let way = [("way", "temporary_password")];
        assert_eq!(office.confirm(JOHN, "reset-password", &way).await.status, 200);
        buttons.push(button_of(&notice(&world, new, "Your password was reset by an administrator").await));
    }
    assert_eq!(press(&node, &buttons[0]).await, "/not-me/done/blocked");
    assert_eq!(office.confirm(JOHN, "unblock", &[]).await.status, 303);
    let lifted = button_of(&notice(&world, new, "Your account is no longer blocked").await);
    assert_eq!(Client::new(&node.url).get(&buttons[1]).await.status, 410);
    assert_eq!(press(&node, &old).await, "/not-me/done/blocked");
    assert_eq!(office.confirm(JOHN, "unblock", &[]).await.status, 303);
    for dead in [&old, &lifted] {
        assert_eq!(Client::new(&node.url).get(dead).await.status, 410);
    }
}

#[tokio::test]
async fn a_temporary_password_that_nobody_asked_for_is_stopped() {
    let world = settled().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    assert_eq!(office.confirm(JOHN, "reset-password", &[("way", "temporary_password")]).await.status, 200);
    let mail = notice(&world, JOHN_MAIL, "Your password was reset by an administrator").await;
    say_not_me(&world, &node, &mail, "A temporary password was made for you", "temporary_password").await;
}

#[tokio::test]
async fn a_link_that_an_operator_made_and_handed_to_the_wrong_person_is_stopped() {
    let world = settled().await;
    let node = world.node().await;
    world.execute("update users set role = 'user' where user_id = 'globaladmin@contoso.com'").await;
    world
        .execute("update users set role = 'global_administrator' where user_id = 'johnsmith@contoso.com'")
        .await;
    let operator = Operator::at_the_shell("ann");
    let key = node.app.keys.current();
    let (_, link) = users::break_glass(&world.pool, &operator, key, JOHN).await.unwrap();
    let mail = notice(&world, JOHN_MAIL, "A one-time link was made").await;
    let path = format!("/set-password/{}", link.token.expose());
    let finder = Client::new(&node.url);
    assert_eq!(finder.get(&path).await.status, 200);
    say_not_me(&world, &node, &mail, "A link that sets your password was made", "link_handed_over").await;
    assert_eq!(finder.get(&path).await.status, 410);
}

#[tokio::test]
async fn a_button_works_for_seven_days() {
    for (age, end) in [("6 days 23:59", "blocked"), ("7 days 00:00:01", "dead")] {
        let world = settled().await;
        let node = world.node().await;
        let office = Office::of(&world, &node, GLOBAL).await;
        office.change(JOHN, &[("mobile_phone", "(425) 555-0142")]).await;
        let mail = notice(&world, JOHN_MAIL, "Your contact data changed").await;
        let path = button_of(&mail);
        let person = Client::new(&node.url);
        let button = form(&person, &path, &path).await;
        sqlx::query(
            "update reset_tokens set expires_at = expires_at - $1::text::interval where purpose = 'not_me'",
        )
        .bind(age)
        .execute(&world.pool)
        .await
        .unwrap();
        assert_eq!(to(&button.send(&person, &[]).await).1, format!("/not-me/done/{end}"));
    }
}

#[tokio::test]
async fn a_shell_without_the_key_tells_the_person_whom_to_tell() {
    let world = settled().await;
    let node = world.node().await;
    let operator = Operator::at_the_shell("ann");
    let change =
        users::UserChange { mobile_phone: Some(Some("425-555-0142")), ..users::UserChange::default() };
    users::change(&world.pool, &operator, JOHN, &change, None).await.unwrap();
    let mail = notice(&world, JOHN_MAIL, "Your contact data changed").await;
    assert!(
        mail.text.contains("Tell another administrator") && mail.text.contains("/account\n"),
        "{}",
        mail.text
    );
    assert!(!mail.text.contains("/not-me/"));
    drop(node);
}

#[tokio::test] // V-54
async fn an_address_of_today_that_nobody_confirmed_gets_the_notice_and_no_power_to_block() {
    for (settle, power) in [
        ("update alternate_emails set updated_at = now()", false),
        ("update alternate_emails set updated_at = now() - interval '23 hours'", false),
        ("update alternate_emails set updated_at = now(), confirmed_at = now()", true),
    ] {
        let world = settled().await;
        let node = world.node().await;
        world.execute(settle).await;
        let office = Office::of(&world, &node, GLOBAL).await;
        office.change(JOHN, &[("alternate_email_address", "john@fabrikam.com")]).await;
        let mail = notice(&world, JOHN_MAIL, "Your contact data changed").await;
        assert_eq!(mail.text.contains("/not-me/"), power, "{settle}: {}", mail.text);
        // The mailbox is the person's in any case.
        assert!(notice(&world, JOHN, "Your contact data changed").await.text.contains("/not-me/"));
        world.mail.take();
        assert_eq!(
            office.confirm(JOHN, "reset-password", &[("way", "temporary_password")]).await.status,
            200
        );
        let mail = notice(&world, "john@fabrikam.com", "Your password was reset by an administrator").await;
        assert!(!mail.text.contains("/not-me/"), "{}", mail.text);
    }
}

#[tokio::test]
async fn one_button_pressed_kills_the_buttons_of_other_notices() {
    let world = settled().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    assert_eq!(office.confirm(JOHN, "reset-password", &[("way", "temporary_password")]).await.status, 200);
    let first = notice(&world, JOHN_MAIL, "Your password was reset by an administrator").await;
    office.change(JOHN, &[("alternate_email_address", "john@fabrikam.com")]).await;
    let second = notice(&world, JOHN_MAIL, "Your contact data changed").await;
    say_not_me(&world, &node, &second, "Your contact data was changed", "contact_changed").await;
    world.execute("update users set blocked_at = null, blocked_because = null").await;
    let stranger = Client::new(&node.url);
    assert_eq!(stranger.get(&button_of(&first)).await.status, 410);
    assert_eq!(world.count(BLOCKED).await, 0);
}
