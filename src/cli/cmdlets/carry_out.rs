//! What a line does: our own verbs, under the old names. `-WhatIf` goes through the same checks and changes nothing.

use super::{
    Line, Meant, NotUnderstood,
    meant::{ListUsers, SetUser},
    passwords, shown,
};
use crate::{
    admin::{
        Changed, NotDone, Property, Refusal, companies, truth,
        users::{self, UserChange},
    },
    cli::{
        Exit, Said,
        company::{OF_COMPANY, changed_as},
        output::Records,
        reach::Reach,
        refusal::{self, Typed},
        terminal,
        user::understood,
    },
    store::{
        companies::{Change, Company},
        users::User,
    },
    visible::visible,
};

/// The names of a user's changes, as the cmdlets have them.
const OF_USER: &[&str] = &["UserPrincipalName", "Property", "Old", "New"];

/// Carries out a line.
pub async fn run(line: Line, reach: &Reach) -> Result<Said, Said> {
    let said = match &line.meant {
        Meant::SetUser(set) => set_user(set, &line, reach).await,
        Meant::GetUser { user_id } => {
            let user = found(user_id, reach).await?;
            return printed(Records::One(shown::user(&user)), &line, reach);
        }
        Meant::ListUsers(wanted) => list(wanted, &line, reach).await,
        Meant::NewUser(new) => passwords::new_user(new, &line, reach).await,
        Meant::CompanyInformation => {
            let company = reach.company().await?;
            printed(Records::One(shown::company(&company)), &line, reach)
        }
        Meant::CompanySettings { enabled } => {
            let change = Change { self_serve_password_reset_enabled: Some(*enabled), ..Change::default() };
            set_company(&reach.company().await?, &change, &line, reach).await
        }
        Meant::SetUserPassword { user_id, password } => {
            passwords::set_password(user_id, password.as_ref(), &line, reach).await
        }
        Meant::RemoveUser { user_id, force } => remove(user_id, *force, &line, reach).await,
        Meant::SetPasswordPolicy { valid, warned, domain } => {
            let company = company(domain.as_deref(), reach).await?;
            let change = Change {
                password_expires_after_days: *valid,
                password_warning_days: *warned,
                ..Change::default()
            };
            set_company(&company, &change, &line, reach).await
        }
        Meant::PasswordPolicy { domain } => {
            let company = company(domain.as_deref(), reach).await?;
            printed(Records::One(shown::password_policy(&company)), &line, reach)
        }
        Meant::Connect => Ok(connect()),
    };
    let mut said = said?;
    if line.what_if && line.meant.changes_something() {
        said.err += "sspr: -WhatIf: nothing was changed\n";
    }
    Ok(said)
}

/// `Connect-MsolService`, which a runbook begins with.
pub fn connect() -> Said {
    let what = "sspr: Connect-MsolService is not needed: the database is named by the configuration, and whoever \
                reaches it may type every command\n";
    Said { out: String::new(), err: what.to_owned(), exit: Exit::Done }
}

/// The user of that ID; else exit code 1.
pub(super) async fn found(user_id: &str, reach: &Reach) -> Result<User, Said> {
    let not_done = not_done(user_id);
    let found = users::find(&reach.pool, &reach.operator, user_id).await.map_err(&not_done)?;
    found.ok_or_else(|| not_done(Refusal::NoUser.into()))
}

async fn company(domain: Option<&str>, reach: &Reach) -> Result<Company, Said> {
    match domain {
        Some(domain) => reach.company_of(domain).await,
        None => reach.company().await,
    }
}

async fn set_company(company: &Company, change: &Change, line: &Line, reach: &Reach) -> Result<Said, Said> {
    let (pool, by, told) = (&reach.pool, &reach.operator, companies::Told::default());
    let changes = if line.what_if {
        companies::preview(pool, by, company.id, change, told).await
    } else {
        companies::change(pool, by, company.id, change, told).await
    };
    let changes = changes.map_err(|not_done| refusal::said(&not_done, Typed::default()))?;
    let domain = company.domains.first().cloned().unwrap_or_default();
    let told = changes.changes.iter().map(|change| {
        let property = match change.property {
            Property::PasswordExpiresAfterDays => "ValidityPeriod",
            Property::PasswordWarningDays => "NotificationDays",
            property => property.as_str(),
        };
        (property, change.old.clone(), change.new.clone())
    });
    Ok(changed_as(OF_COMPANY, &domain, told, reach))
}

async fn set_user(set: &SetUser, line: &Line, reach: &Reach) -> Result<Said, Said> {
    let (list, number) = (set.alternate_emails.as_deref(), set.mobile_phone.as_deref());
    let typed = Typed {
        user_id: &set.user_id,
        list: list.unwrap_or_default(),
        mobile_phone: number.unwrap_or_default(),
    };
    let said = |not_done: NotDone| refusal::said(&not_done, typed);
    let change = UserChange {
        display_name: set.display_name.as_deref(),
        role: None,
        alternate_emails: list,
        mobile_phone: number.map(|number| Some(number).filter(|number| !number.is_empty())),
        version: None,
    };
    let (pool, by, whom) = (&reach.pool, &reach.operator, set.user_id.as_str());
    let done = if line.what_if {
        users::preview(pool, by, whom, &change).await
    } else {
        users::change(pool, by, whom, &change, reach.key().ok().as_ref()).await
    };
    let mut done = done.map_err(said)?;
    let is = done.user.blocked_at.is_some();
    let blocking = set.blocked.filter(|wanted| *wanted != is);
    match blocking.filter(|_| !line.what_if) {
        Some(true) => drop(users::block(pool, by, whom).await.map_err(said)?),
        Some(false) => drop(users::unblock(pool, by, whom).await.map_err(said)?),
        None => {}
    }
    done.changes.extend(blocking.map(|now| Changed {
        property: Property::Blocked,
        old: truth(!now).to_owned(),
        new: truth(now).to_owned(),
    }));
    let told = done.changes.iter().map(|change| match change.property {
        Property::Blocked => ("BlockCredential", change.old.clone(), change.new.clone()),
        Property::AlternateEmailAddresses => {
            (change.property.as_str(), format!("{{{}}}", change.old), format!("{{{}}}", change.new))
        }
        property => (property.as_str(), change.old.clone(), change.new.clone()),
    });
    let mut said = changed_as(OF_USER, &done.user.user_id, told, reach);
    said.err += &understood(&done.user, typed);
    Ok(said)
}

async fn list(wanted: &ListUsers, line: &Line, reach: &Reach) -> Result<Said, Said> {
    let company = company(wanted.domain.as_deref(), reach).await?;
    let all =
        users::all(&reach.pool, &reach.operator, &company).await.map_err(|error| refusal::away(&error))?;
    let found: Vec<&User> = all.iter().filter(|user| is_wanted(user, wanted)).collect();
    let shown = wanted.max.unwrap_or(usize::MAX).min(found.len());
    let records = found[..shown].iter().map(|user| shown::user(user)).collect();
    let mut said = printed(Records::Many(shown::USER, records), line, reach)?;
    if shown < found.len() {
        said.err = format!("sspr: {shown} of {} users are shown; -All shows all\n", found.len());
    }
    Ok(said)
}

/// As the reference page has it: an address or the name *begins* with the text.
fn is_wanted(user: &User, wanted: &ListUsers) -> bool {
    let begins =
        |text: &str| wanted.search.as_deref().is_none_or(|search| text.to_lowercase().starts_with(search));
    let of_domain =
        |domain: &str| user.user_id.rsplit_once('@').is_some_and(|(_, of)| of.eq_ignore_ascii_case(domain));
    (begins(&user.user_id) || begins(&user.display_name) || user.alternate_emails.iter().any(|a| begins(a)))
        && wanted.enabled.is_none_or(|enabled| enabled == user.blocked_at.is_none())
        && wanted.domain.as_deref().is_none_or(of_domain)
}

async fn remove(user_id: &str, force: bool, line: &Line, reach: &Reach) -> Result<Said, Said> {
    let user = found(user_id, reach).await?;
    let name = visible(&user.user_id).into_owned();
    if !line.what_if {
        let question = format!("Remove {name} for good? [y/N] ");
        if !force && !terminal::asks(&question) {
            let what = format!("sspr: {name} was not removed: nobody confirmed it; -Force does not ask\n");
            return Err(Said::refused(Exit::Usage, what));
        }
        users::delete(&reach.pool, &reach.operator, user_id).await.map_err(not_done(user_id))?;
    }
    Ok(Said::done(Records::One(vec![("UserPrincipalName", user.user_id.into())]).render(reach.output)))
}

fn printed(records: Records, line: &Line, reach: &Reach) -> Result<Said, Said> {
    match shown::chosen(records, line) {
        Ok(records) => Ok(Said::done(records.render(reach.output))),
        Err(NotUnderstood::Usage(why) | NotUnderstood::Help(why)) => {
            Err(Said::refused(Exit::Usage, format!("sspr: {why}")))
        }
    }
}

/// What a verb about this user says when it did nothing.
pub(super) fn not_done(user_id: &str) -> impl Fn(NotDone) -> Said {
    move |not_done| refusal::said(&not_done, Typed { user_id, ..Typed::default() })
}
