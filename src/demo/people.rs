//! The companies and people of a demo: one of every role, and one for every reason why someone can't reset.
//!
//! Their first passwords come from the demo's own key, so that every start can print them again and nothing holds them.

use sqlx::Connection as _;
use zeroize::Zeroizing;

use crate::{
    app::PRODUCT,
    directory::hashing::{Busy, Hashing},
    domain::{
        contact::{MobilePhone, Region},
        password::{PasswordContext, PasswordPolicy, generated},
        secret::{Key, mac},
        user::{Role, UserId},
    },
    random,
    store::{StoreError, companies, migrate, users},
};

/// One person of the demo.
pub struct DemoPerson {
    /// User ID.
    pub user_id: &'static str,
    /// Name.
    pub display_name: &'static str,
    /// Role.
    pub role: Role,
    alternate_email: Option<&'static str>,
    mobile_phone: Option<&'static str>,
    blocked: bool,
}

const fn person(
    user_id: &'static str,
    display_name: &'static str,
    role: Role,
    alternate_email: Option<&'static str>,
    mobile_phone: Option<&'static str>,
) -> DemoPerson {
    DemoPerson { user_id, display_name, role, alternate_email, mobile_phone, blocked: false }
}

/// The companies: name and domain.
const COMPANIES: [(&str, &str); 2] = [("Contoso", "contoso.com"), ("Fabrikam", "fabrikam.com")];

/// Everyone.
pub const PEOPLE: [DemoPerson; 11] = [
    person(
        "globaladmin@contoso.com",
        "Global Admin",
        Role::GlobalAdministrator,
        Some("globaladmin@fabrikam.com"),
        Some("425-555-0101"),
    ),
    person(
        "johnsmith@contoso.com",
        "John Smith",
        Role::UserManagementAdministrator,
        Some("johnsmith@fabrikam.com"),
        Some("425-555-0100"),
    ),
    person(
        "passwordadmin@contoso.com",
        "Password Admin",
        Role::PasswordAdministrator,
        Some("passwordadmin@fabrikam.com"),
        Some("425-555-0102"),
    ),
    person(
        "billingadmin@contoso.com",
        "Billing Admin",
        Role::BillingAdministrator,
        Some("billingadmin@fabrikam.com"),
        Some("425-555-0103"),
    ),
    person(
        "serviceadmin@contoso.com",
        "Service Admin",
        Role::ServiceAdministrator,
        Some("serviceadmin@fabrikam.com"),
        Some("425-555-0104"),
    ),
    person("user@contoso.com", "Ordinary User", Role::User, Some("user@fabrikam.com"), Some("425-555-0105")),
    person(
        "noemail@contoso.com",
        "No Alternate E-mail",
        Role::ServiceAdministrator,
        None,
        Some("425-555-0106"),
    ),
    person(
        "nomobile@contoso.com",
        "No Mobile Phone",
        Role::BillingAdministrator,
        Some("nomobile@fabrikam.com"),
        None,
    ),
    DemoPerson {
        user_id: "blocked@contoso.com",
        display_name: "Blocked Admin",
        role: Role::PasswordAdministrator,
        alternate_email: Some("blocked@fabrikam.com"),
        mobile_phone: Some("425-555-0107"),
        blocked: true,
    },
    person(
        "globaladmin@fabrikam.com",
        "Fabrikam Admin",
        Role::GlobalAdministrator,
        Some("fabrikamadmin@contoso.com"),
        Some("425-555-0108"),
    ),
    person("user@fabrikam.com", "Fabrikam User", Role::User, None, None),
];

/// Why the demo has no people.
#[derive(Debug, thiserror::Error)]
pub enum CannotMake {
    /// The database.
    #[error("the database did not take the demo's people: {0}")]
    Store(#[from] StoreError),
    /// The hashing threads.
    #[error("the hashing threads are busy")]
    Busy(#[from] Busy),
    /// A fault of the list above; a test keeps it from happening.
    #[error("the demo's list of people is wrong: {0}")]
    List(String),
}

/// The first password of a person, in a demo with this key: five groups of four letters, such as `kwtp-zrnb-dmqf-hxgc-jsvk`.
///
/// 20 letters of 20 kinds are 86 bits, far more than anyone can try; the remainder of 128 bits is taken, so that no letter
/// is likelier than another by more than 2^-41.
pub fn first_password(key: &Key, user_id: &str) -> String {
    let digest = mac(&*key.derive("demo passwords"), "first password", &[user_id.as_bytes()]);
    generated::written(digest[..16].iter().fold(0u128, |number, byte| number << 8 | u128::from(*byte)))
}

/// Makes the companies and people, once: a database that has the demo's mark already has them, as they are by now.
pub async fn make(owner_url: &str, key: &Key, hashing: &Hashing) -> Result<(), CannotMake> {
    let mut connection =
        sqlx::PgConnection::connect_with(&crate::store::connect::options(owner_url)?).await?;
    let mut hashes = Vec::with_capacity(PEOPLE.len());
    let marked: bool =
        sqlx::query_scalar!("select demo from installation").fetch_one(&mut connection).await?;
    if marked {
        return Ok(connection.close().await?);
    }
    for person in &PEOPLE {
        let password = first_password(key, person.user_id);
        let context = PasswordContext::new(&user_id(person)?, "", "", &[] as &[&str], PRODUCT);
        let checked = hashing
            .check(
                Zeroizing::new(password.clone()),
                Zeroizing::new(password),
                PasswordPolicy::default(),
                context,
                None,
            )
            .await?
            .map_err(|problems| CannotMake::List(format!("{problems:?}")))?;
        hashes.push(hashing.hash(checked).await?);
    }
    sqlx::raw_sql("begin").execute(&mut connection).await?;
    let mut owners = Vec::new();
    for (name, domain) in COMPANIES {
        let id = random::id();
        companies::create(&mut connection, id, name, "US").await?;
        companies::add_domain(&mut connection, id, domain).await?;
        owners.push((domain, id));
    }
    for (person, hash) in PEOPLE.iter().zip(&hashes) {
        let user_id = user_id(person)?;
        let company = owners.iter().find(|(domain, _)| *domain == user_id.domain()).map(|(_, id)| *id);
        let company = company.ok_or_else(|| CannotMake::List(person.user_id.to_owned()))?;
        let id = random::id();
        let new = users::NewUser {
            id,
            company,
            user_id: user_id.as_typed(),
            normalised: user_id.normalised(),
            display_name: person.display_name,
            role: person.role.as_str(),
            password_hash: Some(hash.as_str()),
        };
        users::create(&mut connection, &new).await?;
        if let Some(address) = person.alternate_email {
            users::set_alternate_emails(&mut connection, id, &[address.to_owned()]).await?;
        }
        if let Some(number) = person.mobile_phone {
            let region = Region::parse("US").map_err(|_| CannotMake::List("region".to_owned()))?;
            let phone = MobilePhone::parse(number, region)
                .map_err(|_| CannotMake::List(person.user_id.to_owned()))?;
            users::set_mobile_phone(&mut connection, id, Some(phone.e164())).await?;
        }
        if person.blocked {
            users::set_blocked(&mut connection, id, true).await?;
        }
    }
    migrate::mark_as_demo(&mut connection).await?;
    sqlx::raw_sql("commit").execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

fn user_id(person: &DemoPerson) -> Result<UserId, CannotMake> {
    UserId::parse(person.user_id).map_err(|_| CannotMake::List(person.user_id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::password::generated::{GROUP, GROUPS, LETTERS};

    #[test]
    fn a_first_password_is_easy_to_type_and_kept_by_every_rule_for_everyone_and_any_key() {
        let mut seen = std::collections::BTreeSet::new();
        for n in 0..40u8 {
            let key = Key::new(vec![n; 32]).unwrap();
            for person in &PEOPLE {
                let password = first_password(&key, person.user_id);
                assert_eq!(password, first_password(&key, person.user_id));
                let groups: Vec<&str> = password.split('-').collect();
                assert_eq!(groups.len(), GROUPS, "{password}");
                for group in groups {
                    assert_eq!(group.len(), GROUP, "{password}");
                    assert!(group.bytes().all(|letter| LETTERS.contains(&letter)), "{password}");
                }
                let name = COMPANIES.iter().find(|(_, domain)| person.user_id.ends_with(domain)).unwrap();
                let user_id = user_id(person).unwrap();
                let context = PasswordContext::new(&user_id, person.display_name, name.0, &[name.1], PRODUCT);
                let checked = PasswordPolicy::default().check(&password, &password, &context, None);
                assert!(checked.is_ok(), "{password}: {checked:?}");
                assert!(seen.insert(password));
            }
        }
    }

    #[test]
    fn every_letter_is_as_likely_at_every_place() {
        let mut counts = [[0u32; LETTERS.len()]; GROUPS * GROUP];
        let key = Key::new(vec![7; 32]).unwrap();
        for n in 0..2_000 {
            let letters = first_password(&key, &n.to_string()).replace('-', "");
            for (place, letter) in letters.bytes().enumerate() {
                counts[place][LETTERS.iter().position(|known| *known == letter).unwrap()] += 1;
            }
        }
        // Chi-square with 19 degrees of freedom: 50.8 is one in 10,000.
        for place in counts {
            let chi: f64 = place.iter().map(|n| (f64::from(*n) - 100.0).powi(2) / 100.0).sum();
            assert!(chi < 50.8, "{chi}");
        }
    }
}
