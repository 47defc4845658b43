//! The one HTTP client for calls to providers.
//!
//! What must stay true (R-14, and against request forgery through a provider's answer):
//! - It follows no redirect, and takes no proxy and no trust store from the environment.
//! - It trusts the roots bundled in the binary, and the operator's file if there is one: nothing else.
//! - A call ends after 5 seconds unless the operator says otherwise, a connection attempt after 2.

use std::time::Duration;

use super::BadSetting;

/// Longest time to get a connection.
pub const CONNECT: Duration = Duration::from_secs(2);
/// Longest time for a whole call, the body of the answer included.
pub const TOTAL: Duration = Duration::from_secs(5);

/// Makes the client; clones of it share connections. `ca_file` is the content of a PEM file.
///
/// # Errors
/// When `ca_file` holds no usable certificate.
pub fn new(ca_file: Option<&[u8]>) -> Result<reqwest::Client, BadSetting> {
    with_limit(ca_file, TOTAL)
}

/// The same with another time for a whole call.
///
/// # Errors
/// As [`new`].
pub fn with_limit(ca_file: Option<&[u8]>, total: Duration) -> Result<reqwest::Client, BadSetting> {
    build(ca_file, total, false)
}

/// The same, whose answers tell the certificate that was shown ([`super::probe`]).
///
/// # Errors
/// As [`new`].
pub fn telling_certificates(ca_file: Option<&[u8]>, total: Duration) -> Result<reqwest::Client, BadSetting> {
    build(ca_file, total, true)
}

fn build(ca_file: Option<&[u8]>, total: Duration, tell: bool) -> Result<reqwest::Client, BadSetting> {
    // `main` has done this already; a test has not. The loser of a race finds the same provider installed.
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    reqwest::Client::builder()
        .tls_certs_only(roots(ca_file)?)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .connect_timeout(CONNECT)
        .timeout(total)
        .tls_info(tell)
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|_| BadSetting::new("ca_file", "the certificates cannot be used"))
}

fn roots(ca_file: Option<&[u8]>) -> Result<Vec<reqwest::Certificate>, BadSetting> {
    let unusable = |_| BadSetting::new("ca_file", "is not a PEM file of certificates");
    let mut roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .map(|der| reqwest::Certificate::from_der(der))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unusable)?;
    if let Some(pem) = ca_file {
        let own = reqwest::Certificate::from_pem_bundle(pem).map_err(unusable)?;
        // A file without a certificate parses as an empty bundle: that is a wrong path, not a wish.
        if own.is_empty() {
            return Err(BadSetting::new("ca_file", "holds no certificate"));
        }
        roots.extend(own);
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_file_without_a_certificate_is_refused() {
        assert_eq!(new(Some(b"not a certificate")).map(|_| ()).unwrap_err().key, "ca_file");
        assert!(new(None).is_ok());
    }
}
