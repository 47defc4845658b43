//! What other people typed, made fit to stand in a mail: one line, cut, and never a link (V-64).
//!
//! A display name is written by an administrator, a browser's description comes from a header that anyone can
//! forge. Mail programs turn `evil.example` in plain text into a link by themselves, so escaping is not enough.

/// As much of a name as a mail shows, in characters.
const NAME: usize = 64;
/// The longest address that mail knows (RFC 5321, 4.5.3.1.3), in characters.
const USER_ID: usize = 254;

/// A name, a company, a description of a browser: words. What could become a link is taken apart.
pub fn words(typed: &str) -> String {
    let mut out = String::new();
    let mut after_dot = false;
    for c in one_line(typed).chars() {
        // "J.R. Smith" reads as well as "J. R. Smith", and `evil. example` is no address. The ideographic dots
        // separate the labels of a host name too.
        if after_dot && c.is_alphabetic() {
            out.push(' ');
        }
        after_dot = matches!(c, '.' | '\u{2024}' | '\u{3002}' | '\u{fe52}' | '\u{ff0e}' | '\u{ff61}');
        out.push(if matches!(c, ':' | '/' | '\\' | '@' | '\u{ff1a}' | '\u{ff0f}' | '\u{ff20}') {
            ' '
        } else {
            c
        });
    }
    cut(&one_line(&out), NAME)
}

/// A user ID: an address, so dots and the one `@` stay. What no address can be is shown as words.
pub fn user_id(stored: &str) -> String {
    let odd = |c: char| breaks(c) || invisible(c) || matches!(c, ':' | '/' | '\\' | '<' | '>' | '"');
    if stored.matches('@').count() != 1 || stored.contains(odd) {
        return words(stored);
    }
    cut(stored, USER_ID)
}

/// A masked address or number, as `domain::contact` makes it. Its dots and `@` stay; what is no mask is shown as words.
pub fn masked(stored: &str) -> String {
    if stored.contains('•') { user_id(stored) } else { words(stored) }
}

/// A user ID in a subject: short enough that the time behind it is seen.
pub fn in_subject(user_id: &str) -> String {
    cut(user_id, NAME)
}

/// One line without anything invisible: no line can be added, no direction turned, no header broken.
pub fn one_line(typed: &str) -> String {
    let visible: String =
        typed.chars().map(|c| if breaks(c) { ' ' } else { c }).filter(|&c| !invisible(c)).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most - 1).collect();
    short.push('…');
    short
}

fn breaks(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Unicode's format characters (category Cf) and their kin: bidirectional controls, joiners, byte order mark, tags.
pub(super) fn invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // V-64
    fn a_name_stays_a_name() {
        assert_eq!(words("John Smith"), "John Smith");
        assert_eq!(words("  Søren\tØ.  "), "Søren Ø.");
        assert_eq!(words("J.R. O'Neil-Díaz, Jr."), "J. R. O'Neil-Díaz, Jr.");
        assert_eq!(words("Firefox 128.0 on Windows"), "Firefox 128.0 on Windows");
    }

    #[test] // V-64
    fn a_name_can_not_become_a_link_a_line_or_an_address() {
        assert_eq!(words("http://evil.example/login"), "http evil. example login");
        assert_eq!(words("www.evil.example"), "www. evil. example");
        assert_eq!(words("evil。example and evil．example"), "evil。 example and evil． example");
        assert_eq!(words("evil.\u{200b}example"), "evil. example");
        assert_eq!(words("a@evil.example"), "a evil. example");
        assert_eq!(words("x\r\nBcc: a@b.example\u{2028}y\0z"), "x Bcc a b. example y z");
    }

    #[test] // V-64
    fn controls_of_direction_and_invisible_characters_are_gone() {
        assert_eq!(words("\u{202e}nhoJ\u{202c} \u{2066}S\u{2069}\u{e0041}\u{feff}"), "nhoJ S");
        assert_eq!(words("\u{200f}\u{200b}"), "");
    }

    #[test] // V-64
    fn a_very_long_name_is_cut() {
        let shown = words(&"ä".repeat(5000));
        assert_eq!(shown.chars().count(), 64);
        assert!(shown.ends_with('…'));
        assert!(words(&"a.b".repeat(5000)).chars().count() <= 64);
    }

    #[test]
    fn a_user_id_keeps_its_dots_but_carries_no_address_of_a_page() {
        assert_eq!(user_id("john.smith@contoso.com"), "john.smith@contoso.com");
        assert_eq!(user_id("http://evil.example/@contoso.com"), "http evil. example contoso. com");
        assert_eq!(user_id("evil.example"), "evil. example");
        assert_eq!(masked("j••••••h@••••••.com"), "j••••••h@••••••.com");
        assert_eq!(masked("••••••00"), "••••••00");
        assert_eq!(masked("a@evil.example"), "a evil. example");
        assert_eq!(user_id("a@b.example@c"), "a b. example c");
        assert_eq!(user_id("a\r\nb@contoso.com"), "a b contoso. com");
        assert_eq!(user_id("a\u{202e}b@contoso.com"), "ab contoso. com");
    }
}
