//! Argon2id on threads of its own: as many as configured, each with one block of memory, behind a short queue.
//!
//! What must stay true: memory is threads × setting and not a byte more, however many people sign in (V-59); a job waits for a
//! thread for at most [`PATIENCE`] and is then refused; who does not exist costs the same work (V-18); whoever goes
//! away gives the place in the queue back.

mod argon;
mod threads;

use std::{fmt, num::NonZeroUsize, sync::Arc, time::Duration};

use zeroize::Zeroizing;

use crate::domain::password::{
    self, CommonList, NewPassword, PasswordContext, PasswordPolicy, PasswordProblem,
};
use argon::Argon;
use threads::{Seat, Threads};

/// How long a job waits for a free thread.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// Least memory, in KiB, and fewest passes: the floor of OWASP's Password Storage Cheat Sheet for Argon2id.
pub const MEMORY_KIB_MIN: u32 = 19_456;
/// See [`MEMORY_KIB_MIN`].
pub const PASSES_MIN: u32 = 2;
/// Most that a setting, or a row of a table that someone has changed, may ask of this machine: 1 GiB.
const MEMORY_KIB_MAX: u32 = 1_048_576;
const PASSES_MAX: u32 = 64;
const LANES_MAX: u32 = 16;
const THREADS_MAX: usize = 1024;

/// What a hash costs and how many are computed at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashSettings {
    /// Memory of one hash in KiB; each thread keeps that much.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes. One thread computes them all, so more than 1 only costs.
    pub lanes: u32,
    /// Threads: as many as cores. Each takes `memory_kib` once it has worked.
    pub threads: NonZeroUsize,
    /// Jobs that may wait for a thread; one more is refused at once.
    pub queue: NonZeroUsize,
}

/// Settings that are refused, or threads that could not be started.
#[derive(Debug, thiserror::Error)]
pub enum HashingProblem {
    /// Below the floor or above the ceiling.
    #[error("password hashing: memory must be between 19456 and 1048576 KiB")]
    Memory,
    /// Below the floor or above the ceiling.
    #[error("password hashing: passes must be between 2 and 64")]
    Passes,
    /// Out of range.
    #[error("password hashing: lanes must be between 1 and 16")]
    Lanes,
    /// Too many for any machine.
    #[error("password hashing: at most 1024 threads")]
    Threads,
    /// The operating system gave no thread.
    #[error("password hashing: a thread could not be started")]
    Start(#[from] std::io::Error),
}

/// All threads are at work and the queue is full, or waiting took too long: answer 503.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being hashed; try again in a moment")]
pub struct Busy;

/// A password as it is stored: a PHC string with its own salt and settings. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes the text of a row as it is. A text that is no Argon2id hash matches no password.
    pub fn from_stored(phc: String) -> Self {
        Self(phc)
    }

    /// Whether a password can be compared with it at all: Argon2id within our bounds.
    pub fn is_comparable(&self) -> bool {
        argon::is_comparable(&self.0)
    }

    /// The PHC string: for the row of the user and nothing else.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// What came of comparing a typed password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not the password; or nobody there, or nothing readable stored.
    Wrong,
    /// The password.
    Right {
        /// It is stored with less than today's settings: hash it anew while it is known.
        rehash_needed: bool,
    },
}

/// A typed password with the thread that will compare it; given back when dropped. `None`: too long to be anyone's.
pub struct Seated(Option<(Seat, Argon, Zeroizing<String>)>);

impl Seated {
    /// Compares, as [`Hashing::verify`] does.
    pub async fn verify(self, stored: Option<&PasswordHash>) -> Result<Verdict, Busy> {
        let Some((seat, argon, typed)) = self.0 else { return Ok(Verdict::Wrong) };
        let stored = stored.cloned();
        seat.run(move |memory| argon.verify(&typed, stored.as_ref().map(PasswordHash::as_str), memory)).await
    }
}

impl fmt::Debug for Seated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seated")
    }
}

/// How the queue of the hashing threads stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Jobs that wait for a thread.
    pub waiting: usize,
    /// Jobs taken in so far.
    pub taken: u64,
    /// Jobs refused so far: the queue was full.
    pub refused: u64,
    /// For how long all jobs so far together waited for a thread.
    pub waited: Duration,
}

/// The hashing threads. Cheap to clone; they end when the last clone goes.
#[derive(Clone)]
pub struct Hashing {
    threads: Arc<Threads>,
    argon: Argon,
}

impl fmt::Debug for Hashing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hashing")
    }
}

impl Hashing {
    /// Starts the threads. Their memory is taken at the first job of each and then kept.
    pub fn new(settings: HashSettings) -> Result<Self, HashingProblem> {
        if !(MEMORY_KIB_MIN..=MEMORY_KIB_MAX).contains(&settings.memory_kib) {
            return Err(HashingProblem::Memory);
        }
        if !(PASSES_MIN..=PASSES_MAX).contains(&settings.passes) {
            return Err(HashingProblem::Passes);
        }
        if settings.threads.get() > THREADS_MAX {
            return Err(HashingProblem::Threads);
        }
        let argon =
            Argon::new(settings.memory_kib, settings.passes, settings.lanes).ok_or(HashingProblem::Lanes)?;
        Ok(Self { threads: Arc::new(Threads::start(settings.threads, settings.queue)?), argon })
    }

    /// How many jobs the threads took in so far: how a test sees that two requests were the same work (V-18).
    pub fn jobs(&self) -> u64 {
        self.threads.jobs()
    }

    /// How the queue stands.
    pub fn standing(&self) -> Standing {
        self.threads.standing()
    }

    /// Hashes a checked password with a fresh salt of 16 bytes.
    pub async fn hash(&self, password: NewPassword) -> Result<PasswordHash, Busy> {
        let argon = self.argon.clone();
        self.threads
            .run(move |memory| argon.hash(password.expose(), memory))
            .await?
            .map(PasswordHash)
            .ok_or(Busy)
    }

    /// Hashes a password that was just found right, with today's settings (N-11): the rules of new passwords are not asked
    /// again, or an old password could never be stored better.
    pub async fn rehash(&self, typed: Zeroizing<String>) -> Result<PasswordHash, Busy> {
        let argon = self.argon.clone();
        self.threads
            .run(move |memory| {
                password::normalised(&typed, password::LONGEST).and_then(|typed| argon.hash(&typed, memory))
            })
            .await?
            .map(PasswordHash)
            .ok_or(Busy)
    }

    /// Compares a typed password with what is stored; `None` when there is no such person or no password.
    ///
    /// The same work is done for nobody and for an unreadable hash, so that the time tells nothing (V-18). A text that is too
    /// long to be anyone's password is wrong at once, whoever is named: it takes no place in the queue (V-58). A hash stored with
    /// other settings takes the time of those, until its rehash.
    pub async fn verify(
        &self,
        typed: Zeroizing<String>,
        stored: Option<&PasswordHash>,
    ) -> Result<Verdict, Busy> {
        self.seat(typed).await?.verify(stored).await
    }

    /// Waits for a thread and keeps it for one comparison of this password. For whoever counts a try before it is compared: counted
    /// without a thread, a right password would be a wrong one whenever the threads are busy. Hold it across that one statement only.
    pub async fn seat(&self, typed: Zeroizing<String>) -> Result<Seated, Busy> {
        // At most 4 KiB are normalised here; more is refused unread.
        let Some(typed) = password::normalised(&typed, password::LONGEST) else { return Ok(Seated(None)) };
        Ok(Seated(Some((self.threads.seat().await?, self.argon.clone(), typed))))
    }

    /// Checks a new password against all rules ([`PasswordPolicy::check`]) on the hashing threads: the estimate is as much work
    /// as a hash. A text that is too long is refused at once, without a place in the queue (V-58).
    pub async fn check(
        &self,
        candidate: Zeroizing<String>,
        confirm: Zeroizing<String>,
        policy: PasswordPolicy,
        context: PasswordContext,
        list: Option<Arc<CommonList>>,
    ) -> Result<Result<NewPassword, Vec<PasswordProblem>>, Busy> {
        if policy.is_surely_too_long(&candidate) {
            return Ok(policy.check(&candidate, &confirm, &context, None));
        }
        self.threads.run(move |_| policy.check(&candidate, &confirm, &context, list.as_deref())).await
    }
}

#[cfg(test)]
mod tests;
