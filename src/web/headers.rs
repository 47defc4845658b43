//! The headers of every answer: what a browser may do with a page of ours.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::app::App;

/// No inline code, no third party, no frame, no base, forms to ourselves only (ASVS 3.4.3).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; \
form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'";

/// The policy of a page with another company's script: ours, and for each directive exactly the hosts that the company documents. Without
/// trusted types where its script is not documented to work with them.
pub fn policy_with(hosts: &[(&str, &str)], trusted_types: bool) -> Option<HeaderValue> {
    let mut policy: Vec<String> = POLICY
        .split("; ")
        .filter(|part| trusted_types || !part.starts_with("require-trusted-types-for"))
        .map(str::to_owned)
        .collect();
    for (directive, hosts) in hosts {
        match policy.iter_mut().find(|part| part.split(' ').next() == Some(directive)) {
            Some(part) => part.extend([" ", hosts]),
            None => policy.push(format!("{directive} {hosts}")),
        }
    }
    HeaderValue::try_from(policy.join("; ")).ok()
}

const FIXED: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // A link's token stands in an address: no request that follows may carry it on (V-46).
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        // The code of an SMS may be filled in, and "copy the link" may copy; nothing else of the device is of use here.
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), payment=(), usb=(), \
         clipboard-write=(self), otp-credentials=(self)",
    ),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Adds the headers to whatever answers, errors included.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // What may be kept says so itself; all else is made for one person (V-48).
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if app.secure {
        headers
            .entry(header::STRICT_TRANSPORT_SECURITY)
            .or_insert(HeaderValue::from_static("max-age=63072000; includeSubDomains"));
    }
    response
}
