//! In Chromium, with and without script: what an administrator does, up to the reset that it is all for.

use thirtyfour::Key;

use crate::support::{
    app::{Node, World},
    browser::{Browser, Setup},
    client::{code_in, link_in},
    office::{GLOBAL, path_of},
    walk::{JOHN, NEW},
};

const NEW_MAIL: &str = "john@example.com";
const NEW_PHONE: &str = "+14255550142";

async fn sign_in(browser: &Browser, world: &World, node: &Node, user_id: &str) {
    browser.open(&format!("{}/sign-in", node.url)).await;
    browser.fill("User ID", user_id).await;
    browser.fill("Password", &world.first_password(user_id)).await;
    browser.press("Sign in").await;
    browser.wait_for_heading("Users").await;
}

/// The walk of the article: an administrator sets alternate e-mail and mobile phone, the person resets with them.
async fn edit_and_reset(setup: Setup, script: bool) {
    let world = World::new().await;
    let node = world.node().await;
    let browser = setup.start().await;
    sign_in(&browser, &world, &node, GLOBAL).await;
    browser.fill("Search", "john smith").await;
    browser.press("Search").await;
    assert_eq!(browser.text_of(".count").await.as_deref(), Some("1 user"));
    browser.follow("John Smith").await;
    assert_eq!(browser.heading().await, "John Smith");
    browser.fill("Alternate e-mail address", NEW_MAIL).await;
    browser.fill("Mobile phone", "425-555-0142").await;
    browser.press("Review changes").await;
    assert_eq!(browser.heading().await, "Review the changes of John Smith");
    let text = browser.text().await;
    assert!(text.contains(NEW_PHONE) && text.contains(NEW_MAIL), "{text}");
    browser.press("Change the entries").await;
    assert_eq!(browser.value("Mobile phone").await, "425-555-0142");
    browser.press("Review changes").await;
    browser.press("Save changes").await;
    assert!(browser.text_of(".notice").await.unwrap().contains("Saved."));
    assert_eq!(browser.console().await, Vec::<String>::new());

    // The person, in the same browser after the administrator has left it.
    browser.press("Sign out").await;
    browser.follow("Forgot your password?").await;
    browser.choose("I am an administrator and forgot my password").await;
    browser.press("Next").await;
    browser.fill("User ID", JOHN).await;
    browser.press("Next").await;
    assert_eq!(browser.heading().await, "Check your e-mail");
    let link = world
        .wait("the link", || {
            let mail = world.mail.sent().into_iter().rev();
            mail.filter(|mail| mail.to == NEW_MAIL)
                .map(|mail| link_in(&mail.text))
                .find(|link| link.contains("/reset/email-link/"))
        })
        .await;
    browser.open(&link).await;
    if !script {
        browser.press("Continue: send the code").await;
    }
    browser.wait_for_heading("Mobile phone verification").await;
    let code = world
        .wait("the code", || {
            world
                .sms
                .sent()
                .into_iter()
                .rev()
                .find(|sms| sms.to == NEW_PHONE && sms.text.contains("security code"))
        })
        .await;
    browser.fill("Security code", &code_in(&code.text)).await;
    browser.press("Next").await;
    browser.fill("New password", NEW).await;
    browser.fill("Confirm new password", NEW).await;
    browser.press("Finish").await;
    assert_eq!(browser.heading().await, "Your password has been reset");
}

#[tokio::test]
async fn contact_data_that_an_administrator_sets_serves_a_reset() {
    edit_and_reset(Setup::default(), true).await;
}

#[tokio::test]
async fn the_same_without_script() {
    edit_and_reset(Setup::default().without_script(), false).await;
}

#[tokio::test]
async fn the_second_of_two_editors_sees_both_versions_and_chooses() {
    let world = World::new().await;
    world
        .execute("update users set role = 'global_administrator' where user_id = 'billingadmin@contoso.com'")
        .await;
    let node = world.node().await;
    let (first, second) = (Setup::default().start().await, Setup::default().without_script().start().await);
    sign_in(&first, &world, &node, GLOBAL).await;
    sign_in(&second, &world, &node, "billingadmin@contoso.com").await;
    let url = format!("{}{}", node.url, path_of(&world, JOHN).await);
    first.open(&url).await;
    second.open(&url).await;
    first.fill("Mobile phone", "425-555-0142").await;
    first.press("Review changes").await;
    first.press("Save changes").await;
    second.fill("Mobile phone", "425-555-0143").await;
    second.press("Review changes").await;
    assert_eq!(second.status().await, 409);
    assert_eq!(second.heading().await, "John Smith was changed meanwhile");
    let table = second.text_of("table").await.unwrap();
    assert!(table.contains("+14255550142") && table.contains("425-555-0143"), "{table}");
    second.press("Review mine again").await;
    second.press("Save changes").await;
    assert_eq!(second.value("Mobile phone").await, "+14255550143");

    // The first undoes, finds the other's version, and keeps it.
    first.press("Undo").await;
    assert_eq!(first.heading().await, "John Smith was changed meanwhile");
    first.follow("Keep it as it is now").await;
    assert_eq!(first.value("Mobile phone").await, "+14255550143");
}

/// Presses Tab until the focus is where it has to be: on the element with these words, or on the field with this label.
async fn tab_to(browser: &Browser, words: &str) {
    const FOCUS: &str =
        "const e = document.activeElement; return e.labels?.[0]?.textContent ?? e.textContent.trim()";
    for _ in 0..60 {
        if browser.run(FOCUS, vec![]).await == words {
            return;
        }
        browser.keys(Key::Tab).await;
    }
    panic!("no Tab leads to {words}");
}

#[tokio::test]
async fn everything_is_done_by_keyboard_alone() {
    let world = World::new().await;
    let node = world.node().await;
    let browser = Setup::default().start().await;
    sign_in(&browser, &world, &node, GLOBAL).await;
    browser.keys("/").await;
    assert_eq!(browser.focused().await, "Search");
    assert_eq!(browser.value("Search").await, "", "the key itself is not typed");
    browser.keys("a/b").await;
    assert_eq!(browser.value("Search").await, "a/b", "in a field it is a character");
    browser.keys(Key::Backspace + Key::Backspace).await;
    browser.keys(Key::Backspace + "425 555 0100").await;
    browser.keys(Key::Enter).await;
    browser.wait_until("one user", "return document.querySelector('.count')?.textContent === '1 user'").await;
    tab_to(&browser, "John Smith").await;
    browser.keys(Key::Enter).await;
    browser.wait_for_heading("John Smith").await;
    tab_to(&browser, "Mobile phone").await;
    browser.keys(Key::Control + "a").await;
    browser.keys("425-555-0142").await;
    browser.keys(Key::Enter).await;
    browser.wait_for_heading("Review the changes of John Smith").await;
    tab_to(&browser, "Save changes").await;
    browser.keys(Key::Enter).await;
    browser.wait_for_heading("John Smith").await;
    tab_to(&browser, "Undo").await;
    tab_to(&browser, "Delete user").await;
    browser.keys(Key::Enter).await;
    browser.wait_for_heading("Delete John Smith?").await;
    tab_to(&browser, "Type the user ID johnsmith@contoso.com").await;
    browser.keys(JOHN).await;
    browser.keys(Key::Enter).await;
    browser.wait_for_heading("Users").await;
    assert_eq!(browser.text_of(".notice").await.as_deref(), Some("The user is deleted."));
}

#[tokio::test] // WCAG 2.2, 2.1.4
async fn the_key_that_leads_to_the_search_can_be_switched_off() {
    let world = World::new().await;
    let node = world.node().await;
    let browser = Setup::default().start().await;
    sign_in(&browser, &world, &node, GLOBAL).await;
    browser.press("Turn off").await;
    browser.open(&format!("{}/portal/users", node.url)).await;
    browser.keys("/").await;
    assert_ne!(browser.focused().await, "Search");
    browser.press("Turn on").await;
    browser.run("document.activeElement.blur()", vec![]).await;
    browser.keys("/").await;
    assert_eq!(browser.focused().await, "Search");
}

#[tokio::test]
async fn people_are_chosen_across_pages() {
    let world = World::new().await;
    world
        .execute(
            "insert into users (id, company_id, user_id, user_id_normalised, display_name, role)
             select gen_random_uuid(), c.id, 'person' || n || '@contoso.com', 'person' || n || '@contoso.com', 'Person ' || n, 'user'
             from companies c, generate_series(100, 160) n where c.name = 'Contoso'",
        )
        .await;
    let node = world.node().await;
    for setup in [Setup::default(), Setup::default().without_script()] {
        let browser = setup.start().await;
        sign_in(&browser, &world, &node, GLOBAL).await;
        browser.choose("Choose johnsmith@contoso.com").await;
        browser.press("Next page").await;
        assert!(browser.text_of(".chosen").await.unwrap().contains("1 chosen"));
        browser.choose("Choose person150@contoso.com").await;
        browser.press("Previous page").await;
        let chosen = browser.text_of(".chosen").await.unwrap();
        assert!(chosen.contains("2 chosen") && chosen.contains("1 of them is not on this page."), "{chosen}");
        browser.fill("Search", "person150").await;
        browser.press("Search").await;
        assert!(browser.text_of(".chosen").await.unwrap().contains("2 chosen"), "a search forgets nobody");
        browser.follow("Choose none").await;
        assert!(browser.text_of(".chosen").await.unwrap().contains("0 chosen"));
    }
}

#[tokio::test]
async fn with_script_a_page_is_chosen_at_once_and_the_count_follows() {
    let world = World::new().await;
    let node = world.node().await;
    let browser = Setup::default().start().await;
    sign_in(&browser, &world, &node, GLOBAL).await;
    browser.choose("Choose all on this page").await;
    assert!(browser.text_of(".chosen").await.unwrap().contains("8 chosen"), "all but oneself");
    browser.choose("Choose johnsmith@contoso.com").await;
    assert!(browser.text_of(".chosen").await.unwrap().contains("7 chosen"));
    assert_eq!(browser.console().await, Vec::<String>::new());
}
