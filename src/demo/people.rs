//! The companies and people of a demo: one of every role, and one for every reason why someone can't reset.
//!
//! Their first passwords come from the demo's own key, so that every start can print them again and nothing holds them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sqlx::Connection as _;
use zeroize::Zeroizing;

use crate::{
    app::PRODUCT,
    directory::hashing::{Busy, Hashing},
    domain::{
        contact::{MobilePhone, Region},
        password::{PasswordContext, PasswordPolicy},
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

/// The first password of a person, in a demo with this key.
pub fn first_password(key: &Key, user_id: &str) -> String {
    let digest = mac(&*key.derive("demo passwords"), "first password", &[user_id.as_bytes()]);
    URL_SAFE_NO_PAD.encode(&digest[..15])
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
