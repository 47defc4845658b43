//! A private Postgres server, made of the installed binaries, that lives exactly as long as this process.
//!
//! What must stay true:
//! - It listens on a Unix socket in a folder of mode 0700 and on nothing else. Authentication is `trust`: that folder
//!   is the wall, so no second account of the machine gets in and no port can clash.
//! - It ends when we end, **also by `kill -9`**: it hangs on a pipe that the kernel closes for us ([`server`]).
//! - One process a data folder, by a kernel lock that cannot be left behind by a crash.
//! - Data is kept between runs.
//!
//! The parts: `binaries` finds Postgres, `account` says as whom it runs, `place` where its files are, `server` makes
//! and runs it, `running` lets a second terminal find it.

mod account;
mod binaries;
mod error;
mod place;
mod running;
mod server;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use account::Account;
use place::Place;
use server::Server;

pub use binaries::OLDEST_MAJOR;
pub use error::ClusterError;
pub use running::{RunningDemo, running};

/// The superuser of the cluster. Who owns the schema and who serves are other roles, made by the caller.
pub const SUPERUSER: &str = "sspr_cluster";

/// What a cluster is started from.
#[derive(Debug, Clone)]
pub struct ClusterSettings {
    /// The folder that is ours, made if it is missing (`.data`).
    pub data_dir: PathBuf,
    /// `true`: as safe as Postgres is. `false`: for tests; a power cut loses the data, which is the point: nothing waits
    /// for the disk. It also allows 200 connections instead of 100.
    pub durable: bool,
    /// The folder of `initdb` and `postgres` (`SSPR_PG_BIN`); `None` looks in the usual places.
    pub binaries: Option<PathBuf>,
}

/// A running server. Dropping it stops the server, and so does any end of this process.
#[derive(Debug)]
pub struct Cluster {
    data_dir: PathBuf,
    place: Place,
    socket_folder: PathBuf,
    server: Server,
    /// Held for as long as the cluster lives; the kernel gives it back however we end. Last: fields drop in order.
    _lock: File,
}

impl Cluster {
    /// Starts the server, the first time on fresh data. Blocks: about 1 s on fresh data, 0.1 s later, 30 s at most
    /// (from async code: `tokio::task::spawn_blocking`).
    pub fn start(settings: &ClusterSettings) -> Result<Self, ClusterError> {
        let account = Account::of_this_process()?;
        let data_dir = place::make_data_dir(&settings.data_dir, &account)?;
        let lock = lock(&data_dir)?;
        let place = place::choose(&data_dir, account)?;
        server::wait_for_the_former_one(&place.data)?;

        let made_by = place.version()?;
        let binaries = binaries::choose(settings.binaries.as_deref(), &place, made_by)?;
        if made_by.is_none() {
            server::make_data(&binaries, &place, settings.durable)?;
        }
        let socket_folder = place::socket_folder(&place.account);
        let server = Server::start(
            &binaries,
            &place,
            &socket_folder,
            settings.durable,
            &data_dir.join("postgres.log"),
        )?;
        running::write(&data_dir, &socket_folder, None)?;
        Ok(Self { data_dir, place, socket_folder, server, _lock: lock })
    }

    /// Where `database` is reached as `role`, as sqlx reads it. Both are plain identifiers of ours.
    pub fn url(&self, database: &str, role: &str) -> String {
        url(&self.socket_folder, database, role)
    }

    /// Writes down the address at which this demo serves, for whoever starts a second one.
    pub fn announce(&self, address: &str) -> Result<(), ClusterError> {
        running::write(&self.data_dir, &self.socket_folder, Some(address))
    }

    /// Set when the database's files could not be below the data folder (started as root below a folder that the
    /// database's account can't enter): where they are instead. Worth a line to the person.
    pub fn data_elsewhere(&self) -> Option<&Path> {
        self.place.elsewhere.then_some(self.place.data.as_path())
    }

    /// The server's own log.
    pub fn log_file(&self) -> PathBuf {
        self.data_dir.join("postgres.log")
    }

    /// Stops the server in order (no recovery at the next start) and waits for its end, 30 s at most. Blocks.
    pub fn stop(mut self) -> Result<(), ClusterError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), ClusterError> {
        running::remove(&self.data_dir);
        self.server.stop()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::warn!(%error, "the private Postgres did not stop in time");
        }
    }
}

/// Port and `sslmode` are spelled out because sqlx takes `PGPORT` and `PGSSLMODE` from the environment otherwise.
fn url(socket_folder: &Path, database: &str, role: &str) -> String {
    format!(
        "postgres://{role}@localhost:{}/{database}?host={}&sslmode=disable",
        server::PORT,
        socket_folder.display()
    )
}

/// One process a data folder. A lock file that merely exists would outlive a crash; a kernel lock does not.
fn lock(data_dir: &Path) -> Result<File, ClusterError> {
    let path = data_dir.join("lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|e| place::not_ours_or(data_dir, ClusterError::io("open", &path, e)))?;
    let begin = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            // A process that is just being started has a copy of every open file for a moment, also of a lock that was given back.
            Err(TryLockError::WouldBlock) if begin.elapsed() < LOCK_PATIENCE => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => {
                let at = running(data_dir).map(|demo| demo.to_string());
                return Err(ClusterError::AlreadyRunning { data_dir: data_dir.into(), at });
            }
            Err(TryLockError::Error(e)) => return Err(ClusterError::io("lock", &path, e)),
        }
    }
}

/// How long a lock that should be free is waited for.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);
