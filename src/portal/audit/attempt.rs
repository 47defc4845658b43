//! `/portal/audit/attempts/{attempt}`: one reset, as a row of steps.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use time::Duration;
use uuid::Uuid;

use super::shown::EventShown;
use crate::{
    admin::audit,
    app::App,
    portal::door::Global,
    store::audit::list::{Attempt, Listed},
    web::{
        error::PageError,
        page::{Moment, Page, Screen},
        portal_nav::Section,
        visit::show,
    },
};

/// The page.
#[derive(Template)]
#[template(path = "portal/audit/attempt.html")]
pub struct AttemptPage {
    /// The shell.
    pub page: Page,
    /// The attempt's row: what ties its events together.
    pub id: Uuid,
    /// The user ID as it was typed first.
    pub user_id: String,
    /// When the first step was.
    pub began: Moment,
    /// Browser and system in words, while they are kept.
    pub browser: Option<String>,
    /// The key of where it stands, or how it ended.
    pub standing: &'static str,
    /// The steps, oldest first.
    pub steps: Vec<Step>,
}

/// A step.
pub struct Step {
    /// What happened.
    pub event: EventShown,
    /// To the second.
    pub at: Moment,
    /// Minutes and seconds after the first step.
    pub after: (i64, i64),
}

impl Screen for AttemptPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("audit-attempt-title")
    }
}

/// How it ended. By its row while that is kept, by its last event later.
fn standing(attempt: Option<&Attempt>, steps: &[Listed]) -> &'static str {
    let done = steps.iter().any(|step| step.event == "password_reset");
    let Some(attempt) = attempt else {
        return if done { "audit-attempt-done" } else { "audit-attempt-not-done" };
    };
    if attempt.finished || done {
        return "audit-attempt-done";
    }
    match attempt.end_reason.as_deref() {
        Some("replaced") => "audit-attempt-replaced",
        Some("too_many_tries") => "audit-attempt-too-many-tries",
        Some("switched_off") => "audit-attempt-switched-off",
        Some("not_me") => "audit-attempt-not-me",
        Some(_) => "audit-attempt-not-done",
        None if attempt.over => "audit-attempt-expired",
        None => "audit-attempt-under-way",
    }
}

/// Shows it. An attempt of another company, or none, is the same: not found.
pub async fn get(
    State(app): State<App>,
    Global { by, door }: Global,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id: Uuid = id.parse().map_err(|_| PageError::NotFound)?;
    let (steps, attempt) = audit::steps(&app.pool, &by, id).await?;
    let Some(first) = steps.first() else { return Err(PageError::NotFound) };
    let page = door.page(&app, Section::Audit).await?;
    let (user_id, began) = (first.subject.clone(), first.at);
    let standing = standing(attempt.as_ref(), &steps);
    let step = |event: Listed| {
        let after: Duration = event.at - began;
        Step {
            at: Moment::to_the_second(event.at),
            after: (after.whole_minutes(), after.whole_seconds() % 60),
            event: EventShown::new(&page, event),
        }
    };
    let steps = steps.into_iter().map(step).collect();
    let browser = attempt.map(|attempt| attempt.browser);
    let began = Moment::with_day(began);
    show(StatusCode::OK, &AttemptPage { page, id, user_id, began, browser, standing, steps })
}
