//! SMS: what a finished text message is, and the providers that can carry it.
//!
//! To add a provider: its file here with `NAME`, settings and how it [`Ask`]s for them, `send`, its table of codes, `receipt` where it
//! has receipts; a variant and an arm in each `match` below; its keys in `config/default.toml`.

pub mod govuk_notify;
mod http;
pub mod judge;
pub mod kannel;
pub mod receipt;
mod signature;
mod sigv4;
pub mod sns;
pub mod twilio;
pub mod vonage;
pub mod webhook;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use url::Url;
use uuid::Uuid;

use super::{
    Accepted, BadSetting, Memory, Reason, SendError,
    ask::Ask,
    log,
    probe::{self, Reached, Unreached},
};
pub use govuk_notify::GovukNotify;
pub use http::Answer;
use judge::Classify;
pub use kannel::Kannel;
use receipt::{Call, NotBelieved, Receipt};
pub use sns::Sns;
pub use twilio::Twilio;
pub use vonage::Vonage;
pub use webhook::Webhook;

/// A finished text message to one phone.
#[derive(Clone, PartialEq, Eq)]
pub struct Sms {
    /// E.164: `+` and 7 to 15 digits.
    pub to: String,
    /// As it shall be read; sent unchanged.
    pub text: String,
    /// How long it is worth delivering: the rest of the code's life. The provider drops it afterwards.
    pub valid_for: Duration,
    /// The row of the outbox: the same on every try, so that a provider can tell a second try from a second message.
    pub id: Uuid,
    /// Where receipts are taken, such as `https://reset.contoso.com/hooks/sms`; each provider adds its own name. `None`: nowhere.
    pub receipts: Option<Arc<str>>,
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sms").field("valid_for", &self.valid_for).finish_non_exhaustive()
    }
}

/// What one provider needs: read from the configuration, made into a sender by [`Settings::sender`].
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each variant is the provider of its name")]
pub enum Settings {
    Twilio(twilio::TwilioSettings),
    Vonage(vonage::VonageSettings),
    Webhook(webhook::WebhookSettings),
    Sns(sns::SnsSettings),
    GovukNotify(govuk_notify::GovukNotifySettings),
    Kannel(kannel::KannelSettings),
}

impl Settings {
    /// The names of all providers, as the configuration spells them.
    pub const KINDS: &[&str] =
        &[twilio::NAME, vonage::NAME, sns::NAME, govuk_notify::NAME, kannel::NAME, webhook::NAME];

    /// Asks for all that the provider of this name needs. `None`: something is missing or wrong, which the one asked has noted.
    pub fn ask(kind: &str, ask: &mut dyn Ask) -> Option<Self> {
        match kind {
            twilio::NAME => twilio::TwilioSettings::ask(ask).map(Self::Twilio),
            vonage::NAME => vonage::VonageSettings::ask(ask).map(Self::Vonage),
            webhook::NAME => webhook::WebhookSettings::ask(ask).map(Self::Webhook),
            sns::NAME => sns::SnsSettings::ask(ask).map(Self::Sns),
            govuk_notify::NAME => govuk_notify::GovukNotifySettings::ask(ask).map(Self::GovukNotify),
            kannel::NAME => kannel::KannelSettings::ask(ask).map(Self::Kannel),
            _ => None,
        }
    }

    /// Makes the sender; connects to nobody yet. `client`: the one of [`super::http_client`].
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn sender(&self, client: reqwest::Client, classify: Classify) -> Result<SmsSender, BadSetting> {
        Ok(match self {
            Self::Twilio(settings) => SmsSender::Twilio(Twilio::new(client, settings, classify)?),
            Self::Vonage(settings) => SmsSender::Vonage(Vonage::new(client, settings, classify)?),
            Self::Webhook(settings) => SmsSender::Webhook(Webhook::new(client, settings, classify)?),
            Self::Sns(settings) => SmsSender::Sns(Sns::new(client, settings, classify)?),
            Self::GovukNotify(settings) => {
                SmsSender::GovukNotify(GovukNotify::new(client, settings, classify)?)
            }
            Self::Kannel(settings) => SmsSender::Kannel(Kannel::new(client, settings, classify)?),
        })
    }
}

/// Who carries our text messages.
#[derive(Clone, Debug)]
pub enum SmsSender {
    /// Twilio's Messages API, or a service of the same shape.
    Twilio(Twilio),
    /// Vonage's SMS API, or a service of the same shape.
    Vonage(Vonage),
    /// A gateway of the operator's own that speaks our protocol.
    Webhook(Webhook),
    /// Amazon's Simple Notification Service.
    Sns(Sns),
    /// The messages of the United Kingdom's public services, or a service of the same shape.
    GovukNotify(GovukNotify),
    /// A gateway of the operator's own: Kannel.
    Kannel(Kannel),
    /// Nobody: a test looks at it.
    Memory(Memory<Sms>),
}

impl SmsSender {
    /// Hands the message over, once. See [`Reason::outcome_unknown`] before a second try.
    ///
    /// # Errors
    /// `TryAgain` for the network, overload and all that the operator can mend; `GiveUp` when this provider refuses the
    /// recipient or the message (another may take it), and when it is not valid any more.
    pub async fn send(&self, sms: &Sms) -> Result<Accepted, SendError> {
        let started = Instant::now();
        let outcome = match check(sms) {
            Err(reason) => Err(SendError::GiveUp(reason)),
            Ok(()) => match self {
                Self::Twilio(twilio) => twilio.send(sms).await,
                Self::Vonage(vonage) => vonage.send(sms).await,
                Self::Webhook(webhook) => webhook.send(sms).await,
                Self::Sns(sns) => sns.send(sms).await,
                Self::GovukNotify(notify) => notify.send(sms).await,
                Self::Kannel(kannel) => kannel.send(sms).await,
                Self::Memory(memory) => memory.accept(sms),
            },
        };
        let outcome = outcome.map(|accepted| without_number(accepted, sms));
        log(self.provider(), outcome.as_ref(), started);
        outcome
    }

    /// What an answer to a message that was handed over means. Nobody is asked.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn outcome(&self, answer: &Answer, sms: &Sms) -> Result<Accepted, SendError> {
        let outcome = match self {
            Self::Twilio(twilio) => twilio.outcome(answer),
            Self::Vonage(vonage) => vonage.outcome(answer, sms),
            Self::Webhook(webhook) => webhook.outcome(answer, sms),
            Self::Sns(sns) => sns.outcome(answer),
            Self::GovukNotify(notify) => notify.outcome(answer),
            Self::Kannel(kannel) => kannel.outcome(answer),
            Self::Memory(memory) => memory.accept(sms),
        };
        outcome.map(|accepted| without_number(accepted, sms))
    }

    /// Looks whether it would carry a text message. Sends none. Where a provider has a harmless question that needs our sign-in, that
    /// one is asked; of any other, any answer over HTTP will do.
    ///
    /// `client`: one of [`super::http_client::telling_certificates`]; `address`: what the configuration knows of it.
    ///
    /// # Errors
    /// Why it would not.
    pub async fn probe(&self, client: &reqwest::Client, address: &Url) -> Result<Reached, Unreached> {
        match self {
            Self::Twilio(twilio) => twilio.probe(client).await,
            Self::Vonage(vonage) => vonage.probe(client).await,
            Self::GovukNotify(notify) => notify.probe(client).await,
            _ => probe::ask(address, client.get(address.clone())).await.map(|seen| seen.reached),
        }
    }

    /// The provider's name in log lines, evidence, and the address of its receipts.
    pub fn provider(&self) -> &'static str {
        match self {
            Self::Twilio(_) => twilio::NAME,
            Self::Vonage(_) => vonage::NAME,
            Self::Webhook(_) => webhook::NAME,
            Self::Sns(_) => sns::NAME,
            Self::GovukNotify(_) => govuk_notify::NAME,
            Self::Kannel(_) => kannel::NAME,
            Self::Memory(_) => "memory",
        }
    }

    /// Verifies and reads a delivery receipt.
    ///
    /// # Errors
    /// Why it is not believed; then nothing of it may be used.
    pub fn receipt(&self, call: &Call<'_>) -> Result<Receipt, NotBelieved> {
        match self {
            Self::Twilio(twilio) => twilio.receipt(call),
            Self::Vonage(vonage) => vonage.receipt(call),
            Self::Webhook(webhook) => webhook.receipt(call),
            Self::GovukNotify(notify) => notify.receipt(call),
            Self::Kannel(kannel) => kannel.receipt(call),
            Self::Sns(_) | Self::Memory(_) => Err(NotBelieved::NoReceipts),
        }
    }
}

/// What every provider relies on. A code that is dead on arrival is worse than none.
fn check(sms: &Sms) -> Result<(), Reason> {
    if !is_e164(&sms.to) {
        return Err(Reason::new("sms number is not E.164"));
    }
    if sms.text.is_empty() || sms.text.contains('\0') {
        return Err(Reason::new("sms text is unusable"));
    }
    if sms.valid_for.as_secs() == 0 {
        return Err(Reason::new("sms is not valid any more"));
    }
    Ok(())
}

/// Operators see what a provider calls a message, and nobody's number by way of that: found by fuzzing, for 32 digits may hold eleven.
fn without_number(accepted: Accepted, sms: &Sms) -> Accepted {
    let number = sms.to.trim_start_matches('+');
    Accepted { evidence: accepted.evidence.filter(|word| !word.contains(number)) }
}

fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

/// What [`is_sender`] takes, for whoever gave something else.
const A_SENDER: &str = "a number like +14255550142, a short code or 1 to 11 letters and digits";

fn is_sender(from: &str) -> bool {
    let short_code = (3..=8).contains(&from.len()) && from.bytes().all(|b| b.is_ascii_digit());
    let name = (1..=11).contains(&from.len())
        && from.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-_& ".contains(&b))
        && from.bytes().any(|b| b.is_ascii_alphabetic());
    is_e164(from) || short_code || name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_cannot_arrive_in_time_or_at_all_is_given_up() {
        let memory = Memory::default();
        let good = Sms {
            to: "+14255550100".into(),
            text: "123456 is your code".into(),
            valid_for: Duration::from_secs(1),
            id: Uuid::nil(),
            receipts: None,
        };
        let dead = Sms { valid_for: Duration::from_millis(999), ..good.clone() };
        let empty = Sms { text: String::new(), ..good.clone() };
        let local = Sms { to: "425-555-0100".into(), ..good.clone() };
        let injected = Sms { to: "+14255550100&Body=x".into(), ..good.clone() };
        for sms in [dead, empty, local, injected] {
            let outcome = SmsSender::Memory(memory.clone()).send(&sms).await;
            assert!(matches!(outcome, Err(SendError::GiveUp(_))), "{outcome:?}");
        }
        assert!(SmsSender::Memory(memory.clone()).send(&good).await.is_ok());
        assert_eq!(memory.take(), std::slice::from_ref(&good));
        assert!(!format!("{good:?}").contains("123456") && !format!("{good:?}").contains("555"));
    }

    #[test] // V-47
    fn a_name_of_a_message_that_holds_the_number_is_not_kept() {
        let sms = Sms {
            to: "+14255550100".to_owned(),
            text: "x".to_owned(),
            valid_for: Duration::from_mins(1),
            id: Uuid::nil(),
            receipts: None,
        };
        let kept = |name: &str| without_number(Accepted { evidence: Some(name.to_owned()) }, &sms).evidence;
        assert_eq!(kept("SM00002121100000000000014255550100"), None);
        assert_eq!(
            kept("SM00002121100000000000014255550101").as_deref(),
            Some("SM00002121100000000000014255550101")
        );
    }

    #[test]
    fn a_sender_is_a_number_a_short_code_or_a_name() {
        for good in ["+14255550142", "12345", "Contoso", "Contoso IT"] {
            assert!(is_sender(good), "{good}");
        }
        for bad in ["425-555-0142", "+0425555014", "12", "a name that is long", "+1 4255550142", "<b>"] {
            assert!(!is_sender(bad), "{bad}");
        }
    }
}
