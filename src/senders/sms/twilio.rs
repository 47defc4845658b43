//! SMS through Twilio's Messages API (version 2010-04-01), or a service of the same shape.
//!
//! What must stay true:
//! - Any 2xx is an acceptance, whatever the body says.
//! - The provider is told how long the code lives: its default would deliver a code ten hours late.
//! - The provider is told to keep neither text nor number.
//! - A receipt counts only with a signature by the account's auth token over the address that we gave and all that was sent to it.

use std::{fmt, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use url::{Url, form_urlencoded};
use uuid::Uuid;

use super::{
    A_SENDER, Sms,
    http::{Answer, exchange},
    is_sender,
    judge::{Classify, Judge, Known, Verdict},
    receipt::{Call, Fate, NotBelieved, Receipt, Which},
};
use crate::senders::{
    Accepted, BadSetting, Reason, SendError,
    ask::{Ask, is_safe_url},
    probe::{self, Reached, Unreached},
};

/// Its name in the configuration, in log lines and in the address of its receipts.
pub const NAME: &str = "twilio";
/// Too many requests, whatever the status; bad number; region not enabled; opted out; not a mobile.
const TABLE: &[Known] = &[
    Known::new("20429", Verdict::Retry),
    Known::new("21211", Verdict::Refuse),
    Known::new("21408", Verdict::Refuse),
    Known::new("21610", Verdict::Refuse),
    Known::new("21614", Verdict::Refuse),
];
/// `ValidityPeriod`: "accepted values are integers from 1 to 36000", in seconds.
const LONGEST_VALIDITY: u64 = 36_000;
/// `Body`: "up to 1,600 characters in length".
const LONGEST_TEXT: usize = 1_600;

/// All that Twilio needs.
#[derive(Clone, Debug)]
pub struct TwilioSettings {
    /// `https://api.twilio.com`, or a region's. Plain http is taken for loopback only.
    pub base_url: String,
    /// `AC…`
    pub account_sid: String,
    /// `SK…`: an API key to sign in with instead of the account; then `auth_token` is the key's secret.
    pub api_key_sid: Option<String>,
    /// The account's token, or the API key's secret.
    pub auth_token: SecretString,
    /// The account's token where `auth_token` is an API key's secret: receipts are signed with it, whoever sent the message.
    pub receipt_token: Option<SecretString>,
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

impl TwilioSettings {
    /// Asks for them. A wrong value is noted by whoever is asked.
    pub(super) fn ask(ask: &mut dyn Ask) -> Option<Self> {
        let base_url = ask.url("base_url", Some("https://api.twilio.com"));
        let account_sid =
            ask.text("account_sid", "an account's id, AC and letters and digits", |t| is_id(t, "AC"));
        let api_key_sid =
            ask.optional("api_key_sid", "an API key's id, SK and letters and digits", |t| is_id(t, "SK"));
        let auth_token = ask.secret("auth_token");
        let receipt_token = ask.optional_secret("receipt_token");
        if api_key_sid.is_none() && receipt_token.is_some() {
            ask.wrong("receipt_token", "is for an API key only: without api_key_sid it is auth_token");
        }
        let from = ask.optional("from", A_SENDER, is_sender);
        let service =
            ask.optional("messaging_service_sid", "a service's id, MG and letters and digits", |t| {
                is_id(t, "MG")
            });
        let sender = match (from, service) {
            (Some(_), Some(_)) => {
                ask.wrong("from", "is given as well as messaging_service_sid, keep one");
                None
            }
            (Some(from), None) => Some(TwilioSender::From(from)),
            (None, Some(service)) => Some(TwilioSender::MessagingService(service)),
            (None, None) => {
                ask.missing("from", "messaging_service_sid");
                None
            }
        };
        Some(Self {
            base_url: base_url?.to_string(),
            account_sid: account_sid?,
            api_key_sid,
            auth_token: auth_token?,
            receipt_token,
            sender: sender?,
        })
    }
}

/// One Twilio account.
#[derive(Clone)]
pub struct Twilio(Arc<Account>);

struct Account {
    client: reqwest::Client,
    messages: Url,
    username: String,
    token: SecretString,
    /// What receipts are signed with. `None`: they could not be verified, so none are asked for.
    receipt_token: Option<SecretString>,
    sender: TwilioSender,
    judge: Judge,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    status_callback: Option<String>,
}

impl Twilio {
    /// Checks the settings; connects to nobody yet. `client` is the one of [`crate::senders::http_client`].
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn new(
        client: reqwest::Client,
        settings: &TwilioSettings,
        classify: Classify,
    ) -> Result<Self, BadSetting> {
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
        if settings.receipt_token.as_ref().is_some_and(|token| token.expose_secret().is_empty()) {
            return Err(BadSetting::new("receipt_token", "is empty"));
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
            receipt_token: match &settings.api_key_sid {
                Some(_) => settings.receipt_token.clone(),
                None => Some(settings.auth_token.clone()),
            },
            sender: settings.sender.clone(),
            judge: Judge::new(NAME, TABLE, classify),
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
            status_callback: account.callback(sms),
        };
        let request = account
            .client
            .post(account.messages.clone())
            .basic_auth(&account.username, Some(account.token.expose_secret()))
            .form(&form);
        self.outcome(&exchange(NAME, request).await?)
    }

    pub(super) fn outcome(&self, answer: &Answer) -> Result<Accepted, SendError> {
        let body: Body = answer.json();
        if answer.is_accepted() {
            return Ok(Accepted { evidence: body.sid.filter(|sid| is_sid(sid, "SM") || is_sid(sid, "MM")) });
        }
        let code = body.code.map(|code| code.to_string());
        Err(self.0.judge.of(answer.status, code.as_deref(), answer.retry_after))
    }

    /// Asks for the account; with an API key, which may not see it, for its newest message. Nothing of either is read.
    pub(super) async fn probe(&self, client: &reqwest::Client) -> Result<Reached, Unreached> {
        let account = &*self.0;
        let mut question = account.messages.clone();
        if account.username.starts_with("AC") {
            let path = question.path().replace("/Messages.json", ".json");
            question.set_path(&path);
        } else {
            question.set_query(Some("PageSize=1"));
        }
        let request =
            client.get(question.clone()).basic_auth(&account.username, Some(account.token.expose_secret()));
        probe::ask(&question, request).await?.let_us_in(NAME)
    }

    /// A status callback: Twilio's "Validating Signatures from Twilio" and "Track the Message Status of Outbound Messages".
    pub(super) fn receipt(&self, call: &Call<'_>) -> Result<Receipt, NotBelieved> {
        let token = self.0.receipt_token.as_ref().ok_or(NotBelieved::NoReceipts)?;
        let signature = call
            .headers
            .get("x-twilio-signature")
            .and_then(|value| STANDARD.decode(value.as_bytes()).ok())
            .ok_or(NotBelieved::Signature)?;
        let fields: Vec<(String, String)> = form_urlencoded::parse(call.body).into_owned().collect();
        let key = token.expose_secret().as_bytes();
        // As Twilio's own helper does it: whether a port of the address is part of what is signed is not the same everywhere.
        if !addresses(call.url).iter().any(|url| is_signed(key, url, &fields, &signature)) {
            return Err(NotBelieved::Signature);
        }
        let field = |wanted| fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let theirs = field("MessageSid").filter(|sid| is_sid(sid, "SM") || is_sid(sid, "MM"));
        let ours = form_urlencoded::parse(call.query.as_bytes())
            .find(|(name, _)| name == "message")
            .and_then(|(_, id)| Uuid::try_parse(&id).ok());
        let message = match (ours, theirs) {
            (Some(ours), Some(theirs)) => Which::Both(ours, theirs.to_owned()),
            (Some(ours), None) => Which::Ours(ours),
            (None, Some(theirs)) => Which::Theirs(theirs.to_owned()),
            (None, None) => return Err(NotBelieved::Shape),
        };
        let fate = match field("MessageStatus").ok_or(NotBelieved::Shape)? {
            "delivered" => Fate::Delivered,
            "undelivered" | "failed" => {
                Fate::Failed(field("ErrorCode").and_then(|code| code.parse().ok()).filter(|code| *code > 0))
            }
            _ => Fate::Underway,
        };
        Ok(Receipt { message, fate })
    }
}

impl Account {
    /// Where the receipt of this message is taken. Twilio refuses an address that it could not reach, and the whole message with it
    /// (21609): a demo on this machine gets no receipts.
    fn callback(&self, sms: &Sms) -> Option<String> {
        let base = sms.receipts.as_ref().filter(|base| base.starts_with("https://"))?;
        self.receipt_token.as_ref().map(|_| format!("{base}/{NAME}?message={}", sms.id))
    }
}

/// The address as we gave it, with the port of its scheme written out, and without any.
fn addresses(url: &str) -> Vec<String> {
    let mut all = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return all };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    if host.len() == authority.len() {
        let port = if scheme == "https" { 443 } else { 80 };
        all.push(format!("{scheme}://{host}:{port}{path}"));
    } else {
        all.push(format!("{scheme}://{host}{path}"));
    }
    all
}

/// HMAC-SHA1 over the address and all fields in the order of their names, each value of a repeated name once. In constant time.
fn is_signed(key: &[u8], url: &str, fields: &[(String, String)], signature: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key) else { return false };
    mac.update(url.as_bytes());
    let mut fields: Vec<&(String, String)> = fields.iter().collect();
    fields.sort_unstable();
    fields.dedup();
    for (name, value) in fields {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    mac.verify_slice(signature).is_ok()
}

/// What counts of an answer.
#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    sid: Option<String>,
    #[serde(default)]
    code: Option<u32>,
}

fn validity(valid_for: Duration) -> u64 {
    valid_for.as_secs().clamp(1, LONGEST_VALIDITY)
}

fn messages_url(base: &str, account: &str) -> Result<Url, BadSetting> {
    let base = base.trim_end_matches('/');
    let url = Url::parse(&format!("{base}/2010-04-01/Accounts/{account}/Messages.json"))
        .map_err(|_| BadSetting::new("base_url", "is not an address like https://api.twilio.com"))?;
    if !is_safe_url(&url) {
        return Err(BadSetting::new(
            "base_url",
            "must begin with https://, without name, password, query or fragment",
        ));
    }
    Ok(url)
}

fn is_sid(sid: &str, kind: &str) -> bool {
    sid.strip_prefix(kind).is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// It becomes part of the request's path, so nothing but letters and digits may be in it.
fn is_id(text: &str, kind: &str) -> bool {
    text.strip_prefix(kind)
        .is_some_and(|rest| (1..=64).contains(&rest.len()) && rest.chars().all(|c| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "api.twilio.com",
            "",
            "https://a:b@api.twilio.com",
            "https://x.example?a",
        ] {
            assert_eq!(messages_url(base, &sid).unwrap_err().key, "base_url", "{base}");
        }
        for base in ["https://api.twilio.com", "https://api.dublin.ie1.twilio.com/", "http://127.0.0.1:1"] {
            assert!(messages_url(base, &sid).is_ok(), "{base}");
        }
    }

    #[test]
    fn an_account_id_cannot_leave_its_place_in_the_path() {
        assert!(is_id("AC00ff", "AC"));
        assert!(!is_id("AC/../x", "AC") && !is_id("AC", "AC") && !is_id("MG00", "AC"));
    }

    #[test]
    fn a_port_may_be_part_of_what_is_signed_or_not() {
        for (url, other) in [
            ("https://x.example/a?b", "https://x.example:443/a?b"),
            ("https://x.example:8443/a", "https://x.example/a"),
            ("http://x.example?a:1", "http://x.example:80?a:1"),
            ("https://[2001:db8::a]/a", "https://[2001:db8::a]:443/a"),
            ("https://[2001:db8::a]:1/a", "https://[2001:db8::a]/a"),
        ] {
            assert_eq!(addresses(url), [url, other]);
        }
    }
}
