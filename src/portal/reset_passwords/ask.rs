//! The page before the links are sent: everyone by name, where the link goes, and who is left out and why.

use askama::Template;
use uuid::Uuid;

use crate::{
    admin::{passwords::BATCH_MAX, users::LINK_HOURS},
    portal::{reset_password::page::LinkTo, your_password::PasswordProblem},
    web::page::{FieldProblem, Moment, Page, Screen},
};

/// The page.
#[derive(Template)]
#[template(path = "portal/reset_passwords/ask.html")]
pub struct AskPage {
    /// The shell.
    pub page: Page,
    /// Everyone who was chosen, for the way back.
    pub rows: Vec<Uuid>,
    /// Who they are.
    pub chosen: Chosen,
    /// The id under which the links are sent once.
    pub batch: Uuid,
    /// The last proof of the own password is too old.
    pub asks_password: bool,
    /// What is wrong with the own password.
    pub password: Option<PasswordProblem>,
    /// What was sent lately, where nobody is chosen: when, how many, and where its result is.
    pub latest: Vec<(Moment, i64, Uuid)>,
}

/// Who was chosen.
pub enum Chosen {
    /// More than one batch takes: nobody is looked at.
    TooMany(usize),
    /// These.
    People {
        /// Who gets a link.
        people: Vec<Person>,
        /// Who does not.
        left_out: Vec<(Person, LeftOut)>,
    },
}

/// One of them.
pub struct Person {
    /// The row.
    pub id: Uuid,
    /// User ID.
    pub user_id: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// Where a link goes.
    pub link: Option<LinkTo>,
}

/// Why someone gets no link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// It is the one who looks.
    Oneself,
    /// The role does not reset this one.
    Role,
    /// Sign-in is blocked.
    Blocked,
    /// There is nowhere to send it.
    NoContact,
}

impl LeftOut {
    const fn key(self) -> &'static str {
        match self {
            Self::Oneself => "reset-passwords-not-oneself",
            Self::Role => "reset-passwords-not-role",
            Self::Blocked => "reset-passwords-not-blocked",
            Self::NoContact => "reset-passwords-not-contact",
        }
    }

    /// The page for one person knows what else can be done.
    const fn has_other_ways(self) -> bool {
        matches!(self, Self::Blocked | Self::NoContact)
    }
}

impl AskPage {
    /// The list with the same people chosen.
    fn back(&self) -> String {
        let mut address = "/portal/users".to_owned();
        for (place, row) in self.rows.iter().enumerate() {
            address.push(if place == 0 { '?' } else { '&' });
            address.push_str("select=");
            address.push_str(&row.to_string());
        }
        address
    }

    const fn most() -> usize {
        BATCH_MAX
    }

    const fn hours() -> i32 {
        LINK_HOURS
    }
}

impl Screen for AskPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("reset-passwords-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let asks = matches!(&self.chosen, Chosen::People { people, .. } if !people.is_empty());
        self.password.iter().filter(|_| asks).map(|problem| problem.sentence(&self.page)).collect()
    }
}
