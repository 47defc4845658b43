//! Slow clients: each holds what it has got for a short while, then it is gone; others are served meanwhile. With the smallest limits that
//! the configuration takes, and nothing measured: a connection has to end, and the one beside it has to be answered.

use std::time::Duration;

use super::{Raw, host};
use crate::support::{
    app::{Node, World},
    client::Client,
};

/// Everything as short as may be.
const SHORT: [(&str, &str); 6] = [
    ("SSPR_SERVER__HEADER_TIMEOUT_SECONDS", "1"),
    ("SSPR_SERVER__BODY_TIMEOUT_SECONDS", "1"),
    ("SSPR_SERVER__WRITE_TIMEOUT_SECONDS", "1"),
    ("SSPR_SERVER__IDLE_TIMEOUT_SECONDS", "60"),
    ("SSPR_SERVER__HEADER_LIMIT_BYTES", "8192"),
    ("SSPR_SERVER__CONNECTIONS", "16"),
];

async fn node_with(world: &World) -> Node {
    world.node_without_workers().await
}

async fn others_are_served(node: &Node) {
    let answer = Client::new(&node.url).get("/sign-in").await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn a_head_that_drips_is_shed_and_so_is_a_connection_that_says_nothing() {
    let world = World::with(&SHORT).await;
    let node = node_with(&world).await;
    let mut silent = Raw::to(&node).await;
    let mut dripping = Raw::to(&node).await;
    dripping.send(format!("GET /reset HTTP/1.1\r\nHost: {}\r\n", host(&node))).await;
    // A header line now and then, for ever: each byte is progress, the head is not.
    let dripped = async {
        for n in 0..300 {
            if !dripping.send(format!("X-{n}: 1\r\n")).await {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    };
    let (dripped, silent, ()) = tokio::join!(dripped, silent.ends(), others_are_served(&node));
    assert!(dripped, "the dripping head was never shed");
    assert!(silent, "the silent connection was never shed");
}

#[tokio::test]
async fn the_second_head_of_a_connection_may_not_drip_either() {
    let world = World::with(&SHORT).await;
    let node = node_with(&world).await;
    let mut raw = Raw::to(&node).await;
    assert_eq!(raw.get("/sign-in", host(&node)).await.unwrap().status, 200);
    // Idle connections rest for a minute here; one with the beginning of a request does not.
    raw.send("GET /rese").await;
    assert!(raw.ends().await, "never shed");
}

#[tokio::test] // R-21, O-16
async fn a_body_that_drips_is_answered_408_and_nothing_was_done_for_it() {
    let world = World::with(&SHORT).await;
    let node = node_with(&world).await;
    let mut raw = Raw::to(&node).await;
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let hashed = node.app.hashing.jobs();
    raw.send(format!(
        "POST /sign-in HTTP/1.1\r\nHost: {}\r\n{form}Content-Length: 1000\r\n\r\nform_token=",
        host(&node)
    ))
    .await;
    let (read, mut write) = raw.stream.into_split();
    let drip = tokio::spawn(async move {
        while tokio::io::AsyncWriteExt::write_all(&mut write, b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        write
    });
    others_are_served(&node).await;
    let mut answer = String::new();
    let mut read = tokio::io::BufReader::new(read);
    tokio::time::timeout(
        Duration::from_secs(30),
        tokio::io::AsyncBufReadExt::read_line(&mut read, &mut answer),
    )
    .await
    .expect("never answered")
    .unwrap();
    assert_eq!(answer.trim_end(), "HTTP/1.1 408 Request Timeout");
    // And the connection is over, whatever else the client says.
    tokio::time::timeout(Duration::from_secs(30), drip).await.expect("the connection stays").unwrap();
    assert_eq!(node.app.hashing.jobs(), hashed);
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_shed() {
    let world = World::with(&SHORT).await;
    let node = node_with(&world).await;
    let mut raw = Raw::with_little_room(&node).await;
    let request =
        format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", sspr::web::assets::STYLE.path(), host(&node));
    // Asks for more than all buffers between hold, and reads nothing: the writing ends when the server has gone.
    let asks = async {
        for _ in 0..20_000 {
            if !raw.send(request.repeat(50)).await {
                return true;
            }
        }
        false
    };
    let (gone, ()) =
        tokio::join!(tokio::time::timeout(Duration::from_mins(1), asks), others_are_served(&node));
    assert_eq!(gone, Ok(true), "never shed");
}

#[tokio::test]
async fn a_connection_rests_as_long_as_it_may_and_is_old_at_last() {
    let world = World::with(&[
        ("SSPR_SERVER__HEADER_TIMEOUT_SECONDS", "1"),
        ("SSPR_SERVER__IDLE_TIMEOUT_SECONDS", "2"),
        ("SSPR_SERVER__CONNECTION_SECONDS", "86400"),
    ])
    .await;
    let node = node_with(&world).await;
    let mut raw = Raw::to(&node).await;
    assert_eq!(raw.get("/sign-in", host(&node)).await.unwrap().status, 200);
    // Longer than a head may take: between requests that limit is none.
    tokio::time::sleep(Duration::from_millis(1300)).await;
    assert_eq!(raw.get("/sign-in", host(&node)).await.unwrap().status, 200, "it may rest for two seconds");
    assert!(raw.ends().await, "never closed");

    let world = World::with(&[("SSPR_SERVER__CONNECTION_SECONDS", "1")]).await;
    let node = node_with(&world).await;
    let mut raw = Raw::to(&node).await;
    // Busy without end, and never cut in the middle of an answer.
    let mut answers = 0;
    while let Some(answer) = raw.get("/sign-in", host(&node)).await {
        assert_eq!(answer.status, 200);
        answers += 1;
        assert!(answers < 1_000_000, "it lives for ever");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(answers > 0 && raw.read.is_empty(), "{answers} answers, then {:?}", raw.read);
}

#[tokio::test] // O-16, R-15
async fn one_connection_more_than_may_be_is_told_so_and_the_next_is_served_when_one_has_gone() {
    let world = World::with(&[
        ("SSPR_SERVER__CONNECTIONS", "16"),
        ("SSPR_SERVER__CONNECTIONS_PER_NETWORK", "16"),
        ("SSPR_SERVER__HEADER_TIMEOUT_SECONDS", "60"),
    ])
    .await;
    let node = node_with(&world).await;
    let mut resting = Raw::to(&node).await;
    let first = resting.get("/sign-in", host(&node)).await.unwrap();
    assert_eq!((first.status, first.header("connection")), (200, None));
    // Connections that send half a head hold their places; those that rest give theirs up as it gets crowded.
    let mut held = Vec::new();
    let mut turned_away = None;
    while turned_away.is_none() && held.len() < 40 {
        let mut half = Raw::to(&node).await;
        half.send("GET /rese").await;
        held.push(half);
        let mut more = Raw::to(&node).await;
        let answer = more.get("/sign-in", host(&node)).await.expect("an answer, of whatever kind");
        if answer.header("connection") == Some("close") {
            assert!(more.ends().await, "crowded or full: one answer, and no more");
        }
        turned_away = Some(answer).filter(|answer| answer.status == 503);
    }
    let answer = turned_away.expect("nobody was turned away");
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(held.len() >= 16 && resting.ends().await, "the one that rests keeps its place");
    held.clear();
    for _ in 0..500 {
        let mut raw = Raw::to(&node).await;
        if raw.get("/sign-in", host(&node)).await.is_some_and(|answer| answer.status == 200) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the places never came back");
}

#[tokio::test] // O-16, V-30
async fn a_network_has_its_share_and_a_trusted_proxy_is_many_networks() {
    let share = [("SSPR_SERVER__CONNECTIONS_PER_NETWORK", "1")];
    for (proxies, status) in [("", 503), ("127.0.0.1", 200)] {
        let world = World::with(&[share[0], ("SSPR_SERVER__TRUSTED_PROXIES", proxies)]).await;
        let node = node_with(&world).await;
        let mut first = Raw::to(&node).await;
        assert_eq!(first.get("/sign-in", host(&node)).await.unwrap().status, 200);
        let mut second = Raw::to(&node).await;
        assert_eq!(second.get("/sign-in", host(&node)).await.unwrap().status, status, "{proxies:?}");
    }
}

#[tokio::test]
async fn who_watches_the_metrics_is_bounded_like_everyone_else() {
    let world = World::with(&SHORT).await;
    let node = node_with(&world).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let stop = tokio_util::sync::CancellationToken::new();
    let serving = tokio::spawn(sspr::server::serve_metrics(node.app.clone(), listener, stop.clone()));
    let mut silent =
        Raw { stream: tokio::net::TcpStream::connect(&address).await.unwrap(), read: Vec::new() };
    let mut big = Raw { stream: tokio::net::TcpStream::connect(&address).await.unwrap(), read: Vec::new() };
    big.send(format!("GET /metrics HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(10_000))).await;
    assert_eq!(big.answer().await.unwrap().status, 431);
    assert!(silent.ends().await, "never shed");
    stop.cancel();
    serving.await.unwrap().unwrap();
}
