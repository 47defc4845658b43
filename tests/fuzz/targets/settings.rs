//! Single settings that have a grammar of their own: addresses that secrets go to, lines of `classify`, the sender of mails.

use std::time::Duration;

use sspr::senders::{
    ask,
    mail::smtp::{Smtp, SmtpSettings, SmtpTls},
    sms::judge,
};
use url::Url;

use super::{is_one_line, text};

/// Nothing that is taken could add a header or lead a secret elsewhere (V-63).
pub fn settings(data: &[u8]) {
    let text = text(data);
    if let Some((code, _)) = judge::parse(text) {
        assert!((1..=40).contains(&code.len()) && text.starts_with(&code) && code.is_ascii());
    }
    if let Ok(url) = Url::parse(text)
        && ask::is_safe_url(&url)
    {
        assert!(url.username().is_empty() && url.password().is_none() && url.query().is_none());
        assert!(url.scheme() == "https" || url.scheme() == "http");
        assert!(url.host_str().is_some_and(|host| !host.is_empty()));
    }
    if !text.contains('@') {
        return;
    }
    let taken = Smtp::new(&SmtpSettings {
        host: "localhost".to_owned(),
        port: 25,
        tls: SmtpTls::None,
        username: None,
        password: None,
        from: text.to_owned(),
        reply_to: None,
        timeout: Duration::from_secs(1),
        ca_file: None,
    });
    assert!(taken.is_err() || is_one_line(text) || !text.contains(char::is_control));
}
