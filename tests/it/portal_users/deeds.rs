//! Block, let in again, delete, end sessions: asked before, refused where nobody could take it back.

use crate::support::{
    app::World,
    office::{GLOBAL, Office, path_of},
    rows::Rows,
    walk::{JOHN, Walk},
};

#[tokio::test]
async fn a_block_names_the_person_and_the_effect_ends_sessions_and_can_be_lifted() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let john = Office::of(&world, &node, JOHN).await;
    let path = path_of(&world, JOHN).await;
    let asked = office.client.get(&format!("{path}/block")).await;
    assert_eq!(asked.heading(), "Block the sign-in of John Smith?");
    assert!(asked.body.contains("johnsmith@contoso.com</bdi> will not be able to sign in"), "{}", asked.body);
    assert_eq!(john.client.get("/portal/users").await.status, 200, "asking does nothing");

    let done = office.confirm(JOHN, "block", &[]).await;
    assert_eq!(done.location, Some(format!("{path}?notice=blocked")));
    assert_eq!(john.client.get("/portal/users").await.location.as_deref(), Some("/sign-in?notice=first"));
    let (_, page) = office.client.open(done.location.as_deref().unwrap()).await;
    assert!(page.body.contains("Sign-in is blocked. All sessions have ended."), "{}", page.body);
    assert!(page.body.contains("An administrator or operator blocked it."));
    let walk = Walk::new(&world, &node);
    assert!(!walk.signs_in(JOHN, &world.first_password(JOHN)).await);
    let again = office.accept(&asked, &format!("{path}/block"), &[]).await;
    assert_eq!(again.location, Some(format!("{path}?notice=blocked-already")));

    // Undo, in the notice.
    let lifted = office.accept(&page, &format!("{path}/unblock"), &[]).await;
    assert_eq!(lifted.location, Some(format!("{path}?notice=unblocked")));
    assert!(walk.signs_in(JOHN, &world.first_password(JOHN)).await);
    let again = office.client.get(&format!("{path}/unblock")).await;
    assert_eq!(again.location, Some(format!("{path}?notice=unblocked-already")));
}

#[tokio::test]
async fn who_lifts_a_block_of_the_persons_own_is_told_to_talk_to_them() {
    let world = World::new().await;
    let node = world.node().await;
    world
        .execute("update users set blocked_at = now(), blocked_because = 'not_me' where user_id = 'johnsmith@contoso.com'")
        .await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let page = office.user(JOHN).await;
    assert!(
        page.body.contains("The person said “This was not me” to a message about this account."),
        "{}",
        page.body
    );
    let asked = office.client.get(&format!("{}/unblock", path_of(&world, JOHN).await)).await;
    assert!(asked.body.contains("Talk to the person first"), "{}", asked.body);
}

#[tokio::test]
async fn deleting_asks_for_the_user_id_and_takes_everything_but_the_events() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    for typed in ["", "john", "johnsmith@fabrikam.com", "globaladmin@contoso.com"] {
        let again = office.confirm(JOHN, "delete", &[("confirm_user_id", typed)]).await;
        assert_eq!(again.status, 422, "{typed}");
        assert!(again.body.contains("Type the user ID exactly"), "{}", again.body);
    }
    let path = path_of(&world, JOHN).await;
    let done = office.confirm(JOHN, "delete", &[("confirm_user_id", " JohnSmith@contoso.com ")]).await;
    assert_eq!(done.location.as_deref(), Some("/portal/users?notice=deleted"));
    let (_, list) = office.client.open("/portal/users?notice=deleted").await;
    assert!(list.body.contains("The user is deleted.") && !list.body.contains(JOHN), "{}", list.body);
    assert_eq!(office.client.get(&path).await.status, 404);
    assert_eq!(
        world
            .count("select count(*) from audit_events where event = 'user_deleted' and subject = 'johnsmith@contoso.com'")
            .await,
        1
    );
    assert_eq!(
        world.count("select count(*) from alternate_emails where address = 'johnsmith@fabrikam.com'").await,
        0
    );
}

#[tokio::test]
async fn nobody_blocks_or_deletes_themselves_or_the_last_global_administrator() {
    let world = World::new().await;
    world
        .execute("update users set role = 'global_administrator' where user_id = 'billingadmin@contoso.com'")
        .await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let page = office.user(GLOBAL).await;
    assert!(
        !page.body.contains("/delete\"") && !page.body.contains("/block\""),
        "it is not offered: {}",
        page.body
    );
    let before = Rows::read(&world.pool).await;
    for (deed, fields, told) in [
        ("block", vec![], "You can’t block yourself."),
        ("delete", vec![("confirm_user_id", GLOBAL)], "You can’t delete yourself."),
    ] {
        let refused = office.confirm(GLOBAL, deed, &fields).await;
        assert_eq!(refused.status, 422, "{deed}");
        assert!(refused.body.contains(told), "{deed}: {}", refused.body);
    }
    assert_eq!(before.changes(&Rows::read(&world.pool).await), [].into());
    let other = Office::of(&world, &node, "billingadmin@contoso.com").await;
    world.execute("update users set password_hash = null, password_changed_at = null where user_id = 'globaladmin@contoso.com'").await;
    // That ended no session of the other, who is now the only one who can sign in and may block whoever can't.
    let allowed = other.confirm(GLOBAL, "block", &[]).await;
    assert_eq!(allowed.status, 303, "{allowed:?}");
}

#[tokio::test]
async fn the_last_global_administrator_who_can_sign_in_is_kept_also_from_another_tab() {
    let world = World::new().await;
    world.execute("update users set role = 'global_administrator' where user_id in ('billingadmin@contoso.com', 'serviceadmin@contoso.com')").await;
    let node = world.node().await;
    let first = Office::of(&world, &node, GLOBAL).await;
    let second = Office::of(&world, &node, "billingadmin@contoso.com").await;
    let third = "serviceadmin@contoso.com";
    assert_eq!(first.confirm(third, "block", &[]).await.status, 303);
    // Each blocks the other at the same moment: one of them stays.
    let paths = (path_of(&world, "billingadmin@contoso.com").await, path_of(&world, GLOBAL).await);
    let (one, two) = (
        first.client.get(&format!("{}/block", paths.0)).await,
        second.client.get(&format!("{}/block", paths.1)).await,
    );
    let actions = (format!("{}/block", paths.0), format!("{}/block", paths.1));
    let (one, two) = tokio::join!(first.accept(&one, &actions.0, &[]), second.accept(&two, &actions.1, &[]));
    assert!([one.status.as_u16(), two.status.as_u16()].contains(&303), "{one:?} {two:?}");
    assert_eq!(
        world
            .count(
                "select count(*) from users where role = 'global_administrator' and blocked_at is null
                 and user_id like '%@contoso.com'",
            )
            .await,
        1
    );
}

#[tokio::test]
async fn an_old_proof_of_the_password_is_not_enough_for_any_deed() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    office.grow_old().await;
    for (deed, typed) in [("block", ""), ("delete", JOHN)] {
        let asked = office.confirm(JOHN, deed, &[("confirm_user_id", typed)]).await;
        assert_eq!(asked.status, 422, "{deed}");
        assert!(asked.body.contains("Enter your own password."), "{deed}: {}", asked.body);
    }
    assert_eq!(
        world
            .count(
                "select count(*) from users where user_id = 'johnsmith@contoso.com' and blocked_at is null"
            )
            .await,
        1
    );
    let password = world.first_password(GLOBAL);
    let done = office.confirm(JOHN, "block", &[("your_password", &password)]).await;
    assert_eq!(done.status, 303, "{done:?}");
}

#[tokio::test]
async fn sessions_are_seen_and_ended() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let (one, two) = (Office::of(&world, &node, JOHN).await, Office::of(&world, &node, JOHN).await);
    let page = office.user(JOHN).await;
    assert_eq!(page.body.matches("data-label=\"Last seen\"").count(), 2, "{}", page.body);
    let done = office.press(JOHN, "sessions/end").await;
    let (_, page) = office.client.open(done.location.as_deref().unwrap()).await;
    assert!(page.body.contains("2 sessions have ended.") && page.body.contains("Not signed in anywhere."));
    for office in [one, two] {
        assert_eq!(office.client.get("/portal").await.location.as_deref(), Some("/portal/users"));
        assert_eq!(office.client.get("/account").await.location.as_deref(), Some("/sign-in?notice=first"));
    }
    assert_eq!(world.count("select count(*) from audit_events where event = 'sessions_ended'").await, 1);
}
