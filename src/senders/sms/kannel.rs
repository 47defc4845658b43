//! SMS through a Kannel gateway of the operator's own: its smsbox, by `POST` to `/cgi-bin/sendsms`.
//!
//! What must stay true:
//! - Any 2xx is an acceptance: Kannel says 202.
//! - Password, number and text are in headers and body, never in the address, which Kannel logs. It takes no form: the text is the body,
//!   everything else a header `X-Kannel-…`.
//! - Kannel is told how long the code lives, in whole minutes: less than one is told as one.
//! - Kannel signs nothing, so the address of a receipt carries a signature of ours over the message's id. It shows that we gave that
//!   address to Kannel for this message; what became of it, Kannel writes beside it.
//! - Kannel's answers are a sentence without a code: 403 is a wrong password as well as a number that it has no route to, so it is asked
//!   again later, and the next provider at once.

use std::{fmt, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq as _;
use url::{Url, form_urlencoded};
use uuid::Uuid;

use super::{
    A_SENDER, Sms,
    http::{Answer, endpoint, exchange, is_header, secret_header},
    is_sender,
    judge::{Classify, Judge},
    receipt::{Call, Fate, NotBelieved, Receipt, Which},
};
use crate::{
    domain::{gsm7, secret},
    senders::{Accepted, BadSetting, SendError, ask::Ask},
};

/// Its name in the configuration, in log lines and in the address of its receipts.
pub const NAME: &str = "kannel";
/// `dlr-mask`: delivered to the phone (1), not delivered to the phone (2), refused by the network (16). All are final.
const FINAL_STATES: u8 = 1 + 2 + 16;
/// A secret that can be guessed is none. Characters.
const SHORTEST_SECRET: usize = 16;

/// All that Kannel needs.
#[derive(Clone, Debug)]
pub struct KannelSettings {
    /// The smsbox, such as `http://127.0.0.1:13013`. Plain http is taken for loopback only.
    pub base_url: String,
    /// Of a `sendsms-user`.
    pub username: String,
    /// Its password.
    pub password: SecretString,
    /// Whom the message is from. `None`: what the gateway is set up with.
    pub from: Option<String>,
    /// From which our signature of receipts comes. `None`: receipts are not asked for.
    pub receipt_secret: Option<SecretString>,
}

impl KannelSettings {
    /// Asks for them. A wrong value is noted by whoever is asked.
    pub(super) fn ask(ask: &mut dyn Ask) -> Option<Self> {
        let base_url = ask.url("base_url", None);
        let username = ask.text("username", "letters, digits and signs without blanks", is_header);
        let password = ask.secret("password");
        let from = ask.optional("from", A_SENDER, is_sender);
        let receipt_secret = ask.optional_secret("receipt_secret");
        Some(Self {
            base_url: base_url?.to_string(),
            username: username?,
            password: password?,
            from,
            receipt_secret,
        })
    }
}

/// One gateway.
#[derive(Clone)]
pub struct Kannel(Arc<Gateway>);

struct Gateway {
    client: reqwest::Client,
    sendsms: Url,
    username: String,
    password: SecretString,
    from: Option<String>,
    receipt_secret: Option<SecretString>,
    judge: Judge,
}

impl fmt::Debug for Kannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kannel").field("host", &self.0.sendsms.host_str()).finish_non_exhaustive()
    }
}

impl Kannel {
    /// Checks the settings; connects to nobody yet. `client` is the one of [`crate::senders::http_client`].
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn new(
        client: reqwest::Client,
        settings: &KannelSettings,
        classify: Classify,
    ) -> Result<Self, BadSetting> {
        if !is_header(&settings.username) {
            return Err(BadSetting::new("username", "is empty or has blanks"));
        }
        if !is_header(settings.password.expose_secret()) {
            return Err(BadSetting::new("password", "is empty or has blanks"));
        }
        if settings.from.as_ref().is_some_and(|from| !is_sender(from)) {
            return Err(BadSetting::new("from", "is no E.164 number, short code or sender id"));
        }
        let short = |secret: &SecretString| secret.expose_secret().len() < SHORTEST_SECRET;
        if settings.receipt_secret.as_ref().is_some_and(short) {
            return Err(BadSetting::new("receipt_secret", "is shorter than 16 characters"));
        }
        Ok(Self(Arc::new(Gateway {
            client,
            sendsms: endpoint(&settings.base_url, "cgi-bin/sendsms")?,
            username: settings.username.clone(),
            password: settings.password.clone(),
            from: settings.from.clone(),
            receipt_secret: settings.receipt_secret.clone(),
            judge: Judge::new(NAME, &[], classify),
        })))
    }

    pub(super) async fn send(&self, sms: &Sms) -> Result<Accepted, SendError> {
        let gateway = &*self.0;
        // 7-bit letters, or UCS-2, in which a message is twice as long.
        let coding = if gsm7::septets(&sms.text).is_ok() { "0" } else { "2" };
        let mut request = gateway
            .client
            .post(gateway.sendsms.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=UTF-8"))
            .header("x-kannel-username", secret_header(&gateway.username))
            .header("x-kannel-password", secret_header(gateway.password.expose_secret()))
            .header("x-kannel-to", secret_header(&sms.to))
            .header("x-kannel-coding", coding)
            .header("x-kannel-validity", validity(sms.valid_for));
        if let Some(from) = &gateway.from {
            request = request.header("x-kannel-from", secret_header(from));
        }
        if let Some(url) = gateway.receipt_url(sms) {
            request = request
                .header("x-kannel-dlr-mask", u16::from(FINAL_STATES))
                .header("x-kannel-dlr-url", secret_header(&url));
        }
        self.outcome(&exchange(NAME, request.body(sms.text.clone())).await?)
    }

    pub(super) fn outcome(&self, answer: &Answer) -> Result<Accepted, SendError> {
        if answer.is_accepted() {
            // "0: Accepted for delivery": Kannel has a name for the message and does not tell it.
            return Ok(Accepted { evidence: None });
        }
        Err(self.0.judge.of(answer.status, None, answer.retry_after))
    }

    /// A delivery report: a `GET` of the address that Kannel was given, with its number for what became of the message.
    pub(super) fn receipt(&self, call: &Call<'_>) -> Result<Receipt, NotBelieved> {
        let secret = self.0.receipt_secret.as_ref().ok_or(NotBelieved::NoReceipts)?;
        let only = |wanted: &str| {
            let mut values = form_urlencoded::parse(call.query.as_bytes()).filter(|(name, _)| name == wanted);
            let value = values.next()?.1;
            values.next().is_none().then_some(value)
        };
        let given = only("signature").ok_or(NotBelieved::Signature)?;
        let message =
            only("message").and_then(|id| Uuid::try_parse(&id).ok()).ok_or(NotBelieved::Signature)?;
        let right: bool = given.as_bytes().ct_eq(signature(secret, message).as_bytes()).into();
        if !right {
            return Err(NotBelieved::Signature);
        }
        let state = only("status").and_then(|state| state.parse::<u8>().ok()).ok_or(NotBelieved::Shape)?;
        let fate = match state {
            1 => Fate::Delivered,
            2 | 16 => Fate::Failed(Some(state.into())),
            _ => Fate::Underway,
        };
        Ok(Receipt { message: Which::Ours(message), fate })
    }
}

impl Gateway {
    /// `%d` is Kannel's to fill in; nothing else in the address may have a percent sign.
    fn receipt_url(&self, sms: &Sms) -> Option<String> {
        let base = sms.receipts.as_ref().filter(|base| !base.contains('%'))?;
        let signature = signature(self.receipt_secret.as_ref()?, sms.id);
        Some(format!("{base}/{NAME}?message={}&signature={signature}&status=%d", sms.id))
    }
}

fn signature(secret: &SecretString, message: Uuid) -> String {
    let mac = secret::mac(secret.expose_secret().as_bytes(), "kannel receipt", &[message.as_bytes()]);
    URL_SAFE_NO_PAD.encode(mac)
}

/// Minutes. What is left of one is dropped, unless it is all.
fn validity(valid_for: Duration) -> u64 {
    (valid_for.as_secs() / 60).clamp(1, 10_080)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_validity_is_what_is_left_in_whole_minutes() {
        assert_eq!(validity(Duration::from_mins(10)), 10);
        assert_eq!(validity(Duration::from_secs(599)), 9);
        assert_eq!(validity(Duration::from_secs(59)), 1);
        assert_eq!(validity(Duration::MAX), 10_080);
    }
}
