//! Where the bounces of one mail go: an address of its own, with the message's id and a signature in it (VERP).
//!
//! A bounce is a mail that anybody can write. What it says is believed only if it came to the address that one message left under,
//! which nobody but whoever handled that message has seen. What must stay true: the address survives a mail system that folds case,
//! stays within the 64 octets that a local part may have, and signatures of previous keys are accepted.

use subtle::ConstantTimeEq as _;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    address::{self, AddressProblem},
    secret::{Keys, mac},
};

/// What the signing keys are derived for, and what is signed.
const LABEL: &str = "bounce";
/// RFC 4648 base32 in lower case: local parts may be folded on their way.
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Bytes of the signature: 80 bits, of which a forger can try some by sending mail to us.
const SIGNED: usize = 10;
/// Letters of an id (16 bytes) and of a signature.
const ID: usize = 26;
const MAC: usize = 16;
/// What is left of the 64 octets of a local part for the operator's own: less `+`, the id, a dot and the signature.
const OWN: usize = 64 - 1 - ID - 1 - MAC;

/// The operator's address for bounces: `bounces@contoso.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BounceAddress {
    local: String,
    domain: String,
}

impl BounceAddress {
    /// Reads it.
    ///
    /// # Errors
    /// Not an address; [`AddressProblem::TooLong`]: more than 20 characters before the `@`, which leaves no room for id and signature.
    pub fn parse(text: &str) -> Result<Self, AddressProblem> {
        let parts = address::parse(text)?;
        if parts.local.len() > OWN || parts.whole.len() + 64 - OWN > 254 {
            return Err(AddressProblem::TooLong);
        }
        Ok(Self { local: parts.local.to_owned(), domain: parts.domain.to_ascii_lowercase() })
    }
}

/// Makes and reads the return paths of messages. Clones of the keys rest here, derived for this use only.
pub struct ReturnPaths {
    address: BounceAddress,
    /// The current key's first.
    keys: Vec<Zeroizing<[u8; 32]>>,
}

impl ReturnPaths {
    /// For this address, signed with the current key.
    pub fn new(address: BounceAddress, keys: &Keys) -> Self {
        Self { address, keys: keys.all().map(|key| key.derive(LABEL)).collect() }
    }

    /// The return path of a message: `bounces+<id>.<signature>@contoso.com`.
    pub fn of(&self, message: Uuid) -> String {
        let BounceAddress { local, domain } = &self.address;
        // The current key is always there: `Keys` has one.
        let signature = self.keys.first().map(|key| sign(key, message)).unwrap_or_default();
        format!("{local}+{}.{signature}@{domain}", base32(message.as_bytes()))
    }

    /// Which message has this return path. `None`: it is none of ours, or its signature is wrong.
    pub fn message_of(&self, address: &str) -> Option<Uuid> {
        let (local, domain) = address.trim().rsplit_once('@')?;
        let own = self.address.local.len();
        let (ours, rest) = (local.get(..own)?, local.get(own..)?);
        let (id, signature) = rest.strip_prefix('+')?.split_once('.')?;
        if !ours.eq_ignore_ascii_case(&self.address.local)
            || !domain.eq_ignore_ascii_case(&self.address.domain)
            || signature.len() != MAC
        {
            return None;
        }
        let message = Uuid::from_bytes(from_base32(&id.to_ascii_lowercase())?);
        let signature = signature.to_ascii_lowercase();
        let right =
            |key: &Zeroizing<[u8; 32]>| bool::from(sign(key, message).as_bytes().ct_eq(signature.as_bytes()));
        self.keys.iter().any(right).then_some(message)
    }
}

/// Says where, never with what key.
impl std::fmt::Debug for ReturnPaths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReturnPaths").field("address", &self.address).finish_non_exhaustive()
    }
}

fn sign(key: &Zeroizing<[u8; 32]>, message: Uuid) -> String {
    base32(&mac(&**key, LABEL, &[message.as_bytes()])[..SIGNED])
}

fn base32(bytes: &[u8]) -> String {
    let (mut letters, mut held, mut bits) = (String::new(), 0u32, 0u32);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            letters.push(char::from(LETTERS[(held >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        letters.push(char::from(LETTERS[(held << (5 - bits) & 31) as usize]));
    }
    letters
}

/// The 16 bytes of an id. `None`: other letters, another length, or not the one spelling that [`base32`] gives.
fn from_base32(letters: &str) -> Option<[u8; 16]> {
    if letters.len() != ID {
        return None;
    }
    let mut value = 0u128;
    for (place, letter) in letters.bytes().enumerate() {
        let five = LETTERS.iter().position(|known| *known == letter)? as u128;
        // The last letter holds three bits, and two that are zero.
        value = if place < ID - 1 { value << 5 | five } else { value << 3 | five >> 2 };
    }
    let bytes = value.to_be_bytes();
    (base32(&bytes) == letters).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Key;

    fn key(byte: u8) -> Key {
        Key::new(vec![byte; 32]).unwrap()
    }

    fn paths(address: &str, current: u8, previous: &[u8]) -> ReturnPaths {
        let previous = previous.iter().map(|byte| key(*byte)).collect();
        ReturnPaths::new(BounceAddress::parse(address).unwrap(), &Keys::new(key(current), previous))
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (bytes, letters) in [("f", "my"), ("fo", "mzxq"), ("foo", "mzxw6"), ("foobar", "mzxw6ytboi")] {
            assert_eq!(base32(bytes.as_bytes()), letters);
        }
    }

    #[test]
    fn each_message_has_a_return_path_of_its_own_that_names_it_in_any_case() {
        let paths = paths("Bounces@Contoso.com", 7, &[]);
        for id in [0, 1, u128::MAX, 0x0198_7a5c_0000_7000_8000_0000_0000_0001] {
            let message = Uuid::from_u128(id);
            let path = paths.of(message);
            let (local, domain) = path.split_once('@').unwrap();
            assert!(local.len() <= 64 && domain == "contoso.com", "{path}");
            // The outbox hands it to the mail library, which must read it as we do.
            assert!(path.parse::<lettre::Address>().is_ok() && address::parse(&path).is_ok());
            for spelt in [path.clone(), path.to_uppercase(), format!(" {path} ")] {
                assert_eq!(paths.message_of(&spelt), Some(message), "{spelt}");
            }
        }
    }

    #[test]
    fn what_is_not_signed_by_us_for_this_message_names_none() {
        let message = Uuid::from_u128(5);
        let path = paths("bounces@contoso.com", 7, &[]).of(message);
        let reader = paths("bounces@contoso.com", 7, &[]);
        // Every single character counts.
        for place in 0..path.len() {
            let other = if path.as_bytes()[place] == b'x' { "y" } else { "x" };
            let spoilt = format!("{}{other}{}", &path[..place], &path[place + 1..]);
            assert_eq!(reader.message_of(&spoilt), None, "{spoilt}");
        }
        let (id, rest) = path.split_once('.').unwrap();
        for spoilt in [
            "",
            "@",
            "bounces@contoso.com",
            "bounces+@contoso.com",
            "bounces+.@contoso.com",
            id,
            &format!("{id}@contoso.com"),
            &format!("{id}.@contoso.com"),
            &format!("{id}.{}", &rest[1..]),
            &format!("{path}.example"),
            &format!("<{path}>"),
            &path.replace("bounces+", "böunces+"),
            &paths("bounces@contoso.com", 8, &[]).of(message),
            &paths("bounce@contoso.com", 7, &[]).of(message),
        ] {
            assert_eq!(reader.message_of(spoilt), None, "{spoilt}");
        }
        // The two bits that no id uses: one message has one path.
        let at = "bounces+".len() + ID - 1;
        for letter in "abcdefghijklmnopqrstuvwxyz234567".chars().filter(|c| !path[at..].starts_with(*c)) {
            let other = format!("{}{letter}{}", &path[..at], &path[at + 1..]);
            assert_eq!(reader.message_of(&other), None, "{other}");
        }
    }

    #[test]
    fn a_bounce_of_a_mail_that_left_under_the_key_before_is_believed() {
        let message = Uuid::from_u128(5);
        let before = paths("bounces@contoso.com", 7, &[]).of(message);
        assert_eq!(paths("bounces@contoso.com", 8, &[7]).message_of(&before), Some(message));
        assert_eq!(paths("bounces@contoso.com", 8, &[9]).message_of(&before), None);
        assert_ne!(paths("bounces@contoso.com", 8, &[7]).of(message), before, "signed with the current key");
    }

    #[test]
    fn an_address_without_room_for_id_and_signature_is_refused() {
        assert!(BounceAddress::parse(&format!("{}@contoso.com", "b".repeat(20))).is_ok());
        let long = BounceAddress::parse(&format!("{}@contoso.com", "b".repeat(21)));
        assert_eq!(long, Err(AddressProblem::TooLong));
        assert_eq!(BounceAddress::parse("bounces"), Err(AddressProblem::At));
        assert_eq!(
            paths(&format!("{}@contoso.com", "b".repeat(20)), 7, &[]).of(Uuid::nil()).find('@'),
            Some(64)
        );
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", paths("bounces@contoso.com", 7, &[]));
        assert!(shown.ends_with("} .. }") || shown.ends_with(", .. }"), "{shown}");
    }
}
