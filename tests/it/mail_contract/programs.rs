//! What mail programs can do, by the data of caniemail.com: nothing in our mails is unknown to one of those that people have.

use std::{collections::BTreeMap, process::Command};

use serde_json::{Value, json};

use super::{USER_ID, every, tools};
use crate::shell::Folder;

const CLIENTS: [&str; 9] = [
    "gmail.*",
    "outlook.windows",
    "outlook.macos",
    "outlook.outlook-com",
    "outlook.android",
    "outlook.ios",
    "apple-mail.*",
    "yahoo.*",
    "samsung-email.*",
];

/// What a program does not know at all, and why it is there all the same: program, feature, reason.
const ERRORS: &[(&str, &str, &str)] = &[
    // Yahoo knows the same wish by its older name only, which the data can't judge for the other programs.
    ("yahoo.", "word-break", "a very long user ID makes the mail wider there; nothing is lost"),
];

/// What programs know in part or with a fault, by feature, and why that harms nothing.
const WARNINGS: &[(&str, &str)] = &[
    (
        "dir attribute",
        "the fault is with right-to-left text and with links: no language of ours is, no link has it",
    ),
    ("margin", "no margin of ours is negative, `auto`, or on what has a background"),
    ("word-break", "breaks long words a little earlier than asked"),
    ("padding", "on cells of tables only, but for the link, whose cell has the border"),
    ("font-size", "in px only"),
    ("line-height", "lines are a little nearer or farther"),
    ("width attribute", "100 % of a table, no image"),
    ("width property", "on cells of tables only"),
    ("max-width", "on tables only; a program without it shows longer lines"),
    ("border", "3px at most, on cells of tables only"),
    ("font-weight", "bold only"),
    ("display", "inline-block on the link: without it its border is nearer"),
    ("text-decoration", "underline only; programs underline links by themselves"),
    ("lang attribute", "on the document and on a div, no cell"),
    ("role attribute", "on tables only"),
    ("align attribute", "center only"),
];

const CHECK: &str = "
import { readFileSync } from 'node:fs';
import { caniemail } from 'caniemail';
const { clients, mails } = JSON.parse(readFileSync(process.argv[1], 'utf8'));
const found = [];
for (const [kind, html] of mails) {
  const { issues } = caniemail({ clients, html });
  for (const level of ['errors', 'warnings'])
    for (const [client, list] of issues[level])
      for (const { title, notes } of list) found.push({ kind, level, client, title, notes });
}
console.log(JSON.stringify(found));
";

/// What caniemail finds in these documents.
fn found(mails: &[(&str, &str)]) -> Vec<Value> {
    let folder = Folder::new();
    let file = folder.file("mails.json", &json!({ "clients": CLIENTS, "mails": mails }).to_string());
    let check = ["--input-type=module", "--eval", CHECK, &file];
    let output = Command::new("node").args(check).current_dir(tools("npm")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn nothing_in_a_mail_is_unknown_to_a_mail_program_and_what_is_known_in_part_harms_nothing() {
    let all = every(USER_ID, "Firefox on Windows");
    let mails: Vec<(&str, &str)> =
        all.iter().map(|sample| (sample.kind, sample.mail.html.as_str())).collect();
    let mut unexpected: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for issue in found(&mails) {
        let text = |field: &str| issue[field].as_str().unwrap().to_owned();
        let (client, title) = (text("client"), text("title"));
        let known = match issue["level"].as_str().unwrap() {
            "errors" => ERRORS.iter().any(|(of, what, _)| client.starts_with(of) && title == *what),
            _ => WARNINGS.iter().any(|(what, _)| title == *what),
        };
        if !known {
            let what = format!("{} {title} {}", text("level"), issue["notes"]);
            unexpected.entry(what).or_default().push(format!("{client} ({})", text("kind")));
        }
    }
    assert!(unexpected.is_empty(), "{unexpected:#?}");
}

#[test]
fn the_table_would_tell() {
    let flexible = "<div style=\"display:flex\">x</div>";
    let found = found(&[("flexible", flexible)]);
    let told = |issue: &Value| {
        issue["client"] == "outlook.windows" && issue["level"] == "errors" && issue["title"] == "display:flex"
    };
    assert!(found.iter().any(told), "{found:?}");
}
