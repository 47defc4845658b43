//! As much of DER (X.690) as is needed: until when a certificate is good, and the key inside a public key's wrapper.
//!
//! Nothing is trusted for what is read here: certificates were verified by rustls before.

use time::{Date, Month, OffsetDateTime, Time};

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// `[0]`, the version of a certificate.
const VERSION: u8 = 0xa0;

/// Takes the first value of a text: its tag, its content, and what follows.
fn take(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f)).filter(|(b, _)| b.len() <= 4)?;
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn inside(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    take(der).filter(|(found, ..)| *found == tag).map(|(_, content, rest)| (content, rest))
}

/// Until when a certificate (RFC 5280, 4.1) is good.
pub fn not_after(certificate: &[u8]) -> Option<OffsetDateTime> {
    let (certificate, _) = inside(certificate, SEQUENCE)?;
    let (mut fields, _) = inside(certificate, SEQUENCE)?;
    if let Some((_, rest)) = inside(fields, VERSION) {
        fields = rest;
    }
    // Serial number, algorithm, issuer.
    for _ in 0..3 {
        fields = take(fields)?.2;
    }
    let (validity, _) = inside(fields, SEQUENCE)?;
    let (_, _, rest) = take(validity)?;
    let (tag, text, _) = take(rest)?;
    moment(tag, text)
}

/// `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ` (RFC 5280, 4.1.2.5).
fn moment(tag: u8, text: &[u8]) -> Option<OffsetDateTime> {
    // Digits alone: a number may begin with a sign.
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = |text: &str| text.parse::<u8>().ok();
    let (year, rest) = match tag {
        UTC_TIME => {
            let year = i32::from(number(text.get(..2)?)?);
            (if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..)?)
        }
        GENERALIZED_TIME => (text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => return None,
    };
    let part = |place: usize| number(rest.get(place * 2..place * 2 + 2)?);
    let month = Month::try_from(part(0)?).ok()?;
    let date = Date::from_calendar_date(year, month, part(1)?).ok()?;
    Some(date.with_time(Time::from_hms(part(2)?, part(3)?, part(4)?).ok()?).assume_utc())
}

/// The key inside a `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7), as libraries that verify take it.
pub fn public_key(wrapped: &[u8]) -> Option<&[u8]> {
    let (fields, _) = inside(wrapped, SEQUENCE)?;
    let (_, rest) = inside(fields, SEQUENCE)?;
    let (bits, _) = inside(rest, BIT_STRING)?;
    // The first octet counts the unused bits, of which a key has none.
    bits.strip_prefix(&[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_time_are_read() {
        let expected = time::macros::datetime!(2026-08-04 14:05:12 UTC);
        assert_eq!(moment(UTC_TIME, b"260804140512Z"), Some(expected));
        assert_eq!(moment(GENERALIZED_TIME, b"20260804140512Z"), Some(expected));
        // Found by fuzzing: a year with a sign.
        for signed in [&b"-9990804140512Z"[..], b"+0260804140512Z", b"2026+8+4140512Z"] {
            assert_eq!(moment(GENERALIZED_TIME, signed), None);
        }
        assert_eq!(moment(UTC_TIME, b"991231235959Z").map(OffsetDateTime::year), Some(1999));
    }

    #[test]
    fn what_is_no_certificate_has_no_end_and_breaks_nothing() {
        let root = webpki_root_certs::TLS_SERVER_ROOT_CERTS[0].as_ref();
        assert!(not_after(root).is_some_and(|until| until.year() > 2026));
        for cut in 0..root.len().min(400) {
            let _ = (not_after(&root[..cut]), public_key(&root[cut..]));
        }
        for odd in [&b""[..], b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x89aaaaaaaaa", b"\x02\x01\x00"] {
            assert_eq!((not_after(odd), public_key(odd)), (None, None));
        }
    }

    #[test]
    fn every_root_in_the_binary_has_an_end_that_can_be_read() {
        for root in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
            assert!(not_after(root.as_ref()).is_some());
        }
    }
}
