//! `[captcha]`: what keeps robots out.

use super::{Mode, section::Section};

/// The kinds of CAPTCHA that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptchaKind {
    /// Characters in a picture, the same spoken, and the way without a puzzle.
    Characters,
    /// None at all: in a demo that a script walks through.
    None,
}

pub(super) fn read(mut section: Section<'_>) -> CaptchaKind {
    let (kind, origin) =
        section.choice("kind", &[("characters", CaptchaKind::Characters), ("none", CaptchaKind::None)]);
    if kind == CaptchaKind::None && section.mode() == Mode::Serve {
        section.wrong("kind", &origin, "\"none\" is for a demo only");
    }
    kind
}
