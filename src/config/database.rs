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
    if !matches!(scheme, Some("postgres" | "postgresql")) || url::Url::parse(value.expose_secret()).is_err() {
        section.wrong(key, &origin, "must be an address that begins with postgres://");
        return None;
    }
    Some(value)
}
