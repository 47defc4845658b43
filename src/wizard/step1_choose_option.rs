//! Step 1, "Reset your password" (`/reset`): what the visitor can do here depends on who they are and what they lost.
//! No choice ends in a dead end: two of the three lead to "Contact your administrator".

use askama::Template;

use crate::web::page::{FieldProblem, Page, Screen};

/// The page.
#[derive(Template)]
#[template(path = "wizard/step1_choose_option.html")]
pub struct ChooseOptionPage {
    /// The shell.
    pub page: Page,
    /// "Next" was pressed with nothing chosen.
    pub nothing_chosen: bool,
}

impl Screen for ChooseOptionPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("choose-option-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        if self.nothing_chosen {
            vec![FieldProblem::new("option", &self.page.t("choose-option-nothing"))]
        } else {
            Vec::new()
        }
    }

    fn step(&self) -> Option<u8> {
        Some(1)
    }
}
