//! SMS against a server of Twilio's shape: what it is asked, what each answer means, and what no log ever holds.

use std::time::{Duration, Instant};

use secrecy::SecretString;
use serde_json::json;
use sspr::senders::{
    SendError, http_client,
    sms::{
        Sms, SmsSender, Twilio,
        twilio::{TwilioSender, TwilioSettings},
    },
};

use uuid::Uuid;

use crate::support::{
    http_server::{ACCOUNT, Answer, MESSAGE, TOKEN, Then, TwilioServer, broken},
    smtp_server::{Certificate, SmtpServer},
    this_binary_again,
};

const SERVICE: &str = "MG00112233445566778899aabbccddeeff";

fn sms() -> Sms {
    Sms {
        to: "+14255550100".into(),
        text: "314159 is your Contoso security code.\n\n@passwords.contoso.com #314159".into(),
        valid_for: Duration::from_secs(597),
        id: Uuid::nil(),
        receipts: None,
    }
}

pub fn settings(base_url: &str) -> TwilioSettings {
    TwilioSettings {
        base_url: base_url.into(),
        account_sid: ACCOUNT.into(),
        api_key_sid: None,
        auth_token: TOKEN.into(),
        sender: TwilioSender::From("+14255550199".into()),
    }
}

fn sender(settings: &TwilioSettings) -> SmsSender {
    SmsSender::Twilio(Twilio::new(http_client::new(None).unwrap(), settings, Vec::new()).unwrap())
}

/// The text of the error, with the verdict in front.
async fn failure(sender: &SmsSender) -> String {
    sender.send(&sms()).await.expect_err("the send must fail").to_string()
}

#[tokio::test]
async fn a_message_is_asked_for_in_the_documented_shape() {
    let server = TwilioServer::start().await;
    let accepted = sender(&settings(&server.url())).send(&sms()).await.unwrap();
    assert_eq!(accepted.evidence.as_deref(), Some(MESSAGE));
    let service =
        TwilioSettings { sender: TwilioSender::MessagingService(SERVICE.into()), ..settings(&server.url()) };
    sender(&service).send(&sms()).await.unwrap();

    assert_eq!(server.faults(), [""; 0]);
    let [first, second] = &server.messages()[..] else { panic!("two messages: {:?}", server.messages()) };
    let common = [
        ("To", "+14255550100"),
        ("Body", &sms().text),
        ("ValidityPeriod", "597"),
        ("ContentRetention", "discard"),
        ("AddressRetention", "obfuscate"),
    ];
    for (form, from) in [(first, ("From", "+14255550199")), (second, ("MessagingServiceSid", SERVICE))] {
        let expected =
            common.into_iter().chain([from]).map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(*form, expected.collect());
    }
}

#[tokio::test]
async fn any_2xx_is_an_acceptance_whatever_its_body_says() {
    let server = TwilioServer::start().await;
    let sender = sender(&settings(&server.url()));
    for (answer, evidence) in [
        (Answer::Accept(200), Some(MESSAGE)),
        (Answer::Accept(201), Some(MESSAGE)),
        (Answer::Accept(202), Some(MESSAGE)),
        (Answer::Accept(204), None),
        (Answer::Garbage(201), None),
        (Answer::Refuse(200, 21211), None),
    ] {
        server.answers(answer.clone());
        let accepted = sender.send(&sms()).await.unwrap_or_else(|error| panic!("{answer:?}: {error}"));
        assert_eq!(accepted.evidence.as_deref(), evidence, "{answer:?}");
    }
    assert_eq!(server.messages().len(), 6, "each was sent once");
}

#[tokio::test]
async fn a_2xx_counts_also_when_the_rest_of_the_answer_never_comes() {
    for (first, then) in [
        ("HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"sid\": \"SM", Then::Hold),
        ("HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"sid\": \"SM", Then::Close),
        ("HTTP/1.1 201 Created\r\n\r\n", Then::Flood),
    ] {
        let began = Instant::now();
        let accepted = sender(&settings(&broken(first, then).await)).send(&sms()).await.unwrap();
        assert_eq!(accepted.evidence, None);
        assert!(began.elapsed() < http_client::TOTAL + Duration::from_secs(2), "{then:?}");
    }
}

#[tokio::test]
async fn each_refusal_says_whether_another_try_can_help() {
    let server = TwilioServer::start().await;
    let sender = sender(&settings(&server.url()));
    for (answer, expected) in [
        (Answer::Refuse(400, 21211), "give up: twilio 400/21211"),
        (Answer::Refuse(400, 21408), "give up: twilio 400/21408"),
        (Answer::Refuse(403, 21408), "give up: twilio 403/21408"),
        (Answer::Refuse(400, 21610), "give up: twilio 400/21610"),
        (Answer::Refuse(400, 21614), "give up: twilio 400/21614"),
        (Answer::Refuse(400, 29999), "give up: twilio 400/29999"),
        (Answer::Refuse(400, 20429), "try again: twilio 400/20429"),
        (Answer::Refuse(429, 20429), "try again: twilio 429/20429"),
        (Answer::Refuse(429, 21211), "try again: twilio 429/21211"),
        (Answer::Refuse(401, 20003), "try again: twilio 401/20003"),
        (Answer::Refuse(403, 20005), "try again: twilio 403/20005"),
        (Answer::Refuse(404, 20404), "try again: twilio 404/20404"),
        (Answer::Refuse(500, 20500), "try again: twilio 500/20500 (may have left)"),
        (Answer::Refuse(503, 20503), "try again: twilio 503/20503"),
        (Answer::Garbage(400), "give up: twilio 400"),
        (Answer::Garbage(502), "try again: twilio 502 (may have left)"),
    ] {
        server.answers(answer);
        assert_eq!(failure(&sender).await, expected);
    }
}

#[tokio::test]
async fn a_wrong_token_is_the_operators_to_mend() {
    let server = TwilioServer::start().await;
    let wrong = TwilioSettings { auth_token: SecretString::from("wrong"), ..settings(&server.url()) };
    assert_eq!(failure(&sender(&wrong)).await, "try again: twilio 401/20001");
    assert_eq!(server.messages(), []);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = TwilioServer::start().await;
    let sender = sender(&settings(&server.url()));
    for status in [301, 302, 303, 307, 308] {
        server.answers(Answer::Redirect(status));
        assert_eq!(failure(&sender).await, format!("try again: twilio {status}"));
    }
    assert_eq!(server.strays(), [""; 0]);
}

#[tokio::test]
async fn a_provider_that_hangs_or_hangs_up_leaves_the_outcome_open_and_is_asked_once() {
    let server = TwilioServer::start().await;
    server.answers(Answer::Hang);
    let began = Instant::now();
    assert_eq!(failure(&sender(&settings(&server.url()))).await, "try again: twilio timeout (may have left)");
    assert!(began.elapsed() >= http_client::TOTAL && began.elapsed() < http_client::TOTAL * 2);
    assert_eq!(server.messages().len(), 1);
    for first in ["", "HTTP/1.1 201", "SMTP/9 hello\r\n\r\n"] {
        let sender = sender(&settings(&broken(first, Then::Close).await));
        assert_eq!(failure(&sender).await, "try again: twilio broken off (may have left)", "{first}");
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_has_not_got_the_message() {
    // Taken, but nobody listens: no other test's server can turn up there.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let free = taken.local_addr().unwrap();
    let sender = sender(&settings(&format!("http://{free}")));
    assert_eq!(failure(&sender).await, "try again: twilio connect failed");
}

#[tokio::test]
async fn only_bundled_roots_and_the_operators_own_are_trusted() {
    let (own, other) = (Certificate::for_host("localhost"), Certificate::for_host("api.fabrikam.com"));
    for (certificate, ca, accepted) in [(&own, true, true), (&own, false, false), (&other, true, false)] {
        let server = SmtpServer::start(certificate.add_to(json!({ "https": MESSAGE }))).await;
        let pem = certificate.pem();
        let client = http_client::new(ca.then_some(&pem[..])).unwrap();
        let twilio =
            Twilio::new(client, &settings(&format!("https://localhost:{}", server.port)), Vec::new())
                .unwrap();
        let outcome = SmsSender::Twilio(twilio).send(&sms()).await;
        assert_eq!(outcome.is_ok(), accepted, "{outcome:?}");
        let unsent = outcome.map_or_else(|error| !error.reason().outcome_unknown(), |_| false);
        assert_eq!(unsent, !accepted, "a refused certificate means that nothing was said");
    }
}

#[tokio::test]
async fn text_and_settings_that_cannot_work_are_refused_here() {
    let server = TwilioServer::start().await;
    let long = Sms { text: "x".repeat(1_601), ..sms() };
    let outcome = sender(&settings(&server.url())).send(&long).await;
    assert!(matches!(outcome, Err(SendError::GiveUp(_))), "{outcome:?}");
    assert_eq!((server.messages(), server.faults()), (vec![], vec![]));

    let good = || settings(&server.url());
    let from = |from: &str| TwilioSettings { sender: TwilioSender::From(from.into()), ..good() };
    let service = TwilioSender::MessagingService("MG1".into());
    for (settings, key) in [
        (TwilioSettings { account_sid: format!("{ACCOUNT}/../x"), ..good() }, "account_sid"),
        (TwilioSettings { api_key_sid: Some(ACCOUNT.into()), ..good() }, "api_key_sid"),
        (TwilioSettings { auth_token: SecretString::from(""), ..good() }, "auth_token"),
        (TwilioSettings { base_url: "http://api.twilio.com".into(), ..good() }, "base_url"),
        (TwilioSettings { sender: service, ..good() }, "messaging_service_sid"),
        (from(""), "from"),
        (from("425-555-0199"), "from"),
        (from("A name that is too long"), "from"),
    ] {
        let refused =
            Twilio::new(http_client::new(None).unwrap(), &settings, Vec::new()).map(|_| ()).unwrap_err();
        assert_eq!(refused.key, key, "{refused}");
    }
    for right in ["Contoso", "+14255550199", "12345"] {
        assert!(Twilio::new(http_client::new(None).unwrap(), &from(right), Vec::new()).is_ok(), "{right}");
    }
}

#[test]
fn a_proxy_of_the_environment_is_not_used() {
    let nobody = "http://127.0.0.1:9";
    let proxies = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let mut environment: Vec<_> = proxies.map(|name| (name, nobody)).into();
    environment.extend([("no_proxy", ""), ("NO_PROXY", "")]);
    let test = "senders_twilio::a_message_is_asked_for_in_the_documented_shape";
    let output = this_binary_again(test, &environment);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
