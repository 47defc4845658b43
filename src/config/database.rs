//! `[database]`: Postgres, as two roles: the service's and the schema's owner.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    Mode,
    secrets::{Given, Need},
    section::Section,
};

/// Connections.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// As the running service. Always there when serving; else `None` means the demo's own database.
    pub url: Option<SecretString>,
    /// As the schema's owner, for `migrate`; without one of its own it is `url`. Never there when serving.
    pub owner_url: Option<SecretString>,
    /// Of one node.
    pub max_connections: u32,
    /// Wait for a free connection.
    pub acquire_timeout: Duration,
    /// One statement.
    pub statement_timeout: Duration,
}

pub(super) fn read(mut section: Section<'_>) -> DatabaseSettings {
    let url = read_url(&mut section, "url", Need::Always);
    let owner_url = read_url(&mut section, "owner_url", Need::Shell);
    let serving = section.mode() == Mode::Serve;
    if serving && url.is_none() {
        section.missing("url", "to serve");
    }
    DatabaseSettings {
        owner_url: if serving { None } else { owner_url.or_else(|| url.clone()) },
        url,
        max_connections: section.number("max_connections", 2..=1000),
        acquire_timeout: section.milliseconds("acquire_timeout_ms", 100..=60_000),
        statement_timeout: section.milliseconds("statement_timeout_ms", 100..=600_000),
    }
}

fn read_url(section: &mut Section<'_>, key: &str, need: Need) -> Option<SecretString> {
    let Given { value, origin } = section.secret(key, need)?;
    let value = value?;
    let scheme = value.expose_secret().split_once("://").map(|(scheme, _)| scheme);
    let url = url::Url::parse(value.expose_secret()).ok();
    let Some(url) = url.filter(|_| matches!(scheme, Some("postgres" | "postgresql"))) else {
        section.wrong(key, &origin, "must be an address that begins with postgres://");
        return None;
    };
    match protection(&url) {
        Protection::Verified => {}
        Protection::Chosen => {
            section.warn(
                key,
                &origin,
                "whoever stands between can read or divert what goes to this machine: sslmode=verify-full",
            );
        }
        // What the driver does then is to take TLS where it is offered, from anybody.
        Protection::NotSaid => {
            let what = "names another machine and not how the way there is protected: end it with ?sslmode=verify-full";
            section.wrong(key, &origin, what);
            return None;
        }
    }
    Some(value)
}

/// How the way to a database is protected.
enum Protection {
    /// On this machine, or by TLS with a certificate that is looked at.
    Verified,
    /// Less, as the operator wants it.
    Chosen,
    /// Nobody said (ASVS 12.3.1).
    NotSaid,
}

fn protection(url: &url::Url) -> Protection {
    let last = |names: [&str; 2]| {
        url.query_pairs()
            .filter(|(name, _)| names.contains(&&**name))
            .map(|(_, value)| value.into_owned())
            .last()
    };
    let host = last(["host", "hostaddr"]).or_else(|| url.host_str().map(str::to_owned)).unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_here = host.is_empty()
        // A socket's folder, as it is or in percent signs.
        || host.starts_with('/')
        || host.to_ascii_lowercase().starts_with("%2f")
        || host == "localhost"
        || bare.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
    match last(["sslmode", "ssl-mode"]).as_deref() {
        _ if is_here => Protection::Verified,
        Some("verify-full" | "verify-ca") => Protection::Verified,
        Some(_) => Protection::Chosen,
        None => Protection::NotSaid,
    }
}
