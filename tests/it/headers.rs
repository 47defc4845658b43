//! The headers of every answer: pages, redirects, errors, files, pictures; over http and over https.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt as _};

use axum::body::Body;
use secrecy::SecretString;
use sspr::{
    app::App,
    config::{Config, KeyMaterial, Mode, Sources},
    domain::secret::Purpose,
    outbox::Senders,
    senders::{mail::MailSender, route::Route, sms::SmsSender},
    web::assets,
};

use crate::support::{
    app::{KEY, World},
    client::Answer,
    direct::Direct,
    routes, secrets,
    walk::{JOHN, NEW},
};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Word for word: whoever loosens one has to do it here, too.
const EVERYWHERE: [(&str, &str); 11] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("origin-agent-cluster", "?1"),
    ("x-robots-tag", "noindex, nofollow"),
    ("x-frame-options", "DENY"),
    ("x-dns-prefetch-control", "off"),
    ("x-permitted-cross-domain-policies", "none"),
    ("x-xss-protection", "0"),
];

/// Of a page; behind https with one more.
const PAGE: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; \
                    form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; \
                    require-trusted-types-for 'script'; trusted-types 'none'";

/// Of everything else.
const NO_PAGE: &str = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// What a page may use of the device; all else is named and refused.
const DEVICE: [&str; 2] = ["clipboard-write=(self)", "otp-credentials=(self)"];

/// An app as `serve` builds it behind https, with the memory senders of the world.
fn over_https(world: &World) -> App {
    let folder = std::env::temp_dir().join(format!("sspr-headers-{}", sspr::random::id()));
    fs::create_dir(&folder).unwrap();
    let key = folder.join("links.key");
    fs::write(&key, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let settings = [
        ("SSPR_SERVER__PUBLIC_URL", "https://reset.contoso.com"),
        ("SSPR_DATABASE__URL", "postgres://sspr@localhost/sspr"),
        ("SSPR_KEYS__CURRENT_FILE", key.to_str().unwrap()),
        ("SSPR_MAIL__HOST", "smtp.contoso.com"),
        ("SSPR_MAIL__FROM", "Contoso <password-reset@contoso.com>"),
        ("SSPR_SMS__ACCOUNT_SID", "AC00"),
        ("SSPR_SMS__AUTH_TOKEN", "not a secret"),
        ("SSPR_SMS__FROM", "+14255550142"),
        ("SSPR_BUDGETS__WITHOUT_PUZZLE_PER_NETWORK_PER_HOUR", "100"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut config =
        Config::load(Sources::new(Mode::Serve, settings)).unwrap_or_else(|problems| panic!("{problems:?}"));
    fs::remove_dir_all(&folder).unwrap();
    config.database.url = Some(SecretString::from(world.database.url()));
    config.keys.current = KeyMaterial::new(KEY.to_vec());
    let senders = Senders {
        mail: Some(Route::to("mail", MailSender::Memory(world.mail.clone()))),
        sms: Some(Route::to("sms", SmsSender::Memory(world.sms.clone()))),
    };
    App::build(&config, false, Some(senders)).unwrap()
}

fn judge(what: &str, answer: &Answer, https: bool) {
    let mut headers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in &answer.headers {
        headers.entry(name).or_default().push(value);
    }
    for (name, value) in EVERYWHERE {
        assert_eq!(headers.get(name), Some(&vec![value]), "{what}: {name}");
    }
    let is_page = headers.get("content-type").is_some_and(|kind| kind[0].starts_with("text/html"));
    let policy = match (is_page, https) {
        (true, true) => format!("{PAGE}; upgrade-insecure-requests"),
        (true, false) => PAGE.to_owned(),
        (false, _) => NO_PAGE.to_owned(),
    };
    assert_eq!(headers["content-security-policy"], [policy], "{what}");
    assert_eq!(headers.contains_key("permissions-policy"), is_page, "{what}");
    if is_page {
        let device: Vec<&str> = headers["permissions-policy"][0].split(", ").collect();
        let open: Vec<&str> = device.iter().copied().filter(|feature| !feature.ends_with("=()")).collect();
        assert!(open == DEVICE && device.len() > 30, "{what}: {device:?}");
    }
    let kept = what.contains("/static/") && answer.status == 200;
    let cache = if kept { "public, max-age=31536000, immutable" } else { "no-store" };
    assert_eq!(headers["cache-control"], [cache], "{what}");
    let hsts = https.then_some("max-age=63072000; includeSubDomains");
    assert_eq!(headers.get("strict-transport-security").map(|all| all[0]), hsts, "{what}");
    for told in ["server", "x-powered-by", "via", "etag", "last-modified", "access-control-allow-origin"] {
        assert!(!headers.contains_key(told), "{what}: {told}");
    }
    assert!(!format!("{:?}", answer.headers).contains(env!("CARGO_PKG_VERSION")), "{what} tells the version");
    for cookie in headers.get("set-cookie").into_iter().flatten() {
        let (name, _) = cookie.split_once('=').unwrap();
        assert_eq!(name.starts_with("__Host-sspr-"), https, "{what}: {cookie}");
        let mut flags: Vec<&str> = cookie.split("; ").skip(1).collect();
        flags.sort_unstable();
        let mut expected = vec!["HttpOnly", "Path=/", "SameSite=Lax"];
        expected.extend(https.then_some("Secure"));
        flags.retain(|flag| *flag != "Max-Age=0");
        assert_eq!(flags, expected, "{what}: {cookie}");
    }
    if answer.status.is_redirection() || answer.body.is_empty() {
        return;
    }
    assert!(headers.contains_key("content-type"), "{what} has no type");
    assert!(!kept || !headers["content-type"][0].starts_with("text/html"), "{what}");
}

/// Every answer that one browser can get on a whole walk, and all the wrong ones.
async fn crawl(world: &World, app: &App, https: bool) {
    let name = if https { "reset.contoso.com" } else { "127.0.0.1" };
    let mut browser = Direct::new(app);
    name.clone_into(&mut browser.host);
    let mut kinds: BTreeMap<u16, usize> = BTreeMap::new();
    let mut cookies = 0;
    let mut judged = |what: &str, answer: &Answer| {
        judge(what, answer, https);
        *kinds.entry(answer.status.as_u16()).or_default() += 1;
        cookies += answer.headers.iter().filter(|(name, _)| name == "set-cookie").count();
    };
    let verify: &[(&str, &str)] = &[("user_id", JOHN), ("without_puzzle", "1")];
    let passwords = [("new_password", NEW), ("confirm_password", NEW)];
    for step in 0..6 {
        let link = secrets::newest(&world.pool, Purpose::EmailLink).await;
        let code = secrets::newest(&world.pool, Purpose::SecurityCode).await;
        // All pages from here, with every method.
        for route in routes::all() {
            let mut places = vec!["none".to_owned()];
            match route.path.as_str() {
                "/static/{file}" => {
                    places
                        .extend(assets::ALL.iter().map(|asset| asset.path()["/static/".len()..].to_owned()));
                }
                "/captcha/{file}" if https && step == 0 => places.extend(challenge(&mut browser).await),
                "/not-me/done/{what}" => places.push("ended".to_owned()),
                "/confirm-contact/done/{what}" => places.push("email".to_owned()),
                _ if !link.is_empty() => places.push(link.clone()),
                _ => {}
            }
            for place in places {
                let path = route.with(&place);
                for method in ["GET", "HEAD", "PUT"] {
                    let answer = browser.clone().send(method, &path, &[], Body::empty()).await;
                    judged(&format!("{method} {path}"), &answer);
                }
                if route.post && step == 0 {
                    for (headers, body) in [
                        (vec![FORM], String::new()),
                        (vec![FORM, ("sec-fetch-site", "cross-site")], String::new()),
                        (vec![("content-type", "text/plain")], String::new()),
                        (vec![FORM], "x".repeat(100_000)),
                        (vec![FORM], "a=%ff".to_owned()),
                    ] {
                        let answer = browser.clone().send("POST", &path, &headers, body.into()).await;
                        judged(&format!("POST {path}"), &answer);
                    }
                }
            }
        }
        let (path, fields): (&str, Vec<(&str, &str)>) = match step {
            0 => ("/reset/verify-user", verify.to_vec()),
            1 => ("/reset/email-link", vec![("token", &link)]),
            2 => ("/reset/security-code", vec![("code", &code)]),
            3 => ("/reset/new-password", passwords.to_vec()),
            4 => ("/sign-in", vec![("user_id", JOHN), ("password", NEW)]),
            _ => ("/sign-out", Vec::new()),
        };
        browser.look("GET", "/sign-in").await;
        let answer = if path == "/sign-out" {
            let page = browser.look("GET", "/account").await;
            let token = page.hidden_fields("/sign-out").unwrap().remove(0).1;
            browser.post(path, &[("form_token", &token)]).await
        } else {
            browser.submit(path, &fields).await
        };
        assert_eq!(answer.status, 303, "{path}: {answer:?}");
        judged(path, &answer);
        // Not "cookies": those are of the company's other sites, too.
        let forgets = (path == "/sign-out").then_some("\"cache\", \"storage\"");
        assert_eq!(answer.header("clear-site-data"), forgets, "{path}");
    }
    "attacker.example".clone_into(&mut browser.host);
    judged("a foreign name", &browser.look("GET", "/reset").await);
    for status in [200, 303, 302, 400, 403, 404, 405, 410, 413, 415] {
        assert!(kinds.contains_key(&status), "no answer was {status}: {kinds:?}");
    }
    assert!(cookies >= 6, "{cookies} cookies only");
}

/// The files of a living challenge.
async fn challenge(browser: &mut Direct) -> Vec<String> {
    let page = browser.look("GET", "/reset/verify-user").await;
    let fields = page.hidden_fields("/reset/verify-user").unwrap();
    let (_, id) = fields.into_iter().find(|(name, _)| name == "captcha_id").unwrap();
    vec![format!("{id}.png"), format!("{id}.wav")]
}

#[tokio::test] // V-46, V-48, N-25
async fn every_answer_over_https_has_every_header() {
    let world = World::new().await;
    let app = over_https(&world);
    assert!(app.secure && !app.demo);
    // The demo's pages are none of a real service.
    let mut browser = Direct::new(&app);
    browser.host = "reset.contoso.com".to_owned();
    assert_eq!(browser.look("GET", "/demo/outbox").await.status, 404);
    crawl(&world, &app, true).await;
}

#[tokio::test] // V-46, V-48
async fn every_answer_of_a_demo_has_them_too_and_no_promise_of_https() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    crawl(&world, &node.app, false).await;
}
