//! `/portal/readiness`: which administrator could reset the own password today, why not, and where that is mended; and the same as CSV.
//!
//! Must stay true: reasons are for administrators; whoever may not mend them sees contact data masked and no links to mend; what the
//! page says is what the wizard's start does (`tests/it/readiness.rs` walks it).

mod filter;
mod page;

pub use filter::Filter;
pub use page::{ReadinessLine, ReadinessPage};

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use time::format_description::well_known::Rfc3339;

use super::door::InPortal;
use crate::{
    admin::{
        audit,
        readiness::{self as verb, Report},
    },
    app::App,
    csv,
    domain::{
        contact::{AlternateEmail, MobilePhone},
        readiness::{Reason, Verdict},
        user::Right,
    },
    store::users::Line,
    web::{download, error::PageError, portal_nav::Section, visit::show},
};

/// Administrators on one page.
const ON_A_PAGE: usize = 100;

/// The report.
pub async fn get(
    State(app): State<App>,
    Query(filter): Query<Filter>,
    door: InPortal,
) -> Result<Response, PageError> {
    let report = report(&app, &door).await?;
    let page = door.page(&app, Section::Readiness).await?;
    let mends = door.by.may(Right::ManageUsers);
    show(StatusCode::OK, &ReadinessPage::new(page, &report, filter, mends, ON_A_PAGE))
}

/// The same for a spreadsheet: all that fit the filter.
pub async fn get_csv(
    State(app): State<App>,
    Query(filter): Query<Filter>,
    door: InPortal,
) -> Result<Response, PageError> {
    let report = report(&app, &door).await?;
    let whole = door.by.may(Right::ManageUsers);
    let mut text = csv::line([
        "UserId",
        "DisplayName",
        "Role",
        "CouldReset",
        "Reasons",
        "Doubts",
        "LimitedUntil",
        "AlternateEmailAddress",
        "MobilePhone",
    ]);
    for line in report.lines.iter().filter(|line| filter.fits(line)) {
        let names =
            |reasons: &[Reason]| reasons.iter().map(|reason| reason.as_str()).collect::<Vec<_>>().join(" ");
        let until = line.readiness.limited_until.and_then(|at| at.format(&Rfc3339).ok());
        let (email, phone) = contacts(line, whole);
        text.push_str(&csv::line([
            line.user_id.as_str(),
            &line.display_name,
            &line.role,
            match line.readiness.verdict() {
                Verdict::Yes => "yes",
                Verdict::Doubtful => "doubtful",
                Verdict::No => "no",
            },
            &names(&line.readiness.reasons),
            &names(&line.readiness.doubts),
            &until.unwrap_or_default(),
            &email.unwrap_or_default(),
            &phone.unwrap_or_default(),
        ]));
    }
    audit::downloaded(&app.pool, &door.by, "readiness").await?;
    Ok(download::csv("readiness.csv", text))
}

async fn report(app: &App, door: &InPortal) -> Result<Report, PageError> {
    door.need(app, Right::SeeReadiness).await?;
    Ok(verb::report(&app.pool, &door.by, &app.budgets).await?)
}

/// Address and number: whole for those who may change them, masked for the others.
fn contacts(line: &Line, whole: bool) -> (Option<String>, Option<String>) {
    let email = line.alternate_email.as_deref().map(|stored| match AlternateEmail::parse(stored) {
        Ok(address) if !whole => address.masked(),
        Ok(address) => address.as_str().to_owned(),
        // Not readable any more: nothing of it is shown to whom it would be masked.
        Err(_) if whole => stored.to_owned(),
        Err(_) => String::new(),
    });
    let phone = line.mobile_phone.as_deref().map(|stored| match MobilePhone::from_stored(stored) {
        Ok(number) if !whole => number.masked(),
        Ok(number) => number.international(),
        Err(_) if whole => stored.to_owned(),
        Err(_) => String::new(),
    });
    (email, phone)
}
