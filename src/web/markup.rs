//! Sentences with something inside that is more than text: a time, a name, a link.
//!
//! A translator moves the values about, so the sentence stays one message; the elements around its values are put
//! in after the sentence was escaped. Must stay true: whatever came from a person is escaped here, once, and is cut
//! off from the text around it by `<bdi>`, so that a name with a direction mark can't turn the sentence round.

use std::fmt::{self, Write as _};

use askama::filters::HtmlSafe;

use super::page::Moment;
use crate::language::{IntoValue, Language, WithValues};

/// Opens and closes the place of a value inside the formatted sentence. Private-use characters: the sentences
/// have none, and values lose theirs when they are escaped.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// A finished piece of HTML, which a template writes as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markup(String);

impl Markup {
    /// Plain text, escaped.
    pub fn text(text: &str) -> Self {
        Self(escaped(text))
    }

    /// A name, an address, a number, standing alone: cut off from what is around it.
    pub fn isolated(text: &str) -> Self {
        Self(format!("<bdi>{}</bdi>", escaped(text)))
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

/// A sentence on its way to HTML.
pub struct Marked<'l> {
    sentence: WithValues<'l>,
    language: &'l Language,
    pieces: Vec<String>,
}

impl<'l> Marked<'l> {
    /// The message `key` of a language.
    pub fn new(language: &'l Language, key: &'l str) -> Self {
        Self { sentence: language.a(key), language, pieces: Vec::new() }
    }

    /// A number, or a word of our own: plain text that may choose a plural form.
    #[must_use]
    pub fn arg<V: IntoValue>(mut self, name: &'l str, value: V) -> Self {
        self.sentence = self.sentence.arg(name, value);
        self
    }

    /// A time: the clock in UTC, which the script makes local.
    #[must_use]
    pub fn time(self, name: &'l str, moment: &Moment) -> Self {
        let piece = format!(
            r#"<time datetime="{}" data-local="{}">{}</time>"#,
            escaped(&moment.rfc3339),
            moment.local,
            escaped(&moment.clock)
        );
        self.piece(name, piece)
    }

    /// A name, an address, a number: whatever a person or a configuration gave.
    #[must_use]
    pub fn name(self, name: &'l str, text: &str) -> Self {
        let piece = format!("<bdi class=\"name\">{}</bdi>", escaped(text));
        self.piece(name, piece)
    }

    /// Several of them, in a row.
    #[must_use]
    pub fn names(self, name: &'l str, texts: &[String]) -> Self {
        let pieces: Vec<String> =
            texts.iter().map(|text| format!("<bdi class=\"name\">{}</bdi>", escaped(text))).collect();
        self.piece(name, pieces.join(", "))
    }

    /// A link to a path of ours, with the words of another message.
    #[must_use]
    pub fn link(self, name: &'l str, href: &str, words: &str) -> Self {
        let piece = format!("<a href=\"{}\">{}</a>", escaped(href), escaped(&self.language.t(words)));
        self.piece(name, piece)
    }

    /// A link that opens in a window of its own, so that the page with the form stays where it is.
    #[must_use]
    pub fn link_in_window(self, name: &'l str, href: &str, words: &str, window: &str) -> Self {
        let words = escaped(&self.language.t(words));
        let piece = format!("<a href=\"{}\" target=\"{}\">{words}</a>", escaped(href), escaped(window));
        self.piece(name, piece)
    }

    fn piece(mut self, name: &'l str, html: String) -> Self {
        let mut place = String::new();
        // Fails never: a String takes all.
        let _ = write!(place, "{OPEN}{}{CLOSE}", self.pieces.len());
        self.pieces.push(html);
        self.sentence = self.sentence.arg(name, place);
        self
    }

    /// The finished sentence as HTML.
    pub fn s(&self) -> Markup {
        let sentence = self.sentence.s();
        let mut html = String::with_capacity(sentence.len() + 96);
        let mut rest = sentence.as_str();
        while let Some((before, after)) = rest.split_once(OPEN) {
            html.push_str(&escaped(before));
            let (place, tail) = after.split_once(CLOSE).unwrap_or((after, ""));
            if let Some(piece) = place.parse::<usize>().ok().and_then(|n| self.pieces.get(n)) {
                html.push_str(piece);
            }
            rest = tail;
        }
        html.push_str(&escaped(rest));
        Markup(html)
    }
}

/// Text as HTML, good in an element and in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&#34;"),
            '\'' => html.push_str("&#39;"),
            OPEN | CLOSE => {}
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Languages;

    #[test]
    fn a_name_with_markup_and_our_own_marks_stays_a_name() {
        let l = Languages::embedded(false).unwrap().english();
        let html = Marked::new(&l, "signed-in-as").name("user", "<b>\"\u{E000}0\u{E001}'&").s().0;
        assert_eq!(html, r#"Signed in as <bdi class="name">&lt;b&gt;&#34;0&#39;&amp;</bdi>"#);
    }

    #[test]
    fn a_time_can_be_read_by_the_script() {
        let l = Languages::embedded(false).unwrap().english();
        let at = Moment::from(time::macros::datetime!(2026-11-21 14:05 UTC));
        let html = Marked::new(&l, "link-good-until").time("time", &at).s().0;
        assert!(
            html.contains(r#"<time datetime="2026-11-21T14:05:00Z" data-local="time">14:05 UTC</time>"#),
            "{html}"
        );
    }
}
