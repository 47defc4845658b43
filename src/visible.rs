//! Which characters may not reach a terminal, a log or a file of lines as they are. Whoever can type a user ID could
//! otherwise forge a log line (CR LF, U+2028), repaint the operator's screen (ESC) or turn text around (V-67).

use std::borrow::Cow;

/// True for control characters, line and paragraph separators, and the marks that reorder text (Trojan Source).
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The text on one line, with `\u{1b}` in place of an unsafe character.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_unsafe(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // V-67
    fn escape_sequences_line_ends_and_reordering_marks_become_readable() {
        assert_eq!(
            visible("a\r\nb\u{1b}[2J\u{2028}\u{9b}\u{202e}c"),
            r"a\r\nb\u{1b}[2J\u{2028}\u{9b}\u{202e}c"
        );
    }

    #[test]
    fn ordinary_text_of_any_script_stays_as_it_is() {
        assert!(matches!(visible("Jürgen 东京 مدير (42)"), Cow::Borrowed(_)));
    }
}
