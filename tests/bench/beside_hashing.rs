//! Pages while a hundred people sign in at once: hashing must not stand in the way of whoever only looks.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    Effort,
    client::{Connection, Stretch, get},
    passwords,
    table::{Goal, Row, Table},
    world::{At, World},
};

const SIGN_INS: usize = 100;

/// Prints the part.
pub async fn measure(world: &World, effort: &Effort, table: &mut Table) {
    let attempt = world.attempts(At::CheckEmail, 1).await.remove(0);
    let pages = [
        ("GET /sign-in", get("/sign-in", "")),
        ("GET /reset/check-email", get("/reset/check-email", &attempt.cookies)),
    ];
    let length = effort.stretch * 3;
    for (what, page) in &pages {
        let idle = look(world.ours.address, page, length).await;
        let requests = passwords::sign_in_requests(world, SIGN_INS * 4).await;
        let (stop, hashed, refused) =
            (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut tasks = tokio::task::JoinSet::new();
        for hand in requests.chunks(4).map(<[_]>::to_vec) {
            let (address, stop) = (world.ours.address, stop.clone());
            let (hashed, refused) = (hashed.clone(), refused.clone());
            tasks.spawn(async move {
                let mut connection = Connection::open(address).await;
                for request in hand.iter().cycle() {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    match connection.exchange(request).await {
                        422 => hashed.fetch_add(1, Ordering::Relaxed),
                        // Too many wait: said at once. Or the budget of a user who was asked too often.
                        503 | 429 => refused.fetch_add(1, Ordering::Relaxed),
                        status => panic!("{status}"),
                    };
                }
            });
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        let busy = look(world.ours.address, page, length).await;
        stop.store(true, Ordering::Relaxed);
        tasks.join_all().await;
        table.row(&Row {
            what: &format!("{what}, p99 idle / while {SIGN_INS} sign in all the time"),
            bare: Some(idle.p99),
            ours: busy.p99,
            unit: "ms",
            goal: Goal::Most(3.0 * idle.p99),
        });
        Table::note(&format!(
            "p50 {:.2} / {:.2} ms; {} sign-ins answered, {} refused",
            idle.p50,
            busy.p50,
            hashed.load(Ordering::Relaxed),
            refused.load(Ordering::Relaxed)
        ));
    }
}

/// One visitor who opens a page every few milliseconds.
async fn look(address: SocketAddr, request: &[u8], length: Duration) -> Stretch {
    let mut connection = Connection::open(address).await;
    let (started, mut times) = (Instant::now(), Vec::new());
    while started.elapsed() < length {
        let sent = Instant::now();
        assert_eq!(connection.exchange(request).await, 200);
        times.push(sent.elapsed().as_secs_f64());
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    Stretch::of(times, started.elapsed())
}
