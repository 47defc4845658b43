//! Quiet networks see the least: what is asked for follows the network, and is judged when the form is sent.

use super::*;
use crate::support::walk::JOHN;

/// Busy after two, crowded after four.
const LEVELS: [(&str, &str); 6] = [
    PROOF,
    BEHIND_A_PROXY,
    ("SSPR_CAPTCHA__CHARACTERS_AFTER", "2"),
    ("SSPR_CAPTCHA__HARDER_AFTER", "4"),
    ("SSPR_BUDGETS__STARTS_PER_NETWORK_PER_HOUR", "8"),
    ("SSPR_BUDGETS__STARTS_PER_ACCOUNT_AND_NETWORK_PER_DAY", "1000"),
];
const HERE: &str = "192.0.2.1";
const CHARACTERS_NEEDED: &str = "so the characters are needed as well";
const MORE_NEEDED: &str = "a longer calculation";

#[tokio::test] // 2.4.1, R-23
async fn a_network_is_asked_for_more_the_more_it_did_and_for_the_least_an_hour_later() {
    let world = World::with(&LEVELS).await;
    let node = world.node_without_workers().await;
    let here = async || Visitor::at(&node, RESET_PAGE, HERE).await;
    let page = async |visitor: &Visitor| visitor.client.get(RESET_PAGE).await.body;

    // Quiet: what the browser computed is enough. These two pages are of that time.
    let (quiet, crowded_by_then) = (here().await, here().await);
    for n in 0..2 {
        let visitor = here().await;
        assert!(is_alone(&page(&visitor).await), "{n}");
        assert_eq!(to(&visitor.send(JOHN, &visitor.proof(false), "").await), STARTED, "{n}");
    }
    // Busy: not any more, also from a page of the quiet time, however hard the proof is.
    let answer = quiet.send(JOHN, &quiet.proof(true), "").await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains(CHARACTERS_NEEDED) && answer.body.contains(JOHN), "{}", answer.body);
    assert!(!is_alone(&answer.body));
    let visitor = here().await;
    assert!(!is_alone(&page(&visitor).await));
    // With characters: with the proof beside them or, without script, alone.
    assert_eq!(to(&visitor.send(JOHN, "", &visitor.characters()).await), STARTED);
    // Crowded, by the four so far: characters alone are not enough, nor with a proof of a quieter time.
    for proof in [String::new(), crowded_by_then.proof(false)] {
        let answer = crowded_by_then.send(JOHN, &proof, &crowded_by_then.characters()).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains(MORE_NEEDED) && answer.body.contains(JOHN), "{}", answer.body);
    }
    let visitor = here().await;
    let easy: serde_json::Value =
        serde_json::from_str(&challenge_on(&page(&quiet_elsewhere(&node).await).await)).unwrap();
    let hard: serde_json::Value = serde_json::from_str(&challenge_on(&page(&visitor).await)).unwrap();
    assert_eq!(
        (&easy["parameters"]["data"], &hard["parameters"]["data"]["hard"]),
        (&serde_json::Value::Null, &true.into())
    );
    assert_eq!(to(&visitor.send(JOHN, &visitor.proof(true), &visitor.characters()).await), STARTED);
    // Without script and without a puzzle, as far as that goes.
    let visitor = here().await;
    let slow = visitor.form.send(&visitor.client, &[("user_id", JOHN), ("without_puzzle", "1")]).await;
    assert_eq!(to(&slow), STARTED);
    // Full: the time to wait, as ever.
    let visitor = here().await;
    let answer = visitor.send(JOHN, &visitor.proof(true), &visitor.characters()).await;
    assert_eq!(answer.status, 429, "{answer:?}");

    // Nobody elsewhere was asked for more; and an hour later nobody is here.
    let elsewhere = quiet_elsewhere(&node).await;
    assert_eq!(to(&elsewhere.send(JOHN, &elsewhere.proof(false), "").await), STARTED);
    world.execute("update budgets set hits = array(select h - interval '1 hour' from unnest(hits) h)").await;
    let visitor = here().await;
    assert!(is_alone(&page(&visitor).await));
    assert_eq!(to(&visitor.send(JOHN, &visitor.proof(false), "").await), STARTED);
}

async fn quiet_elsewhere(node: &Node) -> Visitor {
    Visitor::at(node, RESET_PAGE, "198.51.100.7").await
}

#[tokio::test] // 2.4.1
async fn contact_your_administrator_is_asked_for_as_much() {
    let world = World::with(&LEVELS).await;
    let node = world.node_without_workers().await;
    for n in 0..3 {
        let visitor = Visitor::at(&node, CONTACT_PAGE, HERE).await;
        let answer = visitor.send("user@contoso.com", &visitor.proof(false), "").await;
        if n < 2 {
            assert_eq!(to(&answer), (303, "/contact-administrator/sent"), "{n}");
        } else {
            assert_eq!(answer.status, 422);
            assert!(answer.body.contains(CHARACTERS_NEEDED), "{}", answer.body);
        }
    }
    let visitor = Visitor::at(&node, CONTACT_PAGE, HERE).await;
    let answer = visitor.send("user@contoso.com", "", &visitor.characters()).await;
    assert_eq!(to(&answer), (303, "/contact-administrator/sent"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-26, V-36
async fn of_many_at_the_same_moment_no_more_are_let_in_than_one_after_the_other() {
    let world = World::with(&LEVELS).await;
    let nodes = [world.node_without_workers().await, world.node_without_workers().await];
    let mut visitors = Vec::new();
    for n in 0..8 {
        visitors.push(Visitor::at(&nodes[n % 2], RESET_PAGE, HERE).await);
    }
    let sends = visitors.iter().map(async |visitor| visitor.send(JOHN, &visitor.proof(false), "").await);
    let answers = futures_util::future::join_all(sends).await;
    let started = answers.iter().filter(|answer| to(answer) == STARTED).count();
    assert_eq!(started, 2, "{answers:?}");
    assert_eq!(starts(&world).await, 2);
}

#[tokio::test] // V-68
async fn a_solution_that_was_not_enough_is_used_up() {
    let world = World::with(&LEVELS).await;
    let node = world.node_without_workers().await;
    for _ in 0..2 {
        let visitor = Visitor::at(&node, RESET_PAGE, HERE).await;
        assert_eq!(to(&visitor.send(JOHN, &visitor.proof(false), "").await), STARTED);
    }
    let visitor = Visitor::at(&node, RESET_PAGE, HERE).await;
    let proof = visitor.proof(false);
    assert_eq!(visitor.send(JOHN, &proof, "").await.status, 422);
    // From elsewhere, where it would be enough.
    visitor.client.header("x-forwarded-for", "198.51.100.7");
    let spent = visitor.send(JOHN, &proof, "").await;
    assert_eq!(spent.status, 422, "{spent:?}");
    assert_eq!(starts(&world).await, 2);
}

#[tokio::test] // V-68
async fn both_of_two_solutions_are_used_up() {
    let world = World::with(&[PROOF, BEHIND_A_PROXY, ("SSPR_CAPTCHA__CHARACTERS_AFTER", "0")]).await;
    let node = world.node_without_workers().await;
    let visitor = Visitor::at(&node, RESET_PAGE, HERE).await;
    let (proof, characters) = (visitor.proof(false), visitor.characters());
    assert_eq!(
        to(&visitor
            .form
            .send(&visitor.client.twin(), &[("user_id", JOHN), ("proof", &proof), ("captcha", &characters)])
            .await),
        STARTED
    );
    assert_eq!(world.count("select count(*) from spent_challenges").await, 2);
    // The proof with other characters, and the characters without the proof.
    let other = form(&visitor.client, RESET_PAGE, RESET_PAGE).await;
    let (_, id) = other.hidden.iter().find(|(name, _)| name == "captcha_id").unwrap();
    let fresh = read_picture(id, &visitor.cookie());
    let mut other = other.clone();
    other.hidden.retain(|(name, _)| name != "proof");
    let again = other
        .send(
            &visitor.client,
            &[("user_id", "globaladmin@contoso.com"), ("proof", &proof), ("captcha", &fresh)],
        )
        .await;
    assert_eq!(again.status, 422, "{again:?}");
    assert_eq!(visitor.send("globaladmin@contoso.com", "", &characters).await.status, 422);
    assert_eq!(starts(&world).await, 1);
}
