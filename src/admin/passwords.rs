//! Another's password: a one-time link to the person's own alternate contact, or a temporary password; for one or for many.
//!
//! Must stay true: the role table decides inside the transaction; a link goes to the person's own contact and is shown to nobody;
//! a temporary password is shown once, ends, and has to be changed at sign-in.

mod batch;

pub use batch::{
    BATCH_MAX, Outcome, batch, batch_of_operator, latest, result, send_link_once, tell_left_over,
};

use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    By, NotDone, Operator, Refusal, Resets,
    pending::{self, Ask, Waits, Wanted},
    users::{self as people, Whom, make_link, open, queue, record, tell_of_reset, tell_person},
};
use crate::{
    app::PRODUCT,
    directory::hashing::{Hashing, PasswordHash},
    domain::{
        audit::AuditEvent,
        deed::Deed,
        limits::Budgets,
        message::{How, Message},
        password::{CommonList, NewPassword, PasswordContext, PasswordPolicy, generated},
        second_pair::Terms,
        secret::Key,
        user::{Right, UserId},
    },
    random,
    store::{
        self, Connection, Pool, budgets,
        companies::{self, Company},
        contact_requests, pending_changes,
        users::{self, TemporaryPassword, User},
    },
};

/// How long a temporary password signs in.
pub const TEMPORARY_HOURS: i32 = 24;

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
pub(super) async fn send_link_in(
    tx: &mut Connection,
    by: &impl By,
    key: &Key,
    user: &User,
) -> Result<LinkSent, NotDone> {
    send(tx, by, key, user.clone(), None).await
}

/// The same for someone whom the caller's transaction has opened.
pub(super) async fn send_in(
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
async fn send_quietly(
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

/// What a password that someone else makes is checked against and hashed with.
pub struct Rules<'a> {
    /// The threads that hash.
    pub hashing: &'a Hashing,
    /// The service's floor.
    pub policy: PasswordPolicy,
    /// The operator's list of refused passwords.
    pub common: Option<std::sync::Arc<CommonList>>,
    /// What "This was not me" in the notice is derived from; none: it says whom to tell.
    pub not_me: Option<&'a Key>,
}

/// A temporary password, to be shown once.
pub struct Temporary {
    /// Whose.
    pub user: User,
    /// The password.
    pub password: Zeroizing<String>,
    /// Until when it signs in.
    pub good_until: OffsetDateTime,
}

/// Makes a temporary password. Sessions, attempts under way and one-time links of the person end.
pub async fn temporary(
    pool: &Pool,
    by: &impl Resets,
    whom: impl Into<Whom<'_>>,
    rules: &Rules<'_>,
) -> Result<Temporary, NotDone> {
    make_temporary(pool, by, whom.into(), rules, None).await
}

/// The same for a form, bound to the password that the person had when the form was shown ([`User::password_changed_at`]): of two
/// submits one makes a password, and the other kills none that was shown. [`Refusal::ChangedMeanwhile`]: it is another by now.
pub async fn temporary_once(
    pool: &Pool,
    by: &impl Resets,
    whom: impl Into<Whom<'_>>,
    rules: &Rules<'_>,
    beside: Option<OffsetDateTime>,
) -> Result<Temporary, NotDone> {
    make_temporary(pool, by, whom.into(), rules, Some(Beside(beside))).await
}

/// When the password was set that a form was shown beside; none: there was none.
#[derive(Debug, Clone, Copy)]
struct Beside(Option<OffsetDateTime>);

impl Beside {
    fn is_gone(self, user: &User) -> bool {
        self.0 != user.password_changed_at
    }
}

async fn make_temporary(
    pool: &Pool,
    by: &impl Resets,
    whom: Whom<'_>,
    rules: &Rules<'_>,
    beside: Option<Beside>,
) -> Result<Temporary, NotDone> {
    let found = looked_at(pool, by, whom).await?;
    if found.blocked_at.is_some() {
        return Err(Refusal::Blocked.into());
    }
    if beside.is_some_and(|beside| beside.is_gone(&found)) {
        return Err(Refusal::ChangedMeanwhile.into());
    }
    let company = company_of(pool, &found).await?;
    if !company.temporary_passwords_allowed {
        return Err(Refusal::TemporaryPasswordForbidden.into());
    }
    if guarded(&mut *pool.acquire().await?, by, &company, &found).await? != Guarded::No {
        return Err(Refusal::TemporaryPasswordCannotWait.into());
    }
    let policy = rules.policy.raised(company.password_min_length);
    let mut password = Zeroizing::new(generated::written(u128::from_be_bytes(random::bytes())));
    while password.chars().count() < policy.min() {
        password.push('-');
        password.push_str(&generated::written(u128::from_be_bytes(random::bytes())));
    }
    let hash = hashed(&found, &company, password.clone(), rules).await?;
    let good_until = set_in(pool, by, &found, &hash, Shown::Once(beside), rules.not_me).await?;
    Ok(Temporary { user: found, password, good_until })
}

/// Sets a password that an operator chose, if it keeps the rules. It is as temporary as any that someone else made.
pub async fn set(
    pool: &Pool,
    by: &Operator,
    whom: impl Into<Whom<'_>>,
    password: Zeroizing<String>,
    rules: &Rules<'_>,
) -> Result<(User, OffsetDateTime), NotDone> {
    let found = looked_at(pool, by, whom.into()).await?;
    let company = company_of(pool, &found).await?;
    let hash = hashed(&found, &company, password, rules).await?;
    let good_until = set_in(pool, by, &found, &hash, Shown::Known, rules.not_me).await?;
    Ok((found, good_until))
}

/// A look before a password is hashed: whoever may not do it costs no hash.
async fn looked_at(pool: &Pool, by: &impl Resets, whom: Whom<'_>) -> Result<User, NotDone> {
    let mut tx = store::begin(pool).await?;
    open(&mut tx, by, whom, Right::ResetPasswords).await
}

async fn company_of(pool: &Pool, user: &User) -> Result<Company, NotDone> {
    Ok(companies::by_id(pool, user.company_id).await?.ok_or(Refusal::NoCompany)?)
}

async fn hashed(
    user: &User,
    company: &Company,
    password: Zeroizing<String>,
    rules: &Rules<'_>,
) -> Result<PasswordHash, NotDone> {
    let user_id = UserId::parse(&user.user_id).map_err(Refusal::UserId)?;
    let context =
        PasswordContext::new(&user_id, &user.display_name, &company.name, &company.domains, PRODUCT)
            .with_words(&company.password_refused_words);
    let policy = rules.policy.raised(company.password_min_length);
    let checked =
        rules.hashing.check(password.clone(), password, policy, context, rules.common.clone()).await?;
    let checked: NewPassword = checked.map_err(Refusal::Password)?;
    Ok(rules.hashing.hash(checked).await?)
}

/// Who will have seen a password that someone else set.
#[derive(Debug, Clone, Copy)]
enum Shown {
    /// Whoever made it, once.
    Once(Option<Beside>),
    /// The operator who chose it.
    Known,
}

async fn set_in(
    pool: &Pool,
    by: &impl Resets,
    found: &User,
    hash: &PasswordHash,
    shown: Shown,
    not_me: Option<&Key>,
) -> Result<OffsetDateTime, NotDone> {
    let mut tx = store::begin(pool).await?;
    let user = open(&mut tx, by, Whom::Row(found.id), Right::ResetPasswords).await?;
    if user.blocked_at.is_some() {
        return Err(Refusal::Blocked.into());
    }
    let company = companies::by_id(&mut *tx, user.company_id).await?.ok_or(Refusal::NoCompany)?;
    if let Shown::Once(beside) = shown {
        if !company.temporary_passwords_allowed {
            return Err(Refusal::TemporaryPasswordForbidden.into());
        }
        if guarded(&mut tx, by, &company, &user).await? != Guarded::No {
            return Err(Refusal::TemporaryPasswordCannotWait.into());
        }
        // The rows are locked: of two submits at once the second sees what the first did.
        if beside.is_some_and(|beside| beside.is_gone(&user)) {
            return Err(Refusal::ChangedMeanwhile.into());
        }
    }
    let good_until = users::set_temporary_password(
        &mut tx,
        &TemporaryPassword { user: user.id, password_hash: hash.as_str(), hours: TEMPORARY_HOURS },
    )
    .await?;
    // Also to the mailbox, where there is one: nobody's password is made anew without their hearing of it.
    let told = tell_person(&mut tx, &user, &company, Deed::TemporaryPassword, not_me, |copy| {
        let (user_id, by, at) = (user.user_id.clone(), by.author(), copy.at);
        let (not_me_until, to) = (copy.not_me_until, copy.to);
        Message::PasswordResetByAdministrator { user_id, by, at, good_until, not_me_until, to }
    })
    .await?;
    tell_of_reset(&mut tx, by, &user, How::TemporaryPassword, &told).await?;
    contact_requests::close_of(&mut *tx, user.id, &by.actor()).await?;
    let told = json!({ "good_until": good_until.format(&Rfc3339).unwrap_or_default() });
    record(&mut tx, by, AuditEvent::TemporaryPasswordMade, &user, told).await?;
    tx.commit().await?;
    Ok(good_until)
}

/// What the rule for global administrators makes of a reset of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guarded {
    /// Nothing: it acts at once, in either way.
    No,
    /// It waits. There is no temporary password, since nobody could be shown it later.
    Waits(Terms),
    /// A link goes to the person's own contact at once. There is no temporary password: whoever knew it would be a global administrator
    /// as soon as what waits is carried out.
    BecomesGlobal,
}

async fn guarded(
    db: &mut Connection,
    by: &impl By,
    company: &Company,
    user: &User,
) -> Result<Guarded, NotDone> {
    if let Some(terms) = pending::terms_of(db, by, company, user, None).await? {
        return Ok(Guarded::Waits(terms));
    }
    // An operator acts at once, in this too.
    let becomes = by.user().is_some() && pending_changes::waits_for_the_role(db, user.id).await?;
    Ok(if becomes { Guarded::BecomesGlobal } else { Guarded::No })
}

/// What the rule makes of a reset of this person: for the page that offers it.
pub async fn guard(pool: &Pool, by: &impl Resets, user: &User) -> Result<Guarded, NotDone> {
    let mut db = pool.acquire().await?;
    let company = companies::by_id(&mut *db, user.company_id).await?.ok_or(Refusal::NoCompany)?;
    guarded(&mut db, by, &company, user).await
}

/// Whom a viewer may see at all: for pages that ask before they show a form.
pub async fn may_reset_now(
    pool: &Pool,
    by: &impl Resets,
    whom: impl Into<Whom<'_>>,
) -> Result<Option<User>, NotDone> {
    match looked_at(pool, by, whom.into()).await {
        Ok(user) => Ok(Some(user)),
        Err(NotDone::Refused(Refusal::NotAllowed | Refusal::Oneself)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Whom a batch names, for its first page: those whom the witness may see, in the order given.
pub async fn named(pool: &Pool, by: &impl Resets, rows: &[Uuid]) -> Result<Vec<User>, NotDone> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(user) = people::find(pool, by, *row).await? {
            found.push(user);
        }
    }
    Ok(found)
}
