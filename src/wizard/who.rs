//! "Who are you?": user ID and the characters for verification, the same on "User verification" and on "Contact
//! your administrator". The part of the template is `parts/who.html`.
//!
//! Must stay true: nothing here depends on whether the user exists.

use serde::Deserialize;

use crate::{
    app::App,
    captcha::{self, Refusal},
    clock,
    domain::user::{UserId, UserIdProblem},
    store,
    web::{error::PageError, stopped, visit::Visit},
};

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

/// The fields of the form.
#[derive(Debug, Deserialize)]
pub struct WhoFields {
    /// User ID.
    #[serde(default)]
    pub user_id: String,
    /// The characters.
    #[serde(default)]
    pub captcha: String,
    /// Which picture they are of.
    #[serde(default)]
    pub captcha_id: String,
    /// "1": the way without characters.
    #[serde(default)]
    pub without_puzzle: String,
}

/// Someone who was named in a form, and who is no program: ready for the statement that counts, spends and acts.
#[derive(Debug)]
pub struct Named {
    /// The user ID.
    pub user_id: UserId,
    /// The challenge that the statement spends.
    pub challenge: Option<([u8; 32], time::OffsetDateTime)>,
    /// Came without a puzzle.
    pub without_puzzle: bool,
}

impl Who {
    /// An empty form, or one with a user ID filled in.
    pub fn fresh(app: &App, visit: &Visit, user_id: String, problems: Vec<WhoProblem>) -> Self {
        let captcha = match app.captcha.new_challenge(visit.visitor(), clock::now()) {
            Some(challenge_id) => Captcha::Characters { challenge_id },
            None => Captcha::None,
        };
        Self { user_id, captcha, problems }
    }
}

impl WhoFields {
    /// Judges the form. `Err` is the form again, with everything that is to be put right and a new picture; whatever was wrong
    /// with the characters was counted against the network. Nothing here looks the user up.
    pub async fn judge(self, app: &App, visit: &Visit) -> Result<Result<Named, Who>, PageError> {
        let mut problems = Vec::new();
        let user_id = match UserId::parse(&self.user_id) {
            Ok(user_id) => Some(user_id),
            Err(problem) => {
                problems.push(match problem {
                    UserIdProblem::Empty => WhoProblem::UserIdEmpty,
                    UserIdProblem::TooLong => WhoProblem::UserIdTooLong,
                    _ => WhoProblem::UserIdUnlikely,
                });
                None
            }
        };
        let without_puzzle = self.without_puzzle == "1" && !matches!(app.captcha, captcha::Captcha::None);
        let challenge = if without_puzzle {
            None
        } else {
            match self.characters(app, visit, user_id.is_some()).await? {
                Ok(challenge) => challenge,
                Err(problem) => {
                    problems.extend(problem);
                    None
                }
            }
        };
        Ok(match user_id {
            Some(user_id) if problems.is_empty() => Ok(Named { user_id, challenge, without_puzzle }),
            // What was typed comes back, cut to what a user ID can be.
            _ => Err(Who::fresh(app, visit, self.user_id.chars().take(254).collect(), problems)),
        })
    }

    /// The solved challenge to spend, or what to put right.
    async fn characters(
        &self,
        app: &App,
        visit: &Visit,
        user_id_is_good: bool,
    ) -> Result<Result<Option<([u8; 32], time::OffsetDateTime)>, Option<WhoProblem>>, PageError> {
        if matches!(app.captcha, captcha::Captcha::None) {
            return Ok(Ok(None));
        }
        if self.captcha.trim().is_empty() {
            return Ok(Err(Some(WhoProblem::CharactersEmpty)));
        }
        let spend = match app.captcha.check(&self.captcha_id, visit.visitor(), &self.captcha, clock::now()) {
            Ok(solved) if user_id_is_good => {
                return Ok(Ok(solved.spend.map(|spend| (spend.id_hash, spend.expires_at))));
            }
            // Right, but the form comes back for another reason, with a new picture: this one stays unspent and unused.
            Ok(_) => return Ok(Err(None)),
            Err(Refusal::Wrong(spend)) => Some((spend.id_hash, spend.expires_at)),
            Err(Refusal::Dead) => None,
        };
        let must_wait =
            store::budgets::wrong_challenge(&app.pool, spend, visit.network(), &app.budgets).await?;
        if let Some(until) = must_wait {
            return Err(stopped::throttled(app, visit, "characters", &self.user_id, until).await);
        }
        stopped::wrong_characters(app, visit, &self.user_id).await?;
        Ok(Err(Some(WhoProblem::CharactersWrong)))
    }
}
