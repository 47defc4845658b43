//! One request to a provider, and what counts of its answer.

use std::time::Duration;

use reqwest::{
    RequestBuilder,
    header::{HeaderValue, RETRY_AFTER},
};
use serde_json::Value;
use url::Url;

use super::Sms;
use crate::senders::{BadSetting, Reason, SendError, ask::is_safe_url};

/// An answer is about 1 KB; of a longer one nothing counts but the status.
const LONGEST_ANSWER: usize = 64 * 1024;

/// An answer: a body that is broken, late or too long counts as an empty one, since the status has decided.
#[derive(Debug)]
pub struct Answer {
    pub(super) status: u16,
    /// How long the provider asks us to wait.
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// Status, the header `Retry-After` in seconds (a date counts as none), body.
    pub fn new(status: u16, retry_after: Option<&str>, body: Vec<u8>) -> Self {
        let seconds = retry_after.and_then(|text| text.trim().parse().ok());
        Self { status, retry_after: seconds.map(Duration::from_secs), body }
    }

    /// Whether the provider took the message over.
    pub(super) fn is_accepted(&self) -> bool {
        (200..=299).contains(&self.status)
    }

    /// The body as JSON, or nothing of it.
    pub(super) fn json<T: serde::de::DeserializeOwned + Default>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// The address of a call, if it may carry a secret.
pub(super) fn endpoint(base: &str, path: &str) -> Result<Url, BadSetting> {
    let url = Url::parse(&format!("{}/{path}", base.trim_end_matches('/')));
    url.ok().filter(is_safe_url).ok_or(BadSetting::new(
        "base_url",
        "must begin with https://, without name, password, query or fragment",
    ))
}

/// Sends it. An error says that no answer came, and whether the message may have left all the same.
pub(super) async fn exchange(provider: &'static str, request: RequestBuilder) -> Result<Answer, SendError> {
    let mut answer = request.send().await.map_err(|error| no_answer(provider, &error))?;
    let status = answer.status().as_u16();
    let retry_after = answer.headers().get(RETRY_AFTER).cloned();
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            body.clear();
            break;
        }
    }
    let retry_after = retry_after.as_ref().and_then(|value| value.to_str().ok());
    Ok(Answer::new(status, retry_after, body))
}

/// Whether a text can be sent as a header: one line without blanks around it. Else it could add headers of its own.
pub(super) fn is_header(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

/// A header that no `Debug` and no compression shows. Of a text that [`is_header`] refuses: an empty one.
pub(super) fn secret_header(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

fn no_answer(provider: &'static str, error: &reqwest::Error) -> SendError {
    // The error's own text names the address of the call: only its kind is used.
    let reason = match (error.is_connect(), error.is_timeout()) {
        (true, true) => Reason::new("connect timeout"),
        (true, false) => Reason::new("connect failed"),
        (false, true) => Reason::new("timeout").but_may_have_left(),
        (false, false) => Reason::new("broken off").but_may_have_left(),
    };
    SendError::TryAgain(reason.of(provider))
}

/// A code that a provider writes now as a number, now as a text.
pub(super) fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What a provider calls the message, if that can be shown to operators: a short word, and not the number of the person.
pub(super) fn evidence(said: Option<String>, sms: &Sms) -> Option<String> {
    let number = sms.to.trim_start_matches('+');
    said.filter(|word| {
        (1..=64).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b))
            && !word.contains(number)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_address_that_would_show_the_secret_is_refused() {
        for base in [
            "http://api.fabrikam.com",
            "api.fabrikam.com",
            "",
            "https://a:b@api.fabrikam.com",
            "https://x.example?a",
        ] {
            assert_eq!(endpoint(base, "sms/json").unwrap_err().key, "base_url", "{base}");
        }
        for base in ["https://api.fabrikam.com", "https://api.fabrikam.com/", "http://127.0.0.1:1"] {
            assert!(endpoint(base, "sms/json").is_ok_and(|url| url.path() == "/sms/json"), "{base}");
        }
    }

    #[test]
    fn a_code_is_a_number_or_a_text() {
        assert_eq!(
            [json!(7), json!("7"), json!("NoCredit")].map(|v| word(&v).unwrap()),
            ["7", "7", "NoCredit"]
        );
        assert_eq!([json!(null), json!([7]), json!(true)].map(|v| word(&v)), [None, None, None]);
    }

    #[test]
    fn only_a_short_word_without_the_number_is_shown_to_operators() {
        let sms = Sms {
            to: "+14255550100".into(),
            text: "x".into(),
            valid_for: Duration::from_secs(1),
            id: Uuid::nil(),
            receipts: None,
        };
        let kept = |said: &str| evidence(Some(said.to_owned()), &sms).is_some();
        assert!(kept("0A0000001234567B") && kept("b1:queue-7.x_2") && kept(&"x".repeat(64)));
        for bad in ["", "two words", "<b>", "ref-14255550100", "+14255550100", "\u{202e}", &"x".repeat(65)] {
            assert!(!kept(bad), "{bad}");
        }
        assert_eq!(evidence(None, &sms), None);
    }
}
