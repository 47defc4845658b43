//! `/portal/users/{id}/lift-limits`: asks before the limits of a person are lifted, and lifts them.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::sentence;
use crate::{
    admin::{Refusal, limits},
    app::App,
    domain::limits::kind::Kind,
    portal::{
        door::Global,
        users::{
            show::{row, to_user, unexpected},
            titled,
        },
        your_password::PasswordProblem,
    },
    store::limits::Standing,
    web::{
        error::PageError,
        form::{Form, Posted},
        markup::Markup,
        page::{FieldProblem, Moment, Page, Screen},
        portal_nav::Section,
        recent_proof,
        visit::{FormOf, show},
    },
};

/// The page.
#[derive(Template)]
#[template(path = "portal/limits/lift.html")]
pub struct LiftPage {
    /// The shell.
    pub page: Page,
    /// The user.
    pub id: Uuid,
    /// User ID.
    pub user_id: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// What would be lifted; empty: there is nothing.
    pub standing: Vec<Standing>,
    /// The last proof of the own password is too old.
    pub asks_password: bool,
    /// What is wrong with the own password.
    pub password: Option<PasswordProblem>,
    /// Lifted too often today: again from then on.
    pub too_often: Option<Moment>,
}

impl LiftPage {
    fn limits(&self) -> Vec<Markup> {
        self.standing.iter().map(|at| sentence(&self.page, at)).collect()
    }

    /// What a limit that no time ends means.
    fn meaning(&self) -> Vec<&'static str> {
        let has = |kind| self.standing.iter().any(|at| at.kind == kind);
        [(Kind::WrongPasswordsInARow, "lift-passwords"), (Kind::WrongCodesInARow, "lift-codes")]
            .into_iter()
            .filter_map(|(kind, key)| has(kind).then_some(key))
            .collect()
    }
}

impl Screen for LiftPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        titled(&self.page, "lift-title", &self.display_name)
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let too_often = self
            .too_often
            .iter()
            .map(|from| FieldProblem::with_time("deed", &self.page.m("lift-too-often").time("time", from)));
        let password = self.password.iter().map(|problem| problem.sentence(&self.page));
        too_often.chain(password).collect()
    }
}

/// What is sent.
#[derive(Deserialize)]
pub struct LiftForm {
    #[serde(default)]
    your_password: Zeroizing<String>,
}

impl Form for LiftForm {
    const OF: FormOf = FormOf::Account;
}

/// Asks.
pub async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    global: Global,
) -> Result<Response, PageError> {
    page(&app, &global, row(&id)?, None, None).await
}

async fn page(
    app: &App,
    Global { by, door }: &Global,
    id: Uuid,
    password: Option<PasswordProblem>,
    too_often: Option<Moment>,
) -> Result<Response, PageError> {
    let (user, standing) = match limits::of_person(&app.pool, by, id, &app.budgets).await {
        Ok(found) => found,
        Err(not_done) => return Err(unexpected(&door.refused(app, not_done).await?)),
    };
    let wrong = password.is_some() || too_often.is_some();
    let page = LiftPage {
        page: door.page(app, Section::Users).await?,
        id: user.id,
        user_id: user.user_id,
        display_name: user.display_name,
        standing,
        asks_password: !recent_proof::is_recent(&door.someone).await?,
        password,
        too_often,
    };
    show(if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}

/// Lifts.
pub async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    global: Global,
    Posted(form): Posted<LiftForm>,
) -> Result<Response, PageError> {
    let id = row(&id)?;
    let door = &global.door;
    let proof = recent_proof::prove(&app, &door.visit, &door.someone, &form.your_password).await?;
    if let Some(problem) = PasswordProblem::of(proof) {
        return page(&app, &global, id, Some(problem), None).await;
    }
    match limits::lift(&app.pool, &global.by, id, &app.budgets).await {
        Ok((user, lifted)) => {
            Ok(to_user(user.id, if lifted.is_empty() { "no-limits" } else { "limits-lifted" }))
        }
        Err(not_done) => match door.refused(&app, not_done).await? {
            Refusal::TooOften(until) => page(&app, &global, id, None, Some(Moment::with_day(until))).await,
            other => Err(unexpected(&other)),
        },
    }
}
