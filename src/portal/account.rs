//! `/account`: one's own data, how one is reached, where one is signed in, and what happened lately.
//!
//! Must stay true: contact data is masked, also to its owner: a stolen session must not tell where the codes go. Nothing here changes
//! contact data; only an administrator does.

mod events;

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::{
    admin::{
        NotDone, Refusal,
        users::{self as verbs, Which},
    },
    app::App,
    domain::contact::{AlternateEmail, MobilePhone},
    portal::{
        door,
        prove_again::{Button, hindrance},
    },
    store::{
        own_events::own_events,
        users::{self, Contact, OpenSession},
    },
    web::{
        error::PageError,
        form::{Form, Posted},
        portal_nav::Section,
        signed_in::Someone,
        visit::{FormOf, Visit, show},
    },
};

use askama::Template;

use crate::web::page::{FieldProblem, Moment, Page, Screen};

pub use events::EventLine;

/// The page.
#[derive(Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    /// The shell.
    pub page: Page,
    /// Who is signed in.
    pub user_id: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// The role as the database writes it, such as `global_administrator`; the words are the message `role-…`.
    pub role: String,
    /// The company's name.
    pub company: String,
    /// What the page follows.
    pub notice: Option<AccountNotice>,
    /// Too many confirming links were asked for: from when on there are more.
    pub too_often: Option<Moment>,
    /// How the person is reached: addresses, then the phone.
    pub contacts: Vec<ContactLine>,
    /// Where the person is signed in, this browser first.
    pub sessions: Vec<SessionLine>,
    /// What happened lately, newest first.
    pub events: Vec<EventLine>,
}

/// What the page follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountNotice {
    /// A change of the password.
    PasswordChanged,
    /// One or more sessions were ended.
    SessionsEnded,
    /// A link that confirms an address or number is on its way.
    ConfirmationSent,
    /// That address or number is confirmed already, or is the person's no more.
    NothingToConfirm,
    /// No text messages go to the country of the number.
    RefusedCountry,
}

impl AccountNotice {
    /// A notice that a redirect names.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "password-changed" => Self::PasswordChanged,
            "sessions-ended" => Self::SessionsEnded,
            "confirmation-sent" => Self::ConfirmationSent,
            "nothing-to-confirm" => Self::NothingToConfirm,
            "refused-country" => Self::RefusedCountry,
            _ => return None,
        })
    }
}

/// An address or number of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactLine {
    /// `email` or `sms`, as the form sends it.
    pub channel: String,
    /// It is the one that a reset goes to; the others are told of it.
    pub is_used: bool,
    /// What is shown of it.
    pub masked: String,
    /// Whether it serves a reset.
    pub state: ContactState,
    /// The last message to it did not arrive.
    pub bounced: bool,
}

/// Whether an address or number serves a reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactState {
    /// The person showed to have it.
    Confirmed,
    /// Not yet; it serves all the same.
    Unconfirmed,
    /// Not yet; it serves from a time on.
    Waits {
        /// That time.
        until: Moment,
    },
    /// Not yet, and it does not serve until then.
    Useless,
}

/// A session in which the person is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionLine {
    /// Names it in the form; opens nothing.
    pub name: String,
    /// Browser and system in words; empty where not known.
    pub browser: String,
    /// From where; empty where not known.
    pub network: String,
    /// Since when.
    pub since: Moment,
    /// When it was last used.
    pub seen: Moment,
    /// It is the one that looks.
    pub is_here: bool,
}

impl AccountPage {
    fn role_key(&self) -> String {
        format!("role-{}", self.role)
    }

    fn has_others(&self) -> bool {
        self.sessions.iter().any(|session| !session.is_here)
    }
}

impl Screen for AccountPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("account-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let sentence = |from| self.page.m("account-confirmation-too-often").time("from", from);
        self.too_often.iter().map(|from| FieldProblem::with_time("contacts", &sentence(from))).collect()
    }
}

impl ContactLine {
    fn of(contact: &Contact, now: OffsetDateTime) -> Self {
        let masked = if contact.channel == "email" {
            AlternateEmail::parse(&contact.value).map(|address| address.masked()).unwrap_or_default()
        } else {
            MobilePhone::from_stored(&contact.value).map(|number| number.masked()).unwrap_or_default()
        };
        let state = match (contact.confirmed_at, contact.serves, contact.serves_from) {
            (Some(_), ..) => ContactState::Confirmed,
            (None, true, _) => ContactState::Unconfirmed,
            (None, false, Some(from)) if from > now => ContactState::Waits { until: Moment::with_day(from) },
            (None, false, _) => ContactState::Useless,
        };
        Self {
            channel: contact.channel.clone(),
            is_used: contact.position == 0,
            masked,
            state,
            bounced: contact.last_delivery.as_deref() == Some("gave_up"),
        }
    }
}

fn session_lines(found: &[OpenSession], here: Option<&[u8]>) -> Vec<SessionLine> {
    let line = |session: &OpenSession| SessionLine {
        name: URL_SAFE_NO_PAD.encode(&session.id_hash),
        browser: session.browser.clone().unwrap_or_default(),
        network: session.network.clone().unwrap_or_default(),
        since: Moment::with_day(session.created_at),
        seen: Moment::with_day(session.seen_at),
        is_here: here == Some(&*session.id_hash),
    };
    let mut lines: Vec<SessionLine> = found.iter().map(line).collect();
    lines.sort_by_key(|line| !line.is_here);
    lines
}

/// What a redirect to this page tells it.
#[derive(Deserialize)]
pub struct Arrival {
    #[serde(default)]
    notice: String,
}

/// Which sessions end.
#[derive(Deserialize)]
pub struct EndSessionsForm {
    /// The name of one; empty: all but the one that asks.
    #[serde(default)]
    session: String,
    your_password: Option<Zeroizing<String>>,
}

impl Form for EndSessionsForm {
    const OF: FormOf = FormOf::Account;
}

/// Which contact is to be confirmed.
#[derive(Deserialize)]
pub struct ConfirmForm {
    /// `email` or `sms`: the address and the phone that a reset goes to.
    #[serde(default)]
    channel: String,
    your_password: Option<Zeroizing<String>>,
}

impl Form for ConfirmForm {
    const OF: FormOf = FormOf::Account;
}

/// Shows the page.
pub async fn get(
    State(app): State<App>,
    visit: Visit,
    someone: Someone,
    Query(arrival): Query<Arrival>,
) -> Result<Response, PageError> {
    page(&app, &visit, &someone, AccountNotice::named(&arrival.notice), None).await
}

async fn page(
    app: &App,
    visit: &Visit,
    someone: &Someone,
    notice: Option<AccountNotice>,
    too_often: Option<Moment>,
) -> Result<Response, PageError> {
    let user = &someone.user;
    let contacts = users::contacts(&app.pool, user.id).await?;
    let open = users::sessions(&app.pool, user.id).await?;
    let kinds = events::TOLD.map(|event| event.as_str().to_owned());
    let happened = own_events(&app.pool, user.id, &kinds, events::READ).await?;
    let page = door::own_page(app, someone, visit).await?;
    let events = events::lines(&page, &user.user_id, happened);
    show(
        if too_often.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK },
        &AccountPage {
            user_id: user.user_id.clone(),
            display_name: user.display_name.clone(),
            role: user.role.clone(),
            company: user.company_name.clone(),
            notice,
            too_often,
            contacts: contacts.iter().map(|contact| ContactLine::of(contact, user.now)).collect(),
            sessions: session_lines(&open, someone.session_hash().as_deref()),
            events,
            page,
        },
    )
}

/// Ends one other session, or all others. This one goes on: it ends with "Sign out".
pub async fn post_end_sessions(
    State(app): State<App>,
    visit: Visit,
    someone: Someone,
    Posted(form): Posted<EndSessionsForm>,
) -> Result<Response, PageError> {
    let here = someone.session_hash();
    let only = match form.session.as_str() {
        "" => None,
        name => Some(URL_SAFE_NO_PAD.decode(name).map_err(|_| PageError::BadRequest)?),
    };
    let button = Button {
        action: "/account/sessions/end".to_owned(),
        fields: vec![("session", form.session.clone())],
        word: "prove-again-end-sessions",
        back: "/account".to_owned(),
        section: Section::Account,
    };
    if let Some(asks) = hindrance(&app, &visit, &someone, form.your_password.as_ref(), button).await? {
        return Ok(asks);
    }
    let by = door::oneself(&someone, &visit);
    verbs::end_own_sessions(&app.pool, &by, only.as_deref(), here.as_deref()).await.map_err(own_fault)?;
    // A session that had ended by itself meanwhile is what was asked for, too.
    Ok(Redirect::to("/account?notice=sessions-ended#sessions").into_response())
}

/// Sends the link that confirms an address or number once more.
pub async fn post_confirm_contact(
    State(app): State<App>,
    visit: Visit,
    someone: Someone,
    Posted(form): Posted<ConfirmForm>,
) -> Result<Response, PageError> {
    let to = |notice: &str| Redirect::to(&format!("/account?notice={notice}#contacts")).into_response();
    let which = match form.channel.as_str() {
        "email" => Which::AlternateEmail,
        "sms" => Which::MobilePhone,
        _ => return Err(PageError::BadRequest),
    };
    let button = Button {
        action: "/account/confirm-contact".to_owned(),
        fields: vec![("channel", form.channel.clone())],
        word: "prove-again-ask",
        back: "/account".to_owned(),
        section: Section::Account,
    };
    if let Some(asks) = hindrance(&app, &visit, &someone, form.your_password.as_ref(), button).await? {
        return Ok(asks);
    }
    let by = door::oneself(&someone, &visit);
    match verbs::ask_oneself(&app.pool, &by, which, app.keys.current(), &app.budgets).await {
        Ok(()) => {
            app.outbox.wake();
            Ok(to("confirmation-sent"))
        }
        Err(NotDone::Refused(Refusal::NothingToConfirm)) => Ok(to("nothing-to-confirm")),
        Err(NotDone::Refused(Refusal::RefusedCountry)) => Ok(to("refused-country")),
        Err(NotDone::Refused(Refusal::TooOften(from))) => {
            page(&app, &visit, &someone, None, Some(Moment::with_day(from))).await
        }
        Err(other) => Err(own_fault(other)),
    }
}

/// Someone who is signed in may do all this to themselves: a refusal is that the row went away meanwhile.
fn own_fault(not_done: NotDone) -> PageError {
    match not_done {
        NotDone::Store(cause) => cause.into(),
        NotDone::Busy(cause) => cause.into(),
        NotDone::Refused(_) => PageError::NotFound,
    }
}
