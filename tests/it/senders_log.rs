//! What no log ever holds, caught at the finest level from every crate of a process.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::json;
use sspr::senders::{
    http_client,
    mail::{Mail, MailSender, Smtp, smtp::SmtpSettings},
    sms::{
        Settings, Sms, SmsSender, Twilio,
        govuk_notify::GovukNotifySettings,
        kannel::KannelSettings,
        sns::SnsSettings,
        twilio::{TwilioSender, TwilioSettings},
    },
};
use time::macros::datetime;

use uuid::Uuid;

use crate::{
    providers::{Scripted, ScriptedAnswer},
    support::{
        http_server::{ACCOUNT, Answer, TOKEN, Then, TwilioServer, broken},
        smtp_server::{Certificate, SmtpServer},
        this_binary_again,
    },
};

fn sms() -> Sms {
    Sms {
        to: "+14255550100".into(),
        text: "314159265358 is your Contoso security code".into(),
        valid_for: Duration::from_secs(597),
        id: Uuid::nil(),
        receipts: None,
    }
}

fn twilio(base_url: &str) -> SmsSender {
    let settings = TwilioSettings {
        base_url: base_url.into(),
        account_sid: ACCOUNT.into(),
        api_key_sid: None,
        auth_token: TOKEN.into(),
        sender: TwilioSender::From("+14255550199".into()),
    };
    SmsSender::Twilio(Twilio::new(http_client::new(None).unwrap(), &settings, Vec::new()).unwrap())
}

/// Every other provider, each secret with a canary in it.
fn others(base_url: &str) -> [Settings; 3] {
    let sns = SnsSettings {
        base_url: base_url.into(),
        region: "eu-west-1".into(),
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret_access_key: "canary-sns-secret".into(),
        session_token: Some("canary-sns-token".into()),
        from: Some("+14255550199".into()),
    };
    let notify = GovukNotifySettings {
        base_url: base_url.into(),
        api_key: "canary-notify-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"
            .into(),
        template_id: "f33517ff-2a88-4f6e-b855-c550268ce08a".into(),
        sms_sender_id: None,
        callback_token: Some("canary-notify-callback".into()),
    };
    let kannel = KannelSettings {
        base_url: base_url.into(),
        username: "sspr".into(),
        password: "canary-kannel-password".into(),
        from: Some("+14255550199".into()),
        receipt_secret: Some("canary-kannel-receipts".into()),
    };
    [Settings::Sns(sns), Settings::GovukNotify(notify), Settings::Kannel(kannel)]
}

/// An answer that says everything that it was asked.
const QUOTES: &str =
    "<Code>+14255550100</Code>{\"error\":\"+14255550100\"} 314159265358 is your Contoso security code";

const IN_CHILD: &str = "SSPR_TEST_LOG_CHILD";

/// Everything that anything in the process logs at the finest level, while mails and messages are accepted, refused,
/// broken off and misunderstood.
#[test]
fn no_log_line_holds_a_person_a_text_or_a_secret() {
    if std::env::var_os(IN_CHILD).is_some() {
        send_all_with_everything_logged();
        return;
    }
    let test = "senders_log::no_log_line_holds_a_person_a_text_or_a_secret";
    let output = this_binary_again(test, &[(IN_CHILD, "1"), ("RUST_BACKTRACE", "0")]);
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{said}");
    // The last one is reqwest's, through the `log` crate.
    for line in ["message accepted", "message refused", "another try may help", "starting new connection"] {
        assert!(said.contains(line), "the log is not caught: {line}: {said}");
    }
    assert!(said.contains("TRACE"), "not at the finest level: {said}");
    let token = in_base64(&format!("{ACCOUNT}:{TOKEN}"));
    let password = in_base64("\0relay-user\0relay-secret");
    for secret in [
        "14255550100",
        "14255550199",
        "314159265358",
        "security code",
        TOKEN,
        &token,
        "johnsmith",
        "fabrikam",
        "canary-link",
        "Good day",
        "relay-secret",
        "canary-",
        "3d844edf-8d35-48ac-975b-e847b4f122b0",
        "Bearer ",
        "AWS4-HMAC-SHA256",
        "signature=",
        &password,
    ] {
        assert!(!said.contains(secret), "{secret}: {said}");
    }
}

fn in_base64(text: &str) -> String {
    BASE64_STANDARD.encode(text)
}

#[tokio::main(flavor = "current_thread")]
async fn send_all_with_everything_logged() {
    use tracing_subscriber::util::SubscriberInitExt as _;
    // `init` also catches what is logged through the `log` crate, as reqwest and rustls do.
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).finish().init();

    let server = TwilioServer::start().await;
    let sms_sender = twilio(&server.url());
    for answer in [
        Answer::Accept(201),
        Answer::Refuse(400, 21211),
        Answer::Refuse(500, 20500),
        Answer::Garbage(201),
        Answer::Redirect(302),
    ] {
        server.answers(answer);
        show(&sms_sender.send(&sms()).await, &sms_sender, &sms());
    }
    let hung_up = broken("", Then::Close).await;
    let cut = twilio(&hung_up);
    show(&cut.send(&sms()).await, &cut, &sms());

    let server = Scripted::start().await;
    let sms = Sms { receipts: Some("https://reset.contoso.com/hooks/sms".into()), ..sms() };
    for settings in others(&server.url()).into_iter().chain(others(&hung_up)) {
        let sender = settings.sender(http_client::new(None).unwrap(), Vec::new()).unwrap();
        for status in [202, 400, 403, 500] {
            server.answers(ScriptedAnswer::new(status, QUOTES));
            show(&sender.send(&sms).await, &sender, &sms);
        }
    }

    let certificate = Certificate::for_host("localhost");
    let how = json!({
        "auth": ["relay-user", "relay-secret"],
        "replies": { "RCPT": ["ok", "550 No johnsmith@fabrikam.com here", "close", "ok"] },
    });
    let relay = SmtpServer::start(certificate.add_to(how)).await;
    let relay_settings = SmtpSettings {
        username: Some("relay-user".into()),
        password: Some("relay-secret".into()),
        ..relay.settings_with(&certificate)
    };
    let mail_sender = MailSender::Smtp(Smtp::new(&relay_settings).unwrap());
    let mail = Mail {
        to: "johnsmith@fabrikam.com".into(),
        return_path: None,
        subject: "Good day John".into(),
        text: "Good day John\nhttps://passwords.contoso.com/reset/email-link/canary-link\n".into(),
        html: "<p>Good day John https://passwords.contoso.com/reset/email-link/canary-link</p>".into(),
        message_id: "<0198-1@contoso.com>".into(),
        language: "en".into(),
        date: datetime!(2026-11-21 14:05:00 UTC),
    };
    for _ in 0..4 {
        show(&mail_sender.send(&mail).await, &mail_sender, &mail);
    }
    let injected = Mail { to: "johnsmith@fabrikam.com\r\nBcc: eve@example.com".into(), ..mail };
    show(&mail_sender.send(&injected).await, &mail_sender, &injected);
}

/// What a careless caller would print.
fn show(outcome: &dyn std::fmt::Debug, sender: &dyn std::fmt::Debug, message: &dyn std::fmt::Debug) {
    println!("{outcome:?} {sender:?} {message:?}");
}
