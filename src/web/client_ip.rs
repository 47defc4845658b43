//! Which address a request really comes from.
//!
//! By default the peer's. `X-Forwarded-For` counts only where the peer is a configured proxy, and then from the right: the first address
//! that is not a configured proxy. Whatever stands left of it, anyone can write (V-30).

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

/// The client's address.
pub fn of(headers: &HeaderMap, peer: SocketAddr, is_proxy: impl Fn(IpAddr) -> bool) -> IpAddr {
    let mut client = peer.ip().to_canonical();
    if !is_proxy(client) {
        return client;
    }
    // Bytes, not text: a line with one odd byte in it would be lost whole, the proxy's own part included.
    let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    let hops = lines.iter().rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    for hop in hops {
        // What is no address ends the chain: the proxy before it is all we know.
        let Some(address) = address(hop) else { break };
        client = address.to_canonical();
        if !is_proxy(client) {
            break;
        }
    }
    client
}

/// An address as proxies write it: alone, or with a port.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    text.parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(forwarded: &[&str], peer: &str) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", axum::http::HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        let proxy = |ip: IpAddr| ip.to_string().starts_with("10.");
        of(&headers, format!("{peer}:1").parse().unwrap(), proxy).to_string()
    }

    #[test] // V-30
    fn a_forwarded_address_counts_only_from_a_configured_proxy() {
        assert_eq!(client(&["192.0.2.1"], "198.51.100.9"), "198.51.100.9");
        assert_eq!(client(&["192.0.2.1"], "10.0.0.1"), "192.0.2.1");
    }

    #[test] // V-30
    fn what_a_client_writes_on_the_left_is_not_believed() {
        assert_eq!(client(&["192.0.2.66, 203.0.113.5, 10.0.0.2"], "10.0.0.1"), "203.0.113.5");
        assert_eq!(client(&["192.0.2.66", "203.0.113.5"], "10.0.0.1"), "203.0.113.5");
        assert_eq!(client(&["garbage"], "10.0.0.1"), "10.0.0.1");
        assert_eq!(client(&["\u{e9}, 203.0.113.5"], "10.0.0.1"), "203.0.113.5");
        assert_eq!(client(&["203.0.113.5:4711"], "10.0.0.1"), "203.0.113.5");
        assert_eq!(client(&["[2001:db8::1]:443"], "10.0.0.1"), "2001:db8::1");
        assert_eq!(client(&["203.0.113.5, garbage"], "10.0.0.1"), "10.0.0.1");
    }
}
