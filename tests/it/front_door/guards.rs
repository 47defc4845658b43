//! Every route behind every guard, read from the source of the router: a route that is merged behind a layer instead of in front of it
//! shows here (V-33).
//!
//! Machines have their own rules, and they are written down here: what providers call has no form token (their signature is the proof), what
//! watches has neither a body nor a form.

use std::time::Duration;

use axum::body::Body;
use futures_util::stream;

use crate::support::{
    app::World,
    client::Answer,
    direct::Direct,
    proxy::Proxy,
    routes::{self, Route},
};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn is_called_by_providers(route: &Route) -> bool {
    route.path.starts_with("/hooks/")
}

fn is_watched(route: &Route) -> bool {
    ["/livez", "/readyz"].contains(&route.path.as_str())
}

fn methods(route: &Route) -> Vec<&'static str> {
    let mut methods = Vec::new();
    methods.extend(route.get.then_some(["GET", "HEAD"]).into_iter().flatten());
    methods.extend(route.post.then_some("POST"));
    // What is refused is behind the guards, too.
    methods.push("PUT");
    methods
}

fn has_the_headers(what: &str, answer: &Answer) {
    for name in ["content-security-policy", "x-content-type-options", "referrer-policy", "x-frame-options"] {
        assert!(answer.header(name).is_some(), "{what}: no {name}: {answer:?}");
    }
    let kept = what.contains("/static/") && answer.status == 200;
    assert_eq!(answer.header("cache-control") == Some("no-store"), !kept, "{what}: {answer:?}");
    assert_eq!(answer.headers.iter().filter(|(name, _)| name == "cache-control").count(), 1, "{what}");
}

#[tokio::test] // V-33, V-48, V-51, V-58, R-21
async fn each_route_has_the_csrf_check_the_limits_of_a_body_and_the_headers() {
    let world = World::with(&[("SSPR_SERVER__BODY_TIMEOUT_SECONDS", "1")]).await;
    let node = world.node_without_workers().await;
    let mut browser = Direct::new(&node.app);
    browser.look("GET", "/sign-in").await;
    let (mut csrf, mut too_large, mut too_slow) = (0, 0, 0);
    for route in routes::all() {
        let path = route.with("none");
        for method in methods(&route) {
            let what = format!("{method} {path}");
            has_the_headers(&what, &browser.clone().send(method, &path, &[], Body::empty()).await);
            let large = browser.clone().send(method, &path, &[FORM], "x".repeat(20_000).into()).await;
            assert_eq!(large.status, 413, "{what}: {large:?}");
            has_the_headers(&what, &large);
            too_large += 1;
        }
        if route.post && !is_called_by_providers(&route) {
            for headers in [
                vec![FORM, ("sec-fetch-site", "cross-site")],
                vec![FORM, ("sec-fetch-site", "same-site")],
                vec![FORM, ("origin", "https://attacker.example")],
                vec![FORM, ("origin", "null")],
            ] {
                let answer = browser.clone().send("POST", &path, &headers, "a=b".into()).await;
                assert_eq!(answer.status, 403, "POST {path} {headers:?}: {answer:?}");
                has_the_headers(&path, &answer);
                csrf += 1;
            }
        }
    }
    // All at once, since each waits for a second.
    let slow = routes::all().into_iter().flat_map(|route| {
        methods(&route).into_iter().map(move |method| (method, route.clone())).collect::<Vec<_>>()
    });
    let asked = slow.map(|(method, route)| {
        let (mut browser, path) = (browser.clone(), route.with("none"));
        async move {
            let never = Body::from_stream(stream::pending::<Result<&[u8], std::io::Error>>());
            (format!("{method} {path}"), browser.send(method, &path, &[FORM], never).await)
        }
    });
    for (what, answer) in futures_util::future::join_all(asked).await {
        assert_eq!(answer.status, 408, "{what}: {answer:?}");
        has_the_headers(&what, &answer);
        too_slow += 1;
    }
    assert!(csrf > 100 && too_large > 150 && too_slow > 150, "{csrf} {too_large} {too_slow}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-33, R-14
async fn each_route_has_the_limit_of_time() {
    // A database that says nothing, and a minute's patience with it: whoever asks it answers because of the limit, or not in time for this.
    let world = World::with(&[
        ("SSPR_SERVER__REQUEST_TIMEOUT_SECONDS", "1"),
        ("SSPR_DATABASE__ACQUIRE_TIMEOUT_MS", "60000"),
    ])
    .await;
    let proxy = Proxy::to(&world.database.url()).await;
    proxy.silent(true);
    let node = world.node_at(proxy.url(), false).await;
    let browser = Direct::new(&node.app);
    let asked = routes::all().into_iter().flat_map(|route| {
        let path = route.with(&"A".repeat(64));
        methods(&route).into_iter().map(move |method| (method, path.clone())).collect::<Vec<_>>()
    });
    let answers = asked.map(|(method, path)| {
        let mut browser = browser.clone();
        // A session and a reset of somebody, so that it is asked whose.
        let known = format!("{}.{}", "A".repeat(22), "A".repeat(21));
        browser.cookies = ["sspr-reset", "sspr-account", "sspr-visitor"]
            .into_iter()
            .map(|name| {
                (name.to_owned(), if name == "sspr-account" { "A".repeat(22) } else { known.clone() })
            })
            .collect();
        async move { (browser.send(method, &path, &[FORM], "a=b".into()).await, format!("{method} {path}")) }
    });
    let answers = tokio::time::timeout(Duration::from_secs(40), futures_util::future::join_all(answers))
        .await
        .expect("a route waits for the database without end");
    let cut_off: Vec<&String> =
        answers.iter().filter(|(answer, _)| answer.status == 503).map(|(_, what)| what).collect();
    assert!(cut_off.len() > 40, "only {} were cut off: {cut_off:?}", cut_off.len());
}

#[tokio::test] // V-33, ASVS 4.1.4, 13.4.4
async fn each_route_takes_its_methods_and_no_other() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = Direct::new(&node.app);
    for route in routes::all() {
        let path = route.with("none");
        for method in [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "TRACK", "DEBUG",
            "PROPFIND", "get", "GETX", "CONNECT2", "M-SEARCH",
        ] {
            let answer = browser.send(method, &path, &[], Body::empty()).await;
            let taken = route.get && ["GET", "HEAD"].contains(&method) || route.post && method == "POST";
            if taken {
                assert_ne!(answer.status, 405, "{method} {path}");
                continue;
            }
            assert_eq!(answer.status, 405, "{method} {path}: {answer:?}");
            let mut allow: Vec<&str> = answer.header("allow").unwrap().split(',').map(str::trim).collect();
            allow.sort_unstable();
            let mut known: Vec<&str> = Vec::new();
            known.extend(route.get.then_some(["GET", "HEAD"]).into_iter().flatten());
            known.extend(route.post.then_some("POST"));
            assert_eq!(allow, known, "{method} {path}");
            let is_page = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
            assert_eq!(is_page, !is_watched(&route) && !is_called_by_providers(&route), "{method} {path}");
            // TRACE gives back what it was sent, cookies included: nobody does.
            assert!(!answer.body.contains("sspr-visitor"), "{method} {path}");
        }
    }
}
