//! One file of own texts, judged by its syntax alone: known ids, the values that they need, nothing that hides or leads elsewhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use fluent_syntax::{ast::Entry, parser};

use super::{EVERYONE, Refused, shape::Shape};
use crate::{domain::spelling::nearest, language::MESSAGES, outbox::render};

/// A file that may be used.
#[derive(Debug)]
pub(super) struct OwnTexts {
    pub(super) path: PathBuf,
    /// [`EVERYONE`], or the domain of a company.
    pub(super) domain: String,
    pub(super) source: String,
    /// The texts that it has.
    pub(super) ids: BTreeSet<String>,
}

/// Longer than any sentence that is read to its end.
const LONGEST: usize = 600;

/// Shown by "Check your e-mail" to anyone who types a user ID, known or not: a company's own would tell that the user ID is one (V-16).
const BEFORE_THE_PROOF: &str = "mail-reset-subject";

/// Values that a text may leave out, since the facts below it say them again.
const SAID_AGAIN: [&str; 5] = ["browser", "by", "at", "who", "company"];

/// Our texts, by id.
pub(super) fn ours() -> BTreeMap<String, Shape> {
    let (Ok(resource) | Err((resource, _))) = parser::parse(MESSAGES);
    let entries = resource.body.iter().filter_map(|entry| match entry {
        Entry::Message(message) => Some((message.id.name.to_owned(), Shape::of(message.value.as_ref()?))),
        _ => None,
    });
    entries.collect()
}

/// Reads a file; everything that is wrong with it.
pub(super) fn read(path: &Path) -> Result<OwnTexts, Vec<Refused>> {
    let wrong = |what: String| {
        vec![Refused { file: path.to_owned(), line: 0, id: String::new(), what, did_you_mean: None }]
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Some(domain) = name.strip_suffix(".ftl").filter(|domain| *domain == EVERYONE || is_domain(domain))
    else {
        let what = "not named after a domain in lower case, such as contoso.com.ftl, and not _all.ftl";
        return Err(wrong(what.to_owned()));
    };
    let source = std::fs::read_to_string(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let ids = judge(path, &source, domain == EVERYONE)?;
    Ok(OwnTexts { path: path.to_owned(), domain: domain.to_owned(), source, ids })
}

fn is_domain(name: &str) -> bool {
    name.contains('.')
        && name.split('.').all(|label| !label.is_empty())
        && name.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase() || matches!(c, '.' | '-'))
}

/// Judges a file's lines; its ids.
fn judge(path: &Path, source: &str, for_everyone: bool) -> Result<BTreeSet<String>, Vec<Refused>> {
    let mut problems = Vec::new();
    let mut refuse = |line: usize, id: &str, what: String, meant: Option<String>| {
        problems.push(Refused { file: path.to_owned(), line, id: id.to_owned(), what, did_you_mean: meant });
    };
    for (n, line) in source.lines().enumerate() {
        if let Some(c) = line.chars().find(|c| hides(*c)) {
            refuse(n + 1, "", format!("a character that cannot be seen (U+{:04X})", u32::from(c)), None);
        }
    }
    let ours = ours();
    let (resource, errors) = match parser::parse(source) {
        Ok(resource) => (resource, Vec::new()),
        Err((resource, errors)) => (resource, errors),
    };
    for error in errors {
        let line = source.get(..error.pos.start).map_or(1, |before| before.matches('\n').count() + 1);
        refuse(line, "", format!("not understood: {}", error.kind), None);
    }
    let mut ids = BTreeSet::new();
    for entry in &resource.body {
        let message = match entry {
            Entry::Message(message) => message,
            Entry::Term(term) => {
                refuse(
                    line_of(source, &format!("-{}", term.id.name)),
                    term.id.name,
                    "terms can't be used".to_owned(),
                    None,
                );
                continue;
            }
            _ => continue,
        };
        let id = message.id.name;
        let line = line_of(source, id);
        let Some(our) = ours.get(id) else {
            let meant = nearest(id, ours.keys().map(String::as_str)).map(str::to_owned);
            refuse(line, id, "not a text of a mail or text message".to_owned(), meant);
            continue;
        };
        if id == BEFORE_THE_PROOF && !for_everyone {
            let what = "must be the same for all companies, since a page shows it before anybody knows whose user ID it is; \
                        it may stand in _all.ftl";
            refuse(line, id, what.to_owned(), None);
        }
        let Some(value) = message.value.as_ref().filter(|_| message.attributes.is_empty()) else {
            refuse(line, id, "a text without attributes is needed".to_owned(), None);
            continue;
        };
        if !ids.insert(id.to_owned()) {
            refuse(line, id, "stands in this file twice".to_owned(), None);
        }
        for what in faults(id, &Shape::of(value), our) {
            refuse(line, id, what, None);
        }
    }
    if problems.is_empty() { Ok(ids) } else { Err(problems) }
}

/// What is wrong with a text beside ours.
fn faults(id: &str, shape: &Shape, our: &Shape) -> Vec<String> {
    let mut faults = Vec::new();
    if shape.foreign {
        faults.push("terms, functions and attributes can't be used".to_owned());
    }
    for other in shape.others.difference(&our.others) {
        faults.push(format!("must not contain another text ({other})"));
    }
    for value in shape.used.difference(&our.used) {
        let known: Vec<String> = our.used.iter().map(|value| format!("{{ ${value} }}")).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        faults.push(format!("{{ ${value} }} is no value of this text; it has {known}"));
    }
    for value in our.used.difference(&shape.always).filter(|value| needed(id, value)) {
        faults.push(format!("{{ ${value} }} is missing: every reader needs it"));
    }
    let length: usize = shape.written.iter().map(|text| text.chars().count()).sum();
    if length > LONGEST {
        faults.push(format!("longer than {LONGEST} characters"));
    }
    for text in &shape.written {
        if text.contains('\n') {
            faults.push("has to stand on one line".to_owned());
        }
        if let Some(c) = text.chars().find(|c| hides(*c) && *c != '\n') {
            faults.push(format!("a character that cannot be seen (U+{:04X})", u32::from(c)));
        }
        if let Some(link) = link_in(text) {
            faults.push(link);
        }
    }
    faults
}

/// Whether a text of this id must show this value. In a subject all stand: they keep two mails apart.
fn needed(id: &str, value: &str) -> bool {
    if id.ends_with("-subject") {
        return true;
    }
    match value {
        // The closing line says why the mail comes, and from where; the name in a mail about someone is not said again.
        "user_id" => id.starts_with("mail-why-") || id == "mail-who",
        // The line for the browser names it.
        "host" => !id.starts_with("sms-"),
        value => !SAID_AGAIN.contains(&value),
    }
}

fn hides(c: char) -> bool {
    let may = matches!(c, '\t' | '\r' | '\u{a0}' | '\u{202f}');
    !may && (c.is_control() || render::cannot_be_seen(c))
}

/// What a mail program would make a link of (V-64): the only link of a message is ours.
pub(super) fn link_in(text: &str) -> Option<String> {
    let said = "must hold no address: the only link of a message is ours";
    let lower = text.to_lowercase();
    if ["://", "www.", "mailto:", "tel:"].iter().any(|sign| lower.contains(sign)) || text.contains('@') {
        return Some(said.to_owned());
    }
    let dot = |c: char| matches!(c, '.' | '\u{2024}' | '\u{3002}' | '\u{fe52}' | '\u{ff0e}' | '\u{ff61}');
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        if dot(c) && letters.peek().is_some_and(|next| next.is_alphabetic()) {
            return Some(format!("{said} (write a space after the dot, as in \"e. g.\")"));
        }
    }
    None
}

/// The line on which a text begins.
pub(super) fn line_of(source: &str, id: &str) -> usize {
    let begins = |line: &str| line.strip_prefix(id).is_some_and(|rest| rest.trim_start().starts_with('='));
    source.lines().position(begins).map_or(0, |place| place + 1)
}
