//! `POST /portal/company`: from the form to the review, from the review to the change.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{
    conflict::CompanyConflictPage,
    fields::{Carried, Field, Fields},
    form, keep_undo, own, refused,
    review::{CompanyReviewPage, ReasonProblem},
    settings::problem,
};
use crate::{
    admin::{
        Refusal,
        companies::{self as verb, Told},
        pending::Waits,
    },
    app::App,
    portal::{door::Global, your_password::PasswordProblem},
    store::companies::{Change, Company},
    web::{
        error::PageError,
        form::{Form, Posted},
        portal_nav::Section,
        recent_proof,
        visit::{FormOf, show},
    },
};

/// What is sent: by the form, by the review, by the page of a conflict, by Undo. A setting that is not sent stays as it is.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct CompanyForm(Vec<(String, String)>);

impl Form for CompanyForm {
    const OF: FormOf = FormOf::Account;
}

/// A form, read strictly: no field comes twice.
struct Sent {
    carried: Carried,
    reviewed: bool,
    back: bool,
    reason: Option<String>,
    your_password: Zeroizing<String>,
    /// A part of it would wait.
    waits: Option<Waits>,
}

impl CompanyForm {
    fn read(self, now: &Company) -> Result<Sent, PageError> {
        let mut pairs = self.0;
        let mut take = |name: &str| -> Result<Option<String>, PageError> {
            let mut found = None;
            for (_, value) in pairs.extract_if(.., |(known, _)| known == name) {
                if found.replace(value).is_some() {
                    return Err(PageError::BadRequest);
                }
            }
            Ok(found)
        };
        let stands = Fields::of(now);
        let was: Fields = match take("was")? {
            Some(text) => Fields::read(&text).ok_or(PageError::BadRequest)?,
            None => stands,
        };
        let mut fields = was.clone();
        for field in Field::ALL {
            if let Some(typed) = take(field.as_str())? {
                fields.set(field, &typed);
            }
        }
        let version = match take("version")? {
            Some(text) => text.parse().map_err(|_| PageError::BadRequest)?,
            None => now.version,
        };
        Ok(Sent {
            carried: Carried { version, fields, was },
            reviewed: take("reviewed")?.is_some(),
            back: take("back")?.is_some(),
            reason: take("reason")?,
            your_password: Zeroizing::new(take("your_password")?.unwrap_or_default()),
            waits: None,
        })
    }
}

/// Takes the form, the review, or Undo.
pub async fn post(
    State(app): State<App>,
    global: Global,
    Posted(sent): Posted<CompanyForm>,
) -> Result<Response, PageError> {
    let company = own(&app, &global).await?;
    let mut sent = sent.read(&company)?;
    if sent.back {
        return form(&app, &global, &company, sent.carried, StatusCode::OK, None, |_| Vec::new()).await;
    }
    if sent.carried.version != company.version {
        return conflict(&app, &global, &sent.carried).await;
    }
    let wanted = sent.carried.fields.clone();
    let changed = Fields::of(&company).differences(&wanted);
    let told = Told { version: Some(sent.carried.version), reason: None };
    let change = match wanted.change(&changed) {
        Ok(change) => change,
        Err(wrong) => return wrong_fields(&app, &global, &company, sent.carried, wrong).await,
    };
    match verb::preview(&app.pool, &global.by, company.id, &change, told).await {
        Ok(done) if done.changes.is_empty() && done.waits.is_none() => {
            return Ok(Redirect::to("/portal/company?notice=unchanged").into_response());
        }
        Ok(done) => sent.waits = done.waits,
        Err(not_done) => match refused(&app, &global, not_done).await? {
            Refusal::ChangedMeanwhile => return conflict(&app, &global, &sent.carried).await,
            Refusal::WaitsAlready => {
                let wrong = vec![(Field::GlobalChanges, Refusal::WaitsAlready)];
                return wrong_fields(&app, &global, &company, sent.carried, wrong).await;
            }
            first => {
                let wrong = every_refusal(&app, &global, &company, &wanted, &changed, first).await?;
                return wrong_fields(&app, &global, &company, sent.carried, wrong).await;
            }
        },
    }
    if !sent.reviewed {
        return review(&app, &global, sent, &change, StatusCode::OK, None, None).await;
    }
    save(&app, &global, &company, sent, &change).await
}

/// Saves what was reviewed.
async fn save(
    app: &App,
    global: &Global,
    company: &Company,
    mut sent: Sent,
    change: &Change,
) -> Result<Response, PageError> {
    let refuse = StatusCode::UNPROCESSABLE_ENTITY;
    let reason = sent.reason.take().unwrap_or_default();
    let missing = change.self_serve_password_reset_enabled.is_some() && reason.trim().is_empty();
    let proof =
        recent_proof::prove(app, &global.door.visit, &global.door.someone, &sent.your_password).await?;
    let password = PasswordProblem::of(proof);
    if missing || password.is_some() {
        sent.reason = Some(reason);
        let problem = missing.then_some(ReasonProblem::Missing);
        return review(app, global, sent, change, refuse, problem, password).await;
    }
    let told = Told { version: Some(sent.carried.version), reason: Some(&reason) };
    match verb::change(&app.pool, &global.by, company.id, change, told).await {
        Ok(done) => {
            app.outbox.wake();
            if done.waits.is_some() {
                // Undo would ask for a stronger rule that is in force already.
                return Ok(Redirect::to("/portal/company?notice=waits").into_response());
            }
            let after = own(app, global).await?;
            keep_undo(global, company, &after).await?;
            Ok(Redirect::to("/portal/company?notice=saved").into_response())
        }
        Err(not_done) => match refused(app, global, not_done).await? {
            // Between the look above and the verb's own.
            Refusal::ChangedMeanwhile => conflict(app, global, &sent.carried).await,
            Refusal::Reason => {
                sent.reason = Some(reason);
                review(app, global, sent, change, refuse, Some(ReasonProblem::Unfit), None).await
            }
            other => Err(PageError::Internal(format!("refused after its preview: {other:?}").into())),
        },
    }
}

async fn review(
    app: &App,
    global: &Global,
    sent: Sent,
    change: &Change,
    status: StatusCode,
    reason_problem: Option<ReasonProblem>,
    password: Option<PasswordProblem>,
) -> Result<Response, PageError> {
    let days = change.password_expires_after_days.flatten();
    let page = CompanyReviewPage {
        page: global.door.page(app, Section::Company).await?,
        floor: app.policy.min(),
        consequence: verb::consequence(&app.pool, &global.by, &app.budgets, days).await?,
        reason: sent.reason.unwrap_or_default(),
        reason_problem,
        asks_password: !recent_proof::is_recent(&global.door.someone).await?,
        password,
        waits: sent.waits,
        carried: sent.carried,
    };
    show(status, &page)
}

async fn conflict(app: &App, global: &Global, typed: &Carried) -> Result<Response, PageError> {
    let now = own(app, global).await?;
    let page = global.door.page(app, Section::Company).await?;
    show(StatusCode::CONFLICT, &CompanyConflictPage::new(page, app.policy.min(), typed, &now))
}

async fn wrong_fields(
    app: &App,
    global: &Global,
    company: &Company,
    carried: Carried,
    wrong: Vec<(Field, Refusal)>,
) -> Result<Response, PageError> {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let floor = app.policy.min();
    form(app, global, company, carried, status, None, |page| {
        wrong.iter().map(|(field, refusal)| problem(page, floor, *field, refusal)).collect()
    })
    .await
}

/// A verb names the first thing that is wrong; a person wants to know all of them. Each setting is tried alone, expiry and warning
/// together, since the one is judged by the other.
async fn every_refusal(
    app: &App,
    global: &Global,
    company: &Company,
    wanted: &Fields,
    changed: &[Field],
    first: Refusal,
) -> Result<Vec<(Field, Refusal)>, PageError> {
    let mut wrong = Vec::new();
    for field in changed.iter().copied() {
        let mut alone = vec![field];
        if field == Field::WarningDays && changed.contains(&Field::ExpiresAfterDays) {
            alone.push(Field::ExpiresAfterDays);
        }
        let Ok(change) = wanted.change(&alone) else { continue };
        if let Err(not_done) =
            verb::preview(&app.pool, &global.by, company.id, &change, Told::default()).await
        {
            let refusal = refused(app, global, not_done).await?;
            // Of the pair the expiry is judged first; it is named at its own field.
            let of_expiry = field == Field::WarningDays && refusal == Refusal::ExpiryDays;
            let inside = change.password_warning_days.is_some_and(|days| verb::WARNING_DAYS.contains(&days));
            // A warning that was good may be none for a shorter expiry.
            let at = if refusal == Refusal::WarningDays { Field::WarningDays } else { field };
            if !of_expiry && !wrong.contains(&(at, refusal.clone())) {
                wrong.push((at, refusal));
            } else if of_expiry && !inside {
                wrong.push((field, Refusal::WarningDays));
            }
        }
    }
    if wrong.is_empty() {
        // Wrong only together: the last that was changed.
        wrong.extend(changed.last().map(|field| (*field, first)));
    }
    Ok(wrong)
}
