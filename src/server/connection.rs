//! Serving: accepting, one connection, and the end of all in order.
//!
//! HTTP/1.1 only. What stands in front speaks TLS and HTTP/2 with browsers and HTTP/1.1 with us; h2c would add streams to bound, and a
//! crate whose floods were found one by one (V-60), for nobody. That crate is not in the tree, and a test holds it out.
//!
//! hyper does the parsing: strict line ends and names, Content-Length beside Transfer-Encoding never leaves a second request behind,
//! heads over the limit are 431. What it does not bound is bounded by [`super::pace`] and [`super::places`]. Its own refusals (400, 431)
//! are bare: no page, no cookie, no header of ours, and the connection ends.

use std::{convert::Infallible, io, net::SocketAddr, pin::pin, sync::Arc, task::Poll, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, Request, header},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{
    pace::{Handed, Pace, Wire},
    places::Places,
};
use crate::app::App;

/// So many are told at once that there is no place for them.
const TOLD_AT_ONCE: usize = 64;

/// What they are told: no page.
const TURNED_AWAY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncache-control: no-store\r\n\
content-length: 0\r\nconnection: close\r\n\r\n";

/// After the life of a connection, for what is under way then.
const LAST_ANSWER: Duration = Duration::from_mins(1);

/// Accepts until `stop`; then each connection may finish the request that it is at. Dropped before, it cuts them off.
pub(super) async fn serve(app: &App, listener: TcpListener, router: Router, stop: CancellationToken) {
    let places = Places::new(&app.connections);
    let told = Arc::new(Semaphore::new(TOLD_AT_ONCE));
    let mut open = JoinSet::new();
    loop {
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener) => accepted,
            // Those that ended are forgotten.
            Some(_) = open.join_next() => continue,
        };
        // A trusted proxy is many clients: only all of them are bounded there.
        let Some(place) = places.take(peer.ip(), !app.is_trusted_proxy(peer.ip())) else {
            // Beyond these, nobody is told: the connection is closed.
            if let Ok(telling) = told.clone().try_acquire_owned() {
                open.spawn(async move {
                    turn_away(stream).await;
                    drop(telling);
                });
            }
            continue;
        };
        let (app, router, stop, crowded) = (app.clone(), router.clone(), stop.clone(), places.crowded());
        open.spawn(async move {
            one(&app, stream, peer, router, stop, crowded).await;
            drop(place);
        });
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// The next connection. What is wrong with one is nothing to us; without descriptors it is waited for some to come back.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionRefused
                        | io::ErrorKind::ConnectionAborted
                        | io::ErrorKind::ConnectionReset
                ) => {}
            Err(error) => {
                tracing::error!(%error, "no connection could be accepted: are there enough file descriptors?");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Says so, once it has asked for something: an answer before the question is none to some proxies. Waits for a second at most.
async fn turn_away(mut stream: TcpStream) {
    let mut asked = [0; 4096];
    let told = async {
        if stream.read(&mut asked).await.is_ok_and(|read| read > 0) {
            let _ = stream.write_all(TURNED_AWAY).await;
            let _ = stream.shutdown().await;
            // Closing with bytes unread would take the answer back.
            let _ = stream.read(&mut asked).await;
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(1), told).await;
}

/// Serves one connection until it ends, by itself or because it is too slow or too old.
async fn one(
    app: &App,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    stop: CancellationToken,
    mut crowded: watch::Receiver<bool>,
) {
    let limits = app.connections;
    // An answer of several segments would wait for the other side's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let life = Instant::now() + limits.life;
    let pace = Pace::new(limits, life + LAST_ANSWER);
    let (seen, crowd) = (pace.clone(), crowded.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        seen.works();
        let (seen, crowd) = (seen.clone(), crowd.clone());
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.clone().oneshot(request);
        async move {
            let Ok(mut answer) = answer.await;
            if *crowd.borrow() {
                answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(answer.map(|body| Handed { body, pace: seen }))
        }
    });
    let mut http = http1::Builder::new();
    // No timer of hyper's: the one for heads would run between requests, too.
    http.header_read_timeout(None)
        .max_header_size(limits.header_limit_bytes)
        .max_buf_size(limits.header_limit_bytes.max(16 * 1024));
    let mut connection =
        pin!(http.serve_connection(TokioIo::new(Wire { stream, pace: pace.clone() }), service));
    let mut alarm = pin!(tokio::time::sleep_until(pace.deadline()));
    let mut old = pin!(tokio::time::sleep_until(life));
    let mut last = false;
    loop {
        // Asked again whenever the connection did something: all that moves a deadline happens in its own poll.
        let ends = std::future::poll_fn(|cx| {
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            let deadline = pace.deadline();
            if alarm.deadline() != deadline {
                alarm.as_mut().reset(deadline);
            }
            alarm.as_mut().poll(cx)
        });
        tokio::select! {
            biased;
            () = ends => return,
            () = stop.cancelled(), if !last => {}
            () = &mut old, if !last => {}
            changed = crowded.changed(), if !last && !stop.is_cancelled() => {
                let is_crowded = changed.is_ok() && *crowded.borrow_and_update();
                if !(is_crowded && pace.rests()) {
                    continue;
                }
            }
        }
        last = true;
        connection.as_mut().graceful_shutdown();
    }
}
