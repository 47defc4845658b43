//! Sign-in (`/sign-in`).
//!
//! Must stay true: one sentence for every cause, so that nobody learns which user IDs exist.

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use tower_sessions::Session;
use zeroize::Zeroizing;

use crate::{
    app::App,
    clock,
    directory::hashing::{PasswordHash, Verdict},
    domain::{
        deed::Deed,
        user::{Role, UserId},
    },
    metrics, random,
    store::{
        sessions,
        sign_in::{self, Complete},
        tokens::NotMe,
        users,
    },
    web::{
        error::PageError,
        form::{Form, Posted},
        one_try::{self, OneTry},
        signed_in, stopped,
        visit::{FormOf, Visit, show},
    },
};

use askama::Template;

use crate::web::page::{FieldProblem, Page, Screen};

/// The page.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// The shell.
    pub page: Page,
    /// What was typed before.
    pub user_id: String,
    /// What to put right, in the order of the fields.
    pub problems: Vec<SignInProblem>,
    /// What brought the person here.
    pub notice: Option<SignInNotice>,
}

/// What to put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInProblem {
    /// No user ID was typed.
    UserIdEmpty,
    /// No password was typed.
    PasswordEmpty,
    /// Unknown, wrong, blocked: one sentence for all.
    Wrong,
}

/// What brought the person here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInNotice {
    /// They signed out.
    SignedOut,
    /// They made a password by a one-time link, or changed it.
    PasswordSet,
    /// They reset their password.
    PasswordReset,
    /// Their session ended, and the page that they asked for needs one.
    SignInFirst,
}

impl SignInNotice {
    fn key(self) -> &'static str {
        match self {
            Self::SignedOut => "sign-in-signed-out",
            Self::PasswordSet => "sign-in-password-set",
            Self::PasswordReset => "sign-in-password-reset",
            Self::SignInFirst => "sign-in-first",
        }
    }
}

impl Screen for SignInPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("sign-in-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let sentence = |problem: &SignInProblem| match problem {
            SignInProblem::UserIdEmpty => FieldProblem::new("user_id", &self.page.t("sign-in-user-id-empty")),
            SignInProblem::PasswordEmpty => {
                FieldProblem::new("password", &self.page.t("sign-in-password-empty"))
            }
            SignInProblem::Wrong => FieldProblem::new("user_id", &self.page.t("sign-in-wrong")),
        };
        self.problems.iter().map(sentence).collect()
    }
}

/// What a redirect to this page tells it.
#[derive(Deserialize)]
pub struct Arrival {
    #[serde(default)]
    notice: String,
}

/// What is sent.
#[derive(Deserialize)]
pub struct SignInForm {
    #[serde(default)]
    user_id: String,
    #[serde(default)]
    password: Zeroizing<String>,
}

impl Form for SignInForm {
    const OF: FormOf = FormOf::Account;
}

/// The button has no field of its own.
#[derive(Deserialize)]
pub struct SignOutForm {}

impl Form for SignOutForm {
    const OF: FormOf = FormOf::Account;
}

/// `/`: to where the visitor belongs.
pub async fn root(State(app): State<App>, session: Session) -> Result<Response, PageError> {
    let Some(id) = signed_in::user_of(&session).await? else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    let role = users::by_id(&app.pool, id).await?.and_then(|user| user.role.parse::<Role>().ok());
    Ok(Redirect::to(home(role)).into_response())
}

/// The first page of a role.
fn home(role: Option<Role>) -> &'static str {
    if role.is_some_and(Role::opens_portal) { "/portal" } else { "/account" }
}

/// Shows the form. No database.
pub async fn get(visit: Visit, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    let notice = match arrival.notice.as_str() {
        "signed-out" => Some(SignInNotice::SignedOut),
        "password-set" => Some(SignInNotice::PasswordSet),
        "password-reset" => Some(SignInNotice::PasswordReset),
        "first" => Some(SignInNotice::SignInFirst),
        _ => None,
    };
    form(&visit, StatusCode::OK, String::new(), Vec::new(), notice)
}

fn form(
    visit: &Visit,
    status: StatusCode,
    user_id: String,
    problems: Vec<SignInProblem>,
    notice: Option<SignInNotice>,
) -> Result<Response, PageError> {
    let page = visit.page_with_form(clock::now(), FormOf::Account);
    show(status, &SignInPage { page, user_id, problems, notice })
}

/// Signs in. Unknown, blocked, without a password, wrong: one answer, one hash, the same statements (V-16, V-18).
pub async fn post(
    State(app): State<App>,
    visit: Visit,
    session: Session,
    Posted(fields): Posted<SignInForm>,
) -> Result<Response, PageError> {
    let mut problems = Vec::new();
    if fields.user_id.trim().is_empty() {
        problems.push(SignInProblem::UserIdEmpty);
    }
    if fields.password.is_empty() {
        problems.push(SignInProblem::PasswordEmpty);
    }
    let typed: String = fields.user_id.chars().take(254).collect();
    if !problems.is_empty() {
        return form(&visit, StatusCode::UNPROCESSABLE_ENTITY, typed, problems, None);
    }
    // What is no user ID is nobody's: it goes the same way under its own text.
    let normal = UserId::parse(&fields.user_id)
        .map_or_else(|_| typed.clone(), |user_id| user_id.normalised().to_owned());
    let OneTry { found, typed: password } =
        match one_try::begin(&app, &visit, &normal, fields.password.clone()).await? {
            Ok(counted) => counted,
            Err(until) => {
                app.metrics.sign_in(metrics::SignIn::Throttled);
                return Err(stopped::throttled(&app, &visit, "sign_in", &typed, until).await);
            }
        };
    let stored = found.password_hash.clone().filter(|_| !found.blocked).map(PasswordHash::from_stored);
    let verdict = password.verify(stored.as_ref()).await?;
    if let (Verdict::Right { rehash_needed }, Some(user), Some(stored)) = (&verdict, found.user, &stored) {
        // When the threads are busy, the next sign-in does it (N-11).
        let better =
            if *rehash_needed { app.hashing.rehash(fields.password.clone()).await.ok() } else { None };
        let better = better.as_ref().map(PasswordHash::as_str);
        let complete = Complete {
            user,
            verified_hash: stored.as_str(),
            better_hash: better,
            normalised: &normal,
            event: random::id(),
            network: visit.network(),
            browser: visit.browser(),
            not_me: NotMe::new(app.keys.current(), user, Deed::SignedIn),
        };
        if let Some(done) = sign_in::complete(&app.pool, &complete).await? {
            if done.told {
                app.outbox.wake();
            }
            signed_in::begin(&session, &visit, user, done.begun).await?;
            app.metrics.sign_in(metrics::SignIn::Done);
            return Ok(Redirect::to("/").into_response());
        }
    }
    let why = found.why_not();
    app.metrics.sign_in(metrics::SignIn::Failed);
    // What is no user ID may be a password in the wrong field: it is not kept.
    let subject = if UserId::parse(&typed).is_ok() { typed.as_str() } else { "(not a user ID)" };
    sign_in::record_failed(&app.pool, &found, subject, random::id(), visit.network(), why).await?;
    form(&visit, StatusCode::UNPROCESSABLE_ENTITY, typed, vec![SignInProblem::Wrong], None)
}

/// Signs out: the row goes, then the cookie.
pub async fn sign_out(
    State(app): State<App>,
    visit: Visit,
    session: Session,
    Posted(SignOutForm {}): Posted<SignOutForm>,
) -> Result<Response, PageError> {
    // One that ended by itself was not signed out.
    if let (Some(_), Some(id)) = (signed_in::user_of(&session).await?, session.id()) {
        sessions::sign_out(&app.pool, &id, random::id(), visit.network()).await?;
    }
    session.flush().await?;
    Ok(Redirect::to("/sign-in?notice=signed-out").into_response())
}
