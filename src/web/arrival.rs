//! A request is whole, and no larger than it may be, before anything of ours begins with it (O-16, R-21, V-58).
//!
//! Must stay true: a slow body holds nothing but its connection, no permit, row or database connection; it is not counted into the
//! time that an answer may take; what is larger than may be is not kept.

use axum::{
    body::{Body, Bytes, HttpBody as _},
    extract::{DefaultBodyLimit, FromRequest as _, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::app::App;

/// Bytes of path and query at most: what RFC 9112 (3) asks everyone to take.
const TARGET_LIMIT: usize = 8192;

/// Lets a request on once its body has arrived. The state's second part is the most bytes of it.
pub async fn layer(State((app, limit)): State<(App, usize)>, request: Request, next: Next) -> Response {
    if request.uri().path_and_query().is_some_and(|target| target.as_str().len() > TARGET_LIMIT) {
        return StatusCode::URI_TOO_LONG.into_response();
    }
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    // Told beforehand: refused without reading, and without asking for it ("100 Continue").
    if request.body().size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return ends(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let (head, body) = request.into_parts();
    let mut arriving = Request::new(body);
    DefaultBodyLimit::max(limit).apply(&mut arriving);
    match tokio::time::timeout(app.connections.body_timeout, Bytes::from_request(arriving, &())).await {
        Ok(Ok(whole)) => next.run(Request::from_parts(head, Body::from(whole))).await,
        // 413; or 400: broken off, or chunks that are none.
        Ok(Err(rejection)) => ends(rejection.status()),
        Err(_) => ends(StatusCode::REQUEST_TIMEOUT),
    }
}

/// An answer after which the connection ends: what else comes on it can't be told from the rest of this body.
fn ends(status: StatusCode) -> Response {
    (status, [(header::CONNECTION, HeaderValue::from_static("close"))]).into_response()
}
