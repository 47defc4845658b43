//! A person's own account in all its states, and the requests that administrators answer.

use sspr::{domain::secret::Purpose, senders::mail::Mail};

use crate::support::{
    app::{Node, World},
    browser::Browser,
    client::{Client, link_in},
    secrets,
    walk::JOHN,
};

const USER: &str = "user@contoso.com";

async fn sign_in(browser: &Browser, world: &World, node: &Node, user_id: &str) {
    browser.open(&format!("{}/sign-in", node.url)).await;
    browser.fill("User ID", user_id).await;
    browser.fill("Password", &world.first_password(user_id)).await;
    browser.press("Sign in").await;
}

/// One's own account with all that can stand on it, the confirming links, and a password that must be changed.
pub async fn own_account(browser: &Browser, mut look: impl AsyncFnMut(&Browser, &str)) {
    let world = World::new().await;
    let node = world.node().await;
    let open = async |path: &str| browser.open(&format!("{}{path}", node.url)).await;
    let stranger = Client::new(&node.url);
    for _ in 0..3 {
        stranger.submit("/sign-in", "/sign-in", &[("user_id", JOHN), ("password", "not it")]).await;
    }
    let elsewhere = Client::new(&node.url);
    elsewhere.header(
        "user-agent",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
    );
    let fields = [("user_id", JOHN), ("password", &*world.first_password(JOHN))];
    elsewhere.submit("/sign-in", "/sign-in", &fields).await;
    world
        .execute(
            "insert into alternate_emails (user_id, position, address)
             select id, 1, 'john@example.com' from users where user_id = 'johnsmith@contoso.com'",
        )
        .await;
    sign_in(browser, &world, &node, JOHN).await;
    open("/account").await;
    look(browser, "account-two-sessions").await;
    browser.press("Send the confirmation again to j••••••h@••••••.com").await;
    look(browser, "account-confirmation-sent").await;
    for rule in [
        "update companies set unconfirmed_contact = 'after_hold', password_expires_after_days = 60",
        "update users set password_changed_at = password_changed_at - interval '50 days'",
        "update sessions s set data = s.data || jsonb_build_object('password_set',
           (select (extract(epoch from u.password_changed_at) * 1000000)::bigint from users u where u.id = s.user_id))",
    ] {
        world.execute(rule).await;
    }
    open("/account").await;
    look(browser, "account-waits-and-expires-soon").await;
    world.execute("update companies set unconfirmed_contact = 'never'").await;
    for _ in 0..5 {
        browser.press("Send the confirmation again to j••••••h@••••••.com").await;
    }
    look(browser, "account-asked-too-often").await;
    browser.press("Sign out everywhere else").await;
    look(browser, "account-sessions-ended").await;

    for (purpose, name) in
        [(Purpose::ConfirmEmail, "confirm-email"), (Purpose::ConfirmMobile, "confirm-mobile")]
    {
        if purpose == Purpose::ConfirmMobile {
            open("/account").await;
            browser.press("Send the confirmation again to ••••••00").await;
        }
        let token = secrets::newest(&world.pool, purpose).await;
        open(&format!("/confirm-contact/{token}")).await;
        look(browser, name).await;
        let button =
            if purpose == Purpose::ConfirmEmail { "Confirm this address" } else { "Confirm this number" };
        browser.press(button).await;
        look(browser, &format!("{name}-done")).await;
        open(&format!("/confirm-contact/{token}")).await;
        look(browser, &format!("{name}-already")).await;
    }
    open("/confirm-contact/abc").await;
    look(browser, "confirm-dead").await;
    open("/account").await;
    look(browser, "account-confirmed").await;

    world.execute("update companies set password_expires_after_days = 14").await;
    open("/account").await;
    look(browser, "account-password-expired").await;
    world.execute("update users set password_must_change = true").await;
    open("/account").await;
    look(browser, "account-password-temporary").await;
}

/// Requests: none, some, answered, and everything that an answer can meet.
pub async fn requests(browser: &Browser, mut look: impl AsyncFnMut(&Browser, &str)) {
    let world = World::new().await;
    let node = world.node().await;
    sign_in(browser, &world, &node, "globaladmin@contoso.com").await;
    let open = async |path: &str| browser.open(&format!("{}{path}", node.url)).await;
    open("/portal/requests").await;
    look(browser, "requests-none").await;
    open("/portal/requests?show=all").await;
    look(browser, "requests-none-answered").await;
    for user_id in [USER, JOHN, "noemail@contoso.com", "nomobile@contoso.com", "blocked@contoso.com"] {
        let path = "/contact-administrator";
        Client::new(&node.url).submit(path, path, &[("user_id", user_id)]).await;
    }
    node.decide().await;
    world.execute("delete from alternate_emails where address = 'nomobile@fabrikam.com'").await;
    open("/portal/requests").await;
    look(browser, "requests").await;
    browser.press("Refuse for user@contoso.com").await;
    look(browser, "requests-refused").await;
    browser.press("Undo").await;
    look(browser, "requests-undone").await;
    browser.press("Reset for user@contoso.com").await;
    look(browser, "requests-reset").await;
    world
        .execute(
            "update contact_requests q set state = 'done', closed_at = now(), closed_by = 'johnsmith@contoso.com'
             from users u where u.id = q.user_id and u.user_id = 'noemail@contoso.com'",
        )
        .await;
    browser.press("Refuse for noemail@contoso.com").await;
    look(browser, "requests-someone-was-first").await;
    browser.follow("Show answered requests").await;
    browser.press("Refuse for blocked@contoso.com").await;
    look(browser, "requests-answered").await;
}

/// The newest mail to someone with this in its subject.
pub async fn mail_about(world: &World, address: &str, subject: &str) -> Mail {
    world
        .wait("the mail", || {
            let all = world.mail.sent().into_iter().rev();
            all.into_iter().find(|mail| mail.to == address && mail.subject.contains(subject))
        })
        .await
}

/// The path of a mail's link.
pub fn path_in(mail: &Mail) -> String {
    let link = link_in(&mail.text);
    let after = link.find("://").unwrap() + 3;
    link[after + link[after..].find('/').unwrap()..].to_owned()
}
