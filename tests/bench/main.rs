//! `cargo bench`: how fast the service is beside bare programs that do the same work, on this machine, in this run.
//!
//! Absolute figures drift from machine to machine, ratios within a run do not. So each row starts the bare program and ours in
//! turn, several times, on one durable Postgres, and prints the medians, their ratio and the goal. Figures are printed, never
//! asserted; what ends the run is an answer that is not the one expected, since its time would tell nothing.
//!
//! `cargo bench`: some four minutes. `cargo bench -- --quick`: one minute, rough. `cargo bench -- --only resets`: one part
//! (see [`PARTS`]). `-- --hashes 10000`: as many hashes before the memory is looked at. `-- --each 2000`: as many requests for each kind
//! of user, where answers must take equally long.
//!
//! Each program under load is a process of its own: ours the real `sspr`, the bare ones this binary, started again (`bare`).
//! To add a row: a function in the file of its part that hands a [`table::Row`] to the table.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measuring program: what goes wrong ends it, and what it finds is printed"
)]

mod bare;
mod beside_hashing;
mod client;
mod equal_times;
mod long_passwords;
mod outbox;
mod pages;
mod passwords;
mod process;
mod resets;
mod table;
mod users;
mod weight;
mod world;
mod wrong_requests;

// What the tests send by the thousand is sent by the hundred thousand here.
#[path = "../it/support/malformed.rs"]
mod malformed;
#[path = "../it/support/routes.rs"]
mod routes;

use std::time::{Duration, Instant};

use table::Table;
use world::World;

/// What a run is made of, in the order in which it is printed.
const PARTS: [&str; 11] = [
    "pages",
    "resets",
    "passwords",
    "outbox",
    "equal-times",
    "beside-hashing",
    "process",
    "weight",
    "users",
    "long-passwords",
    "malformed",
];

/// How long and how often.
#[derive(Clone, Debug)]
pub struct Effort {
    /// Bare and ours in turn, so often.
    pub rounds: usize,
    /// Length of one timed stretch of GETs.
    pub stretch: Duration,
    /// POSTs in one stretch.
    pub posts: usize,
    /// Requests for each kind of user.
    pub each_kind: usize,
    /// Hashes before the memory is looked at.
    pub hashes: usize,
    /// Requests that no browser sends.
    pub malformed: usize,
    only: Option<String>,
}

impl Effort {
    fn read(arguments: &[String]) -> Self {
        let after = |name: &str| {
            arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).cloned()
        };
        let quick = arguments.iter().any(|a| a == "--quick");
        let only = after("--only");
        if let Some(only) = &only {
            assert!(PARTS.contains(&only.as_str()), "--only takes one of {PARTS:?}");
        }
        let hashes = after("--hashes").map(|n| n.parse().expect("--hashes takes a number"));
        let each = after("--each").map(|n| n.parse().expect("--each takes a number"));
        let (rounds, millis, posts, each_kind) = if quick { (1, 600, 800, 60) } else { (3, 1500, 3000, 500) };
        Self {
            rounds,
            stretch: Duration::from_millis(millis),
            posts,
            each_kind: each.unwrap_or(each_kind),
            hashes: hashes.unwrap_or(if quick { 100 } else { 1000 }),
            malformed: if quick { 10_000 } else { 100_000 },
            only,
        }
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Two threads for whoever puts on the load, and two for a bare program: as many as ours takes on two cores.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if let [mode, url] = &arguments[..]
        && mode == "bare"
    {
        return runtime.block_on(bare::serve(url));
    }
    // `cargo test --all-targets` runs this too; only `cargo bench` says so.
    if !arguments.iter().any(|a| a == "--bench") {
        println!("this measures; run it with: cargo bench");
        return;
    }
    let effort = Effort::read(&arguments);
    runtime.block_on(run(&effort));
}

async fn run(effort: &Effort) {
    let started = Instant::now();
    let world = World::new().await;
    let mut table = Table::default();
    println!("ready after {:.1} s\n", started.elapsed().as_secs_f64());
    for part in PARTS {
        if !effort.wants(part) {
            continue;
        }
        Table::part(part);
        match part {
            "pages" => pages::measure(&world, effort, &mut table).await,
            "resets" => resets::measure(&world, effort, &mut table).await,
            "passwords" => passwords::measure(&world, effort, &mut table).await,
            "outbox" => outbox::measure(&world, effort, &mut table).await,
            "equal-times" => equal_times::measure(&world, effort, &mut table).await,
            "beside-hashing" => beside_hashing::measure(&world, effort, &mut table).await,
            "process" => process::measure(&world, effort, &mut table).await,
            "weight" => weight::measure(&world, &mut table).await,
            "users" => users::measure(&world, effort, &mut table).await,
            "long-passwords" => long_passwords::measure(&world, effort, &mut table).await,
            "malformed" => wrong_requests::measure(&world, effort, &mut table).await,
            _ => unreachable!(),
        }
    }
    println!(
        "\n{:.0} s in all; {} of {} goals reached",
        started.elapsed().as_secs_f64(),
        table.reached,
        table.judged
    );
}
