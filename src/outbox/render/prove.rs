//! Texts in use: every message with the worst data, looked at as its reader and a forger would. For an operator's own words, before the
//! first of them leaves.

use fluent_bundle::FluentValue;

use super::{
    Brand, CannotRender, Secrets, gsm7,
    letter::Writer,
    mail, origin_bound,
    samples::{self, Carries},
    shown, sms,
};
use crate::{domain::message::Message, language::Language};

/// What one segment of a text message holds, in septets.
pub const ONE_SEGMENT: usize = gsm7::SEGMENT;

/// Characters of a subject at most: mail programs show no more.
const SUBJECT: usize = 160;

/// A message that does not come out as it must.
#[derive(Debug, PartialEq, Eq)]
pub struct Unfit {
    /// Its kind.
    pub message: String,
    /// What is wrong: completes "the message …".
    pub what: String,
}

/// A text message with sample data.
#[derive(Debug)]
pub struct Sized {
    /// Which text.
    pub id: &'static str,
    /// Its septets, with the line for the browser or the link.
    pub outcome: Result<usize, CannotRender>,
    /// How many it may have: one segment; two where a link to this host leaves no room for words.
    pub most: usize,
}

/// Septets of a link from which on no words fit beside it.
const LONG_LINK: usize = 130;

/// Segments of a message of so many septets.
pub const fn segments(septets: usize) -> usize {
    // Each of several gives seven septets to the header that joins them.
    if septets <= gsm7::SEGMENT { 1 } else { septets.div_ceil(gsm7::TWO_SEGMENTS / 2) }
}

/// Whether a character takes no place of its own on a screen.
pub fn cannot_be_seen(c: char) -> bool {
    shown::invisible(c)
}

/// A text with values that are no addresses; `None`: it can't be finished.
pub fn neutral(l: &Language, id: &str) -> Option<String> {
    l.complete(id, &values("12345678", "X", "X"))
}

/// Every value that any text has.
fn values(code: &str, host: &str, link: &str) -> Vec<(&'static str, FluentValue<'static>)> {
    let words = [
        "label", "value", "name", "user_id", "help", "browser", "until", "at", "who", "whose", "by", "old",
        "new",
    ];
    let mut values: Vec<_> = words.into_iter().map(|name| (name, FluentValue::from("X"))).collect();
    let given = [
        ("code", code),
        ("host", host),
        ("link", link),
        ("clock", "14:15"),
        ("company", "Contoso"),
        ("day", "4"),
        ("year", "2026"),
    ];
    values.extend(given.map(|(name, value)| (name, FluentValue::from(value.to_owned()))));
    values.extend([
        ("days", FluentValue::from(2)),
        ("month", FluentValue::from(8)),
        ("n", FluentValue::from(2)),
    ]);
    values
}

/// A link as `letters.rs` makes it: a token has 64 characters.
fn sample_link(brand: &Brand, path: &str) -> String {
    brand.page(&format!("{path}{}", "aZ3-_b9Qk0Lm7xYt".repeat(4)))
}

/// Measures every text of a text message by itself, also those that the renderer would pass over for a longer one.
pub fn measure(l: &Language, brand: &Brand) -> Vec<Sized> {
    let (code, host) = ("01234567", brand.host());
    let sized = |id, ending: &str, link: &str, starts: &str| {
        let text = l.complete(id, &values(code, host, link)).map(|text| text + ending);
        let outcome = match &text {
            Some(text) if !text.starts_with(starts) => Err(CannotRender::CodeNotFirst),
            Some(text) if !text.contains(link) => Err(CannotRender::Secret),
            Some(text) => gsm7::septets(text).map_err(CannotRender::NotGsm7),
            None => Err(CannotRender::Secret),
        };
        let most = if link.len() > LONG_LINK { gsm7::TWO_SEGMENTS } else { gsm7::SEGMENT };
        Sized { id, outcome, most }
    };
    let mut all = Vec::new();
    for id in sms::CODE {
        let mut of_code = sized(id, &origin_bound::last_line(host, code), "", code);
        let text = l.complete(id, &values(code, host, "")).unwrap_or_default();
        let first =
            text.strip_prefix(code).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ':', ',']));
        if of_code.outcome.is_ok() && !first {
            of_code.outcome = Err(CannotRender::CodeNotFirst);
        }
        all.push(of_code);
    }
    let plain = sms::WAS_RESET.into_iter().chain(sms::CONTACT_CHANGED).chain(sms::TEST);
    for id in plain.chain(sms::NOTICE).chain(sms::CHANGE_WAITS).chain(sms::CHANGE_WAITS_TELL) {
        all.push(sized(id, "", "", ""));
    }
    for (ids, path) in [(&sms::CONFIRM[..], "/confirm-contact/"), (&sms::SET_PASSWORD[..], "/set-password/")]
    {
        let link = sample_link(brand, path);
        for id in ids {
            all.push(sized(id, "", &link, ""));
        }
    }
    all
}

/// Puts every message into these words, with names and user IDs of every unpleasant kind.
pub fn prove(l: &Language, brand: &Brand) -> Vec<Unfit> {
    let long = format!("{}@{}.example", "x".repeat(64), "long-label.".repeat(16).trim_end_matches('.'));
    let worst = [
        ("johnsmith@contoso.com", "Firefox on Windows".to_owned()),
        (&*long, "Alexandria Featherstonehaugh-Cholmondeley ".repeat(20)),
        (
            "johnsmith@contoso.com",
            "</td><a href=http://evil.example>\r\n{ $clock } \u{202e}evil.example".to_owned(),
        ),
        ("http://evil.example/@contoso.com", String::new()),
    ];
    let mut unfit: Vec<Unfit> = Vec::new();
    for (user_id, typed) in &worst {
        for sample in samples::mails(user_id, typed) {
            if let Some(what) = fault_of_mail(l, brand, &sample) {
                unfit.push(Unfit { message: format!("{:?}", sample.message), what });
            }
        }
    }
    for (message, carries) in samples::texts() {
        if let Some(what) = fault_of_text(l, brand, &message, carries) {
            unfit.push(Unfit { message: format!("{message:?}"), what });
        }
    }
    unfit.dedup();
    unfit
}

fn fault_of_mail(l: &Language, brand: &Brand, sample: &samples::Sample) -> Option<String> {
    let secrets = Secrets { link: sample.has_link.then(|| sample_link(brand, "/not-me/")) };
    let mail = match mail::mail(&sample.message, &secrets, brand, l) {
        Ok(mail) => mail,
        Err(fault) => return Some(format!("can't be written: {fault}")),
    };
    let letter = Writer { l, sender: brand }.letter(&sample.message, secrets.link.as_deref()).ok()?;
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = words(&mail.text);
    let links = |part: &str| part.matches("://").count();
    if links(&mail.text) != 1 || links(&mail.html) != 1 || mail.html.matches("<a ").count() != 1 {
        return Some("does not have exactly one link in each part".to_owned());
    }
    if !mail.text.lines().any(|line| line == letter.url) {
        return Some("does not have its link on a line of its own".to_owned());
    }
    if let Some(fact) = letter.facts.iter().find(|fact| !said.contains(&words(&fact.value))) {
        return Some(format!("loses a fact: {}", fact.label));
    }
    if !said.replace(&letter.url, "").contains(brand.host()) {
        return Some(format!("does not name {}", brand.host()));
    }
    let blank = |text: &String| text.trim().is_empty();
    let mut lines =
        letter.opening.iter().chain(&letter.closing).chain([&letter.title, &letter.action, &letter.subject]);
    if lines.any(blank) || letter.sections.iter().any(|(title, text)| blank(title) || blank(text)) {
        return Some("has an empty line where a sentence belongs".to_owned());
    }
    if letter.sections.is_empty() {
        return Some("does not say what to do when it was not the reader".to_owned());
    }
    if mail.subject.chars().count() > SUBJECT {
        return Some(format!("has a subject of more than {SUBJECT} characters"));
    }
    // RFC 5322, 2.1.1.
    mail.html.lines().any(|line| line.len() > 998).then(|| "has a line of more than 998 octets".to_owned())
}

fn fault_of_text(l: &Language, brand: &Brand, message: &Message, carries: Carries) -> Option<String> {
    let link = sample_link(brand, "/confirm-contact/");
    let secret = match carries {
        Carries::Code => Some("01234567"),
        Carries::Link => Some(link.as_str()),
        Carries::Nothing => None,
    };
    let text = match sms::sms(message, secret, brand.host(), l) {
        Ok(text) => text,
        Err(fault) => return Some(format!("can't be written: {fault}")),
    };
    if secret.is_some_and(|secret| !text.contains(secret)) {
        return Some("loses its code or link".to_owned());
    }
    (text.matches("://").count() != usize::from(carries == Carries::Link))
        .then(|| "has a link too many".to_owned())
}
