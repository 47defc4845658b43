//! `[captcha]`: what keeps robots out.

use super::{Mode, section::Section};
use crate::{captcha::CaptchaKind, domain::escalation::Escalation};

/// What keeps robots out, and when it asks for more.
#[derive(Clone, Debug)]
pub struct CaptchaSettings {
    /// The kind.
    pub kind: CaptchaKind,
    /// Where the levels of a network begin.
    pub escalation: Escalation,
}

/// The kinds by their names; the first stands in for a wrong one.
const KINDS: [(&str, CaptchaKind); 3] = [
    ("characters", CaptchaKind::Characters),
    ("none", CaptchaKind::None),
    ("proof_of_work", CaptchaKind::ProofOfWork),
];

pub(super) fn read(mut section: Section<'_>) -> CaptchaSettings {
    let (kind, origin) = section.choice("kind", &KINDS);
    if kind == CaptchaKind::None && section.mode() == Mode::Serve {
        section.wrong("kind", &origin, "\"none\" is for a demo only");
    }
    let escalation = Escalation {
        busy_after: section.number("characters_after", 0..=100_000),
        crowded_after: section.number("harder_after", 0..=100_000),
    };
    if escalation.crowded_after < escalation.busy_after {
        let origin = section.origin("harder_after");
        section.wrong("harder_after", &origin, "must not be below captcha.characters_after");
    }
    CaptchaSettings { kind, escalation }
}
