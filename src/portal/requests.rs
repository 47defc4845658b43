//! `/portal/requests`: what people asked with "Contact your administrator", answered once.
//!
//! Must stay true: an administrator sees the requests of those whom the role may reset, and of nobody else; of two who answer at once
//! one wins, and the other is told who. A notice of what was done is believed only when the request says so, too: an address is
//! typed by anyone.

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    admin::{NotDone, Refusal, requests as verbs},
    app::App,
    domain::user::Right,
    portal::{
        door::InPortal,
        prove_again::{Button, hindrance},
    },
    store::contact_requests::Listed,
    web::{
        error::PageError,
        form::{Form, Posted},
        portal_nav::Section,
        recent_proof,
        visit::{FormOf, show},
    },
};

use askama::Template;

use crate::web::page::{FieldProblem, Moment, Page, Screen};

/// Most requests of one page. Open ones come first, and there is one a person: more would be a flood, not work.
const MOST: i64 = 200;

/// The page.
#[derive(Template)]
#[template(path = "portal/requests.html")]
pub struct RequestsPage {
    /// The shell.
    pub page: Page,
    /// What was done.
    pub notice: Option<RequestNotice>,
    /// What could not be done.
    pub problem: Option<RequestProblem>,
    /// Wait for an answer, the newest first.
    pub open: Vec<OpenRequest>,
    /// Answered, the newest first; nothing unless they are asked for.
    pub answered: Option<Vec<AnsweredRequest>>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestNotice {
    /// A one-time link is on its way to the person.
    Reset {
        /// To whom.
        user_id: String,
    },
    /// The request was refused.
    Refused {
        /// To whom.
        user_id: String,
        /// The request, for the undo.
        request: String,
        /// There is an address at which the person is told.
        told: bool,
    },
    /// The link waits for its time or for an approval; so does the request.
    Waits {
        /// Whose.
        user_id: String,
    },
    /// A refusal was taken back.
    Reopened {
        /// Whose.
        user_id: String,
    },
}

/// What could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestProblem {
    /// Someone else was first.
    Already {
        /// Who.
        by: String,
    },
    /// No link can be sent: no contact, blocked, or too many messages lately.
    NotSent(NotSent),
    /// A link waits already.
    WaitsAlready,
    /// It can't be taken back any more: the person has asked again.
    NotReopened,
}

/// Why no link could be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSent {
    /// The person has no alternate contact.
    NoContact,
    /// The account is blocked.
    Blocked,
    /// The phone got too many messages.
    TooOften(Moment),
}

/// A request that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRequest {
    /// Names it in the form.
    pub id: String,
    /// The person's page.
    pub user_path: String,
    /// User ID.
    pub user_id: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// The key of the role's words.
    pub role_key: String,
    /// When.
    pub asked_at: Moment,
    /// From which browser, in words.
    pub browser: String,
    /// What keeps a link from being sent.
    pub hindrance: Option<NotSent>,
}

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredRequest {
    /// Names it in the form.
    pub id: String,
    /// The person's page.
    pub user_path: String,
    /// User ID.
    pub user_id: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// When it was asked.
    pub asked_at: Moment,
    /// A link was sent, or the person was helped in another way.
    pub is_done: bool,
    /// When it was answered.
    pub closed_at: Option<Moment>,
    /// By whom.
    pub closed_by: String,
    /// A refusal can be taken back: the person has no newer request that waits.
    pub may_reopen: bool,
}

impl Screen for RequestsPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("requests-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let page = &self.page;
        let problem = self.problem.as_ref().map(|problem| match problem {
            RequestProblem::Already { by } => {
                FieldProblem::with_time("requests", &page.m("requests-already").name("by", by))
            }
            RequestProblem::NotSent(NotSent::NoContact) => {
                FieldProblem::new("requests", &page.t("requests-not-sent-no-contact"))
            }
            RequestProblem::NotSent(NotSent::Blocked) => {
                FieldProblem::new("requests", &page.t("requests-not-sent-blocked"))
            }
            RequestProblem::NotSent(NotSent::TooOften(from)) => {
                FieldProblem::with_time("requests", &page.m("requests-not-sent-too-often").time("from", from))
            }
            RequestProblem::WaitsAlready => FieldProblem::new("requests", &page.t("requests-waits-already")),
            RequestProblem::NotReopened => FieldProblem::new("requests", &page.t("requests-not-reopened")),
        });
        problem.into_iter().collect()
    }
}

/// What an address tells this page.
#[derive(Deserialize, Default)]
pub struct Arrival {
    /// `all`: answered ones, too.
    #[serde(default)]
    show: String,
    /// What was done.
    #[serde(default)]
    notice: String,
    /// To which request.
    #[serde(default)]
    request: String,
}

/// An answer.
#[derive(Deserialize)]
pub struct AnswerForm {
    #[serde(default)]
    request: String,
    /// `reset`, `refuse` or `reopen`.
    #[serde(default)]
    answer: String,
    /// `all`, where the answered ones were shown: the next page shows them again.
    #[serde(default)]
    show: String,
    your_password: Option<Zeroizing<String>>,
}

impl Form for AnswerForm {
    const OF: FormOf = FormOf::Account;
}

/// Shows the list.
pub async fn get(
    State(app): State<App>,
    viewer: InPortal,
    Query(arrival): Query<Arrival>,
) -> Result<Response, PageError> {
    viewer.need(&app, Right::AnswerRequests).await?;
    page(&app, &viewer, &arrival, None).await
}

async fn page(
    app: &App,
    viewer: &InPortal,
    arrival: &Arrival,
    problem: Option<RequestProblem>,
) -> Result<Response, PageError> {
    let all = arrival.show == "all";
    // A notice names a request that is answered, which a list of open ones does not hold.
    let found =
        verbs::list(&app.pool, &viewer.by, viewer.by.company_id(), all || !arrival.notice.is_empty(), MOST)
            .await?;
    let (open, answered): (Vec<&Listed>, Vec<&Listed>) =
        found.iter().partition(|request| request.state == "open");
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    show(
        status,
        &RequestsPage {
            page: viewer.page(app, Section::Requests).await?,
            notice: notice(arrival, &found),
            problem,
            answered: all.then(|| answered.iter().map(|request| answered_line(request, &open)).collect()),
            open: open.into_iter().map(open_line).collect(),
        },
    )
}

/// What was done, if the request that is named says the same.
fn notice(arrival: &Arrival, found: &[Listed]) -> Option<RequestNotice> {
    let request = found.iter().find(|request| request.id.to_string() == arrival.request)?;
    let user_id = request.user_id.clone();
    match (arrival.notice.as_str(), request.state.as_str()) {
        ("reset", "done") => Some(RequestNotice::Reset { user_id }),
        ("refused", "refused") => Some(RequestNotice::Refused {
            user_id,
            request: request.id.to_string(),
            told: request.has_address,
        }),
        ("waits", "open") => Some(RequestNotice::Waits { user_id }),
        ("reopened", "open") => Some(RequestNotice::Reopened { user_id }),
        _ => None,
    }
}

fn open_line(request: &Listed) -> OpenRequest {
    let hindrance = match (request.blocked, request.reachable) {
        (true, _) => Some(NotSent::Blocked),
        (false, false) => Some(NotSent::NoContact),
        (false, true) => None,
    };
    OpenRequest {
        id: request.id.to_string(),
        user_path: format!("/portal/users/{}", request.user),
        user_id: request.user_id.clone(),
        display_name: request.display_name.clone(),
        role_key: format!("role-{}", request.role),
        asked_at: Moment::with_day(request.asked_at),
        browser: request.browser.clone(),
        hindrance,
    }
}

fn answered_line(request: &Listed, open: &[&Listed]) -> AnsweredRequest {
    AnsweredRequest {
        id: request.id.to_string(),
        user_path: format!("/portal/users/{}", request.user),
        user_id: request.user_id.clone(),
        display_name: request.display_name.clone(),
        asked_at: Moment::with_day(request.asked_at),
        is_done: request.state == "done",
        closed_at: request.closed_at.map(Moment::with_day),
        closed_by: request.closed_by.clone().unwrap_or_default(),
        may_reopen: request.state == "refused" && open.iter().all(|waiting| waiting.user != request.user),
    }
}

/// The page that asks for the password, where the proof is too old for a refusal or its end.
async fn ask_again(app: &App, viewer: &InPortal, form: &AnswerForm) -> Result<Option<Response>, PageError> {
    let word = match form.answer.as_str() {
        "refuse" => "prove-again-refuse",
        "reopen" => "prove-again-reopen",
        _ => return Ok(None),
    };
    let sent = [("request", &form.request), ("answer", &form.answer), ("show", &form.show)];
    let button = Button {
        action: "/portal/requests".to_owned(),
        fields: sent.map(|(name, value)| (name, value.clone())).to_vec(),
        word,
        back: "/portal/requests".to_owned(),
        section: Section::Requests,
    };
    hindrance(app, &viewer.visit, &viewer.someone, form.your_password.as_ref(), button).await
}

/// Answers one request.
pub async fn post(
    State(app): State<App>,
    viewer: InPortal,
    Posted(form): Posted<AnswerForm>,
) -> Result<Response, PageError> {
    viewer.need(&app, Right::AnswerRequests).await?;
    let request: Uuid = form.request.parse().map_err(|_| PageError::NotFound)?;
    let (by, key) = (&viewer.by, app.keys.current());
    // A link is as sensitive as from the person's own page, which asks for the password where it was given too long ago, and closes
    // the request as well.
    if form.answer == "reset" && !recent_proof::is_recent(&viewer.someone).await? {
        let user = verbs::asked_by(&app.pool, by, request).await;
        return match user {
            Ok(user) => Ok(Redirect::to(&format!("/portal/users/{user}/reset-password")).into_response()),
            Err(not_done) => {
                viewer.refused(&app, not_done).await?;
                Err(PageError::NotFound)
            }
        };
    }
    if let Some(asks) = ask_again(&app, &viewer, &form).await? {
        return Ok(asks);
    }
    let answered = match form.answer.as_str() {
        "reset" => verbs::reset(&app.pool, by, request, key, &app.budgets).await.map(|_| "reset"),
        "refuse" => verbs::refuse(&app.pool, by, request).await.map(|_| "refused"),
        "reopen" => verbs::reopen(&app.pool, by, request).await.map(|_| "reopened"),
        _ => return Err(PageError::BadRequest),
    };
    let not_done = match answered {
        Err(NotDone::Refused(Refusal::Waits(_))) => {
            app.outbox.wake();
            let path = format!("/portal/requests?notice=waits&request={request}");
            return Ok(Redirect::to(&path).into_response());
        }
        Ok(notice) => {
            app.outbox.wake();
            let show = if form.show == "all" { "&show=all" } else { "" };
            let path = format!("/portal/requests?notice={notice}&request={request}{show}");
            return Ok(Redirect::to(&path).into_response());
        }
        // What the list shows but can't be opened again was reset, or asked anew.
        Err(NotDone::Refused(Refusal::NoRequest)) if form.answer == "reopen" => {
            let known = verbs::list(&app.pool, by, by.company_id(), true, MOST).await?;
            if known.iter().all(|known| known.id != request) {
                return Err(PageError::NotFound);
            }
            None
        }
        Err(not_done) => Some(viewer.refused(&app, not_done).await?),
    };
    let problem = match not_done {
        None => RequestProblem::NotReopened,
        Some(Refusal::AlreadyAnswered(by)) => RequestProblem::Already { by },
        Some(Refusal::NoContact | Refusal::RefusedCountry | Refusal::ContactWaits) => {
            RequestProblem::NotSent(NotSent::NoContact)
        }
        Some(Refusal::WaitsAlready) => RequestProblem::WaitsAlready,
        Some(Refusal::Blocked) => RequestProblem::NotSent(NotSent::Blocked),
        Some(Refusal::TooOften(from)) => RequestProblem::NotSent(NotSent::TooOften(Moment::with_day(from))),
        // One's own request stands in no list of one's own.
        Some(_) => return Err(PageError::NotFound),
    };
    let arrival = Arrival { show: form.show, ..Arrival::default() };
    page(&app, &viewer, &arrival, Some(problem)).await
}
