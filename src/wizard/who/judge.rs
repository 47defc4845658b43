//! The form as it was sent: a user ID, and whatever shows that no program sent it.
//!
//! Must stay true: nothing is looked up here; what was shown is only said to be enough *up to* a level: whether it is enough is the
//! database's to judge, in the statement that counts.

use serde::Deserialize;
use time::OffsetDateTime;

use super::{Who, WhoProblem};
use crate::{
    app::App,
    captcha::{self, Purpose, Refusal, Spend, hosted::Unproven},
    clock,
    domain::{
        escalation::Level,
        user::{UserId, UserIdProblem},
    },
    store,
    web::{error::PageError, stopped, visit::Visit},
};

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
    /// What a script found: the solution of the computation, or another company's token.
    #[serde(default)]
    pub proof: String,
    /// "1": the way without characters.
    #[serde(default)]
    pub without_puzzle: String,
}

/// A challenge to spend, and its end.
pub type Challenge = ([u8; 32], OffsetDateTime);

/// Someone who was named in a form, and who is no program as far as can be seen without the database: ready for the statement that
/// counts, spends and acts.
#[derive(Debug)]
pub struct Named {
    /// The user ID.
    pub user_id: UserId,
    /// The challenge that the statement spends.
    pub challenge: Option<Challenge>,
    /// A second one, solved beside it.
    pub second_challenge: Option<Challenge>,
    /// Up to which level that is enough.
    pub enough_for: Level,
    /// Came without a puzzle.
    pub without_puzzle: bool,
}

impl Named {
    /// What to say should the statement refuse what was shown: a browser's answer was used already, or characters were.
    pub const fn refused(&self) -> WhoProblem {
        match self.enough_for {
            Level::Quiet => WhoProblem::ProofWrong,
            Level::Busy | Level::Crowded => WhoProblem::CharactersWrong,
        }
    }
}

/// What shows that no program sent the form.
struct Shown {
    challenge: Option<Challenge>,
    second_challenge: Option<Challenge>,
    enough_for: Level,
}

/// What is to be put right, and the network's level where it was learned on the way.
struct Missing {
    problem: Option<WhoProblem>,
    level: Option<Level>,
}

impl Missing {
    const fn only(problem: WhoProblem) -> Self {
        Self { problem: Some(problem), level: None }
    }
}

impl WhoFields {
    /// Judges the form. `Err` is the form again, with everything that is to be put right and new challenges; whatever was wrong
    /// with the old ones was counted against the network. Nothing here looks the user up.
    pub async fn judge(
        self,
        app: &App,
        visit: &Visit,
        purpose: Purpose,
    ) -> Result<Result<Named, Who>, PageError> {
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
        let shown = if without_puzzle {
            Ok(Shown { challenge: None, second_challenge: None, enough_for: Level::Crowded })
        } else {
            self.shown(app, visit, purpose, user_id.is_some()).await?
        };
        let level = match (user_id, shown) {
            (Some(user_id), Ok(Shown { challenge, second_challenge, enough_for })) => {
                return Ok(Ok(Named { user_id, challenge, second_challenge, enough_for, without_puzzle }));
            }
            (None, Ok(_)) => None,
            (_, Err(Missing { problem, level })) => {
                problems.extend(problem);
                level
            }
        };
        // What was typed comes back, cut to what a user ID can be.
        let typed = self.user_id.chars().take(254).collect();
        Ok(Err(match level {
            Some(level) => Who::at(app, visit, purpose, level, typed, problems),
            None => Who::read(app, visit, purpose, typed, problems).await?,
        }))
    }

    /// Characters that were typed decide; else what the browser computed; else there is nothing.
    async fn shown(
        &self,
        app: &App,
        visit: &Visit,
        purpose: Purpose,
        user_id_is_good: bool,
    ) -> Result<Result<Shown, Missing>, PageError> {
        if matches!(app.captcha, captcha::Captcha::None) {
            return Ok(Ok(Shown { challenge: None, second_challenge: None, enough_for: Level::Crowded }));
        }
        let proof = app.captcha.work().filter(|_| !self.proof.is_empty());
        let proof = proof.map(|work| work.check(&self.proof, visit.visitor(), purpose, clock::now()));
        let found = if !self.captcha.trim().is_empty() {
            let solved = app.captcha.check(&self.captcha_id, visit.visitor(), &self.captcha, clock::now());
            match solved {
                Ok(solved) => {
                    let worked = proof.and_then(Result::ok);
                    let enough_for = match &worked {
                        _ if app.captcha.work().is_none() => Level::Crowded,
                        Some(worked) if worked.hard => Level::Crowded,
                        _ => Level::Busy,
                    };
                    Ok(Shown {
                        challenge: solved.spend.map(challenge),
                        second_challenge: worked.map(|worked| challenge(worked.spend)),
                        enough_for,
                    })
                }
                Err(refusal) => Err((refusal, WhoProblem::CharactersWrong)),
            }
        } else if let Some(hosted) = app.captcha.hosted().filter(|_| !self.proof.is_empty()) {
            // The form comes back anyway, and the token stays good.
            if !user_id_is_good {
                return Ok(Err(Missing { problem: None, level: None }));
            }
            // Each question costs the operator: a network that may try no more causes none.
            let until = store::budgets::starts_again_at(&app.pool, visit.network(), &app.budgets).await?;
            if let Some(until) = until {
                return Err(stopped::throttled(app, visit, "characters", &self.user_id, until).await);
            }
            let (network, address) = (visit.network().as_str(), visit.address().to_string());
            match hosted.check(&self.proof, purpose, network, &address, clock::now()).await {
                Ok(spend) => Ok(Shown {
                    challenge: Some(challenge(spend)),
                    second_challenge: None,
                    enough_for: Level::Crowded,
                }),
                Err(Unproven::Refused(spend)) => Err((Refusal::Wrong(spend), WhoProblem::CheckRefused)),
                Err(Unproven::NoToken) => Err((Refusal::Dead, WhoProblem::CheckRefused)),
                // Nobody's mistake: not counted.
                Err(Unproven::Away) => return Ok(Err(Missing::only(WhoProblem::CheckAway))),
            }
        } else {
            match proof {
                Some(Ok(worked)) => Ok(Shown {
                    challenge: Some(challenge(worked.spend)),
                    second_challenge: None,
                    enough_for: Level::Quiet,
                }),
                Some(Err(refusal)) => Err((refusal, WhoProblem::ProofWrong)),
                None => return Ok(Err(Missing::only(WhoProblem::CharactersEmpty))),
            }
        };
        match found {
            Ok(shown) if user_id_is_good => Ok(Ok(shown)),
            // Right, but the form comes back for another reason, with new challenges: these stay unspent and unused.
            Ok(_) => Ok(Err(Missing { problem: None, level: None })),
            Err((refusal, problem)) => {
                let level = self.count(app, visit, refusal).await?;
                Ok(Err(Missing { problem: Some(problem), level: Some(level) }))
            }
        }
    }

    /// Counts a wrong answer against the network, and spends its challenge.
    async fn count(&self, app: &App, visit: &Visit, refusal: Refusal) -> Result<Level, PageError> {
        let spend = match refusal {
            Refusal::Wrong(spend) => Some(challenge(spend)),
            Refusal::Dead => None,
        };
        let counted =
            store::budgets::wrong_challenge(&app.pool, spend, visit.network(), &app.budgets, app.escalation)
                .await?;
        if let Some(until) = counted.until {
            return Err(stopped::throttled(app, visit, "characters", &self.user_id, until).await);
        }
        stopped::wrong_characters(app, visit, &self.user_id).await?;
        Ok(counted.level)
    }
}

fn challenge(Spend { id_hash, expires_at }: Spend) -> Challenge {
    (id_hash, expires_at)
}
