//! "Contact your administrator" (`/contact-administrator`): asks the right person, without telling who that is.
//!
//! Must stay true: the answer is always the same, whoever was named.

use askama::Template;

use super::who::Who;
use crate::web::page::{FieldProblem, Page, Screen};

/// The form.
#[derive(Template)]
#[template(path = "contact_administrator.html")]
pub struct ContactAdministratorPage {
    /// The shell.
    pub page: Page,
    /// User ID, characters, and what is wrong with them.
    pub who: Who,
}

impl Screen for ContactAdministratorPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("contact-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        self.who.sentences(&self.page)
    }
}

/// The answer, the same for everybody.
#[derive(Template)]
#[template(path = "contact_administrator_sent.html")]
pub struct ContactAdministratorSentPage {
    /// The shell.
    pub page: Page,
}

impl Screen for ContactAdministratorSentPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("contact-sent-title")
    }
}
