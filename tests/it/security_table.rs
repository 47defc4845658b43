//! `tests/security/README.md`: every requirement that the service is held against has its row, and what a row names exists.
//!
//! The list of requirements is `tests/security/ids.txt`. It was made from a folder beside the repository that not everybody has; where it
//! is there, the two are compared.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// Where the list was made from, from the repository's folder and from a working tree one deeper.
const SOURCES: [&str; 2] = ["../shared/field/security.md", "../../shared/field/security.md"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// One requirement and what became of it.
struct Row {
    id: String,
    state: String,
    reason: String,
    /// What stands in backticks in the last column.
    proofs: Vec<String>,
}

/// `V-36` or `13.2.2`.
fn is_id(text: &str) -> bool {
    let numbers = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('-') {
        Some((kind, number)) => {
            matches!(kind, "D" | "N" | "O" | "R" | "S" | "V") && number.len() == 2 && numbers(number)
        }
        None => text.split('.').count() == 3 && text.split('.').all(numbers),
    }
}

fn rows() -> Vec<Row> {
    read("tests/security/README.md")
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> =
                line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
            if !is_id(cells[0]) {
                return None;
            }
            let [id, state, reason, proofs] = cells[..] else { panic!("not four columns: {line}") };
            let proofs = proofs.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            Some(Row { id: id.to_owned(), state: state.to_owned(), reason: reason.to_owned(), proofs })
        })
        .collect()
}

fn ids() -> BTreeSet<String> {
    read("tests/security/ids.txt").lines().map(str::to_owned).collect()
}

#[test]
fn every_requirement_has_one_row_with_a_state_and_a_reason() {
    let (ids, rows) = (ids(), rows());
    assert!(ids.len() > 400 && ids.iter().all(|id| is_id(id)), "the list is not the list");
    let mut seen = BTreeMap::new();
    for row in &rows {
        *seen.entry(row.id.clone()).or_insert(0) += 1;
        let known = ["holds", "deviates", "does not apply"].contains(&row.state.as_str());
        assert!(known, "{}: what is {:?}?", row.id, row.state);
        assert!(row.reason.len() > 5 && row.reason.ends_with(['.', ')']), "{}: says nothing", row.id);
        // What deviates says why; what holds shows it.
        assert!(row.state != "holds" || !row.proofs.is_empty(), "{} holds, and nothing shows it", row.id);
    }
    let twice: Vec<_> = seen.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "twice: {twice:?}");
    let found: BTreeSet<String> = seen.into_keys().collect();
    assert_eq!(ids.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new(), "without a row");
    assert_eq!(found.difference(&ids).collect::<Vec<_>>(), Vec::<&String>::new(), "rows of nothing");
}

/// Where the tests of a module stand: `bad_input::fields`, or a path below `src`.
fn file_of(module: &str) -> PathBuf {
    if module.starts_with("src/") {
        return root().join(module);
    }
    let path = root().join("tests/it").join(module.replace("::", "/"));
    let file = path.with_extension("rs");
    if file.exists() { file } else { path.join("mod.rs") }
}

/// Whether a test of this name stands there: the function, with the attribute above it.
fn is_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let of_this_name = |line: &&str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ")
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with("()"))
    };
    let Some(place) = lines.iter().position(of_this_name) else { return false };
    let above =
        lines[..place].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
    above.into_iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
}

/// Whether a file says it: a heading or the bold beginning of a paragraph of Markdown, the beginning of a line of any other.
fn says(path: &str, what: &str) -> bool {
    read(path).lines().map(str::trim).any(|line| {
        if Path::new(path).extension().is_some_and(|extension| extension == "md") {
            line.strip_prefix('#').is_some_and(|rest| rest.trim_start_matches('#').trim() == what)
                || line.starts_with(&format!("**{what}.**"))
        } else {
            line.starts_with(what)
        }
    })
}

#[test]
fn every_proof_that_a_row_names_exists() {
    let mut missing = Vec::new();
    let mut texts: BTreeMap<PathBuf, String> = BTreeMap::new();
    for row in rows() {
        for proof in row.proofs {
            let exists = if let Some((path, what)) = proof.split_once('#') {
                says(path, what)
            } else {
                let (module, name) = proof.rsplit_once("::").unwrap_or_else(|| panic!("{}: {proof}", row.id));
                let file = file_of(module);
                let text =
                    texts.entry(file.clone()).or_insert_with(|| fs::read_to_string(file).unwrap_or_default());
                is_test(text, name)
            };
            if !exists {
                missing.push(format!("{}: {proof}", row.id));
            }
        }
    }
    assert!(missing.is_empty(), "named, and not there:\n{}", missing.join("\n"));
}

#[test]
fn what_is_no_test_is_not_taken_for_one() {
    let text = "#[tokio::test] // V-36\n// why\nasync fn one() {\n}\n#[cfg(test)]\nfn two() {\n}\nfn three(x: u8) {\n}\n";
    assert!(is_test(text, "one"));
    for name in ["two", "three", "on", "four"] {
        assert!(!is_test(text, name), "{name}");
    }
    assert!(says("README.md", "The security model, in plain words") && !says("README.md", "The security"));
}

/// Requirements in a comment: `V-36`, and behind `ASVS` one or several with commas between.
fn cited(comment: &str) -> Vec<String> {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let words: Vec<&str> = comment
        .split(|c: char| !inside(c))
        .map(|word| word.trim_matches('.'))
        .filter(|word| !word.is_empty())
        .collect();
    let mut found = Vec::new();
    let mut of_asvs = false;
    for word in words {
        let dotted = !word.contains('-') && is_id(word);
        of_asvs = word == "ASVS" || of_asvs && dotted;
        let kind = word.split('-').next().unwrap();
        let cited = matches!(kind, "D" | "N" | "O" | "R" | "V") && word.len() == 4 && is_id(word);
        if cited || of_asvs && dotted {
            found.push(word.to_owned());
        }
    }
    found
}

fn sources(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "sql") {
            all.push(path);
        }
    }
}

#[test]
fn a_requirement_that_a_comment_cites_is_one() {
    assert_eq!(
        cited("V-36, ASVS 13.2.2, 16.4.2; NIST 3.1.1.2, 4.1.2. R-10"),
        ["V-36", "13.2.2", "16.4.2", "R-10"]
    );
    let ids = ids();
    let mut all = Vec::new();
    for folder in ["src", "tests/it", "tests/bench", "migrations"] {
        sources(&root().join(folder), &mut all);
    }
    let (mut unknown, mut known) = (Vec::new(), BTreeSet::new());
    for path in all {
        // This file's own examples are none.
        if path.ends_with("security_table.rs") {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            let comment = ["//", "--"].iter().find_map(|mark| line.split_once(mark));
            for id in comment.map(|(_, comment)| cited(comment)).unwrap_or_default() {
                if ids.contains(&id) {
                    known.insert(id);
                } else {
                    unknown.push(format!("{}: {id}", path.display()));
                }
            }
        }
    }
    assert_eq!(unknown, Vec::<String>::new());
    assert!(known.len() > 100, "{known:?}");
}

/// The ids of the first column of every table there: `3.3.1-3.3.5`, `1.1.1 / 1.1.2`, `3.4.3`.
fn ids_of(text: &str) -> BTreeSet<String> {
    let first = text.lines().filter_map(|line| line.strip_prefix("| ")?.split('|').next());
    let mut all = BTreeSet::new();
    for part in first.flat_map(|cell| cell.split([',', '/'])) {
        let part = part.split('(').next().unwrap().trim();
        match part.split_once('-') {
            Some((from, to)) if is_id(from) && is_id(to) => {
                let (group, from) = from.rsplit_once('.').unwrap();
                let (_, to) = to.rsplit_once('.').unwrap();
                let numbers = from.parse::<u32>().unwrap()..=to.parse().unwrap();
                all.extend(numbers.map(|number| format!("{group}.{number}")));
            }
            _ if is_id(part) => {
                all.insert(part.to_owned());
            }
            _ => {}
        }
    }
    all
}

#[test]
fn the_list_is_that_of_the_requirements() {
    assert_eq!(
        ids_of("| 3.3.1-3.3.3, 4.1.1 | 1 |\n| 1.1.1 / 1.1.2 | 2 |\n| V-01 | x |\n|---|---|\n"),
        ["1.1.1", "1.1.2", "3.3.1", "3.3.2", "3.3.3", "4.1.1", "V-01"].map(str::to_owned).into()
    );
    let Some(source) = SOURCES.iter().map(|path| root().join(path)).find(|path| path.exists()) else {
        // Past the test harness, which keeps what a passing test prints.
        let _ = writeln!(
            std::io::stderr(),
            "NOT COMPARED: the requirements are not beside this repository; tests/security/ids.txt stands alone"
        );
        return;
    };
    assert_eq!(ids_of(&fs::read_to_string(source).unwrap()), ids());
}
