//! Argon2id itself: PHC strings in and out, on memory that the caller keeps.

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash as Phc, Salt},
};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{LANES_MAX, MEMORY_KIB_MAX, PASSES_MAX, Verdict};

/// Bytes of a hash (RFC 9106 3.1 asks for at least 4; 32 are 256 bits).
const OUTPUT: usize = 32;
/// Bytes of a salt (RFC 9106 3.1).
const SALT: usize = 16;

/// The settings of today.
#[derive(Clone)]
pub(super) struct Argon(Params);

impl Argon {
    /// `None` when the settings do not go together.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Option<Self> {
        if lanes > LANES_MAX {
            return None;
        }
        Params::new(memory_kib, passes, lanes, Some(OUTPUT)).ok().map(Self)
    }

    /// The PHC string of a password. `None` can't happen with settings that `new` took; nobody relies on it.
    pub fn hash(&self, password: &str, memory: &mut Vec<Block>) -> Option<String> {
        let salt: [u8; SALT] = crate::random::bytes();
        let mut output = Zeroizing::new([0u8; OUTPUT]);
        compute(&self.0, password.as_bytes(), &salt, output.as_mut(), memory)?;
        let phc = Phc {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.0).ok()?,
            salt: Some(Salt::new(&salt).ok()?),
            hash: Some(Output::new(output.as_ref()).ok()?),
        };
        Some(phc.to_string())
    }

    /// Compares; the same work where there is nothing to compare with.
    pub fn verify(&self, typed: &str, stored: Option<&str>, memory: &mut Vec<Block>) -> Verdict {
        let Some(stored) = stored.and_then(Stored::read) else {
            self.same_work(memory);
            return Verdict::Wrong;
        };
        let mut output = Zeroizing::new([0u8; Output::MAX_LENGTH]);
        let output = &mut output[..stored.hash.len()];
        let computed = compute(&stored.params, typed.as_bytes(), &stored.salt, output, memory);
        if computed.is_some() && bool::from(output.ct_eq(stored.hash.as_bytes())) {
            Verdict::Right { rehash_needed: self.is_more_than(&stored) }
        } else {
            Verdict::Wrong
        }
    }

    /// The work of one comparison, for nothing.
    fn same_work(&self, memory: &mut Vec<Block>) {
        let mut output = [0u8; OUTPUT];
        // What it computes is of no use to anyone; that it takes the time is the point.
        let _ = compute(&self.0, &[0; 16], &[0; SALT], &mut output, memory);
        std::hint::black_box(output);
    }

    fn is_more_than(&self, stored: &Stored) -> bool {
        self.0.m_cost() > stored.params.m_cost()
            || self.0.t_cost() > stored.params.t_cost()
            || self.0.p_cost() != stored.params.p_cost()
            || stored.hash.len() < OUTPUT
            || stored.salt.len() < SALT
    }
}

/// Whether a stored text is a hash that this program could have written.
pub(super) fn is_comparable(phc: &str) -> bool {
    Stored::read(phc).is_some()
}

/// A stored hash that this program could have written.
struct Stored {
    params: Params,
    salt: Salt,
    hash: Output,
}

impl Stored {
    /// `None` for anything but Argon2id version 1.3 within bounds: a changed row must neither let someone in nor
    /// take the machine's memory. A hash of few bytes would match by chance.
    fn read(phc: &str) -> Option<Self> {
        let phc = Phc::new(phc).ok()?;
        let params = Params::try_from(&phc).ok()?;
        let (salt, hash) = (phc.salt?, phc.hash?);
        let fits = phc.algorithm == Algorithm::Argon2id.ident()
            && phc.version == Some(Version::V0x13.into())
            && params.m_cost() <= MEMORY_KIB_MAX
            && params.t_cost() <= PASSES_MAX
            && params.p_cost() <= LANES_MAX
            && hash.len() >= SALT
            && salt.len() >= SALT / 2;
        fits.then_some(Self { params, salt, hash })
    }
}

/// One Argon2id over the memory of this thread.
///
/// The memory grows to what is needed and stays: a fresh allocation costs page faults, and the allocator would keep it anyway.
fn compute(
    params: &Params,
    password: &[u8],
    salt: &[u8],
    output: &mut [u8],
    memory: &mut Vec<Block>,
) -> Option<()> {
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.reserve_exact(blocks - memory.len());
        memory.resize(blocks, Block::new());
    }
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password, salt, output, memory.as_mut_slice())
        .ok()
}
