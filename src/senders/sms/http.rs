//! One request to a provider, and what counts of its answer.

use std::time::Duration;

use reqwest::{
    RequestBuilder,
    header::{HeaderValue, RETRY_AFTER},
};

use crate::senders::{Reason, SendError};

/// An answer is about 1 KB; of a longer one nothing counts but the status.
const LONGEST_ANSWER: usize = 64 * 1024;

/// An answer: a body that is broken, late or too long counts as an empty one, since the status has decided.
pub(super) struct Answer {
    pub status: u16,
    /// How long the provider asks us to wait.
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the provider took the message over.
    pub fn is_accepted(&self) -> bool {
        (200..=299).contains(&self.status)
    }

    /// The body as JSON, or nothing of it.
    pub fn json<T: serde::de::DeserializeOwned + Default>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Sends it. An error says that no answer came, and whether the message may have left all the same.
pub(super) async fn exchange(provider: &'static str, request: RequestBuilder) -> Result<Answer, SendError> {
    let mut answer = request.send().await.map_err(|error| no_answer(provider, &error))?;
    let status = answer.status().as_u16();
    let retry_after = answer
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            body.clear();
            break;
        }
    }
    Ok(Answer { status, retry_after, body })
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
