//! "Contact your administrator" (`/contact-administrator`): asks the right person, without telling who that is.
//!
//! Must stay true: the answer is always the same, whoever was named, and takes as long: nobody is looked up before it is given
//! (`outbox::requests` does, a moment later).

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use super::who::{WhoFields, WhoProblem};
use crate::{
    app::App,
    captcha::Purpose,
    clock,
    domain::escalation::Level,
    random,
    store::contact_requests::{self, Request, RequestOutcome},
    web::{
        error::PageError,
        form::{Form, Posted},
        page::Moment,
        stopped,
        visit::{FormOf, Visit, show},
    },
};

use askama::Template;

use super::who::Who;
use crate::web::page::{FieldProblem, Page, Screen};

/// The form.
#[derive(Template)]
#[template(path = "contact_administrator.html")]
pub struct ContactAdministratorPage {
    /// The shell.
    pub page: Page,
    /// User ID, characters, and what is wrong with them.
    pub who: Who,
}

impl Screen for ContactAdministratorPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("contact-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        self.who.sentences(&self.page)
    }
}

/// The answer, the same for everybody.
#[derive(Template)]
#[template(path = "contact_administrator_sent.html")]
pub struct ContactAdministratorSentPage {
    /// The shell.
    pub page: Page,
}

impl Screen for ContactAdministratorSentPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("contact-sent-title")
    }
}

/// The same fields as in step 2, under a token for anyone.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct ContactForm(WhoFields);

impl Form for ContactForm {
    const OF: FormOf = FormOf::Anyone;
}

/// Shows the form.
pub async fn get(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    let who = Who::read(&app, &visit, Purpose::Contact, String::new(), Vec::new()).await?;
    form(&app, &visit, StatusCode::OK, who)
}

fn form(app: &App, visit: &Visit, status: StatusCode, who: Who) -> Result<Response, PageError> {
    let has_check = who.has_check();
    let answer = show(
        status,
        &ContactAdministratorPage { page: visit.page_with_form(clock::now(), FormOf::Anyone), who },
    )?;
    Ok(if has_check { Who::with_policy(app, answer) } else { answer })
}

/// Asks whoever may reset this user, if there is one.
pub async fn post(
    State(app): State<App>,
    visit: Visit,
    Posted(ContactForm(fields)): Posted<ContactForm>,
) -> Result<Response, PageError> {
    let named = match fields.judge(&app, &visit, Purpose::Contact).await? {
        Ok(named) => named,
        Err(who) => return form(&app, &visit, StatusCode::UNPROCESSABLE_ENTITY, who),
    };
    let typed = named.user_id.as_typed();
    let outcome = contact_requests::take_in(
        &app.pool,
        &Request {
            id: random::id(),
            typed,
            normalised: named.user_id.normalised(),
            domain: named.user_id.domain(),
            browser: visit.browser(),
            challenge: named.challenge,
            second_challenge: named.second_challenge,
            enough_for: named.enough_for,
            escalation: app.escalation,
            without_puzzle: named.without_puzzle,
            network: visit.network(),
            budgets: &app.budgets,
        },
    )
    .await?;
    let (problem, level) = match outcome {
        RequestOutcome::Started => {
            app.outbox.wake_requests();
            return Ok(Redirect::to("/contact-administrator/sent").into_response());
        }
        RequestOutcome::NetworkMustWait(until) => {
            return Err(stopped::throttled(&app, &visit, "contact_administrator", typed, until).await);
        }
        RequestOutcome::ChallengeDead(level) => (named.refused(), level),
        RequestOutcome::NotEnough(level) => (WhoProblem::of_level(level), level),
        RequestOutcome::PuzzleNeededUntil(until) => {
            // Seldom, and the level makes no difference to whoever asked for no puzzle.
            (WhoProblem::WithoutPuzzleUsedUp { from: Moment::from(until) }, Level::Busy)
        }
    };
    let who = Who::at(&app, &visit, Purpose::Contact, level, typed.to_owned(), vec![problem]);
    form(&app, &visit, StatusCode::UNPROCESSABLE_ENTITY, who)
}

/// The answer, the same for everyone.
pub async fn sent(visit: Visit) -> Result<Response, PageError> {
    show(StatusCode::OK, &ContactAdministratorSentPage { page: visit.page(clock::now()) })
}
