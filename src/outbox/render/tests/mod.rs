//! Every mail, looked at as mail programs and forgers do. Line by line wording is not fixed here: `mail.ftl` may change.

mod samples;
mod strangers;

use time::macros::datetime;

use super::*;
use crate::{
    domain::message::{Channel, Message},
    language::{Language, Languages, PSEUDO},
};
use samples::{LINK, mails, texts};

fn brand() -> Brand {
    Brand::new("https://reset.contoso.com", "Contoso password reset", Some("IT help desk, 425-555-0199"))
        .unwrap()
}

/// As messages are written: without the texts of pages, so that a key of theirs would stand there raw.
fn english() -> Language {
    Language::of_messages(&[]).unwrap()
}

fn rendered(user_id: &str, typed: &str) -> Vec<RenderedMail> {
    let l = english();
    let all = mails(user_id, typed);
    assert!(all.iter().all(|sample| sample.message.channel() == Channel::Email));
    all.iter().map(|sample| mail(&sample.message, &sample.secrets, &brand(), &l).unwrap()).collect()
}

fn ordinary() -> Vec<RenderedMail> {
    rendered("johnsmith@contoso.com", "Firefox on Windows")
}

/// What a reader sees of the HTML part: no tags, no head, entities resolved, one space between words.
fn visible(html: &str) -> String {
    let body = &html[html.find("<div lang").unwrap()..];
    let mut text = String::new();
    for piece in body.split('<').skip(1) {
        let (_, after) = piece.split_once('>').unwrap();
        text.push(' ');
        text.push_str(after);
    }
    let entities = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    for (entity, c) in entities {
        text = text.replace(entity, c);
    }
    words_of(&text)
}

fn words_of(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_part_has_one_link_and_nothing_is_loaded_from_anywhere() {
    for m in ordinary() {
        for part in [&m.text, &m.html] {
            assert_eq!(part.matches("http").count(), 1, "{part}");
            assert_eq!(part.matches("https://reset.contoso.com/").count(), 1, "{part}");
        }
        assert_eq!(m.html.matches("href=").count(), 1);
        for tag in
            ["<img", "<link", "<style", "<script", "src=", "url(", "@import", "<svg", "<form", "background"]
        {
            assert!(!m.html.contains(tag), "{tag}: {}", m.html);
        }
    }
}

#[test]
fn the_link_stands_alone_on_its_line_after_its_text() {
    for (m, sample) in ordinary().iter().zip(mails("johnsmith@contoso.com", "Firefox on Windows")) {
        let lines: Vec<&str> = m.text.lines().collect();
        let place = lines.iter().position(|&line| line == sample.url).expect(&m.text);
        assert_eq!(lines[place - 1], sample.action);
        assert_eq!(lines[place + 1], "");
        assert!(m.html.contains(&format!("href=\"{}\"", sample.url)));
        assert!(m.html.contains(&format!(">{}</a>", sample.action)));
    }
}

#[test]
fn both_parts_say_the_same() {
    let l = english();
    for sample in mails("johnsmith@contoso.com", "Firefox on \"Windows\" & <more>") {
        let m = mail(&sample.message, &sample.secrets, &brand(), &l).unwrap();
        let html = visible(&m.html);
        let title = html.strip_prefix("Contoso password reset ").unwrap();
        // Facts read "label: value" in text and stand in two cells in HTML; the rest is the same, word for word.
        let text = words_of(&m.text).replace(": ", " ").replace(" Contoso password reset", "");
        let link = m.text.lines().find(|line| line.starts_with("https://")).unwrap();
        let text = text.replace(&format!("{link} "), "");
        assert!(title.replace(": ", " ").ends_with(&text), "{title}\n{text}");
    }
}

#[test]
fn who_asked_when_and_until_when_are_in_both_parts() {
    for (m, sample) in ordinary().iter().zip(mails("johnsmith@contoso.com", "Firefox on Windows")) {
        let always =
            ["johnsmith@contoso.com", "never ask for your password", "425-555-0199", "reset.contoso.com"];
        for fact in sample.facts.iter().chain(&always) {
            assert!(words_of(&m.text).contains(fact), "{fact}: {}", m.text);
            assert!(visible(&m.html).contains(fact), "{fact}: {}", m.html);
        }
    }
}

#[test]
fn lines_of_the_text_part_are_short() {
    for m in ordinary() {
        for line in m.text.lines().filter(|line| !line.starts_with("https://")) {
            assert!(line.chars().count() <= 78, "{line}");
        }
        assert!(
            m.text.ends_with('\n') && !m.text.ends_with("\n\n") && !m.text.contains("\n\n\n"),
            "{}",
            m.text
        );
        assert!(!m.text.contains('\r'));
    }
}

#[test]
fn subjects_say_what_it_is_about_and_no_two_sends_share_one() {
    let l = english();
    for (m, sample) in ordinary().iter().zip(mails("johnsmith@contoso.com", "Firefox on Windows")) {
        assert!(
            m.subject.to_lowercase().contains(sample.subject) && m.subject.contains(" UTC)"),
            "{}",
            m.subject
        );
        // To the second, or with the days that are left: none is filed under the one before it.
        assert!(m.subject.contains(":12 UTC)") || m.subject.contains(" days ("), "{}", m.subject);
        assert!(m.subject.chars().count() <= 78, "{}", m.subject);
    }
    let at = datetime!(2026-08-04 14:05:12 UTC);
    assert_eq!(ordinary()[0].subject, reset_link_subject(&l, at));
    assert_eq!(reset_link_subject(&l, at), "Reset your password (asked for at 14:05:12 UTC)");
    assert_ne!(reset_link_subject(&l, at), reset_link_subject(&l, at + time::Duration::seconds(30)));
}

#[test]
fn one_day_is_one_day() {
    let l = english();
    let expires = |days| {
        let message = Message::PasswordExpires {
            user_id: "johnsmith@contoso.com".into(),
            expires_at: datetime!(2026-08-18 14:05:12 UTC),
            days,
            to: crate::domain::message::SentTo::Mailbox,
        };
        mail(&message, &Secrets::default(), &brand(), &l).unwrap().subject
    };
    assert_eq!(expires(1), "Your password expires in 1 day (18 August 2026, 14:05 UTC)");
    assert_eq!(expires(14), "Your password expires in 14 days (18 August 2026, 14:05 UTC)");
}

#[test]
fn the_html_part_is_made_for_mail_programs() {
    for m in ordinary() {
        assert!(m.html.starts_with("<!doctype html>\n<html lang=\"en\" dir=\"auto\">"), "{}", m.html);
        assert!(m.html.contains("<div lang=\"en\" dir=\"auto\""));
        assert!(m.html.contains("name=\"supported-color-schemes\" content=\"light dark\""));
        assert_eq!(m.html.matches("<table").count(), m.html.matches("role=\"presentation\"").count());
        assert_eq!(m.html.matches("<h1").count(), 1);
        for size in m.html.split("font-size:").skip(1) {
            assert!(size.split("px").next().unwrap().parse::<u32>().unwrap() >= 16);
        }
        for modern in ["flex", "grid", "var(", "@media", " class="] {
            assert!(!m.html.contains(modern), "{modern}");
        }
        // RFC 5322, 2.1.1: no line of a message may be longer.
        assert!(m.html.lines().all(|line| line.len() <= 998));
    }
}

#[test]
fn every_sentence_comes_from_the_language_files() {
    let l = Languages::embedded(true).unwrap().negotiate(Some(PSEUDO));
    for sample in mails("johnsmith@contoso.com", "Firefox on Windows") {
        let m = mail(&sample.message, &sample.secrets, &brand(), &l).unwrap();
        let text = outside(&m.text).replace(&sample.url, "");
        assert_eq!(words_of(&text), "Contoso password reset", "{}", m.text);
        // The values of the facts stand in cells of their own.
        let mut html = outside(&visible(&m.html));
        for fact in [
            "Contoso password reset",
            "johnsmith@contoso.com",
            "globaladmin@contoso.com",
            "Firefox on Windows",
            "7K2M-9QXD",
            "198.51.100.7",
        ] {
            html = html.replace(fact, "");
        }
        assert_eq!(words_of(&html), "", "{}", m.html);
        assert_eq!(outside(&m.subject), "");
        assert!(m.html.contains("lang=\"en-XA\""));
    }
    for (message, secret) in texts() {
        // The brackets are no GSM-7 letters: being refused for the first of them shows that the text begins inside.
        let refused = sms(&message, secret, "reset.contoso.com", &l);
        assert_eq!(refused, Err(CannotRender::NotGsm7('⟦')), "{message:?}");
    }
}

/// What stands outside all brackets.
fn outside(text: &str) -> String {
    let mut depth = 0;
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '⟦' => depth += 1,
            '⟧' => depth -= 1,
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    out
}

#[test]
fn a_wrong_secret_or_channel_is_an_error_not_an_odd_mail() {
    let (l, brand) = (english(), brand());
    for samples::Sample { message, secrets, .. } in mails("johnsmith@contoso.com", "Firefox on Windows") {
        let other = Secrets { link: if secrets.link.is_some() { None } else { Some(LINK.into()) } };
        assert_eq!(mail(&message, &other, &brand, &l), Err(CannotRender::Secret), "{message:?}");
        assert_eq!(sms(&message, None, "reset.contoso.com", &l), Err(CannotRender::OtherChannel));
        if secrets.link.is_some() {
            let foreign = Secrets { link: Some("https://evil.example/reset/email-link/x".into()) };
            assert_eq!(mail(&message, &foreign, &brand, &l), Err(CannotRender::ForeignLink));
        }
    }
    for (message, secret) in texts() {
        let link = Secrets { link: secret.map(str::to_owned) };
        assert_eq!(mail(&message, &link, &brand, &l), Err(CannotRender::OtherChannel), "{message:?}");
        let other = if secret.is_some() { None } else { Some(LINK) };
        assert_eq!(sms(&message, other, "reset.contoso.com", &l), Err(CannotRender::Secret), "{message:?}");
    }
}

#[test]
fn every_kind_of_message_has_a_sample() {
    let kinds: std::collections::HashSet<String> = mails("johnsmith@contoso.com", "Firefox on Windows")
        .iter()
        .map(|sample| format!("{:?}", sample.message))
        .chain(texts().iter().map(|(message, _)| format!("{message:?}")))
        .collect();
    let source = include_str!("../../../domain/message.rs");
    let listed = source.matches(" { .. } => \"").count();
    assert_eq!(kinds.len(), listed, "{kinds:?}");
}

#[test]
fn forty_people_with_the_longest_names_fit_a_mail_that_no_program_cuts() {
    let person = crate::domain::message::Person {
        user_id: format!("{}@{}.example", "x".repeat(64), "label.".repeat(28).trim_end_matches('.')),
        display_name: "Alexandria Featherstonehaugh-Cholmondeley ".repeat(5),
    };
    let message = Message::AdministratorsWereReset {
        people: vec![person; 60],
        more: 0,
        by: crate::domain::message::Author::Operator,
        at: time::OffsetDateTime::UNIX_EPOCH,
    };
    let m = mail(&message, &Secrets::default(), &brand(), &english()).unwrap();
    // Gmail cuts at 102 KB.
    assert!(m.html.len() < 60_000, "{}", m.html.len());
    assert_eq!(m.text.matches("User ID: ").count(), crate::domain::message::PEOPLE_MAX);
}
