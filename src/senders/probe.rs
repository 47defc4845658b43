//! A look at a relay or provider, for `sspr doctor`: whether it would carry a message. None is sent.
//!
//! What must stay true: a probe goes the way of a real send up to the message and no further; what it tells is constant words and
//! numbers, without credential, address or number.

pub mod der;

use std::{error::Error, io, time::Duration};

use reqwest::{RequestBuilder, header::DATE};
use rustls::CertificateError;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use tokio::net::lookup_host;
use url::Url;

use super::Reason;
use crate::clock;

/// It would carry a message, as far as can be seen without one.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Until when its certificate is good; none: no TLS, or the certificate can't be read.
    pub certificate_until: Option<OffsetDateTime>,
    /// Whether the conversation was encrypted, for the right name.
    pub encrypted: bool,
    /// Whether it let us in; `false`: there was nothing to sign in with, or no harmless question to ask.
    pub signed_in: bool,
    /// Its clock minus ours, where it told the time: to the second.
    pub clock_ahead: Option<time::Duration>,
    /// The status of its answer over HTTP.
    pub status: Option<u16>,
}

/// It would not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreached {
    /// DNS knows no such name.
    #[error("its name does not resolve")]
    Name,
    /// Nobody listens there.
    #[error("the connection is refused")]
    Refused,
    /// Nobody answers.
    #[error("no answer in time")]
    TimedOut,
    /// The certificate is not to be trusted: why.
    #[error("the certificate is refused: {0}")]
    Certificate(&'static str),
    /// No TLS could be agreed.
    #[error("no TLS could be agreed")]
    Tls,
    /// It does not let us in.
    #[error("the sign-in is refused ({0})")]
    SignIn(Reason),
    /// Anything else.
    #[error("{0}")]
    Other(Reason),
}

/// An answer over HTTP.
#[derive(Debug)]
pub struct Seen {
    /// What is known of whoever answered.
    pub reached: Reached,
    /// The status.
    pub status: u16,
    /// The answer's headers.
    pub headers: reqwest::header::HeaderMap,
}

impl Seen {
    /// The answer to a question that needed our sign-in, by this provider.
    ///
    /// # Errors
    /// We are not let in, or what we asked for is not there. A provider that is overloaded or broken did not say either.
    pub fn let_us_in(self, provider: &'static str) -> Result<Reached, Unreached> {
        let reason = Reason::new("").of(provider).code(self.status);
        match self.status {
            401 | 403 => Err(Unreached::SignIn(reason)),
            200..=299 => Ok(Reached { signed_in: true, ..self.reached }),
            429 | 500.. => Ok(self.reached),
            _ => Err(Unreached::Other(reason)),
        }
    }
}

/// Whether a host's name leads anywhere: before a connection, since that would only say that it failed.
///
/// # Errors
/// [`Unreached::Name`]
pub async fn resolve(host: &str, port: u16) -> Result<(), Unreached> {
    // A name that is an IPv6 address has brackets in a URL and none elsewhere.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut found = lookup_host((host, port)).await.map_err(|_| Unreached::Name)?;
    found.next().map(|_| ()).ok_or(Unreached::Name)
}

/// Asks one question of an HTTP server. `request`: of a client of [`super::http_client::telling_certificates`].
///
/// # Errors
/// No answer came. Any status is an answer.
pub async fn ask(url: &Url, request: RequestBuilder) -> Result<Seen, Unreached> {
    resolve(url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(443)).await?;
    let answer = request.send().await.map_err(|error| fault(&error))?;
    let certificate = answer.extensions().get::<reqwest::tls::TlsInfo>();
    let certificate_until = certificate.and_then(|info| der::not_after(info.peer_certificate()?));
    let told = answer.headers().get(DATE).and_then(|date| date.to_str().ok());
    let told = told.and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok());
    let status = answer.status().as_u16();
    let reached = Reached {
        certificate_until,
        encrypted: url.scheme() == "https",
        signed_in: false,
        clock_ahead: told.map(ahead),
        status: Some(status),
    };
    Ok(Seen { reached, status, headers: answer.headers().clone() })
}

/// How far a clock is ahead of ours that told a whole second: the part of it that had passed unseen is nobody's fault.
fn ahead(told: OffsetDateTime) -> time::Duration {
    let by = told - clock::now();
    if by.is_negative() { (by + Duration::from_secs(1)).min(time::Duration::ZERO) } else { by }
}

/// What an error of a library means. Its text is never used: it names addresses, and quotes the other side.
fn fault(error: &reqwest::Error) -> Unreached {
    let mut next: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = next {
        if let Some(fault) = of(error) {
            return fault;
        }
        next = error.source();
    }
    if error.is_timeout() { Unreached::TimedOut } else { Unreached::Other(Reason::new("broken off")) }
}

fn of(error: &(dyn Error + 'static)) -> Option<Unreached> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(of_tls(tls));
    }
    let io = error.downcast_ref::<io::Error>()?;
    // An `io::Error` skips what it wraps when it is asked for its source.
    if let Some(inner) = io.get_ref().and_then(|inner| of(inner)) {
        return Some(inner);
    }
    match io.kind() {
        io::ErrorKind::ConnectionRefused => Some(Unreached::Refused),
        io::ErrorKind::TimedOut => Some(Unreached::TimedOut),
        _ => None,
    }
}

fn of_tls(error: &rustls::Error) -> Unreached {
    use CertificateError as C;
    let rustls::Error::InvalidCertificate(why) = error else { return Unreached::Tls };
    Unreached::Certificate(match why {
        C::Expired | C::ExpiredContext { .. } => "it is too old",
        C::NotValidYet | C::NotValidYetContext { .. } => "it is not good yet",
        C::NotValidForName | C::NotValidForNameContext { .. } => "it is for another name",
        C::UnknownIssuer => "nobody whom we trust issued it",
        C::Revoked => "it was revoked",
        _ => "it can't be verified",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_as_http_writes_it() {
        let told = OffsetDateTime::parse("Sat, 21 Nov 2026 12:05:31 GMT", &Rfc2822).unwrap();
        assert_eq!(told, time::macros::datetime!(2026-11-21 12:05:31 UTC));
        assert_eq!(ahead(clock::now() - Duration::from_millis(900)), time::Duration::ZERO);
        assert!(ahead(clock::now() + Duration::from_mins(1)) > time::Duration::seconds(59));
        assert!(ahead(clock::now() - Duration::from_mins(1)) < time::Duration::seconds(-58));
    }

    #[test]
    fn a_fault_of_tls_is_found_inside_an_error_of_io() {
        let tls = rustls::Error::InvalidCertificate(CertificateError::NotValidForName);
        let error = io::Error::other(io::Error::other(tls));
        assert_eq!(of(&error), Some(Unreached::Certificate("it is for another name")));
        assert_eq!(of(&io::Error::from(io::ErrorKind::ConnectionRefused)), Some(Unreached::Refused));
        assert_eq!(of(&io::Error::other("a text that quotes ann@contoso.com")), None);
    }
}
