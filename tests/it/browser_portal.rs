//! In Chromium: self-service is switched off while someone resets, and forty people get links of which one does not arrive.

use sspr::senders::{Reason, SendError};

use crate::support::{
    app::{Node, World},
    browser::{Browser, Setup},
    office::{GLOBAL, Office, row_of},
    walk::{JOHN, Walk},
};

async fn administrator(world: &World, node: &Node, setup: Setup) -> Browser {
    let browser = setup.start().await;
    browser.take_cookies_of(&Office::of(world, node, GLOBAL).await.client).await;
    browser
}

#[tokio::test]
async fn a_reset_under_way_ends_when_self_service_is_switched_off() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    let code = walk.code().await;
    let person = Setup::default().start().await;
    person.take_cookies_of(&walk.client).await;
    person.open(&format!("{}/reset/security-code", node.url)).await;
    assert_eq!(person.heading().await, "Mobile phone verification");

    let browser = administrator(&world, &node, Setup::default()).await;
    browser.open(&format!("{}/portal/company", node.url)).await;
    browser.choose("Off").await;
    browser.press("Review changes").await;
    let text = browser.text().await;
    assert!(text.contains("5 administrators will no longer be able to reset their password."), "{text}");
    assert!(text.contains("1 reset under way will end."), "{text}");
    browser.press("Switch self-service off").await;
    assert!(browser.error_summary().await.unwrap().contains("Enter the reason."));
    // A form with a mistake answers 422, which the browser reports.
    assert!(browser.console().await.iter().all(|line| line.contains("422")));
    browser.fill("Reason", "The mail system is being moved.").await;
    browser.press("Switch self-service off").await;
    assert!(browser.text_of(".notice").await.unwrap().contains("Saved."));
    assert_eq!(browser.console().await, Vec::<String>::new());

    person.fill("Security code", &code).await;
    person.press("Next").await;
    assert!(person.address().await.ends_with("/reset/ended"), "{}", person.address().await);
    assert_eq!(world.count("select count(*) from reset_attempts where finished_at is not null").await, 0);

    browser.press("Undo").await;
    browser.press("Save changes").await;
    assert!(browser.text_of(".notice").await.unwrap().contains("Saved."));
    // Whoever starts now is no decoy.
    Walk::new(&world, &node).start(JOHN).await;
    let started = "select count(*) from audit_events where event = 'reset_started' and outcome = 'started'";
    assert_eq!(world.count(started).await, 2);
}

async fn forty(setup: Setup, script: bool) {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    world.people(40).await;
    let browser = administrator(&world, &node, setup).await;
    let mut address = format!("{}/portal/users/reset-passwords", node.url);
    for n in 1..=40 {
        address.push(if n == 1 { '?' } else { '&' });
        address.push_str("select=");
        address.push_str(&row_of(&world, &format!("user{n}@contoso.com")).await.to_string());
    }
    browser.open(&address).await;
    browser.press("Send 40 links").await;
    assert_eq!(browser.heading().await, "Password resets");
    assert_eq!(browser.text_of(".tally").await.as_deref(), Some("40 on the way"));
    world.mail.fail_next(SendError::GiveUp(Reason::new("smtp rcpt").code(550)));
    node.drain().await;
    if script {
        let done = "return !document.querySelector('[data-refresh]') && document.readyState === 'complete'";
        browser.wait_until("the states of all messages", done).await;
    } else {
        browser.reload().await;
    }
    let tally = browser.text_of(".tally").await.unwrap();
    assert!(tally.contains("39 sent") && tally.contains("1 not delivered"), "{tally}");
    assert_eq!(world.mail.sent().len(), 39);
    let failed: String = sqlx::query_scalar("select recipient from outbox where state = 'gave_up'")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    let user_id = failed.replace("@fabrikam.com", "@contoso.com");
    let row = browser
        .run(
            "return [...document.querySelectorAll('tbody tr')].filter(row => row.querySelector('.badge.no')).map(row => row.innerText)",
            vec![],
        )
        .await;
    let rows: Vec<&str> = row.as_array().unwrap().iter().filter_map(|row| row.as_str()).collect();
    assert_eq!(rows.len(), 1);
    assert!(rows[0].contains(&user_id) && rows[0].contains("Not delivered"), "{rows:?}");
    assert!(rows[0].contains("Check the address or the number"), "{rows:?}");
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn forty_people_get_links_and_the_page_shows_the_one_that_did_not_arrive() {
    forty(Setup::default(), true).await;
}

#[tokio::test]
async fn the_same_without_script() {
    forty(Setup::default().without_script(), false).await;
}

#[tokio::test]
async fn a_temporary_password_can_be_copied_and_is_gone_when_the_page_is_left() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let browser = administrator(&world, &node, Setup::default()).await;
    let page = format!("{}/portal/users/{}/reset-password", node.url, row_of(&world, JOHN).await);
    browser.open(&page).await;
    browser.choose("Make a temporary password").await;
    browser.press("Reset password").await;
    assert_eq!(browser.heading().await, "Temporary password of John Smith");
    let password = browser.text_of("#temporary-password").await.unwrap();
    browser.press("Copy the password").await;
    browser
        .wait_until("the word that it was copied", "return document.body.innerText.includes('Copied')")
        .await;
    browser.open(&page).await;
    assert!(!browser.text().await.contains(&password));
    browser.back().await;
    // The answer of a POST that no cache keeps: the browser asks before it would send the form again, and the form works once.
    assert_eq!(world.audited("temporary_password_made").await, 1);
    assert_eq!(browser.console().await, Vec::<String>::new());
}
