//! `/reset/ended`: a reset that came to an end before its last page: what happened, why, and the way on.
//!
//! Must stay true: before the e-mail is proven only [`End::Expired`] and [`End::Replaced`] are ever shown, the same for
//! a decoy.

use axum::{extract::State, http::StatusCode, response::Response};

use super::{
    gate::{self, Here},
    step4_security_code::account_of,
};
use crate::{
    app::App,
    domain::wizard::{self, Step},
    store::budgets::{self, CodesAgain},
    web::{
        error::PageError,
        visit::{Visit, show},
    },
};

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
    /// Too many wrong security codes in this reset.
    TooManyTries,
    /// Too many wrong security codes for this user ID: to start again leads nowhere yet.
    TooManyTriesToday {
        /// When codes are taken again.
        from: Moment,
    },
    /// Too many wrong security codes for this user ID without a right one: none is taken until an administrator lifts it (N-12).
    TooManyTriesInARow,
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
            End::TooManyTriesToday { .. } => "too-many-tries-today",
            End::TooManyTriesInARow => "too-many-tries-in-a-row",
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

/// Shows why it ended, and the way on.
pub async fn get(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    let Here { seen, .. } = match gate::at(&app, &visit, |step| matches!(step, Step::Ended(_))).await? {
        Ok(here) => here,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let Step::Ended(why) = seen.step() else { return Ok(gate::to(seen.step())) };
    let end = match why {
        wizard::End::Expired => End::Expired {
            at: seen
                .attempt
                .good_until()
                .map(|at| Moment::from(at.min(seen.attempt.started_at + wizard::WHOLE_ATTEMPT))),
        },
        wizard::End::Replaced => End::Replaced,
        wizard::End::Used => End::Used,
        wizard::End::TooManyTries => {
            let account = account_of(&seen);
            match budgets::codes_again(&app.pool, &account, &app.budgets).await? {
                CodesAgain::WhenLifted => End::TooManyTriesInARow,
                CodesAgain::At(from) => End::TooManyTriesToday { from: Moment::with_day(from) },
                CodesAgain::Now => End::TooManyTries,
            }
        }
        wizard::End::SwitchedOff => End::SwitchedOff,
        wizard::End::NotMe => End::NotMe,
    };
    show(StatusCode::OK, &EndedPage { page: visit.page(seen.now), end, user_id: Some(seen.typed_user_id) })
}
