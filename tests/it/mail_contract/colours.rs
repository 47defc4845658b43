//! A browser as the mail program: light, dark, with colours of the program's own, small; and nothing is loaded from anywhere.

use std::sync::{Arc, Mutex};

use axum::{Router, extract::Request, response::Html};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{USER_ID, every};
use crate::support::browser::{Browser, Setup};

/// As mail programs show a mail in the dark: their own colours where the mail has none, and, in some, all colours turned round.
const DARK: &str = "const [background, text] = arguments;
document.documentElement.style.background = background;
document.documentElement.style.color = text;
return getComputedStyle(document.querySelector('h1')).color";

/// The lowest contrast of a border that shows where to press, against white and black, as it is and turned round.
const BORDERS: &str = "
const light = c => c.map(x => x / 255).map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
const luminance = c => { const [r, g, b] = light(c); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
const border = getComputedStyle(document.querySelector('a').parentElement).borderTopColor.match(/\\d+/g).map(Number);
return Math.min(...[border, border.map(x => 255 - x)].flatMap(c => [0, 1].map(on => ratio(luminance(c), on))));";

/// Serves documents by their place, without any policy about what they may load; keeps what was asked for.
async fn served(mails: Vec<String>) -> (String, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let keeps = asked.clone();
    let answer = async move |request: Request| {
        let path = request.uri().path().to_owned();
        let place: usize = path.trim_start_matches('/').parse().unwrap_or(usize::MAX);
        keeps.lock().unwrap().push(path);
        Html(mails.get(place).cloned().unwrap_or_default())
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    (url, asked)
}

/// Rules of axe that a mail breaks, without those that ask for the landmarks of a page: a mail is part of somebody else's.
async fn broken(browser: &Browser) -> Vec<String> {
    let found = browser.axe().await;
    let found = found.into_iter().filter(|v| !matches!(v.rule.as_str(), "region" | "landmark-one-main"));
    found.map(|violation| violation.to_string()).collect()
}

#[tokio::test]
async fn every_mail_can_be_read_in_light_and_dark_and_loads_nothing() {
    let mails: Vec<String> =
        every(USER_ID, "Firefox on Windows").into_iter().map(|sample| sample.mail.html).collect();
    let count = mails.len();
    let (url, asked) = served(mails).await;
    let browser = Setup::default().start().await;
    for place in 0..count {
        browser.open(&format!("{url}/{place}")).await;
        assert!(!browser.heading().await.is_empty(), "mail {place} is empty");
        assert_eq!(broken(&browser).await, Vec::<String>::new(), "mail {place}, in the browser's colours");
        for (background, text) in [("#000000", "#ffffff"), ("#1f1f1f", "#e3e3e3"), ("#ffffff", "#000000")] {
            let shown = browser.run(DARK, vec![json!(background), json!(text)]).await;
            let wanted = u32::from_str_radix(&text[1..], 16).unwrap().to_be_bytes();
            assert_eq!(shown, format!("rgb({}, {}, {})", wanted[1], wanted[2], wanted[3]), "mail {place}");
            assert_eq!(broken(&browser).await, Vec::<String>::new(), "mail {place}, {text} on {background}");
        }
        let border = browser.run(BORDERS, vec![]).await.as_f64().unwrap();
        assert!(border >= 3.0, "mail {place}: the border of its link has {border}");
        let loaded =
            browser.run("return performance.getEntriesByType('resource').map(e => e.name)", vec![]).await;
        let others = loaded
            .as_array()
            .unwrap()
            .iter()
            .filter(|name| !name.as_str().unwrap().ends_with("/favicon.ico"));
        assert_eq!(others.collect::<Vec<&Value>>(), Vec::<&Value>::new(), "mail {place}");
        // What names of hosts do not resolve for would stand here.
        assert_eq!(browser.console().await, Vec::<String>::new(), "mail {place}");
    }
    browser.close().await;
    let documents: Vec<String> = (0..count).map(|place| format!("/{place}")).collect();
    let mut asked = asked.lock().unwrap().clone();
    asked.retain(|path| path != "/favicon.ico");
    assert_eq!(asked, documents);
}

#[tokio::test]
async fn a_small_screen_shows_every_mail_whole_also_with_the_longest_user_id() {
    let longest = format!("{}@{}.contoso.com", "j".repeat(64), "x".repeat(60));
    let mut mails = every(&longest, &"W".repeat(64));
    mails.extend(every(USER_ID, "Firefox on Windows"));
    let count = mails.len();
    let (url, _) = served(mails.into_iter().map(|sample| sample.mail.html).collect()).await;
    let browser = Setup::default().narrow().start().await;
    for place in 0..count {
        browser.open(&format!("{url}/{place}")).await;
        assert!(!browser.overflows_sideways().await, "mail {place}");
    }
    browser.close().await;
}

#[tokio::test]
async fn what_cannot_be_read_or_is_loaded_would_be_told() {
    let grey = "<!doctype html><html lang=en><title>x</title><div><h1 style=\"color:#999\">Grey</h1><img alt=x src=\"/x.png\"></div>";
    let (url, asked) = served(vec![grey.into()]).await;
    let browser = Setup::default().start().await;
    browser.open(&format!("{url}/0")).await;
    assert!(broken(&browser).await.iter().any(|told| told.contains("color-contrast")));
    browser.close().await;
    assert!(asked.lock().unwrap().contains(&"/x.png".to_owned()));
}
