//! Who hears of a deed: its person at every contact, with "This was not me" where the address is theirs for certain, and every other
//! global administrator where it concerns one who could open the company's doors.
//!
//! Must stay true: queued in the transaction of the deed; nobody gets two messages about one deed at one address; who did it is told
//! nothing as one of the others.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{WayOut, contact::queue};
use crate::{
    admin::By,
    domain::{
        deed::Deed,
        message::{ContactChange, How, Message, SentTo},
        secret::Key,
        user::Role,
    },
    random,
    store::{
        self, Connection, StoreError, budgets,
        companies::Company,
        outbox::{self, Queued},
        users::{self, User},
    },
};

/// One mail of a notice.
pub(in crate::admin) struct Copy {
    /// When the deed is.
    pub(in crate::admin) at: OffsetDateTime,
    /// Until when "This was not me" in it works; none: it has none.
    pub(in crate::admin) not_me_until: Option<OffsetDateTime>,
    /// To which contact it goes.
    pub(in crate::admin) to: SentTo,
}

/// Tells the person: the mailbox where the company has one, every alternate address, and the phone while it has texts left. Gives the
/// addresses.
pub(in crate::admin) async fn tell_person(
    tx: &mut Connection,
    user: &User,
    company: &Company,
    deed: Deed,
    key: Option<&Key>,
    mail: impl Fn(Copy) -> Message,
) -> Result<Vec<String>, StoreError> {
    let at = store::now(tx).await?;
    let mailbox = company.user_id_is_mailbox.then_some((&user.user_id, SentTo::Mailbox));
    let others = user.alternate_emails.iter().map(|address| (address, SentTo::AlternateEmail));
    let told: Vec<_> = mailbox.into_iter().chain(others).collect();
    let way_out =
        if told.is_empty() { WayOut::default() } else { WayOut::make(tx, key, user.id, deed).await? };
    for (address, to) in &told {
        let way_out = way_out.to(address, Some(user));
        let message = mail(Copy { at, not_me_until: way_out.until, to: *to });
        queue(tx, user, way_out.token, address, &message, None).await?;
    }
    if let Some(number) = &user.mobile_phone
        && budgets::take_text_of_company(&mut *tx, user.company_id, number).await?.is_none()
    {
        queue(tx, user, None, number, &Message::NoticeSms { deed, at }, None).await?;
    }
    Ok(told.into_iter().map(|(address, _)| address.clone()).collect())
}

/// Tells every other global administrator that an administrator's password was, or can now be, set anew. Of someone without a role, or
/// without a password so far, there is nothing to tell. `told`: the addresses at which the person heard of it.
pub(in crate::admin) async fn tell_of_reset(
    tx: &mut Connection,
    by: &impl By,
    user: &User,
    how: How,
    told: &[String],
) -> Result<(), StoreError> {
    if user.role == Role::User.as_str() || !user.has_password {
        return Ok(());
    }
    let message = Message::AdministratorWasReset {
        user: user.id,
        user_id: user.user_id.clone(),
        display_name: user.display_name.clone(),
        at: store::now(tx).await?,
        browser: String::new(),
        how,
        by: Some(by.author()),
    };
    tell_administrators(tx, user.company_id, Some(user.id), by.user(), told, &message).await
}

/// Tells every other global administrator that contact data or role of one of them changed.
pub(super) async fn tell_of_change(
    tx: &mut Connection,
    by: &impl By,
    old: &User,
    new: &User,
    changes: Vec<ContactChange>,
    told: &[String],
) -> Result<(), StoreError> {
    let global = Role::GlobalAdministrator.as_str();
    if changes.is_empty() || old.role != global && new.role != global {
        return Ok(());
    }
    let message = Message::AdministratorChanged {
        user: new.id,
        user_id: new.user_id.clone(),
        display_name: new.display_name.clone(),
        by: by.author(),
        changes,
        at: store::now(tx).await?,
    };
    tell_administrators(tx, new.company_id, Some(new.id), by.user(), told, &message).await
}

/// Tells every other global administrator that one of them was shut out, or let in again; of a block also its person at every address: it
/// may be the beginning of something that they could refuse. `told`: the addresses at which the person heard of it.
pub(super) async fn tell_of_sign_in(
    tx: &mut Connection,
    by: &impl By,
    user: &User,
    company: &Company,
    blocked: bool,
    mut told: Vec<String>,
) -> Result<(), StoreError> {
    if user.role != Role::GlobalAdministrator.as_str() {
        return Ok(());
    }
    let message = Message::AdministratorChanged {
        user: user.id,
        user_id: user.user_id.clone(),
        display_name: user.display_name.clone(),
        by: by.author(),
        changes: vec![ContactChange::of_sign_in(blocked)],
        at: store::now(tx).await?,
    };
    if blocked {
        let mailbox = company.user_id_is_mailbox.then_some(&user.user_id);
        for address in mailbox.into_iter().chain(&user.alternate_emails) {
            queue(tx, user, None, address, &message, None).await?;
            told.push(address.clone());
        }
    }
    tell_administrators(tx, user.company_id, Some(user.id), by.user(), &told, &message).await
}

/// Queues one mail to each of the others.
pub(in crate::admin) async fn tell_administrators(
    tx: &mut Connection,
    company: Uuid,
    about: Option<Uuid>,
    doer: Option<Uuid>,
    told: &[String],
    message: &Message,
) -> Result<(), StoreError> {
    for other in users::administrators_to_tell(tx, company, about, doer, told).await? {
        let queued = Queued {
            id: random::id(),
            company,
            person: Some(other.id),
            token: None,
            recipient: &other.recipient,
            message,
            deadline: None,
        };
        outbox::queue(&mut *tx, &queued).await?;
    }
    Ok(())
}
