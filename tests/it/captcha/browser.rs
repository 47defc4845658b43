//! The computation in a real browser: with script nobody types anything, and without it the characters are there.

use super::*;
use crate::support::{
    browser::{Browser, Setup},
    walk::JOHN,
};

/// What a person sees and a screen reader is told.
const SEEN: &str = "return {
    characters: !!document.querySelector('#captcha')?.checkVisibility(),
    slow: !!document.querySelector('#without_puzzle')?.checkVisibility() }";

async fn open(browser: &Browser, node: &Node, page: &str) {
    browser.open(&format!("{}{page}", node.url)).await;
}

async fn solved(browser: &Browser) {
    browser.wait_until("the solution", "return document.querySelector('[name=proof]').value !== ''").await;
}

#[tokio::test] // V-68
async fn with_script_nobody_types_characters() {
    let world = World::with(&[PROOF]).await;
    let node = world.node_without_workers().await;
    let browser = Setup::default().start().await;
    open(&browser, &node, RESET_PAGE).await;
    let seen = browser.run(SEEN, vec![]).await;
    assert_eq!((&seen["characters"], &seen["slow"]), (&false.into(), &false.into()), "{seen}");
    assert_eq!(browser.axe().await, vec![]);
    // Typing goes on meanwhile; who is quicker than the computation is waited for.
    browser.fill("User ID", JOHN).await;
    browser.press("Next").await;
    browser.wait_for_heading("Check your e-mail").await;
    assert_eq!(browser.console().await, Vec::<String>::new());
    assert_eq!(starts(&world).await, 1);
    assert_eq!(world.count("select count(*) from spent_challenges").await, 1);
    open(&browser, &node, CONTACT_PAGE).await;
    browser.fill("User ID", "user@contoso.com").await;
    browser.press("Next").await;
    browser.wait_for_path("/contact-administrator/sent").await;
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn after_a_mistake_it_computes_anew_and_says_no_more_than_twice_what_it_does() {
    let world = World::with(&[PROOF]).await;
    let node = world.node_without_workers().await;
    let browser = Setup::default().start().await;
    open(&browser, &node, RESET_PAGE).await;
    browser.fill("User ID", "nobody").await;
    solved(&browser).await;
    browser.press("Next").await;
    assert!(browser.error_summary().await.unwrap().contains("user ID"), "{}", browser.text().await);
    // The browser notes the 422 itself.
    browser.console().await;
    let seen = browser.run(SEEN, vec![]).await;
    assert_eq!(seen["characters"], false, "{seen}");
    let first = "window.said = []; const status = document.querySelector('.proof [role=status]'); said.push(status.textContent);
        new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true, characterData: true, subtree: true });
        return true";
    browser.run(first, vec![]).await;
    solved(&browser).await;
    let said = browser.run("return new Set(said).size", vec![]).await;
    assert!(said.as_u64().unwrap() <= 2, "{said}");
    assert_eq!(browser.axe().await, vec![]);
    browser.fill("User ID", JOHN).await;
    browser.press("Next").await;
    browser.wait_for_heading("Check your e-mail").await;
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn on_a_busy_network_the_characters_are_typed_while_the_browser_computes() {
    let world =
        World::with(&[PROOF, ("SSPR_CAPTCHA__CHARACTERS_AFTER", "0"), ("SSPR_CAPTCHA__HARDER_AFTER", "1")])
            .await;
    let node = world.node_without_workers().await;
    let browser = Setup::default().start().await;
    let characters = async || {
        let id = browser.run("return document.querySelector('[name=captcha_id]').value", vec![]).await;
        let cookies = browser.cookies().await;
        let visitor = cookies.iter().find(|cookie| cookie.name == "sspr-visitor").unwrap().value.clone();
        read_picture(id.as_str().unwrap(), &visitor)
    };
    // Busy, then crowded: the harder computation takes longer than typing.
    for n in 0..2 {
        open(&browser, &node, RESET_PAGE).await;
        let seen = browser.run(SEEN, vec![]).await;
        assert_eq!((&seen["characters"], &seen["slow"]), (&true.into(), &true.into()), "{n}: {seen}");
        browser.fill("User ID", JOHN).await;
        browser.fill("Characters", &characters().await).await;
        browser.press("Next").await;
        browser.wait_for_heading("Check your e-mail").await;
        assert_eq!(browser.console().await, Vec::<String>::new(), "{n}");
    }
    assert_eq!(starts(&world).await, 2);
    assert_eq!(world.count("select count(*) from spent_challenges").await, 4);
}

#[tokio::test]
async fn without_script_the_characters_and_the_way_without_them_are_there() {
    let world = World::with(&[PROOF]).await;
    let node = world.node_without_workers().await;
    let browser = Setup::default().without_script().start().await;
    open(&browser, &node, RESET_PAGE).await;
    let text = browser.text().await;
    assert!(text.contains("Characters for verification") && !text.contains("calculation"), "{text}");
    browser.fill("User ID", JOHN).await;
    browser.press("Next").await;
    assert!(browser.error_summary().await.unwrap().contains("Enter the characters"));
    browser.press("Continue without the characters").await;
    assert_eq!(browser.heading().await, "Check your e-mail");
    assert_eq!(starts(&world).await, 1);
}

#[tokio::test]
async fn where_the_worker_cannot_start_or_fails_the_characters_are_shown_and_a_waiting_person_is_led_there() {
    let world = World::with(&[PROOF]).await;
    let node = world.node_without_workers().await;
    let browser = Setup::default().start().await;
    open(&browser, &node, RESET_PAGE).await;
    // The page's own script again, in a page whose worker breaks. As a text: the policy lets no script in that says where it comes from.
    let proof = include_str!("../../../static/proof.js")
        .replace("document.currentScript.src", "document.querySelector('script[src*=proof]').src")
        .replace("window.trustedTypes?", "window.noTypes?");
    let broken = format!(
        "const [mode] = arguments;
        const box = document.querySelector('[data-proof]');
        const fresh = box.cloneNode(true); fresh.hidden = true; fresh.querySelector('input').value = '';
        document.querySelectorAll('[data-puzzle]').forEach(part => {{ part.hidden = false; }});
        const form = box.closest('form'); const copy = form.cloneNode(true);
        form.replaceWith(copy); copy.querySelector('[data-proof]').replaceWith(fresh);
        window.Worker = mode === 'refused' ? function () {{ throw new Error('refused'); }} : class extends EventTarget {{
          constructor() {{ super(); window.broken = this; }}
          postMessage() {{}}
          terminate() {{}}
        }};
        {proof}
        return true"
    );
    let broken = broken.as_str();
    browser.run(broken, vec!["refused".into()]).await;
    assert_eq!(browser.run(SEEN, vec![]).await["characters"], true);
    browser.run(broken, vec!["fails".into()]).await;
    assert_eq!(browser.run(SEEN, vec![]).await["characters"], false);
    browser.run("document.querySelector('form button').click(); return true", vec![]).await;
    assert_eq!(browser.heading().await, "User verification");
    browser.run("window.broken.dispatchEvent(new Event('error')); return true", vec![]).await;
    assert_eq!(browser.run(SEEN, vec![]).await["characters"], true);
    assert_eq!(browser.focused().await, "Characters");
    assert!(browser.text().await.contains("could not do the calculation"));
    assert_eq!(starts(&world).await, 0);
}
