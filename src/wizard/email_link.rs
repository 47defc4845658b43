//! The page behind the link of the e-mail (`/reset/email-link/{token}`).
//!
//! Must stay true: mail scanners open links, so GET and HEAD change nothing, and the page only has a button (which
//! the script presses by itself in the browser that asked).

use askama::Template;

use crate::web::page::{Moment, Page, Screen};

/// In the browser session that asked: the button that sends the code.
#[derive(Template)]
#[template(path = "wizard/email_link_send.html")]
pub struct EmailLinkSendPage {
    /// The shell.
    pub page: Page,
    /// The token of the link, for the hidden field: from here on it is out of the address bar.
    pub token: String,
    /// Until when the link is good.
    pub expires_at: Moment,
}

impl Screen for EmailLinkSendPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("email-link-send-title")
    }

    fn step(&self) -> Option<u8> {
        Some(3)
    }
}

/// In any other browser, with a link that is good: where to open it, and the button for someone who never asked.
#[derive(Template)]
#[template(path = "wizard/email_link_other_browser.html")]
pub struct EmailLinkOtherBrowserPage {
    /// The shell.
    pub page: Page,
    /// What "This was not me" posts to: `/not-me/{not_me_token}`.
    pub not_me_token: String,
    /// The browser that asked, such as "Firefox on Windows". Only the holder of a good link reads this.
    pub started_in: Option<String>,
    /// When it asked.
    pub started_at: Moment,
    /// Until when the link is good.
    pub expires_at: Moment,
}

impl Screen for EmailLinkOtherBrowserPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("email-link-other-title")
    }
}

/// A link that opens nothing any more.
#[derive(Template)]
#[template(path = "wizard/email_link_dead.html")]
pub struct EmailLinkDeadPage {
    /// The shell.
    pub page: Page,
    /// Why.
    pub reason: DeadLink,
}

/// Why a link opens nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadLink {
    /// Its time is over.
    Expired {
        /// Since when.
        at: Moment,
    },
    /// It was used, or the reset that it belongs to is over.
    Used {
        /// When; unknown where the reset ended in another way.
        at: Option<Moment>,
    },
    /// A newer e-mail or a newer start took its place.
    Replaced {
        /// When.
        at: Option<Moment>,
    },
    /// Not a link of ours: cut off by the mail program, mistyped, or never sent.
    Broken,
}

impl EmailLinkDeadPage {
    fn key(&self, part: &str) -> String {
        let reason = match self.reason {
            DeadLink::Expired { .. } => "expired",
            DeadLink::Used { .. } => "used",
            DeadLink::Replaced { .. } => "replaced",
            DeadLink::Broken => "broken",
        };
        format!("email-link-{reason}-{part}")
    }
}

impl Screen for EmailLinkDeadPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t(&self.key("title"))
    }
}
