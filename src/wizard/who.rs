//! "Who are you?": user ID and the characters for verification, the same on "User verification" and on "Contact
//! your administrator". The part of the template is `parts/who.html`.
//!
//! Must stay true: nothing here depends on whether the user exists.

use crate::web::page::{FieldProblem, Moment, Page};

/// What the two pages show.
pub struct Who {
    /// What was typed before, so that nobody types it twice (WCAG 2.2, 3.3.7).
    pub user_id: String,
    /// How the visitor shows not to be a program.
    pub captcha: Captcha,
    /// What to put right, in the order of the fields.
    pub problems: Vec<WhoProblem>,
}

/// How the visitor shows not to be a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Captcha {
    /// Not asked (a demo that scripts walk through).
    None,
    /// A picture of characters, the same spoken, and the slower way without them.
    Characters {
        /// Names the picture, the sound, and the hidden field `captcha_id`.
        challenge_id: String,
    },
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhoProblem {
    /// Nothing was typed.
    UserIdEmpty,
    /// More than any user ID has.
    UserIdTooLong,
    /// Not of the form name@domain.
    UserIdUnlikely,
    /// No characters were typed.
    CharactersEmpty,
    /// Other characters than the picture's, an old picture, or one already answered: one sentence for all.
    CharactersWrong,
    /// The way without characters is used up for now.
    WithoutPuzzleUsedUp {
        /// When it opens again.
        from: Moment,
    },
}

impl Who {
    /// The characters' challenge, if there is one.
    pub fn challenge(&self) -> Option<&str> {
        match &self.captcha {
            Captcha::None => None,
            Captcha::Characters { challenge_id } => Some(challenge_id),
        }
    }

    /// The sentences at the fields.
    pub fn sentences(&self, page: &Page) -> Vec<FieldProblem> {
        let sentence = |problem: &WhoProblem| match problem {
            WhoProblem::UserIdEmpty => FieldProblem::new("user_id", &page.t("who-user-id-empty")),
            WhoProblem::UserIdTooLong => FieldProblem::new("user_id", &page.t("who-user-id-too-long")),
            WhoProblem::UserIdUnlikely => FieldProblem::new("user_id", &page.t("who-user-id-unlikely")),
            WhoProblem::CharactersEmpty => FieldProblem::new("captcha", &page.t("who-characters-empty")),
            WhoProblem::CharactersWrong => FieldProblem::new("captcha", &page.t("who-characters-wrong")),
            WhoProblem::WithoutPuzzleUsedUp { from } => {
                let sentence = page.m("who-without-puzzle-used-up").time("time", from);
                FieldProblem::with_time("without_puzzle", &sentence)
            }
        };
        self.problems.iter().map(sentence).collect()
    }
}
