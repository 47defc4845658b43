//! `/account/password`: a signed-in person changes the password, by choice or because they have to.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    app::{App, PRODUCT},
    directory::hashing::{PasswordHash, Verdict},
    domain::{
        audit::AuditEvent,
        deed::Deed,
        password::{PasswordContext, PasswordPolicy, expiry::Standing},
        user::UserId,
    },
    portal::door,
    random,
    store::{self, audit, sign_in, tokens::NotMe, users},
    web::{
        error::PageError,
        form::{Form, Posted},
        one_try::{self, OneTry},
        signed_in::{self, Someone},
        stopped,
        visit::{FormOf, Visit, show},
    },
};

use askama::Template;

use crate::web::{
    page::{FieldProblem, Page, Screen},
    password_fields::{self, BrokenRule},
};

/// The page.
#[derive(Template)]
#[template(path = "account_password.html")]
pub struct AccountPasswordPage {
    /// The shell.
    pub page: Page,
    /// For the password manager, which files the new password under it.
    pub user_id: String,
    /// Why it has to be now.
    pub must_change: Option<MustChange>,
    /// What is wrong with the present password.
    pub current: Option<CurrentPasswordProblem>,
    /// The rules that stand on the page.
    pub policy: PasswordPolicy,
    /// Every rule that the new one broke.
    pub broken: Vec<BrokenRule>,
}

/// Why the password has to be changed now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MustChange {
    /// The company's policy says so.
    Expired,
    /// An administrator made the present one.
    Temporary,
}

impl MustChange {
    fn of(standing: Standing) -> Option<Self> {
        match standing {
            Standing::Expired => Some(Self::Expired),
            Standing::Temporary => Some(Self::Temporary),
            Standing::Good | Standing::ExpiresSoon { .. } => None,
        }
    }
}

/// What is wrong with the present password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CurrentPasswordProblem {
    /// Nothing was typed.
    Empty,
    /// It is another one.
    Wrong,
}

impl Screen for AccountPasswordPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("account-password-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let current = self.current.map(|problem| {
            let key = match problem {
                CurrentPasswordProblem::Empty => "account-password-current-empty",
                CurrentPasswordProblem::Wrong => "account-password-current-wrong",
            };
            FieldProblem::new("current_password", &self.page.t(key))
        });
        let new = password_fields::sentences(&self.broken, &self.page);
        current.into_iter().chain(new).collect()
    }
}

/// What is sent. Wiped when it is dropped.
#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names of the form's fields")]
pub struct AccountPasswordForm {
    #[serde(default)]
    current_password: Zeroizing<String>,
    #[serde(default)]
    new_password: Zeroizing<String>,
    #[serde(default)]
    confirm_password: Zeroizing<String>,
}

impl Form for AccountPasswordForm {
    const OF: FormOf = FormOf::Account;
}

/// Shows the form.
pub async fn get(State(app): State<App>, visit: Visit, someone: Someone) -> Result<Response, PageError> {
    form(&app, &visit, &someone, StatusCode::OK, None, Vec::new()).await
}

/// Whoever has to change the password gets no navigation: every link of it would lead back here.
async fn form(
    app: &App,
    visit: &Visit,
    someone: &Someone,
    status: StatusCode,
    current: Option<CurrentPasswordProblem>,
    broken: Vec<BrokenRule>,
) -> Result<Response, PageError> {
    let user_id = someone.user.user_id.clone();
    let must_change = MustChange::of(someone.user.standing);
    let page = if must_change.is_some() {
        let page = visit.page_with_form(someone.user.now, FormOf::Account);
        Page { signed_in: Some(user_id.clone()), ..page }
    } else {
        door::own_page(app, someone, visit).await?
    };
    show(
        status,
        &AccountPasswordPage {
            page,
            user_id,
            must_change,
            current,
            policy: app.policy.raised(someone.user.password_rules.min_length),
            broken,
        },
    )
}

/// Changes the password of whoever is signed in and knows the current one. All sessions end; this one goes on under a new id.
pub async fn post(
    State(app): State<App>,
    visit: Visit,
    someone: Someone,
    Posted(fields): Posted<AccountPasswordForm>,
) -> Result<Response, PageError> {
    let user = &someone.user;
    // A stolen session must not become a password guesser: tries count like sign-ins (V-32).
    let Ok(user_id) = UserId::parse(&user.user_id) else {
        return Err(PageError::Internal("a stored user ID is none".into()));
    };
    if fields.current_password.is_empty() {
        return form(
            &app,
            &visit,
            &someone,
            StatusCode::UNPROCESSABLE_ENTITY,
            Some(CurrentPasswordProblem::Empty),
            Vec::new(),
        )
        .await;
    }
    let OneTry { found, typed } =
        match one_try::begin(&app, &visit, user_id.normalised(), fields.current_password).await? {
            Ok(counted) => counted,
            Err(until) => {
                return Err(stopped::throttled(&app, &visit, "own_password", &user.user_id, until).await);
            }
        };
    let stored = found.password_hash.clone().map(PasswordHash::from_stored);
    if typed.verify(stored.as_ref()).await? == Verdict::Wrong {
        sign_in::record_failed(
            &app.pool,
            &found,
            &user.user_id,
            random::id(),
            visit.network(),
            found.why_not(),
        )
        .await?;
        return form(
            &app,
            &visit,
            &someone,
            StatusCode::UNPROCESSABLE_ENTITY,
            Some(CurrentPasswordProblem::Wrong),
            Vec::new(),
        )
        .await;
    }
    sign_in::give_back(&app.pool, user_id.normalised(), visit.network()).await?;
    let context =
        PasswordContext::new(&user_id, &user.display_name, &user.company_name, &[user_id.domain()], PRODUCT)
            .with_words(&user.password_rules.refused_words);
    let policy = app.policy.raised(user.password_rules.min_length);
    let checked = app
        .hashing
        .check(fields.new_password.clone(), fields.confirm_password, policy, context, app.common.clone())
        .await?;
    let mut broken: Vec<BrokenRule> = Vec::new();
    let password = match checked {
        Ok(password) => Some(password),
        Err(problems) => {
            broken.extend(problems.into_iter().map(BrokenRule::from));
            None
        }
    };
    if matches!(app.hashing.verify(fields.new_password, stored.as_ref()).await?, Verdict::Right { .. }) {
        broken.push(BrokenRule::SameAsBefore);
    }
    let Some(password) = password.filter(|_| broken.is_empty()) else {
        return form(&app, &visit, &someone, StatusCode::UNPROCESSABLE_ENTITY, None, broken).await;
    };
    let hash = app.hashing.hash(password).await?;
    let mut tx = store::begin(&app.pool).await?;
    users::lock(&mut tx, user.id).await?;
    let verified = stored.as_ref().map(PasswordHash::as_str);
    let Some(begun) = users::set_password(&mut tx, user.id, verified, hash.as_str()).await? else {
        // Someone else set it meanwhile: this session is over with the password it was signed in with.
        return Ok(Redirect::to("/sign-in?notice=first").into_response());
    };
    audit::record(
        &mut tx,
        &audit::Recorded {
            id: random::id(),
            event: AuditEvent::PasswordSet,
            company: found.company,
            user: Some(user.id),
            subject: &user.user_id,
            actor: &user.user_id,
            network: Some(visit.network().as_str()),
            outcome: "done",
            details: json!({}),
        },
    )
    .await?;
    let not_me = NotMe::new(app.keys.current(), user.id, Deed::PasswordChanged);
    users::queue_password_changed(&mut tx, &not_me, visit.browser()).await?;
    tx.commit().await?;
    app.outbox.wake();
    signed_in::begin(&someone.session, &visit, user.id, begun).await?;
    Ok(Redirect::to("/account?notice=password-changed").into_response())
}
