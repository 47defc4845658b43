//! How a person is reached, as an administrator or operator gives it; who is told of a change; and how it is confirmed.

use time::OffsetDateTime;

use super::{
    ALTERNATE_EMAILS_MAX, WayOut,
    notice::tell_of_change,
    open::{Whom, look, open},
    record,
};
use crate::{
    admin::{By, Manages, NotDone, Oneself, Refusal},
    domain::{
        audit::AuditEvent,
        contact::{AlternateEmail, MobilePhone, Region},
        deed::Deed,
        limits::Budgets,
        message::{ContactChange, Message, SentTo},
        secret::{Key, Purpose},
        user::{Right, UserId},
    },
    random,
    store::{
        self, Connection, Pool, StoreError, budgets,
        companies::{self, Company},
        outbox::{self, Queued},
        users::{self, ConfirmToken, User},
    },
};

/// Mails a day that ask one person to confirm an address: whoever edits to and fro floods nobody.
const CONFIRMATIONS_A_DAY: i32 = 5;

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

/// A change of which people are told.
pub(super) struct Telling<'a> {
    /// As it was; none: the user is new.
    pub old: Option<&'a User>,
    /// As it is.
    pub new: &'a User,
    /// Whose.
    pub company: &'a Company,
    /// What confirming links are derived from; none: nobody is asked to confirm.
    pub key: Option<&'a Key>,
    /// What "This was not me" is derived from; none: the notice says whom to tell.
    pub not_me: Option<&'a Key>,
}

/// Tells every old address, the mailbox and the old number what was changed (of contact data, role or both), of a global administrator
/// every other one, and asks the new ones to confirm. What would confirm the
/// old ones dies.
///
/// A new address gets no "This was not me": nobody knows yet whose it is, and a slip of the finger must not give a stranger the power to
/// block an administrator. It is asked to confirm, and may do nothing.
pub(super) async fn tell(tx: &mut Connection, by: &impl By, t: &Telling<'_>) -> Result<(), StoreError> {
    let no_emails = Vec::new();
    let old_emails = t.old.map_or(&no_emails, |old| &old.alternate_emails);
    let old_phone = t.old.and_then(|old| old.mobile_phone.as_deref());
    let (emails, phone) = (&t.new.alternate_emails, t.new.mobile_phone.as_deref());
    let role = t.old.map(|old| old.role.as_str()).filter(|role| *role != t.new.role);
    let same_contacts = old_emails == emails && old_phone == phone;
    if same_contacts && role.is_none() {
        return Ok(());
    }
    let now = store::now(tx).await?;
    let mut changes = changes(old_emails, emails, old_phone, phone);
    // Of role and contact data in one form there is one mail.
    changes.extend(role.map(|role| ContactChange::of_role(role, &t.new.role)));
    let mailbox =
        (t.old.is_some() && t.company.user_id_is_mailbox).then_some((&t.new.user_id, SentTo::Mailbox));
    let told: Vec<_> = old_emails
        .iter()
        .map(|address| {
            let stays = emails.contains(address);
            (address, if stays { SentTo::AlternateEmail } else { SentTo::FormerAlternateEmail })
        })
        .chain(mailbox)
        .collect();
    let deed = if same_contacts { Deed::RoleChanged } else { Deed::ContactChanged };
    let way_out = match told.len() {
        0 => WayOut::default(),
        _ => WayOut::make(tx, t.not_me, t.new.id, deed).await?,
    };
    for (address, to) in &told {
        let way_out = way_out.to(address, t.old);
        let (user_id, by, not_me_until, to) = (t.new.user_id.clone(), by.author(), way_out.until, *to);
        let message = match role.filter(|_| same_contacts) {
            Some(old) => {
                let (old, new) = (old.to_owned(), t.new.role.clone());
                Message::RoleChanged { user_id, by, old, new, at: now, not_me_until, to }
            }
            None => {
                Message::ContactChanged { user_id, by, changes: changes.clone(), at: now, not_me_until, to }
            }
        };
        queue(tx, t.new, way_out.token, address, &message, None).await?;
    }
    // Over its budget the old number is told nothing more: whoever edits to and fro floods nobody.
    if let Some(number) = old_phone
        && budgets::take_text_of_company(&mut *tx, t.new.company_id, number).await?.is_none()
    {
        let text = if same_contacts {
            Message::NoticeSms { deed, at: now }
        } else {
            Message::ContactChangedSms { at: now }
        };
        queue(tx, t.new, None, number, &text, None).await?;
    }
    if let Some(old) = t.old {
        let told: Vec<String> = told.iter().map(|(address, _)| (*address).clone()).collect();
        tell_of_change(tx, by, old, t.new, changes, &told).await?;
    }
    if old_emails.first() != emails.first() {
        users::kill_confirmations(tx, t.new.id, Purpose::ConfirmEmail).await?;
        if let (Some(key), Some(address)) = (t.key, emails.first()) {
            ask(tx, by, t.new, t.company, key, Purpose::ConfirmEmail, address).await?;
        }
    }
    if old_phone != phone {
        users::kill_confirmations(tx, t.new.id, Purpose::ConfirmMobile).await?;
        if let (Some(key), Some(number)) = (t.key, phone) {
            ask(tx, by, t.new, t.company, key, Purpose::ConfirmMobile, number).await?;
        }
    }
    Ok(())
}

/// What changed, address by address in their order, with masked values.
fn changes(
    old_emails: &[String],
    emails: &[String],
    old_phone: Option<&str>,
    phone: Option<&str>,
) -> Vec<ContactChange> {
    let email = |address: Option<&String>| address.and_then(|address| AlternateEmail::parse(address).ok());
    let number = |number: Option<&str>| number.and_then(|number| MobilePhone::from_stored(number).ok());
    let mut changes: Vec<ContactChange> = (0..old_emails.len().max(emails.len()))
        .filter(|place| old_emails.get(*place) != emails.get(*place))
        .map(|place| {
            let (was, is) = (email(old_emails.get(place)), email(emails.get(place)));
            ContactChange::of_email(was.as_ref(), is.as_ref())
        })
        .collect();
    if old_phone != phone {
        changes.push(ContactChange::of_mobile(number(old_phone).as_ref(), number(phone).as_ref()));
    }
    changes
}

/// Queues the link that confirms an address or number. A time: too often until then; the contact stays unconfirmed.
async fn ask(
    tx: &mut Connection,
    by: &impl By,
    user: &User,
    company: &Company,
    key: &Key,
    purpose: Purpose,
    recipient: &str,
) -> Result<Option<OffsetDateTime>, StoreError> {
    let budget = format!("confirm/{}/{}", purpose.as_str(), user.id);
    if let Some(until) = budgets::take(&mut *tx, &budget, CONFIRMATIONS_A_DAY).await? {
        return Ok(Some(until));
    }
    if purpose == Purpose::ConfirmMobile
        && let Some(until) = budgets::take_text_of_company(&mut *tx, user.company_id, recipient).await?
    {
        return Ok(Some(until));
    }
    let token =
        ConfirmToken { id: random::id(), purpose, user: user.id, nonce: random::bytes(), key_id: key.id() };
    let expires_at = users::make_confirm_token(tx, &token).await?;
    let company = company.name.clone();
    let message = match purpose {
        Purpose::ConfirmMobile => Message::ConfirmMobile { company, expires_at },
        _ => Message::ConfirmEmail {
            user_id: user.user_id.clone(),
            company,
            by: (by.user() != Some(user.id)).then(|| by.author()),
            expires_at,
        },
    };
    queue(tx, user, Some(token.id), recipient, &message, Some(expires_at)).await?;
    Ok(None)
}

/// Which contact a person is asked to confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The address that gets the link.
    AlternateEmail,
    /// The phone.
    MobilePhone,
}

/// Asks a person again to confirm. A text message also takes from the number's own budget.
pub async fn ask_to_confirm(
    pool: &Pool,
    by: &impl Manages,
    whom: impl Into<Whom<'_>>,
    which: Which,
    key: &Key,
    budgets: &Budgets,
) -> Result<User, NotDone> {
    let mut tx = store::begin(pool).await?;
    let user = open(&mut tx, by, whom.into(), Right::ManageUsers).await?;
    ask_again(&mut tx, by, &user, which, key, budgets).await?;
    tx.commit().await?;
    Ok(user)
}

/// The same for oneself, by whoever is signed in.
pub async fn ask_oneself(
    pool: &Pool,
    by: &Oneself,
    which: Which,
    key: &Key,
    budgets: &Budgets,
) -> Result<(), NotDone> {
    let mut tx = store::begin(pool).await?;
    users::lock(&mut tx, by.id()).await?;
    let user = look(&mut tx, by, Whom::Row(by.id())).await?;
    ask_again(&mut tx, by, &user, which, key, budgets).await?;
    tx.commit().await?;
    Ok(())
}

async fn ask_again(
    tx: &mut Connection,
    by: &impl By,
    user: &User,
    which: Which,
    key: &Key,
    budgets: &Budgets,
) -> Result<(), NotDone> {
    let company = companies::by_id(&mut *tx, user.company_id).await?.ok_or(Refusal::NoCompany)?;
    let (channel, purpose) = match which {
        Which::AlternateEmail => ("email", Purpose::ConfirmEmail),
        Which::MobilePhone => ("sms", Purpose::ConfirmMobile),
    };
    let contacts = users::contacts(&mut *tx, user.id).await?;
    let contact = contacts
        .into_iter()
        .find(|contact| contact.channel == channel && contact.position == 0 && contact.confirmed_at.is_none())
        .ok_or(Refusal::NothingToConfirm)?;
    if which == Which::MobilePhone
        && !budgets.allows_texts_to(&contact.value, &companies::calling_codes(&mut *tx, company.id).await?)
    {
        return Err(Refusal::RefusedCountry.into());
    }
    if let Some(until) = ask(tx, by, user, &company, key, purpose, &contact.value).await? {
        return Err(Refusal::TooOften(until).into());
    }
    record(tx, by, AuditEvent::ConfirmationAsked, user, serde_json::json!({ "channel": channel })).await?;
    Ok(())
}

/// Queues a message about a user, in the caller's transaction.
pub(in crate::admin) async fn queue(
    tx: &mut Connection,
    user: &User,
    token: Option<uuid::Uuid>,
    recipient: &str,
    message: &Message,
    deadline: Option<OffsetDateTime>,
) -> Result<uuid::Uuid, StoreError> {
    let id = random::id();
    let (company, person) = (user.company_id, user.id);
    outbox::queue(
        &mut *tx,
        &Queued { id, company, person: Some(person), token, recipient, message, deadline },
    )
    .await?;
    Ok(id)
}
