//! The outbox as operators and administrators see it: lists, one message, retry and cancel.
//!
//! Must stay true: the company stands in the statement itself, and a message without one (a decoy's) is nobody's but an operator's who
//! named none; each filter has an index; whoever changes a row holds its lock, which a worker's claim passes by.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::delivery::{Kind, Standing, State},
    store::{
        Connection, Pool, Result, begin,
        paging::{Cursor, Place},
    },
};

/// A message in a list: everything that may be known of it, never its text, its link or its code.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The row.
    pub id: Uuid,
    /// Whose company; none: a decoy's.
    pub company: Option<Uuid>,
    /// Whose address or number it goes to, where that is known.
    pub person: Option<Uuid>,
    /// Their user ID, while they exist.
    pub user_id: Option<String>,
    /// `email` or `sms`.
    pub channel: String,
    /// Which message ([`Kind`]).
    pub kind: String,
    /// Where it stands ([`State`]).
    pub state: String,
    /// When it was queued.
    pub created_at: OffsetDateTime,
    /// Not before this.
    pub run_at: OffsetDateTime,
    /// Not after this.
    pub deadline: Option<OffsetDateTime>,
    /// How often it was handed to a relay or provider.
    pub tries: i16,
    /// How often it may have left without our knowing.
    pub maybe_sent: i16,
    /// Whose relay or provider, by its section of the configuration.
    pub provider: Option<String>,
    /// The last answer, without address, number or text.
    pub answer: Option<String>,
    /// What the provider calls it.
    pub reference: Option<String>,
    /// What a receipt or bounce said later: `delivered` or `failed`.
    pub delivery: Option<String>,
    /// When it said so.
    pub delivery_at: Option<OffsetDateTime>,
    /// Why it failed.
    pub delivery_note: Option<String>,
    /// When it ended.
    pub finished_at: Option<OffsetDateTime>,
    /// Where to, unmasked: callers show it masked.
    pub recipient: String,
    /// A worker has it at this moment.
    pub being_sent: bool,
    /// Its link or code is spent, replaced or over.
    pub link_dead: bool,
    /// Nothing of it may leave any more.
    pub deadline_passed: bool,
}

impl Listed {
    /// Where the page behind this row begins.
    pub const fn place(&self) -> Place {
        Place { at: self.created_at, id: self.id }
    }

    /// What a retry or cancel is judged by.
    pub fn standing(&self) -> Standing {
        Standing {
            state: State::named(&self.state),
            kind: Kind::named(&self.kind),
            is_sms: self.channel == "sms",
            being_sent: self.being_sent,
            link_dead: self.link_dead,
            deadline_passed: self.deadline_passed,
            maybe_sent: self.maybe_sent,
        }
    }

    /// It did not leave, or did not arrive.
    pub fn is_failed(&self) -> bool {
        matches!(self.state.as_str(), "gave_up" | "too_late") || self.delivery.as_deref() == Some("failed")
    }
}

/// Which messages. Everything that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Where they stand.
    pub state: Option<State>,
    /// `email` or `sms`.
    pub channel: Option<&'static str>,
    /// Which message.
    pub kind: Option<Kind>,
    /// To this person.
    pub person: Option<Uuid>,
    /// Only what did not leave, or did not arrive.
    pub failed: bool,
    /// Not queued before this.
    pub since: Option<OffsetDateTime>,
    /// Where the page begins.
    pub cursor: Cursor,
}

/// A message with what is known of its person and its token; `$from` says which.
macro_rules! message_query {
    ($from:literal $(+ $more:literal)*, $($value:expr),+ $(,)?) => {
        sqlx::query_as!(
            Listed,
            r#"select m.id, m.company_id as company, m.person, u.user_id as "user_id?", m.channel,
                  coalesce(m.message->>'kind', '') as "kind!", m.state, m.created_at, m.run_at, m.deadline, m.tries, m.maybe_sent,
                  m.provider, m.last_error as answer, m.provider_reference as reference, m.delivery, m.delivery_at, m.delivery_note,
                  m.finished_at, m.recipient,
                  m.state = 'queued' and coalesce(m.lease_until > now(), false) as "being_sent!",
                  coalesce(t.consumed_at is not null or t.replaced_at is not null or t.expires_at <= now(), false) as "link_dead!",
                  coalesce(m.deadline <= now(), false) as "deadline_passed!"
           from outbox m
           left join users u on u.id = m.person and u.company_id = m.company_id
           left join reset_tokens t on t.id = m.token_id
           where "# + $from $(+ $more)*,
            $($value),+
        )
    };
}

/// A page of a list in one direction: an index gives its rows in order.
macro_rules! page_query {
    ($order:literal, $($value:expr),+ $(,)?) => {
        message_query!(
            "($1::uuid is null or m.company_id = $1)
             and ($2::text is null or m.state = $2)
             and ($3::text is null or m.channel = $3)
             and ($4::text is null or m.message->>'kind' = $4)
             and ($5::uuid is null or m.person = $5)
             and (not $6::boolean or m.state in ('gave_up', 'too_late') or m.delivery = 'failed')
             and ($7::timestamptz is null or m.created_at >= $7)
             and " + $order,
            $($value),+
        )
    };
}

/// At most `limit` messages of a company, newest first, whichever way the cursor looks. No company: all there are.
pub async fn page(pool: &Pool, company: Option<Uuid>, filter: &Filter, limit: u16) -> Result<Vec<Listed>> {
    let place = filter.cursor.place();
    let (at, id) = (place.map(|place| place.at), place.map(|place| place.id));
    let (state, kind) = (filter.state.map(State::as_str), filter.kind.map(Kind::as_str));
    let mut tx = begin(pool).await?;
    // Planned with the values at hand: only so is a filter that is not given none at all, and the right index found.
    sqlx::query!("set local plan_cache_mode = force_custom_plan").execute(&mut *tx).await?;
    let rows = if matches!(filter.cursor, Cursor::NewerThan(_)) {
        let query = page_query!(
            "($8::timestamptz is null or (m.created_at, m.id) > ($8, $9::uuid)) order by m.created_at, m.id limit $10",
            company,
            state,
            filter.channel,
            kind,
            filter.person,
            filter.failed,
            filter.since,
            at,
            id,
            i64::from(limit),
        );
        let mut rows = query.fetch_all(&mut *tx).await?;
        rows.reverse();
        rows
    } else {
        let query = page_query!(
            "($8::timestamptz is null or (m.created_at, m.id) < ($8, $9::uuid)) order by m.created_at desc, m.id desc limit $10",
            company,
            state,
            filter.channel,
            kind,
            filter.person,
            filter.failed,
            filter.since,
            at,
            id,
            i64::from(limit),
        );
        query.fetch_all(&mut *tx).await?
    };
    tx.rollback().await?;
    Ok(rows)
}

/// One message of a company. No company: whatever it belongs to.
pub async fn one(db: impl PgExecutor<'_>, company: Option<Uuid>, id: Uuid) -> Result<Option<Listed>> {
    message_query!("m.id = $1 and ($2::uuid is null or m.company_id = $2)", id, company)
        .fetch_optional(db)
        .await
}

/// The same, and nobody else changes it until the transaction ends: a worker's claim passes it by, a worker that has it waits.
pub async fn lock(db: &mut Connection, company: Option<Uuid>, id: Uuid) -> Result<Option<Listed>> {
    message_query!(
        "m.id = $1 and ($2::uuid is null or m.company_id = $2) for no key update of m",
        id,
        company
    )
    .fetch_optional(db)
    .await
}

/// Puts a message that ended back into the queue. A mail's count of what may have left begins anew, since a person decided; that of a
/// text message stays (R-10). `false`: it is not one that ended without leaving.
pub async fn again(db: &mut Connection, id: Uuid) -> Result<bool> {
    let done = sqlx::query!(
        "update outbox set state = 'queued', run_at = now(), finished_at = null, lease_until = null, lease_by = null, tries = 0,
                           maybe_sent = case when channel = 'sms' then maybe_sent else 0 end,
                           provider_reference = null, delivery = null, delivery_at = null, delivery_note = null
         where id = $1 and state in ('gave_up', 'too_late', 'cancelled') and (deadline is null or deadline > now())
           and (channel <> 'sms' or maybe_sent < 2)",
        id
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Stops a message that waits. `false`: a worker has it, or it ended.
pub async fn cancel(db: &mut Connection, id: Uuid) -> Result<bool> {
    let done = sqlx::query!(
        "update outbox set state = 'cancelled', finished_at = now(), lease_by = null,
                           -- A lease that ran out is a worker that died with it, before or after it left (R-10).
                           maybe_sent = maybe_sent + (lease_until is not null)::int, lease_until = null
         where id = $1 and state = 'queued' and (lease_until is null or lease_until <= now())",
        id
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Messages that were given up since then and before, the oldest first: at most `most` of those that ended behind the last one.
pub async fn given_up(
    pool: &Pool,
    company: Option<Uuid>,
    since: OffsetDateTime,
    before: OffsetDateTime,
    behind: Option<(OffsetDateTime, Uuid)>,
    most: i64,
) -> Result<Vec<(OffsetDateTime, Uuid)>> {
    let mut tx = begin(pool).await?;
    sqlx::query!("set local plan_cache_mode = force_custom_plan").execute(&mut *tx).await?;
    let (at, id) = behind.unzip();
    let rows = sqlx::query!(
        r#"select finished_at as "finished_at!", id from outbox
           where state = 'gave_up' and finished_at >= $2 and finished_at < $6 and ($1::uuid is null or company_id = $1)
             and ($3::timestamptz is null or (finished_at, id) > ($3, $4::uuid))
           order by finished_at, id limit $5"#,
        company,
        since,
        at,
        id,
        most,
        before,
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.rollback().await?;
    Ok(rows.into_iter().map(|row| (row.finished_at, row.id)).collect())
}
