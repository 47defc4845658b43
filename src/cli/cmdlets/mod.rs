//! The old spellings: cmdlets of 2012 as they stand in runbooks and in Microsoft's article, with only the program's name in
//! front: `sspr Set-MsolUser -UserPrincipalName … -MobilePhone "425-555-0100"`.
//!
//! What must stay true: a line does what the cmdlet did, by the same verbs as everything else, or nothing at all: a parameter that
//! means nothing here is refused by its name, never skipped; a switch never moves by a value that the shell swallowed.
//!
//! To add one: its parameters in [`table`], its meaning in [`meant`], an arm in [`carry_out`].

mod carry_out;
mod meant;
mod names;
mod passwords;
mod shown;
mod table;
#[cfg(test)]
mod tests;
mod typed;

use std::{fmt::Write as _, path::PathBuf};

pub use carry_out::{connect, run};
pub use meant::Meant;

use super::arguments::OutputFormat;
use table::{CMDLETS, Cmdlet};

/// A cmdlet line that was understood.
#[derive(Clone, Debug)]
pub struct Line {
    /// What to do.
    pub meant: Meant,
    /// `-WhatIf`: tell, but change nothing.
    pub what_if: bool,
    /// `--property`: only these, as `| Fl NAME` did. None: all.
    pub properties: Vec<String>,
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--company`.
    pub company: Option<String>,
    /// `--output`.
    pub output: OutputFormat,
}

/// Why a cmdlet line was not carried out, for standard error: always a matter of how it was typed, or a wish for help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotUnderstood {
    /// Exit code 2.
    Usage(String),
    /// Asked for; exit code 0.
    Help(String),
}

/// Understands a line (without the program's name) if it is one of a cmdlet; `None`: it is not, and is clap's to read.
pub fn understand(words: &[String]) -> Option<Result<Line, NotUnderstood>> {
    let place = typed::place_of_cmdlet(words)?;
    Some(typed::read(words, place).and_then(typed::Typed::meant))
}

/// What stands in `sspr --help` about all this.
pub fn help() -> String {
    let mut text = "\
Old spellings, as runbooks have them (names in any case, `-Name value`, `-Name:value` or `--name value`; quote '$true'):
"
    .to_owned();
    for cmdlet in CMDLETS {
        let _ = writeln!(text, "  sspr {}", usage(cmdlet));
    }
    text += "  -WhatIf tells what would change; --property NAME prints what `| Fl NAME` did\n";
    text
}

/// A cmdlet with its parameters, on one line.
fn usage(cmdlet: &Cmdlet) -> String {
    cmdlet.parameters.iter().filter(|parameter| !parameter.kind.is_quiet()).fold(
        cmdlet.name.to_owned(),
        |mut text, parameter| {
            let value = parameter.kind.value();
            let space = if value.is_empty() { "" } else { " " };
            let _ = write!(text, " [-{}{space}{value}]", parameter.name);
            text
        },
    )
}
