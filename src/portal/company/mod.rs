//! `/portal/company`: the company's settings, through a review that says in numbers what a switch does.
//!
//! Must stay true: nothing is saved without the review, and what was reviewed is what is saved: it is bound to the version that was
//! looked at; the switch is never turned without a reason; domains are an operator's.
//!
//! From the form to the review to the change: [`post`]. To add a setting: [`fields::Field`], its words, its place in
//! `templates/portal/company.html`.

pub mod conflict;
pub mod fields;
pub mod post;
pub mod review;
pub mod settings;
pub mod trial;

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use serde::{Deserialize, Serialize};

use self::{
    fields::{Carried, Fields},
    settings::{CompanyNotice, CompanyPage},
};
use super::door::Global;
use crate::{
    admin::{By as _, NotDone, companies},
    app::App,
    store::companies::Company,
    web::{error::PageError, page::FieldProblem, portal_nav::Section, visit::show},
};

/// Key of what takes the last change back, in the session of who made it.
const UNDO: &str = "undo_company";

/// What takes a change back: the form of what was, bound to the version that the change made.
#[derive(Serialize, Deserialize)]
struct Undo(Carried);

/// What a redirect to the page tells it.
#[derive(Deserialize)]
pub struct Arrival {
    #[serde(default)]
    notice: String,
}

/// Shows the settings.
pub async fn get(
    State(app): State<App>,
    Query(arrival): Query<Arrival>,
    global: Global,
) -> Result<Response, PageError> {
    let company = own(&app, &global).await?;
    let notice = match arrival.notice.as_str() {
        "saved" => {
            let undo: Option<Undo> = global.door.someone.session.get(UNDO).await?;
            let undo = undo
                .map(|Undo(carried)| Box::new(carried))
                .filter(|carried| carried.version == company.version);
            Some(CompanyNotice::Saved { undo })
        }
        "unchanged" => Some(CompanyNotice::Unchanged),
        "waits" => Some(CompanyNotice::Waits),
        _ => None,
    };
    let carried = Carried::of(&company);
    form(&app, &global, &company, carried, StatusCode::OK, notice, |_| Vec::new()).await
}

/// Keeps what takes a change back.
async fn keep_undo(global: &Global, before: &Company, after: &Company) -> Result<(), PageError> {
    let undo = Undo(Carried { version: after.version, fields: Fields::of(before), was: Fields::of(after) });
    Ok(global.door.someone.session.insert(UNDO, undo).await?)
}

async fn own(app: &App, global: &Global) -> Result<Company, PageError> {
    Ok(companies::own(&app.pool, &global.by).await?)
}

async fn form(
    app: &App,
    global: &Global,
    company: &Company,
    carried: Carried,
    status: StatusCode,
    notice: Option<CompanyNotice>,
    problems: impl FnOnce(&crate::web::page::Page) -> Vec<FieldProblem>,
) -> Result<Response, PageError> {
    let page = global.door.page(app, Section::Company).await?;
    let problems = problems(&page);
    let page = CompanyPage {
        page,
        carried,
        domains: company.domains.clone(),
        floor: app.policy.min(),
        notice,
        problems,
    };
    show(status, &page)
}

/// What a verb refused for no fault of a field: the role is gone, or the database.
async fn refused(app: &App, global: &Global, not_done: NotDone) -> Result<crate::admin::Refusal, PageError> {
    debug_assert!(global.by.company().is_some(), "a global administrator has a company");
    global.door.refused(app, not_done).await
}
