//! `/portal/limits`: the people of the company who stand at a limit.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};

use crate::{
    admin::limits::{self, LIST_MAX},
    app::App,
    domain::limits::kind::Kind,
    portal::door::Global,
    store::limits::Standing,
    web::{
        error::PageError,
        page::{Moment, Page, Screen},
        portal_nav::Section,
        visit::show,
    },
};

/// The page.
#[derive(Template)]
#[template(path = "portal/limits/list.html")]
pub struct LimitsPage {
    /// The shell.
    pub page: Page,
    /// One a limit, by user ID.
    pub lines: Vec<LimitLine>,
    /// There are more than are shown.
    pub more: bool,
}

/// One limit of one person.
pub struct LimitLine {
    /// Where the person's page is.
    pub user_path: String,
    /// User ID.
    pub user_id: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// The key of its words.
    pub limit: String,
    /// From where.
    pub network: Option<String>,
    /// The key of what stands where there is no network.
    pub anywhere: &'static str,
    /// The time of the next try; none: when it is lifted.
    pub until: Option<Moment>,
}

impl LimitLine {
    /// The line of a limit.
    pub fn new(at: &Standing) -> Self {
        Self {
            user_path: format!("/portal/users/{}", at.user),
            user_id: at.user_id.clone(),
            display_name: at.display_name.clone(),
            limit: format!("limit-{}", at.kind.as_str()),
            network: at.network.clone(),
            anywhere: if at.kind == Kind::WrongPasswordsInARow {
                "limits-from-elsewhere"
            } else {
                "limits-from-anywhere"
            },
            until: at.until.map(Moment::with_day),
        }
    }
}

impl Screen for LimitsPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("limits-title")
    }
}

/// Shows them.
pub async fn get(State(app): State<App>, Global { by, door }: Global) -> Result<Response, PageError> {
    let standing = limits::list(&app.pool, &by, &app.budgets).await?;
    let page = LimitsPage {
        page: door.page(&app, Section::Users).await?,
        lines: standing.iter().map(LimitLine::new).collect(),
        more: i64::try_from(standing.len()).is_ok_and(|n| n >= LIST_MAX),
    };
    show(StatusCode::OK, &page)
}
