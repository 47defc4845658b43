//! Cloudflare Turnstile: <https://developers.cloudflare.com/turnstile/>. Tokens live for 5 minutes and count once.

use super::Provider;

/// Script and frame from one host ("Content Security Policy"); siteverify ("Validate the token"). Nothing is documented about
/// trusted types, so they are not demanded beside it.
pub(super) const PROVIDER: Provider = Provider {
    name: "turnstile",
    known_as: "Cloudflare Turnstile",
    script: "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit&onload={ready}",
    verify_url: "https://challenges.cloudflare.com/turnstile/v0/siteverify",
    policy: &[
        ("script-src", "https://challenges.cloudflare.com"),
        ("frame-src", "https://challenges.cloudflare.com"),
    ],
    trusted_types: false,
    has_action: true,
    has_score: false,
};
