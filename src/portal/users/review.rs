//! The page between a form and its effect: what will change, from what to what, and what else happens.

use askama::Template;
use uuid::Uuid;

use super::{
    fields::{Carried, Line},
    shown, titled,
};
use crate::{
    domain::{second_pair::Terms, user::Role},
    portal::your_password::PasswordProblem,
    store::{companies::Company, users::User},
    web::{
        markup::Markup,
        page::{FieldProblem, Page, Screen},
    },
};

/// The page.
#[derive(Template)]
#[template(path = "portal/users/review.html")]
pub struct ReviewPage {
    /// The shell.
    pub page: Page,
    /// The user; none: it will be made.
    pub id: Option<Uuid>,
    /// The name that colleagues see now.
    pub display_name: String,
    /// What changes.
    pub lines: Vec<Line>,
    /// What else happens.
    pub effects: Vec<Effect>,
    /// What the form sends again.
    pub carried: Carried,
    /// The last proof of the own password is too old.
    pub asks_password: bool,
    /// What is wrong with the own password.
    pub password: Option<PasswordProblem>,
}

/// What else happens when it is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The old addresses and numbers are told, in this order.
    ToldAtOld(Vec<String>),
    /// The new ones are asked to confirm.
    AskedToConfirm(Vec<String>),
    /// From when on new contact data serves a reset: at once.
    ServesAtOnce,
    /// After that many hours, or when it is confirmed.
    ServesAfter(i64),
    /// When it is confirmed.
    ServesWhenConfirmed,
    /// A reset under way ends.
    EndsAttempts,
    /// The role opens the portal, and the old one did not.
    OpensPortal,
    /// The other way round.
    ClosesPortal,
    /// The new role can't reset by self-service.
    NoSelfService,
    /// The new user gets a link to set a password, there.
    LinkSentTo(String),
    /// The new user has no contact to which a link could go.
    NoLink,
    /// It does not happen at once.
    Waits(Terms),
    /// The role of the new user does not.
    RoleWaits,
}

/// What else a change does.
pub(super) fn effects(old: &User, new: &User, company: &Company) -> Vec<Effect> {
    let mut effects = Vec::new();
    let reached =
        |user: &User| user.alternate_emails.iter().chain(&user.mobile_phone).cloned().collect::<Vec<_>>();
    let contacts_change =
        old.alternate_emails != new.alternate_emails || old.mobile_phone != new.mobile_phone;
    if contacts_change && !reached(old).is_empty() {
        effects.push(Effect::ToldAtOld(reached(old)));
    }
    let first = new.alternate_emails.first().filter(|first| old.alternate_emails.first() != Some(first));
    let phone = new.mobile_phone.as_ref().filter(|phone| old.mobile_phone.as_ref() != Some(phone));
    effects.extend(of_new_contacts(first.into_iter().chain(phone).cloned().collect(), company));
    if contacts_change || old.role != new.role {
        effects.push(Effect::EndsAttempts);
    }
    let role = |user: &User| user.role.parse().unwrap_or(Role::User);
    let (before, after) = (role(old), role(new));
    match (before.opens_portal(), after.opens_portal()) {
        (false, true) => effects.push(Effect::OpensPortal),
        (true, false) => effects.push(Effect::ClosesPortal),
        _ => {}
    }
    if before.is_administrator() && !after.is_administrator() {
        effects.push(Effect::NoSelfService);
    }
    effects
}

/// What becomes of new contact data that has to be confirmed.
pub(super) fn of_new_contacts(new: Vec<String>, company: &Company) -> Vec<Effect> {
    if new.is_empty() {
        return Vec::new();
    }
    let serves = match company.unconfirmed_contact.as_str() {
        "after_hold" => Effect::ServesAfter(company.contact_hold_hours.into()),
        "never" => Effect::ServesWhenConfirmed,
        _ => Effect::ServesAtOnce,
    };
    vec![Effect::AskedToConfirm(new), serves]
}

impl ReviewPage {
    fn back(&self) -> String {
        self.id.map_or_else(|| "/portal/users".to_owned(), |id| format!("/portal/users/{id}"))
    }

    fn back_words(&self) -> Markup {
        match self.id {
            Some(_) => Markup::isolated(&self.display_name),
            None => Markup::text(&self.page.t("user-back")),
        }
    }

    fn action(&self) -> String {
        self.id.map_or_else(|| "/portal/users/new".to_owned(), |id| format!("/portal/users/{id}"))
    }

    const fn lead_key(&self) -> &'static str {
        if self.id.is_some() { "review-lead" } else { "review-lead-new" }
    }

    const fn button_key(&self) -> &'static str {
        if self.id.is_some() { "review-save" } else { "review-create" }
    }

    fn value(&self, key: &str, value: &str) -> Markup {
        shown(&self.page, key, value)
    }

    fn effect(&self, effect: &Effect) -> Markup {
        let page = &self.page;
        let plain = |key| Markup::text(&page.t(key));
        let to = |key, list: &[String]| page.m(key).names("to", list).s();
        match effect {
            Effect::ToldAtOld(list) => to("review-told", list),
            Effect::AskedToConfirm(list) => to("review-asked", list),
            Effect::ServesAtOnce => plain("review-serves-at-once"),
            Effect::ServesAfter(hours) => page.m("review-serves-after").arg("hours", *hours).s(),
            Effect::ServesWhenConfirmed => plain("review-serves-when-confirmed"),
            Effect::EndsAttempts => plain("review-ends-attempts"),
            // A new user is signed in nowhere, and has no temporary password.
            Effect::OpensPortal if self.id.is_none() => plain("review-opens-portal-new"),
            Effect::OpensPortal => plain("review-opens-portal"),
            Effect::ClosesPortal => plain("review-closes-portal"),
            Effect::NoSelfService => plain("review-not-self-service"),
            Effect::LinkSentTo(address) => page.m("review-link-sent").name("to", address).s(),
            Effect::NoLink => plain("review-no-link"),
            Effect::Waits(Terms::Hold(hours)) => {
                page.m("review-waits-hold").arg("hours", i64::from(*hours)).s()
            }
            Effect::Waits(Terms::Approval) => plain("review-waits-approval"),
            Effect::RoleWaits => plain("review-role-waits"),
        }
    }
}

impl Screen for ReviewPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        match self.id {
            Some(_) => titled(&self.page, "review-title", &self.display_name),
            None => self.page.t("review-title-new"),
        }
    }

    fn problems(&self) -> Vec<FieldProblem> {
        self.password.iter().map(|problem| problem.sentence(&self.page)).collect()
    }
}
