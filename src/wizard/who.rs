//! "Who are you?": user ID and how the visitor shows not to be a program, the same on "User verification" and on "Contact
//! your administrator". The part of the template is `parts/who.html`.
//!
//! Must stay true: nothing here depends on whether the user exists.

mod judge;

pub use judge::{Named, WhoFields};

use axum::{
    http::{HeaderValue, header},
    response::Response,
};

use crate::{
    app::App,
    captcha::{self, Purpose, hosted::Provider, proof_of_work::Work},
    clock,
    domain::escalation::Level,
    store,
    web::{
        assets,
        error::PageError,
        page::{FieldProblem, Moment, Page},
        visit::Visit,
    },
};

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
        /// What a script does beside or in their place.
        beside: Beside,
    },
}

/// What a script does beside the characters, or in their place. Without script nothing of it is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// Nothing.
    Nothing,
    /// The browser computes.
    Work {
        /// What.
        work: Work,
        /// In place of the characters: they are hidden while it goes well.
        alone: bool,
    },
    /// Another company's script looks at the visitor; the characters are hidden while it goes well.
    Hosted(Check),
}

/// Another company's check, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Who.
    pub provider: &'static Provider,
    /// The address of its script.
    pub script: String,
    /// The public key of the site.
    pub site_key: String,
    /// What it is told that the check is for.
    pub action: &'static str,
}

impl Check {
    /// What people know the company's check by.
    pub const fn known_as(&self) -> &'static str {
        self.provider.known_as
    }
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
    /// What the browser computed is wrong, too old or already used: one sentence for all.
    ProofWrong,
    /// Another company says that this is no person, or nothing that counts: one sentence for all.
    CheckRefused,
    /// Another company can't be asked now.
    CheckAway,
    /// The network is busy: the characters are needed as well.
    CharactersNeeded,
    /// The network is crowded: characters alone, or with a short computation, are not enough.
    MoreNeeded,
    /// The way without characters is used up for now.
    WithoutPuzzleUsedUp {
        /// When it opens again.
        from: Moment,
    },
}

impl WhoProblem {
    /// What a network's level asked for that was not shown.
    pub const fn of_level(level: Level) -> Self {
        match level {
            Level::Quiet | Level::Busy => Self::CharactersNeeded,
            Level::Crowded => Self::MoreNeeded,
        }
    }

    /// Whether the characters have to be seen to put it right.
    const fn is_of_the_puzzle(&self) -> bool {
        !matches!(self, Self::UserIdEmpty | Self::UserIdTooLong | Self::UserIdUnlikely)
    }
}

impl Who {
    /// The form, new: with a new challenge of each kind. Reads the network's level where it matters.
    pub async fn read(
        app: &App,
        visit: &Visit,
        purpose: Purpose,
        user_id: String,
        problems: Vec<WhoProblem>,
    ) -> Result<Self, PageError> {
        let level = level(app, visit).await?;
        Ok(Self::at(app, visit, purpose, level, user_id, problems))
    }

    /// The same for a network whose level is known.
    pub fn at(
        app: &App,
        visit: &Visit,
        purpose: Purpose,
        level: Level,
        user_id: String,
        problems: Vec<WhoProblem>,
    ) -> Self {
        let captcha = match app.captcha.new_challenge(visit.visitor(), clock::now()) {
            Some(challenge_id) => {
                let alone = level == Level::Quiet && !problems.iter().any(WhoProblem::is_of_the_puzzle);
                let beside = Beside::new(app, visit, purpose, level, alone);
                Captcha::Characters { challenge_id, beside }
            }
            None => Captcha::None,
        };
        Self { user_id, captcha, problems }
    }

    /// The characters' challenge, if there is one.
    pub fn challenge(&self) -> Option<&str> {
        match &self.captcha {
            Captcha::None => None,
            Captcha::Characters { challenge_id, .. } => Some(challenge_id),
        }
    }

    /// What the browser computes, and whether in place of the characters.
    pub fn work(&self) -> Option<(&Work, bool)> {
        match &self.captcha {
            Captcha::Characters { beside: Beside::Work { work, alone }, .. } => Some((work, *alone)),
            _ => None,
        }
    }

    /// Another company's check, in place of the characters.
    pub fn check(&self) -> Option<&Check> {
        match &self.captcha {
            Captcha::Characters { beside: Beside::Hosted(check), .. } => Some(check),
            _ => None,
        }
    }

    /// Whether a script will hide the characters: then no browser with script loads their picture for nothing.
    pub fn hides_the_characters(&self) -> bool {
        self.check().is_some() || self.work().is_some_and(|(_, alone)| alone)
    }

    /// Whether the page has a script that its policy has to allow: on no other page is it allowed.
    pub const fn has_check(&self) -> bool {
        matches!(&self.captcha, Captcha::Characters { beside: Beside::Work { .. } | Beside::Hosted(_), .. })
    }

    /// The answer with a policy that allows the check's script.
    #[must_use]
    pub fn with_policy(app: &App, mut response: Response) -> Response {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, app.check_policy.clone());
        // What other companies embed does not say that it may be.
        if matches!(app.captcha, captcha::Captcha::Hosted(..)) {
            headers.insert("cross-origin-embedder-policy", HeaderValue::from_static("unsafe-none"));
        }
        response
    }

    /// The path of the script between the other company's and the form.
    pub fn hosted_script(&self) -> &'static str {
        assets::HOSTED_SCRIPT.path()
    }

    /// The path of the script that computes.
    pub fn proof_script(&self) -> &'static str {
        assets::PROOF_SCRIPT.path()
    }

    /// The sentences at the fields.
    pub fn sentences(&self, page: &Page) -> Vec<FieldProblem> {
        let sentence = |problem: &WhoProblem| match problem {
            WhoProblem::UserIdEmpty => FieldProblem::new("user_id", &page.t("who-user-id-empty")),
            WhoProblem::UserIdTooLong => FieldProblem::new("user_id", &page.t("who-user-id-too-long")),
            WhoProblem::UserIdUnlikely => FieldProblem::new("user_id", &page.t("who-user-id-unlikely")),
            WhoProblem::CharactersEmpty => FieldProblem::new("captcha", &page.t("who-characters-empty")),
            WhoProblem::CharactersWrong => FieldProblem::new("captcha", &page.t("who-characters-wrong")),
            WhoProblem::ProofWrong => FieldProblem::new("captcha", &page.t("who-proof-wrong")),
            WhoProblem::CheckRefused => FieldProblem::new("captcha", &page.t("who-check-refused")),
            WhoProblem::CheckAway => FieldProblem::new("captcha", &page.t("who-check-away")),
            WhoProblem::CharactersNeeded => FieldProblem::new("captcha", &page.t("who-characters-needed")),
            WhoProblem::MoreNeeded => FieldProblem::new("captcha", &page.t("who-more-needed")),
            WhoProblem::WithoutPuzzleUsedUp { from } => {
                let sentence = page.m("who-without-puzzle-used-up").time("time", from);
                FieldProblem::with_time("without_puzzle", &sentence)
            }
        };
        self.problems.iter().map(sentence).collect()
    }
}

impl Beside {
    fn new(app: &App, visit: &Visit, purpose: Purpose, level: Level, alone: bool) -> Self {
        if let Some(proof) = app.captcha.work() {
            let work = proof.new_challenge(visit.visitor(), purpose, level == Level::Crowded, clock::now());
            return work.map_or(Self::Nothing, |work| Self::Work { work, alone });
        }
        // After a refusal the characters take its place, and while it rests nobody waits for it.
        match app.captcha.hosted().filter(|hosted| alone && !hosted.rests()) {
            Some(hosted) => Self::Hosted(Check {
                provider: hosted.provider(),
                script: hosted.script(),
                site_key: hosted.site_key().to_owned(),
                action: purpose.as_str(),
            }),
            None => Self::Nothing,
        }
    }
}

/// What the network's page has to ask for; the database is asked only where the answer makes a difference.
async fn level(app: &App, visit: &Visit) -> Result<Level, PageError> {
    if matches!(app.captcha, captcha::Captcha::ProofOfWork(..)) {
        Ok(store::budgets::level(&app.pool, visit.network(), app.escalation).await?)
    } else {
        Ok(Level::Quiet)
    }
}
