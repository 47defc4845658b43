//! `/portal/audit`: what happened, newest first.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use time::Duration;

use super::shown::{EventShown, words};
use crate::{
    admin::audit,
    app::App,
    domain::audit::AuditEvent,
    portal::{
        door::Global,
        paging::{self, Cut, NoDay, read_day},
    },
    store::{
        audit::list::{Filter, Listed},
        paging::Cursor,
    },
    web::{
        error::PageError,
        page::{FieldProblem, Page, Screen},
        portal_nav::Section,
        visit::show,
    },
};

/// Events on a page.
const SIZE: u16 = 50;

/// The page.
#[derive(Template)]
#[template(path = "portal/audit/list.html")]
pub struct AuditPage {
    /// The shell.
    pub page: Page,
    /// The filters as they were typed.
    pub typed: Typed,
    /// This page of events.
    pub events: Vec<EventShown>,
    /// Where the page before begins: what is newer.
    pub newer: Option<String>,
    /// Where the page behind begins: what is older.
    pub older: Option<String>,
}

/// The filters as they stand in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// The beginning of a user ID or name, or a receipt.
    pub search: String,
    /// The name of an event.
    pub event: String,
    /// `done`, or `not_done`.
    pub outcome: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub until: String,
    /// A user's row.
    pub user: String,
}

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    // One by one: the reader of addresses knows no structure inside another.
    #[serde(default)]
    search: String,
    #[serde(default)]
    event: String,
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    user: String,
    #[serde(default)]
    older: String,
    #[serde(default)]
    newer: String,
}

impl Asked {
    /// The filters as typed, and the whole of it as far as it can be understood. A place that is none is the beginning: only a hand
    /// in the address makes one.
    pub fn understood(self) -> (Typed, Filter) {
        let Self { search, event, outcome, from, until, user, older, newer } = self;
        let cursor = paging::cursor(&older, &newer);
        let typed = Typed { search, event, outcome, from, until, user };
        let filter = Filter { cursor, ..typed.filter() };
        (typed, filter)
    }
}

impl Typed {
    /// The filter, as far as it can be understood; what can't is told at its field. A day is one of UTC.
    fn filter(&self) -> Filter {
        let search = self.search.trim().replace('\0', "");
        let day = |text: &str, add| read_day(text).ok().flatten()?.checked_add(add);
        Filter {
            user: self.user.parse().ok(),
            who: (!search.is_empty()).then_some(search),
            begins: true,
            event: AuditEvent::named(&self.event).map(|event| event.as_str().to_owned()),
            outcome: None,
            not_done: self.outcome == "not_done",
            attempt: None,
            since: day(&self.from, Duration::ZERO),
            until: day(&self.until, Duration::DAY),
            cursor: Cursor::Newest,
        }
    }

    /// What is not understood: the field, and the key of the sentence.
    fn wrong(&self) -> Vec<(&'static str, &'static str)> {
        let mut wrong = Vec::new();
        let (from, until) = (read_day(&self.from), read_day(&self.until));
        if from.is_err() {
            wrong.push(("from", "audit-day-wrong"));
        }
        match (from, until) {
            (_, Err(NoDay)) => wrong.push(("until", "audit-day-wrong")),
            (Ok(Some(from)), Ok(Some(until))) if until < from => {
                wrong.push(("until", "audit-until-before-from"));
            }
            _ => {}
        }
        wrong
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The query of the same list, and whatever comes behind.
    fn query(&self, more: &[(&str, &str)]) -> String {
        let own = [
            ("search", self.search.as_str()),
            ("event", &self.event),
            ("outcome", &self.outcome),
            ("from", &self.from),
            ("until", &self.until),
            ("user", &self.user),
        ];
        paging::query(own.iter().chain(more))
    }
}

/// One option of a filter.
struct FilterOption {
    value: &'static str,
    words: String,
    chosen: bool,
}

impl AuditPage {
    fn event_options(&self) -> Vec<FilterOption> {
        let option = |event: &AuditEvent| {
            let value = event.as_str();
            FilterOption {
                value,
                words: words(&self.page, "event", value),
                chosen: value == self.typed.event,
            }
        };
        let mut options: Vec<_> = AuditEvent::ALL.iter().map(option).collect();
        options.sort_by(|one, other| one.words.cmp(&other.words));
        options
    }

    fn about_someone(&self) -> bool {
        !self.typed.user.is_empty()
    }

    /// The list without the filter by a user's row.
    fn of_everyone(&self) -> String {
        let typed = Typed { user: String::new(), ..self.typed.clone() };
        format!("/portal/audit{}", typed.query(&[]))
    }

    fn to(&self, direction: &str, place: &str) -> String {
        format!("/portal/audit{}", self.typed.query(&[(direction, place)]))
    }

    fn download(&self, form: &str) -> String {
        format!("/portal/audit.{form}{}", self.typed.query(&[]))
    }
}

impl Screen for AuditPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("audit-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let wrong = self.typed.wrong();
        wrong.into_iter().map(|(field, key)| FieldProblem::new(field, &self.page.t(key))).collect()
    }
}

/// Shows a page of the list.
pub async fn get(
    State(app): State<App>,
    Global { by, door }: Global,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let (typed, filter) = asked.understood();
    let page = door.page(&app, Section::Audit).await?;
    if !typed.wrong().is_empty() {
        let form = AuditPage { page, typed, events: Vec::new(), newer: None, older: None };
        return show(StatusCode::UNPROCESSABLE_ENTITY, &form);
    }
    let found = audit::own(&app.pool, &by, &filter, SIZE + 1).await?;
    let Cut { lines, newer, older } = Cut::of(found, filter.cursor, SIZE, Listed::place);
    let events = lines.into_iter().map(|event| EventShown::new(&page, event)).collect();
    show(StatusCode::OK, &AuditPage { page, typed, events, newer, older })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn days_are_whole_and_what_is_none_is_told_at_its_field() {
        let typed =
            |from: &str, until: &str| Typed { from: from.into(), until: until.into(), ..Typed::default() };
        let filter = typed("2026-11-01", "2026-11-30").filter();
        assert_eq!(filter.since, Some(datetime!(2026-11-01 0:00 UTC)));
        assert_eq!(filter.until, Some(datetime!(2026-12-01 0:00 UTC)));
        assert_eq!(typed("2026-11-01", "2026-11-01").wrong(), []);
        assert_eq!(
            typed("2026-13-01", "x").wrong(),
            [("from", "audit-day-wrong"), ("until", "audit-day-wrong")]
        );
        assert_eq!(typed("2026-11-02", "2026-11-01").wrong(), [("until", "audit-until-before-from")]);
        for bad in ["9999-12-31", "-0001-01-01", "0000-01-01", "2026-02-30", "20261101"] {
            assert_eq!(typed(bad, "").wrong(), [("from", "audit-day-wrong")], "{bad}");
        }
    }

    #[test]
    fn the_address_holds_what_was_typed_and_nothing_that_was_not() {
        assert_eq!(Typed::default().query(&[]), "");
        let typed = Typed { search: "a&b=c d".into(), outcome: "not_done".into(), ..Typed::default() };
        assert_eq!(typed.query(&[("older", "1.7")]), "?search=a%26b%3Dc+d&outcome=not_done&older=1.7");
    }
}
