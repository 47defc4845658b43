//! "Your password has been reset" (`/reset/done`): a receipt. It never signs anyone in.

use axum::{extract::State, http::StatusCode, response::Response};

use super::gate::{self, Here};
use crate::{
    app::App,
    domain::wizard::Step,
    store::attempts,
    web::{
        error::PageError,
        visit::{Visit, show},
    },
};

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

/// Shows the receipt, as often as it is asked for.
pub async fn get(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    let Here { seen, .. } = match gate::at(&app, &visit, |step| step == Step::Done).await? {
        Ok(here) => here,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let Some(person) = seen.person else { return Ok(gate::to_start()) };
    let consequences = attempts::consequences(&app.pool, seen.attempt.id).await?;
    let mut notices = Vec::new();
    let mut told = |yes: bool, notice| {
        if yes {
            notices.push(notice);
        }
    };
    told(consequences.mailbox, Notice::UserMailbox);
    told(consequences.alternate_email, Notice::AlternateEmail);
    told(consequences.mobile_phone, Notice::MobilePhone);
    let n = u32::try_from(consequences.administrators).unwrap_or(0);
    told(n > 0, Notice::GlobalAdministrators { n });
    show(
        StatusCode::OK,
        &DonePage {
            page: visit.page(seen.now),
            user_id: person.user_id,
            at: Moment::from(seen.attempt.finished_at.unwrap_or(seen.now)),
            sessions_ended: u32::try_from(seen.sessions_ended).unwrap_or(0),
            attempts_ended: u32::try_from(consequences.attempts_ended).unwrap_or(0),
            receipt: seen.receipt.unwrap_or_default(),
            notices,
            sign_in_url: person.sign_in_url.unwrap_or_else(|| app.sign_in_url.clone()),
        },
    )
}
