//! A new user, with a one-time link or a first password.

use serde_json::json;
use zeroize::Zeroizing;

use super::{
    OneTimeLink,
    contact::{self, Telling},
    link,
    open::still,
    record,
};
use crate::{
    admin::{
        Manages, NotDone, Refusal, name,
        passwords::TEMPORARY_HOURS,
        pending::{self, Ask, Waits, Wanted},
    },
    app::{PRODUCT, PasswordRules},
    directory::hashing::PasswordHash,
    domain::{
        audit::AuditEvent,
        contact::MobilePhone,
        password::PasswordContext,
        secret::Key,
        user::{Right, Role, UserId},
    },
    random,
    store::{
        self, Connection, Pool,
        companies::{self, Company},
        users::{self, TemporaryPassword, User},
    },
};

/// A user to be made, as it was typed.
#[derive(Debug, Clone, Copy)]
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
    /// By a link of this key, which the caller shows.
    Link(&'a Key),
    /// By a link that goes to the person's own alternate contact.
    LinkSent(&'a Key),
    /// With this password, if it keeps the rules.
    Password(Zeroizing<String>, &'a PasswordRules),
    /// Not yet: someone resets the password later.
    None,
}

/// A user that was made.
#[derive(Debug)]
pub struct Created {
    /// As stored.
    pub user: User,
    /// The link, where one was asked for.
    pub link: Option<OneTimeLink>,
    /// The user has no role yet: the one that was asked for waits.
    pub waits: Option<Waits>,
}

/// Makes a user. `ask`: what the links are derived from that ask the person to confirm the contact data; none: nobody is asked.
pub async fn create(
    pool: &Pool,
    by: &impl Manages,
    new: &NewUser<'_>,
    access: FirstAccess<'_>,
    ask: Option<&Key>,
) -> Result<Created, NotDone> {
    let checked = check(pool, by, new).await?;
    let (mut key, mut sent, mut hash) = (None, None, None);
    match access {
        FirstAccess::None => {}
        FirstAccess::Link(by_hand) => key = Some(by_hand),
        FirstAccess::LinkSent(by_mail) => sent = Some(by_mail),
        FirstAccess::Password(typed, rules) => hash = Some(checked.hash(typed, rules).await?),
    }
    let mut tx = store::begin(pool).await?;
    let mut checked = checked;
    let terms = if checked.role == Role::GlobalAdministrator {
        pending::terms(&mut tx, by, &checked.company, None).await?
    } else {
        None
    };
    if terms.is_some() {
        // A new global administrator could approve what their maker asks for: so they are one only when others had time to say no.
        checked.role = Role::User;
    }
    let mut user = insert(&mut tx, by, &checked, hash.as_ref()).await?;
    // A password that somebody else chose is temporary, as every other such; but for the company's first global administrator, who is
    // the one at the shell, and whom nobody could help when a day is over.
    if let Some(hash) = &hash {
        let global = user.role == Role::GlobalAdministrator.as_str();
        if !global || users::others_can_administer(&mut tx, user.company_id, user.id).await? {
            let (user_row, password_hash) = (user.id, hash.as_str());
            let temporary = TemporaryPassword { user: user_row, password_hash, hours: TEMPORARY_HOURS };
            users::set_temporary_password(&mut tx, &temporary).await?;
            user = users::of_row(&mut *tx, user_row).await?.ok_or(Refusal::NoUser)?;
        }
    }
    let told = Telling { old: None, new: &user, company: &checked.company, key: ask, not_me: None };
    contact::tell(&mut tx, by, &told).await?;
    let link = match key {
        Some(key) => Some(link::make(&mut tx, by, key, &user).await?.0),
        None => None,
    };
    if let Some(key) = sent {
        crate::admin::passwords::send_link_in(&mut tx, by, key, &user).await?;
    }
    let waits = match terms {
        Some(terms) => {
            let wanted = Wanted::user(&User { role: Role::GlobalAdministrator.to_string(), ..user.clone() });
            let asked = Ask { company: &checked.company, target: Some(&user), wanted, terms };
            Some(pending::ask(&mut tx, by, &asked).await?)
        }
        None => None,
    };
    tx.commit().await?;
    Ok(Created { user, link, waits })
}

/// A user that could be made so.
#[derive(Debug)]
pub struct Preview {
    /// The company that owns the domain of the user ID.
    pub company: Company,
    /// Addresses as they would be kept.
    pub emails: Vec<String>,
    /// The number as it would be kept.
    pub phone: Option<MobilePhone>,
}

/// Whether a user could be made so, without doing it: for a summary, a dry run, `-WhatIf`.
pub async fn preview_create(pool: &Pool, by: &impl Manages, new: &NewUser<'_>) -> Result<Preview, NotDone> {
    let checked = check(pool, by, new).await?;
    Ok(Preview { company: checked.company, emails: checked.emails, phone: checked.phone })
}

/// A new user that keeps every rule that needs no transaction.
pub(super) struct Checked<'a> {
    pub(super) company: Company,
    user_id: UserId,
    display_name: &'a str,
    role: Role,
    emails: Vec<String>,
    phone: Option<MobilePhone>,
}

/// Checks what was typed. A user ID of another company's domain is refused like one of nobody's.
pub(super) async fn check<'a>(
    pool: &Pool,
    by: &impl Manages,
    new: &NewUser<'a>,
) -> Result<Checked<'a>, NotDone> {
    let user_id = UserId::parse(new.user_id).map_err(Refusal::UserId)?;
    let owners = companies::list(pool, Some(user_id.domain())).await?;
    let company = owners
        .into_iter()
        .next()
        .filter(|company| by.company().is_none_or(|own| own == company.id))
        .ok_or(Refusal::NoCompany)?;
    let checked = against(company, user_id, new)?;
    if users::named(pool, checked.user_id.normalised()).await?.is_some() {
        // Said before a password is hashed; the insert below is what really keeps a user ID from being given twice.
        return Err(Refusal::UserIdTaken.into());
    }
    Ok(checked)
}

/// The rules that need no database.
pub(super) fn against<'a>(
    company: Company,
    user_id: UserId,
    new: &NewUser<'a>,
) -> Result<Checked<'a>, Refusal> {
    let display_name = name(new.display_name)?;
    let emails = contact::alternate_emails(new.alternate_emails, &user_id, &company)?;
    let phone = new.mobile_phone.map(|typed| contact::mobile_phone(typed, &company)).transpose()?;
    Ok(Checked { company, user_id, display_name, role: new.role, emails, phone })
}

impl Checked<'_> {
    async fn hash(&self, typed: Zeroizing<String>, rules: &PasswordRules) -> Result<PasswordHash, NotDone> {
        let company = &self.company;
        let context =
            PasswordContext::new(&self.user_id, self.display_name, &company.name, &company.domains, PRODUCT)
                .with_words(&company.password_refused_words);
        let policy = rules.policy.raised(company.password_min_length);
        let checked = rules.hashing.check(typed.clone(), typed, policy, context, rules.common.clone());
        let password = checked.await?.map_err(Refusal::Password)?;
        Ok(rules.hashing.hash(password).await?)
    }
}

/// Inserts the user with an audit event, in the caller's transaction.
pub(super) async fn insert(
    tx: &mut Connection,
    by: &impl Manages,
    new: &Checked<'_>,
    hash: Option<&PasswordHash>,
) -> Result<User, NotDone> {
    let id = random::id();
    if let Some(actor) = by.user() {
        users::lock(tx, actor).await?;
    }
    still(tx, by, Right::ManageUsers).await?;
    let row = users::NewUser {
        id,
        company: new.company.id,
        user_id: new.user_id.as_typed(),
        normalised: new.user_id.normalised(),
        display_name: new.display_name,
        role: new.role.as_str(),
        password_hash: hash.map(PasswordHash::as_str),
    };
    if !users::create(&mut *tx, &row).await? {
        return Err(Refusal::UserIdTaken.into());
    }
    users::set_alternate_emails(tx, id, &new.emails).await?;
    users::set_mobile_phone(tx, id, new.phone.as_ref().map(MobilePhone::e164)).await?;
    let user = users::of_row(&mut *tx, id).await?.ok_or(Refusal::NoUser)?;
    let told = json!({
        "DisplayName": user.display_name, "Role": user.role, "AlternateEmailAddresses": user.alternate_emails,
        "MobilePhone": user.mobile_phone, "PasswordSet": user.has_password,
    });
    record(tx, by, AuditEvent::UserCreated, &user, told).await?;
    Ok(user)
}
