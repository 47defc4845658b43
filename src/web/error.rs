//! The page for everything that is not a page: what happened, what it means for the visitor, and the way on.
//!
//! Must stay true: it needs no database and no session to render, since it is what they see when both are gone.

use askama::Template;
use axum::http::StatusCode;

use super::page::{Moment, Page, Screen};

/// The error page.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The shell.
    pub page: Page,
    /// What happened.
    pub kind: ErrorKind,
    /// What the log lines of this request carry; shown where asking an administrator is the way on.
    pub reference: Option<String>,
    /// A path of ours where the visitor can try again; the start otherwise.
    pub again: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// 404
    NotFound,
    /// 403: the form is out of date, was filled in another browser session, or came from another site.
    ForbiddenForm,
    /// 429
    TooMany {
        /// From when on the network may try again: the same time as in `Retry-After`.
        until: Moment,
    },
    /// 413
    TooLarge,
    /// 400
    BadRequest,
    /// 405
    WrongMethod,
    /// 415
    WrongMedia,
    /// 503: all threads that hash are busy.
    Busy,
    /// 503: the database can't be reached.
    Unavailable,
    /// 408 and 503: it took too long.
    TooSlow,
    /// 500
    Internal,
}

impl ErrorKind {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::ForbiddenForm => StatusCode::FORBIDDEN,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::WrongMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Busy | Self::Unavailable | Self::TooSlow => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The middle of the message keys: `error-…-title`, `error-…-what`, `error-…-next`.
    fn key(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::ForbiddenForm => "forbidden-form",
            Self::TooMany { .. } => "too-many",
            Self::TooLarge => "too-large",
            Self::BadRequest => "bad-request",
            Self::WrongMethod => "wrong-method",
            Self::WrongMedia => "wrong-media",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::TooSlow => "too-slow",
            Self::Internal => "internal",
        }
    }
}

impl ErrorPage {
    fn text(&self, part: &str) -> String {
        self.page.t(&format!("error-{}-{part}", self.kind.key()))
    }
}

impl Screen for ErrorPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.text("title")
    }
}
