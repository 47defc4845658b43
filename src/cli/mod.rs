//! The shell: the same verbs as the portal's, as text. Thin: it parses, calls, prints.
//!
//! To add a verb: its arguments in [`arguments`], an arm in [`run`].

pub mod arguments;
pub mod audit;
pub mod bounce;
mod change;
pub mod cmdlets;
pub mod company;
pub mod config;
pub mod csv;
pub mod demo;
pub mod doctor;
pub mod file;
pub mod import;
pub mod incident;
pub mod limit;
pub mod manual;
pub mod migrate;
pub mod outbox;
pub mod output;
pub mod password;
pub mod reach;
pub mod readiness;
pub mod refusal;
pub mod request;
pub mod send_test;
pub mod serve;
pub mod terminal;
pub mod user;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use self::arguments::{Arguments, Verb};

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Refused or not found; standard error says why.
    Refused = 1,
    /// Not understood as typed.
    Usage = 2,
    /// Not now (`EX_TEMPFAIL` of sysexits): a mail system keeps it and tries again.
    TryLater = 75,
    /// The configuration (`EX_CONFIG` of sysexits).
    Configuration = 78,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What a verb says: the texts for both streams, and how it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// For standard output.
    pub out: String,
    /// For standard error.
    pub err: String,
    /// The end.
    pub exit: Exit,
}

impl Said {
    /// Done, with this on standard output.
    pub fn done(out: String) -> Self {
        Self { out, err: String::new(), exit: Exit::Done }
    }

    /// Not done, with the reason on standard error.
    pub fn refused(exit: Exit, err: String) -> Self {
        Self { out: String::new(), err, exit }
    }

    /// Writes both streams. A reader that went away (`| head`) is no reason to panic, but not a success either.
    pub fn print(&self) -> Exit {
        let err = io::stderr().lock().write_all(self.err.as_bytes());
        let out = io::stdout().lock().write_all(self.out.as_bytes()).and_then(|()| io::stdout().flush());
        if self.exit == Exit::Done && out.and(err).is_err() { Exit::Refused } else { self.exit }
    }
}

/// Carries out what was typed, in this environment ([`crate::config::process_environment`]).
pub fn run(arguments: Arguments, environment: Vec<(String, String)>) -> Exit {
    let data_dir = arguments.data_dir().to_owned();
    let Arguments { config: file, company, output, verb, .. } = arguments;
    let at_database =
        |file, environment| reach::Told { file, data_dir: data_dir.clone(), company, output, environment };
    let said = match verb {
        Verb::Config(verb) => config::run(verb, file, environment, output),
        Verb::Demo(demo) => demo::run(&demo, &data_dir, file.as_deref(), &environment),
        Verb::Serve => serve::run(file, environment),
        Verb::Completions { shell } => manual::completions(shell),
        Verb::Man { folder } => manual::pages(folder.as_deref()),
        Verb::Migrate => migrate::run(file, environment),
        Verb::Company(verb) => {
            reach::run(at_database(file, environment), async |reach| company::run(verb, reach).await)
        }
        Verb::Audit(verb) => {
            reach::run(at_database(file, environment), async |reach| audit::run(verb, reach).await)
        }
        Verb::User(verb) => {
            reach::run(at_database(file, environment), async |reach| user::run(verb, reach).await)
        }
        Verb::Request(verb) => {
            reach::run(at_database(file, environment), async |reach| request::run(verb, reach).await)
        }
        Verb::Incident(verb) => {
            reach::run(at_database(file, environment), async |reach| incident::run(verb, reach).await)
        }
        Verb::Change(verb) => {
            reach::run(at_database(file, environment), async |reach| change::run(verb, reach).await)
        }
        Verb::Outbox(verb) => {
            reach::run(at_database(file, environment), async |reach| outbox::run(verb, reach).await)
        }
        Verb::Limit(verb) => {
            reach::run(at_database(file, environment), async |reach| limit::run(verb, reach).await)
        }
        Verb::Readiness(arguments) => {
            reach::run(at_database(file, environment), async |reach| readiness::run(arguments, reach).await)
        }
        Verb::Bounce(arguments) => bounce::later(reach::run(at_database(file, environment), async |reach| {
            bounce::run(arguments, reach).await
        })),
        Verb::Doctor(arguments) => doctor::run(arguments, file, environment, output),
        Verb::SendTest(verb) => send_test::run(verb, at_database(file, environment)),
        // Nothing to connect to, so no database either.
        Verb::Cmdlet(line) if matches!(line.meant, cmdlets::Meant::Connect) => cmdlets::connect(),
        Verb::Cmdlet(line) => {
            reach::run(at_database(file, environment), async |reach| cmdlets::run(*line, reach).await)
        }
    };
    said.print()
}
