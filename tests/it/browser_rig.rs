//! The browser rig itself, on pages made for it: it reports what was planted there, and nothing else.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};

use crate::support::browser::{Browser, Setup};

/// As strict as the product's own pages.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const STYLE: &str = "
    :root { color-scheme: light dark }
    body { margin: 1rem; background: rgb(255, 255, 255); color: rgb(20, 20, 20) }
    .wide { width: 600px }
    .tall { height: 2000px }
    .pale { color: rgb(90, 90, 90) }
    button, input { font-size: 1rem; min-height: 2rem; min-width: 2rem }
    @media (prefers-color-scheme: dark) { body { background: rgb(20, 20, 20); color: rgb(240, 240, 240) } }";

const SCRIPT: &str = "
    document.querySelector('#script')?.append('Script is on.');
    document.querySelector('#user_id')?.focus();
    if (location.pathname === '/late') setTimeout(() => { document.querySelector('h1').textContent = 'At last' }, 300);";

fn page(title: &str, body: &str) -> Response {
    let html = format!(
        r#"<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>{title}</title>
        <link rel="stylesheet" href="/page.css"><script src="/page.js" defer></script></head><body><main>{body}</main></body></html>"#
    );
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response()
}

fn form(user_id: &str, error: &str) -> Response {
    page(
        "User verification",
        &format!(
            r#"<h1>User verification</h1> {error}
            <p id="script"></p><noscript><p>Script is off.</p></noscript>
            <form method="post" action="/form"><input type="hidden" name="form_token" value="t">
            <p><label for="user_id">User ID</label> <input id="user_id" name="user_id" value="{user_id}"></p>
            <p><label><input type="checkbox" name="without" value="1"> I can't read the characters</label></p>
            <p><button>Next</button></p></form> <p><a href="/late">Wait for it</a></p>"#
        ),
    )
}

async fn receive(Form(fields): Form<HashMap<String, String>>) -> Response {
    let user_id = fields.get("user_id").map_or("", String::as_str);
    if user_id.is_empty() {
        let summary = r#"<div class="error-summary" role="alert">Enter your user ID</div>"#;
        return (StatusCode::UNPROCESSABLE_ENTITY, form("", summary)).into_response();
    }
    let without = fields.contains_key("without");
    let cookie = [(header::SET_COOKIE, "attempt=abc; HttpOnly; SameSite=Lax; Path=/")];
    (cookie, Redirect::to(&format!("/done?{user_id}&{without}"))).into_response()
}

async fn host(headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    page("Host", &format!("<h1>{host}</h1>"))
}

/// The pages' address.
async fn serve() -> String {
    let pages = Router::new()
        .route("/page.css", get(async || ([(header::CONTENT_TYPE, "text/css")], STYLE)))
        .route("/page.js", get(async || ([(header::CONTENT_TYPE, "text/javascript")], SCRIPT)))
        .route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
        .route("/form", get(async || form("", "")).post(receive))
        .route("/done", get(async || page("Check your e-mail", "<h1>Check your e-mail</h1>")))
        .route("/late", get(async || page("Late", "<h1>Not yet</h1>")))
        .route("/host", get(host))
        .route("/long", get(async || page("Long", r#"<h1>Long</h1><div class="wide tall">wide</div>"#)))
        .route(
            "/refused",
            get(async || page("Refused", "<h1>Refused</h1><script>document.title = 'ran'</script>")),
        )
        .route(
            "/inaccessible",
            get(async || {
                page(
                    "Bad",
                    r#"<h1>Bad</h1><p class="pale">Pale only in the dark</p><p><input name="code"></p>"#,
                )
            }),
        );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, pages).await.unwrap() });
    format!("http://{address}")
}

async fn browser(setup: Setup, path: &str) -> (Browser, String) {
    let site = serve().await;
    let browser = setup.start().await;
    browser.open(&format!("{site}{path}")).await;
    (browser, site)
}

#[tokio::test]
async fn a_form_is_filled_by_its_labels_and_sent() {
    let (browser, site) = browser(Setup::default(), "/form").await;
    assert_eq!(browser.title().await, "User verification");
    assert_eq!(browser.focused().await, "User ID");
    browser.fill("User ID", "typed by mistake").await;
    browser.fill("user_id", "ann@contoso.com").await;
    assert_eq!(browser.value("User ID").await, "ann@contoso.com");
    browser.choose("I can't read the characters").await;
    browser.press("Next").await;
    assert_eq!(browser.heading().await, "Check your e-mail");
    assert_eq!(browser.address().await, format!("{site}/done?ann@contoso.com&true"));
    assert_eq!(browser.status().await, 200);
    assert_eq!(browser.console().await, Vec::<String>::new());
    browser.close().await;
}

#[tokio::test]
async fn a_mistake_is_read_from_the_summary_and_is_no_fault_in_the_console() {
    let (browser, _) = browser(Setup::default(), "/form").await;
    assert_eq!(browser.error_summary().await, None);
    browser.press("Next").await;
    assert_eq!(browser.error_summary().await.as_deref(), Some("Enter your user ID"));
    assert_eq!(browser.status().await, 422);
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn the_console_reports_what_the_policy_refused_and_what_did_not_load() {
    let (browser, site) = browser(Setup::default(), "/refused").await;
    assert_eq!(browser.title().await, "Refused");
    let reports = browser.console().await;
    assert!(reports.iter().any(|report| report.contains("Content Security Policy")), "{reports:?}");

    browser
        .run("const image = new Image(); image.src = '/missing.png'; document.body.append(image)", vec![])
        .await;
    let started = Instant::now();
    let mut reports = Vec::new();
    while reports.is_empty() && started.elapsed() < Duration::from_secs(20) {
        reports = browser.console().await;
    }
    assert!(reports.iter().any(|report| report.contains(&format!("{site}/missing.png"))), "{reports:?}");
}

#[tokio::test]
async fn each_browser_is_another_person_with_its_own_cookies() {
    let (ann, site) = browser(Setup::default(), "/form").await;
    ann.fill("User ID", "ann@contoso.com").await;
    ann.press("Next").await;
    let cookies = ann.cookies().await;
    assert_eq!(cookies.len(), 1);
    assert_eq!((cookies[0].name.as_str(), cookies[0].http_only), ("attempt", Some(true)));

    let ben = Setup::default().start().await;
    ben.open(&format!("{site}/form")).await;
    assert!(ben.cookies().await.is_empty());
}

#[tokio::test]
async fn without_script_a_page_shows_what_it_has_for_that_and_its_forms_work() {
    let (with, site) = browser(Setup::default(), "/form").await;
    assert!(with.text().await.contains("Script is on."));
    assert!(!with.text().await.contains("Script is off."));

    let without = Setup::default().without_script().start().await;
    without.open(&format!("{site}/form")).await;
    let text = without.text().await;
    assert!(text.contains("Script is off.") && !text.contains("Script is on."), "{text}");
    without.fill("User ID", "ann@contoso.com").await;
    without.choose("I can't read the characters").await;
    without.press("Next").await;
    assert_eq!(without.heading().await, "Check your e-mail");
    assert_eq!(without.status().await, 200);
    assert!(!without.overflows_sideways().await);
}

#[tokio::test]
async fn a_link_is_followed_and_a_late_heading_waited_for() {
    let (browser, _) = browser(Setup::default(), "/form").await;
    browser.follow("Wait for it").await;
    assert_eq!(browser.heading().await, "Not yet");
    browser.wait_for_heading("At last").await;
}

#[tokio::test]
async fn dark_colours_are_asked_for_and_survive_the_next_page() {
    let background = "return getComputedStyle(document.body).backgroundColor";
    let (browser, site) = browser(Setup::default().dark(), "/form").await;
    browser.open(&format!("{site}/late")).await;
    assert_eq!(browser.run(background, vec![]).await, "rgb(20, 20, 20)");
    browser.set_dark(false).await;
    assert_eq!(browser.run(background, vec![]).await, "rgb(255, 255, 255)");
}

#[tokio::test]
async fn at_320_pixels_a_page_that_is_too_wide_is_found_out() {
    let (browser, site) = browser(Setup::default().narrow(), "/form").await;
    assert_eq!(browser.run("return [innerWidth, innerHeight]", vec![]).await, serde_json::json!([320, 700]));
    assert!(!browser.overflows_sideways().await);
    browser.open(&format!("{site}/long")).await;
    assert!(browser.overflows_sideways().await);

    let wide = Setup::default().start().await;
    wide.open(&format!("{site}/long")).await;
    assert_eq!(wide.run("return [innerWidth, innerHeight]", vec![]).await, serde_json::json!([1280, 900]));
    assert!(!wide.overflows_sideways().await);
}

#[tokio::test]
async fn axe_finds_nothing_on_a_good_page_with_a_strict_policy() {
    let (browser, _) = browser(Setup::default(), "/form").await;
    assert_eq!(browser.axe().await, []);
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn axe_finds_a_missing_label_in_both_schemes_and_a_pale_text_in_the_dark() {
    let (browser, _) = browser(Setup::default(), "/inaccessible").await;
    let found = browser.axe().await;
    let rules: Vec<_> = found.iter().map(|violation| (violation.rule.as_str(), violation.scheme)).collect();
    assert_eq!(rules, [("label", "light"), ("color-contrast", "dark"), ("label", "dark")], "{found:?}");
    assert!(found[0].to_string().contains("input"), "{}", found[0]);
}

#[tokio::test]
async fn a_picture_holds_the_whole_page() {
    let (browser, _) = browser(Setup::default(), "/long").await;
    let path = std::env::temp_dir().join(format!("sspr-rig-picture-{}.png", std::process::id()));
    browser.screenshot(&path).await;
    let png = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(&png[1..4], b"PNG");
    // Width and height stand right behind the first chunk's name.
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!(number(16), 1280);
    assert!(number(20) > 2000, "{}", number(20));
}

#[tokio::test]
async fn given_host_names_lead_to_loopback_and_no_other_name_leads_anywhere() {
    let site = serve().await.replace("127.0.0.1", "portal.contoso.com");
    let browser = Setup::default().host("portal.contoso.com").start().await;
    browser.open(&format!("{site}/host")).await;
    assert_eq!(format!("http://{}", browser.heading().await), site);

    let elsewhere = tokio::spawn(async move { browser.open("http://www.fabrikam.com/").await }).await;
    let panic = elsewhere.unwrap_err().into_panic();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(
        message.contains("ERR_NAME_NOT_RESOLVED") && message.contains("open http://www.fabrikam.com/"),
        "{message}"
    );
}

/// Runs itself as a second process, which starts a browser and waits to be killed.
#[tokio::test]
async fn a_killed_test_process_leaves_neither_browser_nor_driver_nor_profile() {
    const ME: &str = "browser_rig::a_killed_test_process_leaves_neither_browser_nor_driver_nor_profile";
    if std::env::var_os("SSPR_RIG_WAITS").is_some() {
        let (_browser, _) = browser(Setup::default(), "/form").await;
        println!("\nwaiting");
        tokio::time::sleep(Duration::from_mins(1)).await;
        return;
    }
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", ME, "--nocapture"])
        .env("SSPR_RIG_WAITS", "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(process.stdout.take().unwrap());
    assert!(output.lines().map_while(Result::ok).any(|line| line == "waiting"));
    let folder = std::env::temp_dir().join(format!("sspr-browser-{}", process.id()));
    assert!(processes_of(&folder) > 2, "the browser runs");
    process.kill().unwrap();
    process.wait().unwrap();

    let started = Instant::now();
    while folder.exists() || processes_of(&folder) > 0 {
        assert!(started.elapsed() < Duration::from_secs(20), "{} processes are left", processes_of(&folder));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// How many processes were told of this folder. One that has ended has no command line any more.
fn processes_of(folder: &Path) -> usize {
    let folder = folder.to_str().unwrap();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|process| std::fs::read(process.path().join("cmdline")).ok())
        .filter(|line| String::from_utf8_lossy(line).contains(folder))
        .count()
}
