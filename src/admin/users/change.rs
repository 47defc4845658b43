//! Changes of a user: name, role, and how the person is reached.

use super::{contact, record};
use crate::{
    admin::{Changed, NotDone, Operator, Property, Refusal, details, name, note},
    domain::{
        audit::AuditEvent,
        contact::MobilePhone,
        user::{Role, UserId},
    },
    store::{
        self, Pool, companies,
        users::{self, User},
    },
};

/// What to change, as it was typed; `None` leaves it.
#[derive(Debug, Default)]
pub struct UserChange<'a> {
    /// Name.
    pub display_name: Option<&'a str>,
    /// Role.
    pub role: Option<Role>,
    /// All addresses in their order; none removes them.
    pub alternate_emails: Option<&'a [String]>,
    /// The number; `Some(None)` removes it.
    pub mobile_phone: Option<Option<&'a str>>,
}

/// What came of it.
#[derive(Debug)]
pub struct UserChanged {
    /// As it is now.
    pub user: User,
    /// What is different.
    pub changes: Vec<Changed>,
}

/// Changes a user. What decides who may reset and where a link or code goes (role, address, phone) ends the person's attempts
/// under way in the same transaction (V-42).
pub async fn change(
    pool: &Pool,
    by: &Operator,
    user_id: &str,
    change: &UserChange<'_>,
) -> Result<UserChanged, NotDone> {
    let user_id = UserId::parse(user_id).map_err(Refusal::UserId)?;
    let mut tx = store::begin(pool).await?;
    let found =
        users::list(&mut *tx, None, Some(user_id.normalised())).await?.pop().ok_or(Refusal::NoUser)?;
    if !users::lock(&mut tx, found.id).await? {
        return Err(Refusal::NoUser.into());
    }
    let old = users::list(&mut *tx, None, Some(user_id.normalised())).await?.pop().ok_or(Refusal::NoUser)?;
    let company = companies::list(&mut *tx, Some(user_id.domain())).await?;
    let company = company.into_iter().find(|company| company.id == old.company_id);
    let company = company.ok_or(Refusal::NoCompany)?;

    let display_name = change.display_name.map(name).transpose()?;
    users::set_basics(&mut tx, old.id, display_name, change.role.map(Role::as_str)).await?;
    if let Some(typed) = change.alternate_emails {
        let addresses = contact::alternate_emails(typed, &user_id, &company)?;
        if addresses != old.alternate_emails {
            users::set_alternate_emails(&mut tx, old.id, &addresses).await?;
        }
    }
    if let Some(typed) = change.mobile_phone {
        let phone = typed.map(|typed| contact::mobile_phone(typed, &company)).transpose()?;
        let number = phone.as_ref().map(MobilePhone::e164);
        if number != old.mobile_phone.as_deref() {
            users::set_mobile_phone(&mut tx, old.id, number).await?;
        }
    }
    let new = users::list(&mut *tx, None, Some(user_id.normalised())).await?.pop().ok_or(Refusal::NoUser)?;
    let changes = difference(&old, &new);
    if changes.is_empty() {
        return Ok(UserChanged { user: old, changes });
    }
    if changes.iter().any(|change| change.property != Property::DisplayName) {
        users::end_attempts(&mut tx, old.id).await?;
    }
    record(&mut tx, by, AuditEvent::UserChanged, &new, details(&changes)).await?;
    tx.commit().await?;
    Ok(UserChanged { user: new, changes })
}

fn difference(old: &User, new: &User) -> Vec<Changed> {
    let mut changes = Vec::new();
    let emails = |user: &User| user.alternate_emails.join(", ");
    let phone = |user: &User| user.mobile_phone.clone().unwrap_or_default();
    note(&mut changes, Property::DisplayName, &old.display_name, &new.display_name);
    note(&mut changes, Property::Role, &old.role, &new.role);
    note(&mut changes, Property::AlternateEmailAddresses, &emails(old), &emails(new));
    note(&mut changes, Property::MobilePhone, &phone(old), &phone(new));
    changes
}
