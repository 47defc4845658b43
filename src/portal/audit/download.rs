//! `/portal/audit.csv` and `/portal/audit.jsonl`: the list with its filters, whole, as a file.
//!
//! Must stay true: sent as it is read, a batch at a time, so that a million events take no more memory than a thousand.

use axum::{
    body::Body,
    extract::{Query, State},
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use futures_util::stream;

use super::list::Asked;
use crate::{
    admin::{
        GlobalAdministrator,
        audit::{self, PAGE_MAX},
    },
    app::App,
    csv,
    portal::door::Global,
    store::{
        audit::list::{Filter, Listed},
        paging::Cursor,
    },
    web::error::PageError,
};

/// For a spreadsheet.
pub async fn csv(
    State(app): State<App>,
    Global { by, .. }: Global,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let line = |event: &Listed| csv::line(audit::columns(event));
    download(
        app,
        by,
        asked,
        csv::line(audit::COLUMNS),
        line,
        "text/csv; charset=utf-8",
        "attachment; filename=\"audit.csv\"",
    )
    .await
}

/// For programs: one JSON object a line.
pub async fn json_lines(
    State(app): State<App>,
    Global { by, .. }: Global,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let line = |event: &Listed| audit::json_line(event) + "\n";
    let kind = "application/jsonl; charset=utf-8";
    download(app, by, asked, String::new(), line, kind, "attachment; filename=\"audit.jsonl\"").await
}

/// What is still to be read.
struct Rest {
    app: App,
    by: GlobalAdministrator,
    /// None: that was all.
    filter: Option<Filter>,
}

impl Rest {
    /// The next events; none: that was all.
    async fn next(&mut self) -> Result<Vec<Listed>, sqlx::Error> {
        let Some(filter) = &mut self.filter else { return Ok(Vec::new()) };
        let events = audit::own(&self.app.pool, &self.by, filter, PAGE_MAX).await?;
        match events.last() {
            Some(last) if events.len() == usize::from(PAGE_MAX) => {
                filter.cursor = Cursor::OlderThan(last.place());
            }
            _ => self.filter = None,
        }
        Ok(events)
    }
}

async fn download(
    app: App,
    by: GlobalAdministrator,
    asked: Asked,
    heading: String,
    line: impl Fn(&Listed) -> String + Send + 'static,
    kind: &'static str,
    disposition: &'static str,
) -> Result<Response, PageError> {
    let (_, filter) = asked.understood();
    // Whole, wherever the page stood that it was asked from.
    let filter = Filter { cursor: Cursor::Newest, ..filter };
    let mut rest = Rest { app, by, filter: Some(filter) };
    // The first batch before the answer begins: a database that is away gets its own page.
    let lines = move |events: &[Listed]| events.iter().map(&line).collect::<String>();
    let first = heading + &lines(&rest.next().await?);
    // After it was read: a file does not tell of itself.
    audit::downloaded(&rest.app.pool, &rest.by, "audit").await?;
    let more = stream::unfold((rest, lines), async |(mut rest, lines)| match rest.next().await {
        Ok(events) if events.is_empty() => None,
        Ok(events) => Some((Ok(lines(&events)), (rest, lines))),
        // The connection breaks off: a short file must not look like a whole one.
        Err(error) => Some((Err(error), (rest, lines))),
    });
    let whole = stream::StreamExt::chain(stream::iter([Ok(first)]), more);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Body::from_stream(whole)).into_response())
}
