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
        truth,
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
    Ok(changed("Company", &domain, &changes, reach))
}

/// The changes, one record each, with whose they are.
pub fn changed(whose: &'static str, subject: &str, changes: &[Changed], reach: &Reach) -> Said {
    let records = changes.iter().map(|change| {
        vec![
            (whose, subject.to_owned()),
            ("Property", change.property.as_str().to_owned()),
            ("Old", change.old.clone()),
            ("New", change.new.clone()),
        ]
    });
    let mut said = Said::done(Records::Many(records.collect()).render(reach.output));
    if changes.is_empty() {
        "sspr: nothing changed: it was so already\n".clone_into(&mut said.err);
    }
    said
}

fn shown(company: &Company) -> Record {
    vec![
        ("Name", company.name.clone()),
        ("Domains", company.domains.join(", ")),
        ("DefaultRegion", company.default_region.clone()),
        ("SelfServePasswordResetEnabled", truth(company.self_serve_password_reset_enabled).to_owned()),
        ("AlternateEmailInOwnDomainAllowed", truth(company.alternate_email_in_own_domain_allowed).to_owned()),
        ("UserIdIsMailbox", truth(company.user_id_is_mailbox).to_owned()),
        ("SignInUrl", company.sign_in_url.clone().unwrap_or_default()),
    ]
}
