//! New passwords and sign-ins, beside bare Argon2id of the same setting.

use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::{
    Effort,
    client::{Stretch, each_once, post},
    table::{Goal, Row, Table, median},
    world::{At, World},
};

/// The least that the configuration allows, and its default.
fn argon() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19_456, 2, 1, Some(32)).unwrap())
}

/// Hashes for a while in memory that is kept; the time of each, in seconds.
fn hash_for(length: Duration) -> Vec<f64> {
    let argon = argon();
    let mut memory = vec![Block::new(); argon.params().block_count()];
    let (started, mut times, mut out) = (Instant::now(), Vec::new(), [0u8; 32]);
    while started.elapsed() < length {
        let begun = Instant::now();
        argon
            .hash_password_into_with_memory(
                b"correct horse battery",
                b"sixteen bytes .!",
                &mut out,
                &mut memory,
            )
            .unwrap();
        times.push(begun.elapsed().as_secs_f64());
    }
    times
}

async fn bare(threads: usize, length: Duration) -> Stretch {
    let started = Instant::now();
    let all: Vec<_> = (0..threads).map(|_| tokio::task::spawn_blocking(move || hash_for(length))).collect();
    let mut times = Vec::new();
    for one in all {
        times.extend(one.await.unwrap());
    }
    Stretch::of(times, started.elapsed())
}

/// Prints the part.
pub async fn measure(world: &World, effort: &Effort, table: &mut Table) {
    let (mut one, mut two) = (Vec::new(), Vec::new());
    let (mut finish_alone, mut finish, mut sign_in_alone, mut sign_in) = (vec![], vec![], vec![], vec![]);
    // Enough for some two seconds.
    let posts = (effort.posts / 12).clamp(60, 240);
    for _ in 0..effort.rounds {
        one.push(bare(1, effort.stretch).await);
        finish_alone.push(new_passwords(world, posts / 2, 1).await);
        sign_in_alone.push(sign_ins(world, posts / 2, 1).await);
        two.push(bare(2, effort.stretch).await);
        finish.push(new_passwords(world, posts, 8).await);
        sign_in.push(sign_ins(world, posts, 8).await);
    }
    let p50 = |all: &[Stretch]| median(all.iter().map(|s| s.p50));
    let rate = |all: &[Stretch]| median(all.iter().map(|s| s.per_second));
    for (what, ours) in
        [("POST a new password", &finish_alone), ("POST a sign-in that fails", &sign_in_alone)]
    {
        table.row(&Row {
            what: &format!("{what}, p50 / one hash, 1 connection"),
            bare: Some(p50(&one)),
            ours: p50(ours),
            unit: "ms",
            goal: Goal::Most(1.05 * p50(&one) + 3.0),
        });
    }
    for (what, ours) in [("POST a new password", &finish), ("POST a sign-in that fails", &sign_in)] {
        table.row(&Row {
            what: &format!("{what} / two hashing threads, 8 connections"),
            bare: Some(rate(&two)),
            ours: rate(ours),
            unit: "/s",
            goal: Goal::OfBare(0.95),
        });
    }
}

async fn new_passwords(world: &World, count: usize, connections: usize) -> Stretch {
    let prepared = world.attempts(At::NewPassword, count).await;
    let request = |p: super::world::Prepared| {
        let password = format!("brisk otter {} lantern", world.number());
        let fields = [
            ("form_token", p.form_token.as_str()),
            ("new_password", &password),
            ("confirm_password", &password),
        ];
        post("/reset/new-password", &p.cookies, world.number(), &fields)
    };
    let requests = prepared.into_iter().map(request).collect();
    let stretch = each_once(world.ours.address, connections, requests, 303).await;
    world.settle().await;
    stretch
}

/// Sign-ins of people who are there, with a wrong password.
pub async fn sign_ins(world: &World, count: usize, connections: usize) -> Stretch {
    let requests = sign_in_requests(world, count).await;
    each_once(world.ours.address, connections, requests, 422).await
}

/// The requests of those.
pub async fn sign_in_requests(world: &World, count: usize) -> Vec<Vec<u8>> {
    let (cookies, token) = world.form("/sign-in").await;
    (0..count)
        .map(|_| {
            let user = world.able();
            let fields =
                [("form_token", token.as_str()), ("user_id", &user), ("password", "not this one, surely")];
            post("/sign-in", &cookies, world.number(), &fields)
        })
        .collect()
}
