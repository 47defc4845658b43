//! `POST /portal/users/{id}`: from the form to the review, from the review to the change.
//!
//! Must stay true: nothing is changed without the review, and the review is of exactly what is then changed: the change is bound to
//! the version that was reviewed; where somebody was faster, both versions are shown and nothing is done.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    conflict::ConflictPage,
    fields::{Carried, UserFields},
    review::{Effect, ReviewPage, effects},
    show::{Undo, assemble, fields_of, keep_undo, row, seen, to_user},
};
use crate::{
    admin::{
        GlobalAdministrator, NotDone, Refusal,
        users::{self, Seen, UserChange, UserChanged},
    },
    app::App,
    domain::user::Role,
    portal::{
        door::{Global, InPortal},
        your_password::PasswordProblem,
    },
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

/// What is sent: by the form, by the review, by the page of a conflict, by Undo. A field that is not sent stays as it is.
#[derive(Deserialize)]
pub struct UserForm {
    version: i64,
    display_name: Option<String>,
    role: Option<String>,
    alternate_email_address: Option<String>,
    mobile_phone: Option<String>,
    was_display_name: Option<String>,
    was_role: Option<String>,
    was_alternate_email_address: Option<String>,
    was_mobile_phone: Option<String>,
    /// Sent by the review.
    reviewed: Option<String>,
    /// The review's other button.
    back: Option<String>,
    #[serde(default)]
    your_password: Zeroizing<String>,
}

impl Form for UserForm {
    const OF: FormOf = FormOf::Account;
}

impl UserForm {
    /// What is wanted, and what the form was opened with; what is missing stands as it is `now`.
    fn carried(&mut self, now: &UserFields) -> Carried {
        let take = |sent: &mut Option<String>, now: &String| sent.take().unwrap_or_else(|| now.clone());
        let was = UserFields {
            user_id: now.user_id.clone(),
            display_name: take(&mut self.was_display_name, &now.display_name),
            role: take(&mut self.was_role, &now.role),
            alternate_email_address: take(
                &mut self.was_alternate_email_address,
                &now.alternate_email_address,
            ),
            mobile_phone: take(&mut self.was_mobile_phone, &now.mobile_phone),
        };
        let fields = UserFields {
            user_id: now.user_id.clone(),
            display_name: take(&mut self.display_name, &was.display_name),
            role: take(&mut self.role, &was.role),
            alternate_email_address: take(&mut self.alternate_email_address, &was.alternate_email_address),
            mobile_phone: take(&mut self.mobile_phone, &was.mobile_phone),
        };
        Carried { version: self.version, fields, was }
    }
}

/// Takes the form, the review, or Undo.
pub async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    global: Global,
    Posted(mut form): Posted<UserForm>,
) -> Result<Response, PageError> {
    let Global { by, door } = &global;
    let seen = seen(&app, door, row(&id)?).await?;
    let carried = form.carried(&fields_of(&seen.user));
    if form.back.is_some() {
        return form_again(&app, door, seen, carried, StatusCode::OK, Vec::new()).await;
    }
    if carried.version != seen.user.version {
        return conflict(&app, &global, carried, seen.user).await;
    }
    let addresses = carried.fields.addresses();
    let Some(change) = change(&carried, &addresses) else { return Err(PageError::BadRequest) };
    let preview = match users::preview(&app.pool, by, seen.user.id, &change).await {
        Ok(preview) if preview.changes.is_empty() => return Ok(to_user(seen.user.id, "unchanged")),
        Ok(preview) => preview,
        Err(not_done) => match door.refused(&app, not_done).await? {
            Refusal::ChangedMeanwhile => {
                let now = self::seen(&app, door, seen.user.id).await?;
                return conflict(&app, &global, carried, now.user).await;
            }
            first => {
                let all = every_refusal(&app, by, seen.user.id, &change, first).await;
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return form_again(&app, door, seen, carried, status, all).await;
            }
        },
    };
    if form.reviewed.is_none() {
        return review(&app, door, &seen, &preview, carried, None).await;
    }
    let proof = recent_proof::prove(&app, &door.visit, &door.someone, &form.your_password).await?;
    if let Some(problem) = PasswordProblem::of(proof) {
        return review(&app, door, &seen, &preview, carried, Some(problem)).await;
    }
    match users::change(&app.pool, by, seen.user.id, &change, Some(app.keys.current())).await {
        Ok(changed) => {
            app.outbox.wake();
            if changed.terms.is_some() {
                return Ok(to_user(changed.user.id, "waits"));
            }
            after(door, &seen.user, &changed.user).await
        }
        Err(not_done) => match door.refused(&app, not_done).await? {
            // Between the look above and the verb's own.
            Refusal::ChangedMeanwhile => {
                let now = self::seen(&app, door, seen.user.id).await?;
                conflict(&app, &global, carried, now.user).await
            }
            other => {
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                form_again(&app, door, seen, carried, status, vec![other]).await
            }
        },
    }
}

/// To the user's page, with what takes the change back; or to where one still may go who took their own role away.
async fn after(door: &InPortal, old: &User, new: &User) -> Result<Response, PageError> {
    if new.id == door.by.id() && !new.role.parse().is_ok_and(Role::opens_portal) {
        return Ok(Redirect::to("/account").into_response());
    }
    let carried = Carried { version: new.version, fields: fields_of(old), was: fields_of(new) };
    keep_undo(door, &Undo { id: new.id, carried }).await?;
    Ok(to_user(new.id, "saved"))
}

/// What the verb is asked for; none: the role is none of ours, which no form of ours sends.
fn change<'a>(carried: &'a Carried, addresses: &'a [String]) -> Option<UserChange<'a>> {
    let fields = &carried.fields;
    let phone = fields.mobile_phone.trim();
    Some(UserChange {
        display_name: Some(&fields.display_name),
        role: Some(fields.role.parse().ok()?),
        alternate_emails: Some(addresses),
        mobile_phone: Some((!phone.is_empty()).then_some(phone)),
        version: Some(carried.version),
    })
}

/// What is wrong with each field by itself: a verb stops at the first, a person wants to put all right at once.
async fn every_refusal(
    app: &App,
    by: &GlobalAdministrator,
    id: Uuid,
    change: &UserChange<'_>,
    first: Refusal,
) -> Vec<Refusal> {
    let alone = [
        UserChange { display_name: change.display_name, ..UserChange::default() },
        UserChange { role: change.role, ..UserChange::default() },
        UserChange { alternate_emails: change.alternate_emails, ..UserChange::default() },
        UserChange { mobile_phone: change.mobile_phone, ..UserChange::default() },
    ];
    let mut all = Vec::new();
    for field in &alone {
        if let Err(NotDone::Refused(refusal)) = users::preview(&app.pool, by, id, field).await {
            all.push(refusal);
        }
    }
    if all.is_empty() { vec![first] } else { all }
}

async fn form_again(
    app: &App,
    door: &InPortal,
    seen: Seen,
    carried: Carried,
    status: StatusCode,
    refused: Vec<Refusal>,
) -> Result<Response, PageError> {
    let mut page = assemble(door.page(app, Section::Users).await?, door, seen, None);
    if let Some(form) = &mut page.form {
        form.version = carried.version;
        form.fields = carried.fields;
        form.was = carried.was;
        form.refused = refused;
    }
    show(status, &page)
}

async fn review(
    app: &App,
    door: &InPortal,
    seen: &Seen,
    preview: &UserChanged,
    carried: Carried,
    password: Option<PasswordProblem>,
) -> Result<Response, PageError> {
    let asks_password = !recent_proof::is_recent(&door.someone).await?;
    let status = if password.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = ReviewPage {
        page: door.page(app, Section::Users).await?,
        id: Some(seen.user.id),
        display_name: seen.user.display_name.clone(),
        lines: fields_of(&seen.user).difference(&fields_of(&preview.user)),
        effects: preview
            .terms
            .map(Effect::Waits)
            .into_iter()
            .chain(effects(&seen.user, &preview.user, &seen.company))
            .collect(),
        carried,
        asks_password,
        password,
    };
    show(status, &page)
}

/// Somebody was faster: both versions, and what this person wants upon what is there now.
async fn conflict(
    app: &App,
    Global { by, door }: &Global,
    mine: Carried,
    user: User,
) -> Result<Response, PageError> {
    let now = fields_of(&user);
    let fields = mine.fields.upon(&mine.was, &now);
    let lines = now.difference(&fields);
    if lines.is_empty() {
        return Ok(to_user(user.id, "unchanged"));
    }
    let other = match users::last_change(&app.pool, by, &user).await {
        Ok(event) => event.map(|event| (event.actor, Moment::with_day(event.at))),
        Err(not_done) => return Err(super::show::unexpected(&door.refused(app, not_done).await?)),
    };
    let page = ConflictPage {
        page: door.page(app, Section::Users).await?,
        id: user.id,
        display_name: user.display_name,
        other,
        lines,
        carried: Carried { version: user.version, fields, was: now },
    };
    show(StatusCode::CONFLICT, &page)
}
