//! SMS through a gateway of one's own: what it is asked, what each answer means, and which receipts are believed.

use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde_json::{Value, json};
use sspr::senders::{
    http_client,
    sms::{
        Sms, SmsSender, Webhook, judge,
        receipt::{Call, Fate, NotBelieved, Receipt, Which},
        webhook::WebhookSettings,
    },
};
use uuid::{Uuid, uuid};

use crate::support::{
    http_server::{Then, broken},
    sms_gateway::{Gateway, SECRET, hmac_sha256},
};

const ID: Uuid = uuid!("01930f6a-0000-7000-8000-000000000001");

fn sms() -> Sms {
    Sms {
        to: "+14255550100".into(),
        text: "314159 is your \"Contoso\" security code é.\n\n@passwords.contoso.com #314159".into(),
        valid_for: Duration::from_secs(597),
        id: ID,
        receipts: Some("https://passwords.contoso.com/hooks/sms".into()),
    }
}

fn sender(base_url: &str) -> SmsSender {
    with_secret(base_url, SECRET)
}

fn with_secret(base_url: &str, secret: &str) -> SmsSender {
    let settings =
        WebhookSettings { base_url: base_url.into(), signature_secret: SecretString::from(secret) };
    SmsSender::Webhook(Webhook::new(http_client::new(None).unwrap(), &settings, Vec::new()).unwrap())
}

/// The text of the error, with the verdict in front.
async fn failure(sender: &SmsSender) -> String {
    sender.send(&sms()).await.expect_err("the send must fail").to_string()
}

#[tokio::test]
async fn a_gateway_written_from_the_description_takes_the_message() {
    let mut gateway = Gateway::start(json!([])).await;
    let sender = sender(&gateway.url());
    let before = sspr::clock::now();
    for again in [false, true] {
        let accepted = sender.send(&sms()).await.unwrap();
        assert_eq!(accepted.evidence.as_deref(), Some("gateway-1"));
        let message = gateway.next().await;
        assert_eq!(message["event"], "message", "{message}");
        assert_eq!(message["again"], again, "a second try is known by its id");
        assert_eq!((&message["id"], &message["to"]), (&json!(ID), &json!("+14255550100")));
        assert_eq!(message["text"], sms().text);
        assert_eq!(message["receipt_url"], "https://passwords.contoso.com/hooks/sms/webhook");
        let end = message["valid_until"].as_str().unwrap();
        let end = time::OffsetDateTime::parse(end, &time::format_description::well_known::Rfc3339).unwrap();
        assert!(end <= sspr::clock::now() + sms().valid_for, "never later than the code lives: {end}");
        assert!(end + Duration::from_secs(1) > before + sms().valid_for, "{end}");
    }
}

#[tokio::test]
async fn a_gateway_with_another_secret_believes_nothing() {
    let mut gateway = Gateway::start(json!([])).await;
    let stranger = with_secret(&gateway.url(), "another-secret-of-32-characters!!");
    assert_eq!(failure(&stranger).await, "give up: webhook 400");
    assert_eq!(gateway.next().await, json!({ "event": "fault", "what": "signature" }));
}

#[tokio::test]
async fn what_it_is_called_is_shown_only_if_it_is_a_short_word_without_the_number() {
    let answers = json!([
        [200, {}, { "reference": "b1:queue-7.x_2" }],
        [200, {}, { "reference": "14255550100" }],
        [200, {}, { "reference": "two words" }],
        [200, {}, { "reference": 7 }],
        [201, {}, "<html> not JSON {"],
        [204, {}, ""],
    ]);
    let gateway = Gateway::start(answers).await;
    let sender = sender(&gateway.url());
    for expected in [Some("b1:queue-7.x_2"), None, None, None, None, None] {
        assert_eq!(sender.send(&sms()).await.unwrap().evidence.as_deref(), expected);
    }
}

#[tokio::test]
async fn each_refusal_says_whether_another_try_can_help() {
    let expected = [
        (json!([400, {}, { "code": 17 }]), "give up: webhook 400/17"),
        (json!([400, {}, { "code": "+14255550100 is bad" }]), "give up: webhook 400"),
        (json!([402, {}, {}]), "give up: webhook 402"),
        (json!([409, {}, "no JSON"]), "give up: webhook 409"),
        (json!([422, {}, { "code": "17" }]), "give up: webhook 422/17"),
        (json!([451, {}, {}]), "give up: webhook 451"),
        (json!([401, {}, {}]), "try again: webhook 401"),
        (json!([403, {}, {}]), "try again: webhook 403"),
        (json!([404, {}, {}]), "try again: webhook 404"),
        (json!([408, {}, {}]), "try again: webhook 408"),
        (json!([425, {}, {}]), "try again: webhook 425"),
        (json!([429, {}, { "code": 17 }]), "try again: webhook 429/17"),
        (json!([302, { "Location": "/elsewhere" }, {}]), "try again: webhook 302"),
        (json!([307, { "Location": "/in" }, {}]), "try again: webhook 307"),
        (json!([500, {}, {}]), "try again: webhook 500 (may have left)"),
        (json!([502, {}, {}]), "try again: webhook 502 (may have left)"),
        (json!([503, {}, {}]), "try again: webhook 503"),
        (json!([599, {}, {}]), "try again: webhook 599"),
    ];
    let answers: Vec<&Value> = expected.iter().map(|(answer, _)| answer).collect();
    let mut gateway = Gateway::start(json!(answers)).await;
    let sender = sender(&gateway.url());
    for (answer, expected) in &expected {
        assert_eq!(failure(&sender).await, *expected, "{answer}");
    }
    assert_eq!(gateway.events().len(), expected.len(), "each was asked once: no redirect is followed");
}

#[tokio::test]
async fn it_says_how_long_to_wait_and_the_operator_what_its_codes_mean() {
    let wait = json!([429, { "Retry-After": "17" }, {}]);
    let gateway = Gateway::start(json!([wait, [422, {}, { "code": "NoCredit" }]])).await;
    let settings = WebhookSettings { base_url: gateway.url(), signature_secret: SECRET.into() };
    let classify = vec![judge::parse("NoCredit=retry").unwrap()];
    let webhook = Webhook::new(http_client::new(None).unwrap(), &settings, classify).unwrap();
    let sender = SmsSender::Webhook(webhook);
    let error = sender.send(&sms()).await.unwrap_err();
    assert_eq!(error.reason().not_before(), Some(Duration::from_secs(17)));
    assert_eq!(failure(&sender).await, "try again: webhook 422");
}

#[tokio::test]
async fn a_gateway_that_hangs_hangs_up_or_is_not_there_is_told_apart() {
    let mut gateway = Gateway::start(json!(["hang"])).await;
    let began = Instant::now();
    assert_eq!(failure(&sender(&gateway.url())).await, "try again: webhook timeout (may have left)");
    assert!(began.elapsed() >= http_client::TOTAL && began.elapsed() < http_client::TOTAL * 2);
    assert_eq!(gateway.events().len(), 1);
    for first in ["", "HTTP/1.1 201", "SMTP/9 hello\r\n\r\n"] {
        let sender = sender(&broken(first, Then::Close).await);
        assert_eq!(failure(&sender).await, "try again: webhook broken off (may have left)", "{first}");
    }
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody = sender(&format!("http://{}", taken.local_addr().unwrap()));
    assert_eq!(failure(&nobody).await, "try again: webhook connect failed");
}

#[test]
fn settings_that_cannot_work_are_refused_here() {
    for (base_url, secret, key) in [
        ("http://sms.contoso.com", SECRET, "base_url"),
        ("https://a:b@sms.contoso.com", SECRET, "base_url"),
        ("https://sms.contoso.com/in?key=x", SECRET, "base_url"),
        ("https://sms.contoso.com", "31-characters-are-not-enough-00", "signature_secret"),
        ("https://sms.contoso.com", "", "signature_secret"),
    ] {
        let settings = WebhookSettings { base_url: base_url.into(), signature_secret: secret.into() };
        let refused = Webhook::new(http_client::new(None).unwrap(), &settings, Vec::new());
        assert_eq!(refused.map(|_| ()).unwrap_err().key, key, "{base_url} {secret}");
    }
}

// ---- receipts ----

const NOW: i64 = 1_795_269_900;

/// A receipt as it comes in.
#[derive(Clone)]
struct Posted {
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Posted {
    /// Signed at this time, by the description.
    fn signed(secret: &str, timestamp: &str, body: &str) -> Self {
        let hex = hmac_sha256(secret, &format!("{timestamp}.{body}"));
        let headers =
            vec![("x-sspr-timestamp", timestamp.to_owned()), ("x-sspr-signature", format!("v1={hex}"))];
        Self { headers, body: body.into() }
    }

    fn read_at(&self, now: i64) -> Result<Receipt, NotBelieved> {
        let headers: HeaderMap = self
            .headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .fold(HeaderMap::new(), |mut all, (name, value)| {
                all.append(name, value);
                all
            });
        let url = "https://passwords.contoso.com/hooks/sms/webhook";
        let call = Call { url, query: "", headers: &headers, body: &self.body, now };
        sender("https://sms.contoso.com/in").receipt(&call)
    }

    fn read(&self) -> Result<Receipt, NotBelieved> {
        self.read_at(NOW)
    }
}

fn delivered() -> String {
    json!({ "message": ID, "status": "delivered" }).to_string()
}

#[tokio::test]
async fn a_receipt_of_the_gateway_says_what_became_of_the_message() {
    let mut gateway = Gateway::start(json!([])).await;
    for (body, fate) in [
        (delivered(), Fate::Delivered),
        (json!({ "message": ID, "status": "failed" }).to_string(), Fate::Failed(None)),
        (
            json!({ "message": ID, "status": "failed", "code": 17, "more": "x" }).to_string(),
            Fate::Failed(Some(17)),
        ),
    ] {
        let made = gateway.receipt(&body).await;
        let text = |key: &str| made[key].as_str().unwrap().to_owned();
        let posted = Posted {
            headers: vec![("x-sspr-timestamp", text("timestamp")), ("x-sspr-signature", text("signature"))],
            body: text("body").into(),
        };
        let now = sspr::clock::now().unix_timestamp();
        assert_eq!(posted.read_at(now), Ok(Receipt { message: Which::Ours(ID), fate }), "{body}");
    }
}

#[test]
fn a_receipt_that_was_changed_by_one_bit_is_not_believed() {
    let genuine = Posted::signed(SECRET, &NOW.to_string(), &delivered());
    assert!(genuine.read().is_ok());
    for at in 0..genuine.body.len() {
        let mut forged = genuine.clone();
        forged.body[at] ^= 1;
        assert_eq!(forged.read(), Err(NotBelieved::Signature), "byte {at}");
    }
    for header in 0..2 {
        for at in 0..genuine.headers[header].1.len() {
            let mut forged = genuine.clone();
            let mut bytes = forged.headers[header].1.clone().into_bytes();
            bytes[at] ^= 1;
            forged.headers[header].1 = String::from_utf8(bytes).unwrap();
            assert_eq!(forged.read(), Err(NotBelieved::Signature), "header {header} byte {at}");
        }
    }
}

#[test]
fn a_receipt_without_its_two_headers_once_each_is_not_believed() {
    let genuine = Posted::signed(SECRET, &NOW.to_string(), &delivered());
    for header in 0..2 {
        let mut without = genuine.clone();
        without.headers.remove(header);
        assert_eq!(without.read(), Err(NotBelieved::Signature));
        let mut twice = genuine.clone();
        twice.headers.push(genuine.headers[header].clone());
        assert_eq!(twice.read(), Err(NotBelieved::Signature));
        let mut empty = genuine.clone();
        empty.headers[header].1.clear();
        assert_eq!(empty.read(), Err(NotBelieved::Signature));
    }
    let mut bare = genuine.clone();
    bare.headers[1].1 = bare.headers[1].1.replace("v1=", "");
    assert_eq!(bare.read(), Err(NotBelieved::Signature), "without its version");
    let mut longer = genuine;
    longer.body.push(b' ');
    assert_eq!(longer.read(), Err(NotBelieved::Signature));
}

#[test]
fn a_receipt_of_another_secret_or_another_time_is_not_believed() {
    let now = NOW.to_string();
    let foreign = Posted::signed("another-secret-of-32-characters!!", &now, &delivered());
    assert_eq!(foreign.read(), Err(NotBelieved::Signature));
    assert_eq!(Posted::signed("", &now, &delivered()).read(), Err(NotBelieved::Signature));
    let genuine = Posted::signed(SECRET, &now, &delivered());
    for (now, believed) in [(NOW - 301, false), (NOW - 300, true), (NOW + 300, true), (NOW + 301, false)] {
        let read = genuine.read_at(now);
        assert_eq!(read.is_ok(), believed, "{now}: {read:?}");
        assert!(believed || read == Err(NotBelieved::Time));
    }
    for odd in ["", "x", "-1", "1795269900.0"] {
        assert_eq!(Posted::signed(SECRET, odd, &delivered()).read(), Err(NotBelieved::Time), "{odd}");
    }
}

#[test]
fn what_is_signed_and_is_no_receipt_is_used_for_nothing() {
    // Our own request, sent back to us, among them.
    let request =
        json!({ "id": ID, "to": "+14255550100", "text": "x", "valid_until": "2026-11-21T14:05:00Z" });
    for body in [
        request.to_string(),
        "{}".into(),
        "[]".into(),
        String::new(),
        json!({ "message": ID }).to_string(),
        json!({ "status": "delivered" }).to_string(),
        json!({ "message": "x", "status": "delivered" }).to_string(),
        json!({ "message": ID, "status": "Delivered" }).to_string(),
        json!({ "message": ID, "status": "sent" }).to_string(),
        format!("{{\"message\":\"{ID}\",\"status\":\"failed\",\"status\":\"delivered\"}}"),
    ] {
        let posted = Posted::signed(SECRET, &NOW.to_string(), &body);
        assert_eq!(posted.read(), Err(NotBelieved::Shape), "{body}");
    }
}
