//! Another parser: Python's own `email` and `html.parser`, which share no code with what composed the mails.

use std::{
    collections::BTreeSet,
    process::{Command, Stdio},
};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use super::{Received, message_id, received};
use crate::shell::Folder;

/// What the other parser finds wrong.
fn faults(mails: &[Received]) -> Vec<String> {
    let folder = Folder::new();
    let all: Vec<Value> = mails
        .iter()
        .map(|mail| json!({ "kind": mail.kind, "raw": BASE64_STANDARD.encode(&mail.raw) }))
        .collect();
    let file = folder.file("mails.json", &json!(all).to_string());
    let python = Command::new("python3")
        .args(["-c", include_str!("parsed.py")])
        .stdin(Stdio::from(std::fs::File::open(file).unwrap()))
        .output()
        .unwrap();
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    serde_json::from_slice(&python.stdout).unwrap()
}

#[tokio::test]
async fn another_parser_finds_both_parts_with_the_same_words_and_one_link_and_every_header() {
    let mails = received().await;
    assert_eq!(faults(&mails), Vec::<String>::new());
    let ids: BTreeSet<String> = mails.iter().map(|mail| message_id(&mail.raw)).collect();
    assert_eq!(ids.len(), mails.len(), "no two mails have one Message-ID");
}

#[tokio::test]
async fn the_other_parser_would_tell() {
    let mail = &received().await[0];
    let long = format!("<div {}", "x".repeat(1000));
    for (from, to, told) in [
        ("Auto-Submitted: auto-generated", "X-Other: y", "Auto-Submitted"),
        ("@reset.contoso.com>", "@mail.example>", "Message-ID"),
        ("Content-Type: text/plain", "Content-Type: text/calendar", "parts"),
        ("14:05 UTC", "14:06 UTC", "words"),
        ("href=\"https://reset.contoso.com", "href=\"https://fabrikam.com", "link"),
        ("<div ", &long, "998"),
        ("</h1>", "</h1><img src=\"x.png\">", "loads"),
    ] {
        let raw = String::from_utf8(mail.raw.clone()).unwrap().replacen(from, to, 1).into_bytes();
        assert_ne!(raw, mail.raw, "{from} is not there to be spoilt");
        let found = faults(&[Received { kind: mail.kind, raw }]);
        assert!(found.iter().any(|fault| fault.contains(told)), "{from} → {to}: {found:?}");
    }
}
