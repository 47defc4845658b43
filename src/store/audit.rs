//! Audit events that belong to a transaction of several statements. Most are inserted by the statement they tell of.
//!
//! The service's role may insert and read; nothing here changes or removes one.

use serde_json::Value;
use uuid::Uuid;

use super::{Connection, Result};
use crate::domain::audit::AuditEvent;

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
