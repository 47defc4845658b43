//! `/portal/users/{id}`: one user, as much of them as the one who looks may see; the form is for global administrators.

use askama::Template;
use uuid::Uuid;

use super::{
    fields::{AroundFields, Carried, UserFields},
    role_key, titled,
};
use crate::{
    admin::{Refusal, users::Asker},
    domain::{readiness::Verdict, user::Role},
    portal::could_reset::CouldReset,
    web::{
        markup::Markup,
        page::{FieldProblem, Moment, Page, Screen},
    },
};

/// The page.
#[derive(Template)]
#[template(path = "portal/users/user.html")]
pub struct UserPage {
    /// The shell.
    pub page: Page,
    /// The row.
    pub id: Uuid,
    /// User ID.
    pub user_id: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// Role.
    pub role: Role,
    /// The one who looks.
    pub is_self: bool,
    /// What was just done.
    pub notice: Option<UserNotice>,
    /// Where the one who looks may edit.
    pub form: Option<EditForm>,
    /// Whether they could reset today.
    pub ready: CouldReset,
    /// Addresses in their order, then the phone; masked where the one who looks may not edit.
    pub contacts: Vec<ContactLine>,
    /// Since when sign-in is blocked, if it is.
    pub blocked: Option<BlockedSince>,
    /// How the password stands: a finished sentence.
    pub password: Markup,
    /// The one who looks may edit, block and delete.
    pub may_manage: bool,
    /// The one who looks may reset this password.
    pub may_reset: bool,
    /// Where the user is signed in, for whoever may end it.
    pub sessions: Option<Vec<SessionLine>>,
    /// The limits at which the user stands, for whoever may lift them.
    pub limits: Option<Vec<Markup>>,
    /// What was recorded last, for whoever may see audit events.
    pub events: Option<Vec<EventLine>>,
    /// The open reports of "This was not me", the newest first, for whoever may close them.
    pub reports: Vec<Uuid>,
    /// The changes of this user that wait.
    pub waiting: Vec<Asker>,
}

/// The form of a user who exists.
pub struct EditForm {
    /// The version that is looked at.
    pub version: i64,
    /// As the fields stand.
    pub fields: UserFields,
    /// As the user is.
    pub was: UserFields,
    /// What the fields say besides.
    pub around: AroundFields,
    /// Why it was refused.
    pub refused: Vec<Refusal>,
}

/// What was just done.
#[derive(Clone)]
pub enum UserNotice {
    /// Changes were saved; with the form that takes them back.
    Saved {
        /// None: somebody has changed the user since.
        undo: Option<Carried>,
    },
    /// Nothing differed.
    Unchanged,
    /// The user is new.
    Created,
    /// The user is new, and has the role of a user: the one that was asked for waits.
    CreatedWaits,
    /// Nothing is different yet: it waits.
    Waits,
    /// Sign-in is blocked now.
    Blocked,
    /// It was already.
    BlockedAlready,
    /// The block is lifted.
    Unblocked,
    /// There was none.
    UnblockedAlready,
    /// The limits are lifted.
    LimitsLifted,
    /// There was none.
    NoLimits,
    /// That many sessions have ended.
    SessionsEnded(u64),
    /// A message asks the person to confirm.
    ConfirmationAsked,
    /// It is confirmed already, or is no more.
    NothingToConfirm,
    /// No text messages go to the country of the number.
    RefusedCountry,
    /// Too many such messages today.
    AskedTooOften(Moment),
}

/// How the user is reached.
pub struct ContactLine {
    /// An address; else a phone.
    pub is_email: bool,
    /// The first address gets the links.
    pub is_used: bool,
    /// Whole or masked.
    pub value: String,
    /// How it stands.
    pub states: Vec<StateLine>,
    /// What the form that asks to confirm sends, where it may be asked.
    pub ask: Option<&'static str>,
}

/// One thing to know about a contact.
pub struct StateLine {
    /// Class of its badge.
    pub class: &'static str,
    /// Key of its word.
    pub word: &'static str,
    /// The sentence behind it.
    pub sentence: Markup,
}

/// A block.
pub struct BlockedSince {
    /// Since when.
    pub since: Moment,
    /// The person said that a reset was not theirs; else an administrator or operator did it.
    pub not_me: bool,
}

/// A session.
pub struct SessionLine {
    /// Browser and system in words, where they are known.
    pub browser: Option<String>,
    /// From where.
    pub network: Option<String>,
    /// Signed in.
    pub since: Moment,
    /// Last used, to the minute.
    pub seen: Moment,
}

/// An audit event.
pub struct EventLine {
    /// When.
    pub at: Moment,
    /// The key of its words.
    pub key: String,
}

impl ContactLine {
    const fn channel_key(&self) -> &'static str {
        if self.is_email { "user-contact-email" } else { "user-contact-sms" }
    }
}

impl BlockedSince {
    const fn why_key(&self) -> &'static str {
        if self.not_me { "user-sign-in-blocked-not-me" } else { "user-sign-in-blocked-by-administrator" }
    }
}

impl UserPage {
    fn role_key(&self) -> String {
        role_key(self.role)
    }

    const fn ready_key(&self) -> &'static str {
        match self.ready.verdict {
            _ if self.ready.not_asked => "user-ready-not-asked",
            Verdict::Yes => "user-ready-yes",
            Verdict::Doubtful => "user-ready-doubtful",
            Verdict::No => "user-ready-no",
        }
    }

    const fn waits_link_key(asker: &Asker) -> &'static str {
        if asker.is_own { "user-waits-see" } else { "user-waits-link" }
    }

    const fn may_block(&self) -> bool {
        self.may_manage && !self.is_self
    }

    const fn may_delete(&self) -> bool {
        self.may_manage && !self.is_self
    }

    fn all_events(&self) -> String {
        format!("/portal/audit?user={}", self.id)
    }

    fn told(&self, notice: &UserNotice) -> Markup {
        let page = &self.page;
        let plain = |key| Markup::text(&page.t(key));
        match notice {
            UserNotice::Saved { .. } => plain("user-saved"),
            UserNotice::Unchanged => plain("user-unchanged"),
            UserNotice::Created => page.m("user-created").name("user", &self.user_id).s(),
            UserNotice::Waits => {
                page.m("user-notice-waits").link("link", "/portal/approvals", "user-waits-see").s()
            }
            UserNotice::CreatedWaits => {
                let words = page.m("user-notice-created-waits").name("user", &self.user_id);
                words.link("link", "/portal/approvals", "user-waits-see").s()
            }
            UserNotice::Blocked => plain("user-blocked-now"),
            UserNotice::BlockedAlready => plain("user-blocked-already"),
            UserNotice::Unblocked => plain("user-unblocked"),
            UserNotice::UnblockedAlready => plain("user-unblocked-already"),
            UserNotice::LimitsLifted => plain("user-limits-lifted"),
            UserNotice::NoLimits => plain("user-limits-nothing"),
            UserNotice::SessionsEnded(n) => {
                page.m("user-sessions-ended").arg("n", i64::try_from(*n).unwrap_or(i64::MAX)).s()
            }
            UserNotice::ConfirmationAsked => plain("user-confirm-asked"),
            UserNotice::NothingToConfirm => plain("user-confirm-nothing"),
            UserNotice::RefusedCountry => plain("user-confirm-country"),
            UserNotice::AskedTooOften(until) => page.m("user-confirm-too-often").time("time", until).s(),
        }
    }
}

impl Screen for UserPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        titled(&self.page, "user-title", &self.display_name)
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let Some(form) = &self.form else { return Vec::new() };
        let page = &self.page;
        let problem = |refusal: &Refusal| match refusal {
            Refusal::WaitsAlready => {
                Some(FieldProblem::new("user-review", &page.t("user-problem-waits-already")))
            }
            Refusal::TooOften(until) => {
                let until = Moment::with_day(*until);
                let sentence = page.m("user-problem-too-often-waits").time("time", &until);
                Some(FieldProblem::with_time("user-review", &sentence))
            }
            refusal => super::fields::problem(page, &form.fields, &[], refusal),
        };
        form.refused.iter().filter_map(problem).collect()
    }
}
