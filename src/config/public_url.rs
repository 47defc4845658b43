//! The address that people use. Links come from it and never from a request's headers (V-12).

use std::net::SocketAddr;

use url::{Host, Url};

/// An origin, `https://reset.contoso.com`: scheme, host, perhaps a port; nothing behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    host: String,
    https: bool,
    loopback: bool,
}

impl PublicUrl {
    /// Parses an http or https origin; a slash at the end is accepted. `None` with a user, path, query or fragment.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let bare = url.username().is_empty() && url.password().is_none() && url.path() == "/";
        let bare = bare && url.query().is_none() && url.fragment().is_none();
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        bare.then(|| Self {
            origin: url.origin().ascii_serialization(),
            host: url.host_str().unwrap_or_default().to_owned(),
            https,
            loopback: is_loopback(&url),
        })
    }

    /// What a demo answers to that listens there: plain http.
    pub fn of_listener(address: SocketAddr) -> Self {
        let host = match address {
            SocketAddr::V4(address) => address.ip().to_string(),
            SocketAddr::V6(address) => format!("[{}]", address.ip()),
        };
        // A browser leaves port 80 out of its Origin header.
        let port = if address.port() == 80 { String::new() } else { format!(":{}", address.port()) };
        let origin = format!("http://{host}{port}");
        Self { origin, host, https: false, loopback: address.ip().is_loopback() }
    }

    /// Scheme, host and port, as a browser's `Origin` header has it; no slash at the end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The host name alone, as the last line of an SMS binds a code to it. IPv6 has its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// False only in a demo: cookies then go without `__Host-` and `Secure`.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// True when only this machine is meant.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// A link to one of our paths, which starts with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

/// Whether a URL's host can only be this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_taken_with_or_without_its_last_slash() {
        for text in
            ["https://reset.contoso.com", "https://reset.contoso.com/", "https://RESET.contoso.com:443"]
        {
            assert_eq!(PublicUrl::parse(text).unwrap().origin(), "https://reset.contoso.com");
        }
        let odd = PublicUrl::parse("https://reset.contoso.com:8443").unwrap();
        assert_eq!(odd.link("/reset"), "https://reset.contoso.com:8443/reset");
        assert_eq!(odd.host(), "reset.contoso.com");
    }

    #[test] // V-12
    fn an_address_with_more_than_an_origin_is_refused() {
        for text in [
            "https://reset.contoso.com/path",
            "https://user@reset.contoso.com",
            "https://reset.contoso.com?x",
            "https://reset.contoso.com#x",
            "ftp://reset.contoso.com",
            "reset.contoso.com",
            "",
        ] {
            assert_eq!(PublicUrl::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_listener_has_an_address_too() {
        let url = PublicUrl::of_listener("[::1]:8080".parse().unwrap());
        assert_eq!(url.origin(), "http://[::1]:8080");
        assert_eq!(PublicUrl::parse("http://[::1]:8080/").unwrap(), url);
        let plain = PublicUrl::of_listener("127.0.0.1:80".parse().unwrap());
        assert_eq!(PublicUrl::parse("http://127.0.0.1").unwrap(), plain);
        assert!(plain.is_loopback() && !plain.is_https());
    }
}
