//! Our cookies: names, flags, and how they are read.
//!
//! Over https every name starts with `__Host-`: Secure, no Domain, Path=/ (N-25). A demo over plain http on loopback can't have
//! that. `SameSite=Lax`: a Strict cookie is not sent when the link in a webmail is clicked, and "the browser that asked" would not
//! be known (V-53). No age: closing the browser ends it.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::app::App;

/// The cookies of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// Random, for whoever looks at a form: form tokens and CAPTCHA challenges are bound to it.
    Visitor,
    /// The browser session of a reset attempt.
    Reset,
    /// The session of a signed-in person (set by tower-sessions).
    Account,
}

impl Cookie {
    /// The cookie's name, with or without the prefix that browsers enforce.
    pub fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Visitor, true) => "__Host-sspr-visitor",
            (Self::Visitor, false) => "sspr-visitor",
            (Self::Reset, true) => "__Host-sspr-reset",
            (Self::Reset, false) => "sspr-reset",
            (Self::Account, true) => "__Host-sspr-account",
            (Self::Account, false) => "sspr-account",
        }
    }

    /// The cookie's value in a request. A name given twice counts as not given: which one is real can't be told.
    pub fn read(self, headers: &HeaderMap, secure: bool) -> Option<&str> {
        let name = self.name(secure);
        let mut values = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(found, _)| *found == name)
            .map(|(_, value)| value);
        let first = values.next()?;
        values.next().is_none().then_some(first)
    }

    /// The header that sets it. The value is ours: base64url.
    pub fn set(self, value: &str, secure: bool) -> Option<HeaderValue> {
        let flags = if secure {
            "; Path=/; HttpOnly; SameSite=Lax; Secure"
        } else {
            "; Path=/; HttpOnly; SameSite=Lax"
        };
        HeaderValue::try_from(format!("{}={value}{flags}", self.name(secure))).ok()
    }

    /// The header that removes it, with the flags that browsers ask of a `__Host-` name.
    pub fn remove(self, secure: bool) -> Option<HeaderValue> {
        let flags = if secure { "; Secure" } else { "" };
        HeaderValue::try_from(format!(
            "{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{flags}",
            self.name(secure)
        ))
        .ok()
    }
}

/// What a browser forgets with the account's cookie (ASVS 14.3.1): kept pages, and whatever an extension or an old version of ours put
/// into its storage. Not `"cookies"`: that takes those of the whole registrable domain, the company's other sites among them, and those of a
/// reset that is under way in the same browser.
const FORGET: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");

/// Gives the account's cookie its flags when the session layer removes it. That layer removes a cookie by name and path alone, and a
/// browser ignores whatever is set under a `__Host-` name without `Secure`: the cookie would outlive the sign-out.
///
/// Whatever answer takes the cookie away also clears: a sign-out, and the first answer to a session that ended elsewhere, by a new password,
/// a reset, a block or an administrator.
pub async fn removed_with_flags(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let removes = |line: &HeaderValue| {
        let (name, flags) = line.to_str().ok()?.split_once('=')?;
        Some(name == Cookie::Account.name(app.secure) && flags.contains("Max-Age=0"))
    };
    let found: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    if found.iter().any(|line| removes(line) == Some(true)) {
        headers.remove(header::SET_COOKIE);
        for line in found {
            let whole =
                if removes(&line) == Some(true) { Cookie::Account.remove(app.secure) } else { Some(line) };
            whole.map(|line| headers.append(header::SET_COOKIE, line));
        }
        headers.insert("clear-site-data", FORGET);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // N-25
    fn a_cookie_has_every_flag_and_no_age() {
        let set = Cookie::Reset.set("abc", true).unwrap();
        assert_eq!(set, "__Host-sspr-reset=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert!(Cookie::Reset.remove(true).unwrap().to_str().unwrap().contains("Secure"));
    }

    #[test]
    fn a_cookie_given_twice_is_not_believed() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; sspr-reset=one"));
        assert_eq!(Cookie::Reset.read(&headers, false), Some("one"));
        headers.append(header::COOKIE, HeaderValue::from_static("sspr-reset=two"));
        assert_eq!(Cookie::Reset.read(&headers, false), None);
    }
}
