//! A solution counts once, for one visitor, one form and ten minutes.

use super::*;
use crate::support::{
    crowd::{RESET, cookie_given, cookies_given},
    walk::JOHN,
};

const ALWAYS_QUIET: [(&str, &str); 3] =
    [PROOF, ("SSPR_CAPTCHA__CHARACTERS_AFTER", "1000"), ("SSPR_CAPTCHA__HARDER_AFTER", "1000")];
const OTHER: &str = "globaladmin@contoso.com";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-68, V-36
async fn what_the_browser_finds_starts_one_reset_also_when_it_is_sent_to_two_nodes_at_once() {
    let world = World::with(&ALWAYS_QUIET).await;
    let nodes = [world.node_without_workers().await, world.node_without_workers().await];
    let visitor = Visitor::at(&nodes[0], RESET_PAGE, "192.0.2.1").await;
    // Solved as a browser does it, number by number.
    let page = visitor.client.get(RESET_PAGE).await.body;
    assert!(is_alone(&page));
    let challenge: altcha::Challenge = serde_json::from_str(&challenge_on(&page)).unwrap();
    let mut options = SolveChallengeOptions::new(&challenge);
    options.timeout_ms = 0;
    let solution = solve_challenge(options).unwrap().unwrap();
    let proof = serde_json::to_string(&Payload { challenge, solution }).unwrap();
    let hands: Vec<Client> = (0..10).map(|_| visitor.client.twin()).collect();
    let fields = [("user_id", JOHN), ("proof", proof.as_str()), ("captcha", "")];
    let sends = hands.iter().enumerate().map(|(n, hand)| {
        hand.go_to(&nodes[n % 2].url);
        visitor.form.send(hand, &fields)
    });
    let mut answers = Vec::new();
    for answer in futures_util::future::join_all(sends).await {
        assert_eq!(to(&answer), STARTED, "{answer:?}");
        answers.push(answer);
    }
    let hands: Vec<_> = hands.into_iter().zip(answers).collect();
    assert_eq!(cookies_given(&hands, RESET).len(), 1, "a double click has one answer");
    assert_eq!(starts(&world).await, 1);
    assert_eq!(world.count("select count(*) from outbox").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-68
async fn of_one_solution_sent_for_many_people_at_once_one_counts() {
    let world = World::with(&ALWAYS_QUIET).await;
    let nodes = [world.node_without_workers().await, world.node_without_workers().await];
    let visitor = Visitor::at(&nodes[0], RESET_PAGE, "192.0.2.1").await;
    let proof = visitor.proof(false);
    let hands: Vec<Client> = (0..8).map(|_| visitor.client.twin()).collect();
    let names: Vec<String> = (0..8).map(|n| format!("person{n}@contoso.com")).collect();
    for (n, hand) in hands.iter().enumerate() {
        hand.go_to(&nodes[n % 2].url);
    }
    let sends = hands.iter().zip(&names).map(|(hand, name)| {
        let (form, proof) = (&visitor.form, proof.as_str());
        async move { form.send(hand, &[("user_id", name), ("proof", proof)]).await }
    });
    let answers = futures_util::future::join_all(sends).await;
    let started = answers.iter().filter(|answer| to(answer) == STARTED).count();
    let refused = answers.iter().filter(|answer| answer.status == 422).count();
    assert_eq!((started, refused), (1, 7), "{answers:?}");
    assert_eq!(starts(&world).await, 1);
}

fn refused(what: &str, answer: &Answer, because: &str) {
    assert_eq!(answer.status, 422, "{what}: {answer:?}");
    assert!(answer.body.contains(because), "{what}: {}", answer.body);
    assert!(!is_alone(&answer.body), "{what}: the characters are hidden");
    assert!(answer.body.contains(&format!("value=\"{JOHN}\"")), "{what}: the user ID is lost");
    assert_eq!(cookie_given(answer, RESET), None, "{what}");
}

#[tokio::test] // V-68
async fn a_solution_is_worth_nothing_again_for_others_on_the_other_form_altered_or_too_late() {
    let world = World::with(&ALWAYS_QUIET).await;
    let node = world.node_without_workers().await;
    let at = async |page| Visitor::at(&node, page, "192.0.2.1").await;
    let late = "too old or was used already";

    let first = at(RESET_PAGE).await;
    let proof = first.proof(false);
    assert_eq!(
        to(&first.form.send(&first.client.twin(), &[("user_id", OTHER), ("proof", &proof)]).await),
        STARTED
    );
    refused("again, for someone else", &first.send(JOHN, &proof, "").await, late);

    let other = at(RESET_PAGE).await;
    refused("another session", &other.send(JOHN, &first.proof(false), "").await, late);
    let contact = at(CONTACT_PAGE).await;
    let reset = forged(&contact.cookie(), Purpose::Reset, false, soon());
    refused("the other form", &contact.send(JOHN, &reset, "").await, late);
    let past = sspr::clock::now() - Duration::seconds(1);
    let old = forged(&other.cookie(), Purpose::Reset, false, past);
    refused("expired", &other.send(JOHN, &old, "").await, late);
    let end = |at: OffsetDateTime| format!("\"expiresAt\":{}", at.unix_timestamp());
    let altered = old.replace(&end(past), &end(soon()));
    assert_ne!(altered, old);
    refused("with a later end", &other.send(JOHN, &altered, "").await, late);
    refused("garbage", &other.send(JOHN, "{}", "").await, late);
    refused("nothing", &other.send(JOHN, "", "").await, "Enter the characters");

    // A wrong solution uses the challenge up: the right one comes too late.
    let right = other.proof(false);
    let mut wrong: serde_json::Value = serde_json::from_str(&right).unwrap();
    wrong["solution"]["derivedKey"] = "00".into();
    refused("wrong", &other.send(JOHN, &wrong.to_string(), "").await, late);
    refused("after a wrong one", &other.send(JOHN, &right, "").await, late);

    assert_eq!(starts(&world).await, 1);
    assert_eq!(world.count("select count(*) from contact_intake").await, 0);
    // Whose proof failed goes on with the characters of the same page, and on the other form with a proof of its own.
    assert_eq!(to(&other.send(JOHN, "{}", &other.characters()).await), STARTED);
    let sent = contact.send(JOHN, &contact.proof(false), "").await;
    assert_eq!(to(&sent), (303, "/contact-administrator/sent"));
}

#[tokio::test] // V-26
async fn wrong_solutions_count_against_the_network() {
    let world = World::with(&[PROOF, ("SSPR_BUDGETS__STARTS_PER_NETWORK_PER_HOUR", "3")]).await;
    let node = world.node_without_workers().await;
    for n in 0..4 {
        let visitor = Visitor::at(&node, RESET_PAGE, "192.0.2.1").await;
        let answer = visitor.send(JOHN, "{}", "").await;
        assert_eq!(answer.status.as_u16(), if n < 3 { 422 } else { 429 }, "{n}");
    }
    let visitor = Visitor::at(&node, RESET_PAGE, "192.0.2.1").await;
    assert_eq!(visitor.send(JOHN, &visitor.proof(true), &visitor.characters()).await.status, 429);
    assert_eq!(starts(&world).await, 0);
}

#[tokio::test]
async fn without_the_store_of_spent_challenges_or_of_budgets_nothing_starts() {
    let world = World::with(&[PROOF]).await;
    let node = world.node_without_workers().await;
    let visitor = Visitor::at(&node, RESET_PAGE, "192.0.2.1").await;
    for (away, back) in [
        ("alter table spent_challenges rename to away", "alter table away rename to spent_challenges"),
        ("alter table budgets rename to away", "alter table away rename to budgets"),
    ] {
        world.execute(away).await;
        let answer = visitor.send(JOHN, &visitor.proof(false), "").await;
        assert!(answer.status.is_server_error(), "{away}: {answer:?}");
        assert_eq!(cookie_given(&answer, RESET), None);
        world.execute(back).await;
        assert_eq!(starts(&world).await, 0, "{away}");
    }
    assert_eq!(to(&visitor.send(JOHN, &visitor.proof(false), "").await), STARTED);
}
