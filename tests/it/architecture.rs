//! Imports point down only (see `src/lib.rs`): one crate gets the walls that others buy with thirty.
//!
//! Reads every path that starts with `crate::` under `src`, in `use` lines and in the code. To add a module: put its
//! name into the row of `HOUSE` where it belongs. Modules of one row know nothing of each other, but for `BESIDE`.

use std::collections::BTreeSet;
use std::path::Path;

/// From the top of the house down. `main` and `lib` are the roof: they may import anything.
const HOUSE: &[&[&str]] = &[
    &["main", "lib"],
    &["cli", "server", "demo"],
    &["wizard", "portal", "hooks"],
    &["admin", "web"],
    &["app"],
    &["telemetry"],
    &["outbox", "sealer", "config"],
    &["store", "senders", "captcha", "directory"],
    &["clock", "random", "language", "visible", "csv", "metrics"],
    &["domain"],
];

/// Imports within a row: who, of whom. The command line starts the server and the demo, the demo's page is one of its routes,
/// and one of the directories is our own table.
const BESIDE: &[(&str, &str)] =
    &[("cli", "server"), ("cli", "demo"), ("demo", "server"), ("server", "demo"), ("directory", "store")];

/// What does IO or waits: not for the pure rules.
const NOT_FOR_DOMAIN: &[&str] = &["tokio", "sqlx", "axum", "reqwest", "lettre", "async"];

#[test]
fn every_import_points_down() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut read = 0;
    let mut faults = Vec::new();
    for (file, source) in rust_files(&sources) {
        read += 1;
        faults.extend(faults_of(&file, &source));
    }
    assert!(read > 3, "only {read} files were found");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn an_upward_import_is_found_however_it_is_written() {
    for planted in [
        "use crate::wizard::gate;",
        "pub use crate::wizard;",
        "use crate::{clock, store::attempts, wizard::{self, gate}};",
        "use crate::{\n    clock,\n    wizard as pages,\n};",
        "fn f() { crate::wizard::gate::open() }",
        "fn f(g: &crate::wizard::Gate) {}",
        "use super::super::wizard::gate;",
        "fn f() -> char { '\"' } use crate::wizard; fn g() -> char { '\"' }",
        "fn f<'a>() -> &'a str { r#\"a \"quoted\" word\"# } use crate::wizard;",
    ] {
        assert_eq!(
            faults_of("outbox/mod.rs", planted),
            ["outbox/mod.rs: `outbox` must not import `wizard`, which is above it"]
        );
        assert_eq!(faults_of("cli.rs", planted), [""; 0], "{planted}");
    }
}

#[test]
fn a_neighbour_is_imported_only_where_the_table_says_so() {
    let planted = "use crate::store::users;";
    assert_eq!(
        faults_of("senders/mail.rs", planted),
        ["senders/mail.rs: `senders` must not import `store`, its neighbour"]
    );
    assert_eq!(faults_of("store/mod.rs", planted), [""; 0]);
    assert_eq!(faults_of("cli/mod.rs", "use crate::demo::Demo;"), [""; 0]);
    assert_eq!(faults_of("server.rs", "use crate::cli::Cli;").len(), 1);
}

#[test]
fn the_pure_rules_import_nothing_that_waits() {
    assert_eq!(
        faults_of("domain/user.rs", "use sqlx::PgPool;"),
        ["domain/user.rs: `domain` must not use `sqlx`"]
    );
    assert_eq!(faults_of("domain/user.rs", "async fn f() { tokio::time::sleep(d).await }").len(), 2);
    assert_eq!(faults_of("domain/user.rs", "use crate::clock::now;").len(), 1);
    assert_eq!(
        faults_of("domain/user.rs", "use super::company::tokio_like;\nuse crate::domain::company;"),
        [""; 0]
    );
    assert_eq!(faults_of("store/users.rs", "use sqlx::PgPool;"), [""; 0]);
}

#[test]
fn words_in_comments_and_strings_are_no_imports() {
    let source = "//! See crate::wizard.\n/* use crate::wizard; */ fn f() -> &'static str { \"crate::wizard\" } // crate::wizard";
    assert_eq!(faults_of("store/mod.rs", source), [""; 0]);
}

#[test]
fn a_module_without_a_place_in_the_house_is_named() {
    assert_eq!(
        faults_of("attic/mod.rs", ""),
        ["attic/mod.rs: `attic` has no row in HOUSE (tests/it/architecture.rs)"]
    );
}

#[test]
fn no_log_line_has_a_second_message() {
    // A line in JSON would have the key twice: which one its reader takes nobody knows.
    let second = |code: &str| {
        let calls = code
            .split("tracing::")
            .skip(1)
            .filter_map(|call| call.split_once("!("))
            .filter(|(level, _)| level.chars().all(is_name));
        calls.map(|(_, fields)| fields.split(';').next().unwrap_or(fields).to_owned()).find(|fields| {
            fields.split(',').any(|field| {
                let name = field.split('=').next().unwrap_or(field).trim();
                matches!(name, "message" | "%message" | "?message")
            })
        })
    };
    assert!(second(&code_of("tracing::info!(message = %id, \"x\");")).is_some());
    assert!(second(&code_of("tracing::info!(%message, \"x\");")).is_some());
    assert!(second(&code_of("tracing::info!(id = %message, \"x\"); let a = (message, b);")).is_none());
    for (file, source) in rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        assert_eq!(second(&code_of(&source)), None, "{file}");
    }
}

/// What is wrong with the imports of this file (its path below `src`).
fn faults_of(file: &str, source: &str) -> Vec<String> {
    let module = file.split('/').next().unwrap_or(file).trim_end_matches(".rs");
    let Some(row) = row_of(module) else {
        return vec![format!("{file}: `{module}` has no row in HOUSE (tests/it/architecture.rs)")];
    };
    let code = code_of(source);
    let mut faults = Vec::new();
    for import in imports(&code) {
        // Not a module with a row: an item of the crate's root, or a module that is named by its own file.
        let Some(its_row) = row_of(import) else { continue };
        if import == module || its_row > row || BESIDE.contains(&(module, import)) {
            continue;
        }
        let where_it_is = if its_row == row { "its neighbour" } else { "which is above it" };
        faults.push(format!("{file}: `{module}` must not import `{import}`, {where_it_is}"));
    }
    if module == "domain" {
        let words: BTreeSet<&str> = code.split(|c: char| !is_name(c)).collect();
        let used = NOT_FOR_DOMAIN.iter().filter(|name| words.contains(**name));
        faults.extend(used.map(|name| format!("{file}: `domain` must not use `{name}`")));
    }
    faults
}

fn row_of(module: &str) -> Option<usize> {
    HOUSE.iter().position(|row| row.contains(&module))
}

/// The first names of all paths from the crate's root: `a` of `crate::a::b`, `a` and `b` of `crate::{a, b::c}`.
fn imports(code: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    // `super::super::a` can lead there as well.
    for root in ["crate", "super::super"] {
        for (at, _) in code.match_indices(root) {
            let inside_a_name = code[..at].ends_with(is_name);
            let Some(path) = code[at + root.len()..].trim_start().strip_prefix("::") else { continue };
            if inside_a_name {
                continue;
            }
            match path.trim_start().strip_prefix('{') {
                Some(group) => found.extend(heads_of_group(group)),
                None => found.extend(first_name(path)),
            }
        }
    }
    found
}

/// The first name of each part of `a, b::{c, d}, e}…`.
fn heads_of_group(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut heads: Vec<_> = first_name(group).into_iter().collect();
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.extend(first_name(&group[at + 1..])),
            _ => {}
        }
    }
    heads
}

fn first_name(path: &str) -> Option<&str> {
    path.trim_start().split(|c: char| !is_name(c)).next().filter(|name| !name.is_empty())
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The source without its comments, strings and characters.
fn code_of(source: &str) -> String {
    let mut code = String::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("r\"") || rest.starts_with("r#") && !code.ends_with(is_name) {
            length_of_raw_string(rest)
        } else if c == '"' {
            length_to_quote(rest, '"')
        } else if rest.starts_with("'\\") || rest.chars().nth(2) == Some('\'') && c == '\'' {
            length_to_quote(rest, '\'')
        } else {
            0
        };
        let step = if skipped == 0 { c.len_utf8() } else { skipped };
        code.push_str(if skipped == 0 { &rest[..step] } else { " " });
        rest = &rest[step..];
    }
    code
}

/// Through the closing quote, past escaped ones.
fn length_to_quote(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Through `"##` of `r##"…"##`; 0 for a raw name such as `r#type`.
fn length_of_raw_string(text: &str) -> usize {
    let hashes = text[1..].chars().take_while(|c| *c == '#').count();
    if !text[1 + hashes..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let body = 2 + hashes;
    text[body..].find(&end).map_or(text.len(), |at| body + at + end.len())
}

/// All files of the service, by their path below `src`.
pub fn sources() -> Vec<(String, String)> {
    rust_files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")))
}

/// All Rust files below the folder, by their path in it.
fn rust_files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder of src").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(folder).expect("below src").to_string_lossy().replace('\\', "/");
                found.push((name, std::fs::read_to_string(&path).expect("a file of src")));
            }
        }
    }
    found
}
