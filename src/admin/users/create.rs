//! A new user, with a one-time link or a first password.

use serde_json::json;
use zeroize::Zeroizing;

use super::{OneTimeLink, contact, find, link, record};
use crate::{
    admin::{NotDone, Operator, Refusal, name},
    app::{PRODUCT, PasswordRules},
    directory::hashing::PasswordHash,
    domain::{
        audit::AuditEvent,
        contact::MobilePhone,
        password::PasswordContext,
        secret::Key,
        user::{Role, UserId},
    },
    random,
    store::{
        self, Pool, companies,
        users::{self, User},
    },
};

/// A user to be made, as it was typed.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// User ID: its domain decides the company.
    pub user_id: &'a str,
    /// Name.
    pub display_name: &'a str,
    /// What the person may do.
    pub role: Role,
    /// In their order; the first is used.
    pub alternate_emails: &'a [String],
    /// As people of the company write it.
    pub mobile_phone: Option<&'a str>,
}

/// How the new user gets in.
pub enum FirstAccess<'a> {
    /// By a link of this key.
    Link(&'a Key),
    /// With this password, if it keeps the rules.
    Password(Zeroizing<String>, &'a PasswordRules),
}

/// A user that was made.
#[derive(Debug)]
pub struct Created {
    /// As stored.
    pub user: User,
    /// The link, where one was asked for.
    pub link: Option<OneTimeLink>,
}

/// Makes a user.
pub async fn create(
    pool: &Pool,
    by: &Operator,
    new: &NewUser<'_>,
    access: FirstAccess<'_>,
) -> Result<Created, NotDone> {
    let user_id = UserId::parse(new.user_id).map_err(Refusal::UserId)?;
    let owners = companies::list(pool, Some(user_id.domain())).await?;
    let company = owners.into_iter().next().ok_or(Refusal::NoCompany)?;
    let display_name = name(new.display_name)?;
    let emails = contact::alternate_emails(new.alternate_emails, &user_id, &company)?;
    let phone = new.mobile_phone.map(|typed| contact::mobile_phone(typed, &company)).transpose()?;
    if find(pool, by, new.user_id).await?.is_some() {
        // Said before a password is hashed; the insert below is what really keeps a user ID from being given twice.
        return Err(Refusal::UserIdTaken.into());
    }
    let (key, hash) = match access {
        FirstAccess::Link(key) => (Some(key), None),
        FirstAccess::Password(typed, rules) => {
            let context =
                PasswordContext::new(&user_id, display_name, &company.name, &company.domains, PRODUCT);
            let checked =
                rules.hashing.check(typed.clone(), typed, rules.policy, context, rules.common.clone());
            let password = checked.await?.map_err(Refusal::Password)?;
            (None, Some(rules.hashing.hash(password).await?))
        }
    };
    let id = random::id();
    let row = users::NewUser {
        id,
        company: company.id,
        user_id: user_id.as_typed(),
        normalised: user_id.normalised(),
        display_name,
        role: new.role.as_str(),
        password_hash: hash.as_ref().map(PasswordHash::as_str),
    };
    let mut tx = store::begin(pool).await?;
    if !users::create(&mut *tx, &row).await? {
        return Err(Refusal::UserIdTaken.into());
    }
    users::set_alternate_emails(&mut tx, id, &emails).await?;
    users::set_mobile_phone(&mut tx, id, phone.as_ref().map(MobilePhone::e164)).await?;
    let user = users::list(&mut *tx, None, Some(user_id.normalised())).await?.pop().ok_or(Refusal::NoUser)?;
    let told = json!({
        "DisplayName": user.display_name, "Role": user.role, "AlternateEmailAddresses": user.alternate_emails,
        "MobilePhone": user.mobile_phone, "PasswordSet": user.has_password,
    });
    record(&mut tx, by, AuditEvent::UserCreated, &user, told).await?;
    let link = match key {
        Some(key) => Some(link::make(&mut tx, by, key, &user).await?),
        None => None,
    };
    tx.commit().await?;
    Ok(Created { user, link })
}
