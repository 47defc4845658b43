//! `[password]`: what a new password must be and what its hash costs.

use std::{num::NonZeroUsize, path::PathBuf, thread::available_parallelism};

use super::section::Section;

/// Length, list and Argon2id. The floors are NIST SP 800-63B-4 3.1.1.2 (length) and OWASP's cheat sheet (m=19456, t=2, p=1).
#[derive(Clone, Debug)]
pub struct PasswordSettings {
    /// Code points at least.
    pub min_length: usize,
    /// Code points at most.
    pub max_length: usize,
    /// The operator's own refused passwords, one a line.
    pub list_file: Option<PathBuf>,
    /// KiB of one hash.
    pub argon2_memory_kib: u32,
    /// Passes of one hash.
    pub argon2_passes: u32,
    /// Lanes of one hash.
    pub argon2_lanes: u32,
    /// Threads that hash; the machine's cores when the setting is 0.
    pub hashing_threads: NonZeroUsize,
}

pub(super) fn read(mut section: Section<'_>) -> PasswordSettings {
    PasswordSettings {
        min_length: section.number("min_length", 15..=64),
        max_length: section.number("max_length", 64..=256),
        list_file: section.file("list_file"),
        argon2_memory_kib: section.number("argon2_memory_kib", 19_456..=4_194_304),
        argon2_passes: section.number("argon2_passes", 2..=100),
        argon2_lanes: section.number("argon2_lanes", 1..=16),
        hashing_threads: NonZeroUsize::new(section.number("hashing_threads", 0..=256))
            .unwrap_or_else(|| available_parallelism().unwrap_or(NonZeroUsize::MIN)),
    }
}
