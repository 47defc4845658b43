//! `[server]`: where this node answers and what people call it.

use std::{net::SocketAddr, time::Duration};

use url::Url;

use super::{
    Mode,
    connections::Connections,
    network::Network,
    problem::Origin,
    public_url::{PublicUrl, is_loopback},
    section::Section,
};

/// Listening and requests.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// Where this node answers.
    pub listen: SocketAddr,
    /// Always there when serving and in a demo; for a shell verb only when configured.
    pub public_url: Option<PublicUrl>,
    /// Peers whose X-Forwarded-For counts.
    pub trusted_proxies: Vec<Network>,
    /// What a connection may take, and how many there may be.
    pub connections: Connections,
    /// After it a request is answered 503.
    pub request_timeout: Duration,
    /// Bytes of a request's body at most.
    pub body_limit_bytes: usize,
    /// The link on the last page of a reset; `None` is our own sign-in page.
    pub sign_in_url: Option<Url>,
}

pub(super) fn read(mut section: Section<'_>) -> ServerSettings {
    let mode = section.mode();
    let expected = "an IP address with a port";
    let (listen, listen_origin) = section.parsed("listen", expected, |text| text.parse::<SocketAddr>().ok());
    let listen = listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
    if mode == Mode::Demo && !listen.ip().is_loopback() {
        section.wrong("listen", &listen_origin, "must be a loopback address in a demo");
    }
    let public_url = read_public_url(&mut section, listen);
    ServerSettings {
        listen,
        public_url,
        trusted_proxies: section.list("trusted_proxies", "networks like 10.0.0.0/8", Network::parse).0,
        connections: super::connections::read(&mut section),
        request_timeout: section.seconds("request_timeout_seconds", 1..=120),
        body_limit_bytes: section.number("body_limit_bytes", 4096..=1_048_576),
        sign_in_url: section
            .parsed("sign_in_url", "an https address (http on loopback in a demo)", |text| link(text, mode))
            .0,
    }
}

fn read_public_url(section: &mut Section<'_>, listen: SocketAddr) -> Option<PublicUrl> {
    let mode = section.mode();
    let expected = "an origin: https, a host, perhaps a port, nothing behind it";
    let (url, origin) = section.parsed("public_url", expected, PublicUrl::parse);
    match url {
        Some(url) => {
            if mode == Mode::Demo && !url.is_loopback() {
                section.wrong("public_url", &origin, "must be a loopback address in a demo");
            } else if mode == Mode::Serve && !url.is_https() {
                section.wrong("public_url", &origin, "must begin with https:// (http is for a demo)");
            }
            Some(url)
        }
        None if mode == Mode::Demo => {
            let url = PublicUrl::of_listener(listen);
            section.replace_shown("public_url", super::section::quoted(url.origin()), Origin::Demo);
            Some(url)
        }
        None => {
            if mode == Mode::Serve {
                section.missing("public_url", "to serve");
            }
            None
        }
    }
}

/// A link for people, elsewhere: no password in it, nothing that a browser would run.
fn link(text: &str, mode: Mode) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let safe = url.scheme() == "https" || url.scheme() == "http" && mode != Mode::Serve && is_loopback(&url);
    (safe && url.username().is_empty() && url.password().is_none()).then_some(url)
}
