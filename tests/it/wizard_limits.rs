//! How often, how long, from where: budgets, lifetimes, resends, sessions. The clock is turned in the rows.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sspr::{
    domain::secret::Key,
    random,
    store::{self, sessions::Sessions, users},
};
use tower_sessions::{SessionStore as _, session::Record};

use crate::support::{
    app::{KEY, Node, World},
    client::{Answer, Client},
    crowd::{ACCOUNT, RESET, cookie_given, cookies_given, form},
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE, NEW, Walk},
};

const MANY_STARTS: [(&str, &str); 4] = [
    ("SSPR_BUDGETS__STARTS_PER_ACCOUNT_AND_NETWORK_PER_DAY", "1000"),
    ("SSPR_BUDGETS__STARTS_PER_ACCOUNT_PER_DAY", "1000"),
    ("SSPR_BUDGETS__SMS_PER_NUMBER_PER_10_MINUTES", "20"),
    ("SSPR_BUDGETS__SMS_PER_NUMBER_PER_DAY", "100"),
];
const BEHIND_A_PROXY: (&str, &str) = ("SSPR_SERVER__TRUSTED_PROXIES", "127.0.0.1/32");

fn to(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.location.as_deref().unwrap_or(""))
}

/// A code that is none of these.
fn not(codes: &[String]) -> String {
    (0..=codes.len()).map(|n| format!("{n:08}")).find(|code| !codes.contains(code)).unwrap()
}

/// Someone in another network, for a world behind a proxy.
fn from<'w>(world: &'w World, node: &Node, address: &str) -> Walk<'w> {
    let walk = Walk::new(world, node);
    walk.client.header("x-forwarded-for", address);
    walk
}

// Wrong codes

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-25, V-26, V-27, V-28, V-29, V-31
async fn of_a_thousand_wrong_codes_at_once_fifteen_are_compared_and_a_day_passes_before_the_next() {
    let world = World::with(&MANY_STARTS).await;
    let nodes = [world.node().await, world.node().await];
    let mut walks = Vec::new();
    for n in 0..10 {
        let walk = Walk::new(&world, &nodes[n % 2]);
        walk.again_up_to_code().await;
        walks.push(walk);
    }
    let wrong = not(&walks[0].codes());
    let mut pages = Vec::new();
    for walk in &walks {
        pages.push(form(&walk.client, "/reset/security-code", "/reset/security-code").await);
    }
    // Two browsers a session, one on each node; fifty requests from each.
    let twins: Vec<Client> = walks.iter().map(|walk| walk.client.twin()).collect();
    for (n, twin) in twins.iter().enumerate() {
        twin.go_to(&nodes[(n + 1) % 2].url);
    }
    let fields = [("code", wrong.as_str())];
    let tries = (0..1000).map(|n| {
        let client = if n % 20 < 10 { &walks[n % 10].client } else { &twins[n % 10] };
        pages[n % 10].send(client, &fields)
    });
    for answer in futures_util::future::join_all(tries).await {
        assert!(matches!(answer.status.as_u16(), 422 | 303 | 503), "{answer:?}");
        assert_eq!(cookie_given(&answer, RESET), None);
    }
    assert!((1..=15).contains(&world.audited("code_wrong").await));
    assert_eq!(world.spent("wrong-code/").await, 15);
    let most: i64 = world.count("select max(n) from (select count(*) as n from audit_events where event = 'code_wrong' group by attempt_id) a").await;
    assert!(most <= 5, "{most} compared in one attempt");
    assert_eq!(world.count("select count(*) from reset_attempts where code_tries > 5").await, 0);
    assert_eq!(world.count("select count(*) from reset_attempts where code_proven_at is not null").await, 0);

    // Restarted nodes, a new browser, a new attempt, the right code: not today, and the page says until when.
    drop(nodes);
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    let code = walk.again_up_to_code().await;
    assert_eq!(to(&walk.type_code(&code).await), (303, "/reset/ended"));
    let (_, page) = walk.client.open("/reset/ended").await;
    assert_eq!(page.heading(), "No more security codes for now");
    assert!(page.body.contains("<time"), "{}", page.body);
    assert_eq!(world.audited("code_proven").await, 0);
    assert_eq!(world.spent("wrong-code/").await, 15);

    // 23 hours and 59 minutes later the same; 24 hours later it works, and success forgets all.
    world
        .execute("update budgets set hits = array(select h - interval '23:59' from unnest(hits) h) where key like 'wrong-code/%'")
        .await;
    let walk = Walk::new(&world, &node);
    let code = walk.again_up_to_code().await;
    assert_eq!(to(&walk.type_code(&code).await), (303, "/reset/ended"));
    world
        .execute("update budgets set hits = array(select h - interval '2 minutes' from unnest(hits) h) where key like 'wrong-code/%'")
        .await;
    let walk = Walk::new(&world, &node);
    let code = walk.again_up_to_code().await;
    assert_eq!(to(&walk.type_code(&code).await), (303, "/reset/new-password"));
    assert_eq!(world.spent("wrong-code/").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-25
async fn of_two_hundred_wrong_codes_in_one_attempt_five_are_compared() {
    let world = World::new().await;
    let nodes = [world.node().await, world.node().await];
    let walk = Walk::new(&world, &nodes[0]);
    walk.up_to_code().await;
    let code = walk.code().await;
    let twin = walk.client.twin();
    twin.go_to(&nodes[1].url);
    let wrong = not(std::slice::from_ref(&code));
    let page = form(&walk.client, "/reset/security-code", "/reset/security-code").await;
    let fields = [("code", wrong.as_str())];
    let tries = (0..200).map(|n| page.send(if n % 2 == 0 { &walk.client } else { &twin }, &fields));
    futures_util::future::join_all(tries).await;
    assert_eq!(world.audited("code_wrong").await, 5);
    assert_eq!(world.count("select code_tries::bigint from reset_attempts").await, 5);
    assert_eq!(world.spent("wrong-code/").await, 5);
    // Also the right one is refused now, whatever cookie was kept.
    assert_eq!(to(&page.send(&twin, &[("code", &code)]).await), (303, "/reset/ended"));
    let (_, page) = walk.client.open("/reset/ended").await;
    assert_eq!(page.heading(), "Too many wrong security codes");
}

#[tokio::test] // N-14, V-27
async fn a_resend_keeps_the_wrong_tries_and_kills_the_old_code() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    let old = walk.code().await;
    for _ in 0..3 {
        assert_eq!(walk.type_code(&not(&walk.codes())).await.status, 422);
    }
    world.turn_back(61).await;
    let answer = walk.client.submit("/reset/security-code", "/reset/security-code/resend", &[]).await;
    assert_eq!(to(&answer), (303, "/reset/security-code?sent=again"));
    let new = walk.next_code(1).await;
    assert_ne!(new, old);
    let answer = walk.type_code(&old).await;
    assert_eq!(answer.status, 422, "the old code still works");
    assert_eq!(to(&walk.type_code(&not(&walk.codes())).await), (303, "/reset/ended"));
    assert_eq!(world.audited("code_wrong").await, 5);
    let page = form(&walk.client, "/reset/verify-user", "/reset/verify-user").await;
    assert!(!page.hidden.is_empty());
}

#[tokio::test]
async fn what_is_no_code_uses_up_no_try() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    for text in ["", "1234567", "abc"] {
        assert_eq!(walk.type_code(text).await.status, 422, "{text}");
    }
    assert_eq!(world.count("select code_tries::bigint from reset_attempts").await, 0);
    assert_eq!(world.spent("wrong-code/").await, 0);
}

// Lifetimes

/// Every length is ten minutes to the second by the database's own arithmetic; ten seconds are left to a slow machine.
#[tokio::test] // V-40, N-14
async fn link_code_and_password_are_each_good_for_ten_minutes() {
    for (late, accepted) in [(590, true), (601, false)] {
        for step in ["link", "code", "password"] {
            let world = World::new().await;
            let node = world.node().await;
            let walk = Walk::new(&world, &node);
            let answer = match step {
                "link" => {
                    walk.start(JOHN).await;
                    let link = walk.link().await;
                    let page = form(&walk.client, &link, "/reset/email-link").await;
                    world.turn_back(late).await;
                    page.send(&walk.client, &[]).await
                }
                "code" => {
                    walk.up_to_code().await;
                    let code = walk.code().await;
                    let page = form(&walk.client, "/reset/security-code", "/reset/security-code").await;
                    world.turn_back(late).await;
                    page.send(&walk.client, &[("code", &code)]).await
                }
                _ => {
                    walk.up_to_password().await;
                    let page = form(&walk.client, "/reset/new-password", "/reset/new-password").await;
                    world.turn_back(late).await;
                    page.send(&walk.client, &[("new_password", NEW), ("confirm_password", NEW)]).await
                }
            };
            let next = match (accepted, step) {
                (false, _) => "/reset/ended",
                (true, "link") => "/reset/security-code",
                (true, "code") => "/reset/new-password",
                (true, _) => "/reset/done",
            };
            assert_eq!(to(&answer), (303, next), "{step} after {late} s");
            if !accepted {
                let (_, page) = walk.client.open("/reset/ended").await;
                assert_eq!(page.heading(), "The time for this reset is over");
                assert!(!walk.signs_in(JOHN, NEW).await);
            }
            let odd = "select count(*) from reset_attempts where email_expires_at - started_at <> interval '10 minutes'
                       or code_expires_at - email_proven_at <> interval '10 minutes'
                       or password_expires_at - code_proven_at <> interval '10 minutes'";
            assert_eq!(world.count(odd).await, 0, "{step}");
        }
    }
}

#[tokio::test] // V-40
async fn thirty_minutes_are_the_most_whatever_was_sent_again() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    for sent in 1..=2 {
        walk.next_link(sent - 1).await;
        world.turn_back(9 * 60).await;
        let answer = walk.client.submit("/reset/check-email", "/reset/check-email/resend", &[]).await;
        assert_eq!(to(&answer), (303, "/reset/check-email?sent=again"));
    }
    let link = walk.next_link(2).await;
    world.turn_back(9 * 60 + 30).await;
    // 27 and a half minutes: a new link would be dead before it could be used.
    let answer = walk.client.submit("/reset/check-email", "/reset/check-email/resend", &[]).await;
    assert_eq!(answer.status, 422);
    assert_eq!(to(&walk.open_link(&link).await), (303, "/reset/security-code"));
    let capped =
        "select count(*) from reset_attempts where code_expires_at = started_at + interval '30 minutes'";
    assert_eq!(world.count(capped).await, 1);
    // Sent with more than two minutes left, so it was sent.
    let code = walk.code().await;
    world.turn_back(150).await;
    let page = walk.client.get("/reset/security-code").await;
    assert_eq!(to(&page), (303, "/reset/ended"));
    assert_eq!(world.audited("code_proven").await, 0);
    drop(code);
}

#[tokio::test]
async fn a_message_with_less_than_two_minutes_left_is_not_sent() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    world.turn_back(8 * 60 + 1).await;
    node.drain().await;
    assert!(world.mail.sent().is_empty());
    assert_eq!(world.count("select count(*) from outbox where state = 'too_late'").await, 1);
}

// Resends

#[tokio::test]
async fn the_e_mail_is_sent_again_three_times_each_after_a_minute_and_the_newest_link_counts() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    let page = form(&walk.client, "/reset/check-email", "/reset/check-email/resend").await;
    let again = || page.send(&walk.client, &[]);
    let early = again().await;
    assert_eq!(early.status, 422);
    assert!(early.body.contains("Wait until"), "{}", early.body);
    for n in 1..=3 {
        walk.next_link(n - 1).await;
        world.turn_back(61).await;
        assert_eq!(to(&again().await), (303, "/reset/check-email?sent=again"), "{n}");
    }
    walk.next_link(3).await;
    world.turn_back(61).await;
    let over = again().await;
    assert_eq!(over.status, 422);
    assert_eq!(over.hidden_fields("/reset/check-email/resend"), None, "a button that can do nothing");
    assert!(over.body.contains("sent again for this reset"), "{}", over.body);
    let links = walk.links();
    assert_eq!(links.len(), 4);
    for old in &links[..3] {
        let page = walk.client.get(old).await;
        assert_eq!((page.status.as_u16(), page.heading()), (410, "There is a newer e-mail"));
    }
    assert_eq!(to(&walk.open_link(&links[3]).await), (303, "/reset/security-code"));
}

#[tokio::test]
async fn the_code_is_sent_again_three_times_each_after_a_minute() {
    let world = World::with(&MANY_STARTS).await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    let page = form(&walk.client, "/reset/security-code", "/reset/security-code/resend").await;
    let again = || page.send(&walk.client, &[]);
    let early = again().await;
    assert_eq!(early.status, 422);
    assert!(early.body.contains("Wait until"), "{}", early.body);
    for n in 1..=3 {
        walk.next_code(n - 1).await;
        world.turn_back(61).await;
        assert_eq!(to(&again().await), (303, "/reset/security-code?sent=again"), "{n}");
    }
    let newest = walk.next_code(3).await;
    world.turn_back(61).await;
    assert_eq!(again().await.status, 422);
    assert_eq!(walk.codes().len(), 4);
    assert_eq!(to(&walk.type_code(&newest).await), (303, "/reset/new-password"));
}

// Starts

#[tokio::test] // V-27, V-61
async fn the_sixth_start_from_a_network_sends_nothing_and_shows_nothing() {
    let world = World::with(&[BEHIND_A_PROXY]).await;
    let node = world.node().await;
    for n in 1..=6 {
        let walk = from(&world, &node, "192.0.2.1");
        assert_eq!(to(&walk.start(JOHN).await), (303, "/reset/check-email"), "{n}");
        assert_eq!(walk.client.open("/reset/check-email").await.1.heading(), "Check your e-mail");
    }
    let decoys =
        "select count(*) from audit_events where event = 'reset_started' and outcome = 'over_budget'";
    assert_eq!(world.count(decoys).await, 1);
    assert_eq!(world.count("select count(*) from outbox where deliverable").await, 5);
    // John himself, in his own network, is not held up by it; and nothing of this touches sign-in.
    let john = from(&world, &node, "198.51.100.7");
    john.start(JOHN).await;
    assert_eq!(to(&john.open_link(&john.next_link(5).await).await), (303, "/reset/security-code"));
    assert!(john.signs_in(JOHN, &world.first_password(JOHN)).await);
}

#[tokio::test] // V-27, V-61
async fn the_twenty_first_start_of_a_day_sends_nothing_from_wherever() {
    let world = World::with(&[BEHIND_A_PROXY]).await;
    let node = world.node_without_workers().await;
    for n in 0..21 {
        let walk = from(&world, &node, &format!("192.0.2.{}", n / 5));
        assert_eq!(to(&walk.start(JOHN).await), (303, "/reset/check-email"), "{n}");
    }
    assert_eq!(world.count("select count(*) from outbox where deliverable").await, 20);
    assert_eq!(world.count("select count(*) from outbox").await, 21);
    let walk = Walk::new(&world, &node);
    assert!(walk.signs_in(JOHN, &world.first_password(JOHN)).await);
    // A day later there is room again.
    world
        .execute("update budgets set hits = array(select h - interval '24:00:01' from unnest(hits) h)")
        .await;
    from(&world, &node, "192.0.2.9").start(JOHN).await;
    assert_eq!(world.count("select count(*) from outbox where deliverable").await, 21);
}

#[tokio::test] // V-30
async fn a_network_that_starts_too_often_is_told_when_it_may_again() {
    let world = World::with(&[BEHIND_A_PROXY, ("SSPR_BUDGETS__STARTS_PER_NETWORK_PER_HOUR", "3")]).await;
    let node = world.node_without_workers().await;
    for n in 0..3 {
        let walk = from(&world, &node, &format!("2001:db8:1:2::{n}"));
        assert_eq!(to(&walk.start("nobody@contoso.com").await), (303, "/reset/check-email"));
    }
    // One /64 is one network.
    let over = from(&world, &node, "2001:db8:1:2:ffff::1").start(JOHN).await;
    assert_eq!(over.status, 429);
    let seconds: u32 = over.header("retry-after").unwrap().parse().unwrap();
    assert!((3500..=3600).contains(&seconds), "{seconds}");
    assert!(over.body.contains("<h1") && over.body.contains("<time"), "{}", over.body);
    assert_eq!(to(&from(&world, &node, "2001:db8:1:3::1").start(JOHN).await), (303, "/reset/check-email"));
    // The same bucket for the other form that costs something.
    let contact = from(&world, &node, "2001:db8:1:2::9");
    let fields = [("user_id", JOHN)];
    let answer = contact.client.submit("/contact-administrator", "/contact-administrator", &fields).await;
    assert_eq!(answer.status, 429);
}

#[tokio::test] // V-30
async fn headers_that_any_client_can_write_change_no_bucket() {
    let world = World::with(&[("SSPR_BUDGETS__STARTS_PER_NETWORK_PER_HOUR", "3")]).await;
    let node = world.node_without_workers().await;
    for n in 0..4 {
        let walk = from(&world, &node, &format!("192.0.2.{n}"));
        walk.client.header("x-real-ip", &format!("192.0.2.{n}"));
        walk.client.header("forwarded", &format!("for=192.0.2.{n}"));
        let answer = walk.start(JOHN).await;
        assert_eq!(answer.status.as_u16(), if n < 3 { 303 } else { 429 }, "{n}");
    }
    assert_eq!(world.count("select count(*) from budgets where key like 'start/network/%'").await, 1);
    // Behind a proxy, what stands left of the proxy's own line is anybody's text.
    let world = World::with(&[BEHIND_A_PROXY, ("SSPR_BUDGETS__STARTS_PER_NETWORK_PER_HOUR", "3")]).await;
    let node = world.node_without_workers().await;
    for n in 0..4 {
        let walk = from(&world, &node, &format!("192.0.2.{n}, 203.0.113.5"));
        assert_eq!(walk.start(JOHN).await.status.as_u16(), if n < 3 { 303 } else { 429 }, "{n}");
    }
}

// SMS

#[tokio::test]
async fn a_phone_gets_three_codes_in_ten_minutes_and_the_page_says_when_the_next() {
    let world = World::new().await;
    let node = world.node().await;
    for _ in 0..3 {
        Walk::new(&world, &node).again_up_to_code().await;
    }
    let walk = Walk::new(&world, &node);
    let before = walk.links().len();
    walk.start(JOHN).await;
    let link = walk.next_link(before).await;
    let over = walk.open_link(&link).await;
    assert_eq!(over.status, 422);
    assert!(over.body.contains("Nothing was used up") && over.body.contains("<time"), "{}", over.body);
    // A page with a problem presses no button by itself, or it would press it for ever.
    assert!(!over.body.contains("data-auto-submit"), "{}", over.body);
    assert_eq!(walk.codes().len(), 3);
    // Nothing was used up: later the same link works.
    world.execute("update budgets set hits = array(select h - interval '10 minutes' from unnest(hits) h) where key like 'sms/10%'").await;
    assert_eq!(to(&walk.open_link(&link).await), (303, "/reset/security-code"));
    // A resend at the limit says so too, and keeps the code good.
    world.execute("update budgets set hits = array[now(), now(), now()], fresh_until = now() + interval '1 hour' where key like 'sms/10%'").await;
    let code = walk.next_code(3).await;
    world.turn_back(61).await;
    let over = walk.client.submit("/reset/security-code", "/reset/security-code/resend", &[]).await;
    assert_eq!(over.status, 422);
    assert!(
        over.body.contains("as many codes as it may for now") && over.body.contains("<time"),
        "{}",
        over.body
    );
    assert_eq!(to(&walk.type_code(&code).await), (303, "/reset/new-password"));
}

#[tokio::test]
async fn a_phone_gets_ten_codes_a_day() {
    let world = World::new().await;
    let node = world.node().await;
    world
        .execute(
            "insert into budgets (key, hits, fresh_until)
             values ('sms/day/+14255550100', array(select now() - n * interval '2 hours' from generate_series(10, 1, -1) n), now() + interval '1 day')",
        )
        .await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    let link = walk.link().await;
    let over = walk.open_link(&link).await;
    assert_eq!(over.status, 422);
    assert!(over.body.contains("Nothing was used up"), "{}", over.body);
    assert!(world.sms.sent().is_empty());
    world.execute("update budgets set hits = hits[2:10] where key like 'sms/day/%'").await;
    assert_eq!(to(&walk.open_link(&link).await), (303, "/reset/security-code"));
    assert_eq!(world.sms_to(JOHN_PHONE).await.to, JOHN_PHONE);
}

// Characters

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
    assert_eq!(world.count("select count(*) from contact_requests").await, 0);
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

// Sign-in

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

// Sessions

async fn signed_in(node: &Node, user_id: &str, password: &str) -> Client {
    let client = Client::new(&node.url);
    let fields = [("user_id", user_id), ("password", password)];
    assert_eq!(to(&client.submit("/sign-in", "/sign-in", &fields).await), (303, "/"));
    client
}

async fn is_signed_in(client: &Client) -> bool {
    client.get("/account").await.status == 200
}

#[tokio::test] // V-43
async fn a_request_slower_than_sign_out_brings_no_session_back() {
    let world = World::new().await;
    let node = world.node().await;
    let client = signed_in(&node, JOHN, &world.first_password(JOHN)).await;
    let slow = client.twin();
    // The slower request has loaded the session already.
    let sessions = Sessions::new(world.pool.clone());
    let id: tower_sessions::session::Id = client.cookies()[ACCOUNT].parse().unwrap();
    let record: Record = sessions.load(&id).await.unwrap().unwrap();
    let answer = client.submit("/account", "/sign-out", &[]).await;
    assert_eq!(to(&answer), (303, "/sign-in?notice=signed-out"));
    sessions.save(&record).await.unwrap();
    assert!(sessions.load(&id).await.unwrap().is_none());
    assert_eq!(world.count("select count(*) from sessions").await, 0);
    assert!(!is_signed_in(&slow).await);
    assert!(!is_signed_in(&client).await);
}

#[tokio::test]
async fn the_database_holds_no_cookie() {
    let world = World::new().await;
    let node = world.node().await;
    let client = signed_in(&node, JOHN, &world.first_password(JOHN)).await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    let rows: String = sqlx::query_scalar(
        "select coalesce((select string_agg(s::text, ' ') from sessions s), '') || (select string_agg(a::text, ' ') from reset_attempts a)",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    for cookie in [&client.cookies()[ACCOUNT], &walk.client.cookies()[RESET]] {
        let bytes = URL_SAFE_NO_PAD.decode(cookie).unwrap();
        let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        assert!(!rows.contains(cookie.as_str()) && !rows.contains(&hex), "a cookie is at rest");
    }
    let hashed = "select count(*) from sessions where octet_length(id_hash) = 32";
    assert_eq!(world.count(hashed).await, 1);
}

#[tokio::test] // V-50, V-52
async fn an_invented_cookie_is_never_adopted() {
    let world = World::new().await;
    let node = world.node().await;
    let invented_reset = URL_SAFE_NO_PAD.encode(random::bytes::<32>());
    let invented_account = URL_SAFE_NO_PAD.encode(random::bytes::<16>());
    let plant = |walk: &Walk<'_>| {
        let mut cookies = walk.client.cookies();
        cookies.insert(RESET.to_owned(), invented_reset.clone());
        cookies.insert(ACCOUNT.to_owned(), invented_account.clone());
        walk.client.set_cookies(cookies);
    };
    let walk = Walk::new(&world, &node);
    plant(&walk);
    walk.start(JOHN).await;
    let fields = [("user_id", JOHN), ("password", &world.first_password(JOHN))];
    walk.client.submit("/sign-in", "/sign-in", &fields).await;
    let cookies = walk.client.cookies();
    assert_ne!(cookies[RESET], invented_reset);
    assert_ne!(cookies[ACCOUNT], invented_account);
    let thief = Walk::new(&world, &node);
    plant(&thief);
    assert_eq!(to(&thief.client.get("/reset/check-email").await), (303, "/reset"));
    assert!(!is_signed_in(&thief.client).await);
    assert!(is_signed_in(&walk.client).await);
}

#[tokio::test] // V-50
async fn after_each_proof_the_session_before_it_sees_nothing() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    let pages =
        ["/reset/check-email", "/reset/security-code", "/reset/new-password", "/reset/done", "/reset/ended"];
    let mut before = Vec::new();
    let shut_out = async |before: &[Client]| {
        for old in before {
            for page in pages {
                assert_eq!(to(&old.get(page).await), (303, "/reset"), "{page}");
            }
        }
    };
    walk.start(JOHN).await;
    before.push(walk.client.twin());
    walk.open_link(&walk.link().await).await;
    shut_out(&before).await;
    before.push(walk.client.twin());
    let new_password = form(&walk.client, "/reset/security-code", "/reset/security-code").await;
    walk.type_code(&walk.code().await).await;
    shut_out(&before).await;
    // Nor may it act: the form of the old session, and a wrong code, bring nothing.
    let answer = new_password.send(&before[1], &[("code", &not(&walk.codes()))]).await;
    assert_eq!(cookie_given(&answer, RESET), None);
    assert_eq!(to(&walk.set_password(NEW).await), (303, "/reset/done"));
    shut_out(&before).await;
    assert_eq!(world.count("select count(distinct session_hash) from reset_attempts").await, 1);
}

#[tokio::test] // D-11
async fn a_session_ends_after_half_an_hour_of_rest_and_after_twelve_hours() {
    let world = World::new().await;
    let node = world.node().await;
    let client = signed_in(&node, JOHN, &world.first_password(JOHN)).await;
    let length = "select count(*) from sessions where expires_at - created_at = interval '12 hours'";
    assert_eq!(world.count(length).await, 1);
    world.execute("update sessions set seen_at = now() - interval '29 minutes'").await;
    assert!(is_signed_in(&client).await);
    // That look counted: another 29 minutes are fine.
    assert_eq!(
        world.count("select count(*) from sessions where seen_at > now() - interval '1 minute'").await,
        1
    );
    world.execute("update sessions set seen_at = now() - interval '31 minutes'").await;
    assert!(!is_signed_in(&client).await);

    let client = signed_in(&node, JOHN, &world.first_password(JOHN)).await;
    world.execute("update sessions set expires_at = now() - interval '1 second', seen_at = now()").await;
    assert!(!is_signed_in(&client).await);
}

#[tokio::test] // V-43
async fn block_and_password_change_end_sessions_on_every_node_at_once() {
    let world = World::new().await;
    let (one, two) = (world.node().await, world.node().await);
    let password = world.first_password(JOHN);
    let (here, there) = (signed_in(&one, JOHN, &password).await, signed_in(&two, JOHN, &password).await);
    let old = here.twin();
    let fields = [("current_password", password.as_str()), ("new_password", NEW), ("confirm_password", NEW)];
    let answer = here.submit("/account/password", "/account/password", &fields).await;
    assert_eq!(to(&answer), (303, "/account?notice=password-changed"), "{}", answer.body);
    assert!(!is_signed_in(&there).await);
    assert!(!is_signed_in(&old).await, "the old id still opens the account");
    assert!(is_signed_in(&here).await);
    // The very same session on the other node.
    here.go_to(&two.url);
    assert!(is_signed_in(&here).await);

    let john = world.user(JOHN).await;
    let mut block = store::begin(&world.pool).await.unwrap();
    users::lock(&mut block, john).await.unwrap();
    users::set_blocked(&mut block, john, true).await.unwrap();
    block.commit().await.unwrap();
    assert!(!is_signed_in(&here).await);
    let fields = [("user_id", JOHN), ("password", NEW)];
    assert_eq!(Client::new(&one.url).submit("/sign-in", "/sign-in", &fields).await.status, 422);
}

#[tokio::test] // V-41, V-43
async fn a_reset_ends_every_session_and_says_how_many() {
    let world = World::new().await;
    let (one, two) = (world.node().await, world.node().await);
    let password = world.first_password(JOHN);
    let clients = [signed_in(&one, JOHN, &password).await, signed_in(&two, JOHN, &password).await];
    let walk = Walk::new(&world, &one);
    walk.up_to_password().await;
    walk.set_password(NEW).await;
    for client in &clients {
        assert!(!is_signed_in(client).await);
    }
    assert_eq!(world.count("select count(*) from sessions").await, 0);
    assert_eq!(world.count("select sessions_ended::bigint from reset_attempts").await, 2);
}
