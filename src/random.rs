//! The only place that makes random bytes and ids: the operating system's generator, nothing else (V-69).

use rand::TryRng;
use uuid::Uuid;

/// `N` bytes of the operating system's cryptographic generator.
///
/// # Panics
/// When the operating system cannot give random bytes: nothing here may go on without them.
#[expect(clippy::expect_used, reason = "no fallback may exist for a broken generator")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0u8; N];
    rand::rngs::SysRng.try_fill_bytes(&mut out).expect("the operating system's random generator failed");
    out
}

/// A new row id. Version 7: grows with time, so that indexes stay compact. An id is never a secret.
#[expect(clippy::disallowed_methods, reason = "the one place")]
pub fn id() -> Uuid {
    Uuid::now_v7()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // V-69
    fn a_hundred_thousand_tokens_have_no_duplicate() {
        let all: std::collections::HashSet<[u8; 32]> = (0..100_000).map(|_| bytes::<32>()).collect();
        assert_eq!(all.len(), 100_000);
    }
}
