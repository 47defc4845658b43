//! `/portal/approvals`: changes of global administrators that wait for their time or for a second one, and what became of the latest.
//!
//! Must stay true: an answer needs a recent password; nobody approves what they asked for or what is done to themselves, whatever form
//! they send; a notice is believed only when the change says so, too.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    door::Global,
    prove_again::{Button, hindrance},
};
use crate::{
    admin::{
        Refusal, companies,
        pending::{self, Listed},
    },
    app::App,
    domain::message::ChangeLine,
    web::{
        error::PageError,
        form::{Form, Posted},
        markup::Markup,
        page::{FieldProblem, Moment, Page, Screen},
        portal_nav::Section,
        visit::{FormOf, show},
    },
};

/// Most that wait on the page: there is one of a kind for each person.
const MOST: i64 = 200;

/// The page.
#[derive(Template)]
#[template(path = "portal/approvals.html")]
pub struct ApprovalsPage {
    /// The shell.
    pub page: Page,
    /// The company's rule.
    pub rule: String,
    /// Its hold.
    pub hours: i32,
    /// What was done: how the change ended, and whose it was.
    pub notice: Option<(String, String)>,
    /// What could not be done.
    pub problem: Option<ApprovalProblem>,
    /// Those that wait.
    pub waiting: Vec<WaitingChange>,
    /// Those that ended lately.
    pub decided: Vec<DecidedChange>,
}

/// What could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApprovalProblem {
    /// It has ended already: how.
    Already(String),
    /// It is one's own, or about oneself.
    Own,
    /// The person got too many messages.
    TooOften(Moment),
}

/// A change that waits.
pub struct WaitingChange {
    /// Names it in the form.
    pub id: Uuid,
    /// Whose it is; none: the company's rule.
    pub person: Option<(Option<Uuid>, String)>,
    /// Who asked.
    pub requester: String,
    /// When.
    pub requested_at: Moment,
    /// It is carried out only with an approval.
    pub needs_approval: bool,
    /// When it is carried out, or else dropped.
    pub until: Moment,
    /// What it changes.
    pub lines: Vec<ChangeLine>,
    /// The one who looks asked for it.
    pub is_own: bool,
    /// The one who looks may approve it.
    pub may_approve: bool,
}

/// A change that ended.
pub struct DecidedChange {
    /// User ID; none: the company's rule.
    pub person: Option<String>,
    /// What it was to change, masked.
    pub lines: Vec<ChangeLine>,
    /// How it ended.
    pub state: String,
    /// Of a void one: why.
    pub why: Option<String>,
    /// Who decided; none: its time came.
    pub by: Option<String>,
    /// When.
    pub at: Moment,
}

impl ApprovalsPage {
    fn rule_words(&self) -> Markup {
        let key = format!("approvals-rule-{}", self.rule);
        let rule = self.page.m(&key).arg("hours", i64::from(self.hours));
        rule.link("link", "/portal/company#second-pair", "approvals-rule-link").s()
    }

    fn notice_words(&self, state: &str, subject: &str) -> Markup {
        self.page.m(&format!("approvals-notice-{state}")).name("subject", subject).s()
    }

    fn what(line: &ChangeLine) -> String {
        format!("approvals-what-{}", line.what.as_str())
    }

    fn values(&self, line: &ChangeLine) -> Markup {
        let value = |value: &Option<String>| match value {
            None => self.page.t("approvals-none-value"),
            Some(value) => match line.what.value_key(value) {
                Some(key) => self.page.t(&key),
                None => value.clone(),
            },
        };
        if line.what == crate::domain::message::Subject::Password {
            return Markup::text(&self.page.t("approvals-link"));
        }
        let (old, new) = (value(&line.old), value(&line.new));
        self.page.m("approvals-from-to").name("old", &old).name("new", &new).s()
    }

    fn subject(&self, change: &WaitingChange) -> String {
        change
            .person
            .as_ref()
            .map_or_else(|| self.page.t("approvals-of-rule"), |(_, user_id)| user_id.clone())
    }
}

impl DecidedChange {
    fn state_key(&self) -> String {
        format!("approvals-state-{}", self.state)
    }

    fn why_key(&self) -> Option<String> {
        self.why.as_ref().map(|why| format!("approvals-why-{why}"))
    }
}

impl Screen for ApprovalsPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("approvals-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let page = &self.page;
        let problem = self.problem.as_ref().map(|problem| match problem {
            ApprovalProblem::Already(state) => {
                let state = page.t(&format!("approvals-state-{state}"));
                FieldProblem::new("approvals", &page.a("approvals-already").arg("state", state).s())
            }
            ApprovalProblem::Own => FieldProblem::new("approvals", &page.t("approvals-own")),
            ApprovalProblem::TooOften(until) => {
                FieldProblem::with_time("approvals", &page.m("approvals-too-often").time("time", until))
            }
        });
        problem.into_iter().collect()
    }
}

/// What a redirect to the page tells it.
#[derive(Deserialize, Default)]
pub struct Arrival {
    /// Which change ended.
    #[serde(default)]
    ended: String,
}

/// An answer.
#[derive(Deserialize)]
pub struct AnswerForm {
    #[serde(default)]
    change: String,
    /// `approve` or `refuse`.
    #[serde(default)]
    answer: String,
    your_password: Option<Zeroizing<String>>,
}

impl Form for AnswerForm {
    const OF: FormOf = FormOf::Account;
}

/// Shows what waits.
pub async fn get(
    State(app): State<App>,
    Query(arrival): Query<Arrival>,
    global: Global,
) -> Result<Response, PageError> {
    page(&app, &global, &arrival, None).await
}

/// Approves or refuses one.
pub async fn post(
    State(app): State<App>,
    global: Global,
    Posted(form): Posted<AnswerForm>,
) -> Result<Response, PageError> {
    let Global { by, door } = &global;
    let id: Uuid = form.change.parse().map_err(|_| PageError::NotFound)?;
    let word = match form.answer.as_str() {
        "approve" => "approvals-approve",
        "refuse" => "approvals-refuse",
        _ => return Err(PageError::BadRequest),
    };
    let button = Button {
        action: "/portal/approvals".to_owned(),
        fields: vec![("change", id.to_string()), ("answer", form.answer.clone())],
        word,
        back: "/portal/approvals".to_owned(),
        section: Section::Approvals,
    };
    let typed = form.your_password.as_ref();
    if let Some(asks) = hindrance(&app, &door.visit, &door.someone, typed, button).await? {
        return Ok(asks);
    }
    let done = if form.answer == "approve" {
        pending::approve(&app.pool, by, id, app.keys.current(), &app.budgets).await
    } else {
        pending::refuse(&app.pool, by, id).await
    };
    let problem = match done {
        Ok(_) => {
            app.outbox.wake();
            return Ok(Redirect::to(&format!("/portal/approvals?ended={id}")).into_response());
        }
        Err(not_done) => match door.refused(&app, not_done).await? {
            Refusal::AlreadyDecided(state, _) => ApprovalProblem::Already(state),
            Refusal::OwnChange => ApprovalProblem::Own,
            Refusal::TooOften(until) => ApprovalProblem::TooOften(Moment::with_day(until)),
            other => return Err(PageError::Internal(format!("refused: {other:?}").into())),
        },
    };
    page(&app, &global, &Arrival::default(), Some(problem)).await
}

async fn page(
    app: &App,
    Global { by, door }: &Global,
    arrival: &Arrival,
    problem: Option<ApprovalProblem>,
) -> Result<Response, PageError> {
    let company = companies::own(&app.pool, by).await?;
    let (waiting, decided) = pending::list(&app.pool, by, company.id, MOST).await?;
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let ended = decided.iter().find(|listed| listed.change.id.to_string() == arrival.ended);
    let page = ApprovalsPage {
        page: door.page(app, Section::Approvals).await?,
        rule: company.global_administrator_changes,
        hours: company.global_administrator_hold_hours,
        notice: ended
            .filter(|listed| listed.change.state != "expired")
            .map(|listed| (listed.change.state.clone(), listed.change.subject.clone())),
        problem,
        waiting: waiting.into_iter().map(waiting_line).collect(),
        decided: decided.into_iter().map(decided_line).collect(),
    };
    show(status, &page)
}

fn waiting_line(listed: Listed) -> WaitingChange {
    let Listed { change, lines, is_own, may_approve } = listed;
    WaitingChange {
        id: change.id,
        person: (change.kind != "setting").then_some((change.target, change.subject)),
        requester: change.requester,
        requested_at: Moment::with_day(change.requested_at),
        needs_approval: change.acts_at.is_none(),
        until: Moment::with_day(change.acts_at.unwrap_or(change.expires_at)),
        lines,
        is_own,
        may_approve,
    }
}

fn decided_line(listed: Listed) -> DecidedChange {
    let Listed { change, lines, .. } = listed;
    DecidedChange {
        person: (change.kind != "setting").then_some(change.subject),
        lines,
        at: Moment::with_day(change.decided_at.unwrap_or(change.requested_at)),
        state: change.state,
        why: change.why,
        by: change.decided_by,
    }
}
