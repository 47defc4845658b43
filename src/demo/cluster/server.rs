//! Makes the database's files, runs the server on them, and ends it with us.
//!
//! The server hangs on a pipe: a small shell script starts it and waits for the end of its own standard input, of which
//! only this process holds the writing end (std opens it close-on-exec, so no other child of ours keeps it). However
//! we end, the kernel closes that end, the script reads "end of file", and tells the server to stop. No signal handler,
//! no unsafe code, no orphan.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::binaries::Binaries;
use super::place::{self, Place};
use super::{ClusterError, SUPERUSER};

/// Only part of the socket's name: no TCP port is opened.
pub(super) const PORT: u16 = 5432;

const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(30);
/// A server whose process was killed ends within a second, after its checkpoint.
const FORMER_LIMIT: Duration = Duration::from_secs(15);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Arguments: the socket's folder, then the server's command line.
///
/// - The socket's folder is made and removed here, so that no moment of our end leaves it behind.
/// - Standard input goes to descriptor 3, since a shell gives its background processes an empty one; the server must
///   not hold it.
/// - The signal is repeated: a background process of a shell ignores interrupts until the server has set its own
///   handlers, so the first could be lost in the first milliseconds.
/// - The reader goes on when the outer shell is killed, and the outer shell ends with the server when that ends alone.
const WATCH: &str = r#"
exec 3<&0 </dev/null
folder=$1; shift
mkdir -m 700 "$folder" || exit
"$@" 3<&- &
server=$!
{ read -r _ <&3; while kill -INT "$server"; do sleep 1; done; } 2>/dev/null &
reader=$!
exec 3<&-
wait "$server"; code=$?
kill "$reader" 2>/dev/null
rm -f "$folder"/.s.PGSQL.* && rmdir "$folder" 2>/dev/null
exit "$code"
"#;

/// The running server.
#[derive(Debug)]
pub(super) struct Server {
    watch: Child,
}

impl Server {
    /// Starts it and waits until it answers.
    pub fn start(
        binaries: &Binaries,
        place: &Place,
        socket_folder: &Path,
        durable: bool,
        log: &Path,
    ) -> Result<Self, ClusterError> {
        let output = open_log(log)?;
        let errors = output.try_clone().map_err(|e| ClusterError::io("open", log, e))?;
        let mut command = place.account.command(Path::new("/bin/sh"));
        command.args(["-c", WATCH, "sh"]).arg(socket_folder).arg(binaries.postgres());
        command.arg("-D").arg(&place.data).arg("-k").arg(socket_folder);
        command.args(options(durable).iter().flat_map(|option| ["-c", option]));
        let watch = command
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors)
            .process_group(0) // Ctrl-C in the terminal is for us: we still need the database while we finish
            .spawn()
            .map_err(|e| ClusterError::io("run", Path::new("/bin/sh"), e))?;
        let mut server = Self { watch };
        server.wait_until_ready(&place.data, socket_folder).map_err(|why| {
            let _ = server.stop();
            ClusterError::NotStarted { why, log: log.into(), tail: tail(log) }
        })?;
        Ok(server)
    }

    /// Ready is what the server itself writes into its pid file (as `pg_ctl` reads it), and a socket that answers.
    fn wait_until_ready(&mut self, data: &Path, socket_folder: &Path) -> Result<(), String> {
        let limit = Instant::now() + START_LIMIT;
        loop {
            let says_ready = pid_file(data).is_some_and(|file| file.status == "ready");
            if says_ready && UnixStream::connect(socket(socket_folder)).is_ok() {
                return Ok(());
            }
            if let Ok(Some(status)) = self.watch.try_wait() {
                return Err(format!("it ended at once, {status}"));
            }
            if Instant::now() > limit {
                return Err(format!("not ready after {} s", START_LIMIT.as_secs()));
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// Stops it in order and waits for its end. Nothing happens the second time.
    pub fn stop(&mut self) -> Result<(), ClusterError> {
        drop(self.watch.stdin.take());
        let limit = Instant::now() + STOP_LIMIT;
        while let Ok(None) = self.watch.try_wait() {
            if Instant::now() > limit {
                return Err(ClusterError::NotStopped(STOP_LIMIT.as_secs()));
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }
}

/// Makes fresh files. They get their name when they are complete, so that an interrupted first start leaves nothing that
/// looks like a database.
pub(super) fn make_data(binaries: &Binaries, place: &Place, durable: bool) -> Result<(), ClusterError> {
    let new = place.data.with_extension("new");
    place::remove_folder(&new)?;
    place::make_private(&new, &place.account)?;
    let mut command = place.account.command(&binaries.initdb());
    command.args(["-A", "trust", "-U", SUPERUSER, "-E", "UTF8", "--locale=C", "-D"]).arg(&new);
    if !durable {
        command.arg("--no-sync");
    }
    let output = command.output().map_err(|e| ClusterError::io("run", &binaries.initdb(), e))?;
    if !output.status.success() {
        let _ = place::remove_folder(&new);
        return Err(ClusterError::Initdb(String::from_utf8_lossy(&output.stderr).trim().into()));
    }
    place::remove_folder(&place.data)?; // no PG_VERSION in it, or we would not be here
    std::fs::rename(&new, &place.data).map_err(|e| ClusterError::io("make", &place.data, e))
}

/// The caller holds the lock, so a server on these files can only be one that is stopping because its process was
/// killed: wait for it. A pid file without one is what a power cut leaves. Postgres itself would refuse to start if the
/// number in it has since gone to any other process of the same account, as it easily does in a container, so we look
/// at who that is.
pub(super) fn wait_for_the_former_one(data: &Path) -> Result<(), ClusterError> {
    let limit = Instant::now() + FORMER_LIMIT;
    while let Some(PidFile { process, .. }) = pid_file(data) {
        if !is_server_of(process, data) {
            let path = data.join("postmaster.pid");
            std::fs::remove_file(&path).or_else(|e| match e.kind() {
                std::io::ErrorKind::NotFound => Ok(()),
                _ => Err(ClusterError::io("remove", &path, e)),
            })?;
        } else if Instant::now() > limit {
            return Err(ClusterError::FormerServer { data: data.into(), process });
        } else {
            std::thread::sleep(LOOK_AGAIN);
        }
    }
    Ok(())
}

/// Whether the process was started with `-D data`: from `/proc`, else (macOS) from `ps`.
fn is_server_of(process: u32, data: &Path) -> bool {
    let folder = data.as_os_str().as_encoded_bytes();
    let words = if Path::new("/proc/self/cmdline").exists() {
        std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default()
    } else {
        let ps = Command::new("ps").args(["-ww", "-o", "args=", "-p", &process.to_string()]).output();
        ps.map(|output| output.stdout).unwrap_or_default()
    };
    words.windows(folder.len()).any(|part| part == folder)
}

/// What `postmaster.pid` says: the process on its first line, the status on its eighth.
struct PidFile {
    process: u32,
    status: String,
}

/// Without a readable number there is nothing to wait for, and Postgres says itself what is wrong.
fn pid_file(data: &Path) -> Option<PidFile> {
    let text = std::fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let process = text.lines().next()?.trim().parse().ok()?;
    Some(PidFile { process, status: text.lines().nth(7).unwrap_or_default().trim().into() })
}

fn options(durable: bool) -> Vec<&'static str> {
    let mut options =
        vec!["listen_addresses=", "port=5432", "unix_socket_permissions=0700", "logging_collector=off"];
    if !durable {
        options.extend([
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "max_connections=200",
        ]);
    }
    options
}

/// The name that Postgres and its clients give the socket.
pub(super) fn socket(folder: &Path) -> PathBuf {
    folder.join(format!(".s.PGSQL.{PORT}"))
}

/// One start, one log: begun afresh, and ours alone, since statements that fail are in it.
fn open_log(log: &Path) -> Result<File, ClusterError> {
    let _ = std::fs::remove_file(log);
    File::options()
        .create_new(true)
        .append(true)
        .mode(0o600)
        .open(log)
        .map_err(|e| ClusterError::io("write", log, e))
}

/// The last 2,000 bytes.
fn tail(log: &Path) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(2_000)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned()).unwrap_or_default()
}
