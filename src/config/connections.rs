//! The part of `[server]` that bounds connections: how many, how large a head, and how long each part of a request may take (ASVS 13.1.3,
//! 15.2.2; ).

use std::time::Duration;

use super::{problem::Origin, section::Section};

/// What a connection may take, and how many there may be.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// In all.
    pub most: usize,
    /// Of one client network; a trusted proxy's are not counted.
    pub most_per_network: usize,
    /// Bytes of a request's line and headers at most.
    pub header_limit_bytes: usize,
    /// For the head of a request to arrive.
    pub header_timeout: Duration,
    /// For the body of a request to arrive.
    pub body_timeout: Duration,
    /// For each part of an answer to be taken.
    pub write_timeout: Duration,
    /// For a rest between two requests.
    pub idle_timeout: Duration,
    /// For a connection in all; what is under way then is finished.
    pub life: Duration,
}

pub(super) fn read(section: &mut Section<'_>) -> Connections {
    let most = section.number("connections", 16..=65_536);
    let most_per_network = section.number("connections_per_network", 1..=65_536);
    let origin = section.origin("connections_per_network");
    if most_per_network > most && !section.is_wrong("connections") && !matches!(origin, Origin::Default) {
        section.warn("connections_per_network", &origin, "is more than connections, so it bounds nothing");
    }
    Connections {
        most,
        most_per_network,
        header_limit_bytes: section.number("header_limit_bytes", 8192..=65_536),
        header_timeout: section.seconds("header_timeout_seconds", 1..=60),
        body_timeout: section.seconds("body_timeout_seconds", 1..=60),
        write_timeout: section.seconds("write_timeout_seconds", 1..=60),
        idle_timeout: section.seconds("idle_timeout_seconds", 1..=600),
        life: section.seconds("connection_seconds", 1..=86_400),
    }
}
