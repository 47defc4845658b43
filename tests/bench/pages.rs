//! Pages: without a session, beside a small page; with one, beside a page with one SELECT.

use super::{
    Effort,
    client::{get, repeat},
    table::Table,
    world::{At, World},
};

/// Prints the part.
pub async fn measure(world: &World, effort: &Effort, table: &mut Table) {
    let (visited, _) = world.form("/sign-in").await;
    for (what, path, cookies) in [
        ("GET /sign-in, first visit / a small askama page, 16 connections", "/sign-in", ""),
        ("GET /sign-in, with a visitor's cookie", "/sign-in", visited.as_str()),
        ("GET /reset, first visit", "/reset", ""),
    ] {
        compare(world, effort, table, what, 16, "/page", &get(path, cookies)).await;
    }
    let attempt = world.attempts(At::CheckEmail, 1).await.remove(0);
    let request = get("/reset/check-email", &attempt.cookies);
    for connections in [8, 32] {
        let what = format!("GET /reset/check-email / one SELECT by key, {connections} connections");
        compare(world, effort, table, &what, connections, "/select/17", &request).await;
    }
}

async fn compare(
    world: &World,
    effort: &Effort,
    table: &mut Table,
    what: &str,
    connections: usize,
    path: &str,
    ours: &[u8],
) {
    let (mut bare_times, mut our_times) = (Vec::new(), Vec::new());
    for _ in 0..effort.rounds {
        for (server, request, times) in
            [(&world.bare, &get(path, "")[..], &mut bare_times), (&world.ours, ours, &mut our_times)]
        {
            let load = repeat(server.address, connections, effort.stretch, request, 200);
            times.push(world.with_work(server, load).await);
        }
    }
    table.compare(what, &bare_times, &our_times, 0.8);
}
