//! Forms: read strictly, and only with the token of this browser and session.
//!
//! A handler that takes a [`Posted`] can't see a field before the token was checked; the Fetch Metadata and Origin layer in front
//! is a second lock on the same door (V-51, ASVS 3.5.1). A field twice, a wrong type, bytes that are no UTF-8, a NUL: 400 (V-04, V-06).

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{Method, header},
};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::{
    error::PageError,
    visit::{FormOf, Visit},
};

/// A form of a page, with its token checked.
pub struct Posted<T>(pub T);

/// A form says which session its token belongs to.
pub trait Form: DeserializeOwned {
    /// The session.
    const OF: FormOf;
}

impl<S: Send + Sync, T: Form> FromRequest<S> for Posted<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let visit = request
            .extensions()
            .get::<Visit>()
            .cloned()
            .ok_or_else(|| PageError::Internal("no visit: the layer is missing".into()))?;
        if request.method() != Method::POST {
            return Err(PageError::BadRequest);
        }
        let is_form =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(
                |kind| {
                    kind.split(';').next().is_some_and(|kind| {
                        kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
                    })
                },
            );
        if !is_form {
            return Err(PageError::WrongMedia);
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
                PageError::TooLarge
            } else {
                PageError::BadRequest
            }
        })?;
        let token = token_of(&body)?;
        if !visit.form_token_is_right(T::OF, token.as_deref().unwrap_or_default()) {
            return Err(PageError::ForbiddenForm);
        }
        serde_urlencoded::from_bytes(&body).map(Posted).map_err(|_| PageError::BadRequest)
    }
}

/// The form token of a body, after every pair was found to be text.
pub fn token_of(body: &[u8]) -> Result<Option<String>, PageError> {
    let mut token = None;
    for pair in body.split(|byte| *byte == b'&') {
        let equals = pair.iter().position(|byte| *byte == b'=');
        let (name, value) = pair.split_at(equals.unwrap_or(pair.len()));
        // Broken percent signs and bytes that are no UTF-8 would be replaced in silence by a lenient reader.
        let part = |part| decode(part).filter(|text| !text.contains('\0')).ok_or(PageError::BadRequest);
        let (name, value) = (part(name)?, part(value.strip_prefix(b"=").unwrap_or(value))?);
        // As the reader of forms has it: a name without a value is that name with an empty one.
        if *name == "form_token" && token.replace(value.to_string()).is_some() {
            return Err(PageError::BadRequest);
        }
    }
    Ok(token)
}

/// Percent-decodes a name or a value; `None` when what comes out is no UTF-8.
fn decode(part: &[u8]) -> Option<Zeroizing<String>> {
    // With all the room that it can need: a vector that grows would leave a password behind.
    let mut out = Zeroizing::new(Vec::with_capacity(part.len()));
    let mut rest = part.iter().copied();
    while let Some(byte) = rest.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(std::mem::take(&mut *out)).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // V-06, V-58
    fn what_is_no_text_is_refused() {
        assert!(token_of(b"a=1&form_token=x").is_ok_and(|token| token.as_deref() == Some("x")));
        // Found by fuzzing: the reader of forms knows a name without a value, and a value with an equals sign.
        for (body, token) in
            [(&b"form_token"[..], Some("")), (b"form%5ftoken=a=b", Some("a=b")), (b"form_token%3da", None)]
        {
            assert!(token_of(body).is_ok_and(|found| found.as_deref() == token), "{body:?}");
        }
        assert!(token_of(b"form_token=a&form_token").is_err());
        for body in
            [&b"a=%00"[..], b"a=%ff", b"a=%", b"a=%4", b"a=%zz", b"\xff=1", b"form_token=a&form_token=b"]
        {
            assert!(token_of(body).is_err(), "{body:?}");
        }
    }
}
