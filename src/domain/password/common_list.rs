//! An operator's list of passwords that must not be chosen, held small.
//!
//! Eight bytes an entry: the first 64 bits of SHA-256, sorted. A password that is not in a list of `n` is taken for listed
//! with a chance of `n` in 2^64: for a million entries, once in 18 million million. Nothing listed is ever missed.

use std::fmt;

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// A list of passwords; compared as a whole, without regard to case or Unicode form.
#[derive(Default)]
pub struct CommonList(Box<[u64]>);

impl CommonList {
    /// One password a line; empty lines do not count. There are no comments: any line could be someone's password.
    pub fn from_lines<L: AsRef<str>>(lines: impl IntoIterator<Item = L>) -> Self {
        let mut prefixes: Vec<u64> = lines
            .into_iter()
            .filter_map(|line| {
                let line = line.as_ref().trim_end_matches(['\r', '\n']);
                (!line.is_empty()).then(|| prefix(line))
            })
            .collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        Self(prefixes.into_boxed_slice())
    }

    /// How many different passwords are listed.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the whole password is listed.
    pub fn contains(&self, password: &str) -> bool {
        self.0.binary_search(&prefix(password)).is_ok()
    }
}

impl fmt::Debug for CommonList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommonList({} entries)", self.len())
    }
}

fn prefix(password: &str) -> u64 {
    // Lower-casing can undo NFC, so it comes first; both sides go the same way.
    let lower = Zeroizing::new(password.to_lowercase());
    let folded: Zeroizing<String> = Zeroizing::new(lower.nfc().collect());
    let hash: [u8; 32] = Sha256::digest(folded.as_bytes()).into();
    hash.iter().take(8).fold(0, |prefix, byte| (prefix << 8) | u64::from(*byte))
}
