//! `[doctor]`: what `sspr doctor` asks.

use std::{net::SocketAddr, path::PathBuf};

use super::section::Section;

/// The service itself needs none of it.
#[derive(Clone, Debug)]
pub struct DoctorSettings {
    /// Who is asked for DNS records; `None`: the system's servers.
    pub dns_server: Option<SocketAddr>,
    /// PEM file with further trusted roots for the public address.
    pub ca_file: Option<PathBuf>,
}

pub(super) fn read(mut section: Section<'_>) -> DoctorSettings {
    let (dns_server, _) =
        section
            .parsed("dns_server", "an IP address with a port like 192.0.2.53:53", |text| text.parse().ok());
    DoctorSettings { dns_server, ca_file: section.file("ca_file") }
}
