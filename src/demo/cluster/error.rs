//! Why a private Postgres could not be started or stopped, each with the way on. Read by people in a terminal.

use std::io;
use std::path::{Path, PathBuf};

use super::binaries::OLDEST_MAJOR;

/// Why there is no private Postgres. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No usable binaries in any of the usual places.
    #[error(
        "PostgreSQL {OLDEST_MAJOR} or newer is needed and was not found{}.\n\
         Run the same command with --install, or install it yourself: {by_hand}.\n\
         If it is in an unusual place, set SSPR_PG_BIN to the folder that holds initdb and postgres.",
        found_only(.too_old)
    )]
    NoPostgres {
        /// Major versions that are installed and too old.
        too_old: Vec<u32>,
        /// The command that installs it on this system.
        by_hand: String,
    },
    /// The folder that the caller named is of no use.
    #[error("{} holds no initdb and postgres of version {OLDEST_MAJOR} or newer that can be run (SSPR_PG_BIN)", .0.display())]
    NotBinaries(PathBuf),
    /// The data was made by a version that is not installed.
    #[error(
        "the data in {} was made by PostgreSQL {made_by}, but only {} is installed.\n\
         Install PostgreSQL {made_by}, or set SSPR_PG_BIN to its folder, or, to start afresh without the demo's data, \
         remove {}.",
        .data.display(), numbers(.installed), .data.display()
    )]
    OtherVersion {
        /// The database's files.
        data: PathBuf,
        /// The major version that made them.
        made_by: u32,
        /// The major versions found.
        installed: Vec<u32>,
    },
    /// Another process has this data folder.
    #[error("a demo is already running on {}{}.\nUse that one, stop it, or choose another --data-dir.", .data_dir.display(), .at.as_ref().map(|at| format!(": {at}")).unwrap_or_default())]
    AlreadyRunning {
        /// The data folder.
        data_dir: PathBuf,
        /// Where the other one is, when it has said so.
        at: Option<String>,
    },
    /// A server of an earlier run has not ended.
    #[error(
        "the database server of an earlier run (process {process}) still uses {}; stop it and try again",
        .data.display()
    )]
    FormerServer {
        /// The database's files.
        data: PathBuf,
        /// Its process id.
        process: u32,
    },
    /// The files belong to another account of this machine.
    #[error(
        "{} belongs to another account (user id {owner}), because the demo was started under it before.\n\
         Start it under that account (or as root), or choose another --data-dir.",
        .data.display()
    )]
    NotYours {
        /// The database's files.
        data: PathBuf,
        /// Their owner's user id.
        owner: u32,
    },
    /// The files' owner can't get to them any more.
    #[error(
        "the account that the database runs as (user id {account}) can't enter {}: let it through (chmod o+x on the \
         folders above) or choose another --data-dir",
        .data.display()
    )]
    Unreachable {
        /// The database's files.
        data: PathBuf,
        /// The user id.
        account: u32,
    },
    /// As root: a folder for the data that others could have prepared.
    #[error("{} is not a folder that only root can change, so no data goes there; remove it and try again", .0.display())]
    NotOnlyRoots(PathBuf),
    /// As root: no account to give the server to. Postgres refuses to run as root.
    #[error(
        "Postgres does not run as root, and there is neither an account `postgres` nor `nobody` to run it as: \
         start the demo as an ordinary user"
    )]
    NoAccount,
    /// `initdb` failed.
    #[error("initdb could not make the database's files:\n{0}")]
    Initdb(String),
    /// The server ended at once, or was not ready in time.
    #[error("Postgres did not start ({why}). The end of {}:\n{tail}", .log.display())]
    NotStarted {
        /// What was seen.
        why: String,
        /// The server's log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// The server did not end in time.
    #[error("Postgres is still stopping after {0} s")]
    NotStopped(u64),
    /// A file or process could not be used.
    #[error("can't {doing} {}: {source}", .what.display())]
    Io {
        /// The verb.
        doing: &'static str,
        /// The file or program.
        what: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

impl ClusterError {
    pub(super) fn io(doing: &'static str, what: &Path, source: io::Error) -> Self {
        Self::Io { doing, what: what.into(), source }
    }
}

fn numbers(majors: &[u32]) -> String {
    majors.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

fn found_only(too_old: &[u32]) -> String {
    if too_old.is_empty() { String::new() } else { format!(" (only {})", numbers(too_old)) }
}
