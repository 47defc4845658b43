//! Hosted providers: somebody else's script looks at the visitor, and its server tells us what it thinks.
//!
//! What must stay true:
//! - Fail closed (R-23, ASVS 16.5.3): no answer, one that can't be read, another host or action than ours is never a pass; the built-in
//!   characters take its place at once. Who did not answer rests, so that people do not wait for it one after the other.
//! - An answer about one token can't send the provider to rest: else anybody could, with made-up tokens.
//! - A token counts once, by the provider and by us: its hash is spent like a challenge (V-68).
//! - The content policy is widened by exactly the hosts that the provider documents, on the pages that load its script.
//! - Neither secret nor token is in a log line, an error or `Debug`; the visitor's address leaves only if the operator says so.
//!
//! To add one: a file beside `turnstile.rs` with its [`Provider`], a line in [`Provider::ALL`], whose names are values of `captcha.kind`.

mod answer;
mod hcaptcha;
mod recaptcha;
mod turnstile;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use url::Url;

use self::answer::{Answer, Expected, Said};
use super::{Purpose, Spend, bounded::Line};

/// How long a provider rests that did not answer.
const REST: Duration = Duration::from_secs(30);
/// Longest time of a question, the answer's body included.
pub const TIMEOUT: Duration = Duration::from_secs(2);
/// Questions at once on one node: a flood of invented tokens waits for nobody.
const AT_ONCE: usize = 32;
/// Questions at once for one network: a flood from one takes nobody's place.
const OF_ONE_NETWORK: usize = 4;
/// No token is longer, in bytes: the longest documented ones have some 2,000, seen ones up to 4,000.
const LONGEST_TOKEN: usize = 8_192;
/// No answer is longer, in bytes: documented ones have some 300.
const LONGEST_ANSWER: usize = 16 * 1024;
/// How long a token's hash is kept: no provider's token lives for more than 5 minutes, and ours are checked for their age.
const TOKEN_LIFE: time::Duration = time::Duration::minutes(10);

/// What is known of a provider, from its published documentation.
#[derive(Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its name, as `captcha.kind` has it.
    pub name: &'static str,
    /// What people know it by.
    pub known_as: &'static str,
    /// Its script; `{site_key}` stands for the site key, `{ready}` for the function that it calls when it is there.
    script: &'static str,
    /// Where tokens are checked.
    pub verify_url: &'static str,
    /// What its script needs beside what our own pages allow: directive and hosts, as documented.
    pub policy: &'static [(&'static str, &'static str)],
    /// Its script is documented to work where browsers demand trusted types.
    pub trusted_types: bool,
    /// Its answers name the action that a token was made for.
    has_action: bool,
    /// Its answers hold a score, from 0 (a program) to 1 (a person).
    has_score: bool,
}

impl Provider {
    /// All.
    pub const ALL: [&'static Self; 3] = [&turnstile::PROVIDER, &hcaptcha::PROVIDER, &recaptcha::PROVIDER];

    /// The address of its script.
    pub fn script(&self, site_key: &str) -> String {
        self.script.replace("{site_key}", site_key).replace("{ready}", READY)
    }
}

/// What a provider's script calls when it is there; `static/hosted.js` has it.
const READY: &str = "ssprHostedReady";

/// What the operator chose.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who.
    pub provider: &'static Provider,
    /// The public key of the site.
    pub site_key: String,
    /// The secret key.
    pub secret: SecretString,
    /// The least score of a person, from 0 to 1; only where there are scores.
    pub least_score: f64,
    /// Whether the visitor's address is told.
    pub send_address: bool,
    /// Where tokens are checked.
    pub verify_url: Url,
}

/// A provider in use. Clones share who rests.
#[derive(Clone)]
pub struct Hosted(Arc<Inner>);

struct Inner {
    settings: Settings,
    /// Our host: a token that was made on another site is none.
    host: String,
    client: reqwest::Client,
    asked: Line,
    rests_until: Mutex<Option<Instant>>,
}

impl std::fmt::Debug for Hosted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hosted({})", self.0.settings.provider.name)
    }
}

/// Why a token does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unproven {
    /// The provider says no, or speaks of another site, action or time. The token is spent.
    Refused(Spend),
    /// Nothing that could be a token.
    NoToken,
    /// The provider can't be asked now.
    Away,
}

impl Hosted {
    /// Asks with `client`, which follows no redirect and ends a call after [`TIMEOUT`]. `host`: ours, as the provider knows it.
    pub fn new(settings: Settings, host: &str, client: reqwest::Client) -> Self {
        let (asked, rests_until) = (Line::new(OF_ONE_NETWORK, AT_ONCE), Mutex::default());
        Self(Arc::new(Inner { settings, host: host.to_ascii_lowercase(), client, asked, rests_until }))
    }

    /// Who.
    pub fn provider(&self) -> &'static Provider {
        self.0.settings.provider
    }

    /// The public key of the site.
    pub fn site_key(&self) -> &str {
        &self.0.settings.site_key
    }

    /// The address of the script that pages load.
    pub fn script(&self) -> String {
        self.provider().script(self.site_key())
    }

    /// Where tokens are checked.
    pub fn verify_url(&self) -> &Url {
        &self.0.settings.verify_url
    }

    /// Whether it failed a moment ago: pages show the characters instead of its script.
    pub fn rests(&self) -> bool {
        let until = *self.0.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    /// Asks the provider about a token. `network`: the visitor's, as limits have it; `client`: the visitor's address.
    ///
    /// # Errors
    /// [`Unproven`] says whether there is something to spend.
    pub async fn check(
        &self,
        token: &str,
        purpose: Purpose,
        network: &str,
        client: &str,
        now: OffsetDateTime,
    ) -> Result<Spend, Unproven> {
        let settings = &self.0.settings;
        if !is_token(token) {
            return Err(Unproven::NoToken);
        }
        let Ok(_turn) = self.0.asked.turn_of(network) else { return Err(Unproven::Away) };
        if self.rests() {
            return Err(Unproven::Away);
        }
        let client = settings.send_address.then_some(client);
        let answer = match self.ask(token, client).await {
            Ok(answer) => answer,
            Err(why) => {
                self.rest(why);
                return Err(Unproven::Away);
            }
        };
        let id_hash = Sha256::new()
            .chain_update(b"sspr hosted token 1\0")
            .chain_update(settings.provider.name)
            .chain_update(b"\0")
            .chain_update(token)
            .finalize()
            .into();
        let spend = Spend { id_hash, expires_at: now + TOKEN_LIFE };
        let expected = Expected {
            host: &self.0.host,
            action: settings.provider.has_action.then(|| purpose.as_str()),
            least_score: settings.provider.has_score.then_some(settings.least_score),
            now,
        };
        match answer.said(&expected) {
            Said::Person => Ok(spend),
            Said::No => Err(Unproven::Refused(spend)),
            Said::OurFault => {
                self.rest("it refuses our secret or our question");
                Err(Unproven::Away)
            }
        }
    }

    /// The question that a check begins with, of a token that is none: whether the provider is there and knows our secret.
    ///
    /// # Errors
    /// Why not, in constant words.
    pub async fn probe(&self) -> Result<(), &'static str> {
        let answer = self.ask("sspr-doctor", None).await?;
        if answer.blames_us() { Err("it refuses our secret") } else { Ok(()) }
    }

    async fn ask(&self, token: &str, client: Option<&str>) -> Result<Answer, &'static str> {
        let settings = &self.0.settings;
        let mut form = vec![("secret", settings.secret.expose_secret()), ("response", token)];
        form.extend(client.map(|address| ("remoteip", address)));
        let request = self.0.client.post(settings.verify_url.clone()).form(&form);
        // The error's own text may name the address: only its kind is used.
        let mut response = request
            .send()
            .await
            .map_err(|error| if error.is_timeout() { "no answer in time" } else { "no connection" })?;
        let status = response.status();
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= LONGEST_ANSWER => {
                    body.extend_from_slice(&chunk);
                }
                Ok(Some(_)) => return Err("an endless answer"),
                Ok(None) => break,
                Err(_) => return Err("an answer that breaks off"),
            }
        }
        // hCaptcha and reCAPTCHA answer 200 whatever they think; Turnstile 400 too, with the same body.
        match (status.as_u16(), serde_json::from_slice(&body)) {
            (200..=299 | 400..=499, Ok(answer)) => Ok(answer),
            (200..=299, Err(_)) => Err("an answer that can't be read"),
            // Of one token: nobody else has to go without.
            (400 | 413 | 414 | 422, Err(_)) => Ok(Answer::default()),
            _ => Err("an answer of another status"),
        }
    }

    fn rest(&self, why: &'static str) {
        tracing::warn!(provider = self.provider().name, why, "the provider of the CAPTCHA rests");
        *self.0.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + REST);
    }
}

/// Whether the body of an answer says: a person, on this host, for this form, as likely as that, and now.
pub fn is_believed(
    body: &[u8],
    host: &str,
    action: Option<&str>,
    least_score: Option<f64>,
    now: OffsetDateTime,
) -> bool {
    let expected = Expected { host, action, least_score, now };
    serde_json::from_slice::<Answer>(body).is_ok_and(|answer| answer.said(&expected) == Said::Person)
}

/// Tokens are base64url with dots between. Anything else is not worth a question, and might be taken for an attack over there.
fn is_token(token: &str) -> bool {
    (1..=LONGEST_TOKEN).contains(&token.len())
        && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_told_the_site_key_and_whom_to_call() {
        for provider in Provider::ALL {
            let script = provider.script("a-site-key");
            assert!(script.starts_with("https://") && !script.contains(['{', '}']), "{script}");
            assert!(script.contains(READY), "{script}");
            assert!(Url::parse(provider.verify_url).is_ok_and(|url| url.scheme() == "https"));
        }
    }

    #[test]
    fn what_can_be_no_token_is_not_asked_about() {
        assert!(is_token("0.a-_b.C") && is_token(&"x".repeat(LONGEST_TOKEN)));
        for token in [
            "",
            "two words",
            "line\nend",
            "\u{e9}",
            "../../etc/passwd",
            "<script>",
            &"x".repeat(LONGEST_TOKEN + 1),
        ] {
            assert!(!is_token(token), "{token}");
        }
    }
}
