//! The page between the form and its effect: what changes, from what to what, and what it does in numbers.

use askama::Template;

use super::fields::{Carried, Field};
use crate::{
    portal::your_password::PasswordProblem,
    store::companies::Consequence,
    web::{
        markup::Markup,
        page::{FieldProblem, Page, Screen},
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

    /// What it does, in numbers where there are any.
    fn effects(&self) -> Vec<String> {
        let page = &self.page;
        let (changed, after) = (self.changed(), &self.carried.fields);
        let number = |key, n: i64| page.a(key).arg("n", n).s();
        let mut effects = Vec::new();
        if self.turns_off() {
            effects.push(number("company-review-off", self.consequence.could_reset));
            if self.consequence.global_administrators > 0 {
                effects.push(number("company-review-off-global", self.consequence.global_administrators));
            }
            effects.push(number("company-review-off-under-way", self.consequence.under_way));
            effects.push(page.t("company-review-off-next"));
        } else if self.turns() {
            effects.push(number("company-review-on", self.consequence.could_reset));
        }
        if changed.contains(&Field::UnconfirmedContact) && after.get(Field::UnconfirmedContact) != "at_once" {
            effects.push(page.t("company-review-unconfirmed"));
        }
        if changed.contains(&Field::TemporaryPasswords) && after.get(Field::TemporaryPasswords) == "false" {
            effects.push(page.t("company-review-temporary"));
        }
        if changed.contains(&Field::ExpiresAfterDays) && !after.get(Field::ExpiresAfterDays).is_empty() {
            effects.push(number("company-review-expiry", self.consequence.older_passwords));
        }
        if changed.contains(&Field::MinLength) || changed.contains(&Field::RefusedWords) {
            effects.push(page.t("company-review-longer"));
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
