//! The Content-Security-Policy of our pages (ASVS 3.4.3), made once when an [`App`](super::App) is built.
//!
//! Must stay true: nothing inline, nobody else's, no frame, no base, no plugin, no policy by which script could make HTML of text. Only
//! [`Others`] widen it, by exactly the hosts that are named there, and only where the configuration asks for them.
//!
//! One policy for all pages, not one a page: what a page does not use (sound, requests of a script) is ours alone in any case, and one text
//! is one that a test can hold word for word. No nonces and hashes: there is no inline code to tell apart.
//!
//! No report address (ASVS 3.4.7, its third level): a report holds the address of the page it is about, and ours hold the tokens of links.
//! Nothing may bring those into a log, and an address where anybody may write to us unasked is one more to bound. What a report would
//! tell, the tests tell: each page is opened in a browser, and its console has to stay empty.

use axum::http::HeaderValue;

/// Hosts of somebody else that pages need, each an origin such as `https://challenges.example`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Others {
    /// Scripts.
    pub script: &'static [&'static str],
    /// Frames.
    pub frame: &'static [&'static str],
    /// Style sheets.
    pub style: &'static [&'static str],
    /// Requests of scripts.
    pub connect: &'static [&'static str],
}

impl Others {
    /// Whether there are any.
    pub const fn any(&self) -> bool {
        !(self.script.is_empty() && self.frame.is_empty() && self.style.is_empty() && self.connect.is_empty())
    }
}

/// The policy of a page. `secure`: reached by https, so that a browser never asks for a part of it without.
pub fn of_pages(secure: bool, others: &Others) -> HeaderValue {
    let with = |directive: &str, hosts: &[&str]| {
        hosts.iter().fold(format!("{directive} 'self'"), |text, host| text + " " + host)
    };
    let mut parts = vec![
        "default-src 'none'".to_owned(),
        with("script-src", others.script),
        with("style-src", others.style),
        "img-src 'self'".to_owned(),
        "media-src 'self'".to_owned(),
        with("connect-src", others.connect),
        "form-action 'self'".to_owned(),
        "frame-ancestors 'none'".to_owned(),
        "base-uri 'none'".to_owned(),
        "object-src 'none'".to_owned(),
    ];
    if !others.frame.is_empty() {
        parts.push(format!("frame-src {}", others.frame.join(" ")));
    }
    // A script of somebody else may make HTML of text as it likes: it could not run under these two.
    if others.script.is_empty() {
        parts.push("require-trusted-types-for 'script'".to_owned());
        parts.push("trusted-types 'none'".to_owned());
    }
    if secure {
        parts.push("upgrade-insecure-requests".to_owned());
    }
    // Cannot fail: the hosts are texts of the program. If one were no header, nothing at all would be allowed.
    HeaderValue::try_from(parts.join("; ")).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(secure: bool, others: &Others) -> String {
        of_pages(secure, others).to_str().unwrap().to_owned()
    }

    #[test]
    fn others_get_exactly_what_they_are_named_for() {
        let ours = text(true, &Others::default());
        let theirs = text(
            true,
            &Others {
                script: &["https://challenges.example"],
                frame: &["https://challenges.example"],
                ..Others::default()
            },
        );
        let parts = |policy: &str| policy.split("; ").map(str::to_owned).collect::<Vec<_>>();
        let gone: Vec<String> =
            parts(&ours).into_iter().filter(|part| !parts(&theirs).contains(part)).collect();
        let new: Vec<String> =
            parts(&theirs).into_iter().filter(|part| !parts(&ours).contains(part)).collect();
        assert_eq!(gone, ["script-src 'self'", "require-trusted-types-for 'script'", "trusted-types 'none'"]);
        assert_eq!(
            new,
            ["script-src 'self' https://challenges.example", "frame-src https://challenges.example"]
        );
    }

    #[test]
    fn a_demo_without_https_asks_nobody_for_it() {
        assert!(!text(false, &Others::default()).contains("upgrade"));
        assert!(text(true, &Others::default()).ends_with("; upgrade-insecure-requests"));
    }
}
