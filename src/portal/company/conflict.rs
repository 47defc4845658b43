//! Somebody was faster: both versions, and nothing is done.

use askama::Template;

use super::{
    fields::{Carried, Field, Fields},
    review::in_words,
};
use crate::{
    store::companies::Company,
    web::{
        markup::Markup,
        page::{Page, Screen},
    },
};

/// The page.
#[derive(Template)]
#[template(path = "portal/company/conflict.html")]
pub struct CompanyConflictPage {
    /// The shell.
    pub page: Page,
    /// What "Review mine again" sends: what was typed upon what another saved.
    pub carried: Carried,
    /// The service's own fewest characters of a password.
    pub floor: usize,
    /// What was typed, where it differs from what the form was opened with.
    mine: Vec<(Field, String)>,
    /// The settings to be compared: those that either has changed.
    compared: Vec<Field>,
}

impl CompanyConflictPage {
    /// Of a form that was opened on another version of the company.
    pub fn new(page: Page, floor: usize, typed: &Carried, now: &Company) -> Self {
        let stands = Fields::of(now);
        let mine = typed.was.differences(&typed.fields);
        let compared = Field::ALL
            .into_iter()
            .filter(|field| mine.contains(field) || typed.was.get(*field) != stands.get(*field))
            .collect();
        Self {
            page,
            floor,
            mine: mine.iter().map(|field| (*field, typed.fields.get(*field).to_owned())).collect(),
            compared,
            carried: Carried {
                version: now.version,
                fields: typed.fields.upon(&typed.was, &stands),
                was: stands,
            },
        }
    }

    fn theirs(&self, field: Field) -> Markup {
        in_words(&self.page, self.floor, field, self.carried.was.get(field))
    }

    /// What was typed; none: nothing else was.
    fn own(&self, field: Field) -> Option<Markup> {
        let (_, text) = self.mine.iter().find(|(mine, _)| *mine == field)?;
        Some(in_words(&self.page, self.floor, field, text))
    }

    fn has_own(&self) -> bool {
        self.carried.was != self.carried.fields
    }
}

impl Screen for CompanyConflictPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("company-conflict-title")
    }
}
