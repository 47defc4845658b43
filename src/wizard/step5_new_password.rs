//! Step 5, "Create a new password" (`/reset/new-password`).
//!
//! Must stay true: the rules stand on the page before anyone types; all broken ones are listed at once; nothing
//! that was typed comes back.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{
    ended::EndedPage,
    gate::{self, Here},
};
use crate::{
    app::{App, PRODUCT},
    directory::hashing::{PasswordHash, Verdict},
    domain::{
        limits::Account,
        password::{PasswordContext, PasswordPolicy, normalised},
        user::UserId,
        wizard::{REPEAT_WINDOW, Step},
    },
    metrics, random,
    store::{
        attempts::{self, Finish, Finished, Person, Seen},
        users,
    },
    web::{
        error::PageError,
        form::{Form, Posted},
        visit::{FormOf, Visit, show},
    },
};

use askama::Template;

use crate::web::{
    page::{FieldProblem, Moment, Page, Screen},
    password_fields::{self, BrokenRule},
};

/// The page.
#[derive(Template)]
#[template(path = "wizard/step5_new_password.html")]
pub struct NewPasswordPage {
    /// The shell.
    pub page: Page,
    /// For the password manager, which files the new password under it.
    pub user_id: String,
    /// Until when the page is good.
    pub expires_at: Moment,
    /// The rules that stand on the page.
    pub policy: PasswordPolicy,
    /// Every rule that was broken.
    pub broken: Vec<BrokenRule>,
}

impl Screen for NewPasswordPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("new-password-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        password_fields::sentences(&self.broken, &self.page)
    }

    fn step(&self) -> Option<u8> {
        Some(5)
    }
}

/// What is sent. Wiped when it is dropped.
#[derive(Deserialize)]
pub struct NewPasswordForm {
    #[serde(default)]
    new_password: Zeroizing<String>,
    #[serde(default)]
    confirm_password: Zeroizing<String>,
}

impl Form for NewPasswordForm {
    const OF: FormOf = FormOf::Reset;
}

/// Shows the page.
pub async fn get(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    match gate::at(&app, &visit, |step| step == Step::NewPassword).await? {
        Ok(Here { seen, .. }) => page(&app, &visit, &seen, StatusCode::OK, Vec::new()),
        Err(elsewhere) => Ok(elsewhere),
    }
}

fn page(
    app: &App,
    visit: &Visit,
    seen: &Seen,
    status: StatusCode,
    broken: Vec<BrokenRule>,
) -> Result<Response, PageError> {
    show(
        status,
        &NewPasswordPage {
            page: visit.page_with_form(seen.now, FormOf::Reset),
            user_id: seen.person.as_ref().map(|person| person.user_id.clone()).unwrap_or_default(),
            expires_at: Moment::from(seen.attempt.password_expires_at.unwrap_or(seen.now)),
            policy: app
                .policy
                .raised(seen.person.as_ref().and_then(|person| person.password_rules.min_length)),
            broken,
        },
    )
}

/// Sets the password: both proofs as a witness, one statement for all that goes with it.
pub async fn post(
    State(app): State<App>,
    visit: Visit,
    Posted(form): Posted<NewPasswordForm>,
) -> Result<Response, PageError> {
    let Here { seen, session } =
        match gate::at(&app, &visit, |step| matches!(step, Step::NewPassword | Step::Done)).await? {
            Ok(here) => here,
            Err(elsewhere) => return Ok(elsewhere),
        };
    let Some(person) = seen.person.clone() else { return Ok(gate::to_start()) };
    if seen.step() == Step::Done {
        return second_submit(&app, &visit, &seen, &person, form.new_password).await;
    }
    let Ok(user_id) = UserId::parse(&person.user_id) else {
        return Err(PageError::Internal("a stored user ID is none".into()));
    };
    let proven = match seen.attempt.clone().into_proven(seen.now) {
        Ok(proven) => proven,
        Err(refusal) => return Ok(gate::refused(refusal)),
    };
    let context = PasswordContext::new(
        &user_id,
        &person.display_name,
        &person.company_name,
        &[user_id.domain()],
        PRODUCT,
    )
    .with_words(&person.password_rules.refused_words);
    let policy = app.policy.raised(person.password_rules.min_length);
    let checked = app
        .hashing
        .check(form.new_password.clone(), form.confirm_password, policy, context, app.common.clone())
        .await?;
    let password = match checked {
        Ok(password) => password,
        Err(problems) => {
            let broken = problems.into_iter().map(BrokenRule::from).collect();
            return page(&app, &visit, &seen, StatusCode::UNPROCESSABLE_ENTITY, broken);
        }
    };
    let hash = app.hashing.hash(password).await?;
    let outcome = attempts::finish(
        &app.pool,
        &Finish {
            proven: &proven,
            session_hash: session.hash(),
            password_hash: hash.as_str(),
            receipt: &receipt(),
            account: &Account::of(user_id.normalised()),
            not_me: random::id(),
            nonce: random::bytes(),
            key_id: app.keys.current().id(),
            event: random::id(),
            network: visit.network(),
        },
    )
    .await?;
    if outcome == Finished::Done {
        app.metrics.attempt(metrics::Step::PasswordReset);
        app.outbox.wake();
        return Ok(gate::to(Step::Done));
    }
    match attempts::of_session(&app.pool, &session.hash()).await? {
        Some(seen) if seen.step() == Step::Done => {
            second_submit(&app, &visit, &seen, &person, form.new_password).await
        }
        Some(seen) => Ok(gate::to(seen.step())),
        None => Ok(gate::to_start()),
    }
}

/// Another submit was first. With the same password (a double click) this is the same answer; with another password the person
/// must know that this one does not count.
async fn second_submit(
    app: &App,
    visit: &Visit,
    seen: &Seen,
    person: &Person,
    typed: Zeroizing<String>,
) -> Result<Response, PageError> {
    let finished = seen.attempt.finished_at;
    // Only at once, and only against the password that this very attempt set: later this would be a way to try passwords.
    if finished.is_none_or(|at| seen.now - at >= REPEAT_WINDOW) {
        return Ok(gate::to(Step::Done));
    }
    let user = users::by_id(&app.pool, person.id).await?.filter(|user| user.password_changed_at == finished);
    let stored = user.and_then(|user| user.password_hash).map(PasswordHash::from_stored);
    let typed = normalised(&typed, app.policy.max()).unwrap_or_default();
    if matches!(app.hashing.verify(typed, stored.as_ref()).await?, Verdict::Right { .. }) {
        return Ok(gate::to(Step::Done));
    }
    show(
        StatusCode::CONFLICT,
        &EndedPage {
            page: visit.page(seen.now),
            end: super::ended::End::Used,
            user_id: Some(seen.typed_user_id.clone()),
        },
    )
}

/// Ten characters that nobody mistakes on the telephone: 32^10, far more than anyone can try, and no secret anyway.
fn receipt() -> String {
    const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    random::bytes::<10>().iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}
