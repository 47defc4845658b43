//! The characters for verification, the way without them, and that nothing here locks sign-in.

use super::*;

const CHARACTERS: (&str, &str) = ("SSPR_CAPTCHA__KIND", "characters");

fn captcha_mac(label: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let key = Key::new(KEY.to_vec()).unwrap().derive("captcha");
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_slice()).unwrap();
    mac.update(label);
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// What a person would read off the picture.
fn read_picture(id: &str, visitor: &str) -> String {
    let nonce = &URL_SAFE_NO_PAD.decode(id).unwrap()[..12];
    (0u32..)
        .flat_map(|block| {
            captcha_mac(b"sspr captcha answer 1\0", &[&block.to_be_bytes(), nonce, visitor.as_bytes()])
        })
        .filter(|byte| *byte < 240)
        .map(|byte| char::from(sspr::captcha::ALPHABET[usize::from(byte) % 20]))
        .take(6)
        .collect()
}

/// The same challenge with its end in the past, signed as the service signs.
fn expired(id: &str, visitor: &str) -> String {
    let mut bytes = URL_SAFE_NO_PAD.decode(id).unwrap();
    let past = u32::try_from((sspr::clock::now() - time::Duration::seconds(1)).unix_timestamp()).unwrap();
    bytes[12..16].copy_from_slice(&past.to_be_bytes());
    let tag = captcha_mac(b"sspr captcha challenge 1\0", &[&bytes[..16], visitor.as_bytes()]);
    bytes[16..].copy_from_slice(&tag[..16]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The form of step 2 with its challenge, and what its picture shows.
async fn puzzle(walk: &Walk<'_>) -> (crate::support::crowd::Form, String) {
    walk.client.submit("/reset", "/reset", &[("option", "forgot_password")]).await;
    let page = form(&walk.client, "/reset/verify-user", "/reset/verify-user").await;
    let (_, id) = page.hidden.iter().find(|(name, _)| name == "captcha_id").unwrap();
    let answer = read_picture(id, &walk.client.cookies()["sspr-visitor"]);
    (page, answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-68
async fn a_solved_challenge_starts_one_reset_and_a_double_click_gets_the_answer_of_the_first() {
    let world = World::with(&[CHARACTERS]).await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    let (page, answer) = puzzle(&walk).await;
    let hands = page
        .crowd(&walk.client, 10, |_| vec![("user_id", JOHN.to_owned()), ("captcha", answer.to_lowercase())])
        .await;
    for (hand, answer) in &hands {
        assert_eq!(to(answer), (303, "/reset/check-email"), "{answer:?}");
        assert_eq!(hand.get("/reset/check-email").await.status, 200);
    }
    assert_eq!(cookies_given(&hands, RESET).len(), 1);
    assert_eq!(world.count("select count(*) from reset_attempts").await, 1);
    assert_eq!(world.count("select count(*) from outbox").await, 1);
    // The first answer was lost: the same once more, and the link opens in this browser.
    let fields = [("user_id", JOHN), ("captcha", answer.as_str())];
    assert_eq!(to(&page.send(&walk.client, &fields).await), (303, "/reset/check-email"));
    assert_eq!(to(&walk.open_link(&walk.link().await).await), (303, "/reset/security-code"));
    assert_eq!(world.count("select count(*) from reset_attempts").await, 1);
}

#[tokio::test] // V-68
async fn a_solution_is_worth_nothing_a_second_time_for_others_elsewhere_or_too_late() {
    let world = World::with(&[CHARACTERS]).await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    let (page, answer) = puzzle(&walk).await;
    let first = page.send(&walk.client.twin(), &[("user_id", JOHN), ("captcha", &answer)]).await;
    assert_eq!(to(&first), (303, "/reset/check-email"));
    let refused = |what: &'static str, answer: Answer| {
        assert_eq!(answer.status, 422, "{what}: {answer:?}");
        assert!(answer.body.contains("did not match"), "{what}");
        assert_eq!(cookie_given(&answer, RESET), None, "{what}");
    };
    // For someone else.
    let other =
        page.send(&walk.client, &[("user_id", "globaladmin@contoso.com"), ("captcha", &answer)]).await;
    refused("another user ID", other);
    // After the minute of a double click.
    world.turn_back(61).await;
    refused("later", page.send(&walk.client, &[("user_id", JOHN), ("captcha", &answer)]).await);
    // On "Contact your administrator".
    let contact = form(&walk.client, "/contact-administrator", "/contact-administrator").await;
    let mut spliced = contact.clone();
    spliced.hidden.retain(|(name, _)| name != "captcha_id");
    spliced.hidden.extend(page.hidden.iter().find(|(name, _)| name == "captcha_id").cloned());
    refused(
        "on the other form",
        spliced.send(&walk.client, &[("user_id", JOHN), ("captcha", &answer)]).await,
    );
    // In another browser, with a form token of its own.
    let (fresh, solution) = puzzle(&walk).await;
    let stranger = Walk::new(&world, &node);
    let (mut theirs, _) = puzzle(&stranger).await;
    theirs.hidden.retain(|(name, _)| name != "captcha_id");
    theirs.hidden.extend(fresh.hidden.iter().find(|(name, _)| name == "captcha_id").cloned());
    refused(
        "another visitor",
        theirs.send(&stranger.client, &[("user_id", JOHN), ("captcha", &solution)]).await,
    );
    // Expired, though signed.
    let mut old = fresh.clone();
    let visitor = walk.client.cookies()["sspr-visitor"].clone();
    for (name, value) in &mut old.hidden {
        if name == "captcha_id" {
            *value = expired(value, &visitor);
        }
    }
    refused("expired", old.send(&walk.client, &[("user_id", JOHN), ("captcha", &solution)]).await);
    // A wrong answer spends the challenge: the right one comes too late.
    refused("wrong", fresh.send(&walk.client, &[("user_id", JOHN), ("captcha", "222222")]).await);
    refused(
        "after a wrong one",
        fresh.send(&walk.client, &[("user_id", JOHN), ("captcha", &solution)]).await,
    );
    assert_eq!(world.count("select count(*) from reset_attempts").await, 1);
    assert_eq!(world.count("select count(*) from contact_intake").await, 0);
}

#[tokio::test]
async fn wrong_characters_count_against_the_network() {
    let world = World::with(&[CHARACTERS, ("SSPR_BUDGETS__STARTS_PER_NETWORK_PER_HOUR", "3")]).await;
    let node = world.node_without_workers().await;
    for n in 0..4 {
        let walk = Walk::new(&world, &node);
        let (page, _) = puzzle(&walk).await;
        let answer = page.send(&walk.client, &[("user_id", JOHN), ("captcha", "222222")]).await;
        assert_eq!(answer.status.as_u16(), if n < 3 { 422 } else { 429 }, "{n}");
        if n < 3 {
            assert!(answer.body.contains(JOHN), "the user ID is kept");
        }
    }
    let walk = Walk::new(&world, &node);
    let (page, answer) = puzzle(&walk).await;
    assert_eq!(page.send(&walk.client, &[("user_id", JOHN), ("captcha", &answer)]).await.status, 429);
    assert!(walk.signs_in(JOHN, &world.first_password(JOHN)).await);
}

#[tokio::test]
async fn without_a_puzzle_a_network_starts_twice_an_hour_and_the_message_waits_a_minute() {
    let world = World::with(&[
        CHARACTERS,
        BEHIND_A_PROXY,
        ("SSPR_BUDGETS__WITHOUT_PUZZLE_PER_COMPANY_PER_HOUR", "3"),
    ])
    .await;
    let node = world.node().await;
    let fields = [("user_id", JOHN), ("captcha", ""), ("without_puzzle", "1")];
    let start = async |address: &str| {
        let walk = from(&world, &node, address);
        let (page, _) = puzzle(&walk).await;
        let answer = page.send(&walk.client, &fields).await;
        (walk, answer)
    };
    let (walk, first) = start("192.0.2.1").await;
    assert_eq!(to(&first), (303, "/reset/check-email"));
    let (_, page) = walk.client.open("/reset/check-email").await;
    assert!(page.body.contains("You continued without the characters"), "{}", page.body);
    let waits =
        "select count(*) from outbox where run_at - created_at = interval '60 seconds' and state = 'queued'";
    assert_eq!(world.count(waits).await, 1);
    assert_eq!(to(&start("192.0.2.1").await.1), (303, "/reset/check-email"));
    let (_, third) = start("192.0.2.1").await;
    assert_eq!(third.status, 422);
    assert!(
        third.body.contains("Nobody can continue without the characters before")
            && third.body.contains("<time")
    );
    // Another network may, until the company's own budget is used up; other companies have theirs.
    assert_eq!(to(&start("192.0.2.2").await.1), (303, "/reset/check-email"));
    assert_eq!(start("192.0.2.3").await.1.status, 422);
    assert!(world.mail.sent().is_empty(), "a message left before its minute");
    world.turn_back(61).await;
    assert_eq!(world.mail_to(JOHN_MAIL).await.to, JOHN_MAIL);
    // With characters everything goes on as ever.
    let walk = from(&world, &node, "192.0.2.1");
    let (page, answer) = puzzle(&walk).await;
    assert_eq!(
        to(&page.send(&walk.client, &[("user_id", JOHN), ("captcha", &answer)]).await),
        (303, "/reset/check-email")
    );
}

#[tokio::test] // V-61, V-26
async fn nobody_can_lock_another_out_of_sign_in() {
    let world = World::with(&[BEHIND_A_PROXY]).await;
    let node = world.node().await;
    let password = world.first_password(JOHN);
    let thief = from(&world, &node, "192.0.2.66");
    for n in 0..11 {
        let fields = [("user_id", JOHN), ("password", "not the right password")];
        let answer = thief.client.submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!(answer.status.as_u16(), if n < 10 { 422 } else { 429 }, "{n}");
    }
    // Held up in the thief's network only, and there also with the right password.
    let fields = [("user_id", JOHN), ("password", password.as_str())];
    assert_eq!(thief.client.submit("/sign-in", "/sign-in", &fields).await.status, 429);
    let john = from(&world, &node, "198.51.100.7");
    assert_eq!(to(&john.client.submit("/sign-in", "/sign-in", &fields).await), (303, "/"));
    // A reset clears it everywhere.
    john.up_to_password().await;
    john.set_password(NEW).await;
    let fields = [("user_id", JOHN), ("password", NEW)];
    assert_eq!(to(&thief.client.submit("/sign-in", "/sign-in", &fields).await), (303, "/"));
}
