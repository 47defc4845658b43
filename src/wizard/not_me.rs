//! "This was not me" (`/not-me/{token}`): from the reset's e-mail and from the notices, in any browser.
//!
//! Must stay true: GET has no effect (mail scanners open links); one button; what it will do is said before.

use askama::Template;

use crate::web::page::{Page, Screen};

/// The page with the button.
#[derive(Template)]
#[template(path = "not_me.html")]
pub struct NotMePage {
    /// The shell.
    pub page: Page,
    /// The token of the link, for the address that the button posts to.
    pub token: String,
    /// What the button will do.
    pub effect: NotMeEffect,
}

/// What the button will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMeEffect {
    /// Before the new password: the reset ends.
    EndsAttempt,
    /// After it: reset and sign-in are blocked until an administrator lifts it.
    BlocksAccount,
}

impl Screen for NotMePage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("not-me-title")
    }
}

/// What came of it, or of a link that does nothing any more.
#[derive(Template)]
#[template(path = "not_me_done.html")]
pub struct NotMeDonePage {
    /// The shell.
    pub page: Page,
    /// What came of it.
    pub outcome: NotMeOutcome,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMeOutcome {
    /// The reset is ended.
    EndedAttempt,
    /// Reset and sign-in are blocked.
    BlockedAccount,
    /// The button was pressed before, or there was nothing left to end.
    AlreadyDone,
    /// The seven days are over, or the link is not one of ours.
    Dead,
}

impl NotMeDonePage {
    fn key(&self, part: &str) -> String {
        let outcome = match self.outcome {
            NotMeOutcome::EndedAttempt => "ended",
            NotMeOutcome::BlockedAccount => "blocked",
            NotMeOutcome::AlreadyDone => "already",
            NotMeOutcome::Dead => "dead",
        };
        format!("not-me-{outcome}-{part}")
    }
}

impl Screen for NotMeDonePage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t(&self.key("title"))
    }
}
