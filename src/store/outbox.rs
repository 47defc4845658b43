//! The outbox: claim, finish, give up. Many workers on many nodes, each message at one of them at a time.

pub mod allowance;
pub mod backlog;
pub mod desk;
pub mod receipt;

use serde_json::Value;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Result;
use crate::domain::{
    message::{Channel, Message},
    secret::Purpose,
};

/// A message that this worker has, until its lease ends.
#[derive(Debug)]
pub struct Claimed {
    /// Its row.
    pub id: Uuid,
    /// Whose company's; none for a decoy.
    pub company: Option<Uuid>,
    /// email or sms.
    pub channel: String,
    /// Where to.
    pub recipient: String,
    /// False for a decoy.
    pub deliverable: bool,
    /// Its facts.
    pub message: Value,
    /// When it was queued.
    pub created_at: OffsetDateTime,
    /// Not after this.
    pub deadline: Option<OffsetDateTime>,
    /// Which try this is, from 1.
    pub tries: i16,
    /// How often it may have left in the tries before.
    pub maybe_sent: i16,
    /// The database's time of the claim.
    pub now: OffsetDateTime,
    /// What its link or code is derived from.
    pub token: Option<Token>,
    /// The domains of its company; none for a decoy. They decide whose words it is put into.
    pub domains: Vec<String>,
    /// The provider that took this message, or the last one to this recipient in a day, and could not deliver it: others come first.
    pub avoid: Option<String>,
    /// It was counted against the budgets of text messages already.
    pub budgeted: bool,
}

/// The token behind a message.
#[derive(Debug)]
pub struct Token {
    /// Its row.
    pub id: Uuid,
    /// What it is good for.
    pub purpose: Purpose,
    /// Its nonce.
    pub nonce: Vec<u8>,
    /// Its key.
    pub key_id: String,
    /// Spent or replaced: then the message tells something that no longer is.
    pub dead: bool,
}

struct Row {
    id: Uuid,
    company: Option<Uuid>,
    channel: String,
    recipient: String,
    deliverable: bool,
    message: Value,
    created_at: OffsetDateTime,
    deadline: Option<OffsetDateTime>,
    tries: i16,
    maybe_sent: i16,
    now: OffsetDateTime,
    token: Option<Uuid>,
    purpose: Option<String>,
    nonce: Option<Vec<u8>>,
    key_id: Option<String>,
    dead: bool,
    domains: Vec<String>,
    avoid: Option<String>,
    budgeted: bool,
}

impl From<Row> for Claimed {
    fn from(row: Row) -> Self {
        let purpose = row.purpose.as_deref().and_then(Purpose::named);
        let token = match (row.token, purpose, row.nonce, row.key_id) {
            (Some(id), Some(purpose), Some(nonce), Some(key_id)) => {
                Some(Token { id, purpose, nonce, key_id, dead: row.dead })
            }
            _ => None,
        };
        Self {
            id: row.id,
            company: row.company,
            channel: row.channel,
            recipient: row.recipient,
            deliverable: row.deliverable,
            message: row.message,
            created_at: row.created_at,
            deadline: row.deadline,
            tries: row.tries,
            maybe_sent: row.maybe_sent,
            now: row.now,
            token,
            domains: row.domains,
            avoid: row.avoid,
            budgeted: row.budgeted,
        }
    }
}

/// A message to be queued.
#[derive(Debug)]
pub struct Queued<'a> {
    /// Row.
    pub id: Uuid,
    /// Whose company.
    pub company: Uuid,
    /// Whose address or number it is; nobody's for an operator's test.
    pub person: Option<Uuid>,
    /// What its link is derived from, if it has one.
    pub token: Option<Uuid>,
    /// Address or number.
    pub recipient: &'a str,
    /// Its facts.
    pub message: &'a Message,
    /// Not after this.
    pub deadline: Option<OffsetDateTime>,
}

/// Queues a message, in the transaction of what it tells (idea 5 of the architecture). The caller wakes the workers after the commit.
pub async fn queue(db: impl PgExecutor<'_>, q: &Queued<'_>) -> Result<()> {
    let facts = serde_json::to_value(q.message).map_err(|fault| sqlx::Error::Encode(fault.into()))?;
    let channel = match q.message.channel() {
        Channel::Email => "email",
        Channel::Sms => "sms",
    };
    sqlx::query!(
        "insert into outbox (id, channel, company_id, token_id, recipient, deliverable, message, deadline, person)
         values ($1, $2, $3, $4, $5, true, $6, $7, $8)",
        q.id,
        channel,
        q.company,
        q.token,
        q.recipient,
        facts,
        q.deadline,
        q.person,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes up to `most` messages that are due. A short statement; the work follows outside any transaction.
pub async fn claim(
    db: impl PgExecutor<'_>,
    worker: Uuid,
    most: i64,
    lease_seconds: f64,
) -> Result<Vec<Claimed>> {
    let rows = sqlx::query_as!(
        Row,
        r#"with due as (
          select id from outbox
          where state = 'queued' and run_at <= now() and (lease_until is null or lease_until < now())
            -- A claim that a crash of the database forgets is made again; it need not wait for the disk.
            and set_config('synchronous_commit', 'off', true) is not null
          -- Somebody waits for the urgent ones.
          order by urgent desc, run_at limit $2 for update skip locked),
        mine as (
          -- A lease that ran out is a worker that died with the message, before or after it left.
          update outbox o set lease_until = now() + make_interval(secs => $3), lease_by = $1, tries = o.tries + 1,
                              maybe_sent = o.maybe_sent + (o.lease_until is not null)::int
          from due where o.id = due.id
          returning o.*)
        select m.id, m.company_id as "company?", m.channel, m.recipient, m.deliverable, m.message, m.created_at, m.deadline, m.tries, m.maybe_sent,
               now() as "now!",
               t.id as "token?", t.purpose as "purpose?", t.nonce as "nonce?", t.key_id as "key_id?",
               coalesce(t.consumed_at is not null or t.replaced_at is not null, false) as "dead!",
               array(select d.domain from company_domains d where d.company_id = m.company_id) as "domains!",
               m.budgeted_at is not null as "budgeted!",
               -- One that was taken over before and waits again was not delivered.
               coalesce(m.avoid,
                        (select case when f.delivery = 'failed' then f.provider end from outbox f
                         where f.recipient = m.recipient and f.state in ('sent', 'gave_up') and f.finished_at > now() - interval '1 day'
                         order by f.finished_at desc limit 1)) as "avoid?"
        from mine m left join reset_tokens t on t.id = m.token_id
        order by m.urgent desc, m.created_at"#,
        worker,
        most,
        lease_seconds,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Claimed::from).collect())
}

/// How a message ended.
#[derive(Debug, Clone, Copy, Default)]
pub struct End<'a> {
    /// `sent`, `gave_up`, `too_late`, `withdrawn`, `undeliverable`.
    pub state: &'a str,
    /// Whose relay or provider had it last, by its section of the configuration.
    pub provider: Option<&'a str>,
    /// Why, in constant words and numbers.
    pub note: Option<&'a str>,
    /// What the provider calls it.
    pub reference: Option<&'a str>,
}

/// What became of the row that a worker finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// It is finished.
    Mine,
    /// It is finished, and a receipt has said meanwhile that it was not delivered.
    MineAndFailed,
    /// Another worker has it, somebody cancelled it, or a receipt has said that it arrived.
    NotMine,
}

/// Ends a message. Only whoever holds the lease may.
pub async fn finish(db: impl PgExecutor<'_>, id: Uuid, worker: Uuid, end: &End<'_>) -> Result<Finished> {
    let failed = sqlx::query_scalar!(
        r#"update outbox set state = $3, finished_at = now(), last_error = coalesce($4, last_error),
                             provider_reference = case when $3 = 'sent' then $5 else coalesce($5, provider_reference) end,
                             provider = coalesce($6, provider), tried = array_remove(tried || $6::text, null), lease_until = null
           where id = $1 and lease_by = $2 and state = 'queued'
             -- Without waiting for the disk: a crash of the database in the next moment brings the message back once (at least once).
             and set_config('synchronous_commit', 'off', true) is not null
           returning delivery is not distinct from 'failed' as "failed!""#,
        id,
        worker,
        end.state,
        end.note,
        end.reference,
        end.provider,
    )
    .fetch_optional(db)
    .await?;
    Ok(match failed {
        None => Finished::NotMine,
        Some(false) => Finished::Mine,
        Some(true) => Finished::MineAndFailed,
    })
}

/// Tells whoever listens that something was queued.
pub async fn notify(db: impl PgExecutor<'_>, channel: &str) -> Result<()> {
    sqlx::query!("select pg_notify($1, '') is null as told", channel).fetch_one(db).await?;
    Ok(())
}

/// A try that failed.
#[derive(Debug)]
pub struct Tried {
    /// Whose relay or provider, by its section of the configuration.
    pub by: &'static str,
    /// Why, in constant words and numbers.
    pub note: String,
    /// Whether this one may be on its way in spite of its error.
    pub maybe_sent: bool,
}

/// A message that this worker keeps between two providers.
#[derive(Debug)]
pub struct Held {
    /// The database's time.
    pub now: OffsetDateTime,
    /// Whether its time ran out meanwhile.
    pub late: bool,
    /// Whether its link or code died meanwhile.
    pub dead: bool,
}

/// Notes a failed try and keeps the message for the next provider: the lease begins anew. `None`: the lease was lost.
pub async fn hold(
    db: impl PgExecutor<'_>,
    id: Uuid,
    worker: Uuid,
    lease_seconds: f64,
    tried: &Tried,
) -> Result<Option<Held>> {
    sqlx::query_as!(
        Held,
        r#"update outbox o set lease_until = now() + make_interval(secs => $3), provider = $4, tried = array_remove(tried || $4::text, null), last_error = $5,
                               -- What a receipt said was of the send that has failed.
                             delivery = null, delivery_at = null, delivery_note = null,
                             maybe_sent = maybe_sent + $6::bool::int
           where id = $1 and lease_by = $2 and state = 'queued'
           returning now() as "now!", coalesce(deadline <= now(), false) as "late!",
                     exists (select from reset_tokens t where t.id = o.token_id and coalesce(t.consumed_at, t.replaced_at) is not null) as "dead!""#,
        id,
        worker,
        lease_seconds,
        tried.by,
        tried.note,
        tried.maybe_sent,
    )
    .fetch_optional(db)
    .await
}

/// Puts a message back for a later try.
pub async fn retry(
    db: impl PgExecutor<'_>,
    id: Uuid,
    worker: Uuid,
    after_seconds: f64,
    tried: &Tried,
) -> Result<()> {
    sqlx::query!(
        r#"update outbox set run_at = now() + make_interval(secs => $3), provider = coalesce(nullif($4, ''), provider),
                             tried = array_remove(tried || nullif($4, ''), null), last_error = $5, lease_until = null, lease_by = null,
                             delivery = null, delivery_at = null, delivery_note = null,
                             maybe_sent = maybe_sent + $6::bool::int
           where id = $1 and lease_by = $2 and state = 'queued'"#,
        id,
        worker,
        after_seconds,
        tried.by,
        tried.note,
        tried.maybe_sent,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Messages that went out, newest first: what the demo's outbox shows. Texts are rendered again; nothing is kept.
pub async fn sent(db: impl PgExecutor<'_>, most: i64) -> Result<Vec<Claimed>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select m.id, m.company_id as "company?", m.channel, m.recipient, m.deliverable, m.message, m.created_at, m.deadline, m.tries, m.maybe_sent, m.finished_at as "now!",
               t.id as "token?", t.purpose as "purpose?", t.nonce as "nonce?", t.key_id as "key_id?", false as "dead!",
               array(select d.domain from company_domains d where d.company_id = m.company_id) as "domains!",
               null as "avoid?", true as "budgeted!"
        from outbox m left join reset_tokens t on t.id = m.token_id
        where m.state = 'sent' order by m.finished_at desc, m.id desc limit $1"#,
        most,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Claimed::from).collect())
}
