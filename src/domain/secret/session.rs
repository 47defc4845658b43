//! The id of a browser session.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{Key, Secret};

/// A browser session's id: 32 random bytes, in the cookie as base64url. Only its hash is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionId(Secret);

impl SessionId {
    /// An id from 32 random or derived bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Reads a cookie's value; `None` when it is not of our making.
    pub fn parse(text: &str) -> Option<Self> {
        let mut raw = Zeroizing::new([0u8; 32]);
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut *raw).ok()?;
        (length == 32).then(|| Self(Secret::new(text.to_owned())))
    }

    /// The cookie's value.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What the database holds of it.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::new().chain_update(b"sspr session v1 ").chain_update(self.0.expose()).finalize().into()
    }

    /// The id that follows this one when a proof succeeds (V-50). Derived from the old id and the proof's secret nonce, so that
    /// a double-clicked button gets the same new cookie twice; whoever lacks the key learns nothing of it.
    #[must_use]
    pub fn successor(&self, key: &Key, nonce: &[u8]) -> Self {
        Self::from_bytes(&key.mac("session after a proof", &[self.0.expose().as_bytes(), nonce]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::new(vec![7; 32]).unwrap()
    }

    #[test] // V-50
    fn a_session_id_changes_at_a_proof_and_cannot_be_guessed_without_the_key() {
        let old = SessionId::from_bytes(&[1; 32]);
        let new = old.successor(&key(), &[2; 32]);
        assert_ne!(old.hash(), new.hash());
        assert_eq!(new, old.successor(&key(), &[2; 32]));
        assert_ne!(new, old.successor(&key(), &[3; 32]));
        assert_ne!(new, old.successor(&Key::new(vec![8; 32]).unwrap(), &[2; 32]));
        assert_eq!(SessionId::parse(new.expose()), Some(new));
    }
}
