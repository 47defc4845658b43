//! Finds the installed `initdb` and `postgres`. A new distribution: one line in `VERSIONED`.
//!
//! Order: the folder the caller names and nothing else; `pg_config --bindir`; `initdb` on the PATH (followed to the
//! real folder, since distributions put links there); the distributions' versioned folders, newest first.
//! Of these, the first whose version fits the data.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ClusterError;
use super::account::Account;
use super::place::Place;
use crate::demo::install;

/// The oldest PostgreSQL that the product's SQL is written for.
pub const OLDEST_MAJOR: u32 = 15;

/// Parent folder, beginning of the name, what follows the version's folder.
const VERSIONED: [(&str, &str, &str); 8] = [
    ("/usr/lib/postgresql", "", "bin"), // Debian, Ubuntu
    ("/usr", "pgsql-", "bin"),          // PostgreSQL's own packages for Fedora and Red Hat
    ("/usr/lib", "postgresql", "bin"),  // openSUSE
    ("/usr/libexec", "postgresql", ""), // Alpine
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// A folder with `initdb` and `postgres` that the account can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    folder: PathBuf,
    major: u32,
}

impl Binaries {
    pub fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    pub fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    fn in_folder(folder: &Path, account: &Account) -> Option<Self> {
        if !folder.join("initdb").is_file() {
            return None; // `pg_config` comes with the client library too
        }
        let output = account.command(&folder.join("postgres")).arg("--version").output().ok()?;
        let major = major(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { folder: folder.into(), major })
    }
}

/// The binaries for data made by version `made_by`, or for fresh data.
pub(super) fn choose(
    wanted: Option<&Path>,
    place: &Place,
    made_by: Option<u32>,
) -> Result<Binaries, ClusterError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = wanted.map_or_else(|| folders(&path), |folder| vec![folder.into()]);
    let found: Vec<Binaries> =
        folders.iter().filter_map(|folder| Binaries::in_folder(folder, &place.account)).collect();
    pick(&found, made_by, &place.data).map_err(|error| match (error, wanted) {
        (ClusterError::NoPostgres { .. }, Some(folder)) => ClusterError::NotBinaries(folder.into()),
        (error, _) => error,
    })
}

fn pick(found: &[Binaries], made_by: Option<u32>, data: &Path) -> Result<Binaries, ClusterError> {
    let usable: Vec<&Binaries> = found.iter().filter(|b| b.major >= OLDEST_MAJOR).collect();
    if usable.is_empty() {
        let too_old = found.iter().map(|b| b.major).collect();
        let path = std::env::var_os("PATH").unwrap_or_default();
        return Err(ClusterError::NoPostgres { too_old, by_hand: install::by_hand(&path) });
    }
    let fits = |b: &&&Binaries| made_by.is_none_or(|made_by| made_by == b.major);
    usable.iter().find(fits).map(|b| (**b).clone()).ok_or_else(|| {
        let mut installed: Vec<u32> = usable.iter().map(|b| b.major).collect();
        installed.dedup();
        ClusterError::OtherVersion { data: data.into(), made_by: made_by.unwrap_or_default(), installed }
    })
}

/// Every folder worth a look, best first.
fn folders(path: &OsStr) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    folders.extend(install::on_path("pg_config", path).and_then(|program| bindir(&program)));
    if let Some(initdb) = install::on_path("initdb", path) {
        folders.extend(initdb.canonicalize().ok().and_then(|real| real.parent().map(Path::to_path_buf)));
        folders.extend(initdb.parent().map(Path::to_path_buf));
    }
    let mut versioned: Vec<(u32, PathBuf)> = VERSIONED
        .iter()
        .flat_map(|(parent, prefix, tail)| {
            let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
            entries.filter_map(move |entry| {
                let version = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
                Some((version, entry.path().join(tail)))
            })
        })
        .collect();
    versioned.sort_by(|a, b| b.cmp(a));
    folders.extend(versioned.into_iter().map(|(_, folder)| folder));
    let mut seen = std::collections::HashSet::new();
    folders.retain(|folder| seen.insert(folder.clone()));
    folders
}

fn bindir(pg_config: &Path) -> Option<PathBuf> {
    let output = Command::new(pg_config).arg("--bindir").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (!text.trim().is_empty()).then(|| text.trim().into())
}

/// `postgres (PostgreSQL) 15.18 (Debian …)`, `17beta1` → 15, 17.
fn major(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL) ")?.1;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn binaries(major: u32) -> Binaries {
        Binaries { folder: format!("/usr/lib/postgresql/{major}/bin").into(), major }
    }

    #[test]
    fn the_version_line_of_every_distribution_is_understood() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 17beta1"), Some(17));
        assert_eq!(major("postgres: command not found"), None);
    }

    #[test]
    fn kept_data_takes_the_version_that_made_it_even_when_a_newer_one_is_installed() {
        let found = [binaries(17), binaries(15)];
        assert_eq!(pick(&found, Some(15), Path::new("data")).unwrap().major, 15);
        assert_eq!(pick(&found, None, Path::new("data")).unwrap().major, 17);
    }

    #[test]
    fn data_of_a_version_that_is_gone_says_what_to_do() {
        let error = pick(&[binaries(17)], Some(15), Path::new("data")).unwrap_err().to_string();
        assert!(error.contains("made by PostgreSQL 15, but only 17 is installed"), "{error}");
        assert!(error.contains("Install PostgreSQL 15"), "{error}");
    }

    #[test]
    fn nothing_installed_or_only_something_too_old_names_the_option_that_installs() {
        let none = pick(&[], None, Path::new("data")).unwrap_err().to_string();
        assert!(none.contains("--install"), "{none}");
        let old = pick(&[binaries(13)], None, Path::new("data")).unwrap_err().to_string();
        assert!(old.contains("(only 13)"), "{old}");
    }

    #[test]
    fn links_and_wrappers_on_the_path_lead_to_a_usable_folder() {
        let scratch = std::env::temp_dir().join(format!("sspr-binaries-{}", crate::random::id()));
        let (real, bin) = (scratch.join("real"), scratch.join("bin"));
        for folder in [&real, &bin] {
            std::fs::create_dir_all(folder).unwrap();
        }
        for name in ["initdb", "postgres"] {
            let program = real.join(name);
            std::fs::write(&program, "#!/bin/sh\necho 'postgres (PostgreSQL) 16.1'\n").unwrap();
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        symlink(real.join("initdb"), bin.join("initdb")).unwrap();

        let through_link = folders(bin.as_os_str());
        assert_eq!(through_link[0], real.canonicalize().unwrap());
        let through_wrapper = folders(real.as_os_str());
        assert_eq!(through_wrapper[0], real.canonicalize().unwrap());
        let account = Account::of_this_process().unwrap();
        assert_eq!(Binaries::in_folder(&through_link[0], &account).unwrap().major, 16);
        std::fs::remove_dir_all(scratch).unwrap();
    }
}
