//! reCAPTCHA v3: <https://developers.google.com/recaptcha/docs/v3>. Tokens live for 2 minutes and count once; a score from 0 to 1 says
//! how likely a person is, and whoever reaches it never saw a question.

use super::Provider;

/// Paths as in the FAQ, "Content Security Policy". With `trustedtypes=true` the script works where trusted types are demanded.
pub(super) const PROVIDER: Provider = Provider {
    name: "recaptcha",
    known_as: "Google reCAPTCHA",
    script: "https://www.google.com/recaptcha/api.js?render={site_key}&trustedtypes=true&onload={ready}",
    verify_url: "https://www.google.com/recaptcha/api/siteverify",
    policy: &[
        ("script-src", "https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/"),
        ("frame-src", "https://www.google.com/recaptcha/ https://recaptcha.google.com/recaptcha/"),
    ],
    trusted_types: true,
    has_action: true,
    has_score: true,
};
