//! What people asked with "Contact your administrator": listed to those who may reset them, answered once.

use serde_json::json;
use uuid::Uuid;

use super::{
    By, NotDone, Refusal, Resets,
    passwords::{self, LinkSent},
    users::{Whom, open, queue, record},
};
use crate::{
    domain::{
        audit::AuditEvent,
        limits::Budgets,
        message::Message,
        secret::Key,
        user::{Right, Role, may_reset},
    },
    store::{
        self, Pool, StoreError,
        contact_requests::{self, Listed},
        users::User,
    },
};

/// Whose requests a witness sees: those of people whom the role may reset.
fn roles(by: &impl By) -> Vec<String> {
    Role::ALL
        .into_iter()
        .filter(|target| by.role().is_none_or(|own| may_reset(own, *target)))
        .map(|role| role.as_str().to_owned())
        .collect()
}

/// Open requests first, the newest first; nobody sees their own. `closed`: also those that were answered.
pub async fn list(
    pool: &Pool,
    by: &impl Resets,
    company: Uuid,
    closed: bool,
    most: i64,
) -> Result<Vec<Listed>, StoreError> {
    let company = by.company().unwrap_or(company);
    contact_requests::list(pool, company, &roles(by), by.user(), closed, most).await
}

/// How many are open, for the navigation.
pub async fn open_count(pool: &Pool, by: &impl Resets, company: Uuid) -> Result<i64, StoreError> {
    contact_requests::count_open(pool, by.company().unwrap_or(company), &roles(by), by.user()).await
}

/// Answers with a one-time link to the person's own contact.
pub async fn reset(
    pool: &Pool,
    by: &impl Resets,
    request: Uuid,
    key: &Key,
    budgets: &Budgets,
) -> Result<LinkSent, NotDone> {
    let user = asked_by(pool, by, request).await?;
    let mut tx = store::begin(pool).await?;
    let user = open(&mut tx, by, Whom::Row(user), Right::ResetPasswords).await?;
    if let Some(who) = contact_requests::closed_by(&mut *tx, request).await? {
        return Err(Refusal::AlreadyAnswered(who).into());
    }
    store::mark(&mut tx).await?;
    close(&mut tx, by, request, &user, "done").await?;
    match passwords::send_in(&mut tx, by, key, user.clone(), budgets).await {
        Ok(sent) => {
            tx.commit().await?;
            Ok(sent)
        }
        // It stays open until the link is on its way, which then answers it.
        Err(NotDone::Refused(Refusal::Waits(_))) => {
            store::back(&mut tx).await?;
            let waiting = passwords::send_in(&mut tx, by, key, user, budgets).await;
            tx.commit().await?;
            waiting
        }
        Err(other) => Err(other),
    }
}

/// Refuses. The person is told at the alternate contact, where there is one.
pub async fn refuse(pool: &Pool, by: &impl Resets, request: Uuid) -> Result<User, NotDone> {
    let user = asked_by(pool, by, request).await?;
    let mut tx = store::begin(pool).await?;
    let user = open(&mut tx, by, Whom::Row(user), Right::ResetPasswords).await?;
    close(&mut tx, by, request, &user, "refused").await?;
    if let Some(address) = user.alternate_emails.first() {
        let at = store::now(&mut tx).await?;
        let message = Message::RequestRefused { user_id: user.user_id.clone(), by: Some(by.author()), at };
        queue(&mut tx, &user, None, address, &message, None).await?;
    }
    record(
        &mut tx,
        by,
        AuditEvent::RequestAnswered,
        &user,
        json!({ "request": request, "answer": "refused" }),
    )
    .await?;
    tx.commit().await?;
    Ok(user)
}

/// Takes a refusal back, while the person has not asked again.
pub async fn reopen(pool: &Pool, by: &impl Resets, request: Uuid) -> Result<User, NotDone> {
    let user = asked_by(pool, by, request).await?;
    let mut tx = store::begin(pool).await?;
    let user = open(&mut tx, by, Whom::Row(user), Right::ResetPasswords).await?;
    if !contact_requests::reopen(&mut tx, request).await? {
        return Err(Refusal::NoRequest.into());
    }
    record(
        &mut tx,
        by,
        AuditEvent::RequestAnswered,
        &user,
        json!({ "request": request, "answer": "reopened" }),
    )
    .await?;
    tx.commit().await?;
    Ok(user)
}

/// Who asked, if the witness's company is asked.
pub async fn asked_by(pool: &Pool, by: &impl Resets, request: Uuid) -> Result<Uuid, NotDone> {
    let found = contact_requests::asked_by(pool, request).await?;
    found
        .filter(|(company, _)| by.company().is_none_or(|own| own == *company))
        .map(|(_, user)| user)
        .ok_or_else(|| Refusal::NoRequest.into())
}

async fn close(
    tx: &mut store::Connection,
    by: &impl By,
    request: Uuid,
    user: &User,
    state: &str,
) -> Result<(), NotDone> {
    if contact_requests::close(&mut *tx, request, state, &by.actor()).await? {
        if state == "done" {
            let told = json!({ "request": request, "answer": "reset" });
            record(tx, by, AuditEvent::RequestAnswered, user, told).await?;
        }
        return Ok(());
    }
    let who = contact_requests::closed_by(&mut *tx, request).await?.unwrap_or_default();
    Err(Refusal::AlreadyAnswered(who).into())
}
