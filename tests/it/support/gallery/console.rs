//! The portal's pages for passwords of others, readiness and the company.

use sspr::senders::{Reason, SendError};

use crate::support::{
    app::World,
    browser::Browser,
    office::{GLOBAL, Office, row_of},
    walk::JOHN,
};

/// Reset of one and of many, who could reset, the company's settings.
pub async fn console(browser: &Browser, mut look: impl AsyncFnMut(&Browser, &str)) {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    browser.take_cookies_of(&office.client).await;
    let open = async |path: &str| browser.open(&format!("{}{path}", node.url)).await;
    let row = async |user_id: &str| row_of(&world, user_id).await.to_string();

    open(&format!("/portal/users/{}/reset-password", row(JOHN).await)).await;
    look(browser, "reset-password").await;
    office.grow_old().await;
    browser.choose("Make a temporary password").await;
    browser.press("Reset password").await;
    look(browser, "reset-password-asked-again").await;
    browser.choose("Make a temporary password").await;
    browser.fill("Your own password", &world.first_password(GLOBAL)).await;
    browser.press("Reset password").await;
    look(browser, "temporary-password").await;
    for (user_id, name) in [
        (GLOBAL, "reset-password-oneself"),
        ("blocked@contoso.com", "reset-password-blocked"),
        ("noemail@contoso.com", "reset-password-phone"),
    ] {
        open(&format!("/portal/users/{}/reset-password", row(user_id).await)).await;
        look(browser, name).await;
    }

    open("/portal/users/reset-passwords").await;
    look(browser, "reset-passwords-nobody").await;
    let mut address = "/portal/users/reset-passwords?".to_owned();
    for user_id in [
        JOHN,
        "passwordadmin@contoso.com",
        "billingadmin@contoso.com",
        "serviceadmin@contoso.com",
        "user@contoso.com",
        "noemail@contoso.com",
        "blocked@contoso.com",
        GLOBAL,
    ] {
        address.push_str("select=");
        address.push_str(&row(user_id).await);
        address.push('&');
    }
    open(&address).await;
    look(browser, "reset-passwords").await;
    browser.press("Send 6 links").await;
    look(browser, "password-resets-on-the-way").await;
    let result = browser.address().await;
    world.mail.fail_next(SendError::GiveUp(Reason::new("smtp rcpt").code(550)));
    node.drain().await;
    browser.open(&result).await;
    look(browser, "password-resets").await;
    let many: Vec<String> = (0..41).map(|_| format!("select={}", sspr::random::id())).collect();
    let many = many.join("&");
    open(&format!("/portal/users/reset-passwords?{many}")).await;
    look(browser, "reset-passwords-too-many").await;

    open("/portal/readiness").await;
    look(browser, "readiness").await;
    open("/portal/readiness?ready=no&role=global_administrator").await;
    look(browser, "readiness-nobody").await;

    open("/portal/company").await;
    look(browser, "company").await;
    browser.press("Send a test text message to me").await;
    look(browser, "company-trial-waiting").await;
    let trial = browser.address().await;
    node.drain().await;
    browser.open(&trial).await;
    look(browser, "company-trial-accepted").await;
    open("/portal/company").await;
    world.mail.fail_next(SendError::GiveUp(Reason::new("smtp rcpt").code(550)));
    browser.press("Send a test e-mail to me").await;
    let trial = browser.address().await;
    node.drain().await;
    browser.open(&trial).await;
    look(browser, "company-trial-refused").await;
    open("/portal/company").await;
    browser.choose("Off").await;
    browser.fill("Passwords expire after days", "90").await;
    browser.fill("Refused words", "summer\nwinter").await;
    browser.press("Review changes").await;
    look(browser, "company-review").await;
    browser.press("Save all changes and switch self-service off").await;
    look(browser, "company-review-no-reason").await;
    world.execute("update companies set version = version + 1, name = 'Contoso Ltd', password_refused_words = '{autumn}'").await;
    browser.fill("Reason", "The mail system is being moved.").await;
    browser.press("Save all changes and switch self-service off").await;
    look(browser, "company-conflict").await;
    browser.press("Review mine again").await;
    browser.fill("Reason", "The mail system is being moved.").await;
    browser.press("Save all changes and switch self-service off").await;
    look(browser, "company-saved").await;
    browser.fill("Passwords expire after days", "3").await;
    browser.fill("Name", " ").await;
    browser.press("Review changes").await;
    look(browser, "company-problems").await;
}
