//! Requests below the form: spellings of a path, names of the host, headers and bodies that no browser sends.

use axum::http::Method;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{FORM, is_our_page};
use crate::support::{
    app::{Node, World},
    client::{Client, link_in},
    routes,
    walk::{JOHN, JOHN_MAIL, Walk},
};

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
        let first = format!("%{:02x}", inner.as_bytes()[0]);
        variants.push(format!("/{first}{}", &inner[1..]));
        for variant in variants {
            let (status, head, body) = raw(
                &node,
                &format!("GET {variant} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", host(&node)),
            )
            .await;
            // A user's page is asked for by what is no user: the sign-in comes first, as on every page behind it.
            let same_guard = path.starts_with("/portal/")
                && status == 303
                && head.contains("location: /sign-in?notice=first");
            // hyper itself refuses what is no request target.
            assert!(matches!(status, 400 | 404) || same_guard, "{variant}: {status} {head}{body}");
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
    let many = (0..500).map(|n| format!("X-{n}: 1\r\n")).collect::<Vec<_>>().concat();
    let cookies = (0..2_000).map(|n| format!("sspr-reset=a{n}; ")).collect::<Vec<_>>().concat();
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
