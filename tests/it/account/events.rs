//! What a person is told of their own account.

use super::{panel, signed_in};
use crate::support::{
    app::World,
    client::Client,
    walk::{JOHN, NEW, Walk},
};

const LATELY: &str = "What happened lately";

#[tokio::test]
async fn sign_ins_that_failed_and_those_that_did_not_are_told_with_their_network() {
    let world = World::new().await;
    let node = world.node().await;
    let stranger = Client::new(&node.url);
    for _ in 0..3 {
        let fields = [("user_id", JOHN), ("password", "not the password")];
        assert_eq!(stranger.submit("/sign-in", "/sign-in", &fields).await.status, 422);
    }
    let john = signed_in(&world, &node, JOHN).await;
    let page = john.get("/account").await.body;
    let told = panel(&page, LATELY);
    assert!(told.contains("You signed in") && told.contains("3 sign-ins failed"), "{told}");
    assert!(told.contains("127.0.0.1"), "{told}");
    let signed_in_at = told.find("You signed in").unwrap();
    assert!(signed_in_at < told.find("3 sign-ins failed").unwrap(), "the newest first");
}

#[tokio::test]
async fn nobody_is_told_of_another_s_account_nor_contact_data_in_full() {
    let world = World::new().await;
    let node = world.node().await;
    world
        .execute(
            "insert into audit_events (id, event, company_id, user_id, subject, actor, network, outcome, details)
             select gen_random_uuid(), 'user_changed', company_id, id, user_id, 'globaladmin@contoso.com', '192.0.2.200', 'done',
                    '{\"MobilePhone\": {\"old\": \"+14255550100\", \"new\": \"+14255550177\"}}'
             from users where user_id = 'johnsmith@contoso.com'",
        )
        .await;
    let john = signed_in(&world, &node, JOHN).await;
    let page = john.get("/account").await.body;
    let told = panel(&page, LATELY);
    assert!(told.contains("Your data was changed") && told.contains("globaladmin@contoso.com"), "{told}");
    for hidden in ["5550177", "5550100", "192.0.2.200"] {
        assert!(!told.contains(hidden), "{hidden}: {told}");
    }
    let user = signed_in(&world, &node, "user@contoso.com").await;
    let page = user.get("/account").await.body;
    assert!(!panel(&page, LATELY).contains("Your data was changed"));
}

#[tokio::test]
async fn a_reset_is_told_step_by_step() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    walk.set_password(NEW).await;
    let john = Client::new(&node.url);
    john.submit("/sign-in", "/sign-in", &[("user_id", JOHN), ("password", NEW)]).await;
    let page = john.get("/account").await.body;
    let told = panel(&page, LATELY);
    for words in [
        "The password was reset by e-mail and security code",
        "The link in the reset e-mail was used",
        "A password reset was asked for",
    ] {
        assert_eq!(told.matches(words).count(), 1, "{words}: {told}");
    }
}
