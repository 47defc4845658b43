//! Where a request comes from and what it asks for: `X-Forwarded-For`, `Host`, `Accept-Language`, and the operator's own addresses.

use std::{
    net::{IpAddr, SocketAddr},
    sync::OnceLock,
};

use axum::http::{HeaderMap, HeaderValue};
use sspr::{
    config::{self, PublicUrl},
    domain::limits,
    language::Languages,
    server,
    web::{browser, client_ip},
};

use super::{is_one_line, parts, text, texts};

/// Nothing that a stranger writes counts, and behind a proxy only what the proxy wrote (V-30).
pub fn client_ip(data: &[u8]) {
    let lines = parts::<3>(data);
    let headers: HeaderMap = lines
        .into_iter()
        .filter_map(|line| Some(("x-forwarded-for".parse().ok()?, HeaderValue::from_bytes(line).ok()?)))
        .collect();
    let mut all = HeaderMap::new();
    for line in lines {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            all.append("x-forwarded-for", value);
        }
    }
    let is_proxy = |ip: IpAddr| matches!(ip, IpAddr::V4(v4) if v4.octets()[0] == 10);
    let stranger: SocketAddr = ([192, 0, 2, 1], 1).into();
    assert_eq!(client_ip::of(&headers, stranger, is_proxy), stranger.ip());
    let client = client_ip::of(&all, ([10, 0, 0, 1], 1).into(), is_proxy);
    let network = limits::Network::of(client);
    assert!(network.as_str().len() <= 48 && is_one_line(network.as_str()));
    // What stands further left changes nothing once an address counts.
    if !is_proxy(client) {
        let mut more = HeaderMap::new();
        more.append("x-forwarded-for", HeaderValue::from_static("198.51.100.7"));
        all.get_all("x-forwarded-for").iter().for_each(|line| {
            more.append("x-forwarded-for", line.clone());
        });
        assert_eq!(client_ip::of(&more, ([10, 0, 0, 1], 1).into(), is_proxy), client);
    }
}

/// A name is the whole of what stands before the port (V-12).
pub fn host_name(data: &[u8]) {
    let Some(name) = server::host_name(text(data)) else { return };
    let rest = text(data).strip_prefix(name.as_str()).expect("the name stands first");
    assert!(rest.is_empty() || rest[1..].parse::<u16>().is_ok(), "{rest}");
    assert!(!name.contains(['@', '/', '?', '#', ' ', '\\']) && is_one_line(&name), "{name}");
}

/// A network holds its own address, and one of one address no other.
pub fn network(data: &[u8]) {
    let Some(network) = config::Network::parse(text(data)) else { return };
    let address = text(data).split('/').next().unwrap_or_default();
    let address: IpAddr = address.parse().expect("what stands before the slash");
    assert!(network.contains(address) || address.to_canonical() != address, "{address}");
}

/// An origin has one spelling, and a link from it stays within it.
pub fn public_url(data: &[u8]) {
    let Some(url) = PublicUrl::parse(text(data)) else { return };
    assert!(is_one_line(url.origin()) && url.origin().is_ascii(), "{}", url.origin());
    assert_eq!(PublicUrl::parse(url.origin()).as_ref(), Some(&url));
    assert_eq!(url.is_https(), url.origin().starts_with("https://"));
    let link = url.link("/reset");
    assert!(link.ends_with("/reset") && !url.origin()[8..].contains(['/', '@', '?', '#']), "{link}");
}

/// A header chooses among our languages and says a browser in our words; nothing of it comes out (V-64).
pub fn accept_language(data: &[u8]) {
    static LANGUAGES: OnceLock<Languages> = OnceLock::new();
    let [language, agent] = texts(data);
    let languages = LANGUAGES.get_or_init(|| Languages::embedded(true).expect("our own texts"));
    assert!(["en", "en-XA"].contains(&languages.negotiate(Some(language)).tag()));
    let words = browser::in_words(Some(agent));
    assert!(words.len() <= 40 && words.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' '), "{words}");
}
