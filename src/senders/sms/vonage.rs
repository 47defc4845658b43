//! SMS through Vonage's SMS API (`/sms/json`, document version 1.0.10), or a service of the same shape.
//!
//! What must stay true:
//! - It answers 200 to everything: whether it took the message stands in the body, once for each part of a long text, and only if all
//!   parts were taken is the message accepted. A 200 without a readable body may be either.
//! - The provider is told how long the code lives: its default would deliver a code three days late. It takes no less than 20 seconds;
//!   what lives shorter is not given to it.
//! - Text and number stay in Vonage's long-term records unless the account has its "Advanced Auto-redact". No parameter of a request can
//!   ask for it, and the Redact API, which removes one record afterwards, leaves the short-lived logs: `config/default.toml` sends the
//!   operator to Vonage's support.
//!
//! Receipts come to the address that each message names, by GET, POST as form or POST as JSON as the account is set, and are believed
//! only with the account's signature (method "SHA-256 HMAC"; others are refused). Our id travels as `client-ref`, not in the address: so
//! it is signed as well. Of a message in several parts each is told of by a name of its own; failures of the first one count.

use std::{borrow::Cow, collections::BTreeMap, fmt, sync::Arc, time::Duration};

use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::{
    A_SENDER, Sms,
    http::{Answer, endpoint, evidence, exchange, word},
    is_sender,
    judge::{Classify, Judge},
    receipt::{Call, Fate, NotBelieved, Receipt, Which},
    signature,
};
use crate::{
    clock,
    domain::gsm7,
    senders::{
        Accepted, BadSetting, Reason, SendError,
        ask::Ask,
        probe::{self, Reached, Unreached},
    },
};

/// Its name in the configuration, in log lines and in the address of its receipts.
pub const NAME: &str = "vonage";
/// Its error codes that say nothing against the message, and the HTTP status by which another provider would have said so: too fast,
/// sign-in, its own fault, account suspended, no credit, too many connections, no HTTP, its own fault, signature, signature beside a
/// secret. All others are refusals.
const TABLE: &[(&str, u16)] = &[
    ("1", 429),
    ("4", 401),
    ("5", 500),
    ("8", 403),
    ("9", 403),
    ("10", 429),
    ("11", 403),
    ("13", 503),
    ("14", 401),
    ("32", 401),
];
/// A refusal of this message.
const REFUSED: u16 = 400;
/// `ttl`: "minimum 20000, maximum 604800000", in milliseconds.
const TTL: std::ops::RangeInclusive<u64> = 20_000..=604_800_000;
/// `callback`: no longer, or the message is refused with 23.
const LONGEST_CALLBACK: usize = 100;

/// All that Vonage needs.
#[derive(Clone, Debug)]
pub struct VonageSettings {
    /// `https://rest.nexmo.com`, or a region's. Plain http is taken for loopback only.
    pub base_url: String,
    /// The account.
    pub api_key: String,
    /// Signs in. Without it, requests are signed with `signature_secret`.
    pub api_secret: Option<SecretString>,
    /// What receipts are signed with. Without it none are asked for, and none believed.
    pub signature_secret: Option<SecretString>,
    /// A number of the account in E.164, a short code, or an alphanumeric sender id.
    pub from: String,
}

impl VonageSettings {
    /// Asks for them. A wrong value is noted by whoever is asked.
    pub(super) fn ask(ask: &mut dyn Ask) -> Option<Self> {
        let base_url = ask.url("base_url", Some("https://rest.nexmo.com"));
        let api_key = ask.text("api_key", "an API key of letters and digits", is_key);
        let api_secret = ask.optional_secret("api_secret");
        let signature_secret = ask.optional_secret("signature_secret");
        let from = ask.text("from", A_SENDER, is_sender);
        if api_secret.is_none() && signature_secret.is_none() {
            ask.missing("api_secret", "signature_secret");
            return None;
        }
        Some(Self {
            base_url: base_url?.to_string(),
            api_key: api_key?,
            api_secret,
            signature_secret,
            from: from?,
        })
    }
}

/// One Vonage account.
#[derive(Clone)]
pub struct Vonage(Arc<Account>);

struct Account {
    client: reqwest::Client,
    messages: Url,
    settings: VonageSettings,
    judge: Judge,
}

impl fmt::Debug for Vonage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vonage").field("host", &self.0.messages.host_str()).finish_non_exhaustive()
    }
}

/// What counts of an answer.
#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    messages: Vec<Part>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Part {
    status: Value,
    message_id: Option<String>,
}

impl Vonage {
    /// Checks the settings; connects to nobody yet. `client` is the one of [`crate::senders::http_client`].
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn new(
        client: reqwest::Client,
        settings: &VonageSettings,
        classify: Classify,
    ) -> Result<Self, BadSetting> {
        if !is_key(&settings.api_key) {
            return Err(BadSetting::new("api_key", "is not 1 to 64 letters and digits"));
        }
        if !is_sender(&settings.from) {
            return Err(BadSetting::new("from", "is no E.164 number, short code or sender id"));
        }
        for (key, secret) in
            [("api_secret", &settings.api_secret), ("signature_secret", &settings.signature_secret)]
        {
            if secret.as_ref().is_some_and(|secret| secret.expose_secret().is_empty()) {
                return Err(BadSetting::new(key, "is empty"));
            }
        }
        if settings.api_secret.is_none() && settings.signature_secret.is_none() {
            return Err(BadSetting::new("api_secret", "is missing, and signature_secret too"));
        }
        let messages = endpoint(&settings.base_url, "sms/json")?;
        let judge = Judge::new(NAME, &[], classify);
        Ok(Self(Arc::new(Account { client, messages, settings: settings.clone(), judge })))
    }

    pub(super) async fn send(&self, sms: &Sms) -> Result<Accepted, SendError> {
        let account = &*self.0;
        let Some(ttl) = ttl(sms.valid_for) else {
            return Err(SendError::GiveUp(Reason::new("validity below 20 seconds").of(NAME)));
        };
        let form = account.form(sms, ttl, clock::now().unix_timestamp());
        let answer = exchange(NAME, account.client.post(account.messages.clone()).form(&form)).await?;
        account.outcome(&answer, sms)
    }

    pub(super) fn outcome(&self, answer: &Answer, sms: &Sms) -> Result<Accepted, SendError> {
        self.0.outcome(answer, sms)
    }

    /// Asks for the account's balance, which is not read. Whoever signs requests has nothing to ask it with: then any answer will do.
    pub(super) async fn probe(&self, client: &reqwest::Client) -> Result<Reached, Unreached> {
        let account = &*self.0;
        let mut question = account.messages.clone();
        let path = question.path().replace("/sms/json", "/account/get-balance");
        question.set_path(&path);
        let Some(secret) = &account.settings.api_secret else {
            return probe::ask(&question, client.get(question.clone())).await.map(|seen| seen.reached);
        };
        // Not in the address, as the documents have it first: that would stand in logs on the way.
        let request =
            client.get(question.clone()).basic_auth(&account.settings.api_key, Some(secret.expose_secret()));
        probe::ask(&question, request).await?.let_us_in(NAME)
    }

    /// A receipt, if Vonage signed it for our account, and lately.
    pub(super) fn receipt(&self, call: &Call<'_>) -> Result<Receipt, NotBelieved> {
        let secret = self.0.settings.signature_secret.as_ref().ok_or(NotBelieved::NoReceipts)?;
        let mut told = parameters(call).ok_or(NotBelieved::Signature)?;
        let sig = told.remove("sig").ok_or(NotBelieved::Signature)?;
        let signed = canonical(told.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        if !signature::is_of(&sig, secret.expose_secret(), &[&signed]) {
            return Err(NotBelieved::Signature);
        }
        let said = |name: &str| told.get(name).map(String::as_str);
        if !said("timestamp").is_some_and(|timestamp| signature::is_fresh(timestamp, call.now)) {
            return Err(NotBelieved::Time);
        }
        let fate = match said("status") {
            Some("delivered") => Fate::Delivered,
            Some("expired" | "failed" | "rejected") => {
                Fate::Failed(said("err-code").and_then(|code| code.parse().ok()))
            }
            Some("accepted" | "buffered" | "unknown") => Fate::Underway,
            _ => return Err(NotBelieved::Shape),
        };
        // A message that somebody else sent with this account has no id of ours.
        let ours = said("client-ref").and_then(|id| Uuid::parse_str(id).ok());
        let theirs = said("messageId").or(said("message-id")).filter(|id| is_key(id)).map(str::to_owned);
        let message = match (ours, theirs) {
            (Some(ours), Some(theirs)) => Which::Both(ours, theirs),
            (Some(ours), None) => Which::Ours(ours),
            (None, Some(theirs)) => Which::Theirs(theirs),
            (None, None) => return Err(NotBelieved::Shape),
        };
        Ok(Receipt { message, fate })
    }
}

impl Account {
    /// The parameters by the names of Vonage's `OpenAPI` document, in the order in which they are signed.
    fn form<'a>(&'a self, sms: &'a Sms, ttl: u64, now: i64) -> BTreeMap<&'static str, Cow<'a, str>> {
        let settings = &self.settings;
        let number = |number: &'a str| Cow::Borrowed(number.strip_prefix('+').unwrap_or(number));
        let callback = sms
            .receipts
            .as_ref()
            .filter(|_| settings.signature_secret.is_some())
            .map(|receipts| format!("{receipts}/{NAME}"))
            .filter(|url| url.len() <= LONGEST_CALLBACK);
        let mut form = BTreeMap::from([
            ("api_key", Cow::from(&*settings.api_key)),
            ("from", number(&settings.from)),
            ("to", number(&sms.to)),
            ("text", Cow::from(&*sms.text)),
            ("type", Cow::from(if gsm7::septets(&sms.text).is_ok() { "text" } else { "unicode" })),
            ("ttl", Cow::from(ttl.to_string())),
            ("client-ref", Cow::from(sms.id.to_string())),
            ("status-report-req", Cow::from(callback.is_some().to_string())),
        ]);
        form.extend(callback.map(|callback| ("callback", Cow::from(callback))));
        match (&settings.api_secret, &settings.signature_secret) {
            (Some(secret), _) => {
                form.insert("api_secret", Cow::from(secret.expose_secret()));
            }
            (None, Some(secret)) => {
                form.insert("timestamp", Cow::from(now.to_string()));
                let signed = canonical(form.iter().map(|(name, value)| (*name, &**value)));
                form.insert("sig", Cow::from(signature::of(secret.expose_secret(), &[&signed])));
            }
            // Refused by `new`.
            (None, None) => {}
        }
        form
    }

    fn outcome(&self, answer: &Answer, sms: &Sms) -> Result<Accepted, SendError> {
        let said: Body = answer.json();
        let codes: Option<Vec<String>> = said.messages.iter().map(|part| word(&part.status)).collect();
        let codes = codes.unwrap_or_default();
        let failed = codes.iter().find(|code| *code != "0").map(String::as_str);
        if !answer.is_accepted() {
            return Err(self.judge.of(answer.status, failed, answer.retry_after));
        }
        if codes.is_empty() {
            let reason = Reason::new("no readable answer").of(NAME).code(answer.status);
            return Err(SendError::TryAgain(reason.but_may_have_left()));
        }
        let Some(code) = failed else {
            let id = said.messages.into_iter().next().and_then(|part| part.message_id);
            return Ok(Accepted { evidence: evidence(id, sms) });
        };
        let status = TABLE.iter().find(|(known, _)| *known == code).map_or(REFUSED, |(_, status)| *status);
        let error = self.judge.of(status, Some(code), answer.retry_after);
        // Some parts are on their way all the same.
        Err(if codes.iter().any(|code| code == "0") { but_may_have_left(error) } else { error })
    }
}

fn but_may_have_left(error: SendError) -> SendError {
    match error {
        SendError::TryAgain(reason) => SendError::TryAgain(reason.but_may_have_left()),
        SendError::GiveUp(reason) => SendError::GiveUp(reason.but_may_have_left()),
    }
}

/// Milliseconds. `None`: the provider would deliver it later than it lives.
fn ttl(valid_for: Duration) -> Option<u64> {
    let milliseconds = u64::try_from(valid_for.as_millis()).unwrap_or(u64::MAX).min(*TTL.end());
    TTL.contains(&milliseconds).then_some(milliseconds)
}

/// What is signed: `&name=value` for each parameter in the order of their names, `&` and `=` in values replaced.
fn canonical<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    parameters
        .flat_map(|(name, value)| ["&", name, "=", &value.replace(['&', '='], "_")].concat().into_bytes())
        .collect()
}

/// The parameters of a receipt, from wherever the account's settings put them.
///
/// `None` when two readings of them have one signature: a name twice, or one that holds what separates names. (Of a name twice in JSON
/// the last one is what is verified and what is read.)
fn parameters(call: &Call<'_>) -> Option<BTreeMap<String, String>> {
    let is_json = call
        .headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/json"));
    let all: Vec<(String, String)> = if call.body.is_empty() {
        serde_urlencoded::from_str(call.query).ok()?
    } else if is_json {
        let object: BTreeMap<String, Value> = serde_json::from_slice(call.body).ok()?;
        object.into_iter().map(|(name, value)| Some((name, word(&value)?))).collect::<Option<_>>()?
    } else {
        serde_urlencoded::from_bytes(call.body).ok()?
    };
    let many = all.len();
    let plain = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let clear = all.iter().all(|(name, _)| plain(name));
    let parameters: BTreeMap<String, String> = all.into_iter().collect();
    (clear && parameters.len() == many).then_some(parameters)
}

/// Keys of accounts and ids of messages.
fn is_key(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lives_shorter_than_vonage_can_be_told_is_not_given_to_it() {
        assert_eq!(ttl(Duration::from_secs(597)), Some(597_000));
        assert_eq!(ttl(Duration::from_secs(20)), Some(20_000));
        assert_eq!(ttl(Duration::from_millis(19_999)), None);
        assert_eq!(ttl(Duration::MAX), Some(604_800_000));
    }

    #[test]
    fn a_request_is_signed_as_vonages_own_code_signs_it() {
        let settings = VonageSettings {
            base_url: "https://rest.nexmo.com".into(),
            api_key: "abcd1234".into(),
            api_secret: None,
            signature_secret: Some("canary-signature-7c02".into()),
            from: "+14255550199".into(),
        };
        let client = crate::senders::http_client::new(None).unwrap();
        let vonage = Vonage::new(client, &settings, Vec::new()).unwrap();
        let sms = Sms {
            to: "+14255550100".into(),
            text: "a & b = c: 314159 is your Contoso code".into(),
            valid_for: Duration::from_secs(597),
            id: uuid::uuid!("01930f6a-0000-7000-8000-000000000001"),
            receipts: Some("https://reset.contoso.com/hooks/sms".into()),
        };
        let form = vonage.0.form(&sms, 597_000, 1_795_269_900);
        // By `vonage_http_client.auth.Auth(…, signature_method='sha256').sign_params` of the package `vonage-http-client` 1.5.2.
        assert_eq!(form["sig"], "49046ad845f9d95f93a39e09b3a25a032d696cea66bcc3b72f13f115c5e156f3");
        assert_eq!(form["text"], sms.text, "what is signed is replaced, what is sent is not");
    }
}
