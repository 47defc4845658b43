//! What strangers type into names, companies and headers, and what must not come of it.

use super::{RenderedMail, ordinary, rendered, visible};

#[test] // V-63, V-64
fn nothing_that_a_stranger_typed_becomes_markup_a_link_a_line_or_a_header() {
    let kilobytes = "<b>".repeat(1700);
    let corpus = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "</td></table><a href=http://evil.example>Reset your password now</a>",
        "http://evil.example/login",
        "https:\\\\evil.example",
        "www.evil.example",
        "evil.example",
        "John\r\nBcc: victim@fabrikam.com\r\n\r\nbody",
        "John\n.\nQUIT",
        "{{ 7*7 }} { $clock } ${x}",
        "&lt;script&gt; &#60; &amp;",
        "\u{202e}elpmaxe.live\u{2066}\u{200f}",
        "a\0b\u{1b}[31m\u{7f}\u{85}c",
        "\u{2028}line\u{2029}line",
        &kilobytes,
    ];
    let shape = |m: &RenderedMail| (m.html.matches('<').count(), m.text.lines().count());
    let plain = ordinary();
    for typed in corpus {
        for (user_id, who) in [("johnsmith@contoso.com", typed), (typed, typed)] {
            for (m, plain) in rendered(user_id, who).iter().zip(&plain) {
                assert_eq!(shape(m).0, shape(plain).0, "tags: {typed:?}\n{}", m.html);
                for part in [&m.text, &m.html] {
                    assert_eq!(part.matches("://").count(), 1, "{typed:?}\n{part}");
                    assert!(
                        !part.contains("evil.example") && !part.contains("@fabrikam"),
                        "{typed:?}\n{part}"
                    );
                    assert!(part.chars().all(|c| c == '\n' || !c.is_control()), "{typed:?}");
                    assert!(!part.contains(['\u{202e}', '\u{2066}', '\u{200f}', '\u{2028}', '\u{2029}']));
                    assert!(part.len() < 8000, "{} bytes", part.len());
                }
                // A line of its own is the start of a forged sentence, or of a forged SMTP command.
                assert!(m.text.lines().all(|line| line != "." && !line.starts_with("Bcc")), "{}", m.text);
                assert!(shape(m).1 <= shape(plain).1 + 12, "{}", m.text);
                assert!(m.subject.chars().all(|c| !c.is_control()), "{:?}", m.subject);
                assert!(m.subject.chars().count() <= 120, "{}", m.subject);
            }
        }
    }
}

#[test] // V-64
fn a_name_with_markup_is_shown_as_text() {
    let m = &rendered("johnsmith@contoso.com", "Bobby <b>Tables</b> & \"Sons\"")[3];
    assert!(m.text.contains("Bobby <b>Tables< b> & \"Sons\""), "{}", m.text);
    assert!(visible(&m.html).contains("Bobby <b>Tables< b> & \"Sons\""), "{}", m.html);
}

#[test]
fn an_unknown_name_or_browser_leaves_no_gap() {
    for m in rendered("johnsmith@contoso.com", "\u{200b}") {
        for gap in ["()", "  ", " .", ": .", "Name:", "Company:"] {
            assert!(!m.text.contains(gap), "{gap:?}: {}", m.text);
        }
    }
}
