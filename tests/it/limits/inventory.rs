//! Every endpoint that checks a secret is limited (V-32, V-33): the inventory, held against the server's own routes.

use super::*;
use crate::support::{
    office::Office,
    routes,
    walk::{JOHN, NEW},
};

/// How guessing at a route ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guessing {
    /// It checks no secret, or only the cookie of a browser session (128 bits or more) and the token of a form.
    Nothing,
    /// The budget of wrong links of the network.
    Links,
    /// The budgets of failed sign-ins, of the account from the network and of the network; and a hundred in a row.
    Passwords,
    /// Five an attempt, fifteen a day, a hundred in a row: `wizard_limits`, `in_a_row`.
    Codes,
    /// A wrong answer to a challenge spends a start of the network, and the challenge: `wizard_limits`.
    Challenges,
    /// The own password once more, in the form: counted like sign-ins.
    OwnPassword,
    /// A provider's signature: nothing is kept of a forged one, and one line a minute and network is written.
    Signature,
}

use Guessing::{Challenges, Codes, Links, OwnPassword, Passwords, Signature};

/// What is not here checks nothing.
const INVENTORY: &[(&str, Guessing)] = &[
    ("/sign-in", Passwords),
    ("/account/password", Passwords),
    ("/reset/verify-user", Challenges),
    ("/contact-administrator", Challenges),
    ("/reset/email-link/{token}", Links),
    ("/reset/email-link", Links),
    ("/not-me/{token}", Links),
    ("/set-password/{token}", Links),
    ("/confirm-contact/{token}", Links),
    ("/reset/security-code", Codes),
    ("/hooks/sms/{provider}", Signature),
    ("/portal/users/new", OwnPassword),
    ("/portal/users/{id}", OwnPassword),
    ("/portal/users/{id}/block", OwnPassword),
    ("/portal/users/{id}/unblock", OwnPassword),
    ("/portal/users/{id}/delete", OwnPassword),
    ("/portal/users/{id}/lift-limits", OwnPassword),
    ("/portal/users/{id}/reset-password", OwnPassword),
    ("/portal/users/reset-passwords", OwnPassword),
    ("/portal/company", OwnPassword),
];

fn guessing(path: &str) -> Guessing {
    INVENTORY.iter().find(|(known, _)| *known == path).map_or(Guessing::Nothing, |(_, how)| *how)
}

#[test] // V-32, V-33
fn whatever_reads_a_token_a_password_or_a_code_stands_in_the_inventory() {
    let routes = routes::all();
    for (path, _) in INVENTORY {
        assert!(routes.iter().any(|route| route.path == *path), "{path} is no route any more");
    }
    for route in &routes {
        if route.path.contains("{token}") {
            assert_eq!(guessing(&route.path), Links, "{}", route.path);
        }
    }
    // Whoever calls what compares a secret: a file more is a place more in the inventory.
    let of = |what: &str| -> Vec<String> {
        let mut found = Vec::new();
        for (file, source) in crate::architecture::sources() {
            if source.contains(what) {
                found.push(file);
            }
        }
        found.sort();
        found
    };
    assert_eq!(of("sign_in::begin("), ["web/one_try.rs"]);
    assert_eq!(
        of("one_try::begin("),
        ["portal/account_password.rs", "portal/sign_in.rs", "web/recent_proof.rs"]
    );
    assert_eq!(of("code_is_right("), ["domain/secret/code.rs", "wizard/step4_security_code.rs"]);
    assert_eq!(of(".is_of(key"), ["web/link.rs"]);
    assert_eq!(
        of("link::open("),
        ["portal/confirm_contact.rs", "portal/set_password.rs", "wizard/not_me.rs", "wizard/opened_link.rs"]
    );
}

#[tokio::test] // V-32: at the limit, one before and one behind it
async fn links_that_open_nothing_are_limited_at_each_page_and_only_for_that_network() {
    let world = World::with(&[BEHIND_A_PROXY, ("SSPR_BUDGETS__WRONG_LINKS_PER_NETWORK_PER_HOUR", "5")]).await;
    let nodes = [world.node().await, world.node().await];
    let walk = walk_from(&world, &nodes[0], "192.0.2.7");
    walk.start(JOHN).await;
    let right = walk.link().await;
    let of_links = routes::all().into_iter().filter(|route| guessing(&route.path) == Links);
    let mut walked = 0;
    for (place, route) in of_links.enumerate() {
        let address = format!("203.0.113.{place}");
        let (client, other) = (from(&nodes[0], &address), from(&nodes[1], &address));
        // Cut off, made up, and well made of another key: one count.
        let tokens = ["x".to_owned(), "A".repeat(64), "-_".repeat(32)];
        let hidden = client.get("/reset").await.hidden_fields("/reset").unwrap();
        let anyone = client.get("/contact-administrator").await;
        let anyone = anyone.hidden_fields("/contact-administrator").unwrap();
        for n in 0..8 {
            let token = tokens[n % 3].as_str();
            let client = if n % 2 == 0 || !route.get { &client } else { &other };
            let answer = if route.get {
                client.get(&route.with(token)).await
            } else {
                client.post_form(&route.path, hidden.clone(), &[("token", token)]).await
            };
            assert_eq!(answer.status == 429, n >= 5, "{route:?} {n}: {answer:?}");
            if n >= 5 {
                assert!(
                    answer.header("retry-after").is_some() && answer.body.contains("<time"),
                    "{}",
                    answer.body
                );
            }
        }
        if route.get && route.post {
            let answer = client.post_form(&route.with("x"), anyone, &[]).await;
            assert!([429, 403].contains(&answer.status.as_u16()), "{route:?}: {answer:?}");
        }
        // The right one opens: whoever made a browser try wrong ones has closed nothing.
        assert_eq!(client.get(&right).await.status, 200, "{route:?}");
        walked += 1;
    }
    assert_eq!(walked, 5);
    // A right link costs nothing, however often a scanner opens it.
    for _ in 0..20 {
        assert_eq!(walk.client.get(&right).await.status, 200);
    }
    assert_eq!(world.spent("wrong-link/network/192.0.2.7").await, 0);
    // One event a network and minute stands for all.
    assert_eq!(
        world
            .count("select count(*) from audit_events where event = 'throttled' and details->>'at' = 'link'")
            .await,
        5
    );
    world.execute("update budgets set hits = array(select h - interval '1 hour' from unnest(hits) h)").await;
    assert_eq!(from(&nodes[0], "203.0.113.0").get(&right).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-32, V-25
async fn of_two_hundred_made_up_links_at_once_the_budget_is_exact() {
    let world = World::with(&[("SSPR_BUDGETS__WRONG_LINKS_PER_NETWORK_PER_HOUR", "60")]).await;
    let nodes = [world.node().await, world.node().await];
    let clients = nodes.each_ref().map(|node| Client::new(&node.url));
    let path = format!("/set-password/{}", "A".repeat(64));
    let answers = futures_util::future::join_all((0..200).map(|n| clients[n % 2].get(&path))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 410).count(), 60);
    assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 140);
}

#[tokio::test] // V-32
async fn the_own_password_asked_again_is_limited_like_sign_in_and_the_page_says_until_when() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, "globaladmin@contoso.com").await;
    office.grow_old().await;
    for n in 1..=12 {
        let answer = office.confirm(JOHN, "block", &[("your_password", "wrong")]).await;
        assert_eq!(answer.status, if n <= 10 { 422 } else { 429 }, "{n}");
        assert_eq!(answer.body.contains("<time"), n > 10, "{}", answer.body);
        // Whatever was counted: neither that it was requests, nor that it was this network.
        assert_eq!(answer.body.contains("There were too many tries"), n > 10, "{}", answer.body);
    }
    let fields = [("current_password", "wrong"), ("new_password", NEW), ("confirm_password", NEW)];
    let answer = office.client.submit("/account/password", "/account/password", &fields).await;
    assert_eq!(answer.status, 429, "one count for all of them");
    assert!(answer.header("retry-after").is_some());
    let at = "select count(*) from audit_events where event = 'throttled' and details->>'at' in ('your_password', 'own_password')";
    assert_eq!(world.count(at).await, 2);
}
