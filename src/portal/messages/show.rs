//! `/portal/messages/{id}`: one message, and its two buttons.

use askama::Template;
use axum::{
    extract::{Path, Query, State as Of},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::shown::MessageShown;
use crate::{
    admin::{
        NotDone,
        messages::{self, Outcome},
    },
    app::App,
    domain::delivery::{NoCancel, NoRetry, State},
    portal::{
        door::{Global, InPortal},
        prove_again::{Button, hindrance},
        users::show::Pressed,
    },
    store::outbox::desk::Listed,
    web::{
        error::PageError,
        form::Posted,
        page::{Moment, Page, Screen},
        portal_nav::Section,
        visit::show,
    },
};

/// The page.
#[derive(Template)]
#[template(path = "portal/messages/message.html")]
pub struct MessagePage {
    /// The shell.
    pub page: Page,
    /// What the list shows of it.
    pub message: MessageShown,
    /// The key of what its state means.
    pub meaning: &'static str,
    /// The section of the configuration that took it, or answered last.
    pub provider: Option<String>,
    /// What the provider calls it.
    pub reference: Option<String>,
    /// Nothing of it leaves after this.
    pub deadline: Option<Moment>,
    /// When it ended.
    pub ended: Option<Moment>,
    /// When a receipt or bounce came.
    pub delivery_at: Option<Moment>,
    /// It may have left without our knowing.
    pub may_have_left: bool,
    /// Whether it can be sent again; else the key of why not, where that is worth a sentence.
    pub retry: Result<(), &'static str>,
    /// Whether it can be stopped; else the same.
    pub cancel: Result<(), &'static str>,
    /// The key of what a button just did, and whether it is bad news.
    pub notice: Option<(&'static str, bool)>,
}

impl MessagePage {
    /// Of a row.
    pub fn new(page: Page, message: &Listed, notice: Option<(&'static str, bool)>) -> Self {
        let standing = message.standing();
        Self {
            message: MessageShown::new(&page, message),
            meaning: meaning(message),
            provider: message.provider.clone(),
            reference: message.reference.clone(),
            deadline: message.deadline.map(Moment::with_day),
            ended: message.finished_at.map(Moment::with_day),
            delivery_at: message.delivery_at.map(Moment::with_day),
            may_have_left: message.maybe_sent > 0,
            retry: standing.may_retry().map_err(no_retry),
            cancel: standing.may_cancel(false).map_err(no_cancel),
            notice,
            page,
        }
    }

    /// It waits, or is being sent: the page looks again by itself.
    fn is_under_way(&self) -> bool {
        self.ended.is_none()
    }

    /// Why it can't be sent again, where it might have been expected.
    fn why_no_retry(&self) -> Option<&'static str> {
        self.retry.err().filter(|_| !self.is_under_way())
    }

    /// Why it can't be stopped, where it might have been expected.
    fn why_no_cancel(&self) -> Option<&'static str> {
        self.cancel.err().filter(|_| self.is_under_way())
    }
}

impl Screen for MessagePage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.message.what.clone()
    }
}

fn meaning(message: &Listed) -> &'static str {
    match (State::named(&message.state), message.delivery.as_deref()) {
        (Some(State::Sent), Some("failed")) => "messages-means-not-delivered",
        (Some(State::Sent), Some(_)) => "messages-means-delivered",
        (Some(State::Sent), None) => "messages-means-sent",
        (Some(State::Queued), _) if message.being_sent => "messages-means-being-sent",
        (Some(State::Queued), _) => "messages-means-queued",
        (Some(State::GaveUp), _) => "messages-means-gave-up",
        (Some(State::TooLate), _) => "messages-means-too-late",
        (Some(State::Withdrawn), _) => "messages-means-withdrawn",
        (Some(State::Cancelled), _) => "messages-means-cancelled",
        (Some(State::Undeliverable) | None, _) => "messages-means-undeliverable",
    }
}

/// The key of why it can't be sent again.
pub const fn no_retry(why: NoRetry) -> &'static str {
    match why {
        NoRetry::Waits => "messages-no-retry-waits",
        NoRetry::BeingSent => "messages-no-retry-being-sent",
        NoRetry::Sent => "messages-no-retry-sent",
        NoRetry::LinkDead => "messages-no-retry-link-dead",
        NoRetry::TooLate => "messages-no-retry-too-late",
        NoRetry::MayHaveLeftTwice => "messages-no-retry-twice",
        NoRetry::Nobodys => "messages-no-retry-nobodys",
    }
}

/// The key of why it can't be stopped.
pub const fn no_cancel(why: NoCancel) -> &'static str {
    match why {
        NoCancel::BeingSent => "messages-no-cancel-being-sent",
        NoCancel::Ended => "messages-no-cancel-ended",
        NoCancel::Notice => "messages-no-cancel-notice",
    }
}

/// What a redirect to the page tells it.
#[derive(Deserialize)]
pub struct Arrival {
    #[serde(default)]
    notice: String,
}

/// Shows it.
pub async fn get(
    Of(app): Of<App>,
    Path(id): Path<String>,
    Query(arrival): Query<Arrival>,
    global: Global,
) -> Result<Response, PageError> {
    let notice = match arrival.notice.as_str() {
        "retried" => Some(("messages-retried", false)),
        "cancelled" => Some(("messages-cancelled", false)),
        _ => None,
    };
    page(&app, &global, row(&id)?, StatusCode::OK, notice).await
}

/// Sends it again.
pub async fn retry(
    Of(app): Of<App>,
    Path(id): Path<String>,
    global: Global,
    Posted(Pressed { your_password }): Posted<Pressed>,
) -> Result<Response, PageError> {
    let id = row(&id)?;
    if let Some(asks) = ask_again(&app, &global.door, your_password, id, "retry").await? {
        return Ok(asks);
    }
    let outcome = done(&app, &global.door, messages::retry(&app.pool, &global.by, id).await).await?;
    if let Outcome::Done(_) = outcome {
        app.outbox.wake();
    }
    answer(&app, &global, id, outcome, "retried", no_retry).await
}

/// Stops it.
pub async fn cancel(
    Of(app): Of<App>,
    Path(id): Path<String>,
    global: Global,
    Posted(Pressed { your_password }): Posted<Pressed>,
) -> Result<Response, PageError> {
    let id = row(&id)?;
    if let Some(asks) = ask_again(&app, &global.door, your_password, id, "cancel").await? {
        return Ok(asks);
    }
    let outcome = done(&app, &global.door, messages::cancel(&app.pool, &global.by, id).await).await?;
    answer(&app, &global, id, outcome, "cancelled", no_cancel).await
}

/// The page that asks for the password, where the proof is too old.
async fn ask_again(
    app: &App,
    door: &InPortal,
    typed: Option<Zeroizing<String>>,
    id: Uuid,
    verb: &str,
) -> Result<Option<Response>, PageError> {
    let button = Button {
        action: format!("/portal/messages/{id}/{verb}"),
        fields: Vec::new(),
        word: if verb == "retry" { "prove-again-retry" } else { "prove-again-cancel" },
        back: format!("/portal/messages/{id}"),
        section: Section::Messages,
    };
    hindrance(app, &door.visit, &door.someone, typed.as_ref(), button).await
}

fn row(text: &str) -> Result<Uuid, PageError> {
    text.parse().map_err(|_| PageError::NotFound)
}

/// What the verb did; whoever may not is denied, and recorded.
async fn done<R>(
    app: &App,
    door: &InPortal,
    outcome: Result<Outcome<R>, NotDone>,
) -> Result<Outcome<R>, PageError> {
    match outcome {
        Ok(outcome) => Ok(outcome),
        Err(not_done) => {
            let refusal = door.refused(app, not_done).await?;
            Err(PageError::Internal(format!("refused: {refusal:?}").into()))
        }
    }
}

async fn answer<R>(
    app: &App,
    global: &Global,
    id: Uuid,
    outcome: Outcome<R>,
    notice: &str,
    key: fn(R) -> &'static str,
) -> Result<Response, PageError> {
    match outcome {
        Outcome::Done(_) => {
            Ok(Redirect::to(&format!("/portal/messages/{id}?notice={notice}")).into_response())
        }
        Outcome::NoSuch => Err(PageError::NotFound),
        Outcome::Refused(why) => {
            page(app, global, id, StatusCode::UNPROCESSABLE_ENTITY, Some((key(why), true))).await
        }
    }
}

async fn page(
    app: &App,
    Global { by, door }: &Global,
    id: Uuid,
    status: StatusCode,
    notice: Option<(&'static str, bool)>,
) -> Result<Response, PageError> {
    let message = messages::see(&app.pool, by, id).await?.ok_or(PageError::NotFound)?;
    let page = door.page(app, Section::Messages).await?;
    show(status, &MessagePage::new(page, &message, notice))
}
