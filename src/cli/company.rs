//! `sspr company …`.

use super::{
    Said,
    arguments::{CompanyCreateArguments, CompanySetArguments, CompanyVerb},
    output::{Record, Records},
    reach::Reach,
    refusal::{self, Typed},
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
    let change = Change {
        self_serve_password_reset_enabled: arguments.self_serve_password_reset_enabled,
        name: arguments.name,
        default_region: arguments.default_region,
        alternate_email_in_own_domain_allowed: arguments.alternate_email_in_own_domain_allowed,
        user_id_is_mailbox: arguments.user_id_is_mailbox,
        sign_in_url: if arguments.no_sign_in_url { Some(String::new()) } else { arguments.sign_in_url },
        ..Change::default()
    };
    let changes = companies::change(&reach.pool, &reach.operator, company.id, &change, Told::default())
        .await
        .map_err(|not_done| refusal::said(&not_done, Typed::default()))?;
    let domain = company.domains.first().cloned().unwrap_or_default();
    Ok(changed(OF_COMPANY, &domain, &changes, reach))
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
    ]
}
