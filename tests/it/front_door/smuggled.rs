//! Where a request ends: whatever two readers could see differently is refused, and nothing behind it is taken for a request (ASVS 4.2.1).

use super::{Raw, host};
use crate::support::{
    app::World,
    client::Client,
    rows::{Changes, Rows},
};

/// The beginning of a POST, up to what its framing is.
const POST: &str =
    "POST /sign-in HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/x-www-form-urlencoded\r\n";

/// What an attacker would like to be taken for the next request.
const SECOND: &str = "GET /robots.txt HTTP/1.1\r\nHost: HOST\r\n\r\n";

#[tokio::test] // ASVS 4.2.1
async fn what_two_readers_could_see_differently_leaves_no_second_request_behind() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let before = Rows::read(&world.pool).await;
    for (what, framing) in [
        ("length and chunks", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("chunks and length", "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n"),
        ("two lengths", "Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello"),
        ("a list of lengths", "Content-Length: 5, 0\r\n\r\nhello"),
        ("a length with a sign", "Content-Length: +5\r\n\r\nhello"),
        ("a negative length", "Content-Length: -5\r\n\r\nhello"),
        ("a length in hexadecimal", "Content-Length: 0x5\r\n\r\nhello"),
        ("a length over 64 bits", "Content-Length: 18446744073709551621\r\n\r\nhello"),
        ("an empty length", "Content-Length: \r\n\r\nhello"),
        ("chunks, but not last", "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        ("chunks of another name", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        ("chunks behind a vertical tab", "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"),
        ("a space before the colon", "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
        ("a folded line", "X: 1\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("a chunk size that is none", "Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n"),
        (
            "a chunk size over 64 bits",
            "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\nx\r\n0\r\n\r\n",
        ),
        ("a chunk that is longer than it says", "Transfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n0\r\n\r\n"),
        ("a NUL in a header", "X: a\0b\r\nContent-Length: 0\r\n\r\n"),
        ("a bare CR in a header", "X: a\rContent-Length: 5\r\n\r\nhello"),
        ("chunks in HTTP/1.0", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ] {
        let post = if what.ends_with("1.0") { POST.replace("1.1", "1.0") } else { POST.to_owned() };
        let request = (post + framing + SECOND).replace("HOST", host(&node));
        let answers = Raw::all(&node, request).await;
        assert!(answers.len() <= 1, "{what}: a second request was answered: {answers:?}");
        for answer in &answers {
            assert!((400..500).contains(&answer.status), "{what}: {answer:?}");
            assert!(!answer.body.contains("Disallow"), "{what}: {answer:?}");
        }
    }
    assert_eq!(before.changes(&Rows::read(&world.pool).await), Changes::new());
    assert_eq!(Client::new(&node.url).get("/robots.txt").await.status, 200);
}

#[tokio::test] // ASVS 4.2.1
async fn two_equal_lengths_are_one_and_what_follows_is_the_next_request() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    // The counterpart: without it the test above would hold for a server that answers nothing at all.
    for framing in
        ["Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"]
    {
        let second = SECOND.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        let request = format!("{POST}{framing}{second}").replace("HOST", host(&node));
        let answers = Raw::all(&node, request).await;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        // A form without its token, and the next request.
        assert_eq!(statuses, [403, 200], "{framing}: {answers:?}");
    }
}

#[tokio::test] // ASVS 4.2.1
async fn what_is_no_request_ends_the_connection() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let own = host(&node);
    for (what, request, status) in [
        ("HTTP/2 without being asked", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 0),
        ("a version of the future", format!("GET /reset HTTP/3.0\r\nHost: {own}\r\n\r\n"), 400),
        ("a NUL in the line", format!("GET /re\0set HTTP/1.1\r\nHost: {own}\r\n\r\n"), 400),
        ("a NUL in a name", format!("GET /reset HTTP/1.1\r\nHost: {own}\r\nX\0: 1\r\n\r\n"), 400),
        ("a folded line", format!("GET /reset HTTP/1.1\r\nHost: {own}\r\nX: 1\r\n folded\r\n\r\n"), 400),
        ("a name with a space", format!("GET /reset HTTP/1.1\r\nHost: {own}\r\nX Y: 1\r\n\r\n"), 400),
        ("a line without a colon", format!("GET /reset HTTP/1.1\r\nHost: {own}\r\nXY\r\n\r\n"), 400),
        ("no version", format!("GET /reset\r\nHost: {own}\r\n\r\n"), 400),
        (
            "a head over the limit",
            format!("GET /reset HTTP/1.1\r\nHost: {own}\r\nX: {}\r\n\r\n", "x".repeat(17_000)),
            431,
        ),
        (
            "cookies over the limit",
            format!("GET /reset HTTP/1.1\r\nHost: {own}\r\nCookie: {}\r\n\r\n", "a=b; ".repeat(4_000)),
            431,
        ),
        ("101 headers", format!("GET /reset HTTP/1.1\r\nHost: {own}\r\n{}\r\n", "X: 1\r\n".repeat(100)), 431),
    ] {
        let answers = Raw::all(&node, request + SECOND.replace("HOST", own).as_str()).await;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        let expected: &[u16] = if status == 0 { &[] } else { &[status] };
        assert_eq!(statuses, expected, "{what}: {answers:?}");
        // hyper's own refusals: nothing of ours is told.
        assert!(answers.iter().all(|answer| answer.body.is_empty()), "{what}: {answers:?}");
    }
    // Just within the limits it is a request.
    let cookies = "a=b; ".repeat(3_000);
    let near =
        format!("GET /reset HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\nCookie: {cookies}\r\n\r\n");
    assert_eq!(Raw::all(&node, near).await[0].status, 200);
    let near =
        format!("GET /reset HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n{}\r\n", "X: 1\r\n".repeat(98));
    assert_eq!(Raw::all(&node, near).await[0].status, 200);
}

#[tokio::test] // ASVS 4.2.5
async fn a_long_address_is_told_so_and_a_longest_one_is_answered() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    for (length, status) in [(8192, 200), (8193, 414)] {
        let path = format!("/sign-in?x={}", "x".repeat(length - "/sign-in?x=".len()));
        let answer = Raw::to(&node).await.get(&path, host(&node)).await.unwrap();
        assert_eq!(answer.status, status, "{length}");
        assert_eq!(
            answer.header("cache-control"),
            Some("no-store"),
            "414 may be kept by whoever is not told otherwise"
        );
        assert!(!answer.body.contains("xxxx"), "the address is given back");
    }
}

#[tokio::test]
async fn a_body_that_is_announced_as_too_large_is_not_asked_for() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let ask =
        format!("{POST}Expect: 100-continue\r\nContent-Length: 1000000\r\n\r\n").replace("HOST", host(&node));
    let mut raw = Raw::to(&node).await;
    raw.send(ask).await;
    // No "100 Continue" before it.
    assert_eq!(raw.answer().await.unwrap().status, 413);
    assert!(raw.ends().await);
    // Chunks say nothing beforehand, and are no way around.
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
    let head = format!("{POST}Transfer-Encoding: chunked\r\n\r\n").replace("HOST", host(&node));
    let answers = Raw::all(&node, head + chunk.repeat(5).as_str() + "0\r\n\r\n").await;
    assert_eq!(answers[0].status, 413, "{answers:?}");
}

#[test] // V-60
fn there_is_no_http_2_to_flood() {
    let lock = include_str!("../../../Cargo.lock");
    assert!(lock.contains("name = \"hyper\""));
    assert!(
        !lock.contains("name = \"h2\""),
        "the crate of HTTP/2 came into the tree: see src/server/connection.rs"
    );
}
