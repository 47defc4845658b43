//! What is written down for whoever judges the service (`tests/security/records.md`) is what the code does.

use std::{collections::BTreeSet, fs, path::Path};

const RECORDS: &str = include_str!("../../security/records.md");

/// The cells of the rows of the table below this heading.
fn table(heading: &str) -> Vec<Vec<String>> {
    let (_, rest) = RECORDS.split_once(&format!("## {heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let section = rest.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    let cells = |row: &str| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
    rows.map(cells).collect()
}

fn numbers(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty()).collect()
}

#[test] // ASVS 2.1.3, 6.1.1, 7.1.1, 13.1.2, 13.1.3
fn every_figure_that_is_written_down_stands_in_the_code() {
    let rows = table("Figures");
    assert!(rows.len() >= 20, "{rows:?}");
    for row in rows {
        let [what, figure, file, text] = &row[..] else { panic!("{row:?}") };
        let (file, text) = (file.trim_matches('`'), text.trim_matches('`'));
        let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))
            .unwrap_or_else(|error| panic!("{what}: {file}: {error}"));
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(squeezed(&source).contains(&squeezed(text)), "{what}: {file} no longer says {text}");
        let said = text.replace('_', "");
        for number in numbers(figure) {
            assert!(numbers(&said).contains(number), "{what}: {figure} is not {text}");
        }
    }
}

fn sources(folder: &Path, all: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test] // ASVS 11.1.1, 11.1.2
fn every_use_of_the_key_is_in_the_inventory() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    let known: BTreeSet<String> =
        table("Keys").into_iter().map(|row| row[0].trim_matches('`').to_owned()).collect();
    let mut met = BTreeSet::new();
    for (path, text) in all {
        // Of tests' own keys nothing hangs.
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        if path.ends_with("tests.rs") {
            continue;
        }
        for call in [".derive(\"", "key.mac(\""] {
            for rest in text.split(call).skip(1) {
                let label = rest.split('"').next().unwrap().to_owned();
                assert!(known.contains(&label), "{path}: {label:?} is not in the inventory of keys");
                met.insert(label);
            }
        }
    }
    met.extend(sspr::domain::secret::Purpose::ALL.map(|purpose| purpose.as_str().to_owned()));
    assert_eq!(met, known, "in the inventory or in the code only");
}

#[test] // ASVS 13.2.3, 6.3.2
fn no_secret_has_a_value_that_everybody_knows() {
    let manual = sspr::config::DEFAULT_TOML;
    let (mut secret, mut found) = (false, 0);
    for line in manual.lines() {
        if let Some(comment) = line.strip_prefix('#') {
            secret |= comment.contains("Secret.") || comment.contains("systemd credential");
        } else if let Some((key, value)) = line.split_once(" = ") {
            assert!(!secret || ["\"\"", "[]"].contains(&value), "{key} has a value for everyone");
            found += usize::from(secret);
            secret = false;
        } else {
            secret = false;
        }
    }
    assert!(found >= 12, "{found} secrets only");
}

/// Where the node's own clock may be read: it dates what leaves and what is shown, judges challenges (an hour to spare: `forget_old`) and
/// the age of receipts, and decides when the outbox stops trying. What opens something has the database's.
const OWN_CLOCK: [&str; 24] = [
    "captcha/mod.rs",
    "captcha/proof_of_work.rs",
    "clock.rs",
    "demo/outbox_page.rs",
    "hooks.rs",
    "outbox/delivery.rs",
    "outbox/trial.rs",
    "portal/confirm_contact.rs",
    "portal/set_password.rs",
    "portal/sign_in.rs",
    "senders/probe.rs",
    "senders/sms/govuk_notify.rs",
    "senders/sms/sns.rs",
    "senders/sms/vonage.rs",
    "senders/sms/webhook.rs",
    "web/challenge.rs",
    "web/error.rs",
    "wizard/contact_administrator.rs",
    "wizard/email_link.rs",
    "wizard/not_me.rs",
    "wizard/step1_choose_option.rs",
    "wizard/step2_verify_user.rs",
    "wizard/who.rs",
    "wizard/who/judge.rs",
];

#[test] // V-40, R-17, ASVS 6.5.8
fn a_node_s_own_clock_judges_no_link_code_session_or_budget() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    let mut reads = 0;
    for (path, text) in all {
        let inside = path.rsplit_once("/src/").unwrap().1;
        let found = text.matches("clock::now()").count();
        if found == 0 || inside.starts_with("cli/") {
            continue;
        }
        assert!(OWN_CLOCK.contains(&inside), "{inside}: a new place that reads the node's own clock");
        // A page without a database only shows it.
        let page = ["portal/", "wizard/"].iter().any(|folder| inside.starts_with(folder))
            && !inside.starts_with("wizard/who");
        let shown =
            text.matches("page(clock::now()").count() + text.matches("page_with_form(clock::now()").count();
        assert!(!page || shown == found, "{inside}: the time is more than shown");
        reads += found;
    }
    assert!(reads > 20, "{reads}");
}

#[test] // ASVS 1.2.5
fn nothing_that_serves_starts_a_program() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    let mut started = 0;
    for (path, text) in all {
        let inside = path.rsplit_once("/src/").unwrap().1;
        // A shell without a name for whoever types asks for the number.
        let harmless = ["clap::Command", "Command::new(\"id\").arg(\"-u\")"];
        let text = text.split("#[cfg(test)]").next().unwrap();
        let text = harmless.iter().fold(text.to_owned(), |text, harmless| text.replace(harmless, ""));
        if text.contains("Command::new(") {
            assert!(inside.starts_with("demo/"), "{inside} starts a program");
            started += 1;
        }
    }
    assert!(started >= 3, "{started}");
}

#[test] // ASVS 14.3.3
fn scripts_keep_nothing_but_a_switch_and_a_count() {
    let known = ["localStorage.setItem(KEY, \"1\")", "sessionStorage.setItem(KEY, String(n))"];
    let mut kept = 0;
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("static")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "js") {
            continue;
        }
        let mut script = fs::read_to_string(&path).unwrap();
        for known in known {
            kept += script.matches(known).count();
            script = script.replace(known, "");
        }
        for other in
            ["setItem(", "document.cookie", "indexedDB", "caches.", "localStorage[", "sessionStorage["]
        {
            assert!(!script.contains(other), "{}: {other}", path.display());
        }
    }
    assert_eq!(kept, 2);
}
