//! SMS through a gateway of the operator's own: one signed request, in a protocol of ours that takes a page to implement.
//!
//! # Sending
//! `POST {base_url}` with `Content-Type: application/json` and the headers
//! - `X-Sspr-Timestamp`: Unix time in seconds;
//! - `X-Sspr-Signature`: `v1=` and the hexadecimal HMAC-SHA256, keyed with the secret, over the timestamp, a full stop and the body;
//! - `Idempotency-Key`: the message's id, the same on every try.
//!
//! ```json
//! {"id": "0198…", "to": "+14255550100", "text": "…", "valid_until": "2026-11-21T14:05:00Z", "receipt_url": "https://…/hooks/sms/webhook"}
//! ```
//!
//! The receiver verifies the signature over the bytes that came, refuses a timestamp more than five minutes off, sends a message of
//! one `id` once, never after `valid_until`, and keeps neither text nor number. It answers
//! - 2xx: it has the message. `{"reference": "…"}` (64 letters, digits, `.`, `_`, `:`, `-` at most) goes into the operator's lists.
//! - 408, 425, 429 or 5xx: later (`Retry-After` in seconds is kept to). So are 401, 403, 404, 407 and redirects, which the operator can mend.
//! - 400, 422 or any other 4xx: this message never. `{"code": 17}` is shown, and can be judged otherwise by `classify`.
//!
//! # Receipts
//! `POST {receipt_url}` with the same two headers over its own body. `code`: a number, why it failed; may be left out.
//!
//! ```json
//! {"message": "0198…", "status": "delivered"}
//! {"message": "0198…", "status": "failed", "code": 17}
//! ```
//!
//! What must stay true: both directions share one secret, so neither body may ever be taken for the other (a receipt has no `text`, a
//! request no `status`). A reader of this protocol is in `tests/it/support/sms_gateway.py`.

use std::{fmt, sync::Arc};

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use url::Url;
use uuid::Uuid;

use super::{
    Sms,
    http::{Answer, evidence, exchange, word},
    judge::{Classify, Judge},
    receipt::{Call, Fate, NotBelieved, Receipt, Which},
    signature,
};
use crate::{
    clock,
    senders::{
        Accepted, BadSetting, Reason, SendError,
        ask::{Ask, is_safe_url},
    },
};

/// Its name in the configuration, in log lines and in the address of its receipts.
pub const NAME: &str = "webhook";
/// A secret of fewer characters could be guessed from one request.
const SHORTEST_SECRET: usize = 32;
const TOO_SHORT: &str = "must have 32 characters or more, as `openssl rand -hex 32` makes";
const TIMESTAMP: &str = "x-sspr-timestamp";
const SIGNATURE: &str = "x-sspr-signature";
const VERSION: &str = "v1=";

/// All that the gateway needs.
#[derive(Clone, Debug)]
pub struct WebhookSettings {
    /// Where messages are posted. Plain http is taken for loopback only.
    pub base_url: String,
    /// What both sides sign with.
    pub signature_secret: SecretString,
}

impl WebhookSettings {
    /// Asks for them. A wrong value is noted by whoever is asked.
    pub(super) fn ask(ask: &mut dyn Ask) -> Option<Self> {
        let base_url = ask.url("base_url", None);
        let secret = ask.secret("signature_secret");
        if secret.as_ref().is_some_and(is_too_short) {
            ask.wrong("signature_secret", TOO_SHORT);
        }
        Some(Self { base_url: base_url?.to_string(), signature_secret: secret? })
    }
}

/// One gateway.
#[derive(Clone)]
pub struct Webhook(Arc<Gateway>);

struct Gateway {
    client: reqwest::Client,
    messages: Url,
    secret: SecretString,
    judge: Judge,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("host", &self.0.messages.host_str()).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Message<'a> {
    id: Uuid,
    to: &'a str,
    text: &'a str,
    valid_until: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_url: Option<String>,
}

/// What counts of an answer.
#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    reference: Option<String>,
    #[serde(default)]
    code: Value,
}

/// What a gateway tells of a message.
#[derive(Deserialize)]
struct Told {
    message: Uuid,
    status: Status,
    #[serde(default)]
    code: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Delivered,
    Failed,
}

impl Webhook {
    /// Checks the settings; connects to nobody yet. `client` is the one of [`crate::senders::http_client`].
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn new(
        client: reqwest::Client,
        settings: &WebhookSettings,
        classify: Classify,
    ) -> Result<Self, BadSetting> {
        let messages = Url::parse(&settings.base_url).ok().filter(is_safe_url).ok_or(BadSetting::new(
            "base_url",
            "must begin with https://, without name, password, query or fragment",
        ))?;
        if is_too_short(&settings.signature_secret) {
            return Err(BadSetting::new("signature_secret", TOO_SHORT));
        }
        let secret = settings.signature_secret.clone();
        Ok(Self(Arc::new(Gateway { client, messages, secret, judge: Judge::new(NAME, &[], classify) })))
    }

    pub(super) async fn send(&self, sms: &Sms) -> Result<Accepted, SendError> {
        let gateway = &*self.0;
        let now = clock::now();
        let Some(body) = body(sms, now) else {
            return Err(SendError::GiveUp(Reason::new("message cannot be written").of(NAME)));
        };
        let timestamp = now.unix_timestamp().to_string();
        let signed = signature::of(gateway.secret.expose_secret(), &[timestamp.as_bytes(), b".", &body]);
        let request = gateway
            .client
            .post(gateway.messages.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("idempotency-key", sms.id.to_string())
            .header(TIMESTAMP, timestamp)
            .header(SIGNATURE, format!("{VERSION}{signed}"))
            .body(body);
        self.outcome(&exchange(NAME, request).await?, sms)
    }

    pub(super) fn outcome(&self, answer: &Answer, sms: &Sms) -> Result<Accepted, SendError> {
        let said: Body = answer.json();
        if answer.is_accepted() {
            return Ok(Accepted { evidence: evidence(said.reference, sms) });
        }
        let code = word(&said.code);
        Err(self.0.judge.of(answer.status, code.as_deref(), answer.retry_after))
    }

    /// A receipt, if our gateway signed it, and lately.
    pub(super) fn receipt(&self, call: &Call<'_>) -> Result<Receipt, NotBelieved> {
        let timestamp = only(call.headers, TIMESTAMP).ok_or(NotBelieved::Signature)?;
        let signed = only(call.headers, SIGNATURE).and_then(|value| value.strip_prefix(VERSION));
        let parts = [timestamp.as_bytes(), b".", call.body];
        if !signed.is_some_and(|hex| signature::is_of(hex, self.0.secret.expose_secret(), &parts)) {
            return Err(NotBelieved::Signature);
        }
        if !signature::is_fresh(timestamp, call.now) {
            return Err(NotBelieved::Time);
        }
        let told: Told = serde_json::from_slice(call.body).map_err(|_| NotBelieved::Shape)?;
        let fate = match told.status {
            Status::Delivered => Fate::Delivered,
            Status::Failed => Fate::Failed(told.code),
        };
        Ok(Receipt { message: Which::Ours(told.message), fate })
    }
}

/// `None`: the year has more than four digits.
fn body(sms: &Sms, now: OffsetDateTime) -> Option<Vec<u8>> {
    // Whole seconds, never later than the end.
    let end = OffsetDateTime::from_unix_timestamp(
        now.checked_add(sms.valid_for.try_into().ok()?)?.unix_timestamp(),
    );
    let message = Message {
        id: sms.id,
        to: &sms.to,
        text: &sms.text,
        valid_until: end.ok()?.format(&Rfc3339).ok()?,
        receipt_url: sms.receipts.as_ref().map(|receipts| format!("{receipts}/{NAME}")),
    };
    serde_json::to_vec(&message).ok()
}

/// The header, if there is exactly one: of two, somebody before us may have verified the other.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    let value = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(value)
}

fn is_too_short(secret: &SecretString) -> bool {
    secret.expose_secret().chars().count() < SHORTEST_SECRET
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_end_is_in_whole_seconds_and_never_later_than_it_is() {
        let sms = Sms {
            to: "+14255550100".into(),
            text: "314159 \"is\" your code".into(),
            valid_for: Duration::from_millis(1_500),
            id: Uuid::nil(),
            receipts: Some("https://reset.contoso.com/hooks/sms".into()),
        };
        let body = body(&sms, datetime!(2026-11-21 14:05:00.4 UTC)).unwrap();
        assert_eq!(
            String::from_utf8(body).unwrap(),
            "{\"id\":\"00000000-0000-0000-0000-000000000000\",\"to\":\"+14255550100\",\
             \"text\":\"314159 \\\"is\\\" your code\",\"valid_until\":\"2026-11-21T14:05:01Z\",\
             \"receipt_url\":\"https://reset.contoso.com/hooks/sms/webhook\"}"
        );
    }
}
