//! Link and code, derived from a key and a token's nonce: never stored, never printed.
//!
//! A token row holds a random 32-byte nonce and the id of a key. What opens something is an HMAC-SHA256 over that
//! nonce under the key, which lives outside the database. So nothing secret rests in the outbox, a retry sends the
//! same secret again, and a stolen database opens nothing (D-04, D-05 and D-17 are met by derivation).
//!
//! A new purpose is a variant of [`Purpose`]; its label keeps its secrets apart from all others (V-08).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;
use zeroize::Zeroizing;

mod code;
mod session;

pub use self::{
    code::{TypedCode, code_is_right},
    session::SessionId,
};

/// Digits of a security code: 10^8 codes and 15 tries a day are 1.5e-7 an account and day (D-07).
pub const CODE_DIGITS: usize = 8;

/// What a secret is good for. A secret of one purpose is refused for every other (V-08).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The link in the e-mail to the alternate address.
    EmailLink,
    /// The code in the SMS.
    SecurityCode,
    /// "This was not me" in a notice.
    NotMe,
    /// A one-time link from an administrator or operator.
    SetPassword,
    /// The link to an alternate e-mail address that confirms it.
    ConfirmEmail,
    /// The link to a mobile phone that confirms it.
    ConfirmMobile,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 6] = [
        Self::EmailLink,
        Self::SecurityCode,
        Self::NotMe,
        Self::SetPassword,
        Self::ConfirmEmail,
        Self::ConfirmMobile,
    ];

    /// The name in the database's `purpose` column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmailLink => "email_link",
            Self::SecurityCode => "security_code",
            Self::NotMe => "not_me",
            Self::SetPassword => "set_password",
            Self::ConfirmEmail => "confirm_email",
            Self::ConfirmMobile => "confirm_mobile",
        }
    }

    /// Reads the name in the database.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == name)
    }
}

/// A text that opens something. `Debug` says `[secret]`; memory is wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a text that opens something.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself: for the message that carries it, and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

/// One key of the service. Its id is public: eight bytes of the hash of the key, in hex.
#[derive(Clone)]
pub struct Key {
    id: String,
    bytes: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

impl Key {
    /// A key of at least 32 random bytes; `None` for fewer.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        let bytes = Zeroizing::new(bytes);
        if bytes.len() < 32 {
            return None;
        }
        let mut id = String::with_capacity(16);
        for byte in
            Sha256::new().chain_update(b"sspr key id v1").chain_update(&*bytes).finalize().iter().take(8)
        {
            // Cannot fail: a String takes all.
            let _ = std::fmt::Write::write_fmt(&mut id, format_args!("{byte:02x}"));
        }
        Some(Self { id, bytes })
    }

    /// The key's public name, as token rows hold it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A key for one use only, so that no two parts of the service share one.
    pub fn derive(&self, label: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.mac(label, &[]))
    }

    fn mac(&self, label: &str, parts: &[&[u8]]) -> [u8; 32] {
        mac(&self.bytes, label, parts)
    }

    /// The token of a link: its row's id and the HMAC over its nonce, 64 characters, one path segment.
    pub fn link_token(&self, purpose: Purpose, id: Uuid, nonce: &[u8]) -> Secret {
        let mut raw = Zeroizing::new([0u8; 48]);
        raw[..16].copy_from_slice(id.as_bytes());
        raw[16..].copy_from_slice(&self.mac(purpose.as_str(), &[id.as_bytes(), nonce]));
        Secret::new(URL_SAFE_NO_PAD.encode(*raw))
    }

    /// The code of an SMS: uniform over all eight digits, leading zeros included.
    pub fn security_code(&self, id: Uuid, nonce: &[u8]) -> Secret {
        const CODES: u64 = 10u64.pow(8);
        // The last incomplete stretch of u64 is thrown away, or small codes would be likelier than large ones.
        const FAIR: u64 = u64::MAX - u64::MAX % CODES;
        let mut round = 0u8;
        loop {
            let digest = self.mac(Purpose::SecurityCode.as_str(), &[id.as_bytes(), nonce, &[round]]);
            let mut eight = [0u8; 8];
            eight.copy_from_slice(&digest[..8]);
            let number = u64::from_be_bytes(eight);
            if number < FAIR {
                return Secret::new(format!("{:0width$}", number % CODES, width = CODE_DIGITS));
            }
            round = round.wrapping_add(1);
        }
    }
}

/// HMAC-SHA256 over a label and length-prefixed parts, so that no two lists of parts give the same input.
///
/// # Panics
/// Never: HMAC takes keys of every length.
pub fn mac(key: &[u8], label: &str, parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length; the error type is of the trait")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(b"sspr v1 ");
    for part in std::iter::once(&label.as_bytes()).chain(parts) {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The keys of the service: new secrets come from the current one, secrets under way may still name a previous one.
#[derive(Clone, Debug)]
pub struct Keys {
    current: Key,
    previous: Vec<Key>,
}

impl Keys {
    /// The current key and those it replaced.
    pub fn new(current: Key, previous: Vec<Key>) -> Self {
        Self { current, previous }
    }

    /// The key for new secrets.
    pub fn current(&self) -> &Key {
        &self.current
    }

    /// The key of that id, current or previous.
    pub fn find(&self, id: &str) -> Option<&Key> {
        std::iter::once(&self.current).chain(&self.previous).find(|key| key.id == id)
    }

    /// All keys, the current one first.
    pub fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

/// A token as it stands in an address: parsed, not yet believed.
pub struct TypedToken {
    /// The row that it claims to be of.
    pub id: Uuid,
    text: Secret,
}

impl TypedToken {
    /// Reads a token of a link. `None`: not of our making (broken by a mail program, say), no look-up needed.
    pub fn parse(text: &str) -> Option<Self> {
        let mut raw = Zeroizing::new([0u8; 48]);
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut *raw).ok()?;
        // Only the canonical spelling: one token has one text.
        if length != 48 || URL_SAFE_NO_PAD.encode(*raw) != text {
            return None;
        }
        let mut id = [0u8; 16];
        id.copy_from_slice(&raw[..16]);
        Some(Self { id: Uuid::from_bytes(id), text: Secret::new(text.to_owned()) })
    }

    /// Whether this is the token of that row, compared in constant time (V-72).
    pub fn is_of(&self, key: &Key, purpose: Purpose, nonce: &[u8]) -> bool {
        let right = key.link_token(purpose, self.id, nonce);
        right.expose().as_bytes().ct_eq(self.text.expose().as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::new(vec![7; 32]).unwrap()
    }

    #[test] // V-08
    fn a_token_of_one_purpose_is_refused_for_every_other() {
        let (key, id, nonce) = (key(), Uuid::from_u128(5), [3u8; 32]);
        let token = TypedToken::parse(key.link_token(Purpose::EmailLink, id, &nonce).expose()).unwrap();
        assert_eq!(token.id, id);
        for purpose in Purpose::ALL {
            assert_eq!(token.is_of(&key, purpose, &nonce), purpose == Purpose::EmailLink, "{purpose:?}");
            assert_eq!(Purpose::named(purpose.as_str()), Some(purpose));
        }
        assert!(!token.is_of(&key, Purpose::EmailLink, &[4u8; 32]));
        assert!(!token.is_of(&Key::new(vec![8; 32]).unwrap(), Purpose::EmailLink, &nonce));
    }

    #[test] // V-06, V-07
    fn what_is_no_token_is_not_looked_up() {
        for text in [
            "",
            " ",
            "0",
            "\0",
            "null",
            "[]",
            &"A".repeat(63),
            &"A".repeat(65),
            &"+".repeat(64),
            &"é".repeat(32),
        ] {
            assert!(TypedToken::parse(text).is_none(), "{text}");
        }
    }

    #[test] // V-69
    fn codes_are_uniform_with_leading_zeros() {
        let key = key();
        let mut digits = [[0u32; 10]; CODE_DIGITS];
        for n in 0..20_000u128 {
            let code = key.security_code(Uuid::from_u128(n), &[1; 32]);
            assert_eq!(code.expose().len(), CODE_DIGITS);
            for (place, digit) in code.expose().bytes().enumerate() {
                digits[place][usize::from(digit - b'0')] += 1;
            }
        }
        // Chi-square with 9 degrees of freedom: 33.7 is one in 10,000.
        for place in digits {
            let chi: f64 = place.iter().map(|n| (f64::from(*n) - 2000.0).powi(2) / 2000.0).sum();
            assert!(chi < 33.7, "{chi}");
        }
    }

    #[test] // V-47
    fn debug_prints_no_secret() {
        let secret = key().security_code(Uuid::nil(), &[0; 32]);
        assert_eq!(format!("{secret:?}"), "[secret]");
        let session = SessionId::from_bytes(&[9; 32]);
        assert!(!format!("{session:?}").contains(session.expose()));
        assert!(!format!("{:?}", key()).contains("7, 7"));
    }
}
