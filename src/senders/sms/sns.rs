//! SMS through Amazon SNS: `Publish` of its Query API (version 2010-03-31), straight to a number.
//!
//! What must stay true:
//! - Any 2xx is an acceptance.
//! - A message is `Transactional`, or AWS sends it when it is cheap.
//! - Of an answer, which is XML, exactly two elements count, and each only when it is there once and looks as published.
//!
//! What SNS cannot be told: how long a code lives (it may arrive late: the code is dead then, not dangerous), and to forget text and
//! number. It sends no receipts (`CloudWatch` has them), and over the account's spending limit it accepts and delivers nothing.

use std::{fmt, sync::Arc};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};
use uuid::Uuid;

use super::{
    Sms,
    http::{Answer, endpoint, exchange, is_header, secret_header},
    judge::{Classify, Judge, Known, Verdict},
    sigv4,
};
use crate::{
    clock,
    senders::{Accepted, BadSetting, Reason, SendError, ask::Ask},
};

/// Its name in the configuration and in log lines.
pub const NAME: &str = "sns";
/// From the service's published model and from AWS's "Common Errors". What says "too fast" or "you may not" can be mended.
const TABLE: &[Known] = &[
    Known::new("InvalidParameter", Verdict::Refuse),
    Known::new("ParameterValueInvalid", Verdict::Refuse),
    Known::new("ValidationException", Verdict::Refuse),
    Known::new("ValidationError", Verdict::Refuse),
    Known::new("OptedOut", Verdict::Refuse),
    Known::new("UserError", Verdict::Refuse),
    Known::new("Throttled", Verdict::Retry),
    Known::new("Throttling", Verdict::Retry),
    Known::new("ThrottlingException", Verdict::Retry),
    Known::new("RequestLimitExceeded", Verdict::Retry),
    Known::new("KMSThrottling", Verdict::Retry),
    Known::new("AuthorizationError", Verdict::Retry),
    Known::new("AccessDenied", Verdict::Retry),
    Known::new("AccessDeniedException", Verdict::Retry),
    Known::new("InvalidSecurity", Verdict::Retry),
    Known::new("InvalidClientTokenId", Verdict::Retry),
    Known::new("SignatureDoesNotMatch", Verdict::Retry),
    Known::new("IncompleteSignature", Verdict::Retry),
    Known::new("MissingAuthenticationToken", Verdict::Retry),
    Known::new("OptInRequired", Verdict::Retry),
    Known::new("ExpiredToken", Verdict::Retry),
    Known::new("ExpiredTokenException", Verdict::Retry),
    Known::new("RequestExpired", Verdict::Retry),
    Known::new("InternalError", Verdict::Retry),
    Known::new("InternalFailure", Verdict::Retry),
    Known::new("ServiceUnavailable", Verdict::Retry),
];
/// `Message`: "the total size limit for a single SMS Publish action is 1,600 characters".
const LONGEST_TEXT: usize = 1_600;
const FORM: &str = "application/x-www-form-urlencoded";

/// All that SNS needs.
#[derive(Clone, Debug)]
pub struct SnsSettings {
    /// `https://sns.REGION.amazonaws.com`, or an endpoint of one's own. Plain http is taken for loopback only.
    pub base_url: String,
    /// Such as `eu-west-1`.
    pub region: String,
    /// `AKIA…`, or `ASIA…` with a session token.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: SecretString,
    /// Of credentials that expire.
    pub session_token: Option<SecretString>,
    /// A number of the account, or a name. `None`: AWS chooses.
    pub from: Option<String>,
}

impl SnsSettings {
    /// Asks for them. A wrong value is noted by whoever is asked.
    pub(super) fn ask(ask: &mut dyn Ask) -> Option<Self> {
        let region = ask.text("region", "a region like eu-west-1", is_region);
        let usual = region.as_ref().map(|region| format!("https://sns.{region}.amazonaws.com"));
        // Without a region, which is noted already, any address will do.
        let base_url = ask.url("base_url", Some(usual.as_deref().unwrap_or("https://sns.amazonaws.com")));
        let access_key_id =
            ask.text("access_key_id", "an access key's id, 16 to 128 letters and digits", is_key_id);
        let secret_access_key = ask.secret("secret_access_key");
        let session_token = ask.optional_secret("session_token");
        let from = ask.optional("from", A_SENDER, |from| Sender::of(from).is_some());
        Some(Self {
            base_url: base_url?.to_string(),
            region: region?,
            access_key_id: access_key_id?,
            secret_access_key: secret_access_key?,
            session_token,
            from,
        })
    }
}

/// What [`Sender::of`] takes.
const A_SENDER: &str =
    "a number like +14255550142, a short code or 1 to 11 letters and digits without blanks";

/// Whom the message is from: two attributes of SNS.
#[derive(Clone, Debug)]
struct Sender {
    attribute: &'static str,
    value: String,
}

impl Sender {
    fn of(from: &str) -> Option<Self> {
        let short_code = (3..=8).contains(&from.len()) && from.bytes().all(|b| b.is_ascii_digit());
        let name = (1..=11).contains(&from.len())
            && from.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && from.bytes().any(|b| b.is_ascii_alphabetic());
        let attribute = match name {
            true => "AWS.SNS.SMS.SenderID",
            false if short_code || super::is_e164(from) => "AWS.MM.SMS.OriginationNumber",
            false => return None,
        };
        Some(Self { attribute, value: from.to_owned() })
    }
}

/// One account in one region.
#[derive(Clone)]
pub struct Sns(Arc<Account>);

struct Account {
    client: reqwest::Client,
    endpoint: Url,
    /// As the header `Host` will have it.
    host: String,
    region: String,
    access_key_id: String,
    secret_access_key: SecretString,
    session_token: Option<SecretString>,
    sender: Option<Sender>,
    judge: Judge,
}

impl fmt::Debug for Sns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sns").field("host", &self.0.host).finish_non_exhaustive()
    }
}

impl Sns {
    /// Checks the settings; connects to nobody yet. `client` is the one of [`crate::senders::http_client`].
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn new(
        client: reqwest::Client,
        settings: &SnsSettings,
        classify: Classify,
    ) -> Result<Self, BadSetting> {
        if !is_region(&settings.region) {
            return Err(BadSetting::new("region", "is no region like eu-west-1"));
        }
        if !is_key_id(&settings.access_key_id) {
            return Err(BadSetting::new("access_key_id", "is not 16 to 128 letters and digits"));
        }
        if settings.secret_access_key.expose_secret().is_empty() {
            return Err(BadSetting::new("secret_access_key", "is empty"));
        }
        if settings.session_token.as_ref().is_some_and(|token| !is_header(token.expose_secret())) {
            return Err(BadSetting::new("session_token", "is empty or has blanks"));
        }
        let sender = match &settings.from {
            None => None,
            Some(from) => Some(
                Sender::of(from)
                    .ok_or(BadSetting::new("from", "is no E.164 number, short code or sender id"))?,
            ),
        };
        let (endpoint, host) = root(&settings.base_url)?;
        Ok(Self(Arc::new(Account {
            client,
            endpoint,
            host,
            region: settings.region.clone(),
            access_key_id: settings.access_key_id.clone(),
            secret_access_key: settings.secret_access_key.clone(),
            session_token: settings.session_token.clone(),
            sender,
            judge: Judge::new(NAME, TABLE, classify),
        })))
    }

    pub(super) async fn send(&self, sms: &Sms) -> Result<Accepted, SendError> {
        let account = &*self.0;
        if sms.text.chars().count() > LONGEST_TEXT {
            return Err(SendError::GiveUp(Reason::new("sms text is too long")));
        }
        self.outcome(&exchange(NAME, account.request(form(sms, account.sender.as_ref()))).await?)
    }

    pub(super) fn outcome(&self, answer: &Answer) -> Result<Accepted, SendError> {
        let body = std::str::from_utf8(&answer.body).unwrap_or_default();
        if answer.is_accepted() {
            let id = element(body, "MessageId").filter(|id| Uuid::try_parse(id).is_ok());
            return Ok(Accepted { evidence: id.map(str::to_owned) });
        }
        Err(self.0.judge.of(answer.status, element(body, "Code"), answer.retry_after))
    }
}

impl Account {
    fn request(&self, body: String) -> reqwest::RequestBuilder {
        let date = sigv4::date(clock::now());
        let token = self.session_token.as_ref().map(ExposeSecret::expose_secret);
        let scope = sigv4::Scope {
            region: &self.region,
            service: "sns",
            access_key_id: &self.access_key_id,
            secret_access_key: self.secret_access_key.expose_secret(),
        };
        let form = sigv4::Form { host: &self.host, content_type: FORM, session_token: token, body: &body };
        let authorization = sigv4::authorization(&scope, &form, &date);
        let mut request = self
            .client
            .post(self.endpoint.clone())
            .header(CONTENT_TYPE, FORM)
            .header("x-amz-date", date)
            .header(AUTHORIZATION, secret_header(&authorization));
        if let Some(token) = token {
            request = request.header("x-amz-security-token", secret_header(token));
        }
        request.body(body)
    }
}

/// The parameters of `Publish`, by the names of the service's published model.
fn form(sms: &Sms, sender: Option<&Sender>) -> String {
    let kind = ("AWS.SNS.SMS.SMSType", "Transactional");
    let sender = sender.map(|sender| (sender.attribute, sender.value.as_str()));
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", "Publish").append_pair("Version", "2010-03-31");
    form.append_pair("PhoneNumber", &sms.to).append_pair("Message", &sms.text);
    for (index, (name, value)) in std::iter::once(kind).chain(sender).enumerate() {
        let entry = format!("MessageAttributes.entry.{}", index + 1);
        form.append_pair(&format!("{entry}.Name"), name);
        form.append_pair(&format!("{entry}.Value.DataType"), "String");
        form.append_pair(&format!("{entry}.Value.StringValue"), value);
    }
    form.finish()
}

/// The text of an element without attributes that is there exactly once and holds a short word. No XML is understood beyond that.
fn element<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let (start, end) = (format!("<{name}>"), format!("</{name}>"));
    let (_, rest) = body.split_once(&start)?;
    let (word, rest) = rest.split_once(&end)?;
    let plain = (1..=64).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b));
    (plain && !rest.contains(&start)).then_some(word)
}

/// The address, and what the header `Host` will be: both are signed, so nothing else may be in it.
fn root(base: &str) -> Result<(Url, String), BadSetting> {
    let url = endpoint(base, "")?;
    if url.path() != "/" {
        return Err(BadSetting::new("base_url", "must be a host alone, without a path"));
    }
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Ok((url, host))
}

/// It becomes part of the host's name.
fn is_region(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// It becomes part of a header.
fn is_key_id(text: &str) -> bool {
    (16..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_answer_only_a_plain_element_that_is_there_once_counts() {
        let code = |body| element(body, "Code");
        assert_eq!(code("<Error><Type>Sender</Type><Code>OptedOut</Code></Error>"), Some("OptedOut"));
        for body in [
            "",
            "<Code>OptedOut",
            "<Code></Code>",
            "<Code>Opted Out</Code>",
            "<Code><b>OptedOut</b></Code>",
            "<Code><!--OptedOut--></Code>",
            "<Code>OptedOut</Code><Code>Throttled</Code>",
            "<code>OptedOut</code>",
        ] {
            assert_eq!(code(body), None, "{body}");
        }
        assert_eq!(code(&format!("<Code>{}</Code>", "x".repeat(65))), None);
    }

    #[test]
    fn an_address_is_a_host_alone() {
        let host = |base| root(base).map(|(_, host)| host).map_err(|bad| bad.key);
        assert_eq!(host("https://sns.eu-west-1.amazonaws.com").unwrap(), "sns.eu-west-1.amazonaws.com");
        assert_eq!(host("https://sns.example:443/").unwrap(), "sns.example");
        assert_eq!(host("http://127.0.0.1:4566").unwrap(), "127.0.0.1:4566");
        for base in
            ["", "http://sns.example", "https://sns.example/path", "https://a:b@sns.example", "https://x?a"]
        {
            assert_eq!(host(base), Err("base_url"), "{base}");
        }
    }

    #[test]
    fn a_number_and_a_name_are_different_attributes() {
        let attribute = |from| Sender::of(from).map(|sender| sender.attribute);
        assert_eq!(attribute("Contoso"), Some("AWS.SNS.SMS.SenderID"));
        assert_eq!(attribute("+14255550142"), Some("AWS.MM.SMS.OriginationNumber"));
        assert_eq!(attribute("12345"), Some("AWS.MM.SMS.OriginationNumber"));
        for bad in ["", "12", "Contoso IT", "a name that is long", "425-555-0142"] {
            assert_eq!(attribute(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_region_cannot_change_the_host() {
        assert!(is_region("eu-west-1") && is_region("us-gov-east-1"));
        assert!(!is_region("") && !is_region("eu-west-1.evil.example/") && !is_region("EU"));
        assert!(
            is_key_id("AKIAIOSFODNN7EXAMPLE") && !is_key_id("AKIA") && !is_key_id("AKIAIOSFODNN7/XAMPLE")
        );
    }
}
