//! What a line does: our own verbs, under the old names.

use std::io;

use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::{
    Line, Meant, NotUnderstood,
    meant::{ListUsers, NewUser, SetUser},
    shown,
};
use crate::{
    admin::{
        Changed, NotDone, Property, Refusal, companies, truth,
        users::{self, FirstAccess, UserChange},
    },
    app::PasswordRules,
    cli::{
        Exit, Said,
        company::{OF_COMPANY, changed, changed_as},
        output::Records,
        reach::Reach,
        refusal::{self, Typed},
        user::{link_shown, password_line, understood},
    },
    domain::user::Role,
    store::{companies::Change, users::User},
};

/// Whose changes these are, under the cmdlets' name.
const OF_USER: &[&str] = &["UserPrincipalName", "Property", "Old", "New"];

/// What is said to a password on the command line.
const SEEN: &str = "sspr: warning: a password on a command line can be read in the list of processes and in the shell's history; \
                    better: `-Password -` reads it from standard input\n";

/// Carries out a line.
pub async fn run(line: Line, reach: &Reach) -> Result<Said, Said> {
    if line.what_if && line.meant.changes_something() {
        let what = "sspr: -WhatIf is not understood for this cmdlet; nothing was changed\n";
        return Err(Said::refused(Exit::Usage, what.to_owned()));
    }
    match &line.meant {
        Meant::SetUser(set) => set_user(set, reach).await,
        Meant::GetUser { user_id } => {
            let not_done = not_done(user_id);
            let found = users::find(&reach.pool, &reach.operator, user_id).await.map_err(&not_done)?;
            let user = found.ok_or_else(|| not_done(Refusal::NoUser.into()))?;
            printed(Records::One(shown::user(&user)), &line, reach)
        }
        Meant::ListUsers(wanted) => list(wanted, &line, reach).await,
        Meant::NewUser(new) => new_user(new, reach).await,
        Meant::CompanyInformation => {
            let company = reach.company().await?;
            printed(Records::One(shown::company(&company)), &line, reach)
        }
        Meant::CompanySettings { enabled } => {
            let company = reach.company().await?;
            let change = Change { self_serve_password_reset_enabled: Some(*enabled), ..Change::default() };
            let changes = companies::change(&reach.pool, &reach.operator, &company, &change)
                .await
                .map_err(|not_done| refusal::said(&not_done, Typed::default()))?;
            let domain = company.domains.first().cloned().unwrap_or_default();
            Ok(changed(OF_COMPANY, &domain, &changes, reach))
        }
        Meant::Connect => Ok(connect()),
    }
}

/// `Connect-MsolService`, which a runbook begins with.
pub fn connect() -> Said {
    let what = "sspr: Connect-MsolService is not needed: the database is named by the configuration, and whoever \
                reaches it may type every command\n";
    Said { out: String::new(), err: what.to_owned(), exit: Exit::Done }
}

async fn set_user(set: &SetUser, reach: &Reach) -> Result<Said, Said> {
    let list = set.alternate_emails.as_deref();
    let number = set.mobile_phone.as_deref();
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
    };
    let (pool, by) = (&reach.pool, &reach.operator);
    let mut done = users::change(pool, by, &set.user_id, &change).await.map_err(said)?;
    let blocked = |old: bool| Changed {
        property: Property::Blocked,
        old: truth(old).to_owned(),
        new: truth(!old).to_owned(),
    };
    match set.blocked {
        Some(true) => {
            let (_, now) = users::block(pool, by, &set.user_id).await.map_err(said)?;
            done.changes.extend(now.then(|| blocked(false)));
        }
        Some(false) => {
            let (_, lifted) = users::unblock(pool, by, &set.user_id).await.map_err(said)?;
            done.changes.extend(lifted.map(|_| blocked(true)));
        }
        None => {}
    }
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
    let company = match &wanted.domain {
        None => reach.company().await?,
        Some(domain) => reach.company_of(domain).await?,
    };
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

async fn new_user(new: &NewUser, reach: &Reach) -> Result<Said, Said> {
    let typed = Typed {
        user_id: &new.user_id,
        list: &new.alternate_emails,
        mobile_phone: new.mobile_phone.as_deref().unwrap_or_default(),
    };
    let given = users::NewUser {
        user_id: &new.user_id,
        display_name: &new.display_name,
        role: Role::User,
        alternate_emails: &new.alternate_emails,
        mobile_phone: new.mobile_phone.as_deref(),
    };
    let (key, rules, origin);
    let mut warning = "";
    let access = if let Some(password) = &new.password {
        let password = match password.expose_secret() {
            "-" => password_line(io::stdin().lock())?,
            typed => {
                warning = SEEN;
                Zeroizing::new(typed.to_owned())
            }
        };
        origin = String::new();
        rules = PasswordRules::build(&reach.config)
            .map_err(|wrong| Said::refused(Exit::Configuration, format!("sspr: {wrong}\n")))?;
        FirstAccess::Password(password, &rules)
    } else {
        (key, origin) = (reach.key()?, reach.public_url()?);
        FirstAccess::Link(&key)
    };
    let made = users::create(&reach.pool, &reach.operator, &given, access).await;
    let made = made.map_err(|not_done| {
        let mut said = refusal::said(&not_done, typed);
        said.err.insert_str(0, warning);
        said
    })?;
    let mut record = shown::user(&made.user);
    record.extend(made.link.iter().flat_map(|link| link_shown(link, &origin)));
    let mut said = Said::done(Records::One(record).render(reach.output));
    said.err = warning.to_owned() + &understood(&made.user, typed);
    Ok(said)
}

fn printed(records: Records, line: &Line, reach: &Reach) -> Result<Said, Said> {
    match shown::chosen(records, line) {
        Ok(records) => Ok(Said::done(records.render(reach.output))),
        Err(NotUnderstood::Usage(why) | NotUnderstood::Help(why)) => {
            Err(Said::refused(Exit::Usage, format!("sspr: {why}")))
        }
    }
}

fn not_done(user_id: &str) -> impl Fn(NotDone) -> Said {
    move |not_done| refusal::said(&not_done, Typed { user_id, ..Typed::default() })
}
