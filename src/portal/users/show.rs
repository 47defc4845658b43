//! `GET /portal/users/{id}`: what a look at a user found, put on its page; and the small buttons of that page.

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    fields::{AroundFields, Carried, StoredNumber, UserFields},
    user::{BlockedSince, ContactLine, EditForm, EventLine, SessionLine, StateLine, UserNotice, UserPage},
};
use crate::{
    admin::{
        Refusal,
        users::{self, Seen, Which},
    },
    app::App,
    domain::user::{Right, Role, may_reset},
    portal::{
        could_reset::CouldReset,
        door::{Global, InPortal},
        limits::sentence,
        prove_again::{Button, hindrance},
    },
    store::users::{Contact, User},
    web::{
        error::PageError,
        form::{Form, Posted},
        markup::Markup,
        page::{Moment, Page},
        portal_nav::Section,
        visit::{FormOf, show},
    },
};

/// Key of what takes the last change back, in the session of who made it.
const UNDO: &str = "undo_user";

/// What a redirect to the page tells it.
#[derive(Deserialize)]
pub struct Arrival {
    #[serde(default)]
    notice: String,
    #[serde(default)]
    n: u64,
}

/// What takes a change back.
#[derive(Serialize, Deserialize)]
pub(super) struct Undo {
    /// Whose.
    pub id: Uuid,
    /// What it is bound to.
    pub carried: Carried,
}

/// The row in an address; anything else names nobody.
pub(in crate::portal) fn row(text: &str) -> Result<Uuid, PageError> {
    text.parse().map_err(|_| PageError::NotFound)
}

/// Where a user's page is, with what it says.
pub(in crate::portal) fn to_user(id: Uuid, notice: &str) -> Response {
    Redirect::to(&format!("/portal/users/{id}?notice={notice}")).into_response()
}

/// Looks at a user for a page.
pub(super) async fn seen(app: &App, door: &InPortal, id: Uuid) -> Result<Seen, PageError> {
    match users::see(&app.pool, &door.by, id, &app.budgets).await {
        Ok(seen) => Ok(seen),
        // There is no form here that a refusal could be shown at.
        Err(not_done) => Err(unexpected(&door.refused(app, not_done).await?)),
    }
}

/// How the fields stand for a user.
pub(super) fn fields_of(user: &User) -> UserFields {
    UserFields {
        user_id: user.user_id.clone(),
        display_name: user.display_name.clone(),
        role: user.role.clone(),
        alternate_email_address: user.alternate_emails.join("\n"),
        mobile_phone: user.mobile_phone.clone().unwrap_or_default(),
    }
}

/// The page.
pub async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(arrival): Query<Arrival>,
    door: InPortal,
) -> Result<Response, PageError> {
    let seen = seen(&app, &door, row(&id)?).await?;
    let notice = notice(&door, &seen, &arrival).await?;
    let page = door.page(&app, Section::Users).await?;
    show(StatusCode::OK, &assemble(page, &door, seen, notice))
}

async fn notice(door: &InPortal, seen: &Seen, arrival: &Arrival) -> Result<Option<UserNotice>, PageError> {
    Ok(Some(match arrival.notice.as_str() {
        "saved" => {
            let undo: Option<Undo> = door.someone.session.get(UNDO).await?;
            let undo =
                undo.filter(|undo| undo.id == seen.user.id && undo.carried.version == seen.user.version);
            UserNotice::Saved { undo: undo.map(|undo| undo.carried) }
        }
        "unchanged" => UserNotice::Unchanged,
        "created" => UserNotice::Created,
        "created-waits" => UserNotice::CreatedWaits,
        "waits" => UserNotice::Waits,
        "blocked" => UserNotice::Blocked,
        "blocked-already" => UserNotice::BlockedAlready,
        "unblocked" => UserNotice::Unblocked,
        "unblocked-already" => UserNotice::UnblockedAlready,
        "limits-lifted" => UserNotice::LimitsLifted,
        "no-limits" => UserNotice::NoLimits,
        "sessions-ended" => UserNotice::SessionsEnded(arrival.n),
        "confirmation-asked" => UserNotice::ConfirmationAsked,
        "nothing-to-confirm" => UserNotice::NothingToConfirm,
        "refused-country" => UserNotice::RefusedCountry,
        _ => return Ok(None),
    }))
}

/// Keeps what takes a change back, for the page that follows it.
pub(super) async fn keep_undo(door: &InPortal, undo: &Undo) -> Result<(), PageError> {
    Ok(door.someone.session.insert(UNDO, undo).await?)
}

/// Puts what was seen on the page.
pub(super) fn assemble(page: Page, door: &InPortal, seen: Seen, notice: Option<UserNotice>) -> UserPage {
    let Seen { user, company, readiness, contacts, sessions, events, limits, incidents, waiting } = seen;
    let may_manage = door.by.may(Right::ManageUsers);
    let is_self = door.by.id() == user.id;
    let role: Role = user.role.parse().unwrap_or(Role::User);
    let fields = fields_of(&user);
    let around = AroundFields {
        region: company.default_region,
        stored: user.mobile_phone.as_deref().and_then(StoredNumber::of),
    };
    let form = may_manage.then(|| EditForm {
        version: user.version,
        was: fields.clone(),
        fields,
        around,
        refused: Vec::new(),
    });
    let session = |s: crate::store::users::OpenSession| SessionLine {
        browser: s.browser,
        network: s.network,
        since: Moment::with_day(s.created_at),
        seen: Moment::with_day(s.seen_at),
    };
    let event = |e: crate::store::users::RecentEvent| EventLine {
        at: Moment::with_day(e.at),
        key: format!("audit-event-{}", e.event),
    };
    UserPage {
        id: user.id,
        is_self,
        role,
        notice,
        form,
        ready: CouldReset::new(&page, user.id, role, &readiness, may_manage),
        contacts: contacts.iter().map(|contact| contact_line(&page, contact, may_manage)).collect(),
        blocked: user.blocked_at.map(|since| BlockedSince {
            since: Moment::with_day(since),
            not_me: user.blocked_because.as_deref() == Some("not_me"),
        }),
        password: password(&page, &user),
        may_manage,
        may_reset: !is_self && may_reset(door.by.own_role(), role),
        sessions: sessions.map(|all| all.into_iter().map(session).collect()),
        events: events.map(|all| all.into_iter().map(event).collect()),
        limits: limits.map(|all| all.iter().map(|at| sentence(&page, at)).collect()),
        reports: incidents,
        waiting,
        user_id: user.user_id,
        display_name: user.display_name,
        page,
    }
}

/// How the password stands.
fn password(page: &Page, user: &User) -> Markup {
    let Some(at) = user.password_changed_at.filter(|_| user.has_password) else {
        return Markup::text(&page.t("user-password-none"));
    };
    let key = if user.password_must_change { "user-password-temporary" } else { "user-password-set" };
    page.m(key).time("time", &Moment::with_day(at)).s()
}

/// An address or number with its state.
fn contact_line(page: &Page, contact: &Contact, may_ask: bool) -> ContactLine {
    let is_email = contact.channel == "email";
    let is_used = contact.position == 0;
    let state = |class, word, key, at: OffsetDateTime| StateLine {
        class,
        word,
        sentence: page.m(key).time("time", &Moment::with_day(at)).s(),
    };
    let mut states = vec![match contact.confirmed_at {
        Some(at) => state("yes", "user-contact-confirmed-word", "user-contact-confirmed", at),
        None => {
            state("doubt", "user-contact-unconfirmed-word", "user-contact-unconfirmed", contact.updated_at)
        }
    }];
    if let (true, Some(from)) = (!contact.serves, contact.serves_from) {
        states.push(state("off", "user-contact-waits-word", "user-contact-serves-from", from));
    } else if !contact.serves {
        let sentence = Markup::text(&page.t("user-contact-serves-never"));
        states.push(StateLine { class: "off", word: "user-contact-waits-word", sentence });
    }
    if let (Some("gave_up"), Some(at)) = (contact.last_delivery.as_deref(), contact.last_delivery_at) {
        states.push(state("no", "user-contact-failed-word", "user-contact-failed", at));
    }
    let which = if is_email { "alternate_email_address" } else { "mobile_phone" };
    let ask = may_ask && is_used && contact.confirmed_at.is_none();
    ContactLine { is_email, is_used, value: contact.value.clone(), states, ask: ask.then_some(which) }
}

/// A button without fields.
#[derive(Deserialize)]
pub struct Pressed {
    /// Where the last proof is too old.
    pub your_password: Option<Zeroizing<String>>,
}

impl Form for Pressed {
    const OF: FormOf = FormOf::Account;
}

/// Ends every session of a user.
pub async fn end_sessions(
    State(app): State<App>,
    Path(id): Path<String>,
    Global { by, door }: Global,
    Posted(Pressed { your_password }): Posted<Pressed>,
) -> Result<Response, PageError> {
    let id = row(&id)?;
    let button = Button {
        action: format!("/portal/users/{id}/sessions/end"),
        fields: Vec::new(),
        word: "prove-again-end-sessions",
        back: format!("/portal/users/{id}"),
        section: Section::Users,
    };
    if let Some(asks) = hindrance(&app, &door.visit, &door.someone, your_password.as_ref(), button).await? {
        return Ok(asks);
    }
    match users::end_sessions(&app.pool, &by, id).await {
        Ok((_, ended)) => Ok(to_user(id, &format!("sessions-ended&n={ended}"))),
        Err(not_done) => Err(unexpected(&door.refused(&app, not_done).await?)),
    }
}

/// Which contact is to be confirmed.
#[derive(Deserialize)]
pub struct ConfirmContact {
    #[serde(default)]
    contact: String,
    your_password: Option<Zeroizing<String>>,
}

impl Form for ConfirmContact {
    const OF: FormOf = FormOf::Account;
}

/// Asks a person again to confirm an address or number.
pub async fn confirm_contact(
    State(app): State<App>,
    Path(id): Path<String>,
    Global { by, door }: Global,
    Posted(form): Posted<ConfirmContact>,
) -> Result<Response, PageError> {
    let id = row(&id)?;
    let which = match form.contact.as_str() {
        "alternate_email_address" => Which::AlternateEmail,
        "mobile_phone" => Which::MobilePhone,
        _ => return Err(PageError::BadRequest),
    };
    let button = Button {
        action: format!("/portal/users/{id}/confirm-contact"),
        fields: vec![("contact", form.contact.clone())],
        word: "prove-again-ask",
        back: format!("/portal/users/{id}"),
        section: Section::Users,
    };
    let typed = form.your_password.as_ref();
    if let Some(asks) = hindrance(&app, &door.visit, &door.someone, typed, button).await? {
        return Ok(asks);
    }
    match users::ask_to_confirm(&app.pool, &by, id, which, app.keys.current(), &app.budgets).await {
        Ok(_) => {
            app.outbox.wake();
            Ok(to_user(id, "confirmation-asked"))
        }
        Err(not_done) => match door.refused(&app, not_done).await? {
            Refusal::NothingToConfirm => Ok(to_user(id, "nothing-to-confirm")),
            Refusal::RefusedCountry => Ok(to_user(id, "refused-country")),
            Refusal::TooOften(until) => {
                let seen = seen(&app, &door, id).await?;
                let page = door.page(&app, Section::Users).await?;
                let notice = UserNotice::AskedTooOften(Moment::with_day(until));
                show(StatusCode::UNPROCESSABLE_ENTITY, &assemble(page, &door, seen, Some(notice)))
            }
            other => Err(unexpected(&other)),
        },
    }
}

/// A refusal that the verb does not give.
pub(in crate::portal) fn unexpected(refusal: &Refusal) -> PageError {
    PageError::Internal(format!("refused: {refusal:?}").into())
}
