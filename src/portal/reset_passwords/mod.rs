//! `/portal/users/reset-passwords`: one-time links to many at once, 40 at most, and what became of each.
//!
//! Must stay true: nobody is mailed before everyone was named on a page; oneself and those whom the role may not reset are named as
//! left out, and a form that holds them all the same does nothing at all; a second submit of a form sends nobody a second link.

pub mod ask;
pub mod outcome;
pub mod result;

use std::collections::BTreeSet;

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use url::form_urlencoded;
use uuid::Uuid;
use zeroize::Zeroizing;

use self::ask::{AskPage, Chosen, LeftOut, Person};
use super::{
    door::InPortal,
    reset_password::{link_to, resets},
    your_password::PasswordProblem,
};
use crate::{
    admin::{
        NotDone,
        passwords::{self, BATCH_MAX},
    },
    app::App,
    domain::user::Right,
    random,
    store::users::User,
    web::{
        error::PageError,
        form::{Form, Posted},
        page::Moment,
        portal_nav::Section,
        recent_proof,
        visit::{FormOf, show},
    },
};

/// What is sent: `select` once for each person, and the fields of [`Sent`].
#[derive(Deserialize)]
#[serde(transparent)]
pub struct BatchForm(Vec<(String, String)>);

impl Form for BatchForm {
    const OF: FormOf = FormOf::Account;
}

/// A form, read strictly: only `select` may come twice.
struct Sent {
    rows: Vec<Uuid>,
    batch: Uuid,
    your_password: Zeroizing<String>,
}

impl BatchForm {
    fn read(self) -> Result<Sent, PageError> {
        let mut rows = Vec::new();
        let (mut batch, mut your_password) = (None, None);
        for (name, value) in self.0 {
            let twice = match name.as_str() {
                "select" => {
                    rows.push(value);
                    false
                }
                "batch" => batch.replace(value).is_some(),
                "your_password" => your_password.replace(Zeroizing::new(value)).is_some(),
                _ => false,
            };
            if twice {
                return Err(PageError::BadRequest);
            }
        }
        Ok(Sent {
            rows: rows_of(rows.iter().map(String::as_str))?,
            batch: batch.and_then(|id| id.parse().ok()).ok_or(PageError::BadRequest)?,
            your_password: your_password.unwrap_or_default(),
        })
    }
}

/// The rows in the order in which they were chosen, each once. What is no row names nobody.
fn rows_of<'t>(texts: impl Iterator<Item = &'t str>) -> Result<Vec<Uuid>, PageError> {
    let (mut rows, mut seen) = (Vec::new(), BTreeSet::new());
    for text in texts {
        let row: Uuid = text.parse().map_err(|_| PageError::NotFound)?;
        if seen.insert(row) {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Names everyone who would get a link.
pub async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    door: InPortal,
) -> Result<Response, PageError> {
    door.need(&app, Right::ResetPasswords).await?;
    let query = query.unwrap_or_default();
    let chosen: Vec<_> =
        form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "select").collect();
    let rows = rows_of(chosen.iter().map(|(_, value)| value.as_ref()))?;
    let status = if rows.len() > BATCH_MAX { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    ask(&app, &door, &rows, random::id(), status, None).await
}

/// Sends the links.
pub async fn post(
    State(app): State<App>,
    door: InPortal,
    Posted(form): Posted<BatchForm>,
) -> Result<Response, PageError> {
    door.need(&app, Right::ResetPasswords).await?;
    let Sent { rows, batch, your_password } = form.read()?;
    let refuse = StatusCode::UNPROCESSABLE_ENTITY;
    if rows.is_empty() || rows.len() > BATCH_MAX {
        return ask(&app, &door, &rows, batch, refuse, None).await;
    }
    let people = named(&app, &door, &rows).await?;
    if people.len() < rows.len() {
        return Err(PageError::NotFound);
    }
    // The page never holds them: somebody made this form.
    if people.iter().any(|user| !resets(&door, user)) {
        return Err(door.denied(&app).await);
    }
    let proof = recent_proof::prove(&app, &door.visit, &door.someone, &your_password).await?;
    if let Some(problem) = PasswordProblem::of(proof) {
        return ask(&app, &door, &rows, batch, refuse, Some(problem)).await;
    }
    let key = app.keys.current();
    match passwords::batch(&app.pool, &door.by, key, batch, &rows, &app.budgets).await {
        Ok(_) => {
            app.outbox.wake();
            Ok(Redirect::to(&format!("/portal/users/reset-passwords/{batch}")).into_response())
        }
        Err(not_done) => {
            door.refused(&app, not_done).await?;
            ask(&app, &door, &rows, batch, refuse, None).await
        }
    }
}

async fn named(app: &App, door: &InPortal, rows: &[Uuid]) -> Result<Vec<User>, PageError> {
    match passwords::named(&app.pool, &door.by, rows).await {
        Ok(people) => Ok(people),
        Err(NotDone::Store(cause)) => Err(cause.into()),
        Err(other) => Err(PageError::Internal(Box::new(other))),
    }
}

async fn ask(
    app: &App,
    door: &InPortal,
    rows: &[Uuid],
    batch: Uuid,
    status: StatusCode,
    password: Option<PasswordProblem>,
) -> Result<Response, PageError> {
    let chosen = if rows.len() > BATCH_MAX {
        Chosen::TooMany(rows.len())
    } else {
        let (mut people, mut left_out) = (Vec::new(), Vec::new());
        for user in named(app, door, rows).await? {
            let link = link_to(&user);
            let why = if user.id == door.by.id() {
                Some(LeftOut::Oneself)
            } else if !resets(door, &user) {
                Some(LeftOut::Role)
            } else if user.blocked_at.is_some() {
                Some(LeftOut::Blocked)
            } else if link.is_none() {
                Some(LeftOut::NoContact)
            } else {
                None
            };
            let person = Person { id: user.id, user_id: user.user_id, display_name: user.display_name, link };
            match why {
                Some(why) => left_out.push((person, why)),
                None => people.push(person),
            }
        }
        Chosen::People { people, left_out }
    };
    let latest = if rows.is_empty() {
        let latest = passwords::latest(&app.pool, &door.by).await.map_err(|error| match error {
            NotDone::Store(cause) => cause.into(),
            other => PageError::Internal(Box::new(other)),
        })?;
        latest.into_iter().map(|batch| (Moment::with_day(batch.at), batch.people, batch.id)).collect()
    } else {
        Vec::new()
    };
    let page = AskPage {
        page: door.page(app, Section::Users).await?,
        rows: rows.to_vec(),
        chosen,
        batch,
        asks_password: !recent_proof::is_recent(&door.someone).await?,
        password,
        latest,
    };
    show(status, &page)
}
