//! A file that a page offers: a list as CSV.
//!
//! Must stay true: it is saved, never shown as a page, and no cache keeps it; what is in it was written by [`crate::csv`].

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};

/// A CSV under a name of ours.
pub fn csv(name: &'static str, text: String) -> Response {
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""))
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, text).into_response()
}
