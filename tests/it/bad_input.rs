//! What no page of ours sends: on every route a defined answer, our own page, and the process lives.

use axum::http::Method;
use sspr::domain::secret::Purpose;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{
    app::{Node, World},
    client::{Answer, Client, link_in},
    direct::Direct,
    routes::{self, Route},
    rows::{Changes, Rows},
    secrets,
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE, NEW, Walk},
};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Everything a form of ours has a field for, and what attackers add (V-03).
const ADDED: [(&str, &str); 12] = [
    ("phone", "+14255550199"),
    ("mobile", "+14255550199"),
    ("mobile_phone", "+14255550199"),
    ("number", "+14255550199"),
    ("to", "eve@attacker.example"),
    ("email", "eve@attacker.example"),
    ("alternate_email_address", "eve@attacker.example"),
    ("channel", "email"),
    ("recipient", "eve@attacker.example"),
    ("role", "global_administrator"),
    ("company_id", "00000000-0000-0000-0000-000000000000"),
    ("next", "https://attacker.example/"),
];

/// Our page: HTML with one heading, and a way on.
fn is_our_page(answer: &Answer, what: &str) {
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{what}: {answer:?}");
    assert_eq!(answer.body.matches("<h1").count(), 1, "{what}: {}", answer.body);
    let main = answer.body.split_once("<main").unwrap().1.split_once("</main>").unwrap().0;
    assert!(main.contains("<a ") || main.contains("<form"), "{what} has no way on: {main}");
}

fn posts() -> impl Iterator<Item = Route> {
    routes::all().into_iter().filter(|route| route.post)
}

/// A browser that may post to this route.
async fn ready(node: &Node) -> Direct {
    let mut browser = Direct::new(&node.app);
    browser.look("GET", "/reset").await;
    browser
}

#[tokio::test] // V-03, V-05, V-09, V-15, V-20
async fn what_a_form_adds_redirects_no_message_and_shows_no_secret() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = ready(&node).await;
    let mut seen: Vec<(&str, Answer)> = Vec::new();
    let with = |fields: &[(&'static str, &str)]| -> Vec<(String, String)> {
        let own = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let taken: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        own.chain(
            ADDED
                .iter()
                .chain(&[("user_id", "globaladmin@contoso.com")])
                .filter(|(name, _)| !taken.contains(name))
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
        .collect()
    };
    macro_rules! post {
        ($path:literal, $fields:expr) => {{
            let fields = with($fields);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            let answer = browser.submit(concat!($path, ""), &fields).await;
            seen.push(($path, answer));
        }};
    }
    macro_rules! get {
        ($path:literal) => {{
            let answer = browser
                .look("GET", concat!($path, "?next=https://attacker.example/&return_to=//attacker.example"))
                .await;
            seen.push(($path, answer));
        }};
    }
    get!("/reset");
    post!("/reset", &[("option", "forgot_password")]);
    post!("/reset/verify-user", &[("user_id", JOHN)]);
    get!("/reset/check-email");
    world.execute("update reset_attempts set email_sent_at = email_sent_at - interval '61 s'").await;
    post!("/reset/check-email/resend", &[]);
    node.drain().await;
    let link = secrets::newest(&world.pool, Purpose::EmailLink).await;
    post!("/reset/email-link", &[("token", &link)]);
    get!("/reset/security-code");
    world.execute("update reset_attempts set code_sent_at = code_sent_at - interval '61 s'").await;
    post!("/reset/security-code/resend", &[]);
    node.drain().await;
    let code = secrets::newest(&world.pool, Purpose::SecurityCode).await;
    post!("/reset/security-code", &[("code", "00000000")]);
    post!("/reset/security-code", &[("code", &code)]);
    get!("/reset/new-password");
    post!("/reset/new-password", &[("new_password", "short"), ("confirm_password", "other")]);
    post!("/reset/new-password", &[("new_password", NEW), ("confirm_password", NEW)]);
    get!("/reset/done");
    post!("/contact-administrator", &[("user_id", JOHN)]);
    get!("/sign-in");
    post!("/sign-in", &[("user_id", JOHN), ("password", "not the password")]);
    post!("/sign-in", &[("user_id", JOHN), ("password", NEW)]);
    get!("/");
    get!("/account");
    node.drain().await;

    // Only whom the database names, whatever was added.
    let known = [JOHN, JOHN_MAIL, "globaladmin@contoso.com"];
    let mails = world.mail.sent();
    assert!(mails.len() >= 4 && mails.iter().all(|mail| known.contains(&mail.to.as_str())), "{mails:?}");
    assert!(world.sms.sent().len() >= 2 && world.sms.sent().iter().all(|sms| sms.to == JOHN_PHONE));
    let reset: i64 = world.count("select count(*) from users where password_changed_at = (select max(finished_at) from reset_attempts)").await;
    assert_eq!(reset, 1, "one password was set, the starter's");
    assert_eq!(world.count("select count(*) from users where role = 'global_administrator'").await, 2);

    let all = secrets::all(&world.pool).await;
    assert!(all.len() >= 5);
    let addresses = [
        JOHN_MAIL,
        "globaladmin@fabrikam.com",
        "globaladmin@contoso.com",
        "5550100",
        "555-0100",
        "555 0100",
        "memory 1",
    ];
    for (path, answer) in &seen {
        let location = answer.location.as_deref().unwrap_or("/");
        assert!(location.starts_with('/') && !location.starts_with("//"), "{path} leads to {location}");
        let everything = format!("{:?}\n{}", answer.headers, answer.body);
        for secret in
            all.iter().map(|secret| secret.text.as_str()).chain(addresses).chain(["attacker.example"])
        {
            let typed_by_us = *path == "/reset/email-link" && secret == link;
            assert!(typed_by_us || !everything.contains(secret), "{path} shows {secret}: {everything}");
        }
    }
    assert!(seen.iter().any(|(path, answer)| *path == "/reset/done" && answer.status == 200));
}

#[tokio::test] // V-04, V-06, V-07, V-21, V-23
async fn a_user_id_that_is_two_or_none_reaches_nobody_else() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = ready(&node).await;
    let token = browser.form_token("/reset/verify-user").await;
    for body in [
        "user_id=johnsmith@contoso.com&user_id=eve@attacker.example",
        "user_id=eve@attacker.example&user_id=johnsmith@contoso.com",
        "user_id=johnsmith@contoso.com&user%5Fid=eve@attacker.example",
        "user_id[]=johnsmith@contoso.com&user_id[]=eve@attacker.example",
        "user_id%5B0%5D=johnsmith@contoso.com",
        "user_id=johnsmith@contoso.com,eve@attacker.example",
        "user_id=johnsmith@contoso.com;eve@attacker.example",
        "user_id=johnsmith@contoso.com%0Aeve@attacker.example",
        "user_id=johnsmith@contoso.com%0D%0ABcc:+eve@attacker.example",
        "user_id=johnsmith@contoso.com%00",
        "user_id=johnsmith@contoso.com%00@attacker.example",
        "user_id=johnsmith@contoso.com@attacker.example",
        "user_id=%22johnsmith@contoso.com%22@attacker.example",
        "user_id=johnsmith@contoso.com(eve@attacker.example)",
        "user_id=%EF%BD%8Aohnsmith@contoso.com",
        "user_id=johnsm%C4%B1th@contoso.com",
        "user_id=%FF%FE",
        "user_id=%zz",
        "user_id=%",
        "user_id",
        "user_id=",
        "user_id=%20%20",
        "=johnsmith@contoso.com",
        "&&&",
        "{\"user_id\":[\"johnsmith@contoso.com\",\"eve@attacker.example\"]}",
    ] {
        for path in ["/reset/verify-user", "/contact-administrator"] {
            let token =
                if path == "/reset/verify-user" { token.clone() } else { browser.form_token(path).await };
            let before = Rows::read(&world.pool).await;
            let answer =
                browser.send("POST", path, &[FORM], format!("form_token={token}&{body}").into()).await;
            assert!(matches!(answer.status.as_u16(), 400 | 422), "{path} {body}: {answer:?}");
            is_our_page(&answer, body);
            let changes = before.changes(&Rows::read(&world.pool).await);
            assert_eq!(changes, Changes::new(), "{path} {body}");
        }
    }
    // One that is a user ID is taken, so the form itself was right.
    assert_eq!(browser.submit("/reset/verify-user", &[("user_id", JOHN)]).await.status, 303);
}

#[tokio::test] // V-06, V-07
async fn a_token_or_code_of_another_type_is_wrong_and_nothing_more() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = ready(&node).await;
    browser.submit("/reset/verify-user", &[("user_id", JOHN)]).await;
    let token = browser.form_token("/reset/email-link").await;
    let odd = [
        "",
        "=",
        "=%20",
        "=0",
        "=%00",
        "[]=a",
        "[$ne]=1",
        "=true",
        "=null",
        "=-1",
        "=1e308",
        "=99999999999999999999999999999999",
        "=a&NAME=b",
        "=%F0%9F%92%A9",
        "='%20or%201=1--",
        "=%2e%2e%2f",
    ];
    let before = Rows::read(&world.pool).await;
    for value in odd {
        let body = format!("form_token={token}&token{}", value.replace("NAME", "token"));
        let answer = browser.send("POST", "/reset/email-link", &[FORM], body.into()).await;
        assert!(answer.status.is_client_error(), "{value}: {answer:?}");
        is_our_page(&answer, value);
    }
    assert_eq!(before.changes(&Rows::read(&world.pool).await), Changes::new());
    let link = secrets::newest(&world.pool, Purpose::EmailLink).await;
    browser.submit("/reset/email-link", &[("token", &link)]).await;
    let token = browser.form_token("/reset/security-code").await;
    let before = Rows::read(&world.pool).await;
    for value in odd {
        let body = format!("form_token={token}&code{}", value.replace("NAME", "code"));
        let answer = browser.send("POST", "/reset/security-code", &[FORM], body.into()).await;
        assert!(answer.status.is_client_error(), "{value}: {answer:?}");
        is_our_page(&answer, value);
    }
    assert_eq!(
        before.changes(&Rows::read(&world.pool).await),
        Changes::new(),
        "no try is used up by what is no code"
    );
}

#[tokio::test] // V-05, V-08
async fn a_secret_of_another_purpose_or_another_session_opens_nothing() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    // One who is done, for a token of each purpose; one who stands before the code; and one who waits for the mail.
    let mut done = ready(&node).await;
    done.submit("/reset/verify-user", &[("user_id", "globaladmin@contoso.com")]).await;
    let link = secrets::newest(&world.pool, Purpose::EmailLink).await;
    done.submit("/reset/email-link", &[("token", &link)]).await;
    let code = secrets::newest(&world.pool, Purpose::SecurityCode).await;
    done.submit("/reset/security-code", &[("code", &code)]).await;
    done.submit("/reset/new-password", &[("new_password", NEW), ("confirm_password", NEW)]).await;
    let notice = secrets::newest(&world.pool, Purpose::NotMe).await;
    let set_password = set_password_token(&world).await;

    let mut john = ready(&node).await;
    john.submit("/reset/verify-user", &[("user_id", JOHN)]).await;
    let johns_link = secrets::newest(&world.pool, Purpose::EmailLink).await;
    let mut other = ready(&node).await;
    other.submit("/reset/verify-user", &[("user_id", JOHN)]).await;
    let others_link = secrets::newest(&world.pool, Purpose::EmailLink).await;

    let before = Rows::read(&world.pool).await;
    for token in [&others_link, &notice, &set_password, &link] {
        let answer = john.submit("/reset/email-link", &[("token", token)]).await;
        assert!(matches!(answer.status.as_u16(), 200 | 404 | 410), "{answer:?}");
        assert_ne!(john.look("GET", &format!("/reset/email-link/{token}")).await.status, 303);
    }
    for token in [&johns_link, &notice, &link] {
        for method in ["GET", "POST"] {
            let path = format!("/set-password/{token}");
            let fields = [("new_password", NEW), ("confirm_password", NEW)];
            let answer = if method == "GET" {
                other.look("GET", &path).await
            } else {
                other.submit(&path, &fields).await
            };
            assert_eq!(answer.status, 410, "{method} {answer:?}");
        }
    }
    let dead = other.submit(&format!("/not-me/{set_password}"), &[]).await;
    assert_eq!(dead.location.as_deref(), Some("/not-me/done/dead"));
    assert_eq!(before.changes(&Rows::read(&world.pool).await), Changes::new());

    // Two of the same person at the code: neither's code is the other's.
    john.submit("/reset/email-link", &[("token", &johns_link)]).await;
    let johns_code = secrets::newest(&world.pool, Purpose::SecurityCode).await;
    other.submit("/reset/email-link", &[("token", &others_link)]).await;
    let others_code = secrets::newest(&world.pool, Purpose::SecurityCode).await;
    assert_ne!(johns_code, others_code);
    assert_eq!(john.submit("/reset/security-code", &[("code", &others_code)]).await.status, 422);
    let right = john.submit("/reset/security-code", &[("code", &johns_code)]).await;
    assert_eq!(right.location.as_deref(), Some("/reset/new-password"));
}

/// A one-time link as an administrator gives it.
async fn set_password_token(world: &World) -> String {
    sqlx::query(
        "insert into reset_tokens (id, purpose, user_id, nonce, key_id, expires_at)
         select $1, 'set_password', id, $2, $3, now() + interval '1 hour' from users where user_id = 'user@contoso.com'",
    )
    .bind(sspr::random::id())
    .bind(vec![7u8; 32])
    .bind(secrets::key().id())
    .execute(&world.pool)
    .await
    .unwrap();
    secrets::newest(&world.pool, Purpose::SetPassword).await
}

#[tokio::test] // V-51
async fn a_post_from_elsewhere_is_refused_on_every_route() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = ready(&node).await;
    let mut tried = 0;
    for route in posts() {
        let path = route.with("none");
        let token = browser.form_token(&path).await;
        let body = format!("form_token={token}&user_id={JOHN}&option=forgot_password");
        for (headers, statuses) in [
            (
                vec![FORM, ("sec-fetch-site", "cross-site"), ("origin", "https://attacker.example")],
                [403, 403],
            ),
            (vec![FORM, ("sec-fetch-site", "cross-site")], [403, 403]),
            (vec![FORM, ("sec-fetch-site", "same-site")], [403, 403]),
            (vec![FORM, ("origin", "https://attacker.example")], [403, 403]),
            (vec![FORM, ("origin", "null")], [403, 403]),
            (vec![("content-type", "text/plain")], [415, 403]),
            (vec![("content-type", "multipart/form-data; boundary=x")], [415, 403]),
            (vec![("content-type", "application/json")], [415, 403]),
            (vec![], [415, 403]),
        ] {
            let before = Rows::read(&world.pool).await;
            let answer = browser.clone().send("POST", &path, &headers, body.clone().into()).await;
            // `/account/password` asks for the sign-in first, whatever came.
            let first_sign_in =
                path == "/account/password" && answer.location.as_deref() == Some("/sign-in?notice=first");
            if !first_sign_in {
                assert!(statuses.contains(&answer.status.as_u16()), "{path} {headers:?}: {answer:?}");
                is_our_page(&answer, &path);
            }
            assert_eq!(before.changes(&Rows::read(&world.pool).await), Changes::new(), "{path} {headers:?}");
            tried += 1;
        }
    }
    assert!(tried >= 9 * 11, "{tried}");
    // The same form from our own page is taken.
    let token = browser.form_token("/reset/verify-user").await;
    let own = [FORM, ("sec-fetch-site", "same-origin"), ("origin", node.url.as_str())];
    let body = format!("form_token={token}&user_id={JOHN}");
    assert_eq!(browser.send("POST", "/reset/verify-user", &own, body.into()).await.status, 303);
}

#[tokio::test] // V-52
async fn a_form_token_of_another_session_is_refused_with_a_way_on() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut mine = ready(&node).await;
    let mut theirs = ready(&node).await;
    mine.submit("/reset/verify-user", &[("user_id", JOHN)]).await;
    for route in posts() {
        let path = route.with("none");
        let foreign = theirs.form_token(&path).await;
        for token in [foreign.as_str(), "", "0", &"A".repeat(43), &"A".repeat(10_000)] {
            let before = Rows::read(&world.pool).await;
            let answer = mine
                .post(&path, &[("form_token", token), ("user_id", JOHN), ("option", "forgot_password")])
                .await;
            if answer.location.as_deref() == Some("/sign-in?notice=first") {
                continue;
            }
            assert_eq!(answer.status, 403, "{path}");
            is_our_page(&answer, &path);
            assert_eq!(before.changes(&Rows::read(&world.pool).await), Changes::new());
        }
    }
    // The token of before the start is not that of after it.
    let old = theirs.form_token("/reset/verify-user").await;
    theirs.submit("/reset/verify-user", &[("user_id", JOHN)]).await;
    assert_eq!(theirs.post("/reset/check-email/resend", &[("form_token", &old)]).await.status, 403);
}

#[tokio::test] // V-58
async fn ten_megabytes_ten_thousand_fields_and_long_values_are_too_much_and_nothing_is_hashed() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = ready(&node).await;
    let set_password = set_password_token(&world).await;
    let jobs = node.app.hashing.jobs();
    for route in posts() {
        let path = if route.path.starts_with("/set-password") {
            route.with(&set_password)
        } else {
            route.with("none")
        };
        let token = browser.form_token(&path).await;
        let long = "x".repeat(1 << 20);
        let fields: String = (0..10_000).map(|n| format!("&f{n}={n}")).collect();
        let bodies = [
            vec![b'x'; 10 << 20],
            format!("form_token={token}&user_id={long}&password={long}&new_password={long}&confirm_password={long}").into_bytes(),
            format!("form_token={token}&code={long}&token={long}").into_bytes(),
            format!("form_token={token}{fields}").into_bytes(),
        ];
        for body in bodies {
            let before = Rows::read(&world.pool).await;
            let answer = browser.clone().send("POST", &path, &[FORM], body.into()).await;
            if answer.location.as_deref() == Some("/sign-in?notice=first") {
                continue;
            }
            assert_eq!(answer.status, 413, "{path}");
            is_our_page(&answer, &path);
            assert_eq!(before.changes(&Rows::read(&world.pool).await), Changes::new());
        }
    }
    // As long as a body may be, in one field.
    let long = "x".repeat(15_000);
    for (path, field) in
        [("/sign-in", "user_id"), ("/reset/verify-user", "user_id"), ("/contact-administrator", "user_id")]
    {
        let answer = browser.submit(path, &[(field, &long)]).await;
        assert_eq!(answer.status, 422, "{path}");
        assert!(!answer.body.contains(&long[..300]), "{path} gives all of it back");
    }
    let passwords = [("new_password", long.as_str()), ("confirm_password", "")];
    let answer = browser.submit(&format!("/set-password/{set_password}"), &passwords).await;
    assert_eq!(answer.status, 422);
    assert_eq!(node.app.hashing.jobs(), jobs, "something was hashed");
}

#[tokio::test]
async fn every_other_method_is_405_with_what_is_allowed() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut browser = ready(&node).await;
    for route in routes::all() {
        let path = route.with("none");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "CONNECT2"] {
            if route.get && method == "GET"
                || route.post && method == "POST"
                || path.starts_with("/livez")
                || path.starts_with("/readyz")
            {
                continue;
            }
            let answer = browser.send(method, &path, &[], String::new().into()).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            let allow = answer.header("allow").unwrap_or_else(|| panic!("{method} {path} has no Allow"));
            assert_eq!(allow.contains("GET"), route.get, "{path}: {allow}");
            assert_eq!(allow.contains("POST"), route.post, "{path}: {allow}");
            is_our_page(&answer, &path);
        }
    }
    assert_eq!(browser.look("GET", "/no/such/page").await.status, 404);
}

#[tokio::test] // V-11
async fn another_spelling_of_a_path_is_not_found_or_meets_the_same_guard() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    for route in routes::all().iter().filter(|route| !route.takes_something() && route.path != "/") {
        let path = &route.path;
        let inner = path.trim_start_matches('/');
        let mut variants = vec![
            format!("/{path}"),
            format!("/.{path}"),
            format!("/x/..{path}"),
            format!("{path}/"),
            format!("{path}/."),
            format!("{path};x=1"),
            format!("{path}%2f"),
            format!("{path}%00"),
            format!("{path}%20"),
            format!("{path}.html"),
            format!("/%2e/{inner}"),
            format!("/{}", inner.replace('/', "//")) + if inner.contains('/') { "" } else { "//" },
            format!("/{}", inner.replace('/', "%2f")) + if inner.contains('/') { "" } else { "%2f" },
            format!("/{}", inner.replace('/', "\\")) + if inner.contains('/') { "" } else { "\\" },
            path.to_uppercase(),
        ];
        let first: String = inner.chars().take(1).map(|c| format!("%{:02x}", u32::from(c))).collect();
        variants.push(format!("/{first}{}", &inner[1..]));
        for variant in variants {
            let (status, head, body) = raw(
                &node,
                &format!("GET {variant} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", host(&node)),
            )
            .await;
            // hyper itself refuses what is no request target.
            assert!(matches!(status, 400 | 404), "{variant}: {status} {head}{body}");
        }
    }
    // What is no text in the place of a token.
    for path in [
        "/reset/email-link/%ff",
        "/reset/email-link/%00",
        "/not-me/%ff%fe",
        "/captcha/%c3%28.png",
        "/static/..%2f..%2fCargo.toml",
        "/static/%2e%2e%2fserver.rs",
    ] {
        let answer = Client::new(&node.url).get(path).await;
        assert!(matches!(answer.status.as_u16(), 400 | 404), "{path}: {answer:?}");
        is_our_page(&answer, path);
    }
}

fn host(node: &Node) -> &str {
    node.url.strip_prefix("http://").unwrap()
}

/// Sends bytes and reads to the end: status, head, body. Status 0 where nothing came.
async fn raw(node: &Node, request: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(host(node)).await.unwrap();
    // A server that has read enough may close before all is written.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.get(9..12).and_then(|digits| digits.parse().ok()).unwrap_or(0);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    (status, head.to_ascii_lowercase(), body.to_owned())
}

#[tokio::test] // V-12, V-13
async fn a_foreign_host_gets_no_page_and_no_header_moves_the_link() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let own = host(&node).to_owned();
    for (target, hosts) in [
        ("/reset", "Host: attacker.example\r\n".to_owned()),
        ("/reset", format!("Host: {own}.attacker.example\r\n")),
        ("/reset", format!("Host: attacker.example\r\nHost: {own}\r\n")),
        ("/reset", format!("Host: {own}\r\nHost: attacker.example\r\n")),
        ("/reset", format!("Host: {own}@attacker.example\r\n")),
        ("/reset", format!("Host: attacker.example@{own}\r\n")),
        ("/reset", format!("Host: {own}, attacker.example\r\n")),
        ("/reset", format!("Host: {own}/attacker.example\r\n")),
        ("/reset", "Host: \r\n".to_owned()),
        ("/reset", String::new()),
        ("http://attacker.example/reset", format!("Host: {own}\r\n")),
        ("http://attacker.example/reset", "Host: attacker.example\r\n".to_owned()),
        ("http://x@attacker.example/reset", format!("Host: {own}\r\n")),
    ] {
        let (status, head, body) =
            raw(&node, &format!("GET {target} HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n")).await;
        assert!((400..500).contains(&status), "{target} {hosts:?}: {status} {head}");
        assert!(
            !body.contains("attacker.example") && !head.contains("attacker.example"),
            "{hosts:?}: {body}"
        );
    }
    // Believed is the connection, never what a proxy that nobody configured says of it.
    let walk = Walk::new(&world, &node);
    for (name, value) in [
        ("x-forwarded-host", "attacker.example"),
        ("x-forwarded-server", "attacker.example"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-prefix", "//attacker.example"),
        ("x-original-url", "//attacker.example/x"),
        ("x-rewrite-url", "//attacker.example/x"),
        ("x-host", "attacker.example"),
        ("forwarded", "host=attacker.example;proto=https"),
        ("referer", "https://attacker.example/reset"),
    ] {
        walk.client.header(name, value);
    }
    let started = walk.start(JOHN).await;
    assert_eq!(started.location.as_deref(), Some("/reset/check-email"));
    node.drain().await;
    let mail = world.mail_to(JOHN_MAIL).await;
    let link = link_in(&mail.text);
    assert!(link.starts_with(&format!("{}/reset/email-link/", node.app.public_url.origin())), "{link}");
    let whole = format!("{} {} {} {}", mail.text, mail.html, mail.message_id, mail.subject);
    assert!(!whole.contains("attacker"), "{whole}");
    // The way on after the link stays ours, too.
    let token = link.rsplit('/').next().unwrap();
    let opened = walk.open_link(&format!("/reset/email-link/{token}")).await;
    assert_eq!(opened.location.as_deref(), Some("/reset/security-code"));
}

#[tokio::test]
async fn huge_headers_and_broken_requests_end_a_connection_and_not_the_process() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let own = host(&node).to_owned();
    let big = "x".repeat(1 << 20);
    let many: String = (0..500).map(|n| format!("X-{n}: 1\r\n")).collect();
    let cookies: String = (0..2_000).map(|n| format!("sspr-reset=a{n}; ")).collect();
    for request in [
        format!("GET /reset HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\nX-Big: {big}\r\n\r\n"),
        format!("GET /reset HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\nCookie: {big}\r\n\r\n"),
        format!("GET /{big} HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n\r\n"),
        format!("GET /reset HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n{many}\r\n"),
        format!("GET /reset HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\nCookie: {cookies}\r\n\r\n"),
        format!(
            "GET /reset HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\nCookie: sspr-reset=\u{1}; sspr-visitor=%00\r\n\r\n"
        ),
        format!(
            "GET /reset HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\nAccept-Language: {}\r\n\r\n",
            "en-".repeat(5_000)
        ),
        format!(
            "GET /reset HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\nUser-Agent: {}\u{1b}[31m\r\n\r\n",
            "é".repeat(2_000)
        ),
        format!("POST /reset HTTP/1.1\r\nHost: {own}\r\nContent-Length: 99999999999999999999\r\n\r\n"),
        format!(
            "POST /reset HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        format!(
            "POST /reset HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
        ),
        format!("GET /reset HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\nX : 1\r\n\r\n"),
        format!("GET\0/reset HTTP/1.1\r\nHost: {own}\r\n\r\n"),
        "\r\n\r\n\r\n".to_owned() + "PRI * HTTP/2.0 nonsense\r\n\r\n",
    ] {
        let (status, head, _) = raw(&node, &request).await;
        assert!(status < 500, "{}: {status} {head}", &request[..80.min(request.len())]);
        let answer = Client::new(&node.url).get("/reset").await;
        assert_eq!(answer.status, 200, "after {}", &request[..80.min(request.len())]);
    }
    // A body that is cut off is nobody's reset.
    let (status, ..) = raw(&node, &format!("POST /reset/verify-user HTTP/1.1\r\nHost: {own}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\nConnection: close\r\n\r\na=%zz")).await;
    assert_eq!(status, 400);
    // Ten megabytes over a real connection: refused while they still come.
    let client = Client::new(&node.url);
    let answer = client.send(Method::POST, "/reset", Some(FORM.1), vec![b'x'; 64 << 10]).await;
    assert_eq!(answer.status, 413);
    is_our_page(&answer, "64 kB");
}
