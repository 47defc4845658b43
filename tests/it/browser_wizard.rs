//! The whole wizard in a real browser, with script and without: how the e-mail's link may be opened, and what leaks nowhere.

use axum::{
    Router,
    extract::Query,
    http::{Method, StatusCode, header},
    response::{Html, IntoResponse as _, Redirect, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use sha2::Sha256;

use crate::support::{
    app::{Ear, Node, World},
    browser::{Browser, Setup},
    client::{code_in, link_in},
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE, NEW},
};

const SMS_ROWS: &str = "select count(*) from outbox where channel = 'sms'";

#[derive(Deserialize)]
struct To {
    to: String,
}

/// Someone else's site, reached as `localhost`, which is another site than `127.0.0.1`: a webmail with the link of a mail (in the same
/// tab and in a new one), and a "safe link" that redirects to it.
async fn webmail() -> String {
    let page = |body: String| -> Response {
        let html = format!("<!doctype html><title>Webmail</title><h1>Webmail</h1>{body}");
        Html(html).into_response()
    };
    let site = Router::new()
        .route(
            "/mail",
            get(move |Query(To { to }): Query<To>| async move {
                page(format!(
                    r#"<a href="{to}">Reset your password now</a> <a href="{to}" target="_blank">In a new tab</a> <a href="/safe?to={to}">Safe link</a>"#
                ))
            }),
        )
        .route("/safe", get(async |Query(To { to }): Query<To>| Redirect::to(&to)))
        .route("/favicon.ico", get(async || ([(header::CONTENT_TYPE, "image/x-icon")], StatusCode::NO_CONTENT)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, site).await });
    format!("http://localhost:{port}")
}

/// How the link of the e-mail is opened.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// Typed or pasted into the address bar of the tab that shows "Check your e-mail".
    Typed,
    /// The same in a blank tab.
    BlankTab,
    /// Clicked in a webmail.
    Clicked,
    /// Clicked in a webmail, which opens links in a new tab.
    ClickedIntoNewTab,
    /// Clicked in a webmail that sends all links through its own redirect.
    SafeLink,
}

/// A page as it must be: one main heading, nothing loaded from elsewhere, nothing that the policy refused.
async fn clean(browser: &Browser, site: &str) {
    let here = browser.address().await;
    assert_eq!(browser.console().await, Vec::<String>::new(), "{here}");
    let headings = browser.run("return document.querySelectorAll('h1').length", vec![]).await;
    assert_eq!(headings, 1, "{here}");
    let loaded =
        browser.run("return performance.getEntriesByType('resource').map(r => r.name)", vec![]).await;
    let loaded = loaded.as_array().unwrap();
    assert!(loaded.iter().all(|name| name.as_str().unwrap().starts_with(site)), "{here}: {loaded:?}");
    assert!(loaded.iter().any(|name| name.as_str().unwrap().contains("/static/style")), "{here}: {loaded:?}");
}

/// From the sign-in page to "Check your e-mail", on foot.
async fn up_to_check_email(browser: &Browser, node: &Node) {
    browser.open(&format!("{}/sign-in", node.url)).await;
    clean(browser, &node.url).await;
    browser.follow("Forgot your password?").await;
    assert_eq!(browser.heading().await, "Reset your password");
    clean(browser, &node.url).await;
    browser.choose("I am an administrator and forgot my password").await;
    browser.press("Next").await;
    assert_eq!(browser.heading().await, "User verification");
    clean(browser, &node.url).await;
    browser.fill("User ID", JOHN).await;
    browser.press("Next").await;
    assert_eq!(browser.heading().await, "Check your e-mail");
    clean(browser, &node.url).await;
}

async fn link(world: &World) -> String {
    link_in(&world.mail_to(JOHN_MAIL).await.text)
}

async fn open_link(browser: &Browser, link: &str, way: Way) {
    match way {
        Way::Typed => browser.open(link).await,
        Way::BlankTab => {
            browser.new_tab().await;
            browser.open(link).await;
        }
        Way::Clicked | Way::ClickedIntoNewTab | Way::SafeLink => {
            browser.open(&format!("{}/mail?to={link}", webmail().await)).await;
            match way {
                Way::Clicked => browser.follow("Reset your password now").await,
                Way::SafeLink => browser.follow("Safe link").await,
                _ => {
                    browser.follow_into_new_tab("In a new tab").await;
                }
            }
        }
    }
}

/// From the code to the new password, and signed in with it.
async fn from_code_to_signed_in(browser: &Browser, world: &World, node: &Node) {
    let sms = world.sms_to(JOHN_PHONE).await.text;
    // The whole message, as it is pasted from a phone.
    browser.fill("Security code", &sms.replace('\n', " ")).await;
    browser.press("Next").await;
    assert_eq!(browser.heading().await, "Create a new password");
    clean(browser, &node.url).await;
    browser.fill("New password", NEW).await;
    browser.fill("Confirm new password", NEW).await;
    browser.press("Finish").await;
    assert_eq!(browser.heading().await, "Your password has been reset");
    clean(browser, &node.url).await;
    browser.follow("Sign in with the new password").await;
    browser.fill("User ID", JOHN).await;
    browser.fill("Password", NEW).await;
    browser.press("Sign in").await;
    assert_eq!(browser.heading().await, "Users");
    clean(browser, &node.url).await;
}

async fn the_whole_wizard(setup: Setup, script: bool, way: Way) {
    let world = World::new().await;
    let (node, ear) = world.watched_node().await;
    let browser = setup.start().await;
    up_to_check_email(&browser, &node).await;
    let link = link(&world).await;
    let token = link.rsplit('/').next().unwrap().to_owned();
    open_link(&browser, &link, way).await;
    if script {
        browser.wait_for_heading("Mobile phone verification").await;
    } else {
        assert_eq!(browser.heading().await, "Confirm your e-mail address");
        assert_eq!(world.count(SMS_ROWS).await, 0);
        clean(&browser, &node.url).await;
        browser.press("Continue: send the code").await;
    }
    browser.wait_for_path("/reset/security-code").await;
    assert_eq!(browser.heading().await, "Mobile phone verification");
    clean(&browser, &node.url).await;
    if script {
        // V-46: the token is neither in the address bar nor in the history any more.
        let (history, _) = browser.history().await;
        assert!(
            history.iter().all(|address| !address.contains(&token) || address.contains("/mail?to=")),
            "{history:?}"
        );
    }
    came_as(&ear, way);
    from_code_to_signed_in(&browser, &world, &node).await;
    assert_eq!(ear.of(&Method::POST, "/reset/email-link").len(), 1);
    // V-46: no request but the click itself says where it came from.
    for heard in ear.heard() {
        if !heard.path.starts_with("/reset/email-link/") {
            assert_eq!(heard.header("referer"), "", "{heard:?}");
        }
    }
    browser.close().await;
}

/// V-53: the click really came from another site, and the cookie came along.
fn came_as(ear: &Ear, way: Way) {
    let opened = ear.of(&Method::GET, "/reset/email-link/");
    assert_eq!(opened.len(), 1, "{opened:?}");
    let from = match way {
        Way::Typed | Way::BlankTab => "none",
        Way::Clicked | Way::ClickedIntoNewTab | Way::SafeLink => "cross-site",
    };
    assert_eq!(opened[0].header("sec-fetch-site"), from);
    assert!(opened[0].header("cookie").contains("sspr-reset="), "{opened:?}");
}

const WAYS: [Way; 5] = [Way::Typed, Way::BlankTab, Way::Clicked, Way::ClickedIntoNewTab, Way::SafeLink];

#[tokio::test] // V-53
async fn the_whole_wizard_works_with_script_however_the_link_is_opened() {
    for way in WAYS {
        the_whole_wizard(Setup::default(), true, way).await;
    }
}

#[tokio::test] // V-53
async fn the_whole_wizard_works_without_script_however_the_link_is_opened() {
    for way in WAYS {
        the_whole_wizard(Setup::default().without_script(), false, way).await;
    }
}

#[tokio::test]
async fn the_page_behind_the_link_sends_one_code_whatever_the_person_does_with_the_browser() {
    let world = World::new().await;
    let (node, ear) = world.watched_node().await;
    let browser = Setup::default().start().await;
    up_to_check_email(&browser, &node).await;
    let link = link(&world).await;
    browser.open(&link).await;
    browser.wait_for_heading("Mobile phone verification").await;
    browser.back().await;
    browser.wait_for_heading("Mobile phone verification").await;
    browser.forward().await;
    browser.reload().await;
    assert_eq!(browser.heading().await, "Mobile phone verification");
    for _ in 0..2 {
        browser.new_tab().await;
        browser.open(&link).await;
        browser.wait_for_heading("Mobile phone verification").await;
    }
    assert_eq!(ear.of(&Method::POST, "/reset/email-link").len(), 1);
    assert_eq!(world.count(SMS_ROWS).await, 1);
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test] // V-54, D-14
async fn in_another_browser_the_link_does_nothing_and_still_works_where_it_was_asked_for() {
    let world = World::new().await;
    let (node, ear) = world.watched_node().await;
    let asked = Setup::default().start().await;
    up_to_check_email(&asked, &node).await;
    let link = link(&world).await;
    let other = Setup::default().start().await;
    other.open(&format!("{}/mail?to={link}", webmail().await)).await;
    other.follow("Reset your password now").await;
    assert_eq!(other.heading().await, "Open this link where you started");
    assert!(other.text().await.contains("Chrom"), "names the browser that asked: {}", other.text().await);
    clean(&other, &node.url).await;
    assert_eq!(ear.of(&Method::POST, "/").len(), 2, "the other browser sent a form");
    assert_eq!(world.count(SMS_ROWS).await, 0);
    asked.open(&link).await;
    asked.wait_for_heading("Mobile phone verification").await;
    other.reload().await;
    assert_eq!(other.heading().await, "This link was used already");
}

#[tokio::test]
async fn this_was_not_me_in_another_browser_ends_the_reset() {
    let world = World::new().await;
    let node = world.node().await;
    let asked = Setup::default().start().await;
    up_to_check_email(&asked, &node).await;
    let link = link(&world).await;
    let other = Setup::default().without_script().start().await;
    other.open(&link).await;
    other.press("This was not me").await;
    assert_eq!(other.heading().await, "The reset is stopped");
    assert!(!other.address().await.contains(link.rsplit('/').next().unwrap()));
    asked.open(&link).await;
    assert!(!asked.text().await.contains("Security code"), "{}", asked.text().await);
    assert_eq!(world.count(SMS_ROWS).await, 0);
    let ended = "select count(*) from audit_events where event = 'attempt_ended' and outcome = 'not_me'";
    assert_eq!(world.count(ended).await, 1);
    // V-16: whoever asked may be anyone, and is not told that someone said no.
    asked.open(&format!("{}/reset/check-email", node.url)).await;
    assert_eq!(asked.heading().await, "Check your e-mail");
}

#[tokio::test] // V-48
async fn after_the_end_back_shows_nothing_usable() {
    let world = World::new().await;
    let (node, ear) = world.watched_node().await;
    let browser = Setup::default().start().await;
    up_to_check_email(&browser, &node).await;
    browser.open(&link(&world).await).await;
    browser.wait_for_heading("Mobile phone verification").await;
    browser.fill("Security code", &code_in(&world.sms_to(JOHN_PHONE).await.text)).await;
    browser.press("Next").await;
    browser.fill("New password", NEW).await;
    browser.fill("Confirm new password", NEW).await;
    browser.press("Finish").await;
    let posts = ear.of(&Method::POST, "/").len();
    // New password, code, check your e-mail: all of them lead to the receipt now.
    for _ in 0..3 {
        browser.back().await;
        browser.wait_for_heading("Your password has been reset").await;
        let fields = browser.run("return document.querySelectorAll('input, button').length", vec![]).await;
        assert_eq!(fields, 0, "{}", browser.text().await);
    }
    browser.back().await;
    browser.wait_for_heading("User verification").await;
    assert_eq!(ear.of(&Method::POST, "/").len(), posts);
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test] // V-48
async fn after_signing_out_back_shows_nothing_of_the_account() {
    let world = World::new().await;
    let node = world.node().await;
    let browser = Setup::default().start().await;
    browser.open(&format!("{}/sign-in", node.url)).await;
    browser.fill("User ID", JOHN).await;
    browser.fill("Password", &world.first_password(JOHN)).await;
    browser.press("Sign in").await;
    assert_eq!(browser.heading().await, "Users");
    browser.press("Sign out").await;
    browser.back().await;
    browser.wait_for_heading("Sign in").await;
    assert!(!browser.text().await.contains("John Smith"), "{}", browser.text().await);
}

#[tokio::test] // V-48: a browser without script may show the page that it kept, but nothing on it works
async fn without_script_what_back_shows_after_signing_out_does_nothing() {
    let world = World::new().await;
    let node = world.node().await;
    let browser = Setup::default().without_script().start().await;
    browser.open(&format!("{}/sign-in", node.url)).await;
    browser.fill("User ID", JOHN).await;
    browser.fill("Password", &world.first_password(JOHN)).await;
    browser.press("Sign in").await;
    browser.press("Sign out").await;
    browser.back().await;
    browser.reload().await;
    assert_eq!(browser.heading().await, "Sign in");
    assert_eq!(world.count("select count(*) from sessions where user_id is not null").await, 0);
}

/// The characters of the picture, by the recipe of `captcha::characters`: only whoever has the key can do this.
fn characters(node: &Node, id: &str, visitor: &str) -> String {
    let key = node.app.keys.current().derive("captcha");
    let challenge = URL_SAFE_NO_PAD.decode(id).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).unwrap();
    mac.update(b"sspr captcha answer 1\0");
    mac.update(&0u32.to_be_bytes());
    mac.update(&challenge[..12]);
    mac.update(visitor.as_bytes());
    let alphabet = sspr::captcha::ALPHABET;
    let bytes = mac.finalize().into_bytes();
    let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < 240);
    fair.take(6).map(|byte| char::from(alphabet[byte % alphabet.len()])).collect()
}

async fn puzzle(browser: &Browser) -> (String, String) {
    let id = browser.run("return document.querySelector('[name=captcha_id]').value", vec![]).await;
    let cookies = browser.cookies().await;
    let visitor = cookies.iter().find(|cookie| cookie.name == "sspr-visitor").unwrap().value.clone();
    (id.as_str().unwrap().to_owned(), visitor)
}

async fn with_characters() -> (World, Node) {
    let world = World::with(&[("SSPR_CAPTCHA__KIND", "characters")]).await;
    let node = world.node().await;
    (world, node)
}

#[tokio::test]
async fn the_characters_are_shown_and_spoken_and_a_right_answer_leads_on() {
    let (world, node) = with_characters().await;
    let browser = Setup::default().start().await;
    browser.open(&format!("{}/reset/verify-user", node.url)).await;
    let picture = "const picture = document.querySelector('.captcha img');
        return picture.complete && picture.naturalWidth === 260 && picture.getBoundingClientRect().width >= 200
            && picture.alt.length > 20";
    browser.wait_until("the picture", picture).await;
    let spoken = "const audio = document.querySelector('audio');
        return fetch(audio.src).then(answer => answer.status === 200 && answer.headers.get('content-type') === 'audio/wav')";
    // The first sound of a process decodes the recordings: on a busy machine the service asks to wait (503).
    browser.wait_until("the sound", spoken).await;
    browser.console().await;
    let played = "const audio = document.querySelector('audio'); audio.volume = 0;
        return audio.play().then(() => audio.duration > 2 && !audio.error, error => String(error))";
    assert_eq!(browser.run(played, vec![]).await, true);
    clean(&browser, &node.url).await;

    let (first, visitor) = puzzle(&browser).await;
    let right = characters(&node, &first, &visitor);
    let wrong = if right.starts_with('2') { "333333" } else { "222222" };
    browser.fill("User ID", JOHN).await;
    browser.fill("Characters", wrong).await;
    browser.press("Next").await;
    // 3.3.7: nobody types the user ID twice.
    assert_eq!(
        (browser.value("User ID").await.as_str(), browser.value("Characters").await.as_str()),
        (JOHN, "")
    );
    assert!(browser.error_summary().await.unwrap().contains("did not match"));
    clean(&browser, &node.url).await;
    let (second, visitor) = puzzle(&browser).await;
    assert_ne!(first, second);
    browser.fill("Characters", &characters(&node, &second, &visitor).to_lowercase()).await;
    browser.press("Next").await;
    assert_eq!(browser.heading().await, "Check your e-mail");
    clean(&browser, &node.url).await;
    browser.open(&link(&world).await).await;
    browser.wait_for_heading("Mobile phone verification").await;
    from_code_to_signed_in(&browser, &world, &node).await;
}

#[tokio::test]
async fn without_the_puzzle_and_without_script_the_journey_ends_as_well() {
    let (world, node) = with_characters().await;
    let browser = Setup::default().without_script().start().await;
    browser.open(&format!("{}/reset/verify-user", node.url)).await;
    browser.fill("User ID", JOHN).await;
    browser.press("Continue without the characters").await;
    assert_eq!(browser.heading().await, "Check your e-mail");
    assert!(browser.text().await.contains("so the e-mail leaves at about"), "{}", browser.text().await);
    clean(&browser, &node.url).await;
    assert!(world.mail.sent().is_empty());
    world.execute("update outbox set run_at = now()").await;
    browser.open(&link(&world).await).await;
    browser.press("Continue: send the code").await;
    from_code_to_signed_in(&browser, &world, &node).await;
}

#[tokio::test]
async fn the_user_id_is_filled_in_when_a_reset_starts_again() {
    let world = World::new().await;
    let node = world.node().await;
    let browser = Setup::default().start().await;
    up_to_check_email(&browser, &node).await;
    world.execute("update reset_attempts set email_expires_at = now() - interval '1 s'").await;
    browser.reload().await;
    assert_eq!(browser.heading().await, "The time for this reset is over");
    browser.follow("Start again").await;
    assert_eq!(browser.value("User ID").await, JOHN);
}
