//! What a new password must be, and the proof that it was checked.
//!
//! NIST SP 800-63B-4 3.1.1.2: length counts, composition does not; nothing is trimmed, nothing is cut; what an online
//! attacker tries first is refused with the reason. All broken rules are told at once, so that nobody learns them one by one.
//!
//! To add a rule: a variant of [`PasswordProblem`], its check in [`PasswordPolicy::check`], its sentence in the language files.

mod common_list;
mod context;
pub mod expiry;
pub mod generated;
mod guess;
mod pattern;

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

pub use common_list::CommonList;
pub use context::PasswordContext;

/// Longest password of all, in code points after NFC (V-58). Sign-in never hashes more than this.
pub const LONGEST: usize = 256;
/// Shortest password that a policy may allow (NIST SP 800-63B-4 3.1.1.2: single factor, N-01).
pub const SHORTEST: usize = 15;
/// A canonical decomposition has at most 4 code points of at most 4 bytes, so one code point of NFC never comes from more.
const BYTES_PER_CODE_POINT: usize = 16;

/// How long a password must be and may be, in code points after NFC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordPolicy {
    min: usize,
    max: usize,
}

/// What a company asks of passwords, upward of the service's floor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompanyPasswordRules {
    /// Fewest code points, if more than the service's.
    pub min_length: Option<i32>,
    /// Words that no password may be built from, besides names.
    pub refused_words: Vec<String>,
}

/// The settings of a password policy contradict the rules that every policy keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordPolicyProblem {
    /// NIST SP 800-63B-4 3.1.1.2(1).
    #[error("the shortest password must have between 15 and 64 characters")]
    Min,
    /// NIST SP 800-63B-4 3.1.1.2(2).
    #[error("the longest password must have between 64 and 256 characters")]
    Max,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { min: SHORTEST, max: LONGEST }
    }
}

/// One rule that a typed password breaks. Data for a page, which words it.
#[derive(Clone, PartialEq, Eq)]
pub enum PasswordProblem {
    /// Nothing was typed.
    Empty,
    /// Too few code points.
    TooShort {
        /// How many there are.
        length: usize,
        /// How many there must be.
        min: usize,
    },
    /// Too many code points. Never cut silently.
    TooLong {
        /// How many there may be.
        max: usize,
    },
    /// The two fields differ.
    Mismatch,
    /// The whole password is one of the 30,000 most common passwords and words.
    Common,
    /// The whole password is in the operator's list.
    Listed,
    /// It is little more than a word that belongs to this person or company.
    ContextWord {
        /// That word, in lower case: known to the person, but never for a log.
        word: String,
    },
    /// It follows a pattern that is tried early.
    Guessable {
        /// Which pattern.
        reason: GuessableReason,
    },
}

/// The pattern that makes up most of a guessable password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GuessableReason {
    /// `aaaaaaaaaaaaaaa`, `passwordpassword1`.
    Repeats,
    /// `123456789012345`, `abcdefghijklmno`.
    Sequence,
    /// `qwertyuiopasdfgh`.
    Keyboard,
    /// `2019112220221105`.
    Dates,
    /// `monkeydragonmaster`.
    Words,
    /// A mixture of these.
    Other,
}

impl fmt::Debug for PasswordProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::TooShort { .. } => f.write_str("TooShort"),
            Self::TooLong { max } => write!(f, "TooLong(max {max})"),
            Self::Mismatch => f.write_str("Mismatch"),
            Self::Common => f.write_str("Common"),
            Self::Listed => f.write_str("Listed"),
            Self::ContextWord { .. } => f.write_str("ContextWord(…)"),
            Self::Guessable { reason } => write!(f, "Guessable({reason:?})"),
        }
    }
}

/// A password that broke no rule: in NFC (N-08), wiped when dropped. Nothing but [`PasswordPolicy::check`] makes one.
pub struct NewPassword(Zeroizing<String>);

impl NewPassword {
    /// The password itself, for hashing and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl PasswordPolicy {
    /// A policy of a company: at least `min` (15 to 64) and at most `max` (64 to 256) code points.
    pub fn new(min: usize, max: usize) -> Result<Self, PasswordPolicyProblem> {
        if !(SHORTEST..=64).contains(&min) {
            return Err(PasswordPolicyProblem::Min);
        }
        if !(64..=LONGEST).contains(&max) {
            return Err(PasswordPolicyProblem::Max);
        }
        Ok(Self { min, max })
    }

    /// The same policy with the length that a company asks for: longer than the service's floor, never shorter.
    #[must_use]
    pub fn raised(self, company_min: Option<i32>) -> Self {
        let asked = company_min.and_then(|min| usize::try_from(min).ok()).unwrap_or(0);
        Self { min: self.min.max(asked.min(64)), ..self }
    }

    /// Fewest code points.
    pub const fn min(self) -> usize {
        self.min
    }

    /// Most code points.
    pub const fn max(self) -> usize {
        self.max
    }

    /// Whether a text has so many bytes that it needs no counting to be too long.
    pub const fn is_surely_too_long(self, text: &str) -> bool {
        text.len() > self.max.saturating_mul(BYTES_PER_CODE_POINT)
    }

    /// Checks a typed password and its repetition; all broken rules come back at once.
    ///
    /// Takes up to about 0.2 s for hostile input, so it runs on the hashing threads (`directory::Hashing::check`).
    /// A text that is too long costs nothing: it is not even normalised (V-58).
    pub fn check(
        self,
        candidate: &str,
        confirm: &str,
        context: &PasswordContext,
        list: Option<&CommonList>,
    ) -> Result<NewPassword, Vec<PasswordProblem>> {
        let Some(password) = normalised(candidate, self.max) else {
            return Err(vec![PasswordProblem::TooLong { max: self.max }]);
        };
        let mut problems = Vec::new();
        if normalised(confirm, self.max).as_ref() != Some(&password) {
            problems.push(PasswordProblem::Mismatch);
        }
        if password.is_empty() {
            problems.insert(0, PasswordProblem::Empty);
            return Err(problems);
        }
        let length = password.chars().count();
        if length < self.min {
            problems.push(PasswordProblem::TooShort { length, min: self.min });
        }
        if list.is_some_and(|list| list.contains(&password)) {
            problems.push(PasswordProblem::Listed);
        }
        let folded = Zeroizing::new(password.to_lowercase());
        let mut found = guess::problems(&password, &folded, context);
        if length < self.min {
            // "Too short" has said it already; only what a longer password could repeat is worth another line.
            found.retain(|problem| *problem != PasswordProblem::Guessable { reason: GuessableReason::Other });
        }
        problems.append(&mut found);
        if problems.is_empty() { Ok(NewPassword(password)) } else { Err(problems) }
    }
}

/// The text in NFC (N-08), or `None` when it has more than `max` code points. Looks at no more than it must.
pub fn normalised(text: &str, max: usize) -> Option<Zeroizing<String>> {
    if text.len() > max.saturating_mul(BYTES_PER_CODE_POINT) {
        return None;
    }
    // Grown once, so that no copy is left behind unwiped: NFC is never longer than 3 times its source (UAX 15).
    let mut out = Zeroizing::new(String::with_capacity(text.len().saturating_mul(3)));
    out.extend(text.nfc());
    (out.chars().count() <= max).then_some(out)
}

#[cfg(test)]
mod tests;
