//! SMS through GOV.UK Notify (API version 2), or a service of the same shape: Notify runs for several countries.
//!
//! What must stay true:
//! - Any 2xx is an acceptance, whatever the body says (R-08).
//! - The template of the service holds `((text))` and nothing else, or the last line with the code is not the last.
//! - Each request has a token of its own time: Notify refuses one that is more than 30 seconds from its clock.
//! - A receipt counts only with the token that the operator gave to Notify, compared in constant time.
//!
//! What Notify cannot be told: how long a code lives. It keeps what was sent for as long as the service's settings say.

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::Mac as _;
use reqwest::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use subtle::ConstantTimeEq as _;
use url::Url;
use uuid::Uuid;

use super::{
    Sms,
    http::{Answer, endpoint, exchange, is_header, secret_header},
    judge::{Classify, Judge, Known, Verdict},
    receipt::{Call, Fate, NotBelieved, Receipt, Which},
    signature,
};
use crate::{
    clock,
    senders::{
        Accepted, BadSetting, Reason, SendError,
        ask::Ask,
        probe::{self, Reached, Unreached},
    },
};

/// Its name in the configuration, in log lines and in the address of its receipts.
pub const NAME: &str = "govuk_notify";
/// Notify's words have many meanings: only with their status do they say what can be done. The daily limit ends at midnight, long after
/// the code; a wrong clock or key (403) can be mended.
const TABLE: &[Known] = &[
    Known::with("TooManyRequestsError", 429, Verdict::Refuse),
    Known::with("RateLimitError", 429, Verdict::Retry),
    Known::with("ValidationError", 400, Verdict::Refuse),
    Known::with("BadRequestError", 400, Verdict::Refuse),
    Known::with("BadRequestError", 403, Verdict::Retry),
    Known::with("AuthError", 403, Verdict::Retry),
];
/// Notify's longest text message, in characters.
const LONGEST_TEXT: usize = 918;
/// A token that can be guessed is none. Characters.
const SHORTEST_TOKEN: usize = 16;

/// All that Notify needs.
#[derive(Clone, Debug)]
pub struct GovukNotifySettings {
    /// `https://api.notifications.service.gov.uk`, or another country's. Plain http is taken for loopback only.
    pub base_url: String,
    /// As the website shows it: a name, the service's id and the key's secret.
    pub api_key: SecretString,
    /// The template, which holds only `((text))`.
    pub template_id: String,
    /// Whom the message is from, if not the service's usual sender.
    pub sms_sender_id: Option<String>,
    /// What the operator gave to Notify for its callbacks. `None`: receipts are not taken.
    pub callback_token: Option<SecretString>,
}

impl GovukNotifySettings {
    /// Asks for them. A wrong value is noted by whoever is asked.
    pub(super) fn ask(ask: &mut dyn Ask) -> Option<Self> {
        let base_url = ask.url("base_url", Some("https://api.notifications.service.gov.uk"));
        let api_key = ask.secret("notify_api_key");
        let template_id = ask.text("template_id", "a template's id like 0f9bd1e5-…", is_id);
        let sms_sender_id = ask.optional("sms_sender_id", "a sender's id like 0f9bd1e5-…", is_id);
        let callback_token = ask.optional_secret("callback_token");
        Some(Self {
            base_url: base_url?.to_string(),
            api_key: api_key?,
            template_id: template_id?,
            sms_sender_id,
            callback_token,
        })
    }
}

/// One service of Notify.
#[derive(Clone)]
pub struct GovukNotify(Arc<Service>);

struct Service {
    client: reqwest::Client,
    messages: Url,
    id: String,
    secret: SecretString,
    template_id: String,
    sms_sender_id: Option<String>,
    callback_token: Option<SecretString>,
    judge: Judge,
}

impl fmt::Debug for GovukNotify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GovukNotify").field("host", &self.0.messages.host_str()).finish_non_exhaustive()
    }
}

/// The body, by the names of Notify's `OpenAPI` document.
#[derive(Serialize)]
struct Body<'a> {
    phone_number: &'a str,
    template_id: &'a str,
    personalisation: Personalisation<'a>,
    reference: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms_sender_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Personalisation<'a> {
    text: &'a str,
}

impl GovukNotify {
    /// Checks the settings; connects to nobody yet. `client` is the one of [`crate::senders::http_client`].
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn new(
        client: reqwest::Client,
        settings: &GovukNotifySettings,
        classify: Classify,
    ) -> Result<Self, BadSetting> {
        let (id, secret) = parts(settings.api_key.expose_secret()).ok_or(BadSetting::new(
            "notify_api_key",
            "is not a name, a service's id and a secret with - between",
        ))?;
        if !is_id(&settings.template_id) {
            return Err(BadSetting::new("template_id", "is no id"));
        }
        if settings.sms_sender_id.as_ref().is_some_and(|id| !is_id(id)) {
            return Err(BadSetting::new("sms_sender_id", "is no id"));
        }
        let usable = |token: &SecretString| {
            is_header(token.expose_secret()) && token.expose_secret().len() >= SHORTEST_TOKEN
        };
        if settings.callback_token.as_ref().is_some_and(|token| !usable(token)) {
            return Err(BadSetting::new("callback_token", "is shorter than 16 characters, or has blanks"));
        }
        Ok(Self(Arc::new(Service {
            client,
            messages: endpoint(&settings.base_url, "v2/notifications/sms")?,
            id: id.to_owned(),
            secret: secret.into(),
            template_id: settings.template_id.clone(),
            sms_sender_id: settings.sms_sender_id.clone(),
            callback_token: settings.callback_token.clone(),
            judge: Judge::new(NAME, TABLE, classify),
        })))
    }

    pub(super) async fn send(&self, sms: &Sms) -> Result<Accepted, SendError> {
        let service = &*self.0;
        if sms.text.chars().count() > LONGEST_TEXT {
            return Err(SendError::GiveUp(Reason::new("sms text is too long")));
        }
        let body = Body {
            phone_number: &sms.to,
            template_id: &service.template_id,
            personalisation: Personalisation { text: &sms.text },
            reference: sms.id.to_string(),
            sms_sender_id: service.sms_sender_id.as_deref(),
        };
        let token = token(&service.id, service.secret.expose_secret(), clock::now().unix_timestamp());
        let request = service
            .client
            .post(service.messages.clone())
            .header(AUTHORIZATION, secret_header(&format!("Bearer {token}")))
            .json(&body);
        self.outcome(&exchange(NAME, request).await?)
    }

    pub(super) fn outcome(&self, answer: &Answer) -> Result<Accepted, SendError> {
        if answer.is_accepted() {
            let Sent { id } = answer.json();
            return Ok(Accepted { evidence: id.filter(|id| is_id(id)) });
        }
        let error = answer.json::<Refusal>().error();
        Err(self.0.judge.of(answer.status, error.as_deref(), answer.retry_after))
    }

    /// Asks for our template: it has to be there, and its text is nobody's. A clock that is half a minute wrong is not let in.
    pub(super) async fn probe(&self, client: &reqwest::Client) -> Result<Reached, Unreached> {
        let service = &*self.0;
        let mut question = service.messages.clone();
        let path = question.path().replace("/v2/notifications/sms", "/v2/template/");
        question.set_path(&(path + &service.template_id));
        let token = token(&service.id, service.secret.expose_secret(), clock::now().unix_timestamp());
        let request =
            client.get(question.clone()).header(AUTHORIZATION, secret_header(&format!("Bearer {token}")));
        probe::ask(&question, request).await?.let_us_in(NAME)
    }

    /// A delivery receipt: Notify's "Callbacks". All of the failures are final, Notify has tried again for up to three days by then.
    pub(super) fn receipt(&self, call: &Call<'_>) -> Result<Receipt, NotBelieved> {
        let token = self.0.callback_token.as_ref().ok_or(NotBelieved::NoReceipts)?;
        let given =
            call.headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        let right = given.is_some_and(|given| given.ct_eq(token.expose_secret().as_bytes()).into());
        if !right {
            return Err(NotBelieved::Signature);
        }
        let told: Told = serde_json::from_slice(call.body).map_err(|_| NotBelieved::Shape)?;
        let ours = told.reference.and_then(|reference| Uuid::try_parse(&reference).ok());
        let theirs = told.id.filter(|id| is_id(id));
        let message = match (ours, theirs) {
            (Some(ours), Some(theirs)) => Which::Both(ours, theirs),
            (Some(ours), None) => Which::Ours(ours),
            (None, Some(theirs)) => Which::Theirs(theirs),
            (None, None) => return Err(NotBelieved::Shape),
        };
        let fate = match told.status.as_str() {
            "delivered" => Fate::Delivered,
            "permanent-failure" | "temporary-failure" | "technical-failure" => Fate::Failed(None),
            _ => Fate::Underway,
        };
        Ok(Receipt { message, fate })
    }
}

/// What counts of an acceptance.
#[derive(Default, Deserialize)]
struct Sent {
    #[serde(default)]
    id: Option<String>,
}

/// What counts of a refusal. The published answer of a 500 is a list of errors without anything around it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Refusal {
    Errors { errors: Vec<Fault> },
    Bare(Vec<Fault>),
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Fault {
    error: String,
}

impl Default for Refusal {
    fn default() -> Self {
        Self::Other(serde::de::IgnoredAny)
    }
}

impl Refusal {
    fn error(self) -> Option<String> {
        match self {
            Self::Errors { errors } | Self::Bare(errors) => {
                errors.into_iter().next().map(|fault| fault.error)
            }
            Self::Other(_) => None,
        }
    }
}

/// What counts of a receipt; the person's number is not read.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    reference: Option<String>,
    status: String,
}

/// A JSON Web Token (RFC 7519) by HS256, good for 30 seconds.
fn token(service: &str, secret: &str, now: i64) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256"}"#);
    let claims = URL_SAFE_NO_PAD.encode(json!({ "iss": service, "iat": now }).to_string());
    let signed = format!("{header}.{claims}");
    let mac = signature::mac(secret.as_bytes(), &[signed.as_bytes()]);
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    format!("{signed}.{signature}")
}

/// The service's id and the secret: the two ids at the end of a key, whose name may hold anything.
fn parts(key: &str) -> Option<(&str, &str)> {
    let (rest, secret) = key.split_at_checked(key.len().checked_sub(36)?)?;
    let rest = rest.strip_suffix('-')?;
    let (name, id) = rest.split_at_checked(rest.len().checked_sub(36)?)?;
    (name.len() > 1 && name.ends_with('-') && is_id(id) && is_id(secret)).then_some((id, secret))
}

/// An id as Notify writes it.
fn is_id(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str = "26785a09-ab16-4eb0-8407-a37497a57506";
    const SECRET: &str = "3d844edf-8d35-48ac-975b-e847b4f122b0";

    #[test]
    fn a_key_is_read_from_its_end() {
        for name in ["reset", "a name-with - all", "ü", SERVICE] {
            assert_eq!(parts(&format!("{name}-{SERVICE}-{SECRET}")), Some((SERVICE, SECRET)), "{name}");
        }
        for bad in [
            String::new(),
            format!("{SERVICE}-{SECRET}"),
            format!("-{SERVICE}-{SECRET}"),
            format!("x{SERVICE}-{SECRET}"),
            format!("x-{SERVICE}{SECRET}"),
            format!("x-{SERVICE}-{SECRET} "),
            format!("x-{}-{SECRET}", SERVICE.replace('2', "g")),
            "ü".repeat(60),
        ] {
            assert_eq!(parts(&bad), None, "{bad}");
        }
    }

    #[test]
    fn the_error_is_found_in_both_shapes() {
        let error = |text: &str| serde_json::from_str::<Refusal>(text).unwrap_or_default().error();
        let found = Some("Exception".to_owned());
        assert_eq!(error(r#"{"status_code":500,"errors":[{"error":"Exception","message":"x"}]}"#), found);
        assert_eq!(error(r#"[{"error":"Exception","message":"x"},{"error":"Other"}]"#), found);
        for other in
            ["", "{}", "[]", "7", r#"{"errors":[]}"#, r#"{"errors":{"error":"x"}}"#, r#"["Exception"]"#]
        {
            assert_eq!(error(other), None, "{other}");
        }
    }
}
