//! What strangers can bring into a log line, a terminal or a page: not a parser, but the way out of every one (V-47, V-64, V-67).

use sspr::{
    domain::spelling,
    visible::visible,
    web::{log, markup::Markup},
};

use super::{is_one_line, text};

/// One line comes out, a second time nothing changes, and a page shows no element that was typed.
pub fn logged(data: &[u8]) {
    let shown = visible(text(data));
    assert!(is_one_line(&shown));
    assert_eq!(visible(&shown), shown);
    let path = log::shown(text(data));
    assert!(
        path.split('/')
            .all(|part| part == "…" || part.len() <= 24 && !part.contains(|c: char| c.is_ascii_digit()))
    );
    assert!(is_one_line(&path));
    let html = Markup::isolated(text(data)).to_string();
    let inner = html.strip_prefix("<bdi>").and_then(|html| html.strip_suffix("</bdi>")).expect("its element");
    assert!(!inner.contains(['<', '>', '"', '\'']));
    let near = spelling::nearest(text(data), ["mail", "sms", "keys"]);
    assert!(near.is_none_or(|near| ["mail", "sms", "keys"].contains(&near)));
}
