//! `ChromeDriver`, once per test process.
//!
//! What must stay true: however the test process ends, also by kill -9, the driver, its browsers and their profiles are
//! gone within a second. So their shell hangs on a pipe from us: as it closes, the shell kills the driver's whole process group.
//! Each browser also hangs on a pipe from the driver (`--remote-debugging-pipe`), else it would outlive a driver that dies alone.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, mpsc};
use std::time::Duration;

const HOW_TO_GET_IT: &str = "run `bash .ci/test`, which installs what the tests need";

// "$0" is the driver, "$1" the folder for everything that it and its browsers write. By `setsid` they are one process group,
// killed outright: a browser that is asked to end still writes its profile, also into a folder that was just removed.
const SHELL: &str = r#"
setsid "$0" --port=0 & driver=$!
read _
kill -s KILL -- "-$driver"; wait "$driver"
for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" && break; sleep 0.1; done
"#;

pub struct Driver {
    /// Where it listens, on loopback.
    pub url: String,
    /// Chromium refuses to sandbox itself when it runs as root.
    pub as_root: bool,
    // Held for the pipe to its standard input: the driver lives as long as this process.
    _shell: Child,
}

/// The driver of this process, started at first use. The cause of a failure is kept, so that each test says it.
pub fn driver() -> &'static Driver {
    static DRIVER: LazyLock<Result<Driver, String>> = LazyLock::new(start);
    match &*DRIVER {
        Ok(driver) => driver,
        Err(cause) => panic!("{cause}: {HOW_TO_GET_IT}"),
    }
}

/// The accessibility rules' script.
pub fn axe_script() -> &'static str {
    static AXE: LazyLock<Result<String, String>> = LazyLock::new(|| {
        let path = target().join("tools/axe-core/axe.min.js");
        std::fs::read_to_string(&path).map_err(|error| format!("axe-core is not installed ({error})"))
    });
    match &*AXE {
        Ok(script) => script,
        Err(cause) => panic!("{cause}: {HOW_TO_GET_IT}"),
    }
}

/// The program's path, if it is installed.
pub fn find_program(name: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .ok_or_else(|| format!("{name} is not installed"))
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target")
}

fn start() -> Result<Driver, String> {
    find_program("chromium")?;
    let program = find_program("chromedriver")?;
    // thirtyfour's HTTP client is built with our TLS stack, which has no default crypto provider. Set already: fine.
    let _ = rustls::crypto::ring::default_provider().install_default();

    let folder = std::env::temp_dir().join(format!("sspr-browser-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let as_root = std::fs::metadata(&folder).is_ok_and(|folder| folder.uid() == 0);
    let mut shell = Command::new("sh")
        .args(["-c", SHELL])
        .arg(program)
        .arg(&folder)
        .env("TMPDIR", &folder)
        .env("HOME", &folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("sh does not start: {error}"))?;
    let output = shell.stdout.take().ok_or("sh has no output")?;

    // The thread reads on to the end: a full pipe would stop the driver.
    let (tell, hear) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                let _ = tell.send(port.trim_end_matches('.').parse::<u16>());
            }
        }
    });
    let Ok(Ok(port)) = hear.recv_timeout(Duration::from_secs(30)) else {
        return Err("chromedriver named no port within 30 s".into());
    };
    Ok(Driver { url: format!("http://127.0.0.1:{port}"), as_root, _shell: shell })
}
