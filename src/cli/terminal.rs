//! Someone at a terminal: asked, and kept informed. Without a terminal nothing of this happens, so that scripts see the same lines
//! every time.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

/// Asks a yes-or-no question. Without a terminal on both sides the answer is no.
pub fn asks(question: &str) -> bool {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return false;
    }
    let _ = io::stderr().write_all(question.as_bytes());
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// A bar on standard error, if that is a terminal.
#[derive(Debug)]
pub struct Progress {
    total: usize,
    shown: Option<usize>,
}

impl Progress {
    /// Of so many.
    pub fn new(total: usize) -> Self {
        Self { total, shown: io::stderr().is_terminal().then_some(usize::MAX) }
    }

    /// So many are done.
    pub fn at(&mut self, done: usize) {
        let Some(shown) = self.shown else { return };
        let percent = done.saturating_mul(100).checked_div(self.total).unwrap_or(100);
        if percent != shown {
            self.shown = Some(percent);
            let _ = io::stderr().write_all(bar(percent, done, self.total).as_bytes());
        }
    }
}

impl Drop for Progress {
    /// The line is cleared: what comes next stands where it was.
    fn drop(&mut self) {
        if self.shown.is_some_and(|shown| shown != usize::MAX) {
            let _ = io::stderr().write_all(b"\r\x1b[K");
        }
    }
}

fn bar(percent: usize, done: usize, total: usize) -> String {
    let full = percent.min(100) * 30 / 100;
    format!("\r[{}{}] {percent:3} %  {done} of {total}", "#".repeat(full), ".".repeat(30 - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_wide_at_the_end_as_at_the_beginning() {
        assert_eq!(bar(0, 0, 10_000), format!("\r[{}]   0 %  0 of 10000", ".".repeat(30)));
        assert_eq!(bar(100, 10_000, 10_000), format!("\r[{}] 100 %  10000 of 10000", "#".repeat(30)));
    }

    #[test]
    fn of_nothing_all_is_done() {
        let mut progress = Progress { total: 0, shown: None };
        progress.at(0);
        assert!(progress.shown.is_none());
    }
}
