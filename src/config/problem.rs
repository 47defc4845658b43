//! What is wrong with a configuration, told so that nobody has to search: place, line, key, the likely meaning, an
//! example. A problem never repeats the value of a secret, nor that of an unknown key (it may be a misspelt secret).

pub(super) use crate::domain::spelling::nearest;
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
