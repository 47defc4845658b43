//! The page with the settings.

use askama::Template;

use super::fields::{Carried, Field};
use crate::{
    admin::{NAME_MAX, Refusal, companies::UNCONFIRMED_CONTACT},
    domain::second_pair::Rule,
    web::page::{FieldProblem, Page, Screen},
};

/// The page.
#[derive(Template)]
#[template(path = "portal/company.html")]
pub struct CompanyPage {
    /// The shell.
    pub page: Page,
    /// What stands in the fields.
    pub carried: Carried,
    /// The company's domains.
    pub domains: Vec<String>,
    /// The service's own fewest characters of a password.
    pub floor: usize,
    /// What the page follows.
    pub notice: Option<CompanyNotice>,
    /// What is wrong.
    pub problems: Vec<FieldProblem>,
}

/// What the page follows.
pub enum CompanyNotice {
    /// A change was saved.
    Saved {
        /// What takes it back, while nobody changed anything since.
        undo: Option<Box<Carried>>,
    },
    /// Nothing differed.
    Unchanged,
    /// A weaker rule waits; what else was asked for is saved.
    Waits,
}

impl CompanyPage {
    fn value(&self, field: Field) -> &str {
        self.carried.fields.get(field)
    }

    fn stands(&self, field: Field, text: &str) -> bool {
        self.value(field) == text
    }

    const fn rules() -> [&'static str; 3] {
        UNCONFIRMED_CONTACT
    }

    fn changes() -> [&'static str; 3] {
        Rule::ALL.map(Rule::as_str)
    }

    fn hint(&self, field: Field) -> String {
        let key = format!("{}-hint", field.key());
        match field {
            Field::MinLength => self.page.a(&key).arg("floor", self.floor).s(),
            Field::Name => String::new(),
            _ => self.page.t(&key),
        }
    }
}

/// The words for a text that a field can't hold.
pub fn problem(page: &Page, floor: usize, field: Field, refusal: &Refusal) -> FieldProblem {
    let id = field.as_str();
    let key = format!("company-problem-{id}");
    let sentence = match (field, refusal) {
        (_, Refusal::WaitsAlready) => page.t("company-problem-waits-already"),
        (Field::Name, _) => page.a(&key).arg("most", NAME_MAX).s(),
        (Field::MinLength, _) => page.a(&key).arg("floor", floor).s(),
        (
            Field::SelfServe | Field::UserIdIsMailbox | Field::OwnDomainAllowed | Field::TemporaryPasswords,
            _,
        ) => page.t("company-problem-choice"),
        _ => page.t(&key),
    };
    FieldProblem::new(id, &sentence)
}

impl Screen for CompanyPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("company-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        self.problems.clone()
    }
}
