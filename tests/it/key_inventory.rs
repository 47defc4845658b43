//! The inventory of keys and secrets (`tests/security/keys.md`) against the code: nothing is derived, hashed or asked for that does not stand
//! there, and nothing stands there that is not in the code (ASVS 11.1.1, 11.1.2, 13.3.1).

use std::{collections::BTreeSet, fs, path::Path};

use sspr::domain::secret::Purpose;

/// The source of the product, without tests, file by file.
fn sources() -> Vec<String> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
                let source = fs::read_to_string(&path).unwrap();
                let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
                // Comments quote what they speak of.
                let code: Vec<&str> =
                    source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
                found.push(code.join("\n"));
            }
        }
    }
    found
}

/// The text literals that stand within so many bytes behind each place of a marker.
fn literals_behind(source: &str, marker: &str, within: usize) -> Vec<String> {
    let mut found = Vec::new();
    for (place, _) in source.match_indices(marker) {
        let rest = &source[place + marker.len()..];
        let end = (0..=within.min(rest.len())).rev().find(|end| rest.is_char_boundary(*end)).unwrap();
        let statement = rest[..end].split(';').next().unwrap();
        found.extend(statement.split('"').skip(1).step_by(2).map(str::to_owned));
    }
    found
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_ -".contains(&b))
}

/// Everything that a key is derived or a hash made for.
fn labels() -> BTreeSet<String> {
    let mut labels: BTreeSet<String> =
        Purpose::ALL.iter().map(|purpose| purpose.as_str().to_owned()).collect();
    for source in sources() {
        let mut found = literals_behind(&source, ".derive(", 40);
        found.extend(literals_behind(&source, "mac(", 120));
        found.extend(literals_behind(&source, "const LABEL: &str =", 40));
        found.extend(literals_behind(&source, "FormOf::Reset =>", 40));
        found.extend(literals_behind(&source, "FormOf::Account =>", 40));
        found.extend(literals_behind(&source, "FormOf::Anyone =>", 40));
        // Labels of lists, and prefixes of hashes.
        let texts = source
            .split('"')
            .skip(1)
            .filter(|text| text.starts_with("sspr ") && text.ends_with(|c: char| c.is_ascii_digit()));
        found.extend(texts.map(str::to_owned));
        found.extend(
            source
                .split("b\"")
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap().to_owned())
                .filter(|text| text.starts_with("sspr ")),
        );
        labels.extend(
            found
                .into_iter()
                .map(|text| text.trim_end_matches("\\0").to_owned())
                .filter(|text| is_label(text)),
        );
    }
    labels
}

/// The settings that hold secrets.
fn settings() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in sources() {
        for marker in ["ask.secret(", "ask.optional_secret(", "section.secret(", "read_url(&mut section, "] {
            names.extend(literals_behind(&source, marker, 30).into_iter().filter(|text| is_label(text)));
        }
    }
    names
}

/// What stands in the first column of the tables of a part of the inventory.
fn listed(inventory: &str, heading: &str) -> BTreeSet<String> {
    let part = inventory.split(&format!("\n## {heading}\n")).nth(1).unwrap_or_else(|| panic!("no {heading}"));
    let part = part.split("\n## ").next().unwrap();
    let rows = part.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().unwrap().to_owned()).collect()
}

fn inventory() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/security/keys.md");
    fs::read_to_string(path).unwrap()
}

#[test] // ASVS 11.1.1, 11.1.2
fn every_label_of_a_key_or_a_hash_stands_in_the_inventory() {
    let (inventory, labels) = (inventory(), labels());
    let mut listed_labels = listed(&inventory, "The keys of the service");
    listed_labels.extend(listed(&inventory, "Hashes"));
    // What frames every label, and the one that is told where its secret stands.
    let elsewhere = ["sspr v1 ", "kannel receipt"];
    assert!(elsewhere.iter().all(|label| inventory.contains(&format!("`{label}`"))));
    let missing: Vec<_> = labels
        .iter()
        .filter(|label| !listed_labels.contains(*label) && !elsewhere.contains(&label.as_str()))
        .collect();
    let gone: Vec<_> = listed_labels.iter().filter(|label| !labels.contains(*label)).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in keys.md: {missing:?}; not in the code: {gone:?}");
    assert!(labels.len() >= 25, "{labels:?}");
}

#[test] // ASVS 13.3.1, 13.3.4
fn every_setting_that_is_a_secret_stands_in_the_inventory() {
    let (names, listed) = (settings(), listed(&inventory(), "Secrets of others"));
    let listed: BTreeSet<String> =
        listed.iter().map(|name| name.split_once('.').unwrap().1.to_owned()).collect();
    assert_eq!(names, listed, "settings of the code, and of keys.md");
}
