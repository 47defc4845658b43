//! The headers of every answer: what a browser may do with a page of ours (ASVS 3.4, 4.1, 14.3; OWASP's HTTP headers, O-15).
//!
//! Must stay true: whatever answers has all of them, errors and redirects included; what may be kept says so itself, and all else is made
//! for one person. What hyper refuses before it is a request (400, 431) has no body and no header of ours.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::app::App;

/// The policy of what is no page: a picture, a script, a file to keep. Opened by itself it does nothing.
const NO_PAGE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
);

/// Nothing of the device is of use to a page, but that the code of an SMS may be filled in and "copy the link" may copy. Those features
/// that have settled: a browser says in the console which name it does not know, and the console of our pages is empty.
const DEVICE: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), compute-pressure=(), cross-origin-isolated=(), \
display-capture=(), encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), \
idle-detection=(), keyboard-map=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), \
picture-in-picture=(), publickey-credentials-create=(), publickey-credentials-get=(), screen-wake-lock=(), \
serial=(), storage-access=(), sync-xhr=(), unload=(), usb=(), window-management=(), xr-spatial-tracking=(), \
clipboard-write=(self), otp-credentials=(self)",
);

const FIXED: [(HeaderName, &str); 10] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // A link's token stands in an address: no request that follows may carry it on (V-46).
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    // A process of our own in the browser, apart from the company's other sites.
    (HeaderName::from_static("origin-agent-cluster"), "?1"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // A name in a page is not looked up before somebody follows it.
    (header::X_DNS_PREFETCH_CONTROL, "off"),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
    // 0: the filter of old browsers could be used to break a page's own script.
    (header::X_XSS_PROTECTION, "0"),
];

/// Adds the headers to whatever answers, errors included.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let is_page =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let policy = if is_page {
        headers.entry("permissions-policy").or_insert(DEVICE);
        app.content_policy.clone()
    } else {
        NO_PAGE
    };
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    for (name, value) in FIXED {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // Nothing is embedded that does not say that it may be.
    headers.entry("cross-origin-embedder-policy").or_insert(HeaderValue::from_static("require-corp"));
    // What may be kept says so itself; all else is made for one person (V-48).
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if app.secure {
        headers
            .entry(header::STRICT_TRANSPORT_SECURITY)
            .or_insert(HeaderValue::from_static("max-age=63072000; includeSubDomains"));
    }
    response
}
