//! `[mail]`: how e-mail leaves.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use lettre::message::Mailbox;
use secrecy::SecretString;

use super::{
    Mode,
    problem::Origin,
    reader::Reader,
    secrets::{Given, Need},
    section::Section,
};
use crate::domain::return_path::BounceAddress;

/// The sections in the order in which they are tried. Further ones have the relay's keys and defaults of the first.
pub(super) const SECTIONS: [&str; 3] = ["mail", "mail_2", "mail_3"];

/// E-mail.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// The sender of every message. Always there when serving and in a demo.
    pub from: Option<Mailbox>,
    /// Where answers go, if elsewhere.
    pub reply_to: Option<Mailbox>,
    /// Where bounces go, to be handed to `sspr bounce`. None: to `from`.
    pub bounce_address: Option<BounceAddress>,
    /// The preferred relay first. None: a demo, or a shell that sends nothing.
    pub relays: Vec<SmtpSettings>,
}

/// An SMTP server.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// The section that it stands in.
    pub section: &'static str,
    /// Host name, also the one its certificate must have.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Encryption.
    pub tls: MailTls,
    /// User name and password, both or neither. A shell verb has none.
    pub credentials: Option<(String, SecretString)>,
    /// One send.
    pub timeout: Duration,
    /// PEM file with further trusted roots.
    pub ca_file: Option<PathBuf>,
}

/// Encryption towards the SMTP server; there is no "try it".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// STARTTLS is required.
    StartTls,
    /// TLS from the first byte.
    Implicit,
    /// In the clear.
    None,
}

pub(super) fn read(reader: &mut Reader) -> MailSettings {
    let mut section = reader.section(SECTIONS[0]);
    let (kind, kind_origin) = section.choice("kind", &[("smtp", "smtp"), ("demo", "demo")]);
    let smtp = kind == "smtp";
    if !smtp && section.mode() == Mode::Serve {
        section.wrong("kind", &kind_origin, "\"demo\" is for a demo only, messages would reach nobody");
    }
    let expected = "a mailbox like Name <name@contoso.com>";
    let (from, _) = section.parsed("from", expected, |text| text.parse::<Mailbox>().ok());
    let (reply_to, _) = section.parsed("reply_to", expected, |text| text.parse::<Mailbox>().ok());
    let expected = "an address like bounces@contoso.com with 20 characters at most before the @";
    let (bounce_address, _) =
        section.parsed("bounce_address", expected, |text| BounceAddress::parse(text).ok());
    let needed = smtp && section.mode() != Mode::Shell;
    if needed && from.is_none() {
        section.missing("from", "with kind = \"smtp\"");
    }
    let mut relays: Vec<SmtpSettings> = read_smtp(&mut section, needed).into_iter().collect();
    for name in &SECTIONS[1..] {
        let mut section = reader.section(name);
        // What the first alone decides.
        for key in ["kind", "from", "reply_to", "bounce_address"] {
            if let Some(found) = section.take(key)
                && !matches!(found.origin, Origin::Default)
            {
                section.misplaced(
                    key,
                    &found.origin,
                    "stands in [mail] only, for every relay: remove it here",
                );
            }
        }
        relays.extend(read_smtp(&mut section, false));
    }
    if !smtp {
        relays.clear();
    }
    MailSettings { from, reply_to, bounce_address, relays }
}

fn read_smtp(section: &mut Section<'_>, needed: bool) -> Option<SmtpSettings> {
    let (host, _) = section.parsed("host", "a host name or IP address without a port", host);
    if needed && host.is_none() {
        section.missing("host", "with kind = \"smtp\"");
    }
    if host.is_none() && section.name != SECTIONS[0] {
        section.leave_the_rest("host", "");
        return None;
    }
    let port = section.number("port", 1..=65_535);
    let (tls, tls_origin) = section.choice(
        "tls",
        &[("starttls", MailTls::StartTls), ("implicit", MailTls::Implicit), ("none", MailTls::None)],
    );
    let (username, username_origin) = section.text("username");
    let password = section.secret("password", Need::Serving);
    match (&username, &password) {
        (Some(_), None) => section.missing("password", &format!("with username ({username_origin})")),
        (None, Some(Given { origin, .. })) => {
            section.missing("username", &format!("with password ({origin})"));
        }
        _ => {}
    }
    let local = host.as_deref().is_some_and(is_this_machine);
    if tls == MailTls::None && password.is_some() && !local {
        section.wrong("tls", &tls_origin, "\"none\" would send the password in the clear");
    }
    let timeout = section.seconds("timeout_seconds", 1..=60);
    let ca_file = section.file("ca_file");
    if ca_file.is_some() && tls == MailTls::None {
        section.warn("ca_file", &Origin::Default, "has no effect with tls = \"none\"");
    }
    let credentials = username.zip(password.and_then(|given| given.value));
    Some(SmtpSettings { section: section.name, host: host?, port, tls, credentials, timeout, ca_file })
}

fn host(text: &str) -> Option<String> {
    let fits = text.parse::<IpAddr>().is_ok()
        || text.len() <= 253
            && text.split('.').all(|label| !label.is_empty() && label.chars().all(is_host_letter));
    fits.then(|| text.to_owned())
}

fn is_host_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
