//! `/captcha/{id}.png` and `.wav`: the characters as a picture and spoken. Nothing is stored; drawing has its own bound.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};

use super::{error::PageError, visit::Visit};
use crate::{app::App, clock};

/// Draws or speaks the challenge of this browser. Another browser's, an old or an altered one does not exist.
pub async fn get(
    State(app): State<App>,
    visit: Visit,
    Path(file): Path<String>,
) -> Result<Response, PageError> {
    let (id, kind) = file.rsplit_once('.').ok_or(PageError::NotFound)?;
    let client = visit.network().as_str();
    let (bytes, content_type) = match kind {
        "png" => (app.captcha.picture_bounded(id, visit.visitor(), clock::now(), client).await, "image/png"),
        "wav" => (app.captcha.spoken_bounded(id, visit.visitor(), clock::now(), client).await, "audio/wav"),
        _ => return Err(PageError::NotFound),
    };
    let bytes = bytes.map_err(|_| PageError::Busy)?.ok_or(PageError::NotFound)?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], bytes).into_response())
}
