//! Changes that wait for a second pair of eyes, and the page that asks for the password before a small button.

use crate::support::{app::World, browser::Browser, office::Office, walk::JOHN};

/// All of it, as a global administrator sees it who neither asked nor is changed.
pub async fn approvals(browser: &Browser, mut look: impl AsyncFnMut(&Browser, &str)) {
    let world = World::new().await;
    let node = world.node().await;
    let open = async |path: &str| browser.open(&format!("{}{path}", node.url)).await;
    open("/sign-in").await;
    browser.fill("User ID", "globaladmin@contoso.com").await;
    browser.fill("Password", &world.first_password("globaladmin@contoso.com")).await;
    browser.press("Sign in").await;
    open("/portal/approvals").await;
    look(browser, "approvals-none").await;
    world
        .execute(
            "update users set role = 'global_administrator' where user_id in ('johnsmith@contoso.com', 'passwordadmin@contoso.com')",
        )
        .await;
    world
        .execute("update companies set global_administrator_changes = 'approval' where name = 'Contoso'")
        .await;
    let asker = Office::of(&world, &node, "passwordadmin@contoso.com").await;
    let fields = [
        ("role", "user_management_administrator"),
        ("alternate_email_address", "john@example.com"),
        ("mobile_phone", "425-555-0142"),
    ];
    asker.change(JOHN, &fields).await;
    let id: uuid::Uuid = sqlx::query_scalar("select id from users where user_id = $1")
        .bind(JOHN)
        .fetch_one(&world.pool)
        .await
        .unwrap();
    let reset = format!("/portal/users/{id}/reset-password");
    asker.client.submit(&reset, &reset, &[("way", "link")]).await;
    let company = asker.client.get("/portal/company").await;
    let hidden = company.hidden_fields("/portal/company").unwrap();
    let weaker = [("global_administrator_changes", "after_hold")];
    let review = asker.client.post_form("/portal/company", hidden, &weaker).await;
    asker.accept(&review, "/portal/company", &[]).await;
    open("/portal/approvals").await;
    look(browser, "approvals").await;
    open(&format!("/portal/users/{id}")).await;
    look(browser, "user-waits").await;
    open(&reset).await;
    look(browser, "reset-password-waits").await;
    asker.grow_old().await;
    open("/portal/approvals").await;
    browser.press(&format!("Refuse: the change of {JOHN}")).await;
    look(browser, "prove-again").await;
    browser.press("Refuse").await;
    look(browser, "prove-again-empty").await;
    browser.fill("Your own password", &world.first_password("globaladmin@contoso.com")).await;
    browser.press("Refuse").await;
    look(browser, "approvals-refused").await;
    // Whose role waits gets no password that somebody else knows; and a block by "This was not me" is lifted by two.
    let asker = Office::of(&world, &node, "passwordadmin@contoso.com").await;
    asker.change("user@contoso.com", &[("role", "global_administrator")]).await;
    open(&format!("/portal/users/{}/reset-password", world.user("user@contoso.com").await)).await;
    look(browser, "reset-password-becomes-global").await;
    world
        .execute("update users set blocked_at = now(), blocked_because = 'not_me' where user_id = 'johnsmith@contoso.com'")
        .await;
    open(&format!("/portal/users/{id}/unblock")).await;
    look(browser, "user-unblock-waits").await;
}
