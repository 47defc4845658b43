//! `/portal/users`: who there is, who could reset today, and whose passwords to reset.
//!
//! Must stay true: all state is in the address, so that a list can be sent to a colleague and works without script; what is chosen
//! stays chosen from page to page; nobody is offered whose password the one who looks may not reset.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use url::form_urlencoded;
use uuid::Uuid;

use super::{address::Asked, role_key};
use crate::{
    admin::users,
    app::App,
    domain::{
        readiness::Reason,
        user::{Right, Role, may_reset},
    },
    portal::{could_reset::CouldReset, door::InPortal},
    store::users::{Cursor, Line},
    web::{
        error::PageError,
        page::{Page, Screen},
        portal_nav::Section,
        visit::show,
    },
};

/// Passwords that are reset at once.
pub use crate::admin::passwords::BATCH_MAX as CHOSEN_MAX;

/// The filter for everyone who is not a mere user.
pub(super) const ADMINISTRATORS: &str = "administrators";

/// The page.
#[derive(Template)]
#[template(path = "portal/users/list.html")]
pub struct UsersPage {
    /// The shell.
    pub page: Page,
    /// The page follows the deletion of a user.
    pub deleted: bool,
    /// The one who looks may make users.
    pub may_create: bool,
    /// The filters as they were typed.
    pub typed: Typed,
    /// Who fits them, on all pages.
    pub total: i64,
    /// This page of them.
    pub lines: Vec<UserLine>,
    /// Who stands first here, if the list goes on before.
    pub previous: Option<Uuid>,
    /// Who stands last here, if the list goes on behind.
    pub next: Option<Uuid>,
    /// Chosen on other pages.
    pub elsewhere: Vec<Uuid>,
}

/// The filters as they stand in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// Part of a name, user ID or address, or digits of a number.
    pub search: String,
    /// A role, or `administrators`.
    pub role: String,
    /// `yes`, `no`, `doubtful`, or the name of a reason.
    pub ready: String,
    /// `yes` or `no`.
    pub blocked: String,
}

/// A user in the list.
pub struct UserLine {
    /// The row.
    pub id: Uuid,
    /// The name that colleagues see.
    pub display_name: String,
    /// User ID.
    pub user_id: String,
    /// Role.
    pub role: Role,
    /// Whether they could reset today.
    pub ready: CouldReset,
    /// Sign-in is blocked.
    pub blocked: bool,
    /// The one who looks.
    pub is_self: bool,
    /// Whether the box is ticked, where there is one.
    pub choice: Choice,
}

/// Whether someone is chosen for a reset of their password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Not by the one who looks.
    Impossible,
    /// Could be.
    Open,
    /// Is.
    Chosen,
}

impl UserLine {
    fn is_chosen(&self) -> bool {
        self.choice == Choice::Chosen
    }

    fn may_be_chosen(&self) -> bool {
        self.choice != Choice::Impossible
    }

    fn role_key(&self) -> String {
        role_key(self.role)
    }
}

/// One option of a filter.
struct FilterOption {
    value: String,
    words: String,
    chosen: bool,
}

impl UsersPage {
    fn option(&self, value: &str, key: &str, typed: &str) -> FilterOption {
        FilterOption { value: value.to_owned(), words: self.page.t(key), chosen: value == typed }
    }

    fn roles(&self) -> Vec<FilterOption> {
        let role = |role: Role| self.option(role.as_str(), &role_key(role), &self.typed.role);
        [("", "users-role-any"), (ADMINISTRATORS, "users-role-administrators")]
            .map(|(value, key)| self.option(value, key, &self.typed.role))
            .into_iter()
            .chain(Role::ALL.map(role))
            .collect()
    }

    fn readies(&self) -> Vec<FilterOption> {
        [
            ("", "users-ready-any"),
            ("yes", "users-ready-yes"),
            ("doubtful", "users-ready-doubtful"),
            ("no", "users-ready-no"),
        ]
        .map(|(value, key)| self.option(value, key, &self.typed.ready))
        .into()
    }

    fn reasons(&self) -> Vec<FilterOption> {
        Reason::ALL
            .map(Reason::as_str)
            .map(|name| self.option(name, &format!("reason-{name}"), &self.typed.ready))
            .into()
    }

    fn blocks(&self) -> Vec<FilterOption> {
        [("", "users-blocked-any"), ("yes", "users-blocked-yes"), ("no", "users-blocked-no")]
            .map(|(value, key)| self.option(value, key, &self.typed.blocked))
            .into()
    }

    /// Who sees contact data masked finds nobody by it.
    const fn hint_key(&self) -> &'static str {
        if self.may_create { "users-search-hint" } else { "users-search-hint-names" }
    }

    fn is_filtered(&self) -> bool {
        self.typed != Typed::default()
    }

    fn chosen(&self) -> usize {
        self.elsewhere.len() + self.lines.iter().filter(|line| line.is_chosen()).count()
    }

    fn too_many(&self) -> bool {
        self.chosen() > CHOSEN_MAX
    }

    /// The address of the list with the same filters, from its beginning, and nobody chosen.
    fn without_choice(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("search", &self.typed.search),
            ("role", &self.typed.role),
            ("ready", &self.typed.ready),
            ("blocked", &self.typed.blocked),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        let query = query.finish();
        if query.is_empty() { "/portal/users".to_owned() } else { format!("/portal/users?{query}") }
    }

    /// The query of the list without filters, for those who are chosen.
    fn only_choice(&self) -> String {
        let here = self.lines.iter().filter(|line| line.is_chosen()).map(|line| line.id);
        let mut query = String::new();
        for id in self.elsewhere.iter().copied().chain(here) {
            query.push(if query.is_empty() { '?' } else { '&' });
            query.push_str("select=");
            query.push_str(&id.to_string());
        }
        query
    }
}

impl Screen for UsersPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("users-title")
    }
}

/// Users on a page.
const PAGE: i64 = 50;

/// Shows a page of the list.
pub async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    door: InPortal,
) -> Result<Response, PageError> {
    door.need(&app, Right::SeeUsers).await?;
    let asked = Asked::read(query.as_deref().unwrap_or_default());
    let cursor = asked.cursor.unwrap_or(Cursor::Start);
    let found = users::page(&app.pool, &door.by, &asked.filter, cursor, PAGE, &app.budgets).await?;
    let page = door.page(&app, Section::Users).await?;
    let elsewhere =
        asked.chosen.iter().copied().filter(|id| found.lines.iter().all(|line| line.id != *id)).collect();
    let (first, last) = (found.lines.first().map(|line| line.id), found.lines.last().map(|line| line.id));
    let lines = found.lines.into_iter().map(|line| user_line(&page, &door, line, &asked.chosen)).collect();
    let page = UsersPage {
        page,
        deleted: asked.deleted,
        may_create: door.by.may(Right::ManageUsers),
        typed: asked.typed,
        total: found.total,
        lines,
        previous: first.filter(|_| found.has_before),
        next: last.filter(|_| found.has_after),
        elsewhere,
    };
    show(StatusCode::OK, &page)
}

fn user_line(page: &Page, door: &InPortal, line: Line, chosen: &[Uuid]) -> UserLine {
    let role = line.role.parse().unwrap_or(Role::User);
    let is_self = line.id == door.by.id();
    let choice = match !is_self && may_reset(door.by.own_role(), role) {
        false => Choice::Impossible,
        true if chosen.contains(&line.id) => Choice::Chosen,
        true => Choice::Open,
    };
    UserLine {
        id: line.id,
        ready: CouldReset::new(page, line.id, role, &line.readiness, false),
        display_name: line.display_name,
        user_id: line.user_id,
        role,
        blocked: line.blocked_at.is_some(),
        is_self,
        choice,
    }
}
