//! Nothing that a request brings decides where an answer leads.

use axum::body::Body;

use super::{GLOBAL, signed_in, visitor};
use crate::support::{app::World, client::Answer, direct::Direct, routes, walk::JOHN};

/// Names under which other services take an address to go on to.
const NAMES: [&str; 12] = [
    "next",
    "return_to",
    "returnTo",
    "return_url",
    "ReturnUrl",
    "redirect",
    "redirect_uri",
    "url",
    "continue",
    "dest",
    "target",
    "sign_in_url",
];

/// What a browser, a lenient parser or a careless check takes for somewhere else.
const AWAY: [&str; 13] = [
    "https://attacker.example/",
    "//attacker.example",
    "/////attacker.example",
    "/\\attacker.example",
    "\\\\attacker.example",
    "https:attacker.example",
    "/%09/attacker.example",
    "/%2f%2fattacker.example",
    "\t//attacker.example",
    "/\r\nLocation: https://attacker.example/",
    "https://127.0.0.1@attacker.example/",
    "javascript:location='https://attacker.example'",
    "data:text/html,attacker.example",
];

fn stays(what: &str, answer: &Answer) {
    for (name, value) in &answer.headers {
        assert!(!value.contains("attacker"), "{what}: {name}: {value}");
    }
    if let Some(location) = &answer.location {
        let rest = location.strip_prefix('/').unwrap_or_else(|| panic!("{what} leads to {location}"));
        assert!(!rest.starts_with(['/', '\\']), "{what} leads to {location}");
        assert!(location.bytes().all(|byte| byte.is_ascii_graphic()), "{what} leads to {location:?}");
    }
    assert!(!answer.body.contains("attacker.example"), "{what} shows it: {}", answer.body);
}

async fn get(browser: &Direct, path: &str) -> Answer {
    let from = [("referer", "https://attacker.example//attacker.example")];
    browser.clone().send("GET", path, &from, Body::empty()).await
}

#[tokio::test] // V-15, ASVS 3.7.2
async fn no_query_field_or_header_leads_away_from_here() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut visitor = visitor(&node).await;
    let administrator = signed_in(&world, &node, GLOBAL).await;
    let password = world.first_password(JOHN);
    let mut led = 0;
    for away in AWAY {
        let added = NAMES.map(|name| (name, away));
        let query = serde_urlencoded::to_string(added).unwrap();
        for route in routes::all() {
            let path = route.with("none");
            if route.get {
                for browser in [&visitor, &administrator] {
                    let answer = get(browser, &format!("{path}?{query}")).await;
                    stays(&format!("GET {path} {away:?}"), &answer);
                    led += usize::from(answer.location.is_some());
                }
            }
            if route.post {
                let token = visitor.form_token(&path).await;
                let mut fields = vec![("form_token", token.as_str()), ("option", "forgot_password")];
                fields.extend(added);
                let answer = visitor.clone().post(&format!("{path}?{query}"), &fields).await;
                stays(&format!("POST {path} {away:?}"), &answer);
                led += usize::from(answer.location.is_some());
            }
        }
        // The one redirect that others are famous for.
        let token = visitor.form_token("/sign-in").await;
        let mut fields =
            vec![("form_token", token.as_str()), ("user_id", JOHN), ("password", password.as_str())];
        fields.extend(added);
        let answer = visitor.clone().post(&format!("/sign-in?{query}"), &fields).await;
        stays(&format!("sign-in {away:?}"), &answer);
        assert_eq!(answer.location.as_deref(), Some("/"), "{answer:?}");
    }
    assert!(led > 100, "{led} answers only led anywhere");
    // A path that would be another site, were it taken for the place to go on to.
    for path in [
        "//attacker.example",
        "//attacker.example/",
        "//attacker.example/reset/..",
        "/reset//attacker.example",
    ] {
        let answer = get(&visitor, path).await;
        assert_eq!((answer.status.as_u16(), answer.location), (404, None), "{path}");
    }
}
