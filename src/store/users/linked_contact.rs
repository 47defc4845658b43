//! The address or number that a confirming link went to, as the page behind the link needs it.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::super::Result;

/// Where a confirming link was sent.
#[derive(Debug)]
pub struct LinkedContact {
    /// The address or number, copied as the message was queued.
    pub value: String,
    /// It is still one of the person's.
    pub is_theirs: bool,
    /// When the person showed to have it.
    pub confirmed_at: Option<OffsetDateTime>,
}

/// The contact behind a token of `confirm_email` or `confirm_mobile`. Changes nothing.
pub async fn linked_contact(db: impl PgExecutor<'_>, token: Uuid) -> Result<Option<LinkedContact>> {
    sqlx::query_as!(
        LinkedContact,
        r#"select o.recipient as value, (e.address is not null or m.number is not null) as "is_theirs!",
                  coalesce(e.confirmed_at, m.confirmed_at) as confirmed_at
           from reset_tokens t
           join outbox o on o.token_id = t.id
           left join alternate_emails e on t.purpose = 'confirm_email' and e.user_id = t.user_id and e.address = o.recipient
           left join mobile_phones m on t.purpose = 'confirm_mobile' and m.user_id = t.user_id and m.number = o.recipient
           where t.id = $1 limit 1"#,
        token,
    )
    .fetch_optional(db)
    .await
}
