//! The operator's file and variables. Trusted, but a slip must be told with its place and never by a panic.

use std::{fs, path::PathBuf, sync::OnceLock};

use sspr::config::{Config, Mode, Origin, Sources};

use super::{is_one_line, texts};

/// Everything wrong is told on one line with its place; what is right is shown with every secret redacted.
pub fn config(data: &[u8]) {
    let [file, variables, listen] = texts(data);
    let path = path();
    fs::write(path, file).expect("a file of our own");
    let environment = variables.lines().filter_map(|line| line.split_once('='));
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    // No file that the fuzzer names is opened: the paths that a variable could give are left out.
    let environment: Vec<_> = environment.filter(|(name, _)| name.contains("__")).collect();
    // One of the three for each input: a load takes milliseconds.
    let mode = [Mode::Serve, Mode::Demo, Mode::Shell][data.len() % 3];
    let sources = Sources::new(mode, environment)
        .file(Some(path.clone()))
        .listen((!listen.is_empty()).then(|| listen.to_owned()));
    match Config::load(sources) {
        Ok(config) => {
            let (shown, debug) = (config.show(), format!("{config:?}"));
            for secret in secrets_of(file).filter(|secret| secret.len() >= 16) {
                assert!(!shown.contains(secret) && !debug.contains(secret), "a secret is shown");
            }
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                assert!(is_one_line(&problem.to_string()), "{problem}");
                if let Some(Origin::File(_, line)) = problem.origin {
                    assert!(line <= file.split('\n').count(), "{line}");
                }
            }
        }
    }
}

/// The values of keys that are secrets, where the file gives them plainly and once.
fn secrets_of(file: &str) -> impl Iterator<Item = &str> {
    file.lines().filter_map(|line| {
        let (key, value) = line.split_once(" = ")?;
        let secret = ["password", "auth_token", "signature_secret", "api_secret"].contains(&key);
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        (secret && value.bytes().all(|b| b.is_ascii_alphanumeric()) && file.matches(value).count() == 1)
            .then_some(value)
    })
}

/// In memory where there is such a place, and one for each process.
fn path() -> &'static PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| super::texts::place(&format!("sspr-fuzz-{}.toml", std::process::id())))
}
