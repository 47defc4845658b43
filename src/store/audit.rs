//! Audit events that belong to a transaction of several statements, or to none. Most are inserted by the statement they tell of.
//!
//! The service's role may insert and read; nothing here changes or removes one.

pub mod list;
pub mod seals;

use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{Connection, Result};
use crate::domain::{
    audit::AuditEvent,
    limits::{Network, key},
    user::UserId,
};

/// Something that an administrator, an operator or the person did.
pub struct Recorded<'a> {
    /// Row.
    pub id: Uuid,
    /// What.
    pub event: AuditEvent,
    /// Whose company.
    pub company: Option<Uuid>,
    /// About which user.
    pub user: Option<Uuid>,
    /// About what, in words.
    pub subject: &'a str,
    /// Who did it.
    pub actor: &'a str,
    /// From where.
    pub network: Option<&'a str>,
    /// done, or why not.
    pub outcome: &'a str,
    /// Before and after.
    pub details: Value,
}

/// Inserts an audit event, in the transaction of what it tells of.
pub async fn record(db: &mut Connection, event: &Recorded<'_>) -> Result<()> {
    sqlx::query!(
        "insert into audit_events (id, event, company_id, user_id, subject, actor, network, outcome, details)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        event.id,
        event.event.as_str(),
        event.company,
        event.user,
        event.subject,
        event.actor,
        event.network,
        event.outcome,
        event.details,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Someone who was stopped by the door: anybody can make such events, any number of them.
#[derive(Debug)]
pub struct Stopped<'a> {
    /// Row.
    pub id: Uuid,
    /// What.
    pub event: AuditEvent,
    /// Where: the page, in a word.
    pub at: &'static str,
    /// The user ID as it was typed. What is none may be a password in the wrong field, and is not kept.
    pub typed: &'a str,
    /// From where.
    pub network: &'a Network,
    /// Why.
    pub outcome: &'static str,
}

/// Records it, once a network, place and minute: nobody fills the disk. Known and unknown people are the same work (V-18); the company
/// is that of the user, or of the domain.
pub async fn record_stopped(db: impl PgExecutor<'_>, stopped: &Stopped<'_>) -> Result<()> {
    let user_id = UserId::parse(stopped.typed).ok();
    sqlx::query!(
        r#"with gate as materialized (select take_budget($1, 1, interval '1 minute') as until)
        insert into audit_events (id, event, company_id, user_id, subject, actor, network, outcome, details)
        select $2, $3, coalesce(u.company_id, d.company_id), u.id, coalesce($4, '(not a user ID)'), 'visitor', $5, $6,
               jsonb_build_object('at', $7::text)
        from gate left join users u on u.user_id_normalised = $8 left join company_domains d on d.domain = $9
        where gate.until is null"#,
        key::recorded(stopped.event.as_str(), stopped.at, stopped.network),
        stopped.id,
        stopped.event.as_str(),
        user_id.as_ref().map(UserId::as_typed),
        stopped.network.as_str(),
        stopped.outcome,
        stopped.at,
        user_id.as_ref().map(UserId::normalised),
        user_id.as_ref().map(UserId::domain),
    )
    .execute(db)
    .await?;
    Ok(())
}
