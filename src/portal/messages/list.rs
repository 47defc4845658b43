//! `/portal/messages`: what was sent to the company's people, newest first.

use askama::Template;
use axum::{
    extract::{Query, State as Of},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;

use super::shown::{MessageShown, kind};
use crate::{
    admin::{messages, users},
    app::App,
    domain::delivery::{Kind, State},
    portal::{
        door::Global,
        paging::{self, Cut, read_day},
    },
    store::outbox::desk::{Filter, Listed},
    web::{
        error::PageError,
        page::{FieldProblem, Page, Screen},
        portal_nav::Section,
        visit::show,
    },
};

/// Messages on a page.
const SIZE: u16 = 50;

/// The page.
#[derive(Template)]
#[template(path = "portal/messages/list.html")]
pub struct MessagesPage {
    /// The shell.
    pub page: Page,
    /// The filters as they were typed.
    pub typed: Typed,
    /// The user ID of the person whose messages these are, where one is asked for.
    pub about: Option<String>,
    /// This page of messages.
    pub lines: Vec<MessageShown>,
    /// Where the page before begins: what is newer.
    pub newer: Option<String>,
    /// Where the page behind begins: what is older.
    pub older: Option<String>,
}

/// The filters as they stand in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// The name of a state, or `failed`.
    pub state: String,
    /// `email` or `sms`.
    pub channel: String,
    /// The name of a kind.
    pub kind: String,
    /// The first day.
    pub from: String,
    /// A user's row.
    pub user: String,
}

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    // One by one: the reader of addresses knows no structure inside another.
    state: String,
    channel: String,
    kind: String,
    from: String,
    user: String,
    older: String,
    newer: String,
}

impl Asked {
    /// The filters as typed, and the whole of it as far as it can be understood. A place that is none is the beginning.
    pub fn understood(self) -> (Typed, Filter) {
        let Self { state, channel, kind, from, user, older, newer } = self;
        let cursor = paging::cursor(&older, &newer);
        let filter = Filter {
            state: State::named(&state),
            channel: ["email", "sms"].into_iter().find(|name| *name == channel),
            kind: Kind::named(&kind),
            person: user.parse().ok(),
            failed: state == "failed",
            since: read_day(&from).ok().flatten(),
            cursor,
        };
        (Typed { state, channel, kind, from, user }, filter)
    }
}

impl Typed {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The query of the same list, and whatever comes behind.
    fn query(&self, more: &[(&str, &str)]) -> String {
        let own = [
            ("state", self.state.as_str()),
            ("channel", &self.channel),
            ("kind", &self.kind),
            ("from", &self.from),
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

impl MessagesPage {
    /// Decoys have no company, so the portal has no filter for them.
    fn states(&self) -> Vec<FilterOption> {
        let names = [
            ("failed", "messages-filter-failed"),
            ("queued", "messages-state-queued"),
            ("sent", "messages-state-sent"),
            ("gave_up", "messages-state-gave-up"),
            ("too_late", "messages-state-too-late"),
            ("withdrawn", "messages-state-withdrawn"),
            ("cancelled", "messages-state-cancelled"),
        ];
        let option =
            |(value, key)| FilterOption { value, words: self.page.t(key), chosen: value == self.typed.state };
        names.map(option).into()
    }

    fn channels(&self) -> Vec<FilterOption> {
        let option = |(value, key)| FilterOption {
            value,
            words: self.page.t(key),
            chosen: value == self.typed.channel,
        };
        [("email", "messages-email"), ("sms", "messages-sms")].map(option).into()
    }

    fn kinds(&self) -> Vec<FilterOption> {
        let option = |found: Kind| {
            let value = found.as_str();
            FilterOption { value, words: kind(&self.page, value), chosen: value == self.typed.kind }
        };
        let mut options = Kind::ALL.map(option);
        options.sort_by(|one, other| one.words.cmp(&other.words));
        options.into()
    }

    fn is_of_one(&self) -> bool {
        !self.typed.user.is_empty()
    }

    /// The list without the filter by a user's row.
    fn of_everyone(&self) -> String {
        let typed = Typed { user: String::new(), ..self.typed.clone() };
        format!("/portal/messages{}", typed.query(&[]))
    }

    fn to(&self, direction: &str, place: &str) -> String {
        format!("/portal/messages{}", self.typed.query(&[(direction, place)]))
    }
}

impl Screen for MessagesPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("messages-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let wrong = read_day(&self.typed.from).is_err();
        wrong.then(|| FieldProblem::new("from", &self.page.t("messages-day-wrong"))).into_iter().collect()
    }
}

/// Shows a page of the list.
pub async fn get(
    Of(app): Of<App>,
    Global { by, door }: Global,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let (typed, filter) = asked.understood();
    let page = door.page(&app, Section::Messages).await?;
    if read_day(&typed.from).is_err() {
        let form = MessagesPage { page, typed, about: None, lines: Vec::new(), newer: None, older: None };
        return show(StatusCode::UNPROCESSABLE_ENTITY, &form);
    }
    let about = match filter.person {
        // Of another company, or gone: nobody.
        Some(id) => users::find(&app.pool, &by, id).await.ok().flatten().map(|user| user.user_id),
        None => None,
    };
    let found = messages::list(&app.pool, &by, &filter, SIZE + 1).await?;
    let Cut { lines, newer, older } = Cut::of(found, filter.cursor, SIZE, Listed::place);
    let lines = lines.iter().map(|message| MessageShown::new(&page, message)).collect();
    show(StatusCode::OK, &MessagesPage { page, typed, about, lines, newer, older })
}
