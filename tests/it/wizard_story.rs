//! The main job, over HTTP: a forgotten password, two proofs, a new password.

use crate::support::{
    app::World,
    client::Client,
    walk::{JOHN, NEW, Walk},
};

#[tokio::test]
async fn john_resets_his_password_and_signs_in_with_it() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    let old = world.first_password(JOHN);
    assert!(walk.signs_in(JOHN, &old).await);

    let started = walk.start("  JohnSmith@Contoso.COM ").await;
    assert_eq!((started.status.as_u16(), started.location.as_deref()), (303, Some("/reset/check-email")));
    let (_, page) = walk.client.open("/reset/check-email").await;
    assert_eq!(page.heading(), "Check your e-mail");

    let link = walk.link().await;
    let opened = walk.open_link(&link).await;
    assert_eq!(opened.location.as_deref(), Some("/reset/security-code"));
    let (_, page) = walk.client.open("/reset/security-code").await;
    assert_eq!(page.heading(), "Mobile phone verification");
    assert!(page.body.contains("00") && !page.body.contains("5550100") && !page.body.contains("555-0100"));

    let proven = walk.type_code(&walk.code().await).await;
    assert_eq!(proven.location.as_deref(), Some("/reset/new-password"));
    let (_, page) = walk.client.open("/reset/new-password").await;
    assert_eq!(page.heading(), "Create a new password");

    let finished = walk.set_password(NEW).await;
    assert_eq!(finished.location.as_deref(), Some("/reset/done"), "{}", finished.body);
    let (_, page) = walk.client.open("/reset/done").await;
    assert_eq!(page.heading(), "Your password has been reset");

    // O-06: no automatic sign-in.
    let (path, _) = walk.client.open("/").await;
    assert_eq!(path, "/sign-in");
    assert!(!walk.signs_in(JOHN, &old).await);
    assert!(walk.signs_in(JOHN, NEW).await);
}

#[tokio::test]
async fn everyone_concerned_is_told() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    walk.set_password(NEW).await;
    // N-23: the mailbox of the user ID, the alternate address, the phone, and the other global administrator.
    world.mail_to(JOHN).await;
    let john = world.mail_to("johnsmith@fabrikam.com").await;
    let admin = world.mail_to("globaladmin@contoso.com").await;
    world.wait("a second SMS", || (world.sms.sent().len() == 2).then_some(())).await;
    for mail in [john, admin] {
        assert!(!mail.text.contains(NEW), "{}", mail.text);
    }
    // One person, who hears of it at two places.
    let (_, page) = walk.client.open("/reset/done").await;
    assert!(page.body.contains("1 other global administrator of your company"), "{}", page.body);
}

#[tokio::test]
async fn a_visitor_who_only_looks_leaves_no_row() {
    let world = World::new().await;
    let node = world.node().await;
    let client = Client::new(&node.url);
    for path in ["/sign-in", "/reset", "/reset/verify-user", "/contact-administrator"] {
        assert_eq!(client.get(path).await.status, 200, "{path}");
    }
    for sql in [
        "select count(*) from sessions",
        "select count(*) from reset_attempts",
        "select count(*) from budgets",
    ] {
        assert_eq!(world.count(sql).await, 0, "{sql}");
    }
}
