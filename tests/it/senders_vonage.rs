//! SMS against a server of Vonage's shape: what it is asked, what each answer means, and which receipts are believed.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use secrecy::SecretString;
use sspr::senders::{
    SendError, http_client,
    sms::{
        Sms, SmsSender, Vonage, judge,
        receipt::{Call, Fate, NotBelieved, Receipt, Which},
        vonage::VonageSettings,
    },
};
use uuid::{Uuid, uuid};

use crate::support::{
    http_server::{Then, broken},
    vonage_server::{Answer, KEY, MESSAGE, SECRET, SIGNATURE_SECRET, VonageServer, signature},
};

const ID: Uuid = uuid!("01930f6a-0000-7000-8000-000000000001");

fn sms() -> Sms {
    Sms {
        to: "+14255550100".into(),
        text: "314159 is your A&B=C security code.\n\n@passwords.contoso.com #314159".into(),
        valid_for: Duration::from_secs(597),
        id: ID,
        receipts: Some("https://passwords.contoso.com/hooks/sms".into()),
    }
}

fn settings(base_url: &str) -> VonageSettings {
    VonageSettings {
        base_url: base_url.into(),
        api_key: KEY.into(),
        api_secret: Some(SECRET.into()),
        signature_secret: Some(SIGNATURE_SECRET.into()),
        from: "+14255550199".into(),
    }
}

fn sender(settings: &VonageSettings) -> SmsSender {
    SmsSender::Vonage(Vonage::new(http_client::new(None).unwrap(), settings, Vec::new()).unwrap())
}

/// The text of the error, with the verdict in front.
async fn failure(sender: &SmsSender) -> String {
    sender.send(&sms()).await.expect_err("the send must fail").to_string()
}

fn owned<const N: usize>(form: [(&str, &str); N]) -> BTreeMap<String, String> {
    form.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

#[tokio::test]
async fn a_message_is_asked_for_in_the_documented_shape() {
    let server = VonageServer::start().await;
    let accepted = sender(&settings(&server.url())).send(&sms()).await.unwrap();
    assert_eq!(accepted.evidence.as_deref(), Some(MESSAGE));
    assert_eq!(server.faults(), [""; 0]);
    let expected = owned([
        ("api_key", KEY),
        ("api_secret", SECRET),
        ("from", "14255550199"),
        ("to", "14255550100"),
        ("text", &sms().text),
        ("type", "text"),
        ("ttl", "597000"),
        ("client-ref", "01930f6a-0000-7000-8000-000000000001"),
        ("status-report-req", "true"),
        ("callback", "https://passwords.contoso.com/hooks/sms/vonage"),
    ]);
    assert_eq!(server.messages(), [expected]);
}

#[tokio::test]
async fn without_a_secret_the_request_is_signed_and_carries_none() {
    let server = VonageServer::start().await;
    let signing = VonageSettings { api_secret: None, ..settings(&server.url()) };
    sender(&signing).send(&sms()).await.unwrap();
    assert_eq!(server.faults(), [""; 0]);
    let [form] = &server.messages()[..] else { panic!("one message") };
    assert!(!form.contains_key("api_secret") && form.contains_key("sig"), "{form:?}");
    let now = sspr::clock::now().unix_timestamp();
    assert!(now.abs_diff(form["timestamp"].parse().unwrap()) < 60);
}

#[tokio::test]
async fn receipts_are_asked_for_only_where_they_could_be_believed_and_fit() {
    let server = VonageServer::start().await;
    let unsigned = VonageSettings { signature_secret: None, ..settings(&server.url()) };
    sender(&unsigned).send(&sms()).await.unwrap();
    let all = settings(&server.url());
    sender(&all).send(&Sms { receipts: None, ..sms() }).await.unwrap();
    // Vonage takes 100 characters.
    for (longest, callbacks) in [(100, 1), (101, 0)] {
        let host = "x".repeat(longest - "https:///hooks/sms/vonage".len());
        let receipts = Some(format!("https://{host}/hooks/sms").into());
        sender(&all).send(&Sms { receipts, ..sms() }).await.unwrap();
        let form = server.messages().pop().unwrap();
        assert_eq!(form.get("callback").into_iter().filter(|url| url.len() == longest).count(), callbacks);
        assert_eq!(form["status-report-req"], (callbacks == 1).to_string());
    }
    assert_eq!(server.faults(), [""; 0]);
    for form in &server.messages()[..2] {
        assert!(!form.contains_key("callback") && form["status-report-req"] == "false", "{form:?}");
    }
}

#[tokio::test]
async fn a_letter_outside_gsm_7_is_sent_as_it_is() {
    let server = VonageServer::start().await;
    let sender = sender(&settings(&server.url()));
    for (text, kind) in [("314159 é @ _", "text"), ("314159 \u{2019}", "unicode"), ("314159 [", "unicode")] {
        sender.send(&Sms { text: text.into(), ..sms() }).await.unwrap();
        let form = server.messages().pop().unwrap();
        assert_eq!((&*form["text"], &*form["type"]), (text, kind));
    }
}

#[tokio::test]
async fn a_code_that_would_arrive_dead_is_not_given_to_it() {
    let server = VonageServer::start().await;
    let sender = sender(&settings(&server.url()));
    let late = Sms { valid_for: Duration::from_millis(19_999), ..sms() };
    let outcome = sender.send(&late).await;
    assert!(matches!(outcome, Err(SendError::GiveUp(_))), "{outcome:?}");
    assert_eq!(server.messages().len(), 0);
    sender.send(&Sms { valid_for: Duration::from_secs(20), ..sms() }).await.unwrap();
    sender.send(&Sms { valid_for: Duration::from_hours(1_000), ..sms() }).await.unwrap();
    let told: Vec<String> = server.messages().iter().map(|form| form["ttl"].clone()).collect();
    assert_eq!(told, ["20000", "604800000"]);
}

#[tokio::test]
async fn only_a_message_all_of_whose_parts_were_taken_is_accepted() {
    let server = VonageServer::start().await;
    let sender = sender(&settings(&server.url()));
    for taken in [Answer::Parts(&[0]), Answer::Parts(&[0, 0]), Answer::Numbers(&[0, 0, 0])] {
        server.answers(taken);
        assert_eq!(sender.send(&sms()).await.unwrap().evidence.as_deref(), Some(MESSAGE));
    }
    for (partly, expected) in [
        (Answer::Parts(&[0, 1]), "try again: vonage 429/1 (may have left)"),
        (Answer::Parts(&[1, 0]), "try again: vonage 429/1 (may have left)"),
        (Answer::Parts(&[0, 0, 7]), "give up: vonage 400/7 (may have left)"),
        (Answer::Parts(&[1, 1]), "try again: vonage 429/1"),
    ] {
        server.answers(partly);
        assert_eq!(failure(&sender).await, expected);
    }
}

#[tokio::test]
async fn each_code_of_the_published_table_says_whether_another_try_can_help() {
    let server = VonageServer::start().await;
    let sender = sender(&settings(&server.url()));
    for (code, expected) in [
        (&[1], "try again: vonage 429/1"),                 // throttled
        (&[2], "give up: vonage 400/2"),                   // missing parameter
        (&[3], "give up: vonage 400/3"),                   // invalid parameter
        (&[4], "try again: vonage 401/4"),                 // invalid credentials
        (&[5], "try again: vonage 500/5 (may have left)"), // internal error
        (&[6], "give up: vonage 400/6"),                   // invalid message
        (&[7], "give up: vonage 400/7"),                   // number barred
        (&[8], "try again: vonage 403/8"),                 // account barred
        (&[9], "try again: vonage 403/9"),                 // no credit: "top up and retry"
        (&[10], "try again: vonage 429/10"),               // too many connections: "back off and retry"
        (&[11], "try again: vonage 403/11"),               // account not enabled for HTTP
        (&[12], "give up: vonage 400/12"),                 // too long
        (&[13], "try again: vonage 503/13"),               // communication failed (of older tables)
        (&[14], "try again: vonage 401/14"),               // invalid signature
        (&[15], "give up: vonage 400/15"),                 // sender not allowed there
        (&[16], "give up: vonage 400/16"),                 // invalid ttl (of older tables)
        (&[17], "give up: vonage 400/17"),                 // unreachable (of older tables)
        (&[19], "give up: vonage 400/19"),                 // facility not allowed (of older tables)
        (&[20], "give up: vonage 400/20"),                 // message class (of older tables)
        (&[22], "give up: vonage 400/22"),                 // network code
        (&[23], "give up: vonage 400/23"),                 // callback
        (&[29], "give up: vonage 400/29"),                 // not on the list of an account in demo mode
        (&[32], "try again: vonage 401/32"),               // signature and secret
        (&[33], "give up: vonage 400/33"),                 // number deactivated
        (&[99], "give up: vonage 400/99"),                 // in no table
    ] as [(&'static [u32; 1], &str); 25]
    {
        for answer in [Answer::Parts(code), Answer::Numbers(code)] {
            server.answers(answer);
            assert_eq!(failure(&sender).await, expected);
        }
    }
}

#[tokio::test]
async fn the_operator_knows_better_what_a_code_means() {
    let server = VonageServer::start().await;
    let classify = ["29=retry", "1=refuse"].map(|line| judge::parse(line).unwrap()).into();
    let vonage = Vonage::new(http_client::new(None).unwrap(), &settings(&server.url()), classify).unwrap();
    let sender = SmsSender::Vonage(vonage);
    server.answers(Answer::Parts(&[29]));
    assert_eq!(failure(&sender).await, "try again: vonage 400/29");
    server.answers(Answer::Parts(&[1]));
    assert_eq!(failure(&sender).await, "give up: vonage 429/1");
}

#[tokio::test]
async fn an_answer_that_says_nothing_leaves_the_outcome_open() {
    let server = VonageServer::start().await;
    let sender = sender(&settings(&server.url()));
    for body in
        ["", "{}", "{\"messages\":[]}", "{\"messages\":[{}]}", "<html> not JSON {", "{\"messages\":7}"]
    {
        server.answers(Answer::Other(200, body));
        let said = failure(&sender).await;
        assert_eq!(said, "try again: vonage no readable answer 200 (may have left)", "{body}");
    }
    for (first, then) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"messages\": [{\"sta", Then::Close),
        ("HTTP/1.1 200 OK\r\n\r\n", Then::Flood),
    ] {
        let sender = self::sender(&settings(&broken(first, then).await));
        let said = failure(&sender).await;
        assert_eq!(said, "try again: vonage no readable answer 200 (may have left)", "{then:?}");
    }
}

#[tokio::test]
async fn a_status_of_http_counts_before_the_body() {
    let server = VonageServer::start().await;
    let sender = sender(&settings(&server.url()));
    let taken = "{\"messages\":[{\"status\":\"0\"}]}";
    for (answer, expected) in [
        (Answer::Other(400, "<html>"), "give up: vonage 400"),
        (Answer::Other(401, taken), "try again: vonage 401"),
        (Answer::Other(403, ""), "try again: vonage 403"),
        (Answer::Other(404, ""), "try again: vonage 404"),
        (Answer::Other(420, ""), "give up: vonage 420"),
        (Answer::Other(429, "{\"messages\":[{\"status\":\"7\"}]}"), "try again: vonage 429/7"),
        (Answer::Other(500, taken), "try again: vonage 500 (may have left)"),
        (Answer::Other(502, "<html>"), "try again: vonage 502 (may have left)"),
        (Answer::Other(503, ""), "try again: vonage 503"),
        (Answer::Redirect(302), "try again: vonage 302"),
        (Answer::Redirect(307), "try again: vonage 307"),
    ] {
        server.answers(answer);
        assert_eq!(failure(&sender).await, expected);
    }
    server.answers(Answer::Slower(17));
    let error = sender.send(&sms()).await.unwrap_err();
    assert_eq!(error.reason().not_before(), Some(Duration::from_secs(17)));
    assert_eq!(server.faults(), [""; 0], "no redirect is followed");
}

#[tokio::test]
async fn wrong_credentials_are_the_operators_to_mend() {
    let server = VonageServer::start().await;
    let wrong = VonageSettings { api_secret: Some("wrong-secret".into()), ..settings(&server.url()) };
    assert_eq!(failure(&sender(&wrong)).await, "try again: vonage 401/4");
    let unsigned = VonageSettings {
        api_secret: None,
        signature_secret: Some("wrong-secret".into()),
        ..settings(&server.url())
    };
    let error = sender(&unsigned).send(&sms()).await.unwrap_err();
    assert_eq!(error.to_string(), "try again: vonage 401/14");
    assert!(error.reason().is_about_the_provider(), "other messages better go elsewhere first");
    assert_eq!(server.messages().len(), 0);
}

#[tokio::test]
async fn a_provider_that_hangs_hangs_up_or_is_not_there_is_told_apart() {
    let server = VonageServer::start().await;
    server.answers(Answer::Hang);
    let began = Instant::now();
    assert_eq!(failure(&sender(&settings(&server.url()))).await, "try again: vonage timeout (may have left)");
    assert!(began.elapsed() >= http_client::TOTAL && began.elapsed() < http_client::TOTAL * 2);
    assert_eq!(server.messages().len(), 1);
    for first in ["", "HTTP/1.1 200", "SMTP/9 hello\r\n\r\n"] {
        let sender = sender(&settings(&broken(first, Then::Close).await));
        assert_eq!(failure(&sender).await, "try again: vonage broken off (may have left)", "{first}");
    }
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody = settings(&format!("http://{}", taken.local_addr().unwrap()));
    assert_eq!(failure(&sender(&nobody)).await, "try again: vonage connect failed");
}

#[test]
fn settings_that_cannot_work_are_refused_here() {
    let good = || settings("https://rest.nexmo.com");
    let neither = VonageSettings { api_secret: None, signature_secret: None, ..good() };
    for (settings, key) in [
        (VonageSettings { base_url: "http://rest.nexmo.com".into(), ..good() }, "base_url"),
        (VonageSettings { api_key: String::new(), ..good() }, "api_key"),
        (VonageSettings { api_key: "a&b".into(), ..good() }, "api_key"),
        (VonageSettings { api_secret: Some(SecretString::from("")), ..good() }, "api_secret"),
        (VonageSettings { signature_secret: Some(SecretString::from("")), ..good() }, "signature_secret"),
        (neither, "api_secret"),
        (VonageSettings { from: String::new(), ..good() }, "from"),
        (VonageSettings { from: "A name that is too long".into(), ..good() }, "from"),
    ] {
        let refused = Vonage::new(http_client::new(None).unwrap(), &settings, Vec::new());
        assert_eq!(refused.map(|_| ()).unwrap_err().key, key);
    }
}

// ---- receipts ----

const NOW: i64 = 1_795_269_900;

/// The parameters of a receipt, and `sig` made by Vonage's own code: `vonage_http_client.auth.Auth(api_key='abcd1234',
/// signature_secret='canary-signature-7c02', signature_method='sha256').sign_params(…)` of the package `vonage-http-client` 1.5.2.
fn genuine() -> BTreeMap<String, String> {
    owned([
        ("msisdn", "14255550100"),
        ("to", "Contoso"),
        ("network-code", "31026"),
        ("messageId", MESSAGE),
        ("price", "0.03330000"),
        ("status", "delivered"),
        ("scts", "2611211404"),
        ("err-code", "0"),
        ("api-key", KEY),
        ("client-ref", "01930f6a-0000-7000-8000-000000000001"),
        ("message-timestamp", "2026-11-21 14:05:00"),
        ("timestamp", "1795269900"),
        ("nonce", "ec11dd3e-1e7f-4db5-9467-82b02cd223b9"),
        ("sig", "ca95d65e5ea74baf864593c33c23e61d3ed0775d7a51b745066384d8def5f76e"),
    ])
}

/// The genuine one with these changes, signed anew.
fn with<const N: usize>(changes: [(&str, Option<&str>); N]) -> BTreeMap<String, String> {
    let mut told = genuine();
    for (name, value) in changes {
        match value {
            Some(value) => told.insert(name.into(), value.into()),
            None => told.remove(name),
        };
    }
    told.insert("sig".into(), signature(&told, SIGNATURE_SECRET));
    told
}

/// How the genuine one names the message.
fn both() -> Which {
    Which::Both(ID, MESSAGE.to_owned())
}

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

fn read_at(now: i64, query: &str, kind: &'static str, body: &[u8]) -> Result<Receipt, NotBelieved> {
    read_by(&settings("https://rest.nexmo.com"), now, query, kind, body)
}

fn read_by(
    settings: &VonageSettings,
    now: i64,
    query: &str,
    kind: &'static str,
    body: &[u8],
) -> Result<Receipt, NotBelieved> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, kind.parse().unwrap());
    let url = format!("https://passwords.contoso.com/hooks/sms/vonage?{query}");
    sender(settings).receipt(&Call { url: &url, query, headers: &headers, body, now })
}

fn form(told: &BTreeMap<String, String>) -> String {
    serde_urlencoded::to_string(told).unwrap()
}

/// Posted as a form now.
fn read(told: &BTreeMap<String, String>) -> Result<Receipt, NotBelieved> {
    read_at(NOW, "", FORM, form(told).as_bytes())
}

#[test]
fn a_receipt_is_read_in_each_of_the_three_forms_that_an_account_can_choose() {
    let delivered = Ok(Receipt { message: both(), fate: Fate::Delivered });
    let told = genuine();
    assert_eq!(read_at(NOW, &form(&told), FORM, b""), delivered, "GET");
    assert_eq!(read(&told), delivered, "POST");
    assert_eq!(read_at(NOW, "", JSON, &serde_json::to_vec(&told).unwrap()), delivered, "POST-JSON");
    assert_eq!(
        read_at(NOW, "status=failed", FORM, form(&told).as_bytes()),
        delivered,
        "only the body counts"
    );
    let mut loud = told;
    let sig = loud["sig"].to_uppercase();
    loud.insert("sig".into(), sig);
    assert_eq!(read(&loud), delivered, "some of its systems write capitals");
}

#[test]
fn numbers_in_json_are_signed_as_they_stand() {
    let mut told = serde_json::to_value(with([("err-code", Some("3")), ("status", Some("failed"))])).unwrap();
    told["err-code"] = 3.into();
    told["timestamp"] = NOW.into();
    let failed = Ok(Receipt { message: both(), fate: Fate::Failed(Some(3)) });
    assert_eq!(read_at(NOW, "", JSON, told.to_string().as_bytes()), failed);
    for odd in [serde_json::json!(null), serde_json::json!(["3"]), serde_json::json!(true)] {
        told["err-code"] = odd;
        let read = read_at(NOW, "", JSON, told.to_string().as_bytes());
        assert_eq!(read, Err(NotBelieved::Signature), "{told}");
    }
}

#[test]
fn ampersands_in_values_are_signed_as_vonages_own_code_signs_them() {
    let mut told = genuine();
    for (name, value) in [
        ("to", "A&B=C"),
        ("status", "failed"),
        ("err-code", "3"),
        ("sig", "ea6c903fbf0ed1bdeaffcceef1d875609c82bed9e1f83c61b8d40cd9cc294d73"),
    ] {
        told.insert(name.into(), value.into());
    }
    assert_eq!(read(&told), Ok(Receipt { message: both(), fate: Fate::Failed(Some(3)) }));
}

#[test]
fn each_documented_status_says_what_became_of_the_message() {
    for (status, code, fate) in [
        ("delivered", "0", Fate::Delivered),
        ("expired", "1", Fate::Failed(Some(1))),
        ("failed", "2", Fate::Failed(Some(2))),
        ("rejected", "6", Fate::Failed(Some(6))),
        ("failed", "", Fate::Failed(None)),
        ("failed", "99999999999", Fate::Failed(None)),
        ("accepted", "0", Fate::Underway),
        ("buffered", "0", Fate::Underway),
        ("unknown", "1", Fate::Underway),
    ] {
        let told = with([("status", Some(status)), ("err-code", Some(code))]);
        assert_eq!(read(&told), Ok(Receipt { message: both(), fate }), "{status}");
    }
    for odd in [Some("Delivered"), Some("seen"), Some(""), None] {
        assert_eq!(read(&with([("status", odd)])), Err(NotBelieved::Shape), "{odd:?}");
    }
}

#[test]
fn a_receipt_names_our_message_or_at_least_vonages() {
    let theirs = |told| read(&told).map(|receipt| receipt.message);
    let name = Ok(Which::Theirs(MESSAGE.to_owned()));
    assert_eq!(theirs(with([("client-ref", None)])), name);
    assert_eq!(theirs(with([("client-ref", Some("of another program"))])), name);
    assert_eq!(theirs(with([("messageId", None)])), Ok(Which::Ours(ID)));
    assert_eq!(theirs(with([("messageId", Some("<b>"))])), Ok(Which::Ours(ID)));
    let old = with([("client-ref", None), ("messageId", None), ("message-id", Some(MESSAGE))]);
    assert_eq!(theirs(old), name);
    // An SMS that somebody sent to the account's number is signed as well.
    for odd in [None, Some(""), Some("<b>"), Some("a b"), Some("\u{202e}")] {
        let told = with([("client-ref", None), ("messageId", odd)]);
        assert_eq!(read(&told), Err(NotBelieved::Shape), "{odd:?}");
    }
}

#[test]
fn a_receipt_that_was_changed_by_one_bit_is_not_believed() {
    let posted = form(&genuine()).into_bytes();
    let json = serde_json::to_vec(&genuine()).unwrap();
    for (query, kind, genuine) in [(false, FORM, &posted), (true, FORM, &posted), (false, JSON, &json)] {
        for at in 0..genuine.len() {
            let mut forged = genuine.clone();
            forged[at] ^= 1;
            let read = if query {
                read_at(NOW, std::str::from_utf8(&forged).unwrap(), kind, b"")
            } else {
                read_at(NOW, "", kind, &forged)
            };
            assert_eq!(read, Err(NotBelieved::Signature), "{kind} byte {at}");
        }
    }
}

#[test]
fn a_receipt_with_a_field_more_or_less_is_not_believed() {
    for name in genuine().keys() {
        let mut forged = genuine();
        forged.remove(name);
        assert_eq!(read(&forged), Err(NotBelieved::Signature), "without {name}");
        let mut forged = genuine();
        forged.insert(name.clone(), String::new());
        assert_eq!(read(&forged), Err(NotBelieved::Signature), "with an empty {name}");
    }
    let mut more = genuine();
    more.insert("more".into(), String::new());
    assert_eq!(read(&more), Err(NotBelieved::Signature));
    for body in ["", "sig=", "sig", "&", "{}", "\u{0}"] {
        assert_eq!(read_at(NOW, "", FORM, body.as_bytes()), Err(NotBelieved::Signature), "{body:?}");
        assert_eq!(read_at(NOW, "", JSON, body.as_bytes()), Err(NotBelieved::Signature), "{body:?}");
    }
}

#[test]
fn a_receipt_that_can_be_read_in_two_ways_is_not_believed() {
    // The string that is signed separates names by `&` and `=`, and replaces them in values only: this one reads as the genuine one's.
    let mut joined = genuine();
    let id = joined.remove("client-ref").unwrap();
    let key = joined.remove("api-key").unwrap();
    joined.insert(format!("api-key={key}&client-ref"), id);
    assert_eq!(signature(&joined, SIGNATURE_SECRET), genuine()["sig"], "the attack is a real one");
    assert_eq!(read(&joined), Err(NotBelieved::Signature));
    assert_eq!(read_at(NOW, "", JSON, &serde_json::to_vec(&joined).unwrap()), Err(NotBelieved::Signature));
    for doubled in ["status=failed&", "status=delivered&", "sig=x&"] {
        let body = format!("{doubled}{}", form(&genuine()));
        assert_eq!(read_at(NOW, "", FORM, body.as_bytes()), Err(NotBelieved::Signature), "{doubled}");
    }
}

#[test]
fn a_receipt_of_another_secret_or_another_time_is_not_believed() {
    let mut foreign = genuine();
    foreign.insert("sig".into(), signature(&foreign, SECRET));
    assert_eq!(read(&foreign), Err(NotBelieved::Signature), "the secret that signs in signs no receipts");
    foreign.insert("sig".into(), signature(&foreign, ""));
    assert_eq!(read(&foreign), Err(NotBelieved::Signature));
    let body = form(&genuine());
    for (now, believed) in [(NOW - 301, false), (NOW - 300, true), (NOW + 300, true), (NOW + 301, false)] {
        let read = read_at(now, "", FORM, body.as_bytes());
        assert_eq!(read.is_ok(), believed, "{now}: {read:?}");
        assert!(believed || read == Err(NotBelieved::Time));
    }
    for odd in [None, Some(""), Some("x"), Some("2026-11-21 14:05:00"), Some("-1")] {
        assert_eq!(read(&with([("timestamp", odd)])), Err(NotBelieved::Time), "{odd:?}");
    }
}

#[test]
fn without_a_signature_secret_no_receipt_is_believed() {
    let unsigned = VonageSettings { signature_secret: None, ..settings("https://rest.nexmo.com") };
    let read = read_by(&unsigned, NOW, "", FORM, form(&genuine()).as_bytes());
    assert_eq!(read, Err(NotBelieved::NoReceipts));
}
