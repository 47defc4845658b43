//! One line a request. Paths that hold a token are shortened; no address, number, cookie or field is ever written (V-47).

use axum::{extract::Request, middleware::Next, response::Response};
use tracing::Instrument as _;

use super::visit::Visit;

/// Writes the line, and ties everything that is logged meanwhile to the request's reference.
pub async fn layer(visit: Visit, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = shown(request.uri().path());
    let started = std::time::Instant::now();
    let span = tracing::info_span!("request", reference = %visit.reference());
    async move {
        let response = next.run(request).await;
        let status = response.status().as_u16();
        let milliseconds = started.elapsed().as_millis();
        // The demo's outbox asks every two seconds: that would scroll away what a person wants to read.
        if path.ends_with("/outbox.json") {
            tracing::debug!(%method, path, status, %milliseconds, "answered");
        } else {
            tracing::info!(%method, path, status, %milliseconds, "answered");
        }
        response
    }
    .instrument(span)
    .await
}

/// A path without what may be a secret: only words that are routes of ours are kept.
pub fn shown(path: &str) -> String {
    path.split('/')
        .map(|part| {
            if part.len() <= 24 && part.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'.')) {
                part
            } else {
                "…"
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // V-47, V-67
    fn a_token_and_a_line_break_never_reach_the_log() {
        assert_eq!(shown("/reset/check-email"), "/reset/check-email");
        assert_eq!(shown("/reset/email-link/AZmn0"), "/reset/email-link/…");
        assert_eq!(shown("/x\u{1b}[31m\n"), "/…");
    }
}
