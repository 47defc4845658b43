//! `sspr company …`.

use super::{
    Said,
    arguments::{CompanyCreateArguments, CompanySetArguments, CompanyVerb, Days},
    output::{Record, Records, Value},
    reach::Reach,
    refusal::{self, Typed},
    user::DRY_RUN,
};
use crate::{
    admin::{
        Changed,
        companies::{self, NewCompany, Told},
    },
    store::companies::{Change, Company},
};

/// Carries out a verb.
pub async fn run(verb: CompanyVerb, reach: &Reach) -> Result<Said, Said> {
    match verb {
        CompanyVerb::Create(arguments) => create(&arguments, reach).await,
        CompanyVerb::Show => {
            let company = reach.company().await?;
            Ok(Said::done(Records::One(shown(&company)).render(reach.output)))
        }
        CompanyVerb::List => {
            let all = companies::all(&reach.pool, &reach.operator).await.map_err(|e| refusal::away(&e))?;
            Ok(Said::done(Records::Many(SHOWN, all.iter().map(shown).collect()).render(reach.output)))
        }
        CompanyVerb::AddDomain(argument) => domain(&argument.domain, true, reach).await,
        CompanyVerb::RemoveDomain(argument) => domain(&argument.domain, false, reach).await,
        CompanyVerb::Set(arguments) => set(arguments, reach).await,
    }
}

async fn create(arguments: &CompanyCreateArguments, reach: &Reach) -> Result<Said, Said> {
    let new = NewCompany {
        name: &arguments.name,
        domains: &arguments.domains,
        default_region: &arguments.default_region,
    };
    let typed = Typed { list: &arguments.domains, ..Typed::default() };
    let made = companies::create(&reach.pool, &reach.operator, &new)
        .await
        .map_err(|not_done| refusal::said(&not_done, typed))?;
    Ok(Said::done(Records::One(shown(&made)).render(reach.output)))
}

async fn set(arguments: CompanySetArguments, reach: &Reach) -> Result<Said, Said> {
    let company = reach.company().await?;
    let (dry_run, reason) = (arguments.dry_run, arguments.reason.clone());
    let told = Told { version: None, reason: reason.as_deref() };
    let change = change(arguments);
    let (pool, by) = (&reach.pool, &reach.operator);
    let changes = if dry_run {
        companies::preview(pool, by, company.id, &change, told).await
    } else {
        companies::change(pool, by, company.id, &change, told).await
    };
    let changes = changes.map_err(|not_done| refusal::said(&not_done, Typed::default()))?;
    let mut said = changed(OF_COMPANY, domain_of(&company), &changes.changes, reach);
    if dry_run {
        said.err += DRY_RUN;
    }
    Ok(said)
}

fn change(arguments: CompanySetArguments) -> Change {
    let words = arguments.password_refused_words;
    Change {
        self_serve_password_reset_enabled: arguments.self_serve_password_reset_enabled,
        name: arguments.name,
        default_region: arguments.default_region,
        alternate_email_in_own_domain_allowed: arguments.alternate_email_in_own_domain_allowed,
        user_id_is_mailbox: arguments.user_id_is_mailbox,
        sign_in_url: if arguments.no_sign_in_url { Some(String::new()) } else { arguments.sign_in_url },
        password_expires_after_days: arguments.password_expires_after_days.map(|days| match days {
            Days::After(days) => Some(days),
            Days::Never => None,
        }),
        password_warning_days: arguments.password_warning_days,
        password_min_length: arguments.password_min_length.map(|length| Some(length).filter(|l| *l != 0)),
        password_refused_words: (arguments.no_password_refused_word || !words.is_empty()).then_some(words),
        unconfirmed_contact: arguments.unconfirmed_contact,
        contact_hold_hours: arguments.contact_hold_hours,
        temporary_passwords_allowed: arguments.temporary_passwords_allowed,
        global_administrator_changes: arguments.global_administrator_changes,
        global_administrator_hold_hours: arguments.global_administrator_hold_hours,
    }
}

/// A company gets or loses a domain.
async fn domain(typed: &str, given: bool, reach: &Reach) -> Result<Said, Said> {
    let company = reach.company().await?;
    let (pool, by) = (&reach.pool, &reach.operator);
    let done = if given {
        companies::add_domain(pool, by, &company, typed).await
    } else {
        companies::remove_domain(pool, by, &company, typed).await
    };
    let list = [typed.to_owned()];
    let change = done.map_err(|error| refusal::said(&error, Typed { list: &list, ..Typed::default() }))?;
    Ok(changed(OF_COMPANY, domain_of(&company), &[change], reach))
}

fn domain_of(company: &Company) -> &str {
    company.domains.first().map_or("", String::as_str)
}

/// The names of a company's changes.
pub const OF_COMPANY: &[&str] = &["Company", "Property", "Old", "New"];

/// The changes, one record each; the first of the names says whose they are.
pub fn changed(names: &'static [&'static str], subject: &str, changes: &[Changed], reach: &Reach) -> Said {
    let told =
        changes.iter().map(|change| (change.property.as_str(), change.old.clone(), change.new.clone()));
    changed_as(names, subject, told, reach)
}

/// The same under other names: property, what it was, what it is.
pub fn changed_as(
    names: &'static [&'static str],
    subject: &str,
    changes: impl Iterator<Item = (&'static str, String, String)>,
    reach: &Reach,
) -> Said {
    let whose = names.first().copied().unwrap_or_default();
    let records: Vec<Record> = changes
        .map(|(property, old, new)| {
            vec![
                (whose, subject.into()),
                ("Property", property.into()),
                ("Old", old.into()),
                ("New", new.into()),
            ]
        })
        .collect();
    let nothing = records.is_empty();
    let mut said = Said::done(Records::Many(names, records).render(reach.output));
    if nothing {
        "sspr: nothing changed: it was so already\n".clone_into(&mut said.err);
    }
    said
}

/// The names of [`shown`], as a CSV of none has them.
const SHOWN: &[&str] = &[
    "Name",
    "Domains",
    "DefaultRegion",
    "SelfServePasswordResetEnabled",
    "AlternateEmailInOwnDomainAllowed",
    "UserIdIsMailbox",
    "SignInUrl",
    "PasswordExpiresAfterDays",
    "PasswordWarningDays",
    "PasswordMinLength",
    "PasswordRefusedWords",
    "UnconfirmedContact",
    "ContactHoldHours",
    "TemporaryPasswordsAllowed",
    "GlobalAdministratorChanges",
    "GlobalAdministratorHoldHours",
];

fn shown(company: &Company) -> Record {
    vec![
        ("Name", company.name.as_str().into()),
        ("Domains", company.domains.clone().into()),
        ("DefaultRegion", company.default_region.as_str().into()),
        ("SelfServePasswordResetEnabled", company.self_serve_password_reset_enabled.into()),
        ("AlternateEmailInOwnDomainAllowed", company.alternate_email_in_own_domain_allowed.into()),
        ("UserIdIsMailbox", company.user_id_is_mailbox.into()),
        ("SignInUrl", company.sign_in_url.as_deref().unwrap_or_default().into()),
        ("PasswordExpiresAfterDays", number(company.password_expires_after_days, "never")),
        ("PasswordWarningDays", number(Some(company.password_warning_days), "")),
        ("PasswordMinLength", number(company.password_min_length, "")),
        ("PasswordRefusedWords", company.password_refused_words.clone().into()),
        ("UnconfirmedContact", company.unconfirmed_contact.as_str().into()),
        ("ContactHoldHours", number(Some(company.contact_hold_hours), "")),
        ("TemporaryPasswordsAllowed", company.temporary_passwords_allowed.into()),
        ("GlobalAdministratorChanges", company.global_administrator_changes.as_str().into()),
        ("GlobalAdministratorHoldHours", number(Some(company.global_administrator_hold_hours), "")),
    ]
}

/// A number, or a word for none.
fn number(number: Option<i32>, none: &str) -> Value {
    Value::told(number.map_or_else(|| none.to_owned(), |number| number.to_string()), number)
}
