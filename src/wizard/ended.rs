//! `/reset/ended`: a reset that came to an end before its last page: what happened, why, and the way on.
//!
//! Must stay true: before the e-mail is proven only [`End::Expired`] and [`End::Replaced`] are ever shown, the same for
//! a decoy.

use askama::Template;

use crate::web::page::{Moment, Page, Screen};

/// The page.
#[derive(Template)]
#[template(path = "wizard/ended.html")]
pub struct EndedPage {
    /// The shell.
    pub page: Page,
    /// Why it ended.
    pub end: End,
    /// As it was typed; "Start again" has it filled in.
    pub user_id: Option<String>,
}

/// Why a reset ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Its time was over.
    Expired {
        /// Since when.
        at: Option<Moment>,
    },
    /// A newer start in this browser took its place.
    Replaced,
    /// The password was set already.
    Used,
    /// Too many wrong security codes.
    TooManyTries,
    /// The company does not offer the reset, or not to this person any more.
    SwitchedOff,
    /// Someone pressed "This was not me".
    NotMe,
}

impl EndedPage {
    fn key(&self, part: &str) -> String {
        let end = match self.end {
            End::Expired { .. } => "expired",
            End::Replaced => "replaced",
            End::Used => "used",
            End::TooManyTries => "too-many-tries",
            End::SwitchedOff => "switched-off",
            End::NotMe => "not-me",
        };
        format!("ended-{end}-{part}")
    }

    /// Whether to start again leads anywhere.
    fn can_start_again(&self) -> bool {
        matches!(self.end, End::Expired { .. } | End::Replaced | End::TooManyTries)
    }
}

impl Screen for EndedPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t(&self.key("title"))
    }
}
