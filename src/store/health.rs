//! What `sspr doctor` asks the database: facts, and nothing is changed. Each question is one short statement.

use sqlx::PgExecutor;
use time::OffsetDateTime;

use super::Result;

/// The server and the role that we are.
#[derive(Debug)]
pub struct Server {
    /// `server_version_num`, such as 150004.
    pub version: i32,
    /// Its clock.
    pub now: OffsetDateTime,
    /// May do everything.
    pub superuser: bool,
    /// Owns a table of ours, or may make one.
    pub changes_schema: bool,
    /// May change or remove what was recorded.
    pub changes_audit: bool,
    /// Connections that roles like ours can have in all.
    pub connections: i32,
    /// Those that are there now, of every role.
    pub connected: i64,
}

/// Asks for it.
pub async fn server(db: impl PgExecutor<'_>) -> Result<Server> {
    sqlx::query_as!(
        Server,
        r#"select current_setting('server_version_num')::integer as "version!", clock_timestamp() as "now!",
             r.rolsuper as "superuser!",
             has_schema_privilege('public', 'create')
               or exists (select from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
                            and pg_has_role(c.relowner, 'usage')) as "changes_schema!",
             has_table_privilege('audit_events', 'update, delete, truncate')
               or has_table_privilege('audit_seals', 'update, delete, truncate') as "changes_audit!",
             least(current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
                     - coalesce(current_setting('reserved_connections', true), '0')::integer,
                   nullif(r.rolconnlimit, -1), nullif(d.datconnlimit, -1)) as "connections!",
             (select count(*) from pg_stat_activity where backend_type = 'client backend') as "connected!"
           from pg_roles r, pg_database d
           where r.rolname = current_user and d.datname = current_database()"#
    )
    .fetch_one(db)
    .await
}

/// How far a commit is from being lost.
#[derive(Debug, Clone)]
pub struct Durability {
    /// The server waits for its disk, and can mend a page that was half written.
    pub waits_for_disk: bool,
    /// `synchronous_commit`, as it is for us.
    pub commit: String,
    /// Which standbys a commit waits for, as `synchronous_standby_names` has it.
    pub names: String,
    /// Standbys that follow now.
    pub standbys: i64,
}

/// Asks for it.
pub async fn durability(db: impl PgExecutor<'_>) -> Result<Durability> {
    sqlx::query_as!(
        Durability,
        r#"select current_setting('fsync')::boolean and current_setting('full_page_writes')::boolean as "waits_for_disk!",
             current_setting('synchronous_commit') as "commit!", current_setting('synchronous_standby_names') as "names!",
             (select count(*) from pg_stat_replication) as "standbys!""#
    )
    .fetch_one(db)
    .await
}

/// The key of the newest link or code.
pub async fn newest_key(db: impl PgExecutor<'_>) -> Result<Option<String>> {
    // Ids are made of the time.
    sqlx::query_scalar!("select key_id from reset_tokens order by id desc limit 1").fetch_optional(db).await
}

/// What waits in the outbox, and what of the last day is lost.
#[derive(Debug)]
pub struct Queue {
    /// Messages that wait.
    pub queued: i64,
    /// Seconds since the oldest of them was queued.
    pub oldest: Option<f64>,
    /// The same of those that a person waits for on a page.
    pub oldest_urgent: Option<f64>,
    /// The most tries of an urgent one that waits.
    pub urgent_tries: Option<i16>,
    /// Messages of the last day that nobody accepted.
    pub gave_up: i64,
    /// Messages of the last day whose time ran out before.
    pub too_late: i64,
}

/// Asks for it.
pub async fn queue(db: impl PgExecutor<'_>) -> Result<Queue> {
    sqlx::query_as!(
        Queue,
        r#"select w.queued as "queued!", w.oldest as "oldest?", w.oldest_urgent as "oldest_urgent?", w.urgent_tries as "urgent_tries?",
                  l.gave_up as "gave_up!", l.too_late as "too_late!"
           from (select count(*) as queued,
                        extract(epoch from now() - min(created_at))::float8 as oldest,
                        extract(epoch from now() - min(created_at) filter (where urgent))::float8 as oldest_urgent,
                        max(tries) filter (where urgent) as urgent_tries
                 from outbox where state = 'queued') w,
                -- A message lives two days at most.
                (select coalesce(sum(of_one.gave_up), 0)::bigint as gave_up, coalesce(sum(of_one.too_late), 0)::bigint as too_late
                 from companies c cross join lateral (
                   select count(*) filter (where o.state = 'gave_up') as gave_up, count(*) filter (where o.state = 'too_late') as too_late
                   from outbox o where o.company_id = c.id and o.created_at > now() - interval '3 days'
                     and o.finished_at > now() - interval '1 day') of_one) l"#
    )
    .fetch_one(db)
    .await
}

/// When a relay and a provider last took a message over, among the last thousands.
#[derive(Debug)]
pub struct LastSent {
    /// The relay.
    pub mail: Option<OffsetDateTime>,
    /// The provider.
    pub sms: Option<OffsetDateTime>,
}

/// Asks for it.
pub async fn last_sent(db: impl PgExecutor<'_>) -> Result<LastSent> {
    sqlx::query_as!(
        LastSent,
        r#"select max(finished_at) filter (where channel = 'email') as mail, max(finished_at) filter (where channel = 'sms') as sms
           from (select channel, finished_at from outbox where state = 'sent' order by finished_at desc limit 10000) newest"#
    )
    .fetch_one(db)
    .await
}

/// Seconds since the oldest audit event that is not sealed yet.
pub async fn oldest_unsealed(db: impl PgExecutor<'_>) -> Result<Option<f64>> {
    sqlx::query_scalar!(
        r#"select extract(epoch from now() - min(e.at))::float8 as oldest
           from (select event_id from audit_unsealed order by event_id limit 1000) q join audit_events e on e.id = q.event_id"#
    )
    .fetch_one(db)
    .await
}
