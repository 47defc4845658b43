//! Who wins when things happen at the same moment: one, with one effect; and what the others are told.

use std::collections::BTreeMap;

use sspr::{
    directory::hashing::{PasswordHash, Verdict},
    domain::{deed::Deed, limits::Network, secret::SessionId},
    random,
    store::{
        self, attempts,
        sessions::Sessions,
        sign_in::{self, Complete},
        tokens::NotMe,
        users,
    },
};
use tower_sessions::{SessionStore as _, session::Record};
use zeroize::Zeroizing;

use crate::support::{
    app::{Node, World},
    client::{Answer, Client},
    crowd::{ACCOUNT, Form, RESET, cookie_given, cookies_given, form},
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE, NEW, Walk},
};

fn to(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.location.as_deref().unwrap_or(""))
}

fn network() -> Network {
    Network::of("192.0.2.1".parse().unwrap())
}

/// A code that is not the right one.
fn not(code: &str) -> &'static str {
    if code == "00000000" { "00000001" } else { "00000000" }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-36
async fn of_fifty_right_codes_at_once_one_proves() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    let code = walk.code().await;
    let page = form(&walk.client, "/reset/security-code", "/reset/security-code").await;
    let hands = page.crowd(&walk.client, 50, |_| vec![("code", code.clone())]).await;

    assert_eq!(world.audited("code_proven").await, 1);
    assert_eq!(world.audited("code_wrong").await, 0);
    assert_eq!(world.count("select count(*) from reset_tokens where purpose = 'security_code' and consumed_at is not null").await, 1);
    assert_eq!(
        cookies_given(&hands, RESET).len(),
        1,
        "every winner and every repeat has the same new cookie"
    );
    for (_, answer) in &hands {
        // Beyond the five that are compared, a submit is only shown the way.
        assert!(matches!(to(answer), (303, "/reset/new-password" | "/reset/ended")), "{answer:?}");
    }
    let (winner, _) = hands.iter().find(|(_, answer)| cookie_given(answer, RESET).is_some()).unwrap();
    walk.client.set_cookies(winner.cookies());
    assert_eq!(walk.client.get("/reset/new-password").await.status, 200);
    assert_eq!(to(&walk.set_password(NEW).await), (303, "/reset/done"));
    // Success forgets the wrong codes, and repeats of the right one are none (N-12).
    assert_eq!(world.spent("wrong-code/").await, 0);
}

#[tokio::test]
async fn the_right_code_as_the_fifth_try_can_still_be_submitted_twice() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    let code = walk.code().await;
    for left in ["4", "3", "2", "1"] {
        let answer = walk.type_code(not(&code)).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains(left), "{}", answer.body);
    }
    let page = form(&walk.client, "/reset/security-code", "/reset/security-code").await;
    let lost = walk.client.twin();
    assert_eq!(to(&page.send(&lost, &[("code", &code)]).await), (303, "/reset/new-password"));
    assert_eq!(to(&page.send(&walk.client, &[("code", &code)]).await), (303, "/reset/new-password"));
    assert_eq!(walk.client.get("/reset/new-password").await.status, 200);
}

#[tokio::test] // V-25, V-50: the repeat is no second door for guesses.
async fn a_repeat_in_the_old_session_guesses_five_times_at_most_and_for_a_minute() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    let code = walk.code().await;
    let page = form(&walk.client, "/reset/security-code", "/reset/security-code").await;
    let thief = walk.client.twin();
    page.send(&walk.client, &[("code", &code)]).await;
    let guesses = page.crowd(&thief, 40, |_| vec![("code", not(&code).to_owned())]).await;
    assert_eq!(world.audited("code_wrong").await, 5);
    assert!(cookies_given(&guesses, RESET).is_empty());
    // The right one comes too late now.
    let answer = page.send(&thief, &[("code", &code)]).await;
    assert_eq!(cookie_given(&answer, RESET), None);
    // Whoever has the new session goes on undisturbed.
    assert_eq!(to(&walk.set_password(NEW).await), (303, "/reset/done"));

    let other = Walk::new(&world, &node);
    let code = other.again_up_to_code().await;
    let page = form(&other.client, "/reset/security-code", "/reset/security-code").await;
    let late = other.client.twin();
    page.send(&other.client, &[("code", &code)]).await;
    world.turn_back(61).await;
    assert_eq!(to(&page.send(&late, &[("code", &code)]).await), (303, "/reset"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // no 503 for whoever finishes while the browser beside starts again
async fn a_finish_and_a_start_that_replaces_another_attempt_do_not_wait_for_each_other() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    Walk::new(&world, &node).start(JOHN).await;
    // A second start in that other browser has taken its budgets, and goes on to the attempt that it replaces.
    let mut half = store::begin(&world.pool).await.unwrap();
    sqlx::query("update budgets set hits = hits || now() where starts_with(key, 'start/account/')")
        .execute(&mut *half)
        .await
        .unwrap();
    let goes_on = async {
        let waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
        while world.count(waiting).await == 0 {
            tokio::task::yield_now().await;
        }
        sqlx::query("update reset_attempts set ended_at = now(), end_reason = 'replaced' where email_proven_at is null")
            .execute(&mut *half)
            .await
            .unwrap();
        half.commit().await.unwrap();
    };
    let (answer, ()) = tokio::join!(walk.set_password(NEW), goes_on);
    assert_eq!(to(&answer), (303, "/reset/done"));
    assert_eq!(world.spent("start/account/").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-36, V-54
async fn of_fifty_posts_of_the_link_one_sends_one_sms() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    let link = walk.link().await;
    let page = form(&walk.client, &link, "/reset/email-link").await;
    // Held until many stand in front of the same row: then all of them go at once.
    let mut hold = store::begin(&world.pool).await.unwrap();
    sqlx::query("select from reset_attempts for update").execute(&mut *hold).await.unwrap();
    let release = async {
        let waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
        while world.count(waiting).await < 8 {
            tokio::task::yield_now().await;
        }
        hold.commit().await.unwrap();
    };
    let (hands, ()) = tokio::join!(page.crowd(&walk.client, 50, |_| Vec::new()), release);
    for (hand, answer) in &hands {
        assert_eq!(to(answer), (303, "/reset/security-code"), "{answer:?}");
        assert!(cookie_given(answer, RESET).is_some());
        assert_eq!(hand.get("/reset/security-code").await.status, 200);
    }
    assert_eq!(cookies_given(&hands, RESET).len(), 1);
    assert_eq!(world.audited("email_proven").await, 1);
    assert_eq!(world.count("select count(*) from outbox where channel = 'sms'").await, 1);
    assert_eq!(world.spent("sms/10-minutes/").await, 1);
    assert_eq!(world.spent("sms/day/").await, 1);
    walk.code().await;
    assert_eq!(world.sms.sent().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-36
async fn of_fifty_new_passwords_at_once_one_counts() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    let password = |n: usize| format!("{NEW} number {n:02}");
    let page = form(&walk.client, "/reset/new-password", "/reset/new-password").await;
    let hands = page
        .crowd(&walk.client, 50, |n| vec![("new_password", password(n)), ("confirm_password", password(n))])
        .await;

    let won: Vec<usize> = (0..50).filter(|n| to(&hands[*n].1) == (303, "/reset/done")).collect();
    let [winner] = won.as_slice() else { panic!("{won:?} won") };
    for (n, (_, answer)) in hands.iter().enumerate().filter(|(n, _)| n != winner) {
        match answer.status.as_u16() {
            409 => assert_eq!(answer.heading(), "This reset is finished", "{n}"),
            // All hashing threads busy for a second: nothing was done.
            503 => assert!(answer.header("retry-after").is_some(), "{n}"),
            _ => panic!("{n}: {answer:?}"),
        }
    }
    let stored: String = sqlx::query_scalar("select password_hash from users where user_id_normalised = $1")
        .bind(JOHN)
        .fetch_one(&world.pool)
        .await
        .unwrap();
    let stored = PasswordHash::from_stored(stored);
    for n in 0..50 {
        let right = node.app.hashing.verify(Zeroizing::new(password(n)), Some(&stored)).await.unwrap();
        assert_eq!(matches!(right, Verdict::Right { .. }), n == *winner, "{n}");
    }
    assert!(walk.signs_in(JOHN, &password(*winner)).await);

    assert_eq!(world.audited("password_reset").await, 1);
    // The mailbox, the alternate address, the phone, and the other global administrator at two places: once each.
    assert_eq!(world.count("select count(*) from outbox where token_id is null or message->>'kind' = 'password_was_reset'").await, 5);
    assert_eq!(world.count("select count(*) from reset_tokens where purpose = 'not_me'").await, 1);
    let receipt: String =
        sqlx::query_scalar("select receipt from reset_attempts").fetch_one(&world.pool).await.unwrap();
    assert!(walk.client.get("/reset/done").await.body.contains(&receipt));

    // The same password again is a double click; another one does not count, and is told so.
    let fields = |password: String| vec![("new_password", password.clone()), ("confirm_password", password)];
    let same = page.crowd(&walk.client, 1, |_| fields(password(*winner))).await;
    assert_eq!(to(&same[0].1), (303, "/reset/done"));
    let other = page.crowd(&walk.client, 1, |_| fields(password(winner + 1))).await;
    assert_eq!(other[0].1.status, 409);
}

/// Sends a form twice, in sequence with the first answer lost, then twice more at once; everyone must come to `end`.
async fn twice(client: &Client, page: &Form, fields: &[(&str, &str)], end: &str) {
    let lost = client.twin();
    let first = page.send(&lost, fields).await;
    let second = page.send(client, fields).await;
    assert_eq!(to(&first), to(&second), "{}", page.action);
    assert_eq!(first.status, 303, "{}: {first:?}", page.action);
    let (path, answer) = client.open(second.location.as_deref().unwrap()).await;
    assert_eq!((path.as_str(), answer.status.as_u16()), (end, 200), "{}", page.action);
}

async fn twice_at_once(client: &Client, page: &Form, fields: &[(&'static str, &str)], end: &str) {
    let hands = page
        .crowd(client, 2, |_| fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
        .await;
    for (hand, answer) in &hands {
        assert_eq!(answer.status, 303, "{}: {answer:?}", page.action);
        let (path, shown) = hand.open(answer.location.as_deref().unwrap()).await;
        assert_eq!((path.as_str(), shown.status.as_u16()), (end, 200), "{}", page.action);
    }
    client.set_cookies(hands[1].0.cookies());
}

async fn whole_walk_with_every_form_sent_twice(world: &World, node: &Node, at_once: bool) {
    let walk = Walk::new(world, node);
    let client = &walk.client;
    let send = async |page: &str, action: &str, fields: &[(&'static str, &str)], end: &str| {
        let page = form(client, page, action).await;
        if at_once {
            twice_at_once(client, &page, fields, end).await;
        } else {
            twice(client, &page, fields, end).await;
        }
    };
    send("/reset", "/reset", &[("option", "forgot_password")], "/reset/verify-user").await;
    send("/reset/verify-user", "/reset/verify-user", &[("user_id", JOHN)], "/reset/check-email").await;
    world.wait("both mails", || (world.mail.sent().len() >= 2).then_some(())).await;
    world.turn_back(61).await;
    let links = walk.links().len();
    let again = "/reset/check-email?sent=again";
    send("/reset/check-email", "/reset/check-email/resend", &[], again).await;
    let link = walk.next_link(links).await;
    assert_eq!(world.audited("email_resent").await, 1);
    let path = form(client, &link, "/reset/email-link").await;
    if at_once {
        twice_at_once(client, &path, &[], "/reset/security-code").await;
    } else {
        twice(client, &path, &[], "/reset/security-code").await;
    }
    walk.code().await;
    world.turn_back(61).await;
    let codes = walk.codes().len();
    let again = "/reset/security-code?sent=again";
    send("/reset/security-code", "/reset/security-code/resend", &[], again).await;
    let code = walk.next_code(codes).await;
    assert_eq!(world.audited("code_resent").await, 1);
    send("/reset/security-code", "/reset/security-code", &[("code", &code)], "/reset/new-password").await;
    let fields = [("new_password", NEW), ("confirm_password", NEW)];
    send("/reset/new-password", "/reset/new-password", &fields, "/reset/done").await;
    assert_eq!(world.audited("password_reset").await, 1);
    let fields = [("user_id", "user@contoso.com")];
    send("/contact-administrator", "/contact-administrator", &fields, "/contact-administrator/sent").await;
    node.decide().await;
    assert_eq!(world.count("select count(*) from contact_requests").await, 1);
    assert!(walk.signs_in(JOHN, NEW).await);
}

#[tokio::test]
async fn every_form_sent_twice_leads_where_it_led_once_though_the_first_answer_was_lost() {
    let world = World::new().await;
    let node = world.node().await;
    whole_walk_with_every_form_sent_twice(&world, &node, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_sent_twice_at_the_same_moment_leads_where_it_led_once() {
    let world = World::new().await;
    let node = world.node().await;
    whole_walk_with_every_form_sent_twice(&world, &node, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_browsers_that_finish_at_the_same_moment_get_one_new_password() {
    let world = World::with(&[
        ("SSPR_BUDGETS__STARTS_PER_ACCOUNT_AND_NETWORK_PER_DAY", "100"),
        ("SSPR_BUDGETS__STARTS_PER_ACCOUNT_PER_DAY", "100"),
        ("SSPR_BUDGETS__SMS_PER_NUMBER_PER_10_MINUTES", "20"),
        ("SSPR_BUDGETS__SMS_PER_NUMBER_PER_DAY", "100"),
    ])
    .await;
    let (one, two) = (world.node().await, world.node().await);
    for round in 1..=4 {
        let walks = [Walk::new(&world, &one), Walk::new(&world, &two)];
        for walk in &walks {
            let code = walk.again_up_to_code().await;
            assert_eq!(to(&walk.type_code(&code).await), (303, "/reset/new-password"));
        }
        let passwords = [format!("{NEW} one {round}"), format!("{NEW} two {round}")];
        let (a, b) = tokio::join!(walks[0].set_password(&passwords[0]), walks[1].set_password(&passwords[1]));
        let (won, lost) = if to(&a) == (303, "/reset/done") { (0, 1) } else { (1, 0) };
        let answers = [a, b];
        assert_eq!(to(&answers[won]), (303, "/reset/done"), "{answers:?}");
        assert_eq!(to(&answers[lost]), (303, "/reset/ended"), "{answers:?}");
        let (_, page) = walks[lost].client.open("/reset/ended").await;
        assert_eq!(page.heading(), "This reset is finished");
        assert_eq!(world.audited("password_reset").await, round);
        assert!(walks[0].signs_in(JOHN, &passwords[won]).await);
        assert!(!walks[0].signs_in(JOHN, &passwords[lost]).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn starts_and_finishes_of_one_person_never_wait_for_each_other_in_a_circle() {
    let world = World::with(&[
        ("SSPR_BUDGETS__STARTS_PER_ACCOUNT_AND_NETWORK_PER_DAY", "1000"),
        ("SSPR_BUDGETS__STARTS_PER_ACCOUNT_PER_DAY", "1000"),
    ])
    .await;
    let node = world.node_without_workers().await;
    let john = world.user(JOHN).await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    // An administrator's change holds the user and has not come to the attempts yet …
    let mut change = store::begin(&world.pool).await.unwrap();
    users::lock(&mut change, john).await.unwrap();
    // … when a start in the same browser replaces one: it must not wait for the user while it holds that attempt.
    let answer = walk.start(JOHN).await;
    assert_eq!(to(&answer), (303, "/reset/check-email"));
    users::end_attempts(&mut change, john).await.unwrap();
    change.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_of_one_person_at_the_same_moment_all_work() {
    let world = World::new().await;
    let node = world.node().await;
    let password = world.first_password(JOHN);
    for _ in 0..5 {
        let client = Client::new(&node.url);
        let page = form(&client, "/sign-in", "/sign-in").await;
        let hands = page
            .crowd(&client, 8, |_| vec![("user_id", JOHN.to_owned()), ("password", password.clone())])
            .await;
        for (hand, answer) in &hands {
            assert_eq!(to(answer), (303, "/"), "{answer:?}");
            assert_eq!(hand.open("/").await.0, "/portal/users");
        }
        assert_eq!(cookies_given(&hands, ACCOUNT).len(), 8, "each sign-in is a session of its own");
    }
    assert_eq!(world.spent("sign-in/").await, 0);
}

#[tokio::test] // V-43
async fn a_sign_in_with_the_old_password_that_began_before_the_reset_gives_no_session_after_it() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    let john = world.user(JOHN).await;
    walk.up_to_password().await;
    // One sign-in read the old hash; another was verified and only its session is not written yet.
    let read = sign_in::begin(&world.pool, JOHN, &network(), &node.app.budgets).await.unwrap();
    let old_hash = read.password_hash.clone().unwrap();
    let here = network();
    let complete = |better_hash| Complete {
        user: john,
        verified_hash: &old_hash,
        better_hash,
        normalised: JOHN,
        event: random::id(),
        network: &here,
        browser: "Firefox on Windows",
        not_me: NotMe::new(node.app.keys.current(), john, Deed::SignedIn),
    };
    let verified = sign_in::complete(&world.pool, &complete(None)).await.unwrap().unwrap().begun;
    assert_eq!(to(&walk.set_password(NEW).await), (303, "/reset/done"));

    let completed = sign_in::complete(&world.pool, &complete(None)).await;
    assert_eq!(completed.unwrap(), None);
    let better = Some(
        "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    );
    let rehashed = sign_in::complete(&world.pool, &complete(better)).await;
    assert_eq!(rehashed.unwrap(), None, "a rehash of the old password must not undo the reset");
    assert!(walk.signs_in(JOHN, NEW).await);

    let sessions = Sessions::new(world.pool.clone());
    let mut record = record_of(john, verified.password_set);
    sessions.create(&mut record).await.unwrap();
    assert!(sessions.load(&record.id).await.unwrap().is_none(), "a session of the old password lives");
    // The same with the time of the new one lives: it was the password that killed it.
    let now: i64 = sqlx::query_scalar(
        "select (extract(epoch from password_changed_at) * 1000000)::bigint from users where id = $1",
    )
    .bind(john)
    .fetch_one(&world.pool)
    .await
    .unwrap();
    let mut record = record_of(john, now);
    sessions.create(&mut record).await.unwrap();
    assert!(sessions.load(&record.id).await.unwrap().is_some());
}

fn record_of(user: uuid::Uuid, password_set: i64) -> Record {
    Record {
        id: tower_sessions::session::Id::default(),
        data: [
            (sspr::store::sessions::USER.to_owned(), serde_json::json!(user)),
            (sspr::store::sessions::PASSWORD_SET.to_owned(), serde_json::json!(password_set)),
        ]
        .into(),
        expiry_date: sspr::clock::now() + time::Duration::hours(12),
    }
}

#[tokio::test] // V-35
async fn a_start_that_read_the_address_before_an_edit_proves_nothing_after_it() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    let john = world.user(JOHN).await;
    let mut edit = store::begin(&world.pool).await.unwrap();
    users::lock(&mut edit, john).await.unwrap();
    users::set_alternate_emails(&mut edit, john, &["new@fabrikam.com".to_owned()]).await.unwrap();
    users::end_attempts(&mut edit, john).await.unwrap();
    // Between the look for attempts and the commit: this start still sees the old address.
    walk.start(JOHN).await;
    edit.commit().await.unwrap();

    let link = walk.link().await;
    assert_eq!(world.mail_to(JOHN_MAIL).await.to, JOHN_MAIL);
    let answer = walk.open_link(&link).await;
    assert_eq!(to(&answer), (303, "/reset/check-email"));
    assert_eq!(world.count("select count(*) from outbox where channel = 'sms'").await, 0);
    assert_eq!(world.audited("email_proven").await, 0);
    // The next start goes to the new address, and works.
    world.turn_back(61).await;
    walk.start(JOHN).await;
    let mail = world.mail_to("new@fabrikam.com").await;
    let link = crate::support::client::link_in(&mail.text);
    let answer = walk.open_link(&link[link.find("/reset/").unwrap()..]).await;
    assert_eq!(to(&answer), (303, "/reset/security-code"));
}

#[tokio::test] // V-35, V-42
async fn an_edit_waits_for_a_proof_under_way_and_then_ends_its_attempt() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let walk = Walk::new(&world, &node);
    let john = world.user(JOHN).await;
    walk.start(JOHN).await;
    // The proof's statement has run and is not committed.
    let (attempt, link): (uuid::Uuid, uuid::Uuid) =
        sqlx::query_as("select attempt_id, id from reset_tokens").fetch_one(&world.pool).await.unwrap();
    let session = SessionId::parse(&walk.client.cookies()[RESET]).unwrap();
    let next = SessionId::from_bytes(&random::bytes());
    let mut proof = store::begin(&world.pool).await.unwrap();
    let outcome = attempts::prove_email(
        &mut *proof,
        &attempts::EmailProof {
            attempt,
            link_token: link,
            session_hash: session.hash(),
            next_session_hash: next.hash(),
            code_token: random::id(),
            nonce: random::bytes(),
            key_id: node.app.keys.current().id(),
            message: random::id(),
            facts: serde_json::json!({ "kind": "security_code" }),
            event: random::id(),
            network: &network(),
            budgets: &node.app.budgets,
        },
    )
    .await
    .unwrap();
    assert_eq!(outcome, attempts::EmailProofOutcome::Proven);
    let pool = world.pool.clone();
    let edit = tokio::spawn(async move {
        let mut edit = store::begin(&pool).await.unwrap();
        users::lock(&mut edit, john).await.unwrap();
        users::set_mobile_phone(&mut edit, john, Some("+14255550199")).await.unwrap();
        users::end_attempts(&mut edit, john).await.unwrap();
        edit.commit().await.unwrap();
    });
    while world.count("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()").await == 0 {
        assert!(!edit.is_finished(), "the edit did not wait for the proof");
        tokio::task::yield_now().await;
    }
    proof.commit().await.unwrap();
    edit.await.unwrap();
    let end: Option<String> =
        sqlx::query_scalar("select end_reason from reset_attempts").fetch_one(&world.pool).await.unwrap();
    assert_eq!(end.as_deref(), Some("switched_off"));
    // The code is dead, and so is the SMS that would bring it to the old phone.
    node.drain().await;
    assert!(world.sms.sent().iter().all(|sms| sms.to != JOHN_PHONE));
    let cookies = BTreeMap::from([(RESET.to_owned(), next.expose().to_owned())]);
    walk.client.set_cookies(cookies);
    let (path, page) = walk.client.open("/reset/security-code").await;
    assert_eq!((path.as_str(), page.heading()), ("/reset/ended", "This reset can’t go on"));
}
