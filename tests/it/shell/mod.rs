//! What an operator types: the real program, in processes of its own, against real databases.

mod cmdlets;
mod company;
mod demo;
mod doctor;
mod import;
mod incidents;
mod manual;
mod operator;
mod outbox;
mod passwords;
mod readiness;
mod received;
mod send_test;
mod serve;
mod set_password;
mod switch;
mod users;

use std::{
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use tokio::{io::AsyncWriteExt as _, process::Command};

use crate::support::app::{KEY, World};

/// A folder that goes away with the test; also the working directory, so that no `.data` of anybody's is found.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("sspr-shell-{}", sspr::random::id()));
        std::fs::DirBuilder::new().mode(0o711).create(&folder).unwrap();
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file of this name; its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a command said, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Heard {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Heard {
    /// Standard output as JSON, of a command that was done.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails unless it was refused with this code and a reason that holds these words, and nothing on standard output.
    #[track_caller]
    pub fn refused(&self, code: i32, words: &str) {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{self:?}");
        assert!(self.err.contains(words), "{words:?} is not in {self:?}");
    }
}

/// A shell: a working directory and variables, and none of the test's own.
pub struct Shell {
    pub folder: Folder,
    variables: Vec<(String, String)>,
}

/// What a defence that is taken out in the database is named by (`tests/security/mutate`): a program that is started goes without it, too.
fn of_the_database() -> Option<(&'static str, std::ffi::OsString)> {
    std::env::var_os("PGOPTIONS").map(|options| ("PGOPTIONS", options))
}

impl Shell {
    /// A shell without any configuration.
    pub fn bare() -> Self {
        let path = std::env::var("PATH").unwrap();
        Self { folder: Folder::new(), variables: vec![("PATH".into(), path), ("USER".into(), "ann".into())] }
    }

    /// The shell of an operator of this world, whose links begin with `url`.
    pub fn of(world: &World, url: &str) -> Self {
        let mut shell = Self::bare();
        let key = shell.folder.file("key", &STANDARD.encode(KEY));
        shell.set("SSPR_DATABASE__URL", &world.database.url());
        shell.set("SSPR_KEYS__CURRENT_FILE", &key);
        shell.set("SSPR_SERVER__PUBLIC_URL", url);
        shell
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.unset(name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub fn unset(&mut self, name: &str) {
        self.variables.retain(|(known, _)| known != name);
    }

    /// The program with these arguments, not started. It dies with the test.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sspr"));
        command.args(arguments).env_clear().envs(of_the_database()).envs(self.variables.iter().cloned());
        command.current_dir(self.folder.path()).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Types a line into a real bash, as a person would, with the program under its name.
    pub async fn bash(&self, line: &str) -> Heard {
        let program = Path::new(env!("CARGO_BIN_EXE_sspr")).parent().unwrap().display();
        let path = format!("{program}:{}", std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command.args(["-c", line]).env_clear().envs(self.variables.iter().cloned()).env("PATH", path);
        command.current_dir(self.folder.path()).kill_on_drop(true).stdin(Stdio::null());
        heard(command.output().await.unwrap())
    }

    /// Types a line into a terminal of its own (`script`), and this answer to whatever it asks. Both streams are one there.
    pub async fn at_a_terminal(&self, line: &str, answer: &str) -> Heard {
        let typed = format!("'{}' {line}", env!("CARGO_BIN_EXE_sspr"));
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--command", &typed, "/dev/null"]);
        command
            .env_clear()
            .envs(self.variables.iter().cloned())
            .current_dir(self.folder.path())
            .kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let _ = stdin.write_all(answer.as_bytes()).await;
        let ended = tokio::time::timeout(Duration::from_mins(1), child.wait_with_output()).await;
        drop(stdin);
        heard(ended.unwrap_or_else(|_| panic!("{line} does not end")).unwrap())
    }

    /// Types words, separated by spaces.
    pub async fn types(&self, line: &str) -> Heard {
        self.runs(&line.split(' ').collect::<Vec<_>>(), "").await
    }

    /// Runs the program with this on its standard input, to its end.
    pub async fn runs(&self, arguments: &[&str], input: &str) -> Heard {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // Who reads nothing may be gone before it is written.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let ended = tokio::time::timeout(Duration::from_mins(1), child.wait_with_output()).await;
        heard(ended.unwrap_or_else(|_| panic!("{arguments:?} does not end")).unwrap())
    }
}

fn heard(output: Output) -> Heard {
    Heard {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
