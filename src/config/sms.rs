//! `[sms]`: how SMS leave.

use std::{path::PathBuf, time::Duration};

use secrecy::SecretString;
use url::Url;

use super::{Mode, problem::Origin, public_url::is_loopback, secrets::Need, section::Section};

/// SMS, by the provider that carries them.
#[derive(Clone, Debug)]
pub enum SmsSettings {
    /// Twilio's Messages API.
    Twilio(TwilioSettings),
    /// The demo outbox; only in a demo, or in a shell that sends nothing.
    Demo,
    /// Nothing (complete) is configured: only in a shell, which sends nothing.
    Unset,
}

/// An account at Twilio, or at a gateway that speaks its Messages API.
#[derive(Clone, Debug)]
pub struct TwilioSettings {
    /// Where the API is.
    pub base_url: Url,
    /// The account.
    pub account_sid: String,
    /// Its password.
    pub auth_token: SecretString,
    /// Whom messages come from.
    pub sender: SmsSender,
    /// One request.
    pub timeout: Duration,
    /// PEM file with further trusted roots.
    pub ca_file: Option<PathBuf>,
}

/// Whom an SMS comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SmsSender {
    /// A number in E.164, a short code or a sender name.
    From(String),
    /// A pool of numbers at the provider.
    MessagingService(String),
}

pub(super) fn read(mut section: Section<'_>) -> SmsSettings {
    let twilio = true;
    let (twilio, origin) = section.choice("kind", &[("twilio", twilio), ("demo", !twilio)]);
    if !twilio && section.mode() == Mode::Serve {
        section.wrong("kind", &origin, "\"demo\" is for a demo only, messages would reach nobody");
    }
    let needed = twilio && section.mode() != Mode::Shell;
    let account = read_twilio(&mut section, needed);
    match account {
        Some(account) if twilio => SmsSettings::Twilio(account),
        None if twilio => SmsSettings::Unset,
        _ => SmsSettings::Demo,
    }
}

fn read_twilio(section: &mut Section<'_>, needed: bool) -> Option<TwilioSettings> {
    let with = "with kind = \"twilio\"";
    let (base_url, _) = section.parsed("base_url", "an https address (http on loopback only)", base_url);
    if needed && base_url.is_none() {
        section.missing("base_url", with);
    }
    let (account_sid, _) =
        section.parsed("account_sid", "an account's id, AC and letters and digits", |t| sid(t, "AC"));
    if needed && account_sid.is_none() {
        section.missing("account_sid", with);
    }
    let auth_token = section.secret("auth_token", Need::Serving);
    if needed && auth_token.is_none() {
        section.missing("auth_token", with);
    }
    let sender = read_sender(section, needed);
    let timeout = section.seconds("timeout_seconds", 1..=60);
    let ca_file = section.file("ca_file");
    Some(TwilioSettings {
        base_url: base_url?,
        account_sid: account_sid?,
        auth_token: auth_token?.value?,
        sender: sender?,
        timeout,
        ca_file,
    })
}

fn read_sender(section: &mut Section<'_>, needed: bool) -> Option<SmsSender> {
    let expected = "a number like +14255550142, a short code or 1 to 11 letters and digits";
    let (from, from_origin) = section.parsed("from", expected, from);
    let (service, service_origin) =
        section
            .parsed("messaging_service_sid", "a service's id, MG and letters and digits", |t| sid(t, "MG"));
    match (from, service) {
        (Some(_), Some(_)) => {
            let what = format!("is given as well as messaging_service_sid ({service_origin}), keep one");
            section.wrong("from", &from_origin, what);
            None
        }
        (Some(from), None) => Some(SmsSender::From(from)),
        (None, Some(service)) => Some(SmsSender::MessagingService(service)),
        (None, None) => {
            // A service that is there but wrong is noted already.
            if needed && service_origin == Origin::Default {
                section.missing("from", "with kind = \"twilio\", or messaging_service_sid");
            }
            None
        }
    }
}

/// Requests carry the account's token: in the clear only to this machine, to the configured host only (ASVS 1.3.6).
fn base_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let safe = url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url);
    let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    (safe && plain && url.fragment().is_none()).then_some(url)
}

/// It becomes part of the request's path, so nothing but letters and digits may be in it.
fn sid(text: &str, start: &str) -> Option<String> {
    let rest = text.strip_prefix(start)?;
    (!rest.is_empty() && rest.len() <= 64 && rest.chars().all(|c| c.is_ascii_alphanumeric()))
        .then(|| text.to_owned())
}

fn from(text: &str) -> Option<String> {
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let fits = match text.strip_prefix('+') {
        Some(number) => (8..=15).contains(&number.len()) && digits(number) && !number.starts_with('0'),
        None if digits(text) => (3..=8).contains(&text.len()),
        None => {
            text.len() <= 11
                && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '&' | '_'))
        }
    };
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_a_number_a_short_code_or_a_name() {
        for good in ["+14255550142", "12345", "Contoso", "Contoso IT"] {
            assert!(from(good).is_some(), "{good}");
        }
        for bad in ["425-555-0142", "+0425555014", "12", "a name that is long", "+1 4255550142", "<b>"] {
            assert!(from(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_token_goes_in_the_clear_to_this_machine_only() {
        assert!(base_url("https://api.twilio.com").is_some());
        assert!(base_url("http://127.0.0.1:9000").is_some());
        assert!(base_url("http://gateway.contoso.com").is_none());
        assert!(base_url("https://user:pass@gateway.contoso.com").is_none());
        assert!(base_url("file:///etc/passwd").is_none());
    }

    #[test]
    fn an_account_id_cannot_leave_its_place_in_the_path() {
        assert!(sid("AC00ff", "AC").is_some());
        assert!(sid("AC/../x", "AC").is_none());
        assert!(sid("AC", "AC").is_none());
    }
}
