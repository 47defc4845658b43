//! A hundred thousand requests that no browser sends: no 5xx, no panic, and no memory that stays (V-58, V-59). A test of the suite sends two
//! thousand by the same generator.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use sspr::demo::people;

use super::{
    Effort,
    client::{Connection, get, post},
    malformed::{Malformed, Ready, send},
    table::{Goal, Row, Table},
    world::{Server, World},
};

/// Hands that send side by side.
const HANDS: u64 = 16;
const SIGNED_IN: &str = "globaladmin@contoso.com";

/// Prints the part.
pub async fn measure(world: &World, effort: &Effort, table: &mut Table) {
    let server = world.small().await;
    let ready = vec![Ready::default(), visitor(&server).await, signed_in(world, &server).await];
    let half = effort.malformed / 2;
    let log = world.folder.join("log");
    let begun = Instant::now();
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    let mut memory = Vec::new();
    for round in 0..2 {
        for (status, count) in storm(&server, &ready, round, half).await {
            *statuses.entry(status).or_default() += count;
        }
        memory.push(server.memory());
    }
    let log = std::fs::read_to_string(&log).unwrap();
    let panics = log.lines().filter(|line| line.contains("panicked")).count();
    assert_eq!(panics, 0, "a panic: see the log");
    let alive = Connection::open(server.address).await.exchange(&get("/sign-in", "")).await;
    assert_eq!(alive, 200);
    table.row(&Row {
        what: &format!("memory after {half} malformed requests / after {}", 2 * half),
        bare: Some(memory[0]),
        ours: memory[1],
        unit: "MiB",
        goal: Goal::Most(memory[0] + 4.0),
    });
    table.row(&Row {
        what: &format!("5xx and panics among {} answers to them", statuses.values().sum::<usize>()),
        bare: None,
        ours: 0.0,
        unit: "",
        goal: Goal::Most(0.0),
    });
    Table::note(&format!("{:.0} s; answers by status: {statuses:?}", begun.elapsed().as_secs_f64()));
}

/// Sends them; a 5xx ends the run with the request that it was the answer to.
async fn storm(server: &Server, ready: &[Ready], round: u64, count: usize) -> BTreeMap<u16, usize> {
    let ready = Arc::new(ready.to_vec());
    let mut hands = tokio::task::JoinSet::new();
    for hand in 0..HANDS {
        let (address, ready) = (server.address, ready.clone());
        hands.spawn(async move {
            let mut generator = Malformed::new(round * HANDS + hand, "127.0.0.1", ready.to_vec());
            let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
            for _ in 0..count / usize::try_from(HANDS).unwrap() {
                let wrong = generator.wrong();
                for status in send(address, &wrong).await {
                    let text = String::from_utf8_lossy(&wrong.bytes[..wrong.bytes.len().min(1000)]);
                    assert!(status < 500, "{}: {status} for {text:?}", wrong.class);
                    *statuses.entry(status).or_default() += 1;
                }
            }
            statuses
        });
    }
    let mut all: BTreeMap<u16, usize> = BTreeMap::new();
    for (status, count) in hands.join_all().await.into_iter().flatten() {
        *all.entry(status).or_default() += count;
    }
    all
}

async fn visitor(server: &Server) -> Ready {
    let mut connection = Connection::open(server.address).await;
    let first = connection.ask(&get("/sign-in", "")).await;
    let cookies = format!("sspr-visitor={}", first.cookie("sspr-visitor").unwrap());
    let mut tokens = Vec::new();
    for page in ["/sign-in", "/reset", "/contact-administrator"] {
        let page = connection.ask(&get(page, &cookies)).await;
        tokens.push(page.hidden("form_token").unwrap().to_owned());
    }
    Ready { cookies, tokens }
}

/// A global administrator: behind the door there is more to stumble over.
async fn signed_in(world: &World, server: &Server) -> Ready {
    let mut visitor = visitor(server).await;
    let password = people::first_password(&world.key, SIGNED_IN);
    let fields =
        [("form_token", visitor.tokens[0].as_str()), ("user_id", SIGNED_IN), ("password", &password)];
    let mut connection = Connection::open(server.address).await;
    let answer = connection.ask(&post("/sign-in", &visitor.cookies, world.number(), &fields)).await;
    visitor.cookies = format!("{}; sspr-account={}", visitor.cookies, answer.cookie("sspr-account").unwrap());
    let page = connection.ask(&get("/account", &visitor.cookies)).await;
    Ready { tokens: vec![page.hidden("form_token").unwrap().to_owned()], ..visitor }
}
