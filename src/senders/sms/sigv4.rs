//! AWS's signature of a request (Signature Version 4), as far as a form posted to the root of a service needs it.
//!
//! Our own lines, not the crate `aws-sigv4`: that one brings 15 more crates (a second `http`, AWS's whole runtime) for one SHA-256 and
//! five HMACs. What must stay true instead: `tests/it/providers/sns.rs` compares with botocore and with curl.

use hmac::Mac as _;
use sha2::{Digest as _, Sha256};
use time::{OffsetDateTime, macros::format_description};

use super::signature;

/// Who signs, and for what.
pub(super) struct Scope<'a> {
    pub region: &'a str,
    pub service: &'a str,
    pub access_key_id: &'a str,
    pub secret_access_key: &'a str,
}

/// What is signed beside the method `POST` and the path `/`.
pub(super) struct Form<'a> {
    /// As the header `Host` has it: with the port unless it is the scheme's own.
    pub host: &'a str,
    pub content_type: &'a str,
    pub session_token: Option<&'a str>,
    pub body: &'a str,
}

/// The value of `X-Amz-Date`.
pub(super) fn date(now: OffsetDateTime) -> String {
    now.format(format_description!("[year][month][day]T[hour][minute][second]Z")).unwrap_or_default()
}

/// The value of `Authorization`. `date`: [`date`], sent as `X-Amz-Date` beside it.
pub(super) fn authorization(scope: &Scope<'_>, form: &Form<'_>, date: &str) -> String {
    let day = date.get(..8).unwrap_or_default();
    // In the order of the names, as they have to be signed.
    let mut headers = vec![("content-type", form.content_type), ("host", form.host), ("x-amz-date", date)];
    headers.extend(form.session_token.map(|token| ("x-amz-security-token", token)));
    let signed = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let lines =
        headers.iter().fold(String::new(), |lines, (name, value)| lines + &format!("{name}:{value}\n"));
    let request = format!("POST\n/\n\n{lines}\n{signed}\n{}", hex(&Sha256::digest(form.body)));

    let place = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
    let request = hex(&Sha256::digest(request));
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{place}\n{request}");
    let start = format!("AWS4{}", scope.secret_access_key).into_bytes();
    let key =
        [day, scope.region, scope.service, "aws4_request"].iter().fold(start, |key, part| hmac(&key, part));
    let signature = hex(&hmac(&key, &to_sign));
    let id = scope.access_key_id;
    format!("AWS4-HMAC-SHA256 Credential={id}/{place}, SignedHeaders={signed}, Signature={signature}")
}

fn hmac(key: &[u8], message: &str) -> Vec<u8> {
    signature::mac(key, &[message.as_bytes()]).finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::time::macros::datetime;

    #[test]
    fn the_date_is_written_without_signs() {
        assert_eq!(date(datetime!(2026-01-02 03:04:05.678 UTC)), "20260102T030405Z");
    }
}
