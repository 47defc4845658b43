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

use super::{
    gate,
    opened_link::{Browser, Opened, open},
};
use crate::{
    app::App,
    clock,
    domain::wizard::{End, Event, Step},
    metrics, random,
    store::attempts::{self, EmailProof, EmailProofOutcome},
    web::{
        error::PageError,
        form::{Form, Posted},
        visit::{FormOf, Visit, show},
    },
};

use askama::Template;

use crate::web::page::{FieldProblem, Moment, Page, Screen};

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
    /// The phone had as many codes as it may: when it may have the next. Nothing was used up.
    pub phone_must_wait: Option<Moment>,
}

impl Screen for EmailLinkSendPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("email-link-send-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let sentence = |from: &Moment| {
            FieldProblem::with_time(
                "send",
                &self.page.m("email-link-send-phone-must-wait").time("time", from),
            )
        };
        self.phone_must_wait.iter().map(sentence).collect()
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
    let Some(opened) = open(&app, &visit, &token).await? else { return broken(&visit) };
    let now = opened.link.now;
    if matches!(opened.browser(visit.reset()), Browser::AskedBefore(_)) {
        // The answer to the proof was lost on its way: the button brings it again.
        return send_page(&visit, &opened, token, None);
    }
    if matches!(opened.browser(visit.reset()), Browser::Asked) {
        return match (opened.dead(), opened.attempt.step(now)) {
            (None, _) => send_page(&visit, &opened, token, None),
            // An older link of this browser's own attempt: a newer one is on its way.
            (Some(reason), Step::CheckEmail) => {
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

fn send_page(
    visit: &Visit,
    opened: &Opened<'_>,
    token: String,
    phone_must_wait: Option<Moment>,
) -> Result<Response, PageError> {
    show(
        if phone_must_wait.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK },
        &EmailLinkSendPage {
            page: visit.page_with_form(opened.link.now, FormOf::Reset),
            token,
            expires_at: Moment::from(opened.link.expires_at),
            phone_must_wait,
        },
    )
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
    let Some(opened) = open(&app, &visit, &form.token).await? else { return broken(&visit) };
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
            Step::CheckEmail => show(StatusCode::GONE, &EmailLinkDeadPage { page: visit.page(now), reason }),
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
        EmailProofOutcome::Proven => {
            app.metrics.attempt(metrics::Step::EmailProven);
            app.outbox.wake();
            Ok(visit.with_reset_cookie(gate::to(Step::SecurityCode), &next))
        }
        EmailProofOutcome::PhoneMustWait(until) => {
            send_page(&visit, &opened, form.token, Some(Moment::with_day(until)))
        }
        // Another submit was first, or something ended it in between: look again.
        EmailProofOutcome::Refused => match open(&app, &visit, &form.token).await? {
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
