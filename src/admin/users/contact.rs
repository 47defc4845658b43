//! How a person is reached, as an administrator or operator gives it.

use super::ALTERNATE_EMAILS_MAX;
use crate::{
    admin::Refusal,
    domain::{
        contact::{AlternateEmail, MobilePhone, Region},
        user::UserId,
    },
    store::companies::Company,
};

/// Addresses in the order given, each once, none of them locked out together with its owner.
pub(super) fn alternate_emails(
    typed: &[String],
    user_id: &UserId,
    company: &Company,
) -> Result<Vec<String>, Refusal> {
    if typed.len() > ALTERNATE_EMAILS_MAX {
        return Err(Refusal::TooManyAlternateEmails);
    }
    let mut addresses = Vec::new();
    for (place, text) in typed.iter().enumerate() {
        let email = AlternateEmail::parse(text).map_err(|problem| Refusal::AlternateEmail(place, problem))?;
        let allowed = company.alternate_email_in_own_domain_allowed;
        if let Some(problem) = email.problem_for(user_id, &company.domains, allowed) {
            return Err(Refusal::UnfitAlternateEmail(place, problem));
        }
        let address = email.as_str().to_owned();
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

/// A number, read as people of this company write it.
pub(super) fn mobile_phone(typed: &str, company: &Company) -> Result<MobilePhone, Refusal> {
    let region = Region::parse(&company.default_region).map_err(|_| Refusal::Region)?;
    MobilePhone::parse(typed, region).map_err(Refusal::MobilePhone)
}
