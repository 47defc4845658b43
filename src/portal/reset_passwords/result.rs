//! `/portal/users/reset-passwords/{batch}`: what became of each, with the state of each message at this moment; and the same as CSV.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use time::Duration;
use uuid::Uuid;

use super::outcome::Fate;
use crate::{
    admin::{NotDone, audit, passwords, users::LINK_HOURS},
    app::App,
    csv,
    domain::user::Right,
    portal::door::InPortal,
    store::batches::Batch,
    web::{
        download,
        error::PageError,
        page::{Moment, Page, Screen},
        portal_nav::Section,
        visit::show,
    },
};

/// The page.
#[derive(Template)]
#[template(path = "portal/reset_passwords/result.html")]
pub struct ResultPage {
    /// The shell.
    pub page: Page,
    /// The batch.
    pub id: Uuid,
    /// Who sent it.
    pub actor: String,
    /// When.
    pub at: Moment,
    /// Until when its links are good.
    pub good_until: Moment,
    /// Its people in the order in which they were chosen.
    pub lines: Vec<ResultLine>,
}

/// One person.
pub struct ResultLine {
    /// The row, while it exists.
    pub user: Option<Uuid>,
    /// The user ID as it was.
    pub user_id: String,
    /// The name that colleagues see; none: the user is deleted.
    pub display_name: Option<String>,
    /// What became of them.
    pub fate: Fate,
    /// A message that did not get there, for whoever may look at it.
    pub message: Option<Uuid>,
}

impl ResultLine {
    fn person(&self) -> Option<(Uuid, &str)> {
        self.user.zip(self.display_name.as_deref())
    }
}

impl ResultPage {
    /// Of a batch.
    pub fn new(page: Page, id: Uuid, batch: Batch, may_see_messages: bool) -> Self {
        let lines = batch.items.into_iter().map(|item| ResultLine {
            fate: Fate::of(&item),
            message: item.message.filter(|_| may_see_messages && Fate::of(&item).is_failed()),
            user: item.user,
            user_id: item.principal,
            display_name: item.display_name,
        });
        Self {
            page,
            id,
            lines: lines.collect(),
            actor: batch.actor,
            at: Moment::with_day(batch.created_at),
            good_until: Moment::with_day(
                batch.created_at.saturating_add(Duration::hours(i64::from(LINK_HOURS))),
            ),
        }
    }

    fn count(&self, of: impl Fn(Fate) -> bool) -> usize {
        self.lines.iter().filter(|line| of(line.fate)).count()
    }

    /// How many of each, those that are none left out, with their badge.
    fn counts(&self) -> Vec<(&'static str, String)> {
        [
            ("yes", "batch-count-sent", self.count(|fate| matches!(fate, Fate::Sent { .. }))),
            ("off", "batch-count-queued", self.queued()),
            ("no", "batch-count-failed", self.count(Fate::is_failed)),
            ("doubt", "batch-count-not", self.count(Fate::is_not_sent)),
        ]
        .into_iter()
        .filter(|(.., n)| *n > 0)
        .map(|(class, key, n)| (class, self.page.a(key).arg("n", n).s()))
        .collect()
    }

    fn queued(&self) -> usize {
        self.count(|fate| fate == Fate::Queued)
    }
}

impl Screen for ResultPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("batch-title")
    }
}

/// Shows it.
pub async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    door: InPortal,
) -> Result<Response, PageError> {
    let (id, batch) = find(&app, &door, &id).await?;
    let page = door.page(&app, Section::Users).await?;
    show(StatusCode::OK, &ResultPage::new(page, id, batch, door.by.may(Right::HandleMessages)))
}

/// The same for a spreadsheet.
pub async fn get_csv(
    State(app): State<App>,
    Path(id): Path<String>,
    door: InPortal,
) -> Result<Response, PageError> {
    let (_, batch) = find(&app, &door, &id).await?;
    let heading = csv::line(["UserId", "DisplayName", "Outcome"]);
    let rows = batch.items.iter().map(|item| {
        csv::line([&item.principal, item.display_name.as_deref().unwrap_or(""), Fate::of(item).as_str()])
    });
    audit::downloaded(&app.pool, &door.by, "password-resets").await?;
    Ok(download::csv("password-resets.csv", std::iter::once(heading).chain(rows).collect()))
}

async fn find(app: &App, door: &InPortal, id: &str) -> Result<(Uuid, Batch), PageError> {
    door.need(app, Right::ResetPasswords).await?;
    let id: Uuid = id.parse().map_err(|_| PageError::NotFound)?;
    match passwords::result(&app.pool, &door.by, id).await {
        Ok(Some(batch)) => Ok((id, batch)),
        Ok(None) => Err(PageError::NotFound),
        Err(NotDone::Store(cause)) => Err(cause.into()),
        Err(other) => Err(PageError::Internal(Box::new(other))),
    }
}
