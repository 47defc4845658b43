//! `/portal/incidents/{incident}`: what happened in plain words, what to do, the trail around it, and the form that closes it.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::what_key;
use crate::{
    admin::{
        Refusal,
        incidents::{self as verbs, Barred, Seen},
    },
    app::App,
    domain::{deed::Deed, message::ContactChange, user::Role},
    portal::{
        audit::shown::EventShown,
        door::{Global, InPortal},
        your_password::PasswordProblem,
    },
    web::{
        error::PageError,
        form::{Form, Posted},
        page::{FieldProblem, Moment, Page, Screen},
        portal_nav::Section,
        recent_proof,
        visit::{FormOf, show},
    },
};

/// The page.
#[derive(Template)]
#[template(path = "portal/incidents/incident.html")]
pub struct IncidentPage {
    /// The shell.
    pub page: Page,
    /// Its row.
    pub id: Uuid,
    /// Who reported, while that person exists.
    pub user: Option<Uuid>,
    /// User ID.
    pub user_id: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// The key of what happened.
    pub what: &'static str,
    /// The button blocks: else the reset was ended, and nobody is blocked.
    pub blocks: bool,
    /// When the deed was.
    pub deed_at: Moment,
    /// When it was reported first.
    pub reported_at: Moment,
    /// When it was reported again, and how often in all.
    pub again: Option<(i32, Moment)>,
    /// From which network.
    pub network: String,
    /// The key of the contact whose mail had the link.
    pub via: &'static str,
    /// The page of the reset behind it.
    pub attempt: Option<Uuid>,
    /// What was changed.
    pub changes: Vec<Change>,
    /// The account is blocked now.
    pub blocked: bool,
    /// What to do, in this order: keys of sentences.
    pub advice: Vec<&'static str>,
    /// What was recorded of the person around it, the newest first.
    pub trail: Vec<EventShown>,
    /// How it was closed, if it was.
    pub closed: Option<Closed>,
    /// The key of why the one who looks may not close it, while it is open.
    pub barred: Option<&'static str>,
    /// The form, where they may.
    pub form: Option<CloseForm>,
    /// It was closed just now.
    pub just_closed: bool,
}

/// A change with masked values.
#[derive(Debug, Clone)]
pub struct Change {
    /// The key of what.
    pub key: &'static str,
    /// Before.
    pub old: String,
    /// Now.
    pub new: String,
}

/// How it was closed.
#[derive(Debug, Clone)]
pub struct Closed {
    /// When.
    pub at: Moment,
    /// By whom.
    pub by: String,
    /// What was found out.
    pub note: String,
}

/// The form that closes it.
#[derive(Debug, Clone, Default)]
pub struct CloseForm {
    /// What was typed.
    pub note: String,
    /// The last proof of the own password is too old.
    pub asks_password: bool,
    /// What is wrong with the own password.
    pub password: Option<PasswordProblem>,
    /// What is wrong with the note.
    pub refused: Option<CloseProblem>,
}

/// Why it was not closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CloseProblem {
    /// Empty, too long, or with characters that no text has.
    Note,
    /// Someone else was first.
    Already(String),
}

impl Screen for IncidentPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("incident-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let page = &self.page;
        let Some(form) = &self.form else { return Vec::new() };
        let refused = form.refused.iter().map(|problem| match problem {
            CloseProblem::Note => FieldProblem::new("note", &page.t("incident-note-problem")),
            CloseProblem::Already(by) => {
                FieldProblem::with_time("close", &page.m("incident-already").name("by", by))
            }
        });
        refused.chain(form.password.iter().map(|problem| problem.sentence(page))).collect()
    }
}

/// What is sent.
#[derive(Deserialize)]
pub struct Close {
    #[serde(default)]
    note: String,
    #[serde(default)]
    your_password: Zeroizing<String>,
}

impl Form for Close {
    const OF: FormOf = FormOf::Account;
}

/// What a redirect to the page tells it.
#[derive(Deserialize, Default)]
pub struct Arrival {
    #[serde(default)]
    notice: String,
}

/// What to do, by what was done and how it stands.
fn advice(deed: Option<Deed>, blocked: bool, has_user: bool) -> Vec<&'static str> {
    let mut advice = vec!["incident-do-talk"];
    match deed {
        Some(Deed::ResetAsked) => {
            advice.push("incident-do-asked");
            return advice;
        }
        Some(Deed::PartialReset | Deed::PasswordReset) => advice.push("incident-do-mailbox"),
        Some(Deed::ContactChanged) => advice.push("incident-do-rewind"),
        Some(Deed::TemporaryPassword | Deed::LinkHandedOver | Deed::RoleChanged | Deed::BlockLifted) => {
            advice.push("incident-do-doer");
        }
        Some(Deed::PasswordChanged | Deed::SignedIn) | None => advice.push("incident-do-contacts"),
    }
    advice.push("incident-do-trail");
    if blocked && has_user {
        advice.push("incident-do-lift");
    }
    advice.push("incident-do-close");
    advice
}

fn assemble(page: Page, seen: Seen, form: CloseForm, just_closed: bool) -> IncidentPage {
    let Seen { incident, changes, trail, barred } = seen;
    let deed = Deed::named(&incident.deed);
    let blocked = incident.blocked_at.is_some();
    let closed = match (incident.closed_at, incident.closed_by, incident.note) {
        (Some(at), Some(by), Some(note)) => Some(Closed { at: Moment::with_day(at), by, note }),
        _ => None,
    };
    IncidentPage {
        id: incident.id,
        user: incident.user,
        what: what_key(&incident.deed),
        blocks: deed.is_none_or(Deed::blocks),
        deed_at: Moment::with_day(incident.deed_at),
        reported_at: Moment::with_day(incident.reported_at),
        again: (incident.reports > 1).then(|| (incident.reports, Moment::with_day(incident.latest_at))),
        network: incident.network,
        via: match incident.via.as_deref() {
            Some("mailbox") => "incident-via-mailbox",
            Some("alternate_email") => "incident-via-alternate_email",
            Some("former_alternate_email") => "incident-via-former_alternate_email",
            _ => "incident-via-unknown",
        },
        attempt: incident.attempt,
        changes: changes.iter().map(|change| changed(&page, change)).collect(),
        blocked,
        advice: advice(deed, blocked, incident.user.is_some()),
        trail: trail.into_iter().map(|event| EventShown::new(&page, event)).collect(),
        form: (closed.is_none() && barred.is_none()).then_some(form),
        barred: barred.filter(|_| closed.is_none()).map(|barred| match barred {
            Barred::Own => "incident-own",
            Barred::Doer => "incident-own-deed",
        }),
        closed,
        just_closed,
        user_id: incident.user_id,
        display_name: incident.display_name.unwrap_or_default(),
        page,
    }
}

fn changed(page: &Page, change: &ContactChange) -> Change {
    let value = |value: Option<&str>| match value {
        None => page.t("incident-none"),
        Some(name) if change.is_role() => {
            name.parse::<Role>().map_or_else(|_| name.to_owned(), |role| page.t(&format!("role-{role}")))
        }
        Some(masked) => masked.to_owned(),
    };
    Change {
        key: match change.key() {
            "mail-fact-alternate-email" => "incident-alternate-email",
            "mail-fact-mobile-phone" => "incident-mobile-phone",
            _ => "account-role",
        },
        old: value(change.old()),
        new: value(change.now()),
    }
}

/// Shows it. Of another company, or none, is the same: not found.
pub async fn get(
    State(app): State<App>,
    Global { by, door }: Global,
    Path(id): Path<String>,
    Query(arrival): Query<Arrival>,
) -> Result<Response, PageError> {
    let id: Uuid = id.parse().map_err(|_| PageError::NotFound)?;
    let seen = seen(&app, &by, &door, id).await?;
    let just_closed = arrival.notice == "closed" && !seen.incident.is_open();
    answer(&app, &door, seen, CloseForm::default(), just_closed).await
}

async fn seen(
    app: &App,
    by: &crate::admin::GlobalAdministrator,
    door: &InPortal,
    id: Uuid,
) -> Result<Seen, PageError> {
    match verbs::see(&app.pool, by, id).await {
        Ok(seen) => Ok(seen),
        Err(not_done) => {
            door.refused(app, not_done).await?;
            Err(PageError::NotFound)
        }
    }
}

async fn answer(
    app: &App,
    door: &InPortal,
    seen: Seen,
    form: CloseForm,
    just_closed: bool,
) -> Result<Response, PageError> {
    let wrong = form.refused.is_some() || form.password.is_some();
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let form = CloseForm { asks_password: !recent_proof::is_recent(&door.someone).await?, ..form };
    let page = door.page(app, Section::Incidents).await?;
    show(status, &assemble(page, seen, form, just_closed))
}

/// Closes it.
pub async fn post(
    State(app): State<App>,
    Global { by, door }: Global,
    Path(id): Path<String>,
    Posted(close): Posted<Close>,
) -> Result<Response, PageError> {
    let id: Uuid = id.parse().map_err(|_| PageError::NotFound)?;
    let found = seen(&app, &by, &door, id).await?;
    // No form of ours asks for it: the page says why.
    if found.barred.is_some() {
        return Err(door.denied(&app).await);
    }
    let proof = recent_proof::prove(&app, &door.visit, &door.someone, &close.your_password).await?;
    if let Some(problem) = PasswordProblem::of(proof) {
        let form = CloseForm { note: close.note, password: Some(problem), ..CloseForm::default() };
        return answer(&app, &door, found, form, false).await;
    }
    let refused = match verbs::close(&app.pool, &by, id, &close.note).await {
        Ok(_) => {
            return Ok(Redirect::to(&format!("/portal/incidents/{id}?notice=closed")).into_response());
        }
        Err(not_done) => match door.refused(&app, not_done).await? {
            Refusal::Note => CloseProblem::Note,
            Refusal::AlreadyAnswered(by) => CloseProblem::Already(by),
            Refusal::Oneself | Refusal::OwnDeed => return Err(door.denied(&app).await),
            other => return Err(PageError::Internal(format!("refused: {other:?}").into())),
        },
    };
    let seen = seen(&app, &by, &door, id).await?;
    let form = CloseForm { note: close.note, refused: Some(refused), ..CloseForm::default() };
    answer(&app, &door, seen, form, false).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_was_done_the_first_advice_is_to_talk_to_the_person() {
        for deed in Deed::ALL.map(Some).into_iter().chain([None]) {
            for blocked in [true, false] {
                let advice = advice(deed, blocked, true);
                assert_eq!(advice.first(), Some(&"incident-do-talk"));
                assert_eq!(
                    advice.contains(&"incident-do-lift"),
                    blocked && deed != Some(Deed::ResetAsked),
                    "{deed:?}"
                );
            }
        }
    }
}
