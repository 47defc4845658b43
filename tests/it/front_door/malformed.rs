//! Two thousand requests that no browser sends; the benchmark sends a hundred thousand (`cargo bench -- --only malformed`).

use std::{collections::BTreeMap, sync::Arc};

use super::host;
use crate::support::{
    app::{Node, World},
    client::Client,
    malformed::{CLASSES, Malformed, Ready, send},
};

/// Strangers, visitors with form tokens, and a global administrator: behind the door there is more to stumble over.
async fn ready(world: &World, node: &Node) -> Vec<Ready> {
    let mut all = vec![Ready::default()];
    for signed_in in [false, true] {
        let client = Client::new(&node.url);
        let pages: &[&str] = if signed_in {
            let who = "globaladmin@contoso.com";
            let typed = [("user_id", who), ("password", &*world.first_password(who))];
            assert_eq!(client.submit("/sign-in", "/sign-in", &typed).await.status, 303);
            &["/account", "/portal/users/new"]
        } else {
            &["/sign-in", "/reset", "/contact-administrator"]
        };
        let mut tokens = Vec::new();
        for page in pages {
            let body = client.get(page).await.body;
            let (_, rest) = body.split_once("name=\"form_token\" value=\"").unwrap();
            tokens.push(rest.split('"').next().unwrap().to_owned());
        }
        let cookies: Vec<String> =
            client.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        all.push(Ready { cookies: cookies.join("; "), tokens });
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-58, V-67
async fn two_thousand_malformed_requests_are_no_fault_of_ours() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut generator = Malformed::new(5, host(&node), ready(&world, &node).await);
    let all: Vec<_> = (0..2000).map(|_| generator.wrong()).collect();
    for (class, _) in CLASSES {
        assert!(all.iter().filter(|wrong| wrong.class == class).count() > 50, "too few of: {class}");
    }
    let address = host(&node).parse().unwrap();
    let all = Arc::new(all);
    let hands = (0..8).map(|hand| {
        let all = all.clone();
        tokio::spawn(async move {
            let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
            for wrong in all.iter().skip(hand).step_by(8) {
                for status in send(address, wrong).await {
                    let text =
                        String::from_utf8_lossy(&wrong.bytes[..wrong.bytes.len().min(500)]).into_owned();
                    assert!(status < 500, "{}: {status} for {text}", wrong.class);
                    *statuses.entry(status).or_default() += 1;
                }
            }
            statuses
        })
    });
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for hand in hands.collect::<Vec<_>>() {
        for (status, count) in hand.await.unwrap() {
            *statuses.entry(status).or_default() += count;
        }
    }
    // They got further in than the door, in many ways.
    for status in [200, 303, 400, 403, 404, 405, 413, 414, 415, 421, 431] {
        assert!(statuses.contains_key(&status), "no answer was {status}: {statuses:?}");
    }
    assert_eq!(Client::new(&node.url).get("/sign-in").await.status, 200);
}
