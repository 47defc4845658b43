//! `/captcha/{id}.png` and `.wav`: the characters as a picture and spoken. Nothing is stored; drawing has its own bound.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};

use futures_util::stream;

use super::{error::PageError, visit::Visit};
use crate::{app::App, captcha::Turn, clock};

/// What of a recording is handed over at once, in bytes.
const PIECE: usize = 16 * 1024;

/// Draws or speaks the challenge of this browser. Another browser's, an old or an altered one does not exist.
pub async fn get(
    State(app): State<App>,
    visit: Visit,
    Path(file): Path<String>,
) -> Result<Response, PageError> {
    let (id, kind) = file.rsplit_once('.').ok_or(PageError::NotFound)?;
    let client = visit.network().as_str();
    let (length, body, content_type) = match kind {
        "png" => {
            let picture = app.captcha.picture_bounded(id, visit.visitor(), clock::now(), client).await;
            let picture = picture.map_err(|_| PageError::Busy)?.ok_or(PageError::NotFound)?;
            (picture.len(), Body::from(picture), "image/png")
        }
        "wav" => {
            let spoken = app.captcha.spoken_bounded(id, visit.visitor(), clock::now(), client).await;
            let (recording, turn) = spoken.map_err(|_| PageError::Busy)?.ok_or(PageError::NotFound)?;
            (recording.len(), in_pieces(recording, turn), "audio/wav")
        }
        _ => return Err(PageError::NotFound),
    };
    let content_type = HeaderValue::from_static(content_type);
    let headers = [(header::CONTENT_TYPE, content_type), (header::CONTENT_LENGTH, HeaderValue::from(length))];
    Ok((headers, body).into_response())
}

/// A body that ends, and gives its turn back, when the last piece was taken: one that is handed over whole is at its end at once, and
/// waits in the connection's memory for as long as its reader likes.
fn in_pieces(recording: Vec<u8>, turn: Turn) -> Body {
    Body::from_stream(stream::unfold((Bytes::from(recording), turn), |(mut rest, turn)| async move {
        (!rest.is_empty()).then(|| {
            let piece = rest.split_to(rest.len().min(PIECE));
            (Ok::<_, Infallible>(piece), (rest, turn))
        })
    }))
}
