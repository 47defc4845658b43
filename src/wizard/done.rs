//! "Your password has been reset" (`/reset/done`): a receipt. It never signs anyone in.

use askama::Template;

use crate::web::page::{Moment, Page, Screen};

/// The page.
#[derive(Template)]
#[template(path = "wizard/done.html")]
pub struct DonePage {
    /// The shell.
    pub page: Page,
    /// Whose password it was.
    pub user_id: String,
    /// When it was set.
    pub at: Moment,
    /// Signed-in sessions that were ended.
    pub sessions_ended: u32,
    /// Other resets under way that were ended.
    pub attempts_ended: u32,
    /// What the audit log finds this reset by.
    pub receipt: String,
    /// To whom a notice goes.
    pub notices: Vec<Notice>,
    /// Ours, or the company's.
    pub sign_in_url: String,
}

/// To whom a notice goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The mailbox of the user ID.
    UserMailbox,
    /// The alternate e-mail address.
    AlternateEmail,
    /// The mobile phone.
    MobilePhone,
    /// The other global administrators of the company.
    GlobalAdministrators {
        /// How many.
        n: u32,
    },
}

impl DonePage {
    fn sentence(&self, notice: &Notice) -> String {
        match notice {
            Notice::UserMailbox => self.page.t("done-notice-user-mailbox"),
            Notice::AlternateEmail => self.page.t("done-notice-alternate-email"),
            Notice::MobilePhone => self.page.t("done-notice-mobile-phone"),
            Notice::GlobalAdministrators { n } => {
                self.page.a("done-notice-global-administrators").arg("n", *n).s()
            }
        }
    }
}

impl Screen for DonePage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("done-title")
    }
}
