//! The wizard's POSTs, beside the same number of rows written by a bare transaction, by one statement, and by pgbench.
//!
//! Ours runs as it does in life: while it is asked, its workers send what it queued.

use tokio::process::Command;

use super::{
    Effort, bare,
    client::{Stretch, each_once, post},
    table::{Goal, Row, Table, median},
    world::{At, Prepared, World},
};

/// Prints the part.
pub async fn measure(world: &World, effort: &Effort, table: &mut Table) {
    for connections in [8, 32] {
        let mut all: [Vec<Stretch>; 5] = Default::default();
        let mut pgbench_rates = Vec::new();
        for _ in 0..effort.rounds {
            let [transaction, statement, start, link, code] = &mut all;
            transaction.push(bare(world, effort, connections, "transaction").await);
            start.push(starts(world, effort, connections).await);
            statement.push(bare(world, effort, connections, "statement").await);
            link.push(links(world, effort, connections).await);
            pgbench_rates.push(pgbench(world, effort, connections).await);
            code.push(codes(world, effort, connections).await);
        }
        let [transaction, statement, start, link, code] = &all;
        let of = |what: &str| format!("{what}, {connections} connections");
        table.compare(&of("POST a start / five round trips"), transaction, start, 0.8);
        table.compare(&of("POST a start / the same as one statement"), statement, start, 0.5);
        table.compare(&of("POST the e-mail link / five round trips"), transaction, link, 0.8);
        table.compare(&of("POST a wrong code / five round trips"), transaction, code, 0.8);
        table.row(&Row {
            what: &of("pgbench, the five round trips (to know the machine)"),
            bare: None,
            ours: median(pgbench_rates),
            unit: "/s",
            goal: Goal::None,
        });
    }
}

async fn bare(world: &World, effort: &Effort, connections: usize, path: &str) -> Stretch {
    let requests = (0..effort.posts)
        .map(|_| {
            let person = world.number() % 20_000 + 1;
            post(&format!("/{path}/{person}"), "a=b", person, &[])
        })
        .collect();
    world.with_work(&world.bare, each_once(world.bare.address, connections, requests, 200)).await
}

async fn starts(world: &World, effort: &Effort, connections: usize) -> Stretch {
    let (cookies, token) = world.form("/reset/verify-user").await;
    let requests = (0..effort.posts)
        .map(|_| {
            let fields = [("form_token", token.as_str()), ("user_id", &world.able())];
            post("/reset/verify-user", &cookies, world.number(), &fields)
        })
        .collect();
    world.with_work(&world.ours, settled(world, connections, requests, 303)).await
}

async fn links(world: &World, effort: &Effort, connections: usize) -> Stretch {
    let prepared = world.attempts(At::CheckEmail, effort.posts).await;
    let request = |p: Prepared| {
        let fields = [("form_token", p.form_token.as_str()), ("token", &p.link)];
        post("/reset/email-link", &p.cookies, world.number(), &fields)
    };
    let requests = prepared.into_iter().map(request).collect();
    world.with_work(&world.ours, settled(world, connections, requests, 303)).await
}

/// Four wrong codes an attempt: the fifth would end it.
async fn codes(world: &World, effort: &Effort, connections: usize) -> Stretch {
    let prepared = world.attempts(At::SecurityCode, effort.posts / 4).await;
    let mut requests = Vec::new();
    for _ in 0..4 {
        for p in &prepared {
            // One of 10^8 is the right one; that run would end here, and the next would not.
            let fields = [("form_token", p.form_token.as_str()), ("code", "00000000")];
            requests.push(post("/reset/security-code", &p.cookies, world.number(), &fields));
        }
    }
    world.with_work(&world.ours, settled(world, connections, requests, 422)).await
}

/// The requests, and then the rest of what they queued.
async fn settled(world: &World, connections: usize, requests: Vec<Vec<u8>>, status: u16) -> Stretch {
    let stretch = each_once(world.ours.address, connections, requests, status).await;
    world.settle().await;
    stretch
}

/// Transactions a second, by Postgres' own program.
async fn pgbench(world: &World, effort: &Effort, connections: usize) -> f64 {
    let script = world.folder.join("pgbench.sql");
    std::fs::write(&script, bare::PGBENCH).unwrap();
    let Some(program) = program() else { return f64::NAN };
    let url = url::Url::parse(&world.url("bare")).unwrap();
    let socket = url.query_pairs().find(|(name, _)| name == "host").unwrap().1.into_owned();
    let seconds = effort.stretch.as_secs().max(1).to_string();
    let output = Command::new(program)
        .args(["-n", "-M", "prepared", "-j", "2", "-c", &connections.to_string(), "-T", &seconds, "-f"])
        .arg(&script)
        .args(["-h", &socket, "-p", "5432", "-U", url.username(), "bare"])
        .output()
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find(|line| line.starts_with("tps = "));
    let line = line.unwrap_or_else(|| panic!("pgbench: {}", String::from_utf8_lossy(&output.stderr)));
    line.split_whitespace().nth(2).unwrap().parse().unwrap()
}

/// Beside the server's programs, which is not always a folder of `PATH`.
fn program() -> Option<std::path::PathBuf> {
    let mut folders: Vec<std::path::PathBuf> =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    folders.extend(std::env::var_os("PG_BIN").map(Into::into));
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    folders.into_iter().map(|folder| folder.join("pgbench")).find(|file| file.is_file())
}
