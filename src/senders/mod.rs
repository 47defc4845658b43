//! How a message leaves this machine: mail by SMTP relays, SMS by providers, each in an order of the operator's, and a memory for tests.
//!
//! What must stay true:
//! - Providers are closed enums ([`mail::MailSender`], [`sms::SmsSender`]), chosen by configuration. A sender knows
//!   nothing of the outbox, the database or the person; it is given one finished message.
//! - Whoever calls decides about retries, deadlines and the number of sends. A sender says only whether another try
//!   can help ([`SendError`]) and whether the message may have left already ([`Reason::outcome_unknown`]).
//! - No address, number, text or credential is in an error, a log line or `Debug`: a [`Reason`] is built from constants
//!   and numbers only, so that no provider's answer can get into it.
//! - Every send ends within the sender's own time limit, whatever the other side does.
//!
//! To add a provider: one file beside `smtp.rs` or `twilio.rs` with its tests, one variant and its arms in that
//! folder's `mod.rs`, its settings in the default configuration.

pub mod ask;
pub mod http_client;
pub mod mail;
pub mod probe;
pub mod route;
pub mod sms;

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use self::mail::enhanced::EnhancedStatus;

/// The provider took the message over. What it does with it later, only a delivery receipt can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The provider's own name for the message (queue id, message sid), for support. No personal data.
    pub evidence: Option<String>,
}

/// The provider did not take the message over, as far as we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Another try may succeed: the network, an overload, or a fault of the operator's that can still be mended.
    #[error("try again: {0}")]
    TryAgain(Reason),
    /// No try can succeed: this recipient or this message is refused.
    #[error("give up: {0}")]
    GiveUp(Reason),
}

impl SendError {
    /// Why, whichever it is.
    pub fn reason(&self) -> Reason {
        match self {
            Self::TryAgain(reason) | Self::GiveUp(reason) => *reason,
        }
    }
}

/// Why a send failed: constant words and numbers only, as in `smtp rcpt 550 5.1.1` or `twilio 400/21211`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    provider: Option<&'static str>,
    what: &'static str,
    code: Option<u16>,
    enhanced: Option<EnhancedStatus>,
    detail: Option<u32>,
    outcome_unknown: bool,
    not_before: Option<Duration>,
}

impl Reason {
    /// Where it failed, in constant words.
    pub const fn new(what: &'static str) -> Self {
        Self {
            provider: None,
            what,
            code: None,
            enhanced: None,
            detail: None,
            outcome_unknown: false,
            not_before: None,
        }
    }

    /// The same with the provider's name in front.
    #[must_use]
    pub const fn of(self, provider: &'static str) -> Self {
        Self { provider: Some(provider), ..self }
    }

    /// The status of the answer: an SMTP reply code or an HTTP status.
    #[must_use]
    pub const fn code(self, code: u16) -> Self {
        Self { code: Some(code), ..self }
    }

    /// The enhanced status code of an SMTP reply.
    #[must_use]
    pub const fn enhanced(self, enhanced: Option<EnhancedStatus>) -> Self {
        Self { enhanced, ..self }
    }

    /// The provider's own error number.
    #[must_use]
    pub const fn detail(self, detail: Option<u32>) -> Self {
        Self { detail, ..self }
    }

    /// The message was handed over whole and the answer was lost: it may be on its way. One more try may give the
    /// recipient a second copy (R-10: allowed once for SMS, since the code is the same).
    #[must_use]
    pub const fn but_may_have_left(self) -> Self {
        Self { outcome_unknown: true, ..self }
    }

    /// Whether the message may be on its way in spite of the error.
    pub const fn outcome_unknown(&self) -> bool {
        self.outcome_unknown
    }

    /// Whether it says something of the provider and not of this one message: nobody answered, it is overloaded or broken, or does
    /// not let us in. Then other messages better go elsewhere first.
    pub const fn is_about_the_provider(&self) -> bool {
        matches!(self.code, None | Some(401 | 403 | 407 | 421 | 429 | 500..=599))
    }

    /// How long the provider asked us to wait (`Retry-After`).
    #[must_use]
    pub const fn wait(self, not_before: Option<Duration>) -> Self {
        Self { not_before, ..self }
    }

    /// See [`Self::wait`].
    pub const fn not_before(&self) -> Option<Duration> {
        self.not_before
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [self.provider.unwrap_or_default(), self.what];
        f.write_str(words.join(" ").trim())?;
        if let Some(code) = self.code {
            write!(f, " {code}")?;
        }
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        if let Some(detail) = self.detail {
            write!(f, "/{detail}")?;
        }
        if self.outcome_unknown {
            f.write_str(" (may have left)")?;
        }
        Ok(())
    }
}

/// A sender cannot be made from these settings. The configuration names file and line; this names key and fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct BadSetting {
    /// The field of the settings struct.
    pub key: &'static str,
    /// What is wrong with it, without its value: it may be a secret.
    pub problem: &'static str,
}

impl BadSetting {
    pub(crate) const fn new(key: &'static str, problem: &'static str) -> Self {
        Self { key, problem }
    }
}

/// Messages that "left" into memory: the sender of tests. Clones share it.
pub struct Memory<T>(Arc<Mutex<Kept<T>>>);

struct Kept<T> {
    sent: Vec<T>,
    /// And whether the message is taken all the same.
    faults: VecDeque<(SendError, bool)>,
}

impl<T: Clone> Memory<T> {
    /// All that was sent and not taken, oldest first.
    pub fn sent(&self) -> Vec<T> {
        self.kept().sent.clone()
    }

    /// Takes all that was sent, so that a test can fail on leftovers.
    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut self.kept().sent)
    }

    /// The next send that has no fault before it ends with this one instead.
    pub fn fail_next(&self, fault: SendError) {
        self.kept().faults.push_back((fault, false));
    }

    /// The same, but the message left: its answer is what was lost.
    pub fn take_and_fail_next(&self, fault: SendError) {
        self.kept().faults.push_back((fault, true));
    }

    /// No fault that it was told of comes any more.
    pub fn forget_faults(&self) {
        self.kept().faults.clear();
    }

    fn accept(&self, message: &T) -> Result<Accepted, SendError> {
        let mut kept = self.kept();
        if let Some((fault, taken)) = kept.faults.pop_front() {
            if taken {
                kept.sent.push(message.clone());
            }
            return Err(fault);
        }
        kept.sent.push(message.clone());
        Ok(Accepted { evidence: Some(format!("memory {}", kept.sent.len())) })
    }

    fn kept(&self) -> MutexGuard<'_, Kept<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Kept { sent: Vec::new(), faults: VecDeque::new() })))
    }
}

impl<T> Clone for Memory<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Memory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory([messages])")
    }
}

/// One log line for each send. Which message it was stands in the caller's span.
fn log(provider: &'static str, outcome: Result<&Accepted, &SendError>, started: std::time::Instant) {
    let milliseconds = started.elapsed().as_millis();
    match outcome {
        Ok(_) => tracing::info!(provider, milliseconds, "message accepted"),
        Err(SendError::TryAgain(reason)) => {
            tracing::warn!(provider, milliseconds, %reason, "message not accepted, another try may help");
        }
        Err(SendError::GiveUp(reason)) => tracing::warn!(provider, milliseconds, %reason, "message refused"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_reads_as_place_and_numbers() {
        assert_eq!(Reason::new("smtp rcpt").code(550).to_string(), "smtp rcpt 550");
        let refused =
            Reason::new("smtp rcpt").code(550).enhanced(EnhancedStatus::at_start("5.1.1 <x@y>: No"));
        assert_eq!(refused.to_string(), "smtp rcpt 550 5.1.1");
        assert_eq!(
            Reason::new("").of("twilio").code(400).detail(Some(21211)).to_string(),
            "twilio 400/21211"
        );
        assert_eq!(Reason::new("timeout").of("sns").to_string(), "sns timeout");
        let lost = Reason::new("smtp message timeout").but_may_have_left();
        assert_eq!(lost.to_string(), "smtp message timeout (may have left)");
    }

    #[test]
    fn a_memory_fails_as_often_as_it_was_told_and_then_keeps() {
        let memory = Memory::default();
        let fault = SendError::TryAgain(Reason::new("told to"));
        memory.clone().fail_next(fault);
        assert_eq!(memory.accept(&1), Err(fault));
        assert!(memory.accept(&2).is_ok());
        assert_eq!(memory.take(), [2]);
        assert_eq!(memory.sent(), [0i32; 0]);
    }
}
