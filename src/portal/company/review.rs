//! The page between the form and its effect: what changes, from what to what, and what it does in numbers.

use askama::Template;

use super::fields::{Carried, Field};
use crate::{
    admin::pending::Waits,
    portal::your_password::PasswordProblem,
    store::companies::Consequence,
    web::{
        markup::Markup,
        page::{FieldProblem, Moment, Page, Screen},
    },
};

/// The page.
#[derive(Template)]
#[template(path = "portal/company/review.html")]
pub struct CompanyReviewPage {
    /// The shell.
    pub page: Page,
    /// What the form sends again.
    pub carried: Carried,
    /// The service's own fewest characters of a password.
    pub floor: usize,
    /// What it does in numbers.
    pub consequence: Consequence,
    /// Why, as it was typed.
    pub reason: String,
    /// What is wrong with the reason.
    pub reason_problem: Option<ReasonProblem>,
    /// The last proof of the own password is too old.
    pub asks_password: bool,
    /// What is wrong with the own password.
    pub password: Option<PasswordProblem>,
    /// The weaker rule is not in force at once.
    pub waits: Option<Waits>,
}

/// What is wrong with a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasonProblem {
    /// None was given.
    Missing,
    /// It is too long, or has characters that no text has.
    Unfit,
}

/// A setting's text in words. Nothing: there is none.
pub fn in_words(page: &Page, floor: usize, field: Field, text: &str) -> Markup {
    let plain = |key: &str| Markup::text(&page.t(key));
    match (field, text) {
        (Field::SelfServe, "true") => plain("company-field-self_serve_password_reset_enabled-on"),
        (Field::SelfServe, "false") => plain("company-field-self_serve_password_reset_enabled-off"),
        (Field::TemporaryPasswords | Field::OwnDomainAllowed, "true") => plain("company-allowed"),
        (Field::TemporaryPasswords | Field::OwnDomainAllowed, "false") => plain("company-not-allowed"),
        (Field::UserIdIsMailbox, "true") => plain("company-yes"),
        (Field::UserIdIsMailbox, "false") => plain("company-no"),
        (Field::UnconfirmedContact, "at_once" | "after_hold" | "never") => {
            plain(&format!("company-unconfirmed-{text}"))
        }
        (Field::GlobalChanges, "at_once" | "after_hold" | "approval") => {
            plain(&format!("company-global-changes-{text}"))
        }
        (Field::ExpiresAfterDays, "") => plain("company-never"),
        (Field::MinLength, "") => Markup::text(&page.a("company-standard").arg("floor", floor).s()),
        (_, "") => plain("company-none"),
        (_, other) => Markup::isolated(other),
    }
}

impl CompanyReviewPage {
    fn changed(&self) -> Vec<Field> {
        self.carried.was.differences(&self.carried.fields)
    }

    fn before(&self, field: Field) -> Markup {
        in_words(&self.page, self.floor, field, self.carried.was.get(field))
    }

    fn after(&self, field: Field) -> Markup {
        in_words(&self.page, self.floor, field, self.carried.fields.get(field))
    }

    fn turns(&self) -> bool {
        self.changed().contains(&Field::SelfServe)
    }

    fn turns_off(&self) -> bool {
        self.turns() && self.carried.fields.get(Field::SelfServe) == "false"
    }

    /// The button saves whatever else was changed, and says so.
    fn off_key(&self) -> &'static str {
        if self.changed().len() > 1 { "company-review-save-all-off" } else { "company-review-save-off" }
    }

    /// What it does, in numbers where there are any.
    fn effects(&self) -> Vec<Markup> {
        let page = &self.page;
        let (changed, after) = (self.changed(), &self.carried.fields);
        let text = |key: String| Markup::text(&page.t(&key));
        let number = |key, n: i64| Markup::text(&page.a(key).arg("n", n).s());
        let mut effects = Vec::new();
        if self.turns_off() {
            effects.push(number("company-review-off", self.consequence.could_reset));
            if self.consequence.global_administrators > 0 {
                effects.push(number("company-review-off-global", self.consequence.global_administrators));
            }
            effects.push(number("company-review-off-under-way", self.consequence.under_way));
            effects.push(text("company-review-off-next".to_owned()));
        } else if self.turns() {
            effects.push(number("company-review-on", self.consequence.could_reset));
        }
        if changed.contains(&Field::UnconfirmedContact) && after.get(Field::UnconfirmedContact) != "at_once" {
            effects.push(text("company-review-unconfirmed".to_owned()));
        }
        if changed.contains(&Field::TemporaryPasswords) && after.get(Field::TemporaryPasswords) == "false" {
            effects.push(text("company-review-temporary".to_owned()));
        }
        if changed.contains(&Field::ExpiresAfterDays) && !after.get(Field::ExpiresAfterDays).is_empty() {
            effects.push(number("company-review-expiry", self.consequence.older_passwords));
        }
        if changed.contains(&Field::MinLength) || changed.contains(&Field::RefusedWords) {
            effects.push(text("company-review-longer".to_owned()));
        }
        if let Some(waits) = &self.waits {
            let until = Moment::with_day(waits.until);
            let key = if waits.needs_approval {
                "company-review-waits-approval"
            } else {
                "company-review-waits-hold"
            };
            effects.push(page.m(key).time("time", &until).s());
        } else if changed.contains(&Field::GlobalChanges) || changed.contains(&Field::GlobalHoldHours) {
            effects.push(text(format!("company-review-global-{}", after.get(Field::GlobalChanges))));
        }
        effects
    }
}

impl Screen for CompanyReviewPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("company-review-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let page = &self.page;
        let reason = self.reason_problem.map(|problem| {
            let key = match problem {
                ReasonProblem::Missing => "company-problem-reason-missing",
                ReasonProblem::Unfit => "company-problem-reason",
            };
            FieldProblem::new("reason", &page.t(key))
        });
        reason.into_iter().chain(self.password.map(|problem| problem.sentence(page))).collect()
    }
}
