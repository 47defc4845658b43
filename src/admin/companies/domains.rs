//! The domains of a company. An operator's alone: they decide whose user someone is.

use super::record;
use crate::{
    admin::{Changed, NotDone, Operator, Property, Refusal, details},
    domain::{address::is_domain, audit::AuditEvent},
    store::{
        self, Pool,
        companies::{self, Company},
    },
};

/// Gives a company a domain. An operator's alone: it decides whose user someone is.
pub async fn add_domain(
    pool: &Pool,
    by: &Operator,
    company: &Company,
    typed: &str,
) -> Result<Changed, NotDone> {
    let domain = typed.trim().to_ascii_lowercase();
    if !is_domain(&domain) {
        return Err(Refusal::Domain(0).into());
    }
    let mut tx = store::begin(pool).await?;
    companies::lock(&mut tx, company.id).await?;
    if !companies::add_domain(&mut tx, company.id, &domain).await? {
        return Err(Refusal::DomainTaken(0).into());
    }
    let change = Changed { property: Property::Domains, old: String::new(), new: domain };
    let told = details(std::slice::from_ref(&change));
    record(&mut tx, by, AuditEvent::CompanyChanged, company.id, &company.name, told).await?;
    tx.commit().await?;
    Ok(change)
}

/// Takes a domain from a company, while nobody has a user ID in it.
pub async fn remove_domain(
    pool: &Pool,
    by: &Operator,
    company: &Company,
    typed: &str,
) -> Result<Changed, NotDone> {
    let domain = typed.trim().to_ascii_lowercase();
    let mut tx = store::begin(pool).await?;
    companies::lock(&mut tx, company.id).await?;
    if companies::domain_is_used(&mut tx, company.id, &domain).await? {
        return Err(Refusal::DomainInUse.into());
    }
    if !companies::remove_domain(&mut tx, company.id, &domain).await? {
        return Err(Refusal::NoDomain.into());
    }
    let change = Changed { property: Property::Domains, old: domain, new: String::new() };
    let told = details(std::slice::from_ref(&change));
    record(&mut tx, by, AuditEvent::CompanyChanged, company.id, &company.name, told).await?;
    tx.commit().await?;
    Ok(change)
}
