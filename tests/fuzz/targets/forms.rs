//! Posted forms: what every page's form goes through before a handler sees a field (V-04, V-06, V-51).

use sspr::web::form;

/// A body that is let through has one reading: every pair is text, and the token is the one that a reader of forms finds.
pub fn form(data: &[u8]) {
    let Ok(token) = form::token_of(data) else { return };
    let fields: Vec<(String, String)> =
        serde_urlencoded::from_bytes(data).expect("let through, so it can be read");
    assert!(fields.iter().all(|(name, value)| !name.contains('\0') && !value.contains('\0')));
    assert!(!fields.iter().any(|(name, value)| name.contains('\u{fffd}') && !holds_mark(data)
        || value.contains('\u{fffd}') && !holds_mark(data)));
    let tokens: Vec<&String> =
        fields.iter().filter(|(name, _)| name == "form_token").map(|(_, value)| value).collect();
    match token {
        Some(token) => assert_eq!(tokens, [&token]),
        None => assert!(tokens.is_empty(), "a token that was not seen"),
    }
}

/// Whether the body itself holds U+FFFD, plainly or by percent signs: then it was not put in place of something else.
fn holds_mark(data: &[u8]) -> bool {
    let text = String::from_utf8_lossy(data).to_ascii_lowercase();
    text.contains('\u{fffd}') || text.contains("%ef") || text.contains("%bf") || text.contains("%bd")
}
