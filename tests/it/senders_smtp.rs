//! Mail against a real mail server: what arrives, what TLS refuses, and what each fault means.

use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};
use sspr::senders::mail::{
    Mail, MailSender, Smtp,
    smtp::{SmtpSettings, SmtpTls},
};
use time::macros::datetime;

use crate::support::smtp_server::{Certificate, SmtpServer};

const LINK: &str = "https://passwords.contoso.com/reset/email-link/\
    AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

fn mail() -> Mail {
    Mail {
        to: "johnsmith@fabrikam.com".into(),
        return_path: None,
        subject: "Reset your password".into(),
        text: format!("Hello John,\n\nOpen this link:\n\n{LINK}\n\nContoso\n"),
        html: format!("<p>Hello John,</p>\n<p><a href=\"{LINK}\">Reset your password now</a></p>\n"),
        message_id: "<0198-1@contoso.com>".into(),
        language: "en".into(),
        date: datetime!(2026-11-21 14:05:00 UTC),
    }
}

fn sender(settings: &SmtpSettings) -> MailSender {
    MailSender::Smtp(Smtp::new(settings).unwrap())
}

fn header<'a>(received: &'a Value, name: &str) -> Vec<&'a str> {
    let headers = received["headers"].as_array().unwrap();
    headers.iter().filter(|h| h[0] == name).map(|h| h[1].as_str().unwrap()).collect()
}

fn raw(received: &Value) -> String {
    String::from_utf8(BASE64_STANDARD.decode(received["raw"].as_str().unwrap()).unwrap()).unwrap()
}

fn part<'a>(received: &'a Value, number: usize, field: &str) -> &'a str {
    received["parts"][number][field].as_str().unwrap()
}

/// The text of the error, with the verdict in front.
async fn failure(sender: &MailSender, mail: &Mail) -> String {
    sender.send(mail).await.expect_err("the send must fail").to_string()
}

#[tokio::test]
async fn a_mail_arrives_as_text_first_then_html_with_its_headers() {
    let mut server = SmtpServer::start(json!({})).await;
    let settings =
        SmtpSettings { reply_to: Some("Help desk <help@contoso.com>".into()), ..server.settings() };
    let accepted = sender(&settings).send(&mail()).await.unwrap();
    assert_eq!(
        accepted.evidence.as_deref(),
        Some("2.0.0 Ok: queued as 4F3A for"),
        "no address in the evidence"
    );

    assert_eq!(server.next("ehlo").await["name"], "contoso.com", "not the name of the machine");
    let got = server.next("mail").await;
    assert_eq!(got["mail_from"], "it@contoso.com");
    assert_eq!(got["rcpt_tos"], json!(["johnsmith@fabrikam.com"]));
    assert_eq!(got["defects"], json!([]));
    assert_eq!(got["content_type"], "multipart/alternative");
    assert_eq!(got["date"], "2026-11-21T14:05:00+00:00");
    for (name, value) in [
        ("From", "\"Contoso IT, Zürich\" <it@contoso.com>"),
        ("Reply-To", "Help desk <help@contoso.com>"),
        ("To", "johnsmith@fabrikam.com"),
        ("Subject", "Reset your password"),
        ("Message-ID", "<0198-1@contoso.com>"),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("Content-Language", "en"),
        ("MIME-Version", "1.0"),
    ] {
        assert_eq!(header(&got, name), [value], "{name}");
    }
    assert_eq!(got["parts"].as_array().unwrap().len(), 2);
    assert_eq!((part(&got, 0, "type"), part(&got, 0, "charset")), ("text/plain", "utf-8"));
    assert_eq!((part(&got, 1, "type"), part(&got, 1, "charset")), ("text/html", "utf-8"));
    assert_eq!(part(&got, 0, "text").trim_end(), mail().text.trim_end());
    assert_eq!(part(&got, 1, "text").trim_end(), mail().html.trim_end());

    let raw = raw(&got);
    assert_eq!(raw.matches(LINK).count(), 2, "the link is whole in the bytes, once a part");
    assert!(raw.split("\r\n").any(|line| line == LINK), "on a line of its own");
    assert!(raw.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
    assert!(!raw.to_ascii_lowercase().contains("user-agent:"), "no name of the program");
}

#[tokio::test]
async fn letters_beyond_ascii_arrive_whether_or_not_the_relay_takes_eight_bits() {
    for (no_8bitmime, encoding) in [(false, "8bit"), (true, "quoted-printable")] {
        let mut server = SmtpServer::start(json!({ "no_8bitmime": no_8bitmime })).await;
        let mail = Mail {
            subject: "Zurücksetzen für Jürgen: пароль, a subject that is long enough to be folded somewhere"
                .into(),
            text: format!("Grüezi Jürgen,\n{LINK}\nпароль = ?=\n"),
            html: format!("<p>Grüezi</p>\n<a href=\"{LINK}\">x</a>\n{}", "y".repeat(1_200)),
            ..mail()
        };
        sender(&server.settings()).send(&mail).await.unwrap();
        let got = server.next("mail").await;
        assert_eq!(got["defects"], json!([]));
        assert_eq!(header(&got, "Subject"), [&mail.subject]);
        assert_eq!(part(&got, 0, "encoding"), encoding);
        assert_eq!(part(&got, 0, "text").trim_end(), mail.text.trim_end());
        assert_eq!(part(&got, 1, "encoding"), "quoted-printable", "a line is too long to go as it is");
        assert_eq!(part(&got, 1, "text").trim_end(), mail.html);
        assert!(raw(&got).split("\r\n").all(|line| line.len() <= 998));
    }
}

#[tokio::test] // V-63
async fn a_text_that_looks_like_smtp_stays_text() {
    let mut server = SmtpServer::start(json!({})).await;
    let sender = sender(&server.settings());
    let nasty =
        ".\r\n.first\r\n..\r\nMAIL FROM:<eve@example.com>\n.\nRCPT TO:<eve@example.com>\r.\rDATA\r\n.\r\nend";
    let mail = Mail { text: nasty.into(), html: nasty.into(), ..mail() };
    sender.send(&mail).await.unwrap();
    sender.send(&mail).await.unwrap();
    let expected = nasty.replace("\r\n", "\n").replace('\r', "\n");
    for _ in 0..2 {
        let got = server.next("mail").await;
        assert_eq!(part(&got, 0, "text").trim_end(), expected);
        assert_eq!(part(&got, 1, "text").trim_end(), expected);
        assert_eq!(got["rcpt_tos"], json!(["johnsmith@fabrikam.com"]));
    }
    assert!(server.events().iter().all(|event| event["event"] != "mail"), "two sends are two mails");
}

#[tokio::test]
async fn starttls_and_sign_in_carry_a_mail() {
    let certificate = Certificate::for_host("localhost");
    let how = json!({ "auth": ["relay-user", "relay-secret"] });
    let mut server = SmtpServer::start(certificate.add_to(how)).await;
    let with = |password: &str| SmtpSettings {
        username: Some("relay-user".into()),
        password: Some(password.into()),
        ..server.settings_with(&certificate)
    };
    let (right, wrong) = (with("relay-secret"), with("wrong"));
    assert_eq!(
        failure(&sender(&wrong), &mail()).await,
        "try again: smtp auth 535",
        "the operator can mend it"
    );
    let nobody = server.settings_with(&certificate);
    assert_eq!(failure(&sender(&nobody), &mail()).await, "try again: smtp mail 530");
    sender(&right).send(&mail()).await.unwrap();
    let got = server.next("mail").await;
    assert_eq!((&got["tls"], &got["authenticated"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn implicit_tls_carries_a_mail() {
    let certificate = Certificate::for_host("localhost");
    let mut server = SmtpServer::start(certificate.add_to(json!({ "implicit": true }))).await;
    let settings = SmtpSettings { tls: SmtpTls::Implicit, ..server.settings_with(&certificate) };
    sender(&settings).send(&mail()).await.unwrap();
    assert_eq!(server.next("mail").await["tls"], true);
}

#[tokio::test] // V-63
async fn a_certificate_of_another_host_or_of_nobody_is_refused() {
    let other = Certificate::for_host("mail.fabrikam.com");
    let unknown = Certificate::for_host("localhost");
    for (certificate, ca) in [(&other, Some(other.pem())), (&unknown, None)] {
        for tls in [SmtpTls::StartTls, SmtpTls::Implicit] {
            let how = json!({ "implicit": tls == SmtpTls::Implicit });
            let mut server = SmtpServer::start(certificate.add_to(how)).await;
            let settings = SmtpSettings { tls, ca_file: ca.clone(), ..server.settings_with(certificate) };
            assert_eq!(failure(&sender(&settings), &mail()).await, "try again: smtp certificate refused");
            assert!(server.events().iter().all(|event| event["event"] != "mail"));
        }
    }
}

#[tokio::test]
async fn a_relay_without_starttls_gets_nothing() {
    let certificate = Certificate::for_host("localhost");
    let mut server = SmtpServer::start(json!({})).await;
    let settings = server.settings_with(&certificate);
    assert_eq!(failure(&sender(&settings), &mail()).await, "try again: smtp starttls not offered");
    assert!(server.events().iter().all(|event| event["event"] != "mail"));
}

/// lettre takes any positive reply to any command: to it, the 354 that answers DATA one too late accepts the mail.
#[tokio::test] // CVE-2011-0411
async fn a_reply_smuggled_in_before_tls_makes_no_mail_an_accepted_one() {
    let certificate = Certificate::for_host("localhost");
    for (replies, expected) in [
        (["250 EHLO", "250 MAIL", "250 RCPT", "354 DATA"], "try again: smtp reply out of order 250"),
        (["250 EHLO", "250 MAIL", "550 RCPT", "554 DATA"], "give up: smtp data 550"),
    ] {
        let server = SmtpServer::start(certificate.add_to(json!({ "smuggle": replies }))).await;
        let sender = sender(&server.settings_with(&certificate));
        assert_eq!(failure(&sender, &mail()).await, expected);
    }
}

#[tokio::test]
async fn each_fault_says_whether_another_try_can_help() {
    for (command, reply, expected) in [
        ("EHLO", "421 Not now", "try again: smtp connect 421"),
        ("EHLO", "550 Go away", "try again: smtp connect 550"),
        ("MAIL", "451 Greylisted", "try again: smtp mail 451"),
        ("MAIL", "550 Sender refused", "try again: smtp mail 550"),
        ("RCPT", "450 Greylisted", "try again: smtp rcpt 450"),
        ("RCPT", "421 Closing", "try again: smtp rcpt 421"),
        ("RCPT", "530 Sign in first", "try again: smtp rcpt 530"),
        ("RCPT", "550 No johnsmith@fabrikam.com here", "give up: smtp rcpt 550"),
        ("RCPT", "close", "try again: smtp rcpt broken off"),
        ("RCPT", "550 5.1.1 <johnsmith@fabrikam.com>: No", "give up: smtp rcpt 550 5.1.1"),
        ("RCPT", "554 5.7.1 <johnsmith@fabrikam.com>: Relay denied", "try again: smtp rcpt 554 5.7.1"),
        ("EHLO", "554 5.7.1 Your address is blocked", "try again: smtp connect 554 5.7.1"),
        ("RCPT", "450 4.2.0 Greylisted", "try again: smtp rcpt 450 4.2.0"),
        ("DATA", "451 Full", "try again: smtp message 451"),
        ("DATA", "554 Looks like spam", "give up: smtp message 554"),
        ("DATA", "close", "try again: smtp message broken off (may have left)"),
        ("DATA", "350 What?", "try again: smtp reply out of order 350 (may have left)"),
    ] {
        let server = SmtpServer::start(json!({ "replies": { command: [reply, "ok"] } })).await;
        let sender = sender(&server.settings());
        assert_eq!(failure(&sender, &mail()).await, expected, "{command} {reply}");
        sender.send(&mail()).await.unwrap_or_else(|error| panic!("after {command} {reply}: {error}"));
    }
}

#[tokio::test]
async fn a_return_path_is_the_envelopes_sender_and_no_header_shows_it() {
    let mut server = SmtpServer::start(json!({})).await;
    let path = "bounces+aaaa.bbbb@bounce.contoso.com";
    let with_path = Mail { return_path: Some(path.into()), ..mail() };
    sender(&server.settings()).send(&with_path).await.unwrap();
    let got = server.next("mail").await;
    assert_eq!(got["mail_from"], path);
    assert_eq!(header(&got, "From"), ["\"Contoso IT, Zürich\" <it@contoso.com>"]);
    assert!(!raw(&got).contains("bounces+"));
    let unusable = Mail { return_path: Some("bounces".into()), ..mail() };
    let refused = failure(&sender(&server.settings()), &unusable).await;
    assert_eq!(refused, "give up: mail has an unusable return path");
}

#[tokio::test]
async fn a_relay_that_is_not_there_is_tried_again() {
    // Taken, but nobody listens: no other test's server can turn up there.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let server = SmtpServer::start(json!({})).await;
    let settings = SmtpSettings { port: taken.local_addr().unwrap().port(), ..server.settings() };
    assert_eq!(failure(&sender(&settings), &mail()).await, "try again: smtp connect refused");
    let settings = SmtpSettings { host: "relay.invalid".into(), ..server.settings() };
    let said = failure(&sender(&settings), &mail()).await;
    assert!(said.starts_with("try again: smtp connect"), "{said}");
}

#[tokio::test]
async fn a_relay_that_hangs_is_left_at_the_time_limit_wherever_it_hangs() {
    let short = Duration::from_millis(700);
    for (command, expected) in [
        ("EHLO", "try again: smtp connect timeout"),
        ("MAIL", "try again: smtp mail timeout"),
        ("RCPT", "try again: smtp rcpt timeout"),
        ("DATA", "try again: smtp message timeout (may have left)"),
    ] {
        let server = SmtpServer::start(json!({ "replies": { command: ["hang"] } })).await;
        let sender = sender(&SmtpSettings { timeout: short, ..server.settings() });
        let began = Instant::now();
        assert_eq!(failure(&sender, &mail()).await, expected);
        assert!(began.elapsed() >= short && began.elapsed() < short * 5, "{:?}", began.elapsed());
    }
    // Accepts and never says a word.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = SmtpServer::start(json!({})).await;
    for tls in [SmtpTls::None, SmtpTls::Implicit] {
        let port = silent.local_addr().unwrap().port();
        let settings = SmtpSettings { port, tls, timeout: short, ..server.settings() };
        assert_eq!(failure(&sender(&settings), &mail()).await, "try again: smtp connect timeout");
    }
}

/// lettre's own pool fails this: the late reply to the first mail answers a command of the second, which then counts as
/// accepted.
#[tokio::test]
async fn a_send_that_timed_out_never_lends_its_connection_to_the_next() {
    let how =
        json!({ "replies": { "DATA": ["ok", "late 1.2", "ok"], "RCPT": ["ok", "ok", "550 No such user"] } });
    let mut server = SmtpServer::start(how).await;
    let sender = sender(&SmtpSettings { timeout: Duration::from_millis(700), ..server.settings() });
    sender.send(&mail()).await.unwrap();
    assert_eq!(failure(&sender, &mail()).await, "try again: smtp message timeout (may have left)");
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(failure(&sender, &mail()).await, "give up: smtp rcpt 550");
    let mails = server.events().iter().filter(|event| event["event"] == "mail").count();
    assert_eq!(mails, 2);
}

#[tokio::test]
async fn a_connection_is_used_again_and_replaced_when_the_relay_has_hung_up() {
    let mut server = SmtpServer::start(json!({ "idle": 1 })).await;
    let sender = sender(&server.settings());
    for _ in 0..3 {
        sender.send(&mail()).await.unwrap();
    }
    let connections = |events: &[Value]| events.iter().filter(|event| event["event"] == "connection").count();
    tokio::time::sleep(Duration::from_millis(1_800)).await;
    assert_eq!(connections(&server.events()), 1);
    sender.send(&mail()).await.unwrap();
    server.next("mail").await;
    let spawned = || {
        let sender = sender.clone();
        tokio::spawn(async move { sender.send(&mail()).await.is_ok() })
    };
    let both = tokio::join!(spawned(), spawned());
    assert!(both.0.unwrap() && both.1.unwrap(), "two at once share nothing");
}

#[tokio::test]
async fn an_international_address_needs_a_relay_that_takes_it() {
    for (smtputf8, accepted) in [(true, true), (false, false)] {
        let server = SmtpServer::start(json!({ "smtputf8": smtputf8 })).await;
        let mail = Mail { to: "jürgen@fabrikam.com".into(), ..mail() };
        let outcome = sender(&server.settings()).send(&mail).await;
        assert_eq!(outcome.is_ok(), accepted, "{outcome:?}");
    }
}

#[tokio::test]
async fn settings_that_cannot_work_or_would_show_the_password_are_refused() {
    let server = SmtpServer::start(json!({})).await;
    let good = || server.settings();
    let with_password = || SmtpSettings { username: Some("u".into()), password: Some("p".into()), ..good() };
    for (settings, key) in [
        (SmtpSettings { host: "relay.contoso.com".into(), ..with_password() }, "tls"),
        (SmtpSettings { password: None, ..with_password() }, "password"),
        (SmtpSettings { username: None, ..with_password() }, "username"),
        (SmtpSettings { from: "nobody".into(), ..good() }, "from"),
        (SmtpSettings { ca_file: Some(b"nothing".to_vec()), ..good() }, "ca_file"),
        (SmtpSettings { timeout: Duration::ZERO, ..good() }, "timeout"),
    ] {
        assert_eq!(Smtp::new(&settings).map(|_| ()).unwrap_err().key, key);
    }
    assert!(Smtp::new(&with_password()).is_ok(), "a relay on this machine may be without TLS");
    assert!(!format!("{:?}", Smtp::new(&with_password())).contains('@'));
}
