//! What the waiting person sees of a delivery: nothing before the e-mail is proven, then within five seconds.

use std::sync::atomic::Ordering;

use super::{Desk, FIRST};
use crate::support::{
    app::World,
    browser::{Browser, Setup},
    client::Client,
    walk::{JOHN, Walk},
};

const FAILED: &str = "The text message could not be delivered.";

async fn page(walk: &Walk<'_>, path: &str) -> String {
    let answer = walk.client.get(path).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

#[tokio::test]
async fn the_page_says_that_the_text_failed_and_what_to_do_next() {
    let world = World::new().await;
    let desk = Desk::new(&world, 1).await;
    let walk = desk.waiting().await;
    let here = "/reset/security-code";
    assert!(!page(&walk, here).await.contains(FAILED));
    let id = desk.row().await.id;
    desk.tells(id, FIRST, "sent", None).await;
    assert!(!page(&walk, here).await.contains(FAILED));
    desk.tells(id, FIRST, "undelivered", Some("30003")).await;
    let failed = page(&walk, here).await;
    assert!(failed.contains(FAILED) && failed.contains("then send a new code below"), "{failed}");
    assert!(!failed.contains("30003"), "{failed}");
    // A form that was sent wrong shows it as well.
    let wrong = walk.type_code("1").await;
    assert!(wrong.body.contains(FAILED), "{wrong:?}");
    // Without a resend left.
    world.execute("update reset_attempts set code_sends = 4").await;
    let none_left = page(&walk, here).await;
    assert!(none_left.contains(FAILED) && none_left.contains("Start again when your phone"), "{none_left}");
    world.execute("update reset_attempts set code_sends = 1").await;
    desk.tells(id, FIRST, "delivered", None).await;
    assert!(!page(&walk, here).await.contains(FAILED));
    // By its state, where the provider refused it at once or nobody took it in time; while it waits there is nothing to say.
    for (state, shown) in [
        ("gave_up", true),
        ("too_late", true),
        ("queued", false),
        ("sent", false),
        ("withdrawn", false),
        ("cancelled", true),
    ] {
        sqlx::query("update outbox set state = $1, delivery = null where channel = 'sms'")
            .bind(state)
            .execute(&world.pool)
            .await
            .unwrap();
        assert_eq!(page(&walk, here).await.contains(FAILED), shown, "{state}");
    }
    // A new code is a new message: that the old one failed says nothing of it.
    world.execute("update outbox set state = 'sent', delivery = 'failed' where channel = 'sms'").await;
    world.execute("update reset_attempts set code_sent_at = now() - interval '61 s'").await;
    let again = walk.client.submit(here, "/reset/security-code/resend", &[]).await;
    assert_eq!(again.status, 303, "{again:?}");
    assert!(!page(&walk, here).await.contains(FAILED));
    // After the second proof nobody waits.
    desk.node.drain().await;
    let code = crate::support::client::code_in(&desk.texts().last().unwrap()["Body"]);
    world.execute("update outbox set delivery = 'failed' where channel = 'sms'").await;
    assert!(page(&walk, here).await.contains(FAILED));
    assert_eq!(walk.type_code(&code).await.location.as_deref(), Some("/reset/new-password"));
    assert!(!page(&walk, "/reset/new-password").await.contains(FAILED));
}

#[tokio::test] // V-16, V-19
async fn before_the_e_mail_is_proven_no_page_shows_any_delivery() {
    let world = World::new().await;
    let desk = Desk::new(&world, 1).await;
    let real = Walk::new(&world, &desk.node);
    real.start(JOHN).await;
    let decoy = Walk { world: &world, client: Client::new(&desk.node.url) };
    decoy.start("nobody@contoso.com").await;
    let plain = |page: String| {
        let page = page.replace(JOHN, "nobody@contoso.com");
        let main = page.split_once("<main").unwrap().1.split_once("</main>").unwrap().0.to_owned();
        // Times and tokens.
        main.split(['<', '>', ' ', '\n'])
            .filter(|word| !word.contains("value=") && !word.contains(|c: char| c.is_ascii_digit()))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut seen = Vec::new();
    for (state, delivery) in [
        ("queued", None),
        ("sent", None),
        ("sent", Some("delivered")),
        ("sent", Some("failed")),
        ("gave_up", None),
        ("too_late", None),
    ] {
        sqlx::query("update outbox set state = $1, delivery = $2")
            .bind(state)
            .bind(delivery)
            .execute(&world.pool)
            .await
            .unwrap();
        for walk in [&real, &decoy] {
            seen.push(plain(page(walk, "/reset/check-email").await));
            // The next page is closed to both.
            let next = walk.client.get("/reset/security-code").await;
            assert_eq!(next.location.as_deref(), Some("/reset/check-email"));
        }
    }
    assert!(seen[0].len() > 500, "{}", seen[0]);
    for other in &seen {
        assert_eq!(*other, seen[0]);
    }
}

/// A browser that took over someone's walk, in front of the page for the code.
async fn browser_of(setup: Setup, desk: &Desk<'_>, walk: &Walk<'_>) -> Browser {
    let browser = setup.start().await;
    browser.open(&format!("{}/sign-in", desk.node.url)).await;
    browser.take_cookies_of(&walk.client).await;
    browser.open(&format!("{}/reset/security-code", desk.node.url)).await;
    assert_eq!(browser.heading().await, "Mobile phone verification");
    browser
}

/// How often the page has asked.
const ASKED: &str =
    "performance.getEntriesByType('resource').filter(r => r.initiatorType === 'xmlhttprequest').length";
const SHOWN: &str =
    "return document.querySelector('[data-watch]').innerText.includes('could not be delivered')";

#[tokio::test]
async fn with_script_the_page_changes_within_seconds_and_keeps_what_was_typed() {
    let world = World::new().await;
    let desk = Desk::new(&world, 1).await;
    let walk = desk.waiting().await;
    let browser = browser_of(Setup::default(), &desk, &walk).await;
    let id = desk.row().await.id;
    let status = "return document.querySelector('[data-watch]').getAttribute('role')";
    assert_eq!(browser.run(status, vec![]).await, "status", "announced politely");
    assert_eq!(browser.run(SHOWN, vec![]).await, false);
    browser.fill("Security code", "1234").await;
    desk.tells(id, FIRST, "undelivered", Some("30003")).await;
    browser.wait_until("the page to say it", SHOWN).await;
    assert_eq!(browser.value("Security code").await, "1234");
    assert!(browser.text().await.contains("then send a new code below"));
    assert_eq!(browser.console().await, Vec::<String>::new());
    assert_eq!(browser.axe().await, Vec::new());
    // It was delivered after all.
    desk.tells(id, FIRST, "delivered", None).await;
    browser.wait_until("the page to take it back", &SHOWN.replace("return ", "return !")).await;
    // After a form that was sent wrong the page has another address, and asks for the right one.
    browser.press("Send a new code").await;
    assert!(browser.address().await.ends_with("/reset/security-code/resend"), "{}", browser.address().await);
    world.execute("update outbox set state = 'gave_up', delivery = null where channel = 'sms'").await;
    browser.wait_until("the page to say it once more", SHOWN).await;
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn without_script_a_reload_says_it() {
    let world = World::new().await;
    let desk = Desk::new(&world, 1).await;
    let walk = desk.waiting().await;
    let browser = browser_of(Setup::default().without_script(), &desk, &walk).await;
    assert!(!browser.text().await.contains(FAILED));
    desk.tells(desk.row().await.id, FIRST, "undelivered", Some("30003")).await;
    browser.reload().await;
    assert!(browser.text().await.contains(FAILED));
    browser.press("Next").await;
    assert!(browser.text().await.contains(FAILED), "beside the problem of the form");
}

#[tokio::test]
async fn a_page_asks_no_more_once_its_code_is_over() {
    let world = World::new().await;
    let desk = Desk::new(&world, 1).await;
    let walk = desk.waiting().await;
    let browser = browser_of(Setup::default(), &desk, &walk).await;
    browser.wait_until("a first question", &format!("return {ASKED} > 0")).await;
    // What stops the asking is a timer that is cleared.
    let watch = "window.cleared = 0; const clear = window.clearInterval;
                 window.clearInterval = (timer) => { window.cleared += 1; clear(timer); };";
    browser.run(watch, vec![]).await;
    let cleared = "return window.cleared > 0";
    // While the node is in trouble the page goes on asking.
    desk.node.app.database_is_known.store(false, Ordering::Relaxed);
    let count = browser.run(&format!("return {ASKED}"), vec![]).await.as_u64().unwrap();
    browser.wait_until("two more questions", &format!("return {ASKED} > {}", count + 1)).await;
    assert_eq!(browser.run(cleared, vec![]).await, false);
    desk.node.app.database_is_known.store(true, Ordering::Relaxed);
    // The attempt is over: the answer is another page.
    world.execute("update reset_attempts set ended_at = now(), end_reason = 'used'").await;
    browser.wait_until("the end of the asking", cleared).await;
    assert_eq!(browser.heading().await, "Mobile phone verification");
}
