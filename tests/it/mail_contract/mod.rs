//! Every mail, through a real mail server, before programs that nobody here wrote: a table of what mail programs can do, a spam filter,
//! another parser, a browser. To add a mail: `src/outbox/render/samples.rs` is enough.

mod colours;
mod parsed;
mod programs;
mod spam;

use std::path::PathBuf;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::json;
use sspr::{
    language::Languages,
    outbox::render::{
        Brand,
        every::{Sample, every_mail},
    },
    senders::mail::{Mail, MailSender, Smtp, smtp::SmtpSettings},
};

use crate::support::smtp_server::SmtpServer;

const USER_ID: &str = "johnsmith@contoso.com";
const ORIGIN: &str = "https://reset.contoso.com";

/// Every mail to this user.
fn every(user_id: &str, typed: &str) -> Vec<Sample> {
    let help = Some("IT help desk, 425-555-0199");
    let brand = Brand::new(ORIGIN, "Contoso password reset", help).unwrap();
    let english = Languages::embedded(false).unwrap().english();
    let all = every_mail(&brand, &english, user_id, typed).unwrap();
    assert!(all.len() > 12, "these are not all mails");
    all
}

/// A mail as a mail server got it.
struct Received {
    kind: &'static str,
    raw: Vec<u8>,
}

/// Every mail, handed to a real mail server and taken from it, with the headers that a receiving one adds.
async fn received() -> Vec<Received> {
    let mut server = SmtpServer::start(json!({})).await;
    let settings = SmtpSettings {
        from: "Contoso password reset <no-reply@contoso.com>".into(),
        reply_to: Some("Contoso help desk <help@contoso.com>".into()),
        ..server.settings()
    };
    let sender = MailSender::Smtp(Smtp::new(&settings).unwrap());
    let mut all = Vec::new();
    for Sample { kind, mail, .. } in every(USER_ID, "Firefox on Windows") {
        let sent = Mail {
            to: "johnsmith@fabrikam.com".into(),
            return_path: Some("bounces+aaaa.bbbb@contoso.com".into()),
            subject: mail.subject,
            text: mail.text,
            html: mail.html,
            message_id: format!("<{}@reset.contoso.com>", sspr::random::id()),
            language: "en".into(),
            date: sspr::clock::now(),
        };
        sender.send(&sent).await.unwrap();
        let got = server.next("mail").await;
        assert_eq!(got["defects"], json!([]), "{kind}");
        // The connection was a real one, from this machine; a server that keeps mails writes down so much of it.
        let trace = format!(
            "Return-Path: <{}>\r\nReceived: from contoso.com (localhost [127.0.0.1])\r\n\tby relay.contoso.com with ESMTP id 4F3A\r\n\t\
             for <johnsmith@fabrikam.com>; {}\r\n",
            got["mail_from"].as_str().unwrap(),
            got["headers"].as_array().unwrap().iter().find(|h| h[0] == "Date").unwrap()[1].as_str().unwrap()
        );
        let mut raw = trace.into_bytes();
        raw.extend(BASE64_STANDARD.decode(got["raw"].as_str().unwrap()).unwrap());
        all.push(Received { kind, raw });
    }
    all
}

/// The Message-ID of a mail in bytes.
fn message_id(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap().to_owned()
}

/// What `.ci/test` installs into `target/tools`.
fn tools(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools").join(name);
    assert!(folder.is_dir(), "{} is missing: .ci/test installs it", folder.display());
    folder
}
