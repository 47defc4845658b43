//! SMS against software that nobody here wrote: what each provider published, served by others, and the faults that no document has.
//!
//! A provider has a file here. Its contract is held against the provider's own document or a stand-in of others ([`tools`] starts
//! them, `.ci/test` installs them); its faults come from [`scripted`], after the provider's published table.

mod govuk_notify;
mod kannel;
mod prism;
mod scripted;
mod sns;
mod tools;
mod twilio;

use std::{sync::Arc, time::Duration};

use sspr::senders::{
    SendError, http_client,
    sms::{Settings, Sms, SmsSender},
};
use uuid::Uuid;

pub use scripted::{Scripted, ScriptedAnswer};

use crate::support::http_server::{Then, broken};

/// A message with two lines more than its text, the last for the browser.
fn sms() -> Sms {
    Sms {
        to: "+14255550100".into(),
        text: "314159 is your Contoso security code.\n\n@passwords.contoso.com #314159".into(),
        valid_for: Duration::from_secs(597),
        id: Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0001),
        receipts: None,
    }
}

/// The same, with receipts to this server.
fn with_receipts(url: &str) -> Sms {
    Sms { receipts: Some(Arc::from(format!("{url}/hooks/sms"))), ..sms() }
}

/// With a second for each request: a server that hangs is not waited for longer.
fn sender(settings: &Settings) -> SmsSender {
    let client = http_client::with_limit(None, Duration::from_secs(1)).unwrap();
    settings.sender(client, Vec::new()).unwrap()
}

/// With as long as a stand-in in Python or JavaScript may take on a busy machine.
fn patient(settings: &Settings) -> SmsSender {
    settings.sender(a_client(), Vec::new()).unwrap()
}

/// A client that waits.
fn a_client() -> reqwest::Client {
    http_client::with_limit(None, Duration::from_secs(30)).unwrap()
}

/// The text of the error, with the verdict in front.
async fn failure(sender: &SmsSender) -> String {
    sender.send(&sms()).await.expect_err("the send must fail").to_string()
}

/// What every provider does alike when something between us and it is broken.
async fn survives_every_fault(name: &str, settings: impl Fn(&str) -> Settings) {
    let server = Scripted::start().await;
    let provider = sender(&settings(&server.url()));
    for (answer, expected) in [
        (ScriptedAnswer::new(401, ""), "try again: NAME 401"),
        (ScriptedAnswer::new(403, ""), "try again: NAME 403"),
        (ScriptedAnswer::new(404, "<html>"), "try again: NAME 404"),
        (ScriptedAnswer::new(307, "").header("location", "/elsewhere"), "try again: NAME 307"),
        (ScriptedAnswer::new(400, "\u{fffd} no such format {"), "give up: NAME 400"),
        (ScriptedAnswer::new(418, ""), "give up: NAME 418"),
        (ScriptedAnswer::new(500, ""), "try again: NAME 500 (may have left)"),
        (ScriptedAnswer::new(502, "<html>"), "try again: NAME 502 (may have left)"),
        (ScriptedAnswer::new(503, ""), "try again: NAME 503"),
        (ScriptedAnswer::new(599, ""), "try again: NAME 599"),
        (ScriptedAnswer::Hang, "try again: NAME timeout (may have left)"),
    ] {
        server.answers(answer.clone());
        assert_eq!(failure(&provider).await, expected.replace("NAME", name), "{answer:?}");
    }
    assert_eq!(server.requests().len(), 11, "each was asked once, and no redirect was followed");

    server.answers(ScriptedAnswer::new(429, "").header("retry-after", "7"));
    let error = provider.send(&sms()).await.unwrap_err();
    assert!(matches!(error, SendError::TryAgain(_)), "{error}");
    assert_eq!(error.reason().not_before(), Some(Duration::from_secs(7)));

    for status in [200, 201, 202, 204] {
        server.answers(ScriptedAnswer::new(status, if status == 204 { "" } else { "no such format" }));
        let accepted = provider.send(&sms()).await.unwrap_or_else(|error| panic!("{status}: {error}"));
        assert_eq!(accepted.evidence, None, "R-08: {status}");
    }
    for first in ["", "HTTP/1.1 201", "SMTP/9 hello\r\n\r\n"] {
        let provider = sender(&settings(&broken(first, Then::Close).await));
        assert_eq!(
            failure(&provider).await,
            format!("try again: {name} broken off (may have left)"),
            "{first}"
        );
    }
    // Taken, but nobody listens: no other test's server can turn up there.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let provider = sender(&settings(&format!("http://{}", taken.local_addr().unwrap())));
    assert_eq!(failure(&provider).await, format!("try again: {name} connect failed"));
}
