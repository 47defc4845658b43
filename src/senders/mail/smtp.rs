//! Mail through a relay that speaks SMTP.
//!
//! What must stay true:
//! - TLS is required unless the settings say otherwise, and the certificate must be for the configured host.
//! - One time limit covers the whole send: lettre's own covers only the connect (its issues 978 and 1027).
//! - A connection is used again only after a reply that accepted a mail (see `smtp/idle.rs`).
//! - Every reply must be the one that its command asks for: a reply smuggled in before the TLS handshake shifts them
//!   all by one (CVE-2011-0411).

mod idle;
mod probe;
mod verdict;

use std::{fmt, sync::Arc, time::Duration};

use idle::IdleConnections;
use lettre::{
    Address,
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters},
        commands::{Data, Mail as MailFrom, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
        response::Response,
    },
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};
use verdict::Phase;

use super::{
    Mail,
    mime::{Letterhead, compose},
};
use crate::senders::{Accepted, BadSetting, Reason, SendError};

/// Longest wait for one of the host's addresses before the next is tried.
const CONNECT: Duration = Duration::from_secs(2);

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// Begins in clear and must turn to TLS before anything is said (usually port 587).
    StartTls,
    /// TLS from the first byte (usually port 465).
    Implicit,
    /// None: for a relay on this machine.
    None,
}

/// All that a relay needs.
#[derive(Clone)]
pub struct SmtpSettings {
    /// Name or IP address of the relay; the certificate must be for it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: SmtpTls,
    /// With `password`; without, the relay is used without signing in.
    pub username: Option<String>,
    /// With `username`.
    pub password: Option<SecretString>,
    /// `Contoso <it@contoso.com>`; its address also receives the bounces of mails without a return path, its domain is our name in EHLO.
    pub from: String,
    /// Where answers of people go, in the form of `from`.
    pub reply_to: Option<String>,
    /// Longest time for a whole send (R-14: 10 s).
    pub timeout: Duration,
    /// Content of a PEM file with more roots, beside those in the binary.
    pub ca_file: Option<Vec<u8>>,
}

/// One relay. Clones share its idle connections.
#[derive(Clone)]
pub struct Smtp(Arc<Relay>);

struct Relay {
    host: String,
    port: u16,
    tls: SmtpTls,
    parameters: TlsParameters,
    credentials: Option<(String, SecretString)>,
    letterhead: Letterhead,
    hello: ClientId,
    timeout: Duration,
    idle: IdleConnections,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Relay { host, port, tls, .. } = &*self.0;
        f.debug_struct("Smtp")
            .field("host", host)
            .field("port", port)
            .field("tls", tls)
            .finish_non_exhaustive()
    }
}

impl Smtp {
    /// Checks the settings; connects to nobody yet.
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn new(settings: &SmtpSettings) -> Result<Self, BadSetting> {
        let letterhead = Letterhead::parse(&settings.from, settings.reply_to.as_deref())?;
        let credentials = match (&settings.username, &settings.password) {
            (Some(_), Some(_)) if settings.tls == SmtpTls::None && !is_loopback(&settings.host) => {
                return Err(BadSetting::new("tls", "may not be off where a password crosses the network"));
            }
            (Some(username), Some(password)) => Some((username.clone(), password.clone())),
            (None, None) => None,
            (Some(_), None) => return Err(BadSetting::new("password", "is missing beside the username")),
            (None, Some(_)) => return Err(BadSetting::new("username", "is missing beside the password")),
        };
        if settings.host.is_empty() {
            return Err(BadSetting::new("host", "is empty"));
        }
        if settings.timeout.is_zero() {
            return Err(BadSetting::new("timeout", "is zero"));
        }
        Ok(Self(Arc::new(Relay {
            host: settings.host.clone(),
            port: settings.port,
            tls: settings.tls,
            parameters: parameters(&settings.host, settings.ca_file.as_deref())?,
            credentials,
            // Not the machine's own name: a container's is refused by many relays, and says what nobody should know.
            hello: ClientId::Domain(letterhead.from.email.domain().to_owned()),
            letterhead,
            timeout: settings.timeout,
            idle: IdleConnections::default(),
        })))
    }

    pub(super) async fn send(&self, mail: &Mail) -> Result<Accepted, SendError> {
        let to: Address =
            mail.to.parse().map_err(|_| SendError::GiveUp(Reason::new("mail has an unusable address")))?;
        let deadline = Instant::now() + self.0.timeout;
        let mut connection = match self.0.idle.take(deadline).await {
            Some(connection) => connection,
            None => self.0.connect(deadline).await?,
        };
        let outcome = self.0.hand_over(&mut connection, mail, to, deadline).await;
        match &outcome {
            Ok(_) => self.0.idle.keep(connection),
            // Whatever state it is in, it is not one to meet the next mail in.
            Err(_) => drop(connection),
        }
        outcome
    }
}

impl Relay {
    async fn connect(&self, deadline: Instant) -> Result<AsyncSmtpConnection, SendError> {
        let (address, hello) = ((self.host.as_str(), self.port), &self.hello);
        let implicit = (self.tls == SmtpTls::Implicit).then(|| self.parameters.clone());
        let connecting = AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT), hello, implicit, None);
        let mut connection = within(deadline, Phase::Connect, connecting).await?;
        if self.tls == SmtpTls::StartTls {
            if !connection.can_starttls() {
                return Err(SendError::TryAgain(Reason::new("smtp starttls not offered")));
            }
            let turning = connection.starttls(self.parameters.clone(), hello);
            within(deadline, Phase::StartTls, turning).await?;
        }
        if let Some((username, password)) = &self.credentials {
            let credentials = Credentials::new(username.clone(), password.expose_secret().to_owned());
            let signing_in = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials);
            let reply = within(deadline, Phase::Auth, signing_in).await?;
            expect(&reply, Phase::Auth, 235)?;
        }
        Ok(connection)
    }

    /// MAIL, RCPT, DATA, the mail: each step's reply means something else for what the caller should do.
    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        mail: &Mail,
        to: Address,
        deadline: Instant,
    ) -> Result<Accepted, SendError> {
        let offers = connection.server_info().clone();
        let from = match &mail.return_path {
            Some(path) => path
                .parse()
                .map_err(|_| SendError::GiveUp(Reason::new("mail has an unusable return path")))?,
            None => self.letterhead.from.email.clone(),
        };
        let ascii = [&from, &to].iter().all(|address| AsRef::<str>::as_ref(address).is_ascii());
        let bytes =
            compose(mail, to.clone(), &self.letterhead, offers.supports_feature(Extension::EightBitMime))
                .map_err(SendError::GiveUp)?;

        let mut options = Vec::new();
        if !ascii {
            if !offers.supports_feature(Extension::SmtpUtfEight) {
                return Err(SendError::GiveUp(Reason::new("smtp relay takes no international address")));
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        if !bytes.is_ascii() {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let reply =
            within(deadline, Phase::MailFrom, connection.command(MailFrom::new(Some(from), options))).await?;
        expect(&reply, Phase::MailFrom, 250)?;
        within(deadline, Phase::Rcpt, connection.command(Rcpt::new(to, Vec::new()))).await?;
        let reply = within(deadline, Phase::Data, connection.command(Data)).await?;
        expect(&reply, Phase::Data, 354)?;
        let reply = within(deadline, Phase::Message, connection.message(&bytes)).await?;
        expect(&reply, Phase::Message, 250)?;
        Ok(Accepted { evidence: evidence(&reply) })
    }
}

async fn within<T>(
    deadline: Instant,
    phase: Phase,
    step: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, SendError> {
    match timeout_at(deadline, step).await {
        Ok(outcome) => outcome.map_err(|error| verdict::of(phase, &error)),
        Err(_) => Err(verdict::timed_out(phase)),
    }
}

fn expect(reply: &Response, phase: Phase, code: u16) -> Result<(), SendError> {
    if reply.has_code(code) { Ok(()) } else { Err(verdict::out_of_order(phase, reply.code().into())) }
}

/// The relay's queue id, as far as it is none of anybody's address.
fn evidence(reply: &Response) -> Option<String> {
    let words: Vec<&str> = reply
        .message()
        .flat_map(str::split_whitespace)
        .filter(|word| !word.contains('@') && word.bytes().all(|b| b.is_ascii_graphic()))
        .collect();
    let line: String = words.join(" ").chars().take(120).collect();
    Some(line).filter(|line| !line.is_empty())
}

fn parameters(host: &str, ca_file: Option<&[u8]>) -> Result<TlsParameters, BadSetting> {
    let mut builder =
        TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::WebpkiRoots);
    if let Some(pem) = ca_file {
        // A file without a certificate parses as an empty list: that is a wrong path, not a wish.
        if !pem.windows(27).any(|window| window == b"-----BEGIN CERTIFICATE-----") {
            return Err(BadSetting::new("ca_file", "holds no certificate"));
        }
        let own = Certificate::from_pem(pem).map_err(|_| BadSetting::new("ca_file", "is not a PEM file"))?;
        builder = builder.add_root_certificate(own);
    }
    builder.build().map_err(|_| BadSetting::new("ca_file", "has a certificate that cannot be used"))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
