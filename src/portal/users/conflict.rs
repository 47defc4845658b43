//! Two people edited the same user: the second is told, and sees both versions side by side.

use askama::Template;
use uuid::Uuid;

use super::{
    fields::{Carried, Line},
    shown, titled,
};
use crate::web::{
    markup::Markup,
    page::{Moment, Page, Screen},
};

/// The page.
#[derive(Template)]
#[template(path = "portal/users/conflict.html")]
pub struct ConflictPage {
    /// The shell.
    pub page: Page,
    /// The user.
    pub id: Uuid,
    /// The name that colleagues see now.
    pub display_name: String,
    /// Who was faster and when, where it is recorded.
    pub other: Option<(String, Moment)>,
    /// What still differs: as it is now, and as this person wants it.
    pub lines: Vec<Line>,
    /// What this person wants, upon what is there now.
    pub carried: Carried,
}

impl ConflictPage {
    fn lead(&self) -> Markup {
        match &self.other {
            Some((who, when)) => self.page.m("conflict-lead").name("who", who).time("time", when).s(),
            None => Markup::text(&self.page.t("conflict-lead-unknown")),
        }
    }

    fn value(&self, key: &str, value: &str) -> Markup {
        shown(&self.page, key, value)
    }
}

impl Screen for ConflictPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        titled(&self.page, "conflict-title", &self.display_name)
    }
}
