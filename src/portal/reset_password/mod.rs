//! `/portal/users/{id}/reset-password`: a one-time link to the person's own contact, or a temporary password that is shown once.
//!
//! Must stay true: the role decides whom, before a form is shown and again in the verb; a form has its effect once: a second submit of
//! it sends no second link and makes no second password, which would kill the one that was shown; the password stands on the answer of
//! the POST that made it and nowhere else.

pub mod page;
pub mod temporary;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;
use zeroize::Zeroizing;

use self::{
    page::{LinkTo, ResetCase, ResetPasswordPage, ResetProblem, Way},
    temporary::TemporaryPasswordPage,
};
use super::{door::InPortal, your_password::PasswordProblem};
use crate::{
    admin::{
        NotDone, Refusal, companies,
        passwords::{self, Guarded, Outcome, Rules},
        users,
    },
    app::App,
    domain::{
        contact::{AlternateEmail, MobilePhone},
        user::{Right, Role, may_reset},
    },
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

/// What is sent.
#[derive(Deserialize)]
pub struct ResetPasswordForm {
    /// `link` or `temporary_password`.
    #[serde(default)]
    way: String,
    /// Made with the form: a link is sent under it once.
    #[serde(default)]
    once: String,
    /// When the password was set that the person had then: a temporary password takes the place of that one only.
    #[serde(default)]
    beside: String,
    #[serde(default)]
    your_password: Zeroizing<String>,
}

impl Form for ResetPasswordForm {
    const OF: FormOf = FormOf::Account;
}

/// Shows the form.
pub async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    door: InPortal,
) -> Result<Response, PageError> {
    let user = whom(&app, &door, &id).await?;
    again(&app, &door, &user, StatusCode::OK, None, None, None).await
}

/// Resets it.
pub async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    door: InPortal,
    Posted(form): Posted<ResetPasswordForm>,
) -> Result<Response, PageError> {
    let user = whom(&app, &door, &id).await?;
    let refuse = StatusCode::UNPROCESSABLE_ENTITY;
    let Some(way) = Way::named(&form.way) else {
        return again(&app, &door, &user, refuse, None, None, Some(ResetProblem::NoWay)).await;
    };
    if door.by.id() == user.id {
        return again(&app, &door, &user, refuse, None, None, None).await;
    }
    let proof = recent_proof::prove(&app, &door.visit, &door.someone, &form.your_password).await?;
    if let Some(password) = PasswordProblem::of(proof) {
        return again(&app, &door, &user, refuse, Some(way), Some(password), None).await;
    }
    let refused = match way {
        Way::Link => match send(&app, &door, &user, &form.once).await? {
            Ok(batch) => {
                return Ok(Redirect::to(&format!("/portal/users/reset-passwords/{batch}")).into_response());
            }
            Err(Refusal::Waits(_)) => {
                app.outbox.wake();
                return Ok(Redirect::to(&format!("/portal/users/{}?notice=waits", user.id)).into_response());
            }
            Err(refused) => refused,
        },
        Way::TemporaryPassword => {
            let rules = Rules {
                hashing: &app.hashing,
                policy: app.policy,
                common: app.common.clone(),
                not_me: Some(app.keys.current()),
            };
            let beside = beside_of(&form.beside);
            match passwords::temporary_once(&app.pool, &door.by, user.id, &rules, beside).await {
                Ok(made) => {
                    app.outbox.wake();
                    let page = door.page(&app, Section::Users).await?;
                    return show(StatusCode::OK, &TemporaryPasswordPage::new(page, &made));
                }
                Err(not_done) => door.refused(&app, not_done).await?,
            }
        }
    };
    let problem = match refused {
        Refusal::ChangedMeanwhile => Some(ResetProblem::Once),
        Refusal::TooOften(until) => Some(ResetProblem::TooOften(Moment::with_day(until))),
        Refusal::TooMany => Some(ResetProblem::Already),
        Refusal::ContactWaits => Some(ResetProblem::Waits),
        Refusal::WaitsAlready => Some(ResetProblem::WaitsAlready),
        // The page itself says the rest: blocked, without a contact, not allowed in this company, oneself.
        _ => None,
    };
    let user = whom(&app, &door, &id).await?;
    again(&app, &door, &user, refuse, Some(way), None, problem).await
}

/// Sends a link under the form's id. `Err`: why not.
async fn send(
    app: &App,
    door: &InPortal,
    user: &User,
    once: &str,
) -> Result<Result<Uuid, Refusal>, PageError> {
    // An id of nobody's making is none of a form of ours.
    let batch: Uuid = once.parse().map_err(|_| PageError::BadRequest)?;
    let key = app.keys.current();
    let sent = passwords::send_link_once(&app.pool, &door.by, key, batch, user.id, &app.budgets).await;
    match sent {
        Ok(Outcome::Sent(_)) => {
            app.outbox.wake();
            Ok(Ok(batch))
        }
        // The same form again: what it did is there to be seen.
        Ok(Outcome::Already) => Ok(already(app, door, batch).await?.ok_or(Refusal::TooMany)),
        Ok(Outcome::Not(refusal)) => Ok(Err(door.refused(app, NotDone::Refused(refusal)).await?)),
        Err(not_done) => Ok(Err(door.refused(app, not_done).await?)),
    }
}

/// The batch of a form that was sent before, if a link was sent by it.
async fn already(app: &App, door: &InPortal, batch: Uuid) -> Result<Option<Uuid>, PageError> {
    let found = match passwords::result(&app.pool, &door.by, batch).await {
        Ok(found) => found,
        Err(not_done) => return Err(PageError::Internal(Box::new(not_done))),
    };
    let sent = found.is_some_and(|batch| {
        batch.items.iter().any(|item| item.outcome.starts_with("sent_") || item.outcome == "waits")
    });
    Ok(sent.then_some(batch))
}

/// Whom an address names, if the role may reset them; oneself is told why not.
async fn whom(app: &App, door: &InPortal, id: &str) -> Result<User, PageError> {
    door.need(app, Right::ResetPasswords).await?;
    let id: Uuid = id.parse().map_err(|_| PageError::NotFound)?;
    let user = match users::find(&app.pool, &door.by, id).await {
        Ok(found) => found.ok_or(PageError::NotFound)?,
        Err(NotDone::Store(cause)) => return Err(cause.into()),
        Err(_) => return Err(PageError::NotFound),
    };
    if user.id == door.by.id() || resets(door, &user) { Ok(user) } else { Err(door.denied(app).await) }
}

/// Whether the one who looks may reset this person's password: for pages; the verb asks again.
pub(super) fn resets(door: &InPortal, user: &User) -> bool {
    user.id != door.by.id()
        && user.role.parse().is_ok_and(|target: Role| may_reset(door.by.own_role(), target))
}

/// Where a link to this person goes, masked.
pub(super) fn link_to(user: &User) -> Option<LinkTo> {
    let email = user.alternate_emails.first().and_then(|address| AlternateEmail::parse(address).ok());
    let phone = || user.mobile_phone.as_deref().and_then(|number| MobilePhone::from_stored(number).ok());
    email
        .map(|address| LinkTo::Email(address.masked()))
        .or_else(|| phone().map(|number| LinkTo::Sms(number.masked())))
}

/// When a password was set, in microseconds: as exact as the database knows it.
fn beside(user: &User) -> String {
    user.password_changed_at.map(|at| (at.unix_timestamp_nanos() / 1_000).to_string()).unwrap_or_default()
}

/// The same read again; what no form of ours holds is the time of no password.
fn beside_of(text: &str) -> Option<OffsetDateTime> {
    let microseconds: i128 = text.parse().ok()?;
    OffsetDateTime::from_unix_timestamp_nanos(microseconds.checked_mul(1_000)?).ok()
}

async fn again(
    app: &App,
    door: &InPortal,
    user: &User,
    status: StatusCode,
    way: Option<Way>,
    password: Option<PasswordProblem>,
    problem: Option<ResetProblem>,
) -> Result<Response, PageError> {
    let company = companies::own(&app.pool, &door.by).await?;
    let guarded = match passwords::guard(&app.pool, &door.by, user).await {
        Ok(guarded) => guarded,
        Err(NotDone::Store(cause)) => return Err(cause.into()),
        Err(other) => return Err(PageError::Internal(Box::new(other))),
    };
    let case = if user.id == door.by.id() {
        ResetCase::Oneself
    } else if user.blocked_at.is_some() {
        ResetCase::Blocked
    } else {
        ResetCase::Open {
            link: link_to(user),
            temporary: company.temporary_passwords_allowed && guarded == Guarded::No,
        }
    };
    let page = ResetPasswordPage {
        page: door.page(app, Section::Users).await?,
        id: user.id,
        user_id: user.user_id.clone(),
        display_name: user.display_name.clone(),
        mends: door.by.may(Right::ManageUsers),
        case,
        guarded,
        way,
        once: random::id(),
        beside: beside(user),
        asks_password: !recent_proof::is_recent(&door.someone).await?,
        password,
        problem,
    };
    show(status, &page)
}
