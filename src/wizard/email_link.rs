//! The page behind the link of the e-mail (`/reset/email-link/{token}`).
//!
//! Must stay true: mail scanners open links, so GET and HEAD change nothing, and the page only has a button (which
//! the script presses by itself in the browser that asked).

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::json;

use super::gate;
use crate::{
    app::App,
    clock,
    domain::{
        secret::{Key, Purpose, SessionId, TypedToken},
        wizard::{Attempt, End, Event, Step},
    },
    random,
    store::{
        attempts::{self, EmailProof, EmailProofOutcome},
        tokens::{self, Link, LinkAttempt},
    },
    web::{
        error::PageError,
        form::{Form, Posted},
        visit::{FormOf, Visit, show},
    },
};

use askama::Template;

use crate::web::page::{Moment, Page, Screen};

/// In the browser session that asked: the button that sends the code.
#[derive(Template)]
#[template(path = "wizard/email_link_send.html")]
pub struct EmailLinkSendPage {
    /// The shell.
    pub page: Page,
    /// The token of the link, for the hidden field: from here on it is out of the address bar.
    pub token: String,
    /// Until when the link is good.
    pub expires_at: Moment,
}

impl Screen for EmailLinkSendPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("email-link-send-title")
    }

    fn step(&self) -> Option<u8> {
        Some(3)
    }
}

/// In any other browser, with a link that is good: where to open it, and the button for someone who never asked.
#[derive(Template)]
#[template(path = "wizard/email_link_other_browser.html")]
pub struct EmailLinkOtherBrowserPage {
    /// The shell.
    pub page: Page,
    /// What "This was not me" posts to: `/not-me/{not_me_token}`.
    pub not_me_token: String,
    /// The browser that asked, such as "Firefox on Windows". Only the holder of a good link reads this.
    pub started_in: Option<String>,
    /// When it asked.
    pub started_at: Moment,
    /// Until when the link is good.
    pub expires_at: Moment,
}

impl Screen for EmailLinkOtherBrowserPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("email-link-other-title")
    }
}

/// A link that opens nothing any more.
#[derive(Template)]
#[template(path = "wizard/email_link_dead.html")]
pub struct EmailLinkDeadPage {
    /// The shell.
    pub page: Page,
    /// Why.
    pub reason: DeadLink,
}

/// Why a link opens nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadLink {
    /// Its time is over.
    Expired {
        /// Since when.
        at: Moment,
    },
    /// It was used, or the reset that it belongs to is over.
    Used {
        /// When; unknown where the reset ended in another way.
        at: Option<Moment>,
    },
    /// A newer e-mail or a newer start took its place.
    Replaced {
        /// When.
        at: Option<Moment>,
    },
    /// Not a link of ours: cut off by the mail program, mistyped, or never sent.
    Broken,
}

impl EmailLinkDeadPage {
    fn key(&self, part: &str) -> String {
        let reason = match self.reason {
            DeadLink::Expired { .. } => "expired",
            DeadLink::Used { .. } => "used",
            DeadLink::Replaced { .. } => "replaced",
            DeadLink::Broken => "broken",
        };
        format!("email-link-{reason}-{part}")
    }
}

impl Screen for EmailLinkDeadPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t(&self.key("title"))
    }
}

/// What the button sends.
#[derive(Deserialize)]
pub struct EmailLinkForm {
    #[serde(default)]
    token: String,
}

impl Form for EmailLinkForm {
    const OF: FormOf = FormOf::Reset;
}

/// A link of ours, found right: whoever opened it holds it.
struct Opened<'a> {
    link: Link,
    attempt: LinkAttempt,
    key: &'a Key,
}

/// In whose hands a link is.
enum Browser {
    /// The browser session that asked.
    Asked,
    /// The one that asked, before the proof that this very link gave: the second submit of two.
    AskedBefore(SessionId),
    /// Any other.
    Other,
}

impl Opened<'_> {
    fn browser(&self, session: Option<&SessionId>) -> Browser {
        let Some(session) = session else { return Browser::Other };
        if self.attempt.session_hash == session.hash() {
            return Browser::Asked;
        }
        let next = session.successor(self.key, &self.link.nonce);
        if self.attempt.session_hash == next.hash() { Browser::AskedBefore(next) } else { Browser::Other }
    }

    /// Why the link opens nothing; `None` while it does.
    fn dead(&self) -> Option<DeadLink> {
        let attempt: &Attempt = &self.attempt.attempt;
        if attempt.email_proven_at.is_some() || attempt.finished_at.is_some() {
            return Some(DeadLink::Used { at: self.link.consumed_at.map(Moment::from) });
        }
        match attempt.ended {
            Some(End::Replaced) => {
                return Some(DeadLink::Replaced { at: self.attempt.ended_at.map(Moment::from) });
            }
            Some(End::Expired) | None => {}
            Some(_) => return Some(DeadLink::Used { at: self.attempt.ended_at.map(Moment::from) }),
        }
        if let Some(at) = self.link.replaced_at {
            return Some(DeadLink::Replaced { at: Some(Moment::from(at)) });
        }
        (!self.link.is_live() || attempt.step(self.link.now) != Step::CheckEmail)
            .then(|| DeadLink::Expired { at: Moment::from(self.link.expires_at) })
    }
}

/// Looks a typed token up and believes it only if the key says so. A decoy's attempt has links too; nobody can make one.
async fn open<'a>(app: &'a App, typed: &str) -> Result<Option<Opened<'a>>, PageError> {
    let Some(typed) = TypedToken::parse(typed) else { return Ok(None) };
    let Some(mut link) = tokens::link(&app.pool, typed.id).await? else { return Ok(None) };
    let Some(key) = app.keys.find(&link.key_id) else { return Ok(None) };
    if link.purpose != Purpose::EmailLink || !typed.is_of(key, Purpose::EmailLink, &link.nonce) {
        return Ok(None);
    }
    Ok(link.attempt.take().map(|attempt| Opened { link, attempt, key }))
}

fn broken(visit: &Visit) -> Result<Response, PageError> {
    let page = visit.page(clock::now());
    show(StatusCode::NOT_FOUND, &EmailLinkDeadPage { page, reason: DeadLink::Broken })
}

/// What the mail's link shows. Changes nothing, in whatever browser, however often (V-54, D-14).
pub async fn get(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let Some(opened) = open(&app, &token).await? else { return broken(&visit) };
    let now = opened.link.now;
    if matches!(opened.browser(visit.reset()), Browser::Asked) {
        return match (opened.dead(), opened.attempt.step(now)) {
            (None, _) => show(
                StatusCode::OK,
                &EmailLinkSendPage {
                    page: visit.page_with_form(now, FormOf::Reset),
                    token,
                    expires_at: Moment::from(opened.link.expires_at),
                },
            ),
            // An older link of this browser's own attempt: a newer one is on its way. Or an end that only this link's holder sees.
            (Some(reason), step) if step == Step::CheckEmail || opened.attempt.attempt.ended_unseen() => {
                show(StatusCode::GONE, &EmailLinkDeadPage { page: visit.page(now), reason })
            }
            (Some(_), elsewhere) => Ok(gate::to(elsewhere)),
        };
    }
    match opened.dead() {
        Some(reason) => show(StatusCode::GONE, &EmailLinkDeadPage { page: visit.page(now), reason }),
        None => other_browser(&visit, &opened, token),
    }
}

fn other_browser(visit: &Visit, opened: &Opened<'_>, token: String) -> Result<Response, PageError> {
    show(
        StatusCode::OK,
        &EmailLinkOtherBrowserPage {
            page: visit.page_with_form(opened.link.now, FormOf::Anyone),
            not_me_token: token,
            started_in: Some(opened.attempt.browser.clone()),
            started_at: Moment::from(opened.attempt.attempt.started_at),
            expires_at: Moment::from(opened.link.expires_at),
        },
    )
}

/// Spends the link in the browser that asked, and queues the code: the first proof.
pub async fn post(
    State(app): State<App>,
    visit: Visit,
    Posted(form): Posted<EmailLinkForm>,
) -> Result<Response, PageError> {
    let Some(opened) = open(&app, &form.token).await? else { return broken(&visit) };
    let (now, attempt) = (opened.link.now, &opened.attempt.attempt);
    let session = match (opened.browser(visit.reset()), visit.reset()) {
        (Browser::Asked, Some(session)) => session,
        // The second of two submits: the same answer and the same cookie as the first, nothing a second time.
        (Browser::AskedBefore(next), _) => {
            return Ok(visit.with_reset_cookie(gate::to(attempt.step(now)), &next));
        }
        _ => {
            return match opened.dead() {
                Some(reason) => show(StatusCode::GONE, &EmailLinkDeadPage { page: visit.page(now), reason }),
                None => other_browser(&visit, &opened, form.token),
            };
        }
    };
    if let Some(reason) = opened.dead() {
        return match attempt.step(now) {
            step if step == Step::CheckEmail || attempt.ended_unseen() => {
                show(StatusCode::GONE, &EmailLinkDeadPage { page: visit.page(now), reason })
            }
            elsewhere => Ok(gate::to(elsewhere)),
        };
    }
    match attempt.apply(Event::EmailProven, now) {
        Ok(after) if after.ended.is_some() => {
            // Whoever holds the link may be told that the company switched it off meanwhile.
            attempts::end(&app.pool, attempt.id, End::SwitchedOff, random::id(), visit.network()).await?;
            return Ok(gate::to(Step::Ended(End::SwitchedOff)));
        }
        Ok(_) => {}
        Err(refusal) => return Ok(gate::refused(refusal)),
    }
    let next = session.successor(opened.key, &opened.link.nonce);
    let outcome = attempts::prove_email(
        &app.pool,
        &EmailProof {
            attempt: attempt.id,
            link_token: opened.link.id,
            session_hash: session.hash(),
            next_session_hash: next.hash(),
            code_token: random::id(),
            nonce: random::bytes(),
            key_id: app.keys.current().id(),
            message: random::id(),
            facts: json!({ "kind": "security_code" }),
            event: random::id(),
            network: visit.network(),
            budgets: &app.budgets,
        },
    )
    .await?;
    match outcome {
        EmailProofOutcome::Proven => Ok(visit.with_reset_cookie(gate::to(Step::SecurityCode), &next)),
        EmailProofOutcome::PhoneMustWait(until) => Err(PageError::PhoneMustWait(until)),
        // Another submit was first, or something ended it in between: look again.
        EmailProofOutcome::Refused => match open(&app, &form.token).await? {
            Some(now_opened) => match now_opened.browser(Some(session)) {
                Browser::AskedBefore(next) => {
                    Ok(visit.with_reset_cookie(gate::to(now_opened.attempt.step(now_opened.link.now)), &next))
                }
                _ => Ok(gate::to(now_opened.attempt.step(now_opened.link.now))),
            },
            None => broken(&visit),
        },
    }
}
