//! How a provider asks for its settings, so that all that concerns it stands in its one file. The configuration answers.

use secrecy::SecretString;
use url::Url;

/// Whoever knows the settings of one provider. What is missing or wrong is noted there, with its place; the asker goes on, so that
/// everything wrong is told at once.
pub trait Ask {
    /// A text that has to be given. `expected` completes "must be …".
    fn text(&mut self, key: &'static str, expected: &str, fits: fn(&str) -> bool) -> Option<String>;

    /// A text that may be left out.
    fn optional(&mut self, key: &'static str, expected: &str, fits: fn(&str) -> bool) -> Option<String>;

    /// A secret that has to be given.
    fn secret(&mut self, key: &'static str) -> Option<SecretString>;

    /// A secret that may be left out.
    fn optional_secret(&mut self, key: &'static str) -> Option<SecretString>;

    /// An address to which secrets are sent: https, or http on this machine, without name, password, query or fragment.
    /// Without a value it is `usual`; without that, it has to be given.
    fn url(&mut self, key: &'static str, usual: Option<&str>) -> Option<Url>;

    /// Notes that exactly one of two has to be given: neither was.
    fn missing(&mut self, key: &'static str, or: &'static str);

    /// Notes that a value is impossible beside the others.
    fn wrong(&mut self, key: &'static str, what: &str);
}

/// An address that may carry a secret (ASVS 12.2.1): encrypted, or to this machine only; nothing in it that a log would show.
pub fn is_safe_url(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let encrypted = url.scheme() == "https" || url.scheme() == "http" && loopback;
    let plain = url.username().is_empty() && url.password().is_none();
    encrypted && plain && url.query().is_none() && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_in_the_clear_to_this_machine_only() {
        for url in [
            "https://api.provider.example",
            "https://x.example/base/",
            "http://127.0.0.1:1",
            "http://[::1]:1",
            "http://localhost",
        ] {
            assert!(is_safe_url(&Url::parse(url).unwrap()), "{url}");
        }
        for url in [
            "http://api.provider.example",
            "ftp://localhost",
            "https://a:b@x.example",
            "https://x.example?a",
            "https://x.example#a",
            "file:///etc/passwd",
        ] {
            assert!(!is_safe_url(&Url::parse(url).unwrap()), "{url}");
        }
    }
}
