//! `[captcha]`: what keeps robots out.

use url::Url;

use super::{Mode, secrets::Need, section::Section};
use crate::{
    captcha::{
        CaptchaKind,
        hosted::{self, Provider},
    },
    domain::escalation::Escalation,
    senders::ask::is_safe_url,
};

/// What keeps robots out, and when it asks for more.
#[derive(Clone, Debug)]
pub struct CaptchaSettings {
    /// The kind.
    pub kind: CaptchaKind,
    /// Where the levels of a network begin.
    pub escalation: Escalation,
    /// What a hosted provider needs, where that is the kind (and somebody serves).
    pub hosted: Option<hosted::Settings>,
}

pub(super) fn read(mut section: Section<'_>) -> CaptchaSettings {
    // The first stands in for a wrong one.
    let mut kinds = vec![
        ("characters", CaptchaKind::Characters),
        ("none", CaptchaKind::None),
        ("proof_of_work", CaptchaKind::ProofOfWork),
    ];
    kinds.extend(Provider::ALL.map(|provider| (provider.name, CaptchaKind::Hosted(provider))));
    let (kind, origin) = section.choice("kind", &kinds);
    if kind == CaptchaKind::None && section.mode() == Mode::Serve {
        section.wrong("kind", &origin, "\"none\" is for a demo only");
    }
    let escalation = escalation(&mut section);
    let hosted = match kind {
        CaptchaKind::Hosted(provider) => hosted(&mut section, provider),
        CaptchaKind::Characters | CaptchaKind::None | CaptchaKind::ProofOfWork => None,
    };
    let name = kinds.iter().find(|(_, known)| *known == kind).map_or("", |(name, _)| name);
    section.leave_the_rest("kind", name);
    CaptchaSettings { kind, escalation, hosted }
}

fn escalation(section: &mut Section<'_>) -> Escalation {
    let escalation = Escalation {
        busy_after: section.number("characters_after", 0..=100_000),
        crowded_after: section.number("harder_after", 0..=100_000),
    };
    if escalation.crowded_after < escalation.busy_after {
        let origin = section.origin("harder_after");
        section.wrong("harder_after", &origin, "must not be below captcha.characters_after");
    }
    escalation
}

fn hosted(section: &mut Section<'_>, provider: &'static Provider) -> Option<hosted::Settings> {
    let when = format!("with kind = \"{}\"", provider.name);
    let is_key = |text: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        (text.len() <= 100 && text.bytes().all(fits)).then(|| text.to_owned())
    };
    let (site_key, _) = section.parsed("site_key", "a site key: letters, digits and . _ -", is_key);
    let secret = section.secret("secret", Need::Serving);
    if section.mode() != Mode::Shell {
        if site_key.is_none() {
            section.missing("site_key", &when);
        }
        if secret.is_none() && !section.is_wrong("secret_file") {
            section.missing("secret", &when);
        }
    }
    let percent: u32 = section.number("least_score_percent", 0..=100);
    let (send_address, _) = section.choice("send_client_address", &[("no", false), ("yes", true)]);
    let safe = |text: &str| Url::parse(text).ok().filter(is_safe_url);
    let (verify_url, _) = section.parsed("verify_url", "an https address (http on loopback only)", safe);
    Some(hosted::Settings {
        provider,
        site_key: site_key?,
        secret: secret?.value?,
        least_score: f64::from(percent) / 100.0,
        send_address,
        verify_url: verify_url.or_else(|| Url::parse(provider.verify_url).ok())?,
    })
}
