//! The process itself: start to ready, and memory.

use std::{
    net::{SocketAddr, TcpListener},
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::{net::TcpStream, process::Command};

use super::{
    Effort,
    client::{Connection, each_once, get},
    passwords,
    table::{Goal, Row, Table, median},
    world::{World, memory},
};

/// Prints the part.
pub async fn measure(world: &World, effort: &Effort, table: &mut Table) {
    let mut starts = Vec::new();
    let mut rest = 0.0;
    for _ in 0..=effort.rounds * 2 {
        let (milliseconds, resting) = start(world).await;
        starts.push(milliseconds);
        rest = resting;
    }
    let row = |what: &str, ours: f64, unit, goal| Row {
        what: &what.to_owned().leak()[..],
        bare: None,
        ours,
        unit,
        goal,
    };
    table.row(&row(
        "`sspr serve`: start to ready, migrated database",
        median(starts),
        "ms",
        Goal::Most(100.0),
    ));
    table.row(&row("memory at rest", rest, "MiB", Goal::Most(30.0)));

    let other = world.another().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = other.memory();
    let requests = passwords::sign_in_requests(world, effort.hashes).await;
    each_once(other.address, 8, requests, 422).await;
    let after = other.memory();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let what = format!("memory after {} hashes on {threads} threads", effort.hashes);
    table.row(&row(&what, after, "MiB", Goal::Most(before + 19.0 * threads as f64 + 20.0)));
    table.row(&row(
        "memory of the process that answered all of this run",
        world.ours.memory(),
        "MiB",
        Goal::None,
    ));
    table.row(&row("memory of the bare program", world.bare.memory(), "MiB", Goal::None));
}

/// Starts the service as in production; milliseconds until it says that it is ready, and the memory at rest.
async fn start(world: &World) -> (f64, f64) {
    // The port is free again when the listener goes; nobody else on this machine takes it in that moment, or the run ends.
    let address: SocketAddr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_sspr"))
        .arg("serve")
        .env("SSPR_SERVER__LISTEN", address.to_string())
        .env("SSPR_SERVER__PUBLIC_URL", "https://reset.example")
        .env("SSPR_DATABASE__URL", world.url("real"))
        .env("SSPR_KEYS__CURRENT_FILE", world.folder.join("key"))
        .env("SSPR_MAIL__HOST", "mail.example")
        .env("SSPR_MAIL__FROM", "reset@contoso.com")
        .env("SSPR_SMS__ACCOUNT_SID", format!("AC{:032}", 0))
        .env("SSPR_SMS__AUTH_TOKEN", "not a real one")
        .env("SSPR_SMS__FROM", "+14255550142")
        .env("SSPR_BUDGETS__SMS_PER_COUNTRY_PER_HOUR", "1000000")
        .env("SSPR_BUDGETS__SMS_PER_HOUR", "1000000")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let milliseconds = loop {
        if TcpStream::connect(address).await.is_ok() {
            let status = Connection::open(address).await.exchange(&get("/readyz", "")).await;
            assert_eq!(status, 200);
            break begun.elapsed().as_secs_f64() * 1e3;
        }
        assert!(child.try_wait().unwrap().is_none(), "sspr serve ended at once");
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    let rest = memory(child.id().unwrap());
    child.kill().await.unwrap();
    (milliseconds, rest)
}
