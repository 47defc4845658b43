//! As whom the server runs. Postgres refuses to run as root; everyone else runs it as themselves.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::ClusterError;

/// The account of the server and its tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    /// User id.
    pub user: u32,
    group: u32,
    /// We are root, and give our rights up for every program of Postgres.
    pub dropped: bool,
}

impl Account {
    /// Ourselves; as root: `postgres`, which the distribution's package makes, else `nobody`.
    pub fn of_this_process() -> Result<Self, ClusterError> {
        let own = |e| ClusterError::io("run", Path::new("id"), e);
        let (user, group) = (number("-u", None).map_err(own)?, number("-g", None).map_err(own)?);
        if user != 0 {
            return Ok(Self { user, group, dropped: false });
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| {
                let user = number("-u", Some(name)).ok().filter(|user| *user != 0)?;
                Some(Self { user, group: number("-g", Some(name)).ok()?, dropped: true })
            })
            .ok_or(ClusterError::NoAccount)
    }

    /// The same, for files that already have an owner: only the owner can run a server on them.
    pub fn of_files(self, user: u32, group: u32) -> Self {
        if self.dropped && user != 0 { Self { user, group, ..self } } else { self }
    }

    /// A program of Postgres, under this account.
    ///
    /// In `/`, because a program that can't enter its working directory fails at once. With an environment of its own:
    /// `PGPORT`, `PGDATA` and the like would change what the server does, and our settings (`SSPR_…`) may hold secrets
    /// that are none of its business.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("LC_ALL", "C").current_dir("/").stdin(Stdio::null());
        for name in ["PATH", "LD_LIBRARY_PATH", "TMPDIR", "TZ"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if self.dropped {
            command.uid(self.user).gid(self.group); // std also gives up root's other groups
        }
        command
    }

    /// Whether a program under this account gets into `folder`. Tried rather than computed: access lists, mounts and
    /// security modules have a say too.
    pub fn can_enter(&self, folder: &Path) -> bool {
        self.succeeds(r#"cd -- "$1""#, folder)
    }

    /// Whether such a program may make files in `folder`.
    pub fn can_make_files_in(&self, folder: &Path) -> bool {
        self.succeeds(r#"cd -- "$1" && test -w ."#, folder)
    }

    fn succeeds(&self, script: &str, folder: &Path) -> bool {
        self.command(Path::new("/bin/sh"))
            .args(["-c", script, "sh"])
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Gives `path` to this account.
    pub fn own(&self, path: &Path) -> Result<(), ClusterError> {
        if !self.dropped {
            return Ok(());
        }
        std::os::unix::fs::chown(path, Some(self.user), Some(self.group))
            .map_err(|e| ClusterError::io("hand over", path, e))
    }
}

/// Asks `id`, which knows the system's directory of accounts (files, LDAP, macOS's own) as no file does.
fn number(what: &str, name: Option<&str>) -> io::Result<u32> {
    let output = Command::new("id").arg(what).args(name).stderr(Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    // macOS shows nobody as -2.
    let number: i64 = text.trim().parse().map_err(io::Error::other)?;
    u32::try_from(number).or_else(|_| i32::try_from(number).map(i32::cast_unsigned)).map_err(io::Error::other)
}
