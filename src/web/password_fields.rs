//! The two fields in which someone makes a new password, the same on three pages: the reset, the account, and the
//! one-time link of an administrator. Their part of the template is `parts/new_password.html`.
//!
//! Must stay true: all broken rules are listed at once; a password never comes back to the page.

use super::page::{FieldProblem, Page};
use crate::domain::password::{PasswordPolicy, PasswordProblem};

/// What Apple's and other password managers read to make a password that our rules accept: a little longer than it must be.
pub fn for_password_managers(policy: PasswordPolicy) -> String {
    let (min, max) = (policy.min().max(20).min(policy.max()), policy.max());
    format!("minlength: {min}; maxlength: {max}; allowed: ascii-printable;")
}

/// A rule that the two fields did not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrokenRule {
    /// Nothing was typed as the new password.
    Empty,
    /// Fewer characters than `min`.
    TooShort {
        /// How many there were.
        length: u16,
        /// How many there have to be.
        min: u16,
    },
    /// More characters than `max`.
    TooLong {
        /// How many there may be.
        max: u16,
    },
    /// One of the passwords that many people use.
    Common,
    /// Holds a word that others know: the person's or the company's.
    ContextWord {
        /// The word, as it stands in the user ID or the company's name.
        word: String,
    },
    /// A pattern: repeats, sequences, neighbours on the keyboard.
    Guessable,
    /// On the list of the company's operator.
    Listed,
    /// The same as the one before.
    SameAsBefore,
    /// The second field differs from the first, or is empty.
    Mismatch,
}

impl BrokenRule {
    /// The sentence at the field, and in the summary.
    pub fn at_its_field(&self, page: &Page) -> FieldProblem {
        let text = match self {
            Self::Empty => page.t("new-password-empty"),
            Self::TooShort { length, min } => {
                page.a("new-password-too-short").arg("length", *length).arg("min", *min).s()
            }
            Self::TooLong { max } => page.a("new-password-too-long").arg("max", *max).s(),
            Self::Common => page.t("new-password-common"),
            Self::ContextWord { word } => page.a("new-password-context-word").arg("word", word).s(),
            Self::Guessable => page.t("new-password-guessable"),
            Self::Listed => page.t("new-password-listed"),
            Self::SameAsBefore => page.t("new-password-same"),
            Self::Mismatch => page.t("new-password-mismatch"),
        };
        let field = if matches!(self, Self::Mismatch) { "confirm_password" } else { "new_password" };
        FieldProblem::new(field, &text)
    }
}

/// All sentences in the order of the fields: the summary is read from the top, and so is the form.
pub fn sentences(broken: &[BrokenRule], page: &Page) -> Vec<FieldProblem> {
    let (second, first): (Vec<_>, Vec<_>) =
        broken.iter().partition(|rule| matches!(rule, BrokenRule::Mismatch));
    first.into_iter().chain(second).map(|rule| rule.at_its_field(page)).collect()
}

impl From<PasswordProblem> for BrokenRule {
    fn from(problem: PasswordProblem) -> Self {
        use PasswordProblem as Problem;
        let figure = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        match problem {
            Problem::Empty => Self::Empty,
            Problem::TooShort { length, min } => Self::TooShort { length: figure(length), min: figure(min) },
            Problem::TooLong { max } => Self::TooLong { max: figure(max) },
            Problem::Mismatch => Self::Mismatch,
            Problem::Common => Self::Common,
            Problem::Listed => Self::Listed,
            Problem::ContextWord { word } => Self::ContextWord { word },
            Problem::Guessable { .. } => Self::Guessable,
        }
    }
}
