//! HMAC-SHA256 over what leaves and what comes in, and how old it may be.
//!
//! What must stay true: signatures are compared in constant time; whoever verifies does so over what came, before anything of it is used.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// How far the time in a signed request may be from ours, before or after. Seconds. Long enough for clocks that disagree a little, and
/// a request that was overheard is worth nothing soon.
pub(super) const WINDOW: u64 = 300;

/// The signature over the parts one after the other, in 64 hexadecimal digits.
pub(super) fn of(secret: &str, parts: &[&[u8]]) -> String {
    let mac: [u8; 32] = mac(secret.as_bytes(), parts).finalize().into_bytes().into();
    mac.iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = std::fmt::Write::write_fmt(&mut hex, format_args!("{byte:02x}"));
        hex
    })
}

/// Whether `hex` (of either case) is the signature over the parts one after the other.
pub(super) fn is_of(hex: &str, secret: &str, parts: &[&[u8]]) -> bool {
    bytes(hex).is_some_and(|given| mac(secret.as_bytes(), parts).verify_slice(&given).is_ok())
}

/// Whether a signed time, Unix seconds in decimal digits, is near enough to `now`.
pub(super) fn is_fresh(timestamp: &str, now: i64) -> bool {
    let plain = (1..=12).contains(&timestamp.len()) && timestamp.bytes().all(|b| b.is_ascii_digit());
    plain && timestamp.parse::<i64>().is_ok_and(|then| now.abs_diff(then) <= WINDOW)
}

/// The HMAC of the parts one after the other, for providers with a form of their own.
pub(super) fn mac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length; the error type is of the trait")]
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    parts.iter().fold(mac, Hmac::chain_update)
}

fn bytes(hex: &str) -> Option<[u8; 32]> {
    let digits: Vec<u32> = hex.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let bytes: Vec<u8> =
        digits.chunks(2).filter_map(|pair| u8::try_from(pair.first()? * 16 + pair.get(1)?).ok()).collect();
    (digits.len() == 64).then_some(bytes)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // RFC 4231, test case 2
    fn it_is_the_published_one() {
        let published = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(of("Jefe", &[b"what do ya ", b"want for nothing?"]), published);
        assert!(is_of(published, "Jefe", &[b"what do ya want for nothing?"]));
        assert!(is_of(&published.to_uppercase(), "Jefe", &[b"what do ya want for nothing?"]));
    }

    #[test]
    fn nothing_else_passes_for_it() {
        let right = of("secret", &[b"said"]);
        for wrong in [
            "",
            &right[..62],
            &format!("{right}00"),
            &right.replace(['a', 'f'], "g"),
            &of("secret", &[b"Said"]),
        ] {
            assert!(!is_of(wrong, "secret", &[b"said"]), "{wrong}");
        }
        assert!(!is_of(&right, "Secret", &[b"said"]) && is_of(&right, "secret", &[b"said"]));
    }

    #[test]
    fn it_grows_old_in_five_minutes_and_is_not_of_the_future() {
        let now = 1_800_000_000;
        for fresh in ["1800000000", "1799999700", "1800000300"] {
            assert!(is_fresh(fresh, now), "{fresh}");
        }
        for stale in
            ["1799999699", "1800000301", "", "-1", "+1800000000", "1800000000.0", "18000000000000000000", "x"]
        {
            assert!(!is_fresh(stale, now), "{stale}");
        }
    }
}
