//! The page for everything that is not a page: what happened, what it means for the visitor, and the way on.
//!
//! Must stay true: it needs no database and no session to render, since it is what they see when both are gone.

use askama::Template;
use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use time::OffsetDateTime;

use super::{
    page::{Moment, Page, Screen, render},
    visit::Visit,
};
use crate::{clock, directory::hashing::Busy};

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
    /// 421: asked for under a name that is not ours.
    WrongHost,
    /// 403: the role of whoever is signed in does not open this.
    Forbidden,
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
    /// 503: it took us too long.
    TooSlow,
    /// 408: it took too long to arrive.
    SlowBody,
    /// 414
    LongAddress,
    /// 500
    Internal,
}

impl ErrorKind {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::ForbiddenForm | Self::Forbidden => StatusCode::FORBIDDEN,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::WrongMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Busy | Self::Unavailable | Self::TooSlow => StatusCode::SERVICE_UNAVAILABLE,
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Self::LongAddress => StatusCode::URI_TOO_LONG,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The middle of the message keys: `error-…-title`, `error-…-what`, `error-…-next`.
    fn key(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::WrongHost => "wrong-host",
            Self::Forbidden => "forbidden",
            Self::ForbiddenForm => "forbidden-form",
            Self::TooMany { .. } => "too-many",
            Self::TooLarge => "too-large",
            Self::BadRequest => "bad-request",
            Self::WrongMethod => "wrong-method",
            Self::WrongMedia => "wrong-media",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::TooSlow => "too-slow",
            Self::SlowBody => "slow-body",
            Self::LongAddress => "long-address",
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

/// Why a handler has no page of its own to show. A person's mistake is never one of these: it is data of the page.
#[derive(Debug)]
pub enum PageError {
    /// No such page.
    NotFound,
    /// The role of whoever is signed in does not open this.
    Forbidden,
    /// The form's token is not of this browser and session.
    ForbiddenForm,
    /// Over a budget that may show.
    TooMany(OffsetDateTime),
    /// More than a form can hold.
    TooLarge,
    /// Not a form that any page of ours sends.
    BadRequest,
    /// Not a form at all.
    WrongMedia,
    /// All threads that hash are busy.
    Busy,
    /// The database can't be reached.
    Unavailable(Box<dyn std::error::Error + Send + Sync>),
    /// A fault of ours: the person gets a reference, the log gets the cause.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl From<sqlx::Error> for PageError {
    fn from(cause: sqlx::Error) -> Self {
        let away = match &cause {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            // Operator intervention, resources, connection, lock and statement time-outs: later is better.
            sqlx::Error::Database(answer) => answer.code().is_some_and(|code| {
                ["57", "53", "08", "55", "40", "25006"].iter().any(|class| code.starts_with(class))
            }),
            _ => false,
        };
        if away { Self::Unavailable(Box::new(cause)) } else { Self::Internal(Box::new(cause)) }
    }
}

impl From<Busy> for PageError {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

/// Rides on a bare answer to the layer, which makes a page of it.
#[derive(Clone)]
struct Kind(ErrorKind, Option<OffsetDateTime>);

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (kind, until) = match self {
            Self::NotFound => (ErrorKind::NotFound, None),
            Self::Forbidden => (ErrorKind::Forbidden, None),
            Self::ForbiddenForm => (ErrorKind::ForbiddenForm, None),
            Self::TooMany(until) => (ErrorKind::TooMany { until: Moment::from(until) }, Some(until)),
            Self::TooLarge => (ErrorKind::TooLarge, None),
            Self::BadRequest => (ErrorKind::BadRequest, None),
            Self::WrongMedia => (ErrorKind::WrongMedia, None),
            Self::Busy => (ErrorKind::Busy, None),
            Self::Unavailable(cause) => {
                tracing::error!(error = %cause, "the database did not answer");
                (ErrorKind::Unavailable, None)
            }
            Self::Internal(cause) => {
                tracing::error!(error = %cause, "a request failed");
                (ErrorKind::Internal, None)
            }
        };
        let mut response = kind.status().into_response();
        response.extensions_mut().insert(Kind(kind, until));
        response
    }
}

/// Makes a page of every bare error, also of those that layers give: foreign forms, too large, too slow, no such method.
pub async fn layer(visit: Visit, request: Request, next: Next) -> Response {
    let (path, get) = (request.uri().path().to_owned(), request.method() == Method::GET);
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error())
        || response.headers().contains_key(header::CONTENT_TYPE) && is_html(&response)
    {
        return response;
    }
    let Kind(kind, until) = match response.extensions().get::<Kind>() {
        Some(kind) => kind.clone(),
        None => match status {
            StatusCode::FORBIDDEN => Kind(ErrorKind::ForbiddenForm, None),
            StatusCode::NOT_FOUND => Kind(ErrorKind::NotFound, None),
            StatusCode::MISDIRECTED_REQUEST => Kind(ErrorKind::WrongHost, None),
            StatusCode::METHOD_NOT_ALLOWED => Kind(ErrorKind::WrongMethod, None),
            StatusCode::PAYLOAD_TOO_LARGE => Kind(ErrorKind::TooLarge, None),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Kind(ErrorKind::WrongMedia, None),
            StatusCode::REQUEST_TIMEOUT => Kind(ErrorKind::SlowBody, None),
            StatusCode::URI_TOO_LONG => Kind(ErrorKind::LongAddress, None),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => Kind(ErrorKind::TooSlow, None),
            status if status.is_server_error() => Kind(ErrorKind::Internal, None),
            _ => Kind(ErrorKind::BadRequest, None),
        },
    };
    let (mut head, _) = response.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.remove(header::CONTENT_TYPE);
    // Where the way on is to open the page again; a path that may hold a token is never repeated.
    let again = (kind == ErrorKind::ForbiddenForm || !get).then(|| again_path(&path)).flatten();
    let page = ErrorPage {
        page: visit.page(clock::now()),
        reference: (kind == ErrorKind::Internal).then(|| visit.reference().to_string()),
        kind,
        again,
    };
    let mut answer = match render(page.kind.status(), &page) {
        Ok(answer) => answer,
        Err(cause) => {
            tracing::error!(error = %cause, "the error page did not render");
            page.kind.status().into_response()
        }
    };
    if let Some(until) = until {
        let seconds = (until - clock::now()).whole_seconds().max(1);
        if let Ok(value) = HeaderValue::try_from(seconds.to_string()) {
            answer.headers_mut().insert(header::RETRY_AFTER, value);
        }
    } else if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    for (name, value) in &head.headers {
        if [header::ALLOW, header::SET_COOKIE, header::CONNECTION].contains(name) {
            answer.headers_mut().append(name, value.clone());
        }
    }
    answer
}

/// The session layer answers a bare 500 when its store can't be reached; it has only the database to fail with.
pub async fn session_store_failed(response: Response) -> Response {
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR && response.extensions().get::<Kind>().is_none()
    {
        return PageError::Unavailable("the session could not be kept".into()).into_response();
    }
    response
}

fn is_html(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// The page that a form belongs to, if it can be opened again.
fn again_path(path: &str) -> Option<String> {
    let known = [
        ("/reset/check-email/resend", "/reset/check-email"),
        ("/reset/security-code/resend", "/reset/security-code"),
        ("/reset/verify-user", "/reset/verify-user"),
        ("/reset/check-email", "/reset/check-email"),
        ("/reset/security-code", "/reset/security-code"),
        ("/reset/new-password", "/reset/new-password"),
        ("/reset", "/reset"),
        ("/contact-administrator", "/contact-administrator"),
        ("/sign-in", "/sign-in"),
        ("/sign-out", "/account"),
        ("/account/password", "/account/password"),
        ("/account", "/account"),
    ];
    known.iter().find(|(from, _)| *from == path).map(|(_, to)| (*to).to_owned())
}
