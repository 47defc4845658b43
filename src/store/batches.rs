//! Resets of several people at once: what became of each.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Connection, Result};

/// Begins a batch, or finds the one of that id. `false`: the id is somebody else's.
pub async fn begin(
    db: impl PgExecutor<'_>,
    id: Uuid,
    company: Uuid,
    by_user: Option<Uuid>,
    actor: &str,
) -> Result<bool> {
    let row = sqlx::query!(
        r#"with made as (
          insert into reset_batches (id, company_id, by_user, actor) values ($1, $2, $3, $4) on conflict (id) do nothing returning company_id)
        select exists (select from made)
               or exists (select from reset_batches where id = $1 and company_id = $2 and by_user is not distinct from $3) as "mine?""#,
        id,
        company,
        by_user,
        actor,
    )
    .fetch_one(db)
    .await?;
    Ok(row.mine.unwrap_or(false))
}

/// Takes a person's place in a batch, before anything is done for them. `false`: another submit has it. It waits for that one.
pub async fn take(
    db: &mut Connection,
    batch: Uuid,
    place: i32,
    user: Option<Uuid>,
    principal: &str,
) -> Result<bool> {
    let done = sqlx::query!(
        "insert into reset_batch_items (batch_id, place, user_id, principal, outcome) values ($1, $2, $3, $4, 'begun')
         on conflict (batch_id, place) do nothing",
        batch,
        place,
        user,
        principal,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes down what became of a person.
pub async fn end(
    db: &mut Connection,
    batch: Uuid,
    place: i32,
    outcome: &str,
    message: Option<Uuid>,
) -> Result<()> {
    sqlx::query!(
        "update reset_batch_items set outcome = $3, message_id = $4 where batch_id = $1 and place = $2",
        batch,
        place,
        outcome,
        message,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A batch in a list.
#[derive(Debug, Clone)]
pub struct Latest {
    /// Its id.
    pub id: Uuid,
    /// When it was sent.
    pub at: OffsetDateTime,
    /// How many people were chosen.
    pub people: i64,
}

/// The newest batches of one administrator, ten at most.
pub async fn latest(db: impl PgExecutor<'_>, company: Uuid, by_user: Uuid) -> Result<Vec<Latest>> {
    sqlx::query_as!(
        Latest,
        r#"select b.id, b.created_at as at, (select count(*) from reset_batch_items i where i.batch_id = b.id) as "people!"
           from reset_batches b where b.company_id = $1 and b.by_user = $2 order by b.created_at desc limit 10"#,
        company,
        by_user,
    )
    .fetch_all(db)
    .await
}

/// A person of a batch.
#[derive(Debug, Clone)]
pub struct Item {
    /// The row, while it exists.
    pub user: Option<Uuid>,
    /// The user ID as it was.
    pub principal: String,
    /// The name, while the row exists.
    pub display_name: Option<String>,
    /// `sent_email`, `sent_sms`, or why not.
    pub outcome: String,
    /// Where the message stands: `queued`, `sent`, `gave_up` (also when it did not arrive) and so on; none without a message.
    pub delivery: Option<String>,
    /// The message, while the outbox has it.
    pub message: Option<Uuid>,
}

/// A batch.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Who did it.
    pub actor: String,
    /// When.
    pub created_at: OffsetDateTime,
    /// Its people in the order given.
    pub items: Vec<Item>,
}

/// A batch of a company.
pub async fn find(db: &mut Connection, company: Uuid, id: Uuid) -> Result<Option<Batch>> {
    let batch = sqlx::query!(
        "select actor, created_at from reset_batches where id = $1 and company_id = $2",
        id,
        company
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(batch) = batch else { return Ok(None) };
    let items = sqlx::query_as!(
        Item,
        r#"select i.user_id as "user", i.principal, u.display_name as "display_name?", i.outcome, o.id as "message?",
                  case when o.delivery = 'failed' then 'gave_up' else o.state end as "delivery?"
           from reset_batch_items i left join users u on u.id = i.user_id left join outbox o on o.id = i.message_id
           where i.batch_id = $1 order by i.place"#,
        id,
    )
    .fetch_all(db)
    .await?;
    Ok(Some(Batch { actor: batch.actor, created_at: batch.created_at, items }))
}

/// An administrator to whom a batch sent a link.
#[derive(Debug, Clone)]
pub struct Untold {
    /// The row.
    pub id: Uuid,
    /// User ID.
    pub user_id: String,
    /// Display name.
    pub display_name: String,
}

/// What the others have not been told of a batch.
#[derive(Debug)]
pub struct Telling {
    /// Whose company.
    pub company: Uuid,
    /// Who did it, while that person exists.
    pub by_user: Option<Uuid>,
    /// Who did it, as audit events name them.
    pub actor: String,
    /// The administrators among its people who had a password, in the order given.
    pub people: Vec<Untold>,
    /// Where the only one among them got the link, so that nobody reads of one deed twice at one address.
    pub told: Vec<String>,
}

/// Takes what is not told yet, in the transaction that tells it: of two who do it at once one gets it. None: there is nothing.
pub async fn take_untold(db: &mut Connection, batch: Uuid) -> Result<Option<Telling>> {
    let items = sqlx::query!(
        r#"update reset_batch_items i set told_at = now()
           from reset_batches b
           where i.batch_id = $1 and b.id = i.batch_id and i.told_at is null and i.outcome in ('sent_email', 'sent_sms')
           returning i.place, i.user_id, i.message_id, b.company_id, b.by_user, b.actor"#,
        batch,
    )
    .fetch_all(&mut *db)
    .await?;
    let Some(first) = items.first() else { return Ok(None) };
    let (company, by_user, actor) = (first.company_id, first.by_user, first.actor.clone());
    let mut placed: Vec<_> = items.into_iter().filter_map(|item| Some((item.place, item.user_id?))).collect();
    placed.sort_unstable();
    let users: Vec<Uuid> = placed.into_iter().map(|(_, user)| user).collect();
    let people = sqlx::query_as!(
        Untold,
        r#"select u.id, u.user_id, u.display_name
           from unnest($1::uuid[]) with ordinality as given(id, place) join users u on u.id = given.id
           where (u.role < 'user' or u.role > 'user') and u.password_hash is not null order by given.place"#,
        &users,
    )
    .fetch_all(&mut *db)
    .await?;
    let told = match people.as_slice() {
        [one] => {
            sqlx::query_scalar!(
                r#"select o.recipient from reset_batch_items i join outbox o on o.id = i.message_id
                   where i.batch_id = $1 and i.user_id = $2"#,
                batch,
                one.id,
            )
            .fetch_all(&mut *db)
            .await?
        }
        _ => Vec::new(),
    };
    Ok(Some(Telling { company, by_user, actor, people, told }))
}

/// Batches of the last days of which something is not told, five minutes after they began: whoever had to tell it is gone.
pub async fn left_untold(db: impl PgExecutor<'_>, most: i64) -> Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"select distinct i.batch_id from reset_batch_items i join reset_batches b on b.id = i.batch_id
           where i.told_at is null and i.outcome in ('sent_email', 'sent_sms') and b.created_at < now() - interval '5 minutes'
           limit $1"#,
        most,
    )
    .fetch_all(db)
    .await
}
