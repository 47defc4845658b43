//! The `Cookie` header.

use axum::http::{HeaderMap, HeaderValue, header};
use sspr::{domain::secret::SessionId, web::cookies::Cookie};

use super::parts;

/// A value that is believed stands in the header once, and what we set is what we read.
pub fn cookies(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in parts::<3>(data) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(header::COOKIE, value);
        }
    }
    for (cookie, secure) in [(Cookie::Visitor, true), (Cookie::Reset, true), (Cookie::Account, false)] {
        let Some(value) = cookie.read(&headers, secure) else { continue };
        assert!(!value.contains(';'));
        let Some(id) = SessionId::parse(value) else { continue };
        let set = cookie.set(id.expose(), secure).expect("a header");
        let pair = set.to_str().expect("text").split(';').next().expect("a pair").to_owned();
        let one = HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(&pair).expect("a header"))]);
        assert_eq!(cookie.read(&one, secure), Some(value));
        let mut twice = one.clone();
        twice.append(header::COOKIE, HeaderValue::try_from(&pair).expect("a header"));
        assert_eq!(cookie.read(&twice, secure), None);
    }
}
