//! A one-time link to the person's own alternate contact. Their password stays as it is until the link is used.

use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    admin::{
        By, NotDone, Refusal, Resets,
        pending::{self, Ask, Waits, Wanted},
        users::{Whom, make_link, open, queue, record, tell_of_reset},
    },
    domain::{
        audit::AuditEvent,
        limits::Budgets,
        message::{How, Message},
        secret::Key,
        user::Right,
    },
    store::{
        self, Connection, Pool, budgets, companies, contact_requests,
        users::{self, User},
    },
};

/// How a link reached a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// To the first alternate e-mail address.
    Email,
    /// To the phone, for want of an address.
    Sms,
}

/// A link on its way.
#[derive(Debug)]
pub struct LinkSent {
    /// To whom.
    pub user: User,
    /// How.
    pub sent: Sent,
    /// Until when it is good.
    pub good_until: OffsetDateTime,
    /// The message that carries it.
    pub message: Uuid,
}

/// Sends a one-time link to the person's own alternate contact. The password stays as it is until the link is used. A request of
/// theirs is answered with it.
pub async fn send_link(
    pool: &Pool,
    by: &impl Resets,
    key: &Key,
    whom: impl Into<Whom<'_>>,
    budgets: &Budgets,
) -> Result<LinkSent, NotDone> {
    let mut tx = store::begin(pool).await?;
    let user = open(&mut tx, by, whom.into(), Right::ResetPasswords).await?;
    match send(&mut tx, by, key, user, Some(budgets)).await {
        Ok(sent) => {
            tx.commit().await?;
            Ok(sent)
        }
        Err(NotDone::Refused(Refusal::Waits(waits))) => {
            tx.commit().await?;
            Err(Refusal::Waits(waits).into())
        }
        Err(other) => Err(other),
    }
}

/// The same for a user who was just made, in the caller's transaction.
pub(in crate::admin) async fn send_link_in(
    tx: &mut Connection,
    by: &impl By,
    key: &Key,
    user: &User,
) -> Result<LinkSent, NotDone> {
    send(tx, by, key, user.clone(), None).await
}

/// The same for someone whom the caller's transaction has opened.
pub(in crate::admin) async fn send_in(
    tx: &mut Connection,
    by: &impl By,
    key: &Key,
    user: User,
    budgets: &Budgets,
) -> Result<LinkSent, NotDone> {
    send(tx, by, key, user, Some(budgets)).await
}

/// Sends, and tells every other global administrator of a link to an administrator.
async fn send(
    tx: &mut Connection,
    by: &impl By,
    key: &Key,
    user: User,
    budgets: Option<&Budgets>,
) -> Result<LinkSent, NotDone> {
    let (sent, recipient) = send_quietly(tx, by, key, user, budgets).await?;
    tell_of_reset(tx, by, &sent.user, How::LinkSent, &[recipient]).await?;
    Ok(sent)
}

/// Sends. Whoever calls it tells the others: of many links in one mail. Gives also where it went.
pub(super) async fn send_quietly(
    tx: &mut Connection,
    by: &impl By,
    key: &Key,
    user: User,
    budgets: Option<&Budgets>,
) -> Result<(LinkSent, String), NotDone> {
    if user.blocked_at.is_some() {
        return Err(Refusal::Blocked.into());
    }
    let (sent, recipient) = recipient(tx, &user).await?;
    // `budgets` is missing for whoever was just made: there is nobody's password to take yet.
    if budgets.is_some()
        && let Some(waits) = wait(tx, by, &user).await?
    {
        return Err(Refusal::Waits(waits).into());
    }
    if sent == Sent::Sms
        && let Some(budgets) = budgets
        && !budgets.allows_texts_to(&recipient, &companies::calling_codes(&mut *tx, user.company_id).await?)
    {
        return Err(Refusal::RefusedCountry.into());
    }
    if by.user().is_some()
        && let Some(until) = budgets::take(&mut *tx, &format!("link/{}", user.id), LINKS_A_DAY).await?
    {
        return Err(Refusal::TooOften(until).into());
    }
    if sent == Sent::Sms
        && let Some(until) = budgets::take_text_of_company(&mut *tx, user.company_id, &recipient).await?
    {
        return Err(Refusal::TooOften(until).into());
    }
    let (link, token) = make_link(tx, by, key, &user).await?;
    let good_until = link.good_until;
    let message = match sent {
        Sent::Email => Message::SetPasswordLink {
            user_id: user.user_id.clone(),
            by: by.author(),
            expires_at: good_until,
            is_first: !user.has_password,
        },
        Sent::Sms => Message::SetPasswordLinkSms { expires_at: good_until },
    };
    let message = queue(tx, &user, Some(token), &recipient, &message, Some(good_until)).await?;
    contact_requests::close_of(&mut *tx, user.id, &by.actor()).await?;
    let told = json!({ "to": if sent == Sent::Email { "alternate e-mail address" } else { "mobile phone" } });
    record(tx, by, AuditEvent::LinkSent, &user, told).await?;
    Ok((LinkSent { user, sent, good_until, message }, recipient))
}

/// Lets a reset of a global administrator wait, where the company's rule says so. The caller commits.
async fn wait(tx: &mut Connection, by: &impl By, user: &User) -> Result<Option<Waits>, NotDone> {
    let company = companies::by_id(&mut *tx, user.company_id).await?.ok_or(Refusal::NoCompany)?;
    let Some(terms) = pending::terms_of(tx, by, &company, user, None).await? else { return Ok(None) };
    let asked = Ask { company: &company, target: Some(user), wanted: Wanted::Reset, terms };
    Ok(Some(pending::ask(tx, by, &asked).await?))
}

/// Links a day that administrators send to one person: each kills the one before, so that without end nobody would ever get a living one.
const LINKS_A_DAY: i32 = 10;

/// Where a link goes: the first address that serves, else the phone if it does. What the company's rule for unconfirmed contact data
/// keeps from a reset is kept from a link as well, or whoever enters an address could take the account by it. Someone without a password
/// has nothing to take yet.
async fn recipient(tx: &mut Connection, user: &User) -> Result<(Sent, String), NotDone> {
    let contacts = users::contacts(&mut *tx, user.id).await?;
    let found = contacts.iter().find(|contact| contact.serves || !user.has_password);
    let refusal = if contacts.is_empty() { Refusal::NoContact } else { Refusal::ContactWaits };
    let contact = found.ok_or(refusal)?;
    let sent = if contact.channel == "sms" { Sent::Sms } else { Sent::Email };
    Ok((sent, contact.value.clone()))
}
