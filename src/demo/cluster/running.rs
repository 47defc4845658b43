//! How a second terminal finds the demo that runs: `demo.json` in the data folder. No secret is in it.

use std::fmt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{ClusterError, server};

/// A demo that runs in another process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningDemo {
    /// Its process id.
    pub process: u32,
    /// The address of its pages, once it serves.
    pub address: Option<String>,
    socket_folder: PathBuf,
}

impl RunningDemo {
    /// Where `database` is reached as `role`, as sqlx reads it.
    pub fn url(&self, database: &str, role: &str) -> String {
        super::url(&self.socket_folder, database, role)
    }
}

impl fmt::Display for RunningDemo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(address) = &self.address {
            write!(f, "{address}, ")?;
        }
        write!(f, "process {}", self.process)
    }
}

/// The demo that runs on `data_dir`, if its database answers. A file left by a crash names a socket that does not.
pub fn running(data_dir: &Path) -> Option<RunningDemo> {
    let demo: RunningDemo = serde_json::from_slice(&std::fs::read(file(data_dir)).ok()?).ok()?;
    UnixStream::connect(server::socket(&demo.socket_folder)).ok()?;
    Some(demo)
}

/// Replaces the file in one step: a reader sees the old one or the new one.
pub(super) fn write(
    data_dir: &Path,
    socket_folder: &Path,
    address: Option<&str>,
) -> Result<(), ClusterError> {
    let demo = RunningDemo {
        process: std::process::id(),
        address: address.map(String::from),
        socket_folder: socket_folder.into(),
    };
    let (file, new) = (file(data_dir), data_dir.join("demo.json.new"));
    serde_json::to_vec(&demo)
        .map_err(std::io::Error::other)
        .and_then(|json| std::fs::write(&new, json))
        .and_then(|()| std::fs::rename(&new, &file))
        .map_err(|e| ClusterError::io("write", &file, e))
}

pub(super) fn remove(data_dir: &Path) {
    let _ = std::fs::remove_file(file(data_dir));
}

fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("demo.json")
}
