//! `/portal/users/new`: a new user.

use askama::Template;

use super::fields::{self, AroundFields, UserFields};
use crate::{
    admin::Refusal,
    web::page::{FieldProblem, Page, Screen},
};

/// The page.
#[derive(Template)]
#[template(path = "portal/users/new.html")]
pub struct NewUserPage {
    /// The shell.
    pub page: Page,
    /// As they were typed.
    pub fields: UserFields,
    /// What the fields say besides.
    pub around: AroundFields,
    /// The company's domains: a user ID ends in one of them.
    pub domains: Vec<String>,
    /// Why it was refused.
    pub refused: Vec<Refusal>,
    /// No role was chosen, or none of ours.
    pub no_role: bool,
}

impl NewUserPage {
    fn domains(&self) -> String {
        self.domains.join(", ")
    }
}

impl Screen for NewUserPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("new-user-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let role = self.no_role.then(|| FieldProblem::new("role", &self.page.t("user-problem-role")));
        let problem = |refusal| fields::problem(&self.page, &self.fields, &self.domains, refusal);
        self.refused.iter().filter_map(problem).chain(role).collect()
    }
}
