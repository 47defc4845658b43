//! hCaptcha: <https://docs.hcaptcha.com/>. Tokens live for 2 minutes and count once. It knows no actions, and its scores (of
//! Enterprise) say the opposite of reCAPTCHA's: neither is asked for.

use super::Provider;

/// Hosts as in "Content-Security-Policy Settings", which asks not to name subdomains. Nothing is documented about trusted types, so
/// they are not demanded beside it.
pub(super) const PROVIDER: Provider = Provider {
    name: "hcaptcha",
    known_as: "hCaptcha",
    script: "https://js.hcaptcha.com/1/api.js?render=explicit&recaptchacompat=off&onload={ready}",
    verify_url: "https://api.hcaptcha.com/siteverify",
    policy: &[
        ("script-src", "https://hcaptcha.com https://*.hcaptcha.com"),
        ("frame-src", "https://hcaptcha.com https://*.hcaptcha.com"),
        ("style-src", "https://hcaptcha.com https://*.hcaptcha.com"),
        ("connect-src", "https://hcaptcha.com https://*.hcaptcha.com"),
    ],
    trusted_types: false,
    has_action: false,
    has_score: false,
};
