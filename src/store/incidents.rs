//! Incidents: what people said was not they. Opened by the statements behind "This was not me" (`open_incident` in the database); read
//! and closed here.

use serde_json::Value;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Connection, Result};

/// An incident.
#[derive(Debug, Clone)]
pub struct Incident {
    /// Row.
    pub id: Uuid,
    /// Whose company.
    pub company: Uuid,
    /// Who reported, while that person exists.
    pub user: Option<Uuid>,
    /// User ID as it was.
    pub user_id: String,
    /// Display name, while the person exists.
    pub display_name: Option<String>,
    /// Since when the person's account is blocked, if it is.
    pub blocked_at: Option<OffsetDateTime>,
    /// Of what the person was told (`domain::deed`).
    pub deed: String,
    /// When that was.
    pub deed_at: OffsetDateTime,
    /// When the button was pressed first.
    pub reported_at: OffsetDateTime,
    /// How often.
    pub reports: i32,
    /// When last.
    pub latest_at: OffsetDateTime,
    /// From which network.
    pub network: String,
    /// In the mail to which contact (`domain::message::SentTo`), as far as the link said.
    pub via: Option<String>,
    /// The reset behind the deed.
    pub attempt: Option<Uuid>,
    /// `open` or `closed`.
    pub state: String,
    /// When it was closed.
    pub closed_at: Option<OffsetDateTime>,
    /// By whom.
    pub closed_by: Option<String>,
    /// What they found out.
    pub note: Option<String>,
}

impl Incident {
    /// Nobody has closed it.
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }
}

/// Behind which row a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After {
    /// The row.
    pub id: Uuid,
    /// It stood among the closed ones.
    pub closed: bool,
}

/// A company's incidents: open ones first, then the newest; `after`: behind that one.
pub async fn page(
    db: impl PgExecutor<'_>,
    company: Uuid,
    after: Option<After>,
    most: i64,
) -> Result<Vec<Incident>> {
    sqlx::query_as!(
        Incident,
        r#"with
        after as materialized (select reported_at, id from incidents where id = $2 and company_id = $1),
        listed as (
          (select i.* from incidents i
           where i.company_id = $1 and i.state = 'open' and not $3
             and ($2::uuid is null or (i.reported_at, i.id) < (select a.reported_at, a.id from after a))
           order by i.reported_at desc, i.id desc limit $4)
          union all
          (select i.* from incidents i
           where i.company_id = $1 and i.state = 'closed'
             and (not $3 or (i.reported_at, i.id) < (select a.reported_at, a.id from after a))
           order by i.reported_at desc, i.id desc limit $4))
        select i.id as "id!", i.company_id as "company!", i.user_id as "user", i.principal as "user_id!", u.display_name as "display_name?",
               u.blocked_at as "blocked_at?", i.deed as "deed!", i.deed_at as "deed_at!", i.reported_at as "reported_at!",
               i.reports as "reports!", i.latest_at as "latest_at!", i.network as "network!", i.via, i.attempt_id as attempt,
               i.state as "state!", i.closed_at, i.closed_by, i.note
        from listed i left join users u on u.id = i.user_id
        order by i.state = 'closed', i.reported_at desc, i.id desc limit $4"#,
        company,
        after.map(|after| after.id),
        after.is_some_and(|after| after.closed),
        most,
    )
    .fetch_all(db)
    .await
}

/// One of them.
pub async fn find(db: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Incident>> {
    sqlx::query_as!(
        Incident,
        r#"select i.id, i.company_id as company, i.user_id as "user", i.principal as user_id, u.display_name as "display_name?",
                  u.blocked_at as "blocked_at?", i.deed, i.deed_at, i.reported_at, i.reports, i.latest_at, i.network, i.via,
                  i.attempt_id as attempt, i.state, i.closed_at, i.closed_by, i.note
           from incidents i left join users u on u.id = i.user_id where i.id = $1"#,
        id,
    )
    .fetch_optional(db)
    .await
}

/// How many are open.
pub async fn count_open(db: impl PgExecutor<'_>, company: Uuid) -> Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "n!" from incidents where company_id = $1 and state = 'open'"#,
        company
    )
    .fetch_one(db)
    .await
}

/// The open ones of a person, the newest first: one a kind of deed at most.
pub async fn open_of(db: impl PgExecutor<'_>, company: Uuid, user: Uuid) -> Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select id from incidents where user_id = $2 and company_id = $1 and state = 'open' order by reported_at desc, id desc",
        company,
        user,
    )
    .fetch_all(db)
    .await
}

/// Closes an open one. `false`: someone was first.
pub async fn close(db: impl PgExecutor<'_>, id: Uuid, by: &str, note: &str) -> Result<bool> {
    let done = sqlx::query!(
        "update incidents set state = 'closed', closed_at = now(), closed_by = $2, note = $3 where id = $1 and state = 'open'",
        id,
        by,
        note,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether this is who did the deed of an incident, or approved it: whom an event about the person at that very moment names, as
/// [`change_at`]. By the user ID, so that deleting the person hides nobody.
pub async fn is_deed_of(db: &mut Connection, incident: &Incident, actor: &str) -> Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (
             select from audit_events
             where company_id = $1 and lower(actor collate "C") = lower($2::text collate "C") and at = $3
               and lower(subject) = lower($4::text)) as "is!""#,
        incident.company,
        actor,
        incident.deed_at,
        incident.user_id,
    )
    .fetch_one(db)
    .await
}

/// What the audit log holds of a change of a user at that very moment: with whole addresses and numbers, for whoever masks them. The
/// deed and its event are one transaction, which has one time.
pub async fn change_at(
    db: impl PgExecutor<'_>,
    company: Uuid,
    user: Uuid,
    at: OffsetDateTime,
) -> Result<Option<Value>> {
    sqlx::query_scalar!(
        "select details from audit_events
         where user_id = $2 and company_id = $1 and at = $3 and event = 'user_changed' limit 1",
        company,
        user,
        at,
    )
    .fetch_optional(db)
    .await
}
