//! `/set-password`: the page behind a one-time link from an administrator or operator.
//!
//! Must stay true: GET spends nothing; the token leaves the address bar with the first POST.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::{
    app::{App, PRODUCT},
    clock,
    domain::{
        deed::Deed,
        password::{PasswordContext, PasswordPolicy},
        secret::Purpose,
        user::UserId,
    },
    random,
    store::{
        self,
        tokens::{self, Link, NotMe},
        users,
    },
    web::{
        error::PageError,
        form::{Form, Posted},
        link,
        visit::{FormOf, Visit, show},
    },
};

use askama::Template;

use crate::web::{
    page::{FieldProblem, Moment, Page, Screen},
    password_fields::{self, BrokenRule},
};

/// The form.
#[derive(Template)]
#[template(path = "set_password.html")]
pub struct SetPasswordPage {
    /// The shell.
    pub page: Page,
    /// The path that the form posts to.
    pub action: String,
    /// The token, for the hidden field; empty where `action` holds it.
    pub token: String,
    /// Whose password it will be.
    pub user_id: String,
    /// Until when the link is good, with its day.
    pub expires_at: Moment,
    /// The rules that stand on the page.
    pub policy: PasswordPolicy,
    /// Every rule that was broken.
    pub broken: Vec<BrokenRule>,
}

impl Screen for SetPasswordPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("set-password-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        password_fields::sentences(&self.broken, &self.page)
    }
}

/// A link that opens nothing: used, replaced, expired or never sent. One page for all: who holds it may be anyone.
#[derive(Template)]
#[template(path = "set_password_dead.html")]
pub struct SetPasswordDeadPage {
    /// The shell.
    pub page: Page,
}

impl Screen for SetPasswordDeadPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("set-password-dead-title")
    }
}

/// What is sent. Wiped when it is dropped.
#[derive(Deserialize)]
pub struct SetPasswordForm {
    #[serde(default)]
    new_password: Zeroizing<String>,
    #[serde(default)]
    confirm_password: Zeroizing<String>,
}

impl Form for SetPasswordForm {
    const OF: FormOf = FormOf::Anyone;
}

/// A live one-time link, found right.
async fn open(app: &App, visit: &Visit, typed: &str) -> Result<Option<Link>, PageError> {
    let found = link::open(app, visit, typed, &[Purpose::SetPassword]).await?;
    Ok(found.map(|(link, _)| link).filter(Link::is_live))
}

fn dead(visit: &Visit) -> Result<Response, PageError> {
    show(StatusCode::GONE, &SetPasswordDeadPage { page: visit.page(clock::now()) })
}

fn form(
    app: &App,
    visit: &Visit,
    link: &Link,
    token: &str,
    status: StatusCode,
    broken: Vec<BrokenRule>,
) -> Result<Response, PageError> {
    show(
        status,
        &SetPasswordPage {
            page: visit.page_with_form(link.now, FormOf::Anyone),
            action: format!("/set-password/{token}"),
            token: String::new(),
            user_id: link.principal.clone().unwrap_or_default(),
            expires_at: Moment::with_day(link.expires_at),
            policy: app.policy.raised(link.password_min_length),
            broken,
        },
    )
}

/// Shows the form. No effect.
pub async fn get(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    match open(&app, &visit, &token).await? {
        Some(link) => form(&app, &visit, &link, &token, StatusCode::OK, Vec::new()),
        None => dead(&visit),
    }
}

/// Sets the password and spends the link, in one statement.
pub async fn post(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    Posted(fields): Posted<SetPasswordForm>,
) -> Result<Response, PageError> {
    let Some(link) = open(&app, &visit, &token).await? else { return dead(&visit) };
    let Some(user) = link.user else { return dead(&visit) };
    let Some(user) = users::by_id(&app.pool, user).await? else { return dead(&visit) };
    let Ok(user_id) = UserId::parse(&user.user_id) else {
        return Err(PageError::Internal("a stored user ID is none".into()));
    };
    let context =
        PasswordContext::new(&user_id, &user.display_name, &user.company_name, &[user_id.domain()], PRODUCT)
            .with_words(&user.password_rules.refused_words);
    let policy = app.policy.raised(user.password_rules.min_length);
    let checked = app
        .hashing
        .check(fields.new_password, fields.confirm_password, policy, context, app.common.clone())
        .await?;
    let password = match checked {
        Ok(password) => password,
        Err(problems) => {
            let broken = problems.into_iter().map(BrokenRule::from).collect();
            return form(&app, &visit, &link, &token, StatusCode::UNPROCESSABLE_ENTITY, broken);
        }
    };
    let hash = app.hashing.hash(password).await?;
    let mut tx = store::begin(&app.pool).await?;
    let set = tokens::set_password(&mut *tx, link.id, hash.as_str(), random::id(), visit.network()).await?;
    let Some(set) = set else { return dead(&visit) };
    if !set.first {
        let not_me = NotMe::new(app.keys.current(), set.user, Deed::PasswordChanged);
        users::queue_password_changed(&mut tx, &not_me, visit.browser()).await?;
        users::queue_set_by_link(&mut tx, set.user, visit.browser()).await?;
    }
    tx.commit().await?;
    app.outbox.wake();
    Ok(Redirect::to("/sign-in?notice=password-set").into_response())
}
