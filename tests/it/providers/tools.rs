//! Programs that others wrote, as servers of one test: started on a free port of loopback, killed with the test.

use std::{
    io::Write as _,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// How often, 20 ms apart, it is asked whether a program listens: two minutes, for a machine that has much else to do.
const PATIENCE: u32 = 6_000;

/// A running program with a folder of its own, which holds its output in `log`.
pub struct Tool {
    child: Child,
    folder: Folder,
}

impl Tool {
    /// Starts it and waits until it listens on this port. It ends when this is dropped, and when this process is killed: the shell
    /// between reads from a pipe that nobody writes to.
    pub async fn start(program: &Path, arguments: &[&str], port: u16) -> Self {
        let folder = Folder::new();
        let mut tool = Self { child: spawn(program, arguments, &folder), folder };
        for _ in 0..PATIENCE {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return tool;
            }
            if let Some(status) = tool.child.try_wait().unwrap() {
                panic!("{} ended with {status}: {}", program.display(), tool.log());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{} does not listen on {port}: {}", program.display(), tool.log());
    }

    /// Starts one that listens to nobody.
    pub fn start_client(program: &Path, arguments: &[&str]) -> Self {
        let folder = Folder::new();
        Self { child: spawn(program, arguments, &folder), folder }
    }

    /// All that it said so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.0.join("log")).unwrap()).into_owned()
    }

    /// Waits until it has said this, 20 seconds at most; all that it said.
    pub async fn says(&self, what: &str) -> String {
        for _ in 0..1_000 {
            let log = self.log();
            if log.contains(what) {
                return log;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{what:?} was not said within 20 seconds: {}", self.log());
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn spawn(program: &Path, arguments: &[&str], Folder(folder): &Folder) -> Child {
    assert!(program.exists(), "{} is not there: `bash .ci/test` installs it", program.display());
    let log = std::fs::File::create(folder.join("log")).unwrap();
    // Ends with the program, too: then the wait for a line is cut short by the trap.
    let script = "exec 3<&0; \"$@\" </dev/null 3<&- & tool=$!; \
                  (read -r _ <&3; kill -9 $tool) 2>/dev/null & wait $tool; code=$?; kill $! 2>/dev/null; exit $code";
    Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// A new folder of a test's own; removed with the test.
pub struct Folder(pub PathBuf);

impl Folder {
    /// Makes it.
    pub fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("sspr-tool-{}", sspr::random::id()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Ports that nobody has. Another program could take one before ours does: then ours does not start, and says so.
pub fn free_ports<const N: usize>() -> [u16; N] {
    let taken = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    taken.map(|listener| listener.local_addr().unwrap().port())
}

/// What `.ci/test` installed.
pub fn installed(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools").join(path)
}

/// Runs a script in the Python that has moto, botocore and Twilio's helper; what it printed.
pub fn python(script: &str, arguments: &[&str]) -> String {
    let python = installed("python/bin/python");
    assert!(python.exists(), "{} is not there: `bash .ci/test` installs it", python.display());
    let output = Command::new(python).args(["-c", script]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A document that a provider published, which no registry has: beside the repository, or in `SSPR_TEST_DATA`. `None`: it is not
/// there, which is said so loudly that nobody takes the test for one that held us against it.
pub fn published(path: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("SSPR_TEST_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let file = folder.join(path);
    if file.exists() {
        return Some(file);
    }
    // Past the test harness, which swallows what a passing test prints with the macros.
    let _ = writeln!(
        std::io::stderr(),
        "!!!! NOT HELD AGAINST THE PUBLISHED DOCUMENT: {} is not there.\n\
         !!!! A server written from the provider's published table stands in. SSPR_TEST_DATA names another folder.",
        file.display()
    );
    None
}
