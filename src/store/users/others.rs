//! Who else is told of what happens to an administrator: the other global administrators of the company.

use uuid::Uuid;

use super::super::{Connection, Result};
use crate::domain::message::How;

/// Where someone is told.
#[derive(Debug, Clone)]
pub struct Told {
    /// Their row.
    pub id: Uuid,
    /// One of the places where they are told.
    pub recipient: String,
}

/// The other global administrators at every place where they hear of deeds: neither whom it is about nor who did it, and no address twice nor one of those in `told`.
pub async fn administrators_to_tell(
    db: &mut Connection,
    company: Uuid,
    about: Option<Uuid>,
    doer: Option<Uuid>,
    told: &[String],
) -> Result<Vec<Told>> {
    sqlx::query_as!(
        Told,
        r#"select id as "id!", recipient as "recipient!" from administrators_to_tell($1, $2, $3, $4)"#,
        company,
        about,
        doer,
        told,
    )
    .fetch_all(db)
    .await
}

/// Tells them that the password of an administrator was set with a one-time link. Nobody is told of someone who is none. Call it in the
/// transaction of the deed, after the person was told.
pub async fn queue_set_by_link(db: &mut Connection, user: Uuid, browser: &str) -> Result<()> {
    sqlx::query!(
        r#"insert into outbox (id, channel, company_id, person, recipient, deliverable, message)
           select gen_random_uuid(), 'email', u.company_id, a.id, a.recipient, true,
                  jsonb_build_object('kind', 'administrator_was_reset', 'user', u.id, 'user_id', u.user_id, 'display_name', u.display_name,
                                     'browser', $2::text, 'how', $3::jsonb, 'at', now())
           from users u join companies c on c.id = u.company_id
           cross join lateral administrators_to_tell(u.company_id, u.id, null,
             array(select e.address from alternate_emails e where e.user_id = u.id)
               || case when c.user_id_is_mailbox then array[u.user_id] else '{}' end) a
           where u.id = $1 and u.role <> 'user'"#,
        user,
        browser,
        serde_json::to_value(How::LinkUsed).map_err(|fault| sqlx::Error::Encode(fault.into()))?,
    )
    .execute(db)
    .await?;
    Ok(())
}
