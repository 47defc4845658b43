//! The Content-Security-Policy of our pages (ASVS 3.4.3), made once when an [`App`](super::App) is built.
//!
//! Must stay true: nothing inline, nobody else's, no frame, no base, no plugin, no policy by which script could make HTML of text. Only the
//! two pages with the check against robots widen it ([`Scripts`]), by exactly what the configured kind needs.
//!
//! Otherwise one policy for all pages, not one a page: what a page does not use (sound, requests of a script) is ours alone in any case, and one text
//! is one that a test can hold word for word. No nonces and hashes: there is no inline code to tell apart.
//!
//! No report address (ASVS 3.4.7, its third level): a report holds the address of the page it is about, and ours hold the tokens of links.
//! Nothing may bring those into a log, and an address where anybody may write to us unasked is one more to bound. What a report would
//! tell, the tests tell: each page is opened in a browser, and its console has to stay empty.

use axum::http::HeaderValue;

use crate::captcha::Captcha;

/// Whose scripts a page runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    /// Ours.
    Ours,
    /// Ours, one of which starts a worker from its own address.
    OursAndWorker,
    /// Ours and another company's.
    Theirs {
        /// Directive and hosts, exactly as the company documents them.
        hosts: &'static [(&'static str, &'static str)],
        /// It is documented to work where browsers demand trusted types, with policies of its own.
        trusted_types: bool,
    },
}

impl Scripts {
    /// Of a page with this check against robots.
    pub fn of(captcha: &Captcha) -> Self {
        match captcha {
            Captcha::None | Captcha::Characters(_) => Self::Ours,
            Captcha::ProofOfWork(..) => Self::OursAndWorker,
            Captcha::Hosted(_, hosted) => {
                let provider = hosted.provider();
                Self::Theirs { hosts: provider.policy, trusted_types: provider.trusted_types }
            }
        }
    }
}

/// The policy of a page. `secure`: reached by https, so that a browser never asks for a part of it without.
pub fn of_pages(secure: bool, scripts: Scripts) -> HeaderValue {
    let mut parts: Vec<String> = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    ]
    .map(str::to_owned)
    .into();
    if let Scripts::Theirs { hosts, .. } = scripts {
        for (directive, hosts) in hosts {
            match parts.iter_mut().find(|part| part.split(' ').next() == Some(directive)) {
                Some(part) => part.extend([" ", hosts]),
                None => parts.push(format!("{directive} {hosts}")),
            }
        }
    }
    let types: &[&str] = match scripts {
        Scripts::Ours => &["require-trusted-types-for 'script'", "trusted-types 'none'"],
        // The one policy that `static/proof.js` makes: whatever it is asked for, its own address.
        Scripts::OursAndWorker => &["require-trusted-types-for 'script'", "trusted-types sspr-proof"],
        Scripts::Theirs { trusted_types: true, .. } => &["require-trusted-types-for 'script'"],
        Scripts::Theirs { trusted_types: false, .. } => &[],
    };
    parts.extend(types.iter().map(|part| (*part).to_owned()));
    if secure {
        parts.push("upgrade-insecure-requests".to_owned());
    }
    // Cannot fail: the hosts are texts of the program. If one were no header, nothing at all would be allowed.
    HeaderValue::try_from(parts.join("; ")).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(secure: bool, scripts: Scripts) -> String {
        of_pages(secure, scripts).to_str().unwrap().to_owned()
    }

    #[test]
    fn others_get_exactly_what_they_are_named_for() {
        let ours = text(true, Scripts::Ours);
        let hosts = &[
            ("script-src", "https://challenges.example"),
            ("frame-src", "https://challenges.example https://more.example"),
        ];
        let theirs = text(true, Scripts::Theirs { hosts, trusted_types: false });
        let parts = |policy: &str| policy.split("; ").map(str::to_owned).collect::<Vec<_>>();
        let gone: Vec<String> =
            parts(&ours).into_iter().filter(|part| !parts(&theirs).contains(part)).collect();
        let new: Vec<String> =
            parts(&theirs).into_iter().filter(|part| !parts(&ours).contains(part)).collect();
        assert_eq!(gone, ["script-src 'self'", "require-trusted-types-for 'script'", "trusted-types 'none'"]);
        assert_eq!(
            new,
            [
                "script-src 'self' https://challenges.example",
                "frame-src https://challenges.example https://more.example"
            ]
        );
    }

    #[test]
    fn a_worker_of_ours_needs_one_name_more_and_nothing_else() {
        let (ours, worker) = (text(true, Scripts::Ours), text(true, Scripts::OursAndWorker));
        assert_eq!(worker, ours.replace("trusted-types 'none'", "trusted-types sspr-proof"));
    }

    #[test]
    fn a_demo_without_https_asks_nobody_for_it() {
        assert!(!text(false, Scripts::Ours).contains("upgrade"));
        assert!(text(true, Scripts::Ours).ends_with("; upgrade-insecure-requests"));
    }
}
