//! `/confirm-contact`: the page behind the link that shows an address or a number to be its person's.
//!
//! Must stay true: GET confirms nothing (mail scanners open links); any browser will do, since whoever reads the message has the
//! address or the phone; a link confirms the one contact that it was sent to, and only while that still is the person's.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    app::App,
    clock,
    domain::{
        contact::{AlternateEmail, MobilePhone},
        secret::Purpose,
    },
    random,
    store::{
        tokens::Link,
        users::{self, LinkedContact},
    },
    web::{
        error::PageError,
        form::{Form, Posted},
        link,
        visit::{FormOf, Visit, show},
    },
};

use askama::Template;

use crate::web::page::{Moment, Page, Screen};

/// Which kind of contact a link confirms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactKind {
    /// An alternate e-mail address.
    Email,
    /// A mobile phone.
    Mobile,
}

impl ContactKind {
    const fn of(purpose: Purpose) -> Option<Self> {
        match purpose {
            Purpose::ConfirmEmail => Some(Self::Email),
            Purpose::ConfirmMobile => Some(Self::Mobile),
            Purpose::EmailLink | Purpose::SecurityCode | Purpose::NotMe | Purpose::SetPassword => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Mobile => "mobile",
        }
    }

    /// The address or number as someone may see it who has not shown to have it (V-20).
    fn masked(self, value: &str) -> String {
        match self {
            Self::Email => AlternateEmail::parse(value).map(|address| address.masked()).unwrap_or_default(),
            Self::Mobile => MobilePhone::from_stored(value).map(|number| number.masked()).unwrap_or_default(),
        }
    }
}

/// The page with the button.
#[derive(Template)]
#[template(path = "confirm_contact.html")]
pub struct ConfirmContactPage {
    /// The shell.
    pub page: Page,
    /// The token of the link, for the address that the button posts to.
    pub token: String,
    /// What is confirmed.
    pub kind: ContactKind,
    /// The address or number, masked: the one who opens the link knows it anyway.
    pub masked: String,
    /// Whose.
    pub user_id: String,
    /// Until when the link is good.
    pub expires_at: Moment,
}

impl ConfirmContactPage {
    fn key(&self, part: &str) -> String {
        format!("confirm-{}-{part}", self.kind.as_str())
    }
}

impl Screen for ConfirmContactPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t(&self.key("title"))
    }
}

/// What came of it, or of a link that does nothing any more.
#[derive(Template)]
#[template(path = "confirm_contact_done.html")]
pub struct ConfirmContactDonePage {
    /// The shell.
    pub page: Page,
    /// What came of it.
    pub outcome: ConfirmOutcome,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmOutcome {
    /// The address is confirmed.
    Email,
    /// The number is confirmed.
    Mobile,
    /// It was confirmed before.
    Already,
    /// Out of date, replaced, of a contact that is the person's no more, or none of ours. One page: who holds it may be anyone.
    Dead,
}

impl ConfirmOutcome {
    const ALL: [Self; 4] = [Self::Email, Self::Mobile, Self::Already, Self::Dead];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Mobile => "mobile",
            Self::Already => "already",
            Self::Dead => "dead",
        }
    }
}

impl ConfirmContactDonePage {
    fn key(&self, part: &str) -> String {
        format!("confirm-done-{}-{part}", self.outcome.as_str())
    }
}

impl Screen for ConfirmContactDonePage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t(&self.key("title"))
    }
}

/// The button has no field of its own.
#[derive(Deserialize)]
pub struct ConfirmContactForm {}

impl Form for ConfirmContactForm {
    const OF: FormOf = FormOf::Anyone;
}

/// A right link with the contact that it went to.
struct Opened {
    link: Link,
    kind: ContactKind,
    contact: LinkedContact,
}

async fn open(app: &App, visit: &Visit, typed: &str) -> Result<Option<Opened>, PageError> {
    let purposes = [Purpose::ConfirmEmail, Purpose::ConfirmMobile];
    let Some((link, _)) = link::open(app, visit, typed, &purposes).await? else { return Ok(None) };
    let Some(kind) = ContactKind::of(link.purpose) else { return Ok(None) };
    let contact = users::linked_contact(&app.pool, link.id).await?;
    Ok(contact.map(|contact| Opened { link, kind, contact }))
}

/// Whether the button would do something now, or why not.
fn judge(opened: &Opened) -> Result<(), ConfirmOutcome> {
    match &opened.contact {
        contact if contact.is_theirs && opened.link.is_live() => Ok(()),
        // Also a second press of the button, and a link that is older than the one that was used.
        contact if contact.is_theirs && contact.confirmed_at.is_some() => Err(ConfirmOutcome::Already),
        _ => Err(ConfirmOutcome::Dead),
    }
}

fn outcome(visit: &Visit, status: StatusCode, outcome: ConfirmOutcome) -> Result<Response, PageError> {
    show(status, &ConfirmContactDonePage { page: visit.page(clock::now()), outcome })
}

/// Shows the button, in any browser. No effect (V-54).
pub async fn get(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let Some(opened) = open(&app, &visit, &token).await? else {
        return outcome(&visit, StatusCode::NOT_FOUND, ConfirmOutcome::Dead);
    };
    if let Err(why) = judge(&opened) {
        return outcome(&visit, StatusCode::GONE, why);
    }
    let Opened { link, kind, contact } = opened;
    show(
        StatusCode::OK,
        &ConfirmContactPage {
            page: visit.page_with_form(link.now, FormOf::Anyone),
            token,
            kind,
            masked: kind.masked(&contact.value),
            user_id: link.principal.unwrap_or_default(),
            expires_at: Moment::with_day(link.expires_at),
        },
    )
}

/// Confirms. Answers away from the address that held the token.
pub async fn post(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
    Posted(ConfirmContactForm {}): Posted<ConfirmContactForm>,
) -> Result<Response, PageError> {
    let to = |what: ConfirmOutcome| {
        Redirect::to(&format!("/confirm-contact/done/{}", what.as_str())).into_response()
    };
    let Some(opened) = open(&app, &visit, &token).await? else { return Ok(to(ConfirmOutcome::Dead)) };
    if let Err(why) = judge(&opened) {
        return Ok(to(why));
    }
    let confirmed = users::confirm(&app.pool, opened.link.id, random::id(), visit.network()).await?;
    Ok(to(match (confirmed, opened.kind) {
        (Some(_), ContactKind::Email) => ConfirmOutcome::Email,
        (Some(_), ContactKind::Mobile) => ConfirmOutcome::Mobile,
        // Another press was first, or an administrator changed the contact meanwhile: look again.
        (None, _) => match open(&app, &visit, &token).await? {
            Some(opened) => judge(&opened).err().unwrap_or(ConfirmOutcome::Dead),
            None => ConfirmOutcome::Dead,
        },
    }))
}

/// What came of it, at an address without a token.
pub async fn done(visit: Visit, Path(what): Path<String>) -> Result<Response, PageError> {
    let what = ConfirmOutcome::ALL.into_iter().find(|outcome| outcome.as_str() == what);
    outcome(&visit, StatusCode::OK, what.ok_or(PageError::NotFound)?)
}
