//! `[metrics]`: where a node tells what it counts.

use std::net::{IpAddr, SocketAddr};

use super::{
    Mode,
    section::{Section, quoted},
};

/// The listener of `/metrics`.
#[derive(Clone, Copy, Debug)]
pub struct MetricsSettings {
    /// Where; none: nowhere.
    pub listen: Option<SocketAddr>,
}

pub(super) fn read(mut section: Section<'_>, server: SocketAddr) -> MetricsSettings {
    let expected = "an IP address with a port";
    let (listen, origin) = section.parsed("listen", expected, |text| text.parse::<SocketAddr>().ok());
    if let Some(listen) = listen {
        let address = quoted(&listen.to_string());
        if section.mode() == Mode::Demo {
            section.warn("listen", &origin, "has no effect in a demo");
        } else if is_same(listen, server) {
            section.wrong(
                "listen",
                &origin,
                format!("must be another address than server.listen, not {address}"),
            );
        } else if !is_private(listen.ip()) {
            let what = format!(
                "{address} can be reached from elsewhere: numbers of use to an attacker need no audience"
            );
            section.warn("listen", &origin, what);
        }
    }
    MetricsSettings { listen }
}

/// Whether two listeners would meet. Port 0 is another one each time.
fn is_same(one: SocketAddr, other: SocketAddr) -> bool {
    let all = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && one.port() != 0 && (all || one.ip() == other.ip())
}

/// Whether strangers can't reach it, as far as an address tells.
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}
