//! Companies: made by an operator, with the domains that decide whose user someone is; their settings.

mod domains;
mod rules;
mod settings;

pub use domains::{add_domain, remove_domain};
pub use rules::{EXPIRY_DAYS, UNCONFIRMED_CONTACT, WARNING_DAYS};
pub(super) use settings::change_of;
pub use settings::{SettingsChanged, Told, change, preview};

use serde_json::json;
use uuid::Uuid;

use super::{Administrator, By, GlobalAdministrator, NotDone, Operator, Refusal, name};
use crate::{
    domain::{
        address::is_domain,
        audit::AuditEvent,
        contact::Region,
        limits::{Budgets, Network},
    },
    random,
    store::{
        self, Connection, Pool, StoreError,
        audit::{self, Recorded},
        companies::{self, Company, Consequence},
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
    let made = companies::by_id(&mut *tx, id).await?.ok_or(Refusal::NoCompany)?;
    tx.commit().await?;
    Ok(made)
}

/// The witness's own company.
pub async fn own(pool: &Pool, by: &Administrator) -> Result<Company, StoreError> {
    companies::by_id(pool, by.company_id()).await?.ok_or(StoreError::RowNotFound)
}

/// What switching self-service, or an expiry of that many days, would do, in numbers, before it is done.
pub async fn consequence(
    pool: &Pool,
    by: &GlobalAdministrator,
    budgets: &Budgets,
    expires_after_days: Option<i32>,
) -> Result<Consequence, StoreError> {
    companies::consequence(pool, by.company_id(), budgets, expires_after_days).await
}

/// An audit event about a company, in the transaction of what it tells of.
pub(super) async fn record(
    tx: &mut Connection,
    by: &impl By,
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
        network: by.network().map(Network::as_str),
        outcome: "done",
        details,
    };
    audit::record(tx, &recorded).await
}
