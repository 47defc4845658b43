//! Who comes into the portal: the witnesses of [`crate::admin`], made of whoever is signed in and of nothing else.
//!
//! Must stay true: a handler names what it needs by its argument ([`InPortal`], [`Global`]), so that a page without a check does not
//! compile; whoever asks for more than their role opens gets 403, changes nothing, and leaves an audit event.

use axum::{
    extract::{FromRequestParts, MatchedPath},
    http::request::Parts,
    response::{IntoResponse as _, Response},
};
use serde_json::json;

use crate::{
    admin::{
        Administrator, By as _, GlobalAdministrator, NotDone, Oneself, Refusal, incidents, pending, requests,
    },
    app::App,
    domain::{
        audit::AuditEvent,
        password::expiry::Standing,
        user::{Right, Role},
    },
    random,
    store::{self, audit, budgets},
    web::{
        error::PageError,
        page::{Moment, Page},
        portal_nav::{PortalNav, Section},
        signed_in::Someone,
        visit::{FormOf, Visit},
    },
};

/// Denials of one person a day that are recorded: enough to see them, too few to fill a disk.
const DENIALS_A_DAY: i32 = 200;

/// Someone whose role opens the portal.
pub struct InPortal {
    /// The witness.
    pub by: Administrator,
    /// Who, with their session.
    pub someone: Someone,
    /// From where.
    pub visit: Visit,
    /// What they asked for, without values: for the audit event of a denial.
    asked: String,
}

/// A global administrator.
pub struct Global {
    /// The witness.
    pub by: GlobalAdministrator,
    /// Who, with their session.
    pub door: InPortal,
}

impl FromRequestParts<App> for InPortal {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let someone = Someone::from_request_parts(parts, app).await?;
        let visit = Visit::from_request_parts(parts, app)
            .await
            .map_err(axum::response::IntoResponse::into_response)?;
        let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let asked = format!("{} {path}", parts.method);
        match Administrator::signed_in(&someone.user, visit.network()) {
            Some(by) => Ok(Self { by, someone, visit, asked }),
            None => Err(denied(app, &someone, &visit, &asked).await.into_response()),
        }
    }
}

impl FromRequestParts<App> for Global {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let door = InPortal::from_request_parts(parts, app).await?;
        match door.by.global() {
            Some(by) => Ok(Self { by, door }),
            None => Err(door.denied(app).await.into_response()),
        }
    }
}

impl InPortal {
    /// What a verb refused that no form of ours could have asked: someone of another company is nobody (404), what the role does not
    /// allow is denied and recorded (403). `Ok`: a refusal that the page shows at its field.
    pub async fn refused(&self, app: &App, not_done: NotDone) -> Result<Refusal, PageError> {
        match not_done {
            NotDone::Refused(
                Refusal::NoUser | Refusal::NoRequest | Refusal::NoIncident | Refusal::NoChange,
            ) => Err(PageError::NotFound),
            NotDone::Refused(Refusal::NotAllowed) => Err(self.denied(app).await),
            NotDone::Refused(refusal) => Ok(refusal),
            NotDone::Store(cause) => Err(cause.into()),
            NotDone::Busy(cause) => Err(cause.into()),
        }
    }

    /// Denies, and records it.
    pub async fn denied(&self, app: &App) -> PageError {
        denied(app, &self.someone, &self.visit, &self.asked).await
    }

    /// Goes on only with a right.
    pub async fn need(&self, app: &App, right: Right) -> Result<(), PageError> {
        if self.by.may(right) { Ok(()) } else { Err(self.denied(app).await) }
    }

    /// The shell of a page of the portal, with its navigation and a form token.
    pub async fn page(&self, app: &App, here: Section) -> Result<Page, PageError> {
        page_in(app, &self.someone, &self.visit, here).await
    }
}

/// The shell of a page of someone's own, which every role opens.
pub async fn own_page(app: &App, someone: &Someone, visit: &Visit) -> Result<Page, PageError> {
    page_in(app, someone, visit, Section::Account).await
}

/// The shell of a page of a section, for whoever is signed in.
pub async fn page_in(app: &App, someone: &Someone, visit: &Visit, here: Section) -> Result<Page, PageError> {
    let role = someone.user.role.parse().unwrap_or(Role::User);
    let mut page = page(someone, visit, role, here);
    if let (Some(nav), Some(by)) =
        (&mut page.portal, Administrator::signed_in(&someone.user, visit.network()))
    {
        nav.open_requests = requests::open_count(&app.pool, &by, by.company_id()).await?;
        nav.open_incidents = open_incidents(app, &by).await?;
        nav.waiting_changes = pending::count(&app.pool, &by).await?;
    }
    Ok(page)
}

/// For the navigation of whoever may look at them.
async fn open_incidents(app: &App, by: &Administrator) -> Result<i64, PageError> {
    Ok(match by.global() {
        Some(global) => incidents::open_count(&app.pool, &global, by.company_id()).await?,
        None => 0,
    })
}

/// The witness for one's own things.
pub fn oneself(someone: &Someone, visit: &Visit) -> Oneself {
    Oneself::signed_in(&someone.user, visit.network())
}

fn page(someone: &Someone, visit: &Visit, role: Role, here: Section) -> Page {
    let mut page = visit.page_with_form(someone.user.now, FormOf::Account);
    let mut nav = PortalNav::new(role, here);
    if let Standing::ExpiresSoon { at, days } = someone.user.standing {
        nav.warning = Some(
            page.m("password-expires-soon")
                .arg("days", days)
                .time("time", &Moment::with_day(at))
                .link("change", "/account/password", "password-expires-change")
                .s(),
        );
    }
    page.signed_in = Some(someone.user.user_id.clone());
    page.portal = Some(nav);
    page
}

/// Denies, and records it, but not without end.
async fn denied(app: &App, someone: &Someone, visit: &Visit, asked: &str) -> PageError {
    match record(app, someone, visit, asked).await {
        Ok(()) => PageError::Forbidden,
        Err(cause) => cause.into(),
    }
}

async fn record(app: &App, someone: &Someone, visit: &Visit, asked: &str) -> Result<(), store::StoreError> {
    let by = oneself(someone, visit);
    let mut tx = store::begin(&app.pool).await?;
    if budgets::take(&mut *tx, &format!("denied/{}", by.id()), DENIALS_A_DAY).await?.is_none() {
        let recorded = audit::Recorded {
            id: random::id(),
            event: AuditEvent::AccessDenied,
            company: by.company(),
            user: Some(by.id()),
            subject: &someone.user.user_id,
            actor: &by.actor(),
            network: Some(visit.network().as_str()),
            outcome: "denied",
            details: json!({ "asked": asked, "role": someone.user.role }),
        };
        audit::record(&mut tx, &recorded).await?;
    }
    tx.commit().await?;
    Ok(())
}
