//! `/portal/users/new`: a new user, after a review. The link to set a password goes to the person's own contact, never to the one who
//! makes the user.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{
    fields::{self, AroundFields, Carried, UserFields},
    review::{Effect, ReviewPage, of_new_contacts},
    show::to_user,
};
use crate::{
    admin::{
        GlobalAdministrator, NotDone, Refusal,
        users::{self, FirstAccess, NewUser, Preview},
    },
    app::App,
    domain::{second_pair::Rule, user::Role},
    portal::{
        door::{Global, InPortal},
        your_password::PasswordProblem,
    },
    web::{
        error::PageError,
        form::{Form, Posted},
        page::{FieldProblem, Page, Screen},
        portal_nav::Section,
        recent_proof,
        visit::{FormOf, show},
    },
};

/// The page.
#[derive(Template)]
#[template(path = "portal/users/new.html")]
pub struct NewUserPage {
    /// The shell.
    pub page: Page,
    /// As they were typed.
    pub fields: UserFields,
    /// What the fields say besides.
    pub around: AroundFields,
    /// The company's domains: a user ID ends in one of them.
    pub domains: Vec<String>,
    /// Why it was refused.
    pub refused: Vec<Refusal>,
}

impl NewUserPage {
    fn domains(&self) -> String {
        self.domains.join(", ")
    }
}

impl Screen for NewUserPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("new-user-title")
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let problem = |refusal| fields::problem(&self.page, &self.fields, &self.domains, refusal);
        self.refused.iter().filter_map(problem).collect()
    }
}

/// What is sent, by the form and by the review.
#[derive(Deserialize)]
pub struct NewUserForm {
    #[serde(default)]
    user_id: String,
    #[serde(default)]
    display_name: String,
    role: Option<String>,
    #[serde(default)]
    alternate_email_address: String,
    #[serde(default)]
    mobile_phone: String,
    /// Sent by the review.
    reviewed: Option<String>,
    /// The review's other button.
    back: Option<String>,
    #[serde(default)]
    your_password: Zeroizing<String>,
}

impl Form for NewUserForm {
    const OF: FormOf = FormOf::Account;
}

/// Shows the form.
pub async fn get(State(app): State<App>, Global { by, door }: Global) -> Result<Response, PageError> {
    // The least that there is: nobody becomes an administrator by an oversight.
    let fields = UserFields { role: Role::User.to_string(), ..UserFields::default() };
    form(&app, &by, &door, StatusCode::OK, fields, Vec::new()).await
}

async fn form(
    app: &App,
    by: &GlobalAdministrator,
    door: &InPortal,
    status: StatusCode,
    fields: UserFields,
    refused: Vec<Refusal>,
) -> Result<Response, PageError> {
    let company = users::company_of(&app.pool, by).await?;
    let page = NewUserPage {
        page: door.page(app, Section::Users).await?,
        fields,
        around: AroundFields { region: company.default_region, stored: None },
        domains: company.domains,
        refused,
    };
    show(status, &page)
}

/// Takes the form and the review.
pub async fn post(
    State(app): State<App>,
    Global { by, door }: Global,
    Posted(typed): Posted<NewUserForm>,
) -> Result<Response, PageError> {
    let fields = UserFields {
        user_id: typed.user_id,
        display_name: typed.display_name,
        role: typed.role.unwrap_or_else(|| Role::User.to_string()),
        alternate_email_address: typed.alternate_email_address,
        mobile_phone: typed.mobile_phone,
    };
    if typed.back.is_some() {
        return form(&app, &by, &door, StatusCode::OK, fields, Vec::new()).await;
    }
    let addresses = fields.addresses();
    let phone = fields.mobile_phone.trim();
    let new = NewUser {
        user_id: &fields.user_id,
        display_name: &fields.display_name,
        role: fields.role.parse().map_err(|_| PageError::BadRequest)?,
        alternate_emails: &addresses,
        mobile_phone: (!phone.is_empty()).then_some(phone),
    };
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let will_be = match users::preview_create(&app.pool, &by, &new).await {
        Ok(preview) => preview,
        Err(not_done) => {
            let first = door.refused(&app, not_done).await?;
            let refused = every_refusal(&app, &by, &new, first).await;
            return form(&app, &by, &door, unprocessable, fields, refused).await;
        }
    };
    if typed.reviewed.is_none() {
        return review(&app, &door, fields, &will_be, None).await;
    }
    let proof = recent_proof::prove(&app, &door.visit, &door.someone, &typed.your_password).await?;
    if let Some(problem) = PasswordProblem::of(proof) {
        return review(&app, &door, fields, &will_be, Some(problem)).await;
    }
    let key = app.keys.current();
    let access = if contact(&will_be).is_some() { FirstAccess::LinkSent(key) } else { FirstAccess::None };
    match users::create(&app.pool, &by, &new, access, Some(key)).await {
        Ok(created) => {
            app.outbox.wake();
            Ok(to_user(created.user.id, if created.waits.is_some() { "created-waits" } else { "created" }))
        }
        Err(not_done) => {
            let refused = vec![door.refused(&app, not_done).await?];
            form(&app, &by, &door, unprocessable, fields, refused).await
        }
    }
}

/// What is wrong with each field by itself, so that all can be put right at once.
async fn every_refusal(
    app: &App,
    by: &GlobalAdministrator,
    new: &NewUser<'_>,
    first: Refusal,
) -> Vec<Refusal> {
    // Each with the other fields as nobody could refuse them, and the user ID as it was typed: some rules need it.
    let plain = NewUser { display_name: "x", alternate_emails: &[], mobile_phone: None, ..*new };
    let alone = [
        plain,
        NewUser { display_name: new.display_name, ..plain },
        NewUser { alternate_emails: new.alternate_emails, ..plain },
        NewUser { mobile_phone: new.mobile_phone, ..plain },
    ];
    let mut all = Vec::new();
    for field in &alone {
        if let Err(NotDone::Refused(refusal)) = users::preview_create(&app.pool, by, field).await
            && !all.contains(&refusal)
        {
            all.push(refusal);
        }
    }
    if all.is_empty() { vec![first] } else { all }
}

/// Where the link to set a password goes.
fn contact(will_be: &Preview) -> Option<String> {
    will_be.emails.first().cloned().or_else(|| will_be.phone.as_ref().map(|phone| phone.e164().to_owned()))
}

async fn review(
    app: &App,
    door: &InPortal,
    fields: UserFields,
    will_be: &Preview,
    password: Option<PasswordProblem>,
) -> Result<Response, PageError> {
    let status = if password.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let one = |key, text: &str| fields::Line { key, before: Vec::new(), after: vec![text.trim().to_owned()] };
    let phone = will_be.phone.as_ref().map(|phone| phone.e164().to_owned());
    let lines = vec![
        one(fields::USER_ID, &fields.user_id),
        one(fields::DISPLAY_NAME, &fields.display_name),
        one(fields::ROLE, &fields.role),
        fields::Line { key: fields::ALTERNATE_EMAIL, before: Vec::new(), after: will_be.emails.clone() },
        fields::Line {
            key: fields::MOBILE_PHONE,
            before: Vec::new(),
            after: phone.iter().cloned().collect(),
        },
    ];
    let mut effects = vec![contact(will_be).map_or(Effect::NoLink, Effect::LinkSentTo)];
    let asked = will_be.emails.first().cloned().into_iter().chain(phone).collect();
    effects.extend(of_new_contacts(asked, &will_be.company));
    let waits = fields.role == Role::GlobalAdministrator.as_str()
        && will_be.company.global_administrator_changes != Rule::AtOnce.as_str();
    if waits {
        effects.push(Effect::RoleWaits);
    }
    if !waits && fields.role.parse().is_ok_and(Role::opens_portal) {
        effects.push(Effect::OpensPortal);
    }
    let page = ReviewPage {
        page: door.page(app, Section::Users).await?,
        id: None,
        display_name: fields.display_name.clone(),
        lines,
        effects,
        carried: Carried { version: 0, fields: fields.clone(), was: fields },
        asks_password: !recent_proof::is_recent(&door.someone).await?,
        password,
    };
    show(status, &page)
}
