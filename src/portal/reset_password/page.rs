//! The form: two ways, or why there is none and what to do then.

use askama::Template;
use uuid::Uuid;

use crate::{
    admin::{
        passwords::{Guarded, TEMPORARY_HOURS},
        users::LINK_HOURS,
    },
    domain::second_pair::Terms,
    portal::{users::titled, your_password::PasswordProblem},
    web::{
        markup::Markup,
        page::{FieldProblem, Moment, Page, Screen},
    },
};

/// The page.
#[derive(Template)]
#[template(path = "portal/reset_password.html")]
pub struct ResetPasswordPage {
    /// The shell.
    pub page: Page,
    /// The user.
    pub id: Uuid,
    /// User ID.
    pub user_id: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// The one who looks may lift a block and add contact data.
    pub mends: bool,
    /// What can be done.
    pub case: ResetCase,
    /// What the rule for global administrators makes of it.
    pub guarded: Guarded,
    /// What was chosen before.
    pub way: Option<Way>,
    /// The id under which a link is sent once.
    pub once: Uuid,
    /// When the present password was set.
    pub beside: String,
    /// The last proof of the own password is too old.
    pub asks_password: bool,
    /// What is wrong with the own password.
    pub password: Option<PasswordProblem>,
    /// What else is wrong.
    pub problem: Option<ResetProblem>,
}

/// What can be done for this person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResetCase {
    /// Nothing here: it is the one who looks.
    Oneself,
    /// Nothing: neither link nor password would open anything.
    Blocked,
    /// What is there.
    Open {
        /// Where a link would go.
        link: Option<LinkTo>,
        /// The company allows temporary passwords.
        temporary: bool,
    },
}

/// Where a link goes, masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkTo {
    /// The first alternate e-mail address.
    Email(String),
    /// The phone, for want of an address.
    Sms(String),
}

impl LinkTo {
    /// The masked contact.
    pub fn contact(&self) -> &str {
        match self {
            Self::Email(contact) | Self::Sms(contact) => contact,
        }
    }
}

/// How a password is reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A one-time link to the person's own contact.
    Link,
    /// A password that the administrator sees once.
    TemporaryPassword,
}

impl Way {
    /// The way of that name in the form.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "link" => Some(Self::Link),
            "temporary_password" => Some(Self::TemporaryPassword),
            _ => None,
        }
    }
}

/// Why nothing was done, beside what the page says anyway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResetProblem {
    /// Neither way was chosen.
    NoWay,
    /// The password that the form was shown beside is another by now.
    Once,
    /// The form was sent before, and sent no link then.
    Already,
    /// The phone or the person got too many messages: again from then on.
    TooOften(Moment),
    /// No contact may get a link before the person has confirmed it.
    Waits,
    /// A link to this person waits already.
    WaitsAlready,
}

impl ResetPasswordPage {
    const fn link_hours() -> i32 {
        LINK_HOURS
    }

    const fn temporary_hours() -> i32 {
        TEMPORARY_HOURS
    }

    /// The way that is chosen at first: the link, where one can be sent.
    fn chosen(&self) -> Way {
        match (&self.case, self.way) {
            (ResetCase::Open { link: None, .. }, _) => Way::TemporaryPassword,
            (ResetCase::Open { temporary: false, .. }, _) | (_, None) => Way::Link,
            (_, Some(way)) => way,
        }
    }

    /// Problems lead to the first choice.
    const fn temporary_id(&self) -> &'static str {
        match self.case {
            ResetCase::Open { link: Some(_), .. } => "way-2",
            _ => "way",
        }
    }

    fn at(&self, rest: &str) -> String {
        format!("/portal/users/{}{rest}", self.id)
    }

    /// What a reset of this person waits for, and why there is no temporary password.
    fn wait(&self) -> Option<String> {
        Some(match self.guarded {
            Guarded::No => return None,
            Guarded::Waits(Terms::Hold(hours)) => {
                self.page.a("reset-password-waits-hold").arg("hours", i64::from(hours)).s()
            }
            Guarded::Waits(Terms::Approval) => self.page.t("reset-password-waits-approval"),
            Guarded::BecomesGlobal => self.page.t("reset-password-becomes-global"),
        })
    }

    fn link_hint(&self, link: &LinkTo) -> Markup {
        let key = match link {
            LinkTo::Email(_) => "reset-password-link-email",
            LinkTo::Sms(_) => "reset-password-link-sms",
        };
        self.page.m(key).name("contact", link.contact()).arg("hours", Self::link_hours()).s()
    }
}

impl Screen for ResetPasswordPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        match self.case {
            ResetCase::Oneself => self.page.t("reset-password-oneself-title"),
            _ => titled(&self.page, "reset-password-title", &self.display_name),
        }
    }

    fn problems(&self) -> Vec<FieldProblem> {
        // Without a form there is no field to lead to: the page itself says why.
        let has_form =
            matches!(&self.case, ResetCase::Open { link, temporary } if link.is_some() || *temporary);
        let page = &self.page;
        let plain = |key| FieldProblem::new("way", &page.t(key));
        let problem = self.problem.iter().map(|problem| match problem {
            ResetProblem::NoWay => plain("reset-password-way-missing"),
            ResetProblem::Once => plain("reset-password-problem-once"),
            ResetProblem::Already => plain("reset-password-problem-already"),
            ResetProblem::Waits => plain("reset-password-problem-waits"),
            ResetProblem::WaitsAlready => plain("reset-password-problem-waits-already"),
            ResetProblem::TooOften(until) => FieldProblem::with_time(
                "way",
                &page.m("reset-password-problem-too-often").time("time", until),
            ),
        });
        let password = self.password.iter().map(|problem| problem.sentence(page));
        problem.chain(password).filter(|_| has_form).collect()
    }
}
