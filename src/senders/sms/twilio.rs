//! SMS through Twilio's Messages API (version 2010-04-01), or a service of the same shape.
//!
//! What must stay true:
//! - The HTTP status decides, then a short table of error numbers; messages never do (Twilio changes them, and they quote
//!   the recipient's number). Any 2xx is an acceptance, whatever the body says.
//! - The provider is told how long the code lives: its default would deliver a code ten hours late.
//! - The provider is told to keep neither text nor number.

use std::{fmt, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::Sms;
use crate::senders::{Accepted, BadSetting, Reason, SendError};

/// `ValidityPeriod`: "accepted values are integers from 1 to 36000", in seconds.
const LONGEST_VALIDITY: u64 = 36_000;
/// `Body`: "up to 1,600 characters in length".
const LONGEST_TEXT: usize = 1_600;
/// An answer is about 1 KB; more than this is not read.
const LONGEST_ANSWER: usize = 64 * 1024;

/// All that Twilio needs.
#[derive(Clone)]
pub struct TwilioSettings {
    /// `https://api.twilio.com`, or a region's. Plain http is taken for loopback only.
    pub base_url: String,
    /// `AC…`
    pub account_sid: String,
    /// `SK…`: an API key to sign in with instead of the account; then `auth_token` is the key's secret.
    pub api_key_sid: Option<String>,
    /// The account's token, or the API key's secret.
    pub auth_token: SecretString,
    /// Who it is from.
    pub sender: TwilioSender,
}

/// Who a text message is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TwilioSender {
    /// A number of the account in E.164, a short code, or an alphanumeric sender id.
    From(String),
    /// `MG…`: a messaging service that picks the number.
    MessagingService(String),
}

/// One Twilio account.
#[derive(Clone)]
pub struct Twilio(Arc<Account>);

struct Account {
    client: reqwest::Client,
    messages: Url,
    username: String,
    token: SecretString,
    sender: TwilioSender,
}

impl fmt::Debug for Twilio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Twilio").field("host", &self.0.messages.host_str()).finish_non_exhaustive()
    }
}

/// The parameters that we send, by the names of Twilio's `OpenAPI` document.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Form<'a> {
    to: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messaging_service_sid: Option<&'a str>,
    body: &'a str,
    validity_period: u64,
    content_retention: &'static str,
    address_retention: &'static str,
}

impl Twilio {
    /// Checks the settings; connects to nobody yet. `client` is the one of [`crate::senders::http_client`].
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn new(client: reqwest::Client, settings: &TwilioSettings) -> Result<Self, BadSetting> {
        let account = &settings.account_sid;
        if !is_sid(account, "AC") {
            return Err(BadSetting::new("account_sid", "is not AC and 32 hexadecimal digits"));
        }
        if settings.api_key_sid.as_ref().is_some_and(|sid| !is_sid(sid, "SK")) {
            return Err(BadSetting::new("api_key_sid", "is not SK and 32 hexadecimal digits"));
        }
        if settings.auth_token.expose_secret().is_empty() {
            return Err(BadSetting::new("auth_token", "is empty"));
        }
        match &settings.sender {
            TwilioSender::MessagingService(sid) if !is_sid(sid, "MG") => {
                return Err(BadSetting::new("messaging_service_sid", "is not MG and 32 hexadecimal digits"));
            }
            TwilioSender::From(from) if !is_sender(from) => {
                return Err(BadSetting::new("from", "is no E.164 number, short code or sender id"));
            }
            _ => {}
        }
        Ok(Self(Arc::new(Account {
            client,
            messages: messages_url(&settings.base_url, account)?,
            username: settings.api_key_sid.as_ref().unwrap_or(account).clone(),
            token: settings.auth_token.clone(),
            sender: settings.sender.clone(),
        })))
    }

    pub(super) async fn send(&self, sms: &Sms) -> Result<Accepted, SendError> {
        let account = &*self.0;
        if sms.text.chars().count() > LONGEST_TEXT {
            return Err(SendError::GiveUp(Reason::new("sms text is too long")));
        }
        let (from, messaging_service_sid) = match &account.sender {
            TwilioSender::From(from) => (Some(from.as_str()), None),
            TwilioSender::MessagingService(sid) => (None, Some(sid.as_str())),
        };
        let form = Form {
            to: &sms.to,
            from,
            messaging_service_sid,
            body: &sms.text,
            validity_period: validity(sms.valid_for),
            content_retention: "discard",
            address_retention: "obfuscate",
        };
        let answer = account
            .client
            .post(account.messages.clone())
            .basic_auth(&account.username, Some(account.token.expose_secret()))
            .form(&form)
            .send()
            .await
            .map_err(|error| no_answer(&error))?;
        let status = answer.status().as_u16();
        let body = Body::read(answer).await;
        match status {
            200..=299 => {
                Ok(Accepted { evidence: body.sid.filter(|sid| is_sid(sid, "SM") || is_sid(sid, "MM")) })
            }
            _ => Err(verdict(status, body.code)),
        }
    }
}

/// What counts of an answer. A body that is broken, late or too long counts as an empty one: the status has decided.
#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    sid: Option<String>,
    #[serde(default)]
    code: Option<u32>,
}

impl Body {
    async fn read(mut answer: reqwest::Response) -> Self {
        let mut bytes = Vec::new();
        while let Ok(Some(chunk)) = answer.chunk().await {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LONGEST_ANSWER {
                return Self::default();
            }
        }
        serde_json::from_slice(&bytes).unwrap_or_default()
    }
}

/// Transport first, then the table. Unknown 4xx: permanent; unknown 5xx: worth another try.
fn verdict(status: u16, code: Option<u32>) -> SendError {
    let reason = Reason::new("twilio").code(status).detail(code);
    match (status, code) {
        // The front of the service is there and the back is not: nobody knows how far the message got.
        (500 | 502 | 504, _) => SendError::TryAgain(reason.but_may_have_left()),
        // 20429: too many requests, whatever the status.
        (408 | 425 | 429 | 500..=599, _) | (_, Some(20429)) => SendError::TryAgain(reason),
        // Bad number; region not enabled; opted out; not a mobile.
        (_, Some(21211 | 21408 | 21610 | 21614)) => SendError::GiveUp(reason),
        // Wrong token, suspended account, wrong address of the service, a redirect (not followed): the operator can mend
        // these while the code still lives.
        (300..=399 | 401 | 403 | 404 | 407, _) => SendError::TryAgain(reason),
        _ => SendError::GiveUp(reason),
    }
}

fn no_answer(error: &reqwest::Error) -> SendError {
    // The error's own text names the address of the call: only its kind is used.
    SendError::TryAgain(match (error.is_connect(), error.is_timeout()) {
        (true, true) => Reason::new("twilio connect timeout"),
        (true, false) => Reason::new("twilio connect failed"),
        (false, true) => Reason::new("twilio timeout").but_may_have_left(),
        (false, false) => Reason::new("twilio broken off").but_may_have_left(),
    })
}

fn validity(valid_for: Duration) -> u64 {
    valid_for.as_secs().clamp(1, LONGEST_VALIDITY)
}

fn messages_url(base: &str, account: &str) -> Result<Url, BadSetting> {
    let base = base.trim_end_matches('/');
    let url = Url::parse(&format!("{base}/2010-04-01/Accounts/{account}/Messages.json"))
        .map_err(|_| BadSetting::new("base_url", "is not an address like https://api.twilio.com"))?;
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
        return Err(BadSetting::new("base_url", "must begin with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BadSetting::new("base_url", "may not hold a name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(BadSetting::new("base_url", "may not hold a query or fragment"));
    }
    Ok(url)
}

fn is_sid(sid: &str, kind: &str) -> bool {
    sid.strip_prefix(kind).is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_sender(from: &str) -> bool {
    let short_code = (3..=8).contains(&from.len()) && from.bytes().all(|b| b.is_ascii_digit());
    let name = (1..=11).contains(&from.len())
        && from.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-_& ".contains(&b))
        && from.bytes().any(|b| b.is_ascii_alphabetic());
    super::is_e164(from) || short_code || name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_decides_before_the_error_number() {
        let gives_up = |status, code| matches!(verdict(status, code), SendError::GiveUp(_));
        for code in [21211, 21408, 21610, 21614] {
            assert!(gives_up(400, Some(code)) && gives_up(403, Some(code)));
            assert!(!gives_up(429, Some(code)) && !gives_up(500, Some(code)));
        }
        assert!(gives_up(400, None) && gives_up(400, Some(99999)) && gives_up(422, None));
        assert!(!gives_up(400, Some(20429)));
        for status in [301, 302, 307, 401, 403, 404, 408, 429, 500, 503, 599] {
            assert!(!gives_up(status, None), "{status}");
        }
    }

    #[test]
    fn the_validity_is_what_is_left_within_what_twilio_takes() {
        assert_eq!(validity(Duration::from_secs(597)), 597);
        assert_eq!(validity(Duration::from_millis(1_999)), 1);
        assert_eq!(validity(Duration::from_secs(40_000)), 36_000);
    }

    #[test]
    fn an_address_that_would_show_the_token_is_refused() {
        let sid = format!("AC{}", "0".repeat(32));
        for base in [
            "http://api.twilio.com",
            "ftp://localhost",
            "api.twilio.com",
            "",
            "https://a:b@api.twilio.com",
            "https://x.example?a",
        ] {
            assert_eq!(messages_url(base, &sid).unwrap_err().key, "base_url", "{base}");
        }
        for base in [
            "https://api.twilio.com",
            "https://api.dublin.ie1.twilio.com/",
            "http://127.0.0.1:1",
            "http://[::1]:1",
        ] {
            assert!(messages_url(base, &sid).is_ok(), "{base}");
        }
    }
}
