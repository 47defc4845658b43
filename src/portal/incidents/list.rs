//! `GET /portal/incidents`: open ones first, then the newest.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use uuid::Uuid;

use super::what_key;
use crate::{
    admin::{By as _, incidents},
    app::App,
    portal::door::Global,
    store::incidents::{After, Incident},
    web::{
        error::PageError,
        page::{Moment, Page, Screen},
        portal_nav::Section,
        visit::show,
    },
};

/// Incidents on a page.
const SIZE: usize = 25;

/// The page.
#[derive(Template)]
#[template(path = "portal/incidents/list.html")]
pub struct IncidentsPage {
    /// The shell.
    pub page: Page,
    /// This page of them.
    pub lines: Vec<Line>,
    /// The address of what comes behind.
    pub next: Option<String>,
    /// This is not the first page.
    pub is_further: bool,
}

/// An incident in the list.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its row.
    pub id: Uuid,
    /// User ID.
    pub user_id: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// The key of what happened, in a few words.
    pub what: String,
    /// When it was reported.
    pub reported_at: Moment,
    /// Nobody has closed it.
    pub is_open: bool,
    /// Who closed it.
    pub closed_by: Option<String>,
}

impl Screen for IncidentsPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("incidents-title")
    }
}

/// Where the page begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    after: String,
    /// `closed`: that row stood among the closed ones.
    among: String,
}

/// Shows it. A place that is none is the beginning.
pub async fn get(
    State(app): State<App>,
    Global { by, door }: Global,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let after = asked.after.parse().ok().map(|id| After { id, closed: asked.among == "closed" });
    let company = by.company().unwrap_or_default();
    let most = i64::try_from(SIZE + 1).unwrap_or(i64::MAX);
    let mut found = incidents::list(&app.pool, &by, company, after, most).await?;
    let more = found.len() > SIZE;
    found.truncate(SIZE);
    let next = found.last().filter(|_| more).map(|last| {
        let among = if last.is_open() { "" } else { "&among=closed" };
        format!("/portal/incidents?after={}{among}", last.id)
    });
    let page = door.page(&app, Section::Incidents).await?;
    let lines = found.into_iter().map(line).collect();
    show(StatusCode::OK, &IncidentsPage { page, lines, next, is_further: after.is_some() })
}

fn line(incident: Incident) -> Line {
    Line {
        id: incident.id,
        what: what_key(&incident.deed).replace("incident-", "incidents-what-"),
        reported_at: Moment::with_day(incident.reported_at),
        is_open: incident.is_open(),
        user_id: incident.user_id,
        display_name: incident.display_name.unwrap_or_default(),
        closed_by: incident.closed_by,
    }
}
