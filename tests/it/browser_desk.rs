//! People at their desks in a real browser: a request answered, a password that is too old, sessions ended.

use crate::support::{
    app::{Node, World},
    browser::{Browser, Setup},
    gallery::desk::{mail_about, path_in},
    walk::{JOHN, NEW},
};

const USER: &str = "user@contoso.com";

async fn sign_in(browser: &Browser, node: &Node, user_id: &str, password: &str) {
    browser.open(&format!("{}/sign-in", node.url)).await;
    browser.fill("User ID", user_id).await;
    browser.fill("Password", password).await;
    browser.press("Sign in").await;
}

/// With script and without.
async fn both_ways() -> [Browser; 2] {
    [Setup::default().start().await, Setup::default().without_script().start().await]
}

#[tokio::test]
async fn a_user_asks_an_administrator_answers_and_the_user_is_in_again() {
    for browser in both_ways().await {
        let world = World::new().await;
        let node = world.node().await;
        browser.open(&format!("{}/sign-in", node.url)).await;
        browser.follow("Forgot your password?").await;
        browser.choose("I am not an administrator").await;
        browser.press("Next").await;
        browser.fill("User ID", USER).await;
        browser.press("Next").await;

        let asked = mail_about(&world, "passwordadmin@contoso.com", "Password reset asked for").await;
        assert!(asked.text.contains(USER), "{}", asked.text);
        sign_in(
            &browser,
            &node,
            "passwordadmin@contoso.com",
            &world.first_password("passwordadmin@contoso.com"),
        )
        .await;
        browser.follow("Requests 1 open").await;
        assert_eq!(browser.heading().await, "Requests");
        browser.press(&format!("Refuse for {USER}")).await;
        browser.press("Undo").await;
        browser.press(&format!("Reset for {USER}")).await;
        assert!(browser.text().await.contains("A one-time link is on its way to user@contoso.com"));
        assert!(browser.text().await.contains("Nobody waits"));
        browser.press("Sign out").await;

        let mail = mail_about(&world, "user@fabrikam.com", "Set a new password").await;
        browser.open(&format!("{}{}", node.url, path_in(&mail))).await;
        browser.fill("New password", NEW).await;
        browser.fill("Confirm new password", NEW).await;
        browser.press("Set password").await;
        sign_in(&browser, &node, USER, NEW).await;
        assert_eq!(browser.heading().await, "Your account");
        let told = mail_about(&world, "user@fabrikam.com", "Your password was changed").await;
        assert!(!told.text.contains(NEW));
    }
}

#[tokio::test]
async fn an_expired_password_is_changed_before_anything_else() {
    for browser in both_ways().await {
        let world = World::new().await;
        let node = world.node().await;
        world.execute("update companies set password_expires_after_days = 60").await;
        world.execute("update users set password_changed_at = now() - interval '61 days'").await;
        let old = world.first_password(JOHN);
        sign_in(&browser, &node, JOHN, &old).await;
        assert_eq!(browser.heading().await, "Change your password");
        assert!(browser.text().await.contains("Your password is too old for the rules of your company."));
        for path in ["/account", "/portal/requests", "/"] {
            browser.open(&format!("{}{path}", node.url)).await;
            assert_eq!(browser.heading().await, "Change your password", "{path}");
        }
        // The old one again is none.
        browser.fill("Current password", &old).await;
        browser.fill("New password", &old).await;
        browser.fill("Confirm new password", &old).await;
        browser.press("Change password").await;
        assert!(browser.text().await.contains("Choose a password that differs"));
        browser.fill("Current password", &old).await;
        browser.fill("New password", NEW).await;
        browser.fill("Confirm new password", NEW).await;
        browser.press("Change password").await;
        assert_eq!(browser.heading().await, "Your account");
        assert!(browser.text().await.contains("Your password is changed."));
        browser.open(&format!("{}/portal/requests", node.url)).await;
        assert_eq!(browser.heading().await, "Requests");
    }
}

#[tokio::test]
async fn a_session_elsewhere_is_seen_and_ended() {
    let world = World::new().await;
    let node = world.node().await;
    let [here, there] = both_ways().await;
    for browser in [&here, &there] {
        sign_in(browser, &node, JOHN, &world.first_password(JOHN)).await;
    }
    here.open(&format!("{}/account", node.url)).await;
    let page = here.text().await;
    assert!(page.contains("This browser") && page.contains("Chrome on Linux"), "{page}");
    here.press("Sign out everywhere else").await;
    assert!(here.text().await.contains("Signed out there."));
    assert!(here.text().await.contains("You are signed in here only."));
    there.open(&format!("{}/account", node.url)).await;
    assert_eq!(there.heading().await, "Sign in");
}
