//! What a check found: one line of the report.
//!
//! What must stay true: no line holds a secret, an address of a person, a number or an IP address; names of hosts and domains may.

use std::time::Duration;

use crate::cli::output::Record;

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Well.
    Ok,
    /// Not looked at, and why stands beside it.
    Skipped,
    /// Works, but somebody should look at it.
    Warning,
    /// Does not work.
    Broken,
}

impl State {
    /// The word in every form of output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Broken => "broken",
        }
    }
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at: a promise to scripts.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do about it; empty where there is nothing.
    pub todo: String,
}

impl Finding {
    /// Any.
    pub fn new(
        name: impl Into<String>,
        state: State,
        found: impl Into<String>,
        todo: impl Into<String>,
    ) -> Self {
        Self { name: name.into(), state, found: found.into(), todo: todo.into() }
    }

    /// Well.
    pub fn ok(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(name, State::Ok, found, "")
    }

    /// Somebody should look at it.
    pub fn warning(name: impl Into<String>, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Self::new(name, State::Warning, found, todo)
    }

    /// Does not work.
    pub fn broken(name: impl Into<String>, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Self::new(name, State::Broken, found, todo)
    }

    /// Not looked at.
    pub fn skipped(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(name, State::Skipped, why, "")
    }

    /// As it is printed.
    pub fn shown(&self) -> Record {
        vec![
            ("Check", self.name.as_str().into()),
            ("State", self.state.as_str().into()),
            ("Found", self.found.as_str().into()),
            ("Do", self.todo.as_str().into()),
        ]
    }
}

/// The names of [`Finding::shown`].
pub const SHOWN: &[&str] = &["Check", "State", "Found", "Do"];

/// Longest time of one check. All run at once, so that the whole report takes little longer.
pub const LIMIT: Duration = Duration::from_secs(15);

/// Findings, and clocks that were seen on the way.
#[derive(Debug, Default)]
pub struct Report {
    /// The lines.
    pub findings: Vec<Finding>,
    /// Whose clock, and how far it is ahead of this machine's.
    pub clocks: Vec<(String, time::Duration)>,
}

impl From<Finding> for Report {
    fn from(finding: Finding) -> Self {
        vec![finding].into()
    }
}

impl From<Vec<Finding>> for Report {
    fn from(findings: Vec<Finding>) -> Self {
        Self { findings, clocks: Vec::new() }
    }
}

/// A check within its time.
pub async fn within(name: &str, check: impl Future<Output = Report>) -> Report {
    tokio::time::timeout(LIMIT, check).await.unwrap_or_else(|_| {
        let found = format!("no answer within {} seconds", LIMIT.as_secs());
        Finding::broken(name, found, "look at the network between this machine and there").into()
    })
}
