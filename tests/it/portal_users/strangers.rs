//! What others see: less in the own company, nothing of another; and what hostile names do to the pages: nothing.

use crate::support::{
    app::World,
    client::Client,
    office::{ELSEWHERE, GLOBAL, Office, path_of, row_of},
    rows::Rows,
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE},
};

#[tokio::test]
async fn without_the_right_to_edit_contact_data_is_masked_and_nothing_offers_to_change_it() {
    let world = World::new().await;
    let node = world.node().await;
    for user_id in [JOHN, "passwordadmin@contoso.com"] {
        let office = Office::of(&world, &node, user_id).await;
        let page = office.user(GLOBAL).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("g••••••n@••••••.com") && page.body.contains("••••••01"), "{}", page.body);
        for hidden in [
            "globaladmin@fabrikam.com",
            "4255550101",
            "425-555-0101",
            "<textarea",
            "/block",
            "/delete",
            "Sessions</h2>",
            "Recent events",
        ] {
            assert!(!page.body.contains(hidden), "{user_id} sees {hidden}");
        }
        assert!(!page.body.contains("/reset-password\""), "nobody resets someone more powerful");
        let list = office.client.get("/portal/users").await;
        assert!(!list.body.contains("@fabrikam.com") && !list.body.contains("425555"), "{}", list.body);
    }
}

#[tokio::test]
async fn a_form_that_was_never_offered_is_denied_changes_nothing_and_is_recorded() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, JOHN).await;
    let path = path_of(&world, "user@contoso.com").await;
    let token = office.client.get("/portal/users").await.hidden_fields("/sign-out").unwrap().remove(0).1;
    let before = Rows::read(&world.pool).await;
    let posts = ["", "/block", "/unblock", "/delete", "/sessions/end", "/confirm-contact", "/lift-limits"];
    let paths = posts.map(|deed| format!("{path}{deed}"));
    for path in paths.iter().map(String::as_str).chain(["/portal/users/new"]) {
        let fields = [
            ("form_token", token.as_str()),
            ("version", "1"),
            ("role", "global_administrator"),
            ("confirm_user_id", "user@contoso.com"),
            ("reviewed", "1"),
        ];
        assert_eq!(office.client.post(path, &fields).await.status, 403, "{path}");
    }
    for path in ["/portal/users/new".to_owned(), format!("{path}/block"), format!("{path}/delete")] {
        assert_eq!(office.client.get(&path).await.status, 403, "{path}");
    }
    let after = Rows::read(&world.pool).await;
    let changes = before.changes(&after);
    assert!(changes.keys().all(|table| ["audit_events", "budgets"].contains(table)), "{changes:?}");
    assert_eq!(
        world
            .count("select count(*) from audit_events where event = 'access_denied' and actor = 'johnsmith@contoso.com'")
            .await,
        11
    );
}

#[tokio::test]
async fn a_user_of_another_company_is_nobody() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, ELSEWHERE).await;
    let path = path_of(&world, JOHN).await;
    let token = office.client.get("/portal/users").await.hidden_fields("/sign-out").unwrap().remove(0).1;
    let before = Rows::read(&world.pool).await;
    for deed in ["", "/block", "/unblock", "/delete", "/lift-limits"] {
        assert_eq!(office.client.get(&format!("{path}{deed}")).await.status, 404, "GET {deed}");
    }
    for deed in ["", "/block", "/unblock", "/delete", "/sessions/end", "/confirm-contact", "/lift-limits"] {
        let fields = [
            ("form_token", token.as_str()),
            ("version", "1"),
            ("display_name", "Mine"),
            ("contact", "mobile_phone"),
            ("confirm_user_id", JOHN),
            ("reviewed", "1"),
        ];
        assert_eq!(office.client.post(&format!("{path}{deed}"), &fields).await.status, 404, "POST {deed}");
    }
    for search in ["john", "425-555-0100", "johnsmith%40fabrikam.com"] {
        let list = office.client.get(&format!("/portal/users?search={search}")).await;
        assert!(list.body.contains("Nobody fits"), "{search}: {}", list.body);
    }
    let cursor = row_of(&world, JOHN).await;
    let list = office.client.get(&format!("/portal/users?after={cursor}&select={cursor}")).await;
    assert!(!list.body.contains("contoso.com\"") && !list.body.contains("John"), "{}", list.body);
    assert_eq!(before.changes(&Rows::read(&world.pool).await), [].into());
}

#[tokio::test]
async fn an_address_that_names_nobody_is_not_found() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    for id in ["00000000-0000-0000-0000-000000000000", "johnsmith@contoso.com", "1", "..%2f", "%00"] {
        let answer = office.client.get(&format!("/portal/users/{id}")).await;
        assert_eq!(answer.status, 404, "{id}");
    }
}

#[tokio::test]
async fn who_is_not_signed_in_is_sent_to_sign_in_from_every_page() {
    let world = World::new().await;
    let node = world.node().await;
    let client = Client::new(&node.url);
    let path = path_of(&world, JOHN).await;
    for path in ["/portal/users", "/portal/users/new", path.as_str(), &format!("{path}/delete")] {
        let answer = client.get(path).await;
        assert_eq!(answer.location.as_deref(), Some("/sign-in?notice=first"), "{path}");
    }
}

#[tokio::test]
async fn names_with_markup_and_marks_and_without_end_stay_text() {
    let world = World::new().await;
    world
        .execute(
            "update users set display_name = '</title><script>alert(1)</script>\"'' onload=x' || chr(8238) || 'moc.live' || repeat(' long', 25)
             where user_id = 'johnsmith@contoso.com'",
        )
        .await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let path = path_of(&world, JOHN).await;
    let deeds = ["", "/block", "/delete"].map(|deed| format!("{path}{deed}"));
    for path in deeds.iter().map(String::as_str).chain(["/portal/users"]) {
        let page = office.client.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.body.contains("<script>alert"), "{path}");
        let (_, title) = page.body.split_once("<title>").unwrap();
        let (title, _) = title.split_once("</title>").unwrap();
        assert!(!title.contains('\u{202e}'), "{path}: a title can't be turned round");
        for piece in page.body.split('\u{202e}').skip(1) {
            assert!(piece.contains("</bdi>") || piece.contains("\">"), "{path}: {piece}");
        }
    }
    let refused = office.edit(JOHN, &[("display_name", "John\u{202e}htimS")]).await;
    assert_eq!(refused.status, 422, "such a name is not taken");
    assert!(!office.user(JOHN).await.body.contains(JOHN_MAIL.to_uppercase().as_str()));
    assert!(office.user(JOHN).await.body.contains(JOHN_PHONE));
}
