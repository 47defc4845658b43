//! A letter laid out as a mail: the text part and the HTML part.

use askama::Template;
use time::OffsetDateTime;

use super::{
    Brand, CannotRender,
    letter::{Letter, Writer},
    when,
};
use crate::{domain::message::Message, language::Language};

/// The longest line of the text part, in characters (RFC 5322, 2.1.1).
const LINE: usize = 78;

/// What the worker derives as it sends. It is never stored, and a print does not show it.
#[derive(Clone, Default)]
pub struct Secrets {
    /// The whole address of the link, on the configured public address.
    pub link: Option<String>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

/// A mail ready for its envelope. Holds the link, so a print does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct RenderedMail {
    /// One line without control characters.
    pub subject: String,
    /// The plain part: lines of 78 characters at most, the link's own line aside; ends with a newline.
    pub text: String,
    /// The same before its lines were broken: for a page, whose lines have their own length.
    pub unbroken: String,
    /// The HTML part: a whole document.
    pub html: String,
}

impl std::fmt::Debug for RenderedMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

/// The subject of the mail with the link: the "Check your e-mail" page shows it before the mail is sent. `at` is
/// the message's `asked_at`.
pub fn reset_link_subject(language: &Language, at: OffsetDateTime) -> String {
    language.a("mail-reset-subject").arg("clock", when::clock_with_seconds(at)).s()
}

/// Puts a message into words.
///
/// `secrets.link` is needed by the messages whose documentation says "Secret: the link"; the others lead to a page of ours and
/// refuse one.
pub fn mail(
    message: &Message,
    secrets: &Secrets,
    sender: &Brand,
    language: &Language,
) -> Result<RenderedMail, CannotRender> {
    let letter = Writer { l: language, sender }.letter(message, secrets.link.as_deref())?;
    if !sender.owns(&letter.url) {
        return Err(CannotRender::ForeignLink);
    }
    let tag = language.tag();
    let unbroken = Text { letter: &letter, sender: sender.name() }.to_string();
    let text = wrapped(&unbroken);
    let html = Html { letter: &letter, sender: sender.name(), tag }.to_string();
    Ok(RenderedMail { subject: letter.subject, text, unbroken, html })
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a> {
    letter: &'a Letter,
    sender: &'a str,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    letter: &'a Letter,
    sender: &'a str,
    tag: &'a str,
}

/// Breaks long lines at spaces. A line without a space stays whole: the link is never broken.
fn wrapped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    for line in text.trim_end().lines() {
        let mut used = 0;
        for word in line.split(' ') {
            let width = word.chars().count();
            if used > 0 && used + 1 + width > LINE {
                out.push('\n');
                used = 0;
            } else if used > 0 {
                out.push(' ');
                used += 1;
            }
            out.push_str(word);
            used += width;
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_break_at_spaces_and_links_never() {
        let link = format!("https://reset.contoso.com/{}", "x".repeat(90));
        let text = format!("{}\n\n{link}\n\n\n", "word ".repeat(40).trim_end());
        let out = wrapped(&text);
        assert!(out.lines().all(|line| line.len() <= 78 || line == link));
        assert!(out.lines().any(|line| line == link));
        assert_eq!(out.split_whitespace().count(), 41);
        assert!(out.ends_with("x\n") && !out.ends_with("\n\n"));
        assert_eq!(wrapped("a\n\nb"), "a\n\nb\n");
    }

    #[test]
    fn a_printed_mail_shows_no_link() {
        let secrets = Secrets { link: Some("https://reset.contoso.com/x".into()) };
        let mail =
            RenderedMail { subject: "s".into(), text: "t".into(), unbroken: "t".into(), html: "h".into() };
        assert_eq!(format!("{secrets:?}{mail:?}"), "[secret][secret]");
    }
}
