//! Who is believed at `/hooks/sms/{provider}`, and what the answer tells.

use std::sync::atomic::Ordering;

use sspr::{
    metrics::Now,
    senders::{
        route::{Leg, Route},
        sms::SmsSender,
    },
};

use super::{ACCOUNT, Desk, FIRST, TOKEN, signature, twilio};
use crate::support::{app::World, client::Answer, direct::Direct, rows::Rows, this_binary_again};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const FIELDS: [(&str, &str); 3] =
    [("MessageSid", FIRST), ("MessageStatus", "undelivered"), ("AccountSid", ACCOUNT)];

fn body() -> String {
    serde_urlencoded::to_string(FIELDS).unwrap()
}

/// A status and nothing else, kept by nobody.
fn is_bare(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("set-cookie"), None);
    assert!(!answer.body.contains('<') && answer.body.len() < 100, "{answer:?}");
}

#[tokio::test]
async fn only_what_the_provider_signed_is_believed() {
    let world = World::new().await;
    let desk = Desk::new(&world, 1).await;
    desk.waiting().await;
    let id = desk.row().await.id;
    let path = format!("/hooks/sms/twilio?message={id}");
    let url = desk.node.app.public_url.link(&path);
    let right = signature(TOKEN, &url, &FIELDS);
    let other_token = signature("another token", &url, &FIELDS);
    let other_message =
        signature(TOKEN, &desk.node.app.public_url.link("/hooks/sms/twilio?message=x"), &FIELDS);
    let foreign = signature(TOKEN, &format!("https://attacker.example{path}"), &FIELDS);
    let of_no_receipt = signature(TOKEN, &url, &[]);
    let before = Rows::read(&world.pool).await;
    let mut direct = Direct::new(&desk.node.app);
    let longer = format!("{}&MessageStatus=delivered", body());
    let refused = [
        (None, body()),
        (Some(""), body()),
        (Some("not base64"), body()),
        (Some(&right[..right.len() - 2]), body()),
        (Some(&*other_token), body()),
        (Some(&*other_message), body()),
        (Some(&*foreign), body()),
        (Some(&*right), longer),
        (Some(&*right), String::new()),
        (Some(&*right), body().replace("undelivered", "delivered")),
        (Some(&*of_no_receipt), String::new()),
    ];
    let count = refused.len();
    for (signature, body) in refused {
        let mut headers = vec![FORM, ("host", "attacker.example"), ("x-forwarded-host", "attacker.example")];
        headers.extend(signature.map(|signature| ("x-twilio-signature", signature)));
        let answer = direct.send("POST", &path, &headers[..], body.into()).await;
        is_bare(&answer, 403);
        assert_eq!(answer.body, "");
    }
    // Over another query than the one that was signed.
    for path in [
        "/hooks/sms/twilio",
        "/hooks/sms/twilio?message=00000000-0000-0000-0000-000000000000",
        &format!("{path}&x"),
    ] {
        let answer = direct.send("POST", path, &[FORM, ("x-twilio-signature", &right)], body().into()).await;
        is_bare(&answer, 403);
    }
    // That it was told, once a minute and network.
    assert_eq!(before.changes(&Rows::read(&world.pool).await), [("budgets", (0, 1))].into());
    let counted = |fate: &str, how_many: usize| {
        let text = desk.node.app.outbox.metrics.text(&Now::default()).unwrap();
        let line = format!("sspr_receipts_total{{provider=\"sms\",fate=\"{fate}\"}}");
        let found = text.lines().find_map(|found| found.strip_prefix(&line)?.trim().parse().ok());
        assert_eq!(found.unwrap_or(0), how_many, "{text}");
    };
    counted("not_believed", count + 3);
    counted("failed", 0);
    // Whatever a proxy made of the Host: what is signed is our public address. A browser's cookies and origin mean nothing.
    direct.host = "10.0.0.7".to_owned();
    let headers = [
        FORM,
        ("x-forwarded-host", "attacker.example"),
        ("x-forwarded-proto", "https"),
        ("origin", "https://attacker.example"),
        ("sec-fetch-site", "cross-site"),
        ("x-twilio-signature", &right),
    ];
    is_bare(&direct.send("POST", &path, &headers, body().into()).await, 204);
    assert_eq!(desk.row().await.delivery.as_deref(), Some("failed"));
    counted("failed", 1);
}

#[tokio::test]
async fn other_addresses_methods_and_sizes_are_refused_without_a_page() {
    let world = World::new().await;
    let desk = Desk::new(&world, 1).await;
    let mut direct = Direct::new(&desk.node.app);
    for unknown in ["none", "vonage", "Twilio", "sms", "twilio%00", "..", "memory"] {
        is_bare(&direct.send("POST", &format!("/hooks/sms/{unknown}"), &[FORM], body().into()).await, 403);
    }
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
        let answer = direct.look(method, "/hooks/sms/twilio").await;
        is_bare(&answer, 405);
        assert!(answer.header("allow").unwrap().contains("POST"));
    }
    let big = "x".repeat(16 * 1024 + 1);
    is_bare(&direct.send("POST", "/hooks/sms/twilio", &[FORM], big.into()).await, 413);
    is_bare(&direct.send("POST", "/hooks/sms/twilio", &[FORM], "x".repeat(16 * 1024).into()).await, 403);
    // Not before the database was looked at: the provider may send it again.
    desk.node.app.database_is_known.store(false, Ordering::Relaxed);
    assert_eq!(desk.receipt(None, FIRST, "delivered", None).await.status, 503);
}

#[tokio::test]
async fn a_receipt_is_lost_to_nobody_while_the_database_is_away() {
    let world = World::new().await;
    let desk = Desk::new(&world, 1).await;
    desk.node.app.pool.close().await;
    is_bare(&desk.receipt(None, FIRST, "delivered", None).await, 503);
}

#[tokio::test]
async fn a_node_without_providers_takes_no_receipts() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let answer = Direct::new(&node.app).send("POST", "/hooks/sms/memory", &[FORM], body().into()).await;
    is_bare(&answer, 403);
}

/// Two accounts at one provider have one address between them.
#[tokio::test]
async fn of_two_accounts_the_one_whose_signature_is_right_is_meant() {
    let world = World::new().await;
    let desk = Desk::new(&world, 1).await;
    let SmsSender::Twilio(_) = twilio(&desk.first.url()) else { panic!() };
    let other = sspr::senders::sms::twilio::TwilioSettings {
        base_url: desk.second.url(),
        account_sid: "AC000000000000000000000000000000ff".into(),
        api_key_sid: Some("SK000000000000000000000000000000ff".into()),
        auth_token: "the key's secret".into(),
        receipt_token: Some("the other account's token".into()),
        sender: sspr::senders::sms::twilio::TwilioSender::From("Contoso".into()),
    };
    let client = sspr::senders::http_client::new(None).unwrap();
    let other = SmsSender::Twilio(sspr::senders::sms::Twilio::new(client, &other, Vec::new()).unwrap());
    let legs = vec![Leg::new("sms", twilio(&desk.first.url())), Leg::new("sms_2", other)];
    let node = world.node_by(Route::new(legs)).await;
    world.execute("insert into outbox (id, channel, recipient, deliverable, message, state, provider, provider_reference, finished_at)
                   values ('00000000-0000-0000-0000-000000000001', 'sms', '+14255550100', true, '{}', 'sent', 'sms_2', 'SM00112233445566778899aabbccddee01', now())").await;
    let delivery = async || -> Option<String> {
        sqlx::query_scalar("select delivery from outbox where channel = 'sms'")
            .fetch_one(&world.pool)
            .await
            .unwrap()
    };
    let path = "/hooks/sms/twilio?message=00000000-0000-0000-0000-000000000001";
    for (token, status, expected) in [
        ("the key's secret", 403, None),
        // Genuine, of the account that did not send it.
        (TOKEN, 204, None),
        ("the other account's token", 204, Some("failed")),
    ] {
        let signature = signature(token, &node.app.public_url.link(path), &FIELDS);
        let headers = [FORM, ("x-twilio-signature", signature.as_str())];
        is_bare(&Direct::new(&node.app).send("POST", path, &headers, body().into()).await, status);
        assert_eq!(delivery().await.as_deref(), expected, "{token}");
    }
}

#[test]
fn the_log_says_that_a_receipt_is_not_believed_and_nothing_of_it() {
    let output =
        this_binary_again("receipts::hook::what_a_log_would_hold", &[("SSPR_TEST_RECEIPT_LOG", "1")]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("a delivery receipt is not believed"), "{said}");
    assert!(said.contains("the signature is missing or wrong"), "{said}");
    assert!(!said.contains("canary") && !said.contains("+1425"), "{said}");
}

#[tokio::test]
async fn what_a_log_would_hold() {
    if std::env::var_os("SSPR_TEST_RECEIPT_LOG").is_none() {
        return;
    }
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).init();
    let world = World::new().await;
    let desk = Desk::new(&world, 1).await;
    for path in ["/hooks/sms/twilio?message=canary-query", "/hooks/sms/canary-provider"] {
        let headers = [FORM, ("x-twilio-signature", "canary-signature"), ("x-canary", "canary-header")];
        let body = "To=%2B14255550100&Body=canary-text";
        Direct::new(&desk.node.app).send("POST", path, &headers, body.into()).await;
    }
}

#[test] // V-32
fn forged_receipts_write_one_line_a_minute_and_network() {
    let settings = [("SSPR_TEST_RECEIPT_LOG", "1")];
    let output = this_binary_again("receipts::hook::what_forged_receipts_log", &settings);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let lines = said.lines().filter(|line| line.contains("WARN") && line.contains("is not believed")).count();
    assert_eq!(lines, 2, "one before and one after the minute: {said}");
}

#[tokio::test]
async fn what_forged_receipts_log() {
    if std::env::var_os("SSPR_TEST_RECEIPT_LOG").is_none() {
        return;
    }
    let world = World::new().await;
    let desk = Desk::new(&world, 1).await;
    tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_ansi(false).init();
    let mut direct = Direct::new(&desk.node.app);
    for _ in 0..2 {
        for _ in 0..20 {
            is_bare(&direct.send("POST", "/hooks/sms/twilio", &[FORM], body().into()).await, 403);
        }
        assert_eq!(world.spent("recorded/receipt/twilio/").await, 1);
        world
            .execute("update budgets set hits = array(select h - interval '1 minute' from unnest(hits) h)")
            .await;
    }
}
