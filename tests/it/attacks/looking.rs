//! What costs a visitor nothing costs us nothing, and what was never put there is not found.

use axum::body::Body;
use sspr::domain::secret::Purpose;

use super::{GLOBAL, signed_in, visitor};
use crate::support::{
    app::World,
    direct::Direct,
    routes,
    rows::{Changes, Rows},
    secrets,
    walk::{JOHN, NEW},
};

#[tokio::test] // O-16
async fn a_thousand_visits_without_a_cookie_make_no_row() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let nobody = Direct::new(&node.app);
    let before = Rows::read(&world.pool).await;
    for n in 0..1000 {
        let mut browser = nobody.stranger();
        if n % 2 == 1 {
            // Cookies of the visitor's own making, another each time.
            for (name, length) in [("sspr-visitor", 43), ("sspr-reset", 43), ("sspr-account", 22)] {
                browser.cookies.insert(name.to_owned(), format!("{n:0>length$}"));
            }
        }
        let token = format!("{n:A>64}");
        let path = match n % 10 {
            0 => "/sign-in".to_owned(),
            1 => "/reset".to_owned(),
            2 => "/reset/verify-user".to_owned(),
            3 => "/contact-administrator".to_owned(),
            4 => "/reset/check-email".to_owned(),
            5 => format!("/reset/email-link/{token}"),
            6 => format!("/not-me/{token}"),
            7 => format!("/set-password/{token}"),
            8 => "/account".to_owned(),
            _ => "/portal/users".to_owned(),
        };
        let status = browser.look("GET", &path).await.status.as_u16();
        assert!([200, 303, 404, 410].contains(&status), "{path}: {status}");
    }
    // One count of the links that open nothing, of this one network.
    assert_eq!(before.changes(&Rows::read(&world.pool).await), Changes::from([("budgets", (0, 1))]));
}

/// All that is kept of people.
async fn people(world: &World) -> String {
    sqlx::query_scalar(
        "select string_agg(line, E'\\n' order by line) from (
           select u::text as line from users u union all select e::text from alternate_emails e
           union all select m::text from mobile_phones m union all select s::text from sessions s) lines",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap()
}

#[tokio::test] // O-04, V-61
async fn a_hundred_starts_change_nothing_of_the_person_who_was_named() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let before = people(&world).await;
    for _ in 0..100 {
        let mut browser = visitor(&node).await;
        let answer = browser.submit("/reset/verify-user", &[("user_id", JOHN)]).await;
        assert_eq!(answer.location.as_deref(), Some("/reset/check-email"), "{answer:?}");
    }
    assert_eq!(people(&world).await, before);
    assert_eq!(
        world.count("select count(*) from outbox where deliverable").await,
        5,
        "and tells five times at most"
    );
    signed_in(&world, &node, JOHN).await;
}

/// The reset's session is good for the reset and nothing else, whatever it proved.
#[tokio::test] // O-03, N-13, V-70
async fn a_browser_in_a_reset_opens_no_page_of_a_signed_in_person() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = visitor(&node).await;
    for step in 0..4 {
        let link = secrets::newest(&world.pool, Purpose::EmailLink).await;
        let code = secrets::newest(&world.pool, Purpose::SecurityCode).await;
        let (path, fields, then): (&str, Vec<(&str, &str)>, &str) = match step {
            0 => ("/reset/verify-user", vec![("user_id", JOHN)], "/reset/check-email"),
            1 => ("/reset/email-link", vec![("token", &link)], "/reset/security-code"),
            2 => ("/reset/security-code", vec![("code", &code)], "/reset/new-password"),
            _ => {
                ("/reset/new-password", vec![("new_password", NEW), ("confirm_password", NEW)], "/reset/done")
            }
        };
        assert_eq!(browser.submit(path, &fields).await.location.as_deref(), Some(then));
        let session = browser.cookies["sspr-reset"].clone();
        let before = Rows::read(&world.pool).await;
        let mut tried = 0;
        for route in routes::all() {
            if !["/account", "/portal"].iter().any(|inside| route.path.starts_with(inside)) {
                continue;
            }
            let path = route.with(&sspr::random::id().to_string());
            for as_account in [false, true] {
                let mut hand = browser.clone();
                if as_account {
                    hand.cookies.insert("sspr-account".to_owned(), session.clone());
                }
                if route.get {
                    let answer = hand.look("GET", &path).await;
                    let to = answer.location.as_deref();
                    // The bare address of the console only leads to its first page.
                    let led = to == Some("/sign-in?notice=first")
                        || (path == "/portal" && to == Some("/portal/users"));
                    assert!(led, "after {then}: {path}: {answer:?}");
                    tried += 1;
                }
                if route.post {
                    let answer = hand.submit(&path, &[]).await;
                    let shut =
                        answer.status == 403 || answer.location.as_deref() == Some("/sign-in?notice=first");
                    assert!(shut, "after {then}: POST {path}: {answer:?}");
                    tried += 1;
                }
            }
        }
        assert!(tried > 60, "{tried}");
        assert_eq!(before.changes(&Rows::read(&world.pool).await), Changes::new(), "after {then}");
    }
}

/// What scanners ask every server for: sources, backups, consoles, what other programs tell of themselves.
const NOT_HERE: [&str; 52] = [
    "/.git/HEAD",
    "/.git/config",
    "/.gitignore",
    "/.svn/entries",
    "/.hg/store",
    "/.env",
    "/.env.bak",
    "/.DS_Store",
    "/.htaccess",
    "/.htpasswd",
    "/.ssh/id_rsa",
    "/.aws/credentials",
    "/.well-known/",
    "/.sqlx/",
    "/Cargo.toml",
    "/Cargo.lock",
    "/src/main.rs",
    "/config/default.toml",
    "/config.toml",
    "/sspr.toml",
    "/migrations/",
    "/templates/",
    "/target/",
    "/static",
    "/static/",
    "/static/style.css",
    "/static/../Cargo.toml",
    "/backup.zip",
    "/backup.sql",
    "/dump.sql",
    "/database.sqlite",
    "/admin",
    "/admin/",
    "/console",
    "/debug",
    "/debug/pprof/",
    "/metrics",
    "/actuator",
    "/actuator/env",
    "/health",
    "/healthz",
    "/status",
    "/server-status",
    "/server-info",
    "/trace",
    "/phpinfo.php",
    "/index.php",
    "/swagger.json",
    "/openapi.json",
    "/graphql",
    "/crossdomain.xml",
    "/sign-in.bak",
];

#[tokio::test] // ASVS 13.4.1, 13.4.3, 13.4.5, 13.4.7
async fn what_was_never_put_there_is_not_found() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let visitor = visitor(&node).await;
    let administrator = signed_in(&world, &node, GLOBAL).await;
    for path in NOT_HERE {
        for browser in [&visitor, &administrator] {
            for method in ["GET", "HEAD"] {
                let answer = browser.clone().look(method, path).await;
                assert_eq!(answer.status, 404, "{method} {path}");
                let told = ["Index of", "[package]", "[server]", "postgres", env!("CARGO_PKG_VERSION")];
                assert!(told.iter().all(|told| !answer.body.contains(told)), "{path}: {}", answer.body);
            }
        }
    }
}

/// Every kind of body that leaves us. One that is missing here would be guessed by a browser.
const KINDS: [&str; 9] = [
    "text/html; charset=utf-8",
    "text/plain; charset=utf-8",
    "text/css; charset=utf-8",
    "text/javascript; charset=utf-8",
    "text/csv; charset=utf-8",
    "application/jsonl; charset=utf-8",
    "image/png",
    "image/svg+xml",
    "audio/wav",
];

#[tokio::test] // ASVS 4.1.1, 3.2.1, 3.3.5
async fn every_body_says_what_it_is_and_a_file_is_never_shown_as_a_page() {
    let world = World::with(&[("SSPR_CAPTCHA__KIND", "characters")]).await;
    let node = world.node_without_workers().await;
    let mut visitor = visitor(&node).await;
    let administrator = signed_in(&world, &node, GLOBAL).await;
    let mut paths: Vec<String> =
        routes::all().iter().filter(|route| route.get).map(|route| route.with("none")).collect();
    paths.extend(sspr::web::assets::ALL.iter().map(|asset| asset.path().to_owned()));
    paths.extend(["/livez", "/readyz", "/none"].map(str::to_owned));
    let page = visitor.look("GET", "/reset/verify-user").await;
    let fields = page.hidden_fields("/reset/verify-user").unwrap();
    let (_, id) = fields.into_iter().find(|(name, _)| name == "captcha_id").unwrap();
    paths.extend([format!("/captcha/{id}.png"), format!("/captcha/{id}.wav")]);
    let mut met = std::collections::BTreeSet::new();
    for path in &paths {
        for browser in [&visitor, &administrator] {
            let answer = browser.clone().send("GET", path, &[], Body::empty()).await;
            for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
                assert!(cookie.len() < 4096, "{path}: {cookie}");
            }
            // A demo's own script reads its list.
            if answer.body.is_empty() || path.starts_with("/hooks/") || path == "/demo/outbox.json" {
                continue;
            }
            let kind = answer.header("content-type").unwrap_or_else(|| panic!("{path} says nothing"));
            let known = KINDS.iter().find(|known| **known == kind);
            met.insert(*known.unwrap_or_else(|| panic!("{path} is {kind}")));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
            if kind.starts_with("text/csv") || kind.starts_with("application/") {
                let shown_how = answer.header("content-disposition").unwrap_or_default();
                assert!(shown_how.starts_with("attachment"), "{path}: {shown_how}");
            }
        }
    }
    assert_eq!(met.len(), KINDS.len(), "{met:?}");
}

#[tokio::test] // N-06, ASVS 6.4.2
async fn nobody_is_asked_a_question_that_somebody_else_could_answer() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let page = visitor(&node).await.look("GET", "/reset").await;
    let ways: Vec<&str> = page
        .body
        .split("type=\"radio\"")
        .skip(1)
        .map(|rest| rest.split_once("value=\"").unwrap().1.split('"').next().unwrap())
        .collect();
    assert_eq!(ways, ["forgot_password", "not_administrator", "lost_contact"]);
    let kept: Vec<String> = sqlx::query_scalar(
        "select table_name || '.' || column_name from information_schema.columns
         where table_schema = 'public' and column_name ~ '(hint|question|secret|birth|maiden)'",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert_eq!(kept, Vec::<String>::new());
}

#[tokio::test] // N-16
async fn the_page_where_a_mobile_phone_is_set_says_what_is_risky_about_it() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut administrator = signed_in(&world, &node, GLOBAL).await;
    let john = world.user(JOHN).await;
    for path in [format!("/portal/users/{john}"), "/portal/users/new".to_owned()] {
        let page = administrator.look("GET", &path).await;
        let (_, behind) = page
            .body
            .split_once("id=\"mobile_phone-hint\"")
            .unwrap_or_else(|| panic!("{path}: {}", page.body));
        assert!(behind.split("</").next().unwrap().contains("swapped SIM"), "{path}");
    }
}

#[tokio::test] // O-09, ASVS 7.4.4, 14.3.1
async fn a_sign_out_clears_what_the_browser_kept() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = signed_in(&world, &node, JOHN).await;
    for path in ["/account", "/account/password", "/portal/users"] {
        let page = browser.look("GET", path).await;
        assert!(page.hidden_fields("/sign-out").is_some(), "{path} has no way out");
    }
    let thief = browser.clone();
    let page = browser.look("GET", "/account").await;
    let hidden = page.hidden_fields("/sign-out").unwrap();
    let fields: Vec<(&str, &str)> =
        hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let out = browser.post("/sign-out", &fields).await;
    assert_eq!(out.header("clear-site-data"), Some("\"cache\", \"storage\""), "{out:?}");
    assert!(!browser.cookies.contains_key("sspr-account"));
    // Whoever kept the cookie has nothing.
    let answer = thief.clone().look("GET", "/account").await;
    assert_eq!(answer.location.as_deref(), Some("/sign-in?notice=first"));
}
