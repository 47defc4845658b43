//! A spam filter without network rules: what our mails themselves look like.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
};

use super::{Received, message_id, received};
use crate::shell::Folder;

/// Less than this of the 5 that make a mail spam.
const MOST: f64 = 1.0;

/// Score and rules of each mail, by its Message-ID: the filter has an order of its own.
fn judged(mails: &[Received]) -> BTreeMap<String, (f64, String)> {
    let folder = Folder::new();
    let mut all = Vec::new();
    for mail in mails {
        all.extend_from_slice(b"From sender@contoso.com Sat Nov 21 14:05:12 2026\n");
        let text =
            String::from_utf8(mail.raw.clone()).unwrap().replace("\r\n", "\n").replace("\nFrom ", "\n>From ");
        all.extend_from_slice(text.as_bytes());
        all.extend_from_slice(b"\n");
    }
    let path = folder.path().join("mails");
    std::fs::write(&path, all).unwrap();
    let mut filter = Command::new("spamassassin");
    // No network, no preferences of anybody's, and nothing of this test in somebody's data of what spam is.
    filter.args(["--local", "--test-mode", "--nocreate-prefs", "--mbox"]).env("HOME", folder.path());
    filter.arg(format!("--prefspath={}", folder.path().join("none").display()));
    filter.args(["--cf=use_bayes 0", "--cf=use_auto_welcomelist 0"]);
    let output = filter.stdin(Stdio::from(std::fs::File::open(&path).unwrap())).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout).replace("\n\t", " ");
    let score = |head: &str| head.split("score=").nth(1)?.split(' ').next()?.parse().ok();
    let (mut found, mut last) = (BTreeMap::new(), None);
    for line in said.lines() {
        if let Some(head) = line.strip_prefix("X-Spam-Status: ") {
            last = Some((score(head).unwrap_or_else(|| panic!("no score: {head}")), head.to_owned()));
        } else if let Some(id) = line.strip_prefix("Message-ID: ") {
            found.extend(last.take().map(|judged| (id.to_owned(), judged)));
        }
    }
    found
}

#[tokio::test]
async fn no_mail_looks_like_spam() {
    let mut mails = received().await;
    // And one that does, so that this tells something.
    let raw = b"From: x <x@fabrikam.com>\r\nTo: y@fabrikam.com\r\nMessage-ID: <spam@fabrikam.com>\r\nSubject: spam\r\n\r\n\
        XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n"
        .to_vec();
    mails.push(Received { kind: "GTUBE", raw });
    let scores = judged(&mails);
    assert_eq!(scores.len(), mails.len());
    for mail in &mails {
        let (score, rules) = &scores[&message_id(&mail.raw)];
        if mail.kind == "GTUBE" {
            assert!(*score > 900.0, "{rules}");
        } else {
            assert!(*score < MOST, "{}: {rules}", mail.kind);
        }
    }
}
