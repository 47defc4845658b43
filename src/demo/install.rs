//! `--install`: gets missing Postgres binaries from the system's package manager. A new one: a variant, its program, its
//! package, its steps.
//!
//! What must stay true: nothing is installed unless the person said `--install`; every command is shown before it is run;
//! no server is left running by our doing. Fedora's, openSUSE's, Alpine's, Arch's and Homebrew's packages start nothing by
//! themselves. Debian's makes a cluster on port 5432 and starts it, unless `create_main_cluster` is off when it is
//! configured: we say so in a file of our own beside its settings for just that long, and take it away again.

use std::ffi::OsStr;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How this system installs software.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageManager {
    /// Debian, Ubuntu.
    Apt,
    /// Fedora, Red Hat.
    Dnf,
    /// Alpine.
    Apk,
    /// Arch.
    Pacman,
    /// openSUSE.
    Zypper,
    /// macOS.
    Brew,
}

/// Why nothing was installed. The text says what to do by hand.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// None of the package managers we know.
    #[error("no package manager that is known here was found; {}", by_hand_without_manager())]
    NoPackageManager,
    /// Neither root nor allowed to become it without a password.
    #[error("installing needs root, and `sudo -n` is not allowed here. Run it yourself: {0}")]
    NeedsRoot(String),
    /// Homebrew refuses to run as root.
    #[error("Homebrew does not run as root. As an ordinary user: {0}")]
    NotAsRoot(String),
    /// A command failed.
    #[error("`{command}` failed ({why}). Run it yourself: {by_hand}")]
    Failed {
        /// The command.
        command: String,
        /// Its exit status, or why it could not be run.
        why: String,
        /// What to type instead.
        by_hand: String,
    },
}

/// One command, and what its failure means.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    command: Vec<&'static str>,
    failure: Failure,
}

#[derive(Debug, PartialEq, Eq)]
enum Failure {
    /// Nothing after it makes sense, but for clean-up.
    Stops,
    /// An old list of packages often still does.
    Matters,
    /// Runs whatever happened before.
    CleanUp,
}

/// Where Debian's package looks whether to make a cluster (`pg_createcluster(1)`).
const NO_CLUSTER: &str = "mkdir -p /etc/postgresql-common/createcluster.d && \
    echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/sspr-install.conf";
const NO_CLUSTER_END: &str = "rm -f /etc/postgresql-common/createcluster.d/sspr-install.conf; \
    rmdir /etc/postgresql-common/createcluster.d 2>/dev/null || :";

impl PackageManager {
    const ALL: [Self; 6] = [Self::Apt, Self::Dnf, Self::Apk, Self::Pacman, Self::Zypper, Self::Brew];

    /// The first one on `path` (the form of `PATH`). Homebrew last: on Linux it is a guest.
    pub fn find(path: &OsStr) -> Option<Self> {
        Self::ALL.into_iter().find(|manager| on_path(manager.program(), path).is_some())
    }

    fn program(self) -> &'static str {
        match self {
            Self::Apt => "apt-get",
            Self::Dnf => "dnf",
            Self::Apk => "apk",
            Self::Pacman => "pacman",
            Self::Zypper => "zypper",
            Self::Brew => "brew",
        }
    }

    /// The package that has `initdb` and `postgres`.
    pub fn package(self) -> &'static str {
        match self {
            Self::Apt | Self::Apk | Self::Pacman => "postgresql",
            Self::Dnf | Self::Zypper => "postgresql-server",
            Self::Brew => "postgresql@17",
        }
    }

    /// What a person types.
    pub fn by_hand(self) -> String {
        let package = self.package();
        match self {
            Self::Apt => format!("sudo apt-get install {package}"),
            Self::Dnf => format!("sudo dnf install {package}"),
            Self::Apk => format!("apk add {package}"),
            Self::Pacman => format!("sudo pacman -S {package}"),
            Self::Zypper => format!("sudo zypper install {package}"),
            Self::Brew => format!("brew install {package}"),
        }
    }

    fn steps(self) -> Vec<Step> {
        let stops = |command: &[&'static str]| Step { command: command.into(), failure: Failure::Stops };
        let package = self.package();
        match self {
            Self::Apt => {
                // `env`, because sudo does not hand the environment on.
                const APT: [&str; 6] = [
                    "env",
                    "DEBIAN_FRONTEND=noninteractive",
                    "apt-get",
                    "install",
                    "-y",
                    "--no-install-recommends",
                ];
                vec![
                    Step { command: vec!["apt-get", "update"], failure: Failure::Matters },
                    stops(&[&APT[..], &["postgresql-common"]].concat()),
                    stops(&["sh", "-c", NO_CLUSTER]),
                    stops(&[&APT[..], &[package]].concat()),
                    Step { command: vec!["sh", "-c", NO_CLUSTER_END], failure: Failure::CleanUp },
                ]
            }
            Self::Dnf => vec![stops(&["dnf", "install", "-y", package])],
            Self::Apk => vec![stops(&["apk", "add", package])],
            Self::Pacman => vec![stops(&["pacman", "-Sy", "--noconfirm", "--needed", package])],
            Self::Zypper => vec![stops(&["zypper", "--non-interactive", "install", package])],
            Self::Brew => vec![stops(&["brew", "install", package])],
        }
    }
}

/// Installs Postgres. Blocks for as long as the package manager takes; its output and the commands go to standard error,
/// since standard output is the demo's.
pub fn install_postgres() -> Result<(), InstallError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let manager = PackageManager::find(&path).ok_or(InstallError::NoPackageManager)?;
    let is_root = run_quietly("id", &["-u"]).is_some_and(|output| output.trim() == "0");
    let prefix: &[&'static str] = match (manager, is_root) {
        (PackageManager::Brew, true) => return Err(InstallError::NotAsRoot(manager.by_hand())),
        (PackageManager::Brew, false) | (_, true) => &[],
        (_, false) if run_quietly("sudo", &["-n", "true"]).is_some() => &["sudo", "-n"],
        (_, false) => return Err(InstallError::NeedsRoot(manager.by_hand())),
    };
    run_all(manager.steps(), prefix, &manager.by_hand())
}

/// The first failure that stops is the answer, after the clean-up.
fn run_all(steps: Vec<Step>, prefix: &[&'static str], by_hand: &str) -> Result<(), InstallError> {
    let mut result = Ok(());
    for step in steps {
        if result.is_err() && step.failure != Failure::CleanUp {
            continue;
        }
        let command = [prefix, &step.command].concat();
        let done = run_shown(&command);
        if let Err(why) = done
            && step.failure != Failure::Matters
            && result.is_ok()
        {
            result = Err(InstallError::Failed { command: command.join(" "), why, by_hand: by_hand.into() });
        }
    }
    result
}

fn run_shown(command: &[&str]) -> Result<(), String> {
    eprintln!("+ {}", command.join(" "));
    let errors = io::stderr().as_fd().try_clone_to_owned().map_err(|e| e.to_string())?;
    let status = Command::new(command[0])
        .args(&command[1..])
        .stdin(Stdio::null())
        .stdout(errors)
        .status()
        .map_err(|e| e.to_string())?;
    if status.success() { Ok(()) } else { Err(status.to_string()) }
}

fn run_quietly(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What a person types on this system to get Postgres, for messages.
pub fn by_hand(path: &OsStr) -> String {
    PackageManager::find(path).map_or_else(by_hand_without_manager, PackageManager::by_hand)
}

fn by_hand_without_manager() -> String {
    "install the PostgreSQL server package of your system (Debian: postgresql, Fedora: postgresql-server)"
        .into()
}

/// The first executable file of this name in a list of folders in the form of `PATH`.
pub(super) fn on_path(program: &str, path: &OsStr) -> Option<PathBuf> {
    let executable =
        |file: &Path| file.metadata().is_ok_and(|is| is.is_file() && is.permissions().mode() & 0o111 != 0);
    std::env::split_paths(path).map(|folder| folder.join(program)).find(|file| executable(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with empty programs of these names.
    fn folder_with(programs: &[&str]) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("sspr-install-{}", crate::random::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for program in programs {
            std::fs::write(folder.join(program), "").unwrap();
            std::fs::set_permissions(folder.join(program), std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        folder
    }

    #[test]
    fn every_package_manager_is_found_by_its_program() {
        for manager in PackageManager::ALL {
            let folder = folder_with(&[manager.program()]);
            assert_eq!(PackageManager::find(folder.as_os_str()), Some(manager));
            assert!(by_hand(folder.as_os_str()).contains(manager.package()));
            std::fs::remove_dir_all(folder).unwrap();
        }
    }

    #[test]
    fn the_systems_own_manager_comes_before_homebrew() {
        let folder = folder_with(&["brew", "apt-get"]);
        assert_eq!(PackageManager::find(folder.as_os_str()), Some(PackageManager::Apt));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_that_cannot_be_run_is_no_package_manager() {
        let folder = folder_with(&[]);
        std::fs::write(folder.join("apt-get"), "").unwrap();
        assert_eq!(PackageManager::find(folder.as_os_str()), None);
        assert!(by_hand(folder.as_os_str()).contains("Fedora: postgresql-server"));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn debian_makes_no_cluster_and_the_setting_goes_away_even_when_the_installation_fails() {
        let steps = PackageManager::Apt.steps();
        let position = |part: &str| steps.iter().position(|step| step.command.last().unwrap().contains(part));
        assert!(
            position("create_main_cluster = false")
                < steps.iter().position(|s| s.command.last() == Some(&"postgresql"))
        );
        let last = steps.last().unwrap();
        assert_eq!((last.failure == Failure::CleanUp, last.command[2]), (true, NO_CLUSTER_END));

        let scratch = folder_with(&[]);
        let mark: &'static str = Box::leak(scratch.join("cleaned").display().to_string().into_boxed_str());
        let steps = vec![
            Step { command: vec!["sh", "-c", "exit 3"], failure: Failure::Matters },
            Step { command: vec!["sh", "-c", "exit 4"], failure: Failure::Stops },
            Step { command: vec!["sh", "-c", "exit 5"], failure: Failure::Stops },
            Step { command: vec!["touch", mark], failure: Failure::CleanUp },
        ];
        let error = run_all(steps, &[], "by hand").unwrap_err().to_string();
        assert!(error.contains("exit 4") && error.contains("by hand"), "{error}");
        assert!(Path::new(mark).exists());
        std::fs::remove_dir_all(scratch).unwrap();
    }
}
