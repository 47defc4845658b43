//! Pages that ask before something grave is done to a user: they name the person and the effect.

use askama::Template;
use uuid::Uuid;

use super::titled;
use crate::{
    admin::Refusal,
    domain::second_pair::Terms,
    portal::your_password::PasswordProblem,
    web::{
        markup::Markup,
        page::{FieldProblem, Moment, Page, Screen},
    },
};

/// The page.
#[derive(Template)]
#[template(path = "portal/users/confirm.html")]
pub struct ConfirmPage {
    /// The shell.
    pub page: Page,
    /// What is asked.
    pub deed: Deed,
    /// The user.
    pub id: Uuid,
    /// User ID.
    pub user_id: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// Lifting the block waits for this.
    pub waits: Option<Terms>,
    /// The last proof of the own password is too old.
    pub asks_password: bool,
    /// What is wrong with the own password.
    pub password: Option<PasswordProblem>,
    /// Why it was refused.
    pub refused: Option<ConfirmProblem>,
}

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// To block sign-in.
    Block,
    /// To lift a block.
    Unblock {
        /// The person had said that a reset was not theirs.
        not_me: bool,
    },
    /// To delete the user.
    Delete,
}

/// Why it was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfirmProblem {
    /// The user ID was not typed as it is.
    UserId,
    /// The verb refused.
    Refused(Refusal),
}

impl Deed {
    /// The last part of its address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Unblock { .. } => "unblock",
            Self::Delete => "delete",
        }
    }
}

impl ConfirmPage {
    const fn is_dangerous(&self) -> bool {
        !matches!(self.deed, Deed::Unblock { .. })
    }

    const fn asks_user_id(&self) -> bool {
        matches!(self.deed, Deed::Delete)
    }

    fn action(&self) -> String {
        format!("/portal/users/{}/{}", self.id, self.deed.as_str())
    }

    fn button_key(&self) -> String {
        format!("{}-button", self.deed.as_str())
    }

    /// The way back, by its name: nothing is done.
    const fn keep_key(&self) -> &'static str {
        match self.deed {
            Deed::Block => "block-keep",
            Deed::Unblock { .. } => "unblock-keep",
            Deed::Delete => "delete-keep",
        }
    }

    fn sentences(&self) -> Vec<Markup> {
        let page = &self.page;
        let lead = page.m(match self.deed {
            Deed::Block => "block-lead",
            Deed::Unblock { .. } => "unblock-lead",
            Deed::Delete => "delete-lead",
        });
        let more = match self.deed {
            Deed::Block => Some("block-undo"),
            Deed::Unblock { not_me: true } => Some("unblock-not-me"),
            Deed::Unblock { not_me: false } => None,
            Deed::Delete => Some("delete-events"),
        };
        let lead = lead.name("user", &self.user_id).s();
        let waits = self.waits.map(|terms| match terms {
            Terms::Hold(hours) => page.m("unblock-waits-hold").arg("hours", i64::from(hours)).s(),
            Terms::Approval => Markup::text(&page.t("unblock-waits-approval")),
        });
        [lead].into_iter().chain(more.map(|key| Markup::text(&page.t(key)))).chain(waits).collect()
    }
}

impl Screen for ConfirmPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        titled(&self.page, &format!("{}-title", self.deed.as_str()), &self.display_name)
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let page = &self.page;
        let refused = self.refused.iter().map(|problem| match (problem, self.deed) {
            (ConfirmProblem::UserId, _) => FieldProblem {
                field: "confirm_user_id",
                sentence: page.m("user-problem-confirm").name("user", &self.user_id).s(),
            },
            (ConfirmProblem::Refused(Refusal::LastGlobalAdministrator), _) => {
                FieldProblem::new("deed", &page.t("user-problem-last-global"))
            }
            (ConfirmProblem::Refused(Refusal::GlobalAdministratorStays), _) => {
                FieldProblem::new("deed", &page.t("user-problem-stays"))
            }
            (ConfirmProblem::Refused(Refusal::WaitsAlready), _) => {
                FieldProblem::new("deed", &page.t("unblock-waits-already"))
            }
            (ConfirmProblem::Refused(Refusal::TooOften(until)), _) => {
                let until = Moment::with_day(*until);
                FieldProblem::with_time("deed", &page.m("user-problem-too-often-waits").time("time", &until))
            }
            (ConfirmProblem::Refused(_), Deed::Delete) => {
                FieldProblem::new("deed", &page.t("user-problem-self-delete"))
            }
            (ConfirmProblem::Refused(_), _) => FieldProblem::new("deed", &page.t("user-problem-self-block")),
        });
        let password = self.password.iter().map(|problem| problem.sentence(page));
        refused.chain(password).collect()
    }
}
