//! What is wrong with a configuration, told so that nobody has to search: place, line, key, the likely meaning, an
//! example. A problem never repeats the value of a secret, nor that of an unknown key (it may be a misspelt secret).

use std::{
    fmt::{self, Write as _},
    path::PathBuf,
    sync::Arc,
};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The embedded `config/default.toml`.
    Default,
    /// What `sspr demo` assumes instead of the default.
    Demo,
    /// The file of `--config`, with the line (1 is the first; 0 is the file as a whole).
    File(Arc<PathBuf>, usize),
    /// An environment variable, by name.
    Environment(String),
    /// A flag of the command line, as typed: `--listen`.
    Flag(&'static str),
    /// A file in `$CREDENTIALS_DIRECTORY`.
    Credential(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Demo => f.write_str("demo"),
            Self::File(path, 0) => write!(f, "{}", path.display()),
            Self::File(path, line) => write!(f, "{}, line {line}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Credential(path) => write!(f, "credential {}", path.display()),
        }
    }
}

/// One thing that is wrong (or, as a warning, unwise). Its `Display` is one line, ready for standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Where it was found; `None` when a required value is nowhere.
    pub origin: Option<Origin>,
    /// `section.key`, or what stood in its place; empty when a file cannot be read at all.
    pub key: String,
    /// What is wrong, without a full stop.
    pub what: String,
    /// The name or value that was probably meant.
    pub did_you_mean: Option<String>,
    /// A line that would be right, in the notation of the place.
    pub example: Option<String>,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = String::new();
        if let Some(origin) = &self.origin {
            write!(line, "{origin}: ")?;
        }
        if !self.key.is_empty() {
            write!(line, "{}: ", self.key)?;
        }
        write!(line, "{}.", self.what)?;
        if let Some(meant) = &self.did_you_mean {
            write!(line, " Did you mean {meant}?")?;
        }
        if let Some(example) = &self.example {
            write!(line, " Example: {example}")?;
        }
        // A key in a file may hold anything, in quotes.
        f.write_str(&crate::visible::visible(&line))
    }
}

impl std::error::Error for ConfigProblem {}

/// The candidate that `typed` is a slip of, if one is near enough: a third of its letters may differ, four at most.
pub(super) fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (distance(typed, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).clamp(1, 4))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, drop, replace or swap with their neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(80).collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let keys = ["listen", "public_url", "trusted_proxies", "url"];
        assert_eq!(nearest("listn", keys), Some("listen"));
        assert_eq!(nearest("lsiten", keys), Some("listen"));
        assert_eq!(nearest("publik_urls", keys), Some("public_url"));
        assert_eq!(nearest("ulr", keys), Some("url"));
    }

    #[test]
    fn something_else_altogether_gets_no_guess() {
        assert_eq!(nearest("colour", ["listen", "public_url", "url"]), None);
    }

    #[test]
    fn a_swap_costs_one() {
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
