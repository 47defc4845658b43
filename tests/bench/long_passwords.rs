//! A hundred people sign in all the time, each with a password of 256 code points, while others open pages at a steady pace: what the pages
//! cost meanwhile, and how much memory the process ever has (R-20, V-59).

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    Effort,
    client::{Connection, Stretch, get, post},
    table::{Goal, Row, Table},
    world::World,
};

const SIGN_INS: usize = 100;

/// The README's bound, in MiB: what the process is, each hashing thread's block, and what each connection may hold.
fn bound(threads: f64, connections: f64) -> f64 {
    64.0 + threads * 19.0 + connections * 64.0 / 1024.0
}

/// Prints the part.
pub async fn measure(world: &World, effort: &Effort, table: &mut Table) {
    let server = world.another().await;
    let pages = [get("/sign-in", ""), get("/reset", ""), get("/reset/verify-user", ""), get("/livez", "")];
    let length = effort.stretch * 6;
    let idle = look(&server, &pages, length / 3).await.0;
    let before = server.memory();

    let (cookies, token) = world.form("/sign-in").await;
    let (stop, judged, refused) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..SIGN_INS {
        // Four bytes each, so that as many as a password can have are hashed; of different people, from different networks.
        let password = char::from_u32(0x1F400 + u32::try_from(n).unwrap()).unwrap().to_string().repeat(256);
        let requests: Vec<Vec<u8>> = (0..8)
            .map(|_| {
                let fields =
                    [("form_token", token.as_str()), ("user_id", &world.able()), ("password", &password)];
                post("/sign-in", &cookies, world.number(), &fields)
            })
            .collect();
        let (address, stop) = (server.address, stop.clone());
        let (judged, refused) = (judged.clone(), refused.clone());
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await;
            for request in requests.iter().cycle() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                match connection.exchange(request).await {
                    422 => judged.fetch_add(1, Ordering::Relaxed),
                    // Too many wait: said at once. Or the budget of a user who was asked too often.
                    503 | 429 => refused.fetch_add(1, Ordering::Relaxed),
                    status => panic!("{status}"),
                };
            }
        });
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (busy, most) = look(&server, &pages, length).await;
    stop.store(true, Ordering::Relaxed);
    tasks.join_all().await;

    let threads = std::thread::available_parallelism().map_or(1.0, |threads| threads.get() as f64);
    table.row(&Row {
        what: &format!("pages, p99 idle / while {SIGN_INS} sign in with 256 code points"),
        bare: Some(idle.p99),
        ours: busy.p99,
        unit: "ms",
        goal: Goal::Most(50.0),
    });
    Table::note(&format!(
        "p50 {:.2} / {:.2} ms over {} pages; {} sign-ins judged, {} told to come again or over a budget",
        idle.p50,
        busy.p50,
        busy.count,
        judged.load(Ordering::Relaxed),
        refused.load(Ordering::Relaxed)
    ));
    table.row(&Row {
        what: &format!("memory before / the most meanwhile, {threads:.0} hashing threads"),
        bare: Some(before),
        ours: most,
        unit: "MiB",
        goal: Goal::Most(bound(threads, SIGN_INS as f64)),
    });
}

/// One visitor who opens a page every few milliseconds, one kind after the other; and the most memory that was seen.
async fn look(server: &super::world::Server, pages: &[Vec<u8>], length: Duration) -> (Stretch, f64) {
    let mut connection = Connection::open(server.address).await;
    let (started, mut times, mut most) = (Instant::now(), Vec::new(), 0.0_f64);
    for (n, page) in pages.iter().cycle().enumerate() {
        if started.elapsed() >= length {
            break;
        }
        let sent = Instant::now();
        assert_eq!(connection.exchange(page).await, 200);
        times.push(sent.elapsed().as_secs_f64());
        if n % 8 == 0 {
            most = most.max(server.memory());
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    (Stretch::of(times, started.elapsed()), most)
}
