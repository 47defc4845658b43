//! Companies: made by an operator, with the domains that decide whose user someone is; their settings.

use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::{Changed, NotDone, Operator, Property, Refusal, details, name, note, truth};
use crate::{
    domain::{address::is_domain, audit::AuditEvent, contact::Region},
    random,
    store::{
        self, Connection, Pool, StoreError,
        audit::{self, Recorded},
        companies::{self, Change, Company},
    },
};

/// A company to be made, as it was typed.
#[derive(Debug)]
pub struct NewCompany<'a> {
    /// Name.
    pub name: &'a str,
    /// Domains of its user IDs.
    pub domains: &'a [String],
    /// Two letters of a country.
    pub default_region: &'a str,
}

/// All companies by name.
pub async fn all(pool: &Pool, _by: &Operator) -> Result<Vec<Company>, StoreError> {
    companies::list(pool, None).await
}

/// The company that owns a domain, in whatever case it was typed.
pub async fn of_domain(pool: &Pool, _by: &Operator, domain: &str) -> Result<Option<Company>, StoreError> {
    let found = companies::list(pool, Some(&domain.trim().to_ascii_lowercase())).await?;
    Ok(found.into_iter().next())
}

/// Makes a company with its domains.
pub async fn create(pool: &Pool, by: &Operator, new: &NewCompany<'_>) -> Result<Company, NotDone> {
    let name = name(new.name)?;
    let region = Region::parse(new.default_region).map_err(|_| Refusal::Region)?.letters();
    let mut domains: Vec<String> = Vec::new();
    for (place, domain) in new.domains.iter().enumerate() {
        let domain = domain.trim().to_ascii_lowercase();
        if !is_domain(&domain) {
            return Err(Refusal::Domain(place).into());
        }
        domains.push(domain);
    }
    let id = random::id();
    let mut tx = store::begin(pool).await?;
    companies::create(&mut tx, id, name, &region).await?;
    for (place, domain) in domains.iter().enumerate() {
        let again = domains[..place].contains(domain);
        if !again && !companies::add_domain(&mut tx, id, domain).await? {
            return Err(Refusal::DomainTaken(place).into());
        }
    }
    let told = json!({ "Name": name, "Domains": domains, "DefaultRegion": region });
    record(&mut tx, by, AuditEvent::CompanyCreated, id, name, told).await?;
    let made = by_id(&mut tx, id, &domains).await?;
    tx.commit().await?;
    Ok(made)
}

/// Changes settings. They act at once, on every node, also on attempts under way: every step reads them.
pub async fn change(
    pool: &Pool,
    by: &Operator,
    company: &Company,
    change: &Change,
) -> Result<Vec<Changed>, NotDone> {
    let checked = Change {
        name: change.name.as_deref().map(name).transpose()?.map(str::to_owned),
        default_region: match &change.default_region {
            Some(typed) => Some(Region::parse(typed).map_err(|_| Refusal::Region)?.letters()),
            None => None,
        },
        sign_in_url: match change.sign_in_url.as_deref() {
            Some("") => Some(String::new()),
            Some(typed) => Some(sign_in_url(typed).ok_or(Refusal::SignInUrl)?),
            None => None,
        },
        self_serve_password_reset_enabled: change.self_serve_password_reset_enabled,
        alternate_email_in_own_domain_allowed: change.alternate_email_in_own_domain_allowed,
        user_id_is_mailbox: change.user_id_is_mailbox,
    };
    let mut tx = store::begin(pool).await?;
    companies::lock(&mut tx, company.id).await?;
    let old = by_id(&mut tx, company.id, &company.domains).await?;
    companies::change(&mut tx, company.id, &checked).await?;
    let new = by_id(&mut tx, company.id, &company.domains).await?;
    let changes = difference(&old, &new);
    if changes.is_empty() {
        return Ok(changes);
    }
    record(&mut tx, by, AuditEvent::CompanyChanged, company.id, &new.name, details(&changes)).await?;
    tx.commit().await?;
    Ok(changes)
}

fn difference(old: &Company, new: &Company) -> Vec<Changed> {
    let mut changes = Vec::new();
    note(&mut changes, Property::Name, &old.name, &new.name);
    note(&mut changes, Property::DefaultRegion, &old.default_region, &new.default_region);
    for (property, old, new) in [
        (
            Property::SelfServePasswordResetEnabled,
            old.self_serve_password_reset_enabled,
            new.self_serve_password_reset_enabled,
        ),
        (
            Property::AlternateEmailInOwnDomainAllowed,
            old.alternate_email_in_own_domain_allowed,
            new.alternate_email_in_own_domain_allowed,
        ),
        (Property::UserIdIsMailbox, old.user_id_is_mailbox, new.user_id_is_mailbox),
    ] {
        note(&mut changes, property, truth(old), truth(new));
    }
    let url = |company: &Company| company.sign_in_url.clone().unwrap_or_default();
    note(&mut changes, Property::SignInUrl, &url(old), &url(new));
    changes
}

/// A link for people after a reset: https, no password in it.
fn sign_in_url(typed: &str) -> Option<String> {
    let url = Url::parse(typed.trim()).ok()?;
    let safe = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    safe.then(|| url.to_string())
}

async fn by_id(tx: &mut Connection, id: Uuid, domains: &[String]) -> Result<Company, StoreError> {
    let domain = domains.first().map(String::as_str);
    let found = companies::list(tx, domain).await?;
    found.into_iter().find(|company| company.id == id).ok_or(StoreError::RowNotFound)
}

async fn record(
    tx: &mut Connection,
    by: &Operator,
    event: AuditEvent,
    company: Uuid,
    name: &str,
    details: serde_json::Value,
) -> Result<(), StoreError> {
    let recorded = Recorded {
        id: random::id(),
        event,
        company: Some(company),
        user: None,
        subject: name,
        actor: &by.actor(),
        network: None,
        outcome: "done",
        details,
    };
    audit::record(tx, &recorded).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_address_is_https_and_holds_no_password() {
        assert_eq!(
            sign_in_url(" https://portal.contoso.com/ ").as_deref(),
            Some("https://portal.contoso.com/")
        );
        for bad in
            ["portal.contoso.com", "http://contoso.com", "javascript:alert(1)", "https://a:b@contoso.com"]
        {
            assert_eq!(sign_in_url(bad), None, "{bad}");
        }
    }
}
