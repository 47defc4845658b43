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

use super::role_key;
use crate::{
    admin::users,
    app::App,
    domain::{
        readiness::Reason,
        user::{Right, Role, may_reset},
    },
    portal::{could_reset::CouldReset, door::InPortal},
    store::users::{Cursor, Filter, Line, ReadyFilter},
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
const ADMINISTRATORS: &str = "administrators";

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

/// What stands in the address: read leniently, since people keep such addresses. What no filter of ours knows filters nothing.
#[derive(Default)]
struct Asked {
    typed: Typed,
    filter: Filter,
    cursor: Option<Cursor>,
    chosen: Vec<Uuid>,
    deleted: bool,
}

/// Characters of a search that are looked at.
const SEARCH_MAX: usize = 200;
/// Chosen people that an address is read for: more than can be reset at once, so that the page can say so.
const CHOSEN_READ: usize = 200;
/// Users on a page.
const PAGE: i64 = 50;

impl Asked {
    fn read(query: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                // A NUL is in no name, and the database takes none.
                "search" => {
                    let text: String =
                        value.trim().chars().filter(|c| !c.is_control()).take(SEARCH_MAX).collect();
                    asked.typed.search = text;
                }
                "role" => asked.role(&value),
                "ready" => asked.ready(&value),
                "blocked" => {
                    asked.filter.blocked = match value.as_ref() {
                        "yes" => Some(true),
                        "no" => Some(false),
                        _ => continue,
                    };
                    asked.typed.blocked = value.into_owned();
                }
                "after" => asked.cursor = value.parse().ok().map(Cursor::After),
                "before" => asked.cursor = value.parse().ok().map(Cursor::Before),
                "select" => {
                    if let Ok(id) = value.parse()
                        && asked.chosen.len() < CHOSEN_READ
                        && !asked.chosen.contains(&id)
                    {
                        asked.chosen.push(id);
                    }
                }
                "notice" => asked.deleted = value == "deleted",
                _ => {}
            }
        }
        asked.filter.search.clone_from(&asked.typed.search);
        asked
    }

    fn role(&mut self, value: &str) {
        if value == ADMINISTRATORS {
            self.filter.administrators = true;
        } else if let Ok(role) = value.parse() {
            self.filter.role = Some(role);
        } else {
            return;
        }
        value.clone_into(&mut self.typed.role);
    }

    fn ready(&mut self, value: &str) {
        self.filter.ready = Some(match value {
            "yes" => ReadyFilter::Yes,
            "no" => ReadyFilter::No,
            "doubtful" => ReadyFilter::Doubtful,
            name => match Reason::named(name) {
                Some(reason) => ReadyFilter::Because(reason),
                None => return,
            },
        });
        value.clone_into(&mut self.typed.ready);
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_into_a_filter_and_what_is_none_filters_nothing() {
        let id = Uuid::from_u128(7);
        let asked = Asked::read(&format!(
            "search=+Jo%00hn%0d+&role=administrators&ready=no_mobile_phone&blocked=no&after={id}&select={id}&select={id}&select=x"
        ));
        assert_eq!(asked.filter.search, "John");
        assert!(asked.filter.administrators);
        assert_eq!(asked.filter.ready, Some(ReadyFilter::Because(Reason::NoMobilePhone)));
        assert_eq!(asked.filter.blocked, Some(false));
        assert_eq!(asked.cursor, Some(Cursor::After(id)));
        assert_eq!(asked.chosen, [id]);

        let nonsense = Asked::read("role=king&ready=perhaps&blocked=maybe&after=1&%ff=%ff");
        assert_eq!(nonsense.filter, Filter::default());
        assert_eq!(nonsense.typed, Typed::default());
        assert_eq!(nonsense.cursor, None);
    }

    #[test]
    fn an_endless_address_is_not_read_to_its_end() {
        use std::fmt::Write as _;
        let mut query = format!("search={}", "x".repeat(100_000));
        for n in 0..1_000 {
            write!(query, "&select={}", Uuid::from_u128(n)).unwrap();
        }
        let asked = Asked::read(&query);
        assert_eq!(asked.filter.search.len(), SEARCH_MAX);
        assert_eq!(asked.chosen.len(), CHOSEN_READ);
    }
}
