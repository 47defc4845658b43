//! "Contact your administrator": one statement, the same for everyone who is named; a moment later another finds who is asked.

use serde_json::Value;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Result;
use crate::domain::{
    audit::AuditEvent,
    escalation::{Escalation, Level},
    limits::{Budgets, Network, key},
};

/// What a request needs.
#[derive(Debug)]
pub struct Request<'a> {
    /// Row.
    pub id: Uuid,
    /// As typed.
    pub typed: &'a str,
    /// As compared.
    pub normalised: &'a str,
    /// Its domain.
    pub domain: &'a str,
    /// Browser and system in words.
    pub browser: &'a str,
    /// The challenge that was solved.
    pub challenge: Option<([u8; 32], OffsetDateTime)>,
    /// A second one that was solved beside it.
    pub second_challenge: Option<([u8; 32], OffsetDateTime)>,
    /// Up to which level what was shown is enough.
    pub enough_for: Level,
    /// Where the levels begin.
    pub escalation: Escalation,
    /// Came without a puzzle.
    pub without_puzzle: bool,
    /// The client.
    pub network: &'a Network,
    /// What is allowed.
    pub budgets: &'a Budgets,
}

/// What became of it: the same kinds as of a start.
pub use super::attempts::StartOutcome as RequestOutcome;

/// Takes a request in: one row, whoever is named. Nobody is looked up here, so that the answer's time tells nothing (V-16);
/// [`decide`] does it a moment later.
pub async fn take_in(db: impl PgExecutor<'_>, r: &Request<'_>) -> Result<RequestOutcome> {
    let row = sqlx::query!(
        r#"with
        gate as materialized (select * from admit_by_level($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)),
        taken_in as (
          insert into contact_intake (id, typed, normalised, domain, browser, network)
          select $15, $16, $17, $18, $19, $20 from gate where gate.passed)
        select network_until, puzzle_until, passed as "passed!", enough as "enough!", level as "level!" from gate"#,
        key::starts_of_network(r.network),
        r.budgets.starts_per_network_per_hour,
        r.without_puzzle,
        key::without_puzzle_of_network(r.network),
        r.budgets.without_puzzle_per_network_per_hour,
        key::without_puzzle_of_domain(r.domain),
        r.budgets.without_puzzle_per_company_per_hour,
        r.challenge.map(|(hash, _)| hash.to_vec()),
        r.challenge.map(|(_, until)| until),
        r.second_challenge.map(|(hash, _)| hash.to_vec()),
        r.second_challenge.map(|(_, until)| until),
        r.enough_for.number(),
        r.escalation.busy_after,
        r.escalation.crowded_after,
        r.id,
        r.typed,
        r.normalised,
        r.domain,
        r.browser,
        r.network.as_str(),
    )
    .fetch_one(db)
    .await?;
    Ok(RequestOutcome::of(row.network_until, row.puzzle_until, row.passed, row.enough, row.level))
}

/// A request that was taken in.
#[derive(Debug)]
pub struct Undecided {
    /// Row.
    pub id: Uuid,
    /// Domain of the user ID.
    pub domain: String,
}

/// Requests that wait for [`decide`], the oldest first.
pub async fn undecided(db: impl PgExecutor<'_>, most: i64) -> Result<Vec<Undecided>> {
    sqlx::query_as!(Undecided, "select id, domain from contact_intake order by id limit $1", most)
        .fetch_all(db)
        .await
}

/// Decides one request that was taken in: asks the people who may reset this user and can be reached, least powerful role first, ten at
/// most. One open request a user in 24 hours, and a cap a company; over them, and for whoever is unknown, nothing is sent. `false`: another
/// node decides it at this moment, or did.
pub async fn decide(
    db: impl PgExecutor<'_>,
    request: &Undecided,
    facts: Value,
    event: Uuid,
    budgets: &Budgets,
) -> Result<bool> {
    let done = sqlx::query!(
        r#"with
        taken as materialized (
          delete from contact_intake where id = (select id from contact_intake where id = $1 for update skip locked) returning *),
        found as materialized (
          select u.id, coalesce(u.company_id, d.company_id) as company_id, u.user_id, u.display_name, u.role, c.name as company,
                 c.user_id_is_mailbox, t.id as request, t.typed, t.browser, t.network, t.asked_at,
                 exists (select from contact_requests q
                         where q.user_id = u.id and q.state = 'open' and q.asked_at > t.asked_at - interval '24 hours') as is_open
          from taken t
          left join users u on u.user_id_normalised = t.normalised
          left join companies c on c.id = u.company_id
          left join company_domains d on d.domain = t.domain),
        -- Only what would send takes from the company's cap: invented names must not use it up for those who need it.
        company_cap as materialized (
          select case when id is not null and not is_open then take_budget($2, $3, interval '1 day') end is not null as over
          from found),
        person as materialized (
          select found.*,
                 case when id is null then 'unknown_user' when company_cap.over then 'over_budget' else 'done' end as judged
          from found, company_cap),
        -- The index allows one open request a user: of many at once one is inserted, or renews one that is a day old.
        request as (
          insert into contact_requests as q (id, company_id, user_id, browser, asked_at)
          select p.request, company_id, id, browser, asked_at from person p where judged = 'done'
          on conflict (user_id) where state = 'open'
          do update set asked_at = excluded.asked_at, browser = excluded.browser
            where q.asked_at <= excluded.asked_at - interval '24 hours'
          returning q.id),
        asked as materialized (
          select person.*,
                 case when judged = 'done' and not exists (select from request) then 'already_open' else judged end as outcome
          from person),
        reachable as (
          select a.id, case when p.user_id_is_mailbox then a.user_id else e.address end as recipient
          from asked p
          join users a on a.company_id = p.company_id and a.id <> p.id and a.blocked_at is null
           -- By the index on roles: a company may have a hundred thousand others.
           and a.role in ('password_administrator', 'user_management_administrator', 'global_administrator')
           -- Who may reset whom: domain::user::may_reset, held to it by a test.
           and (a.role = 'global_administrator'
                or (a.role = 'user_management_administrator'
                    and p.role in ('user', 'password_administrator', 'user_management_administrator'))
                or (a.role = 'password_administrator' and p.role in ('user', 'password_administrator')))
          left join alternate_emails e on e.user_id = a.id and e.position = 0
          where p.outcome = 'done' and (p.user_id_is_mailbox or e.address is not null)
          order by case a.role when 'password_administrator' then 1 when 'user_management_administrator' then 2 else 3 end,
                   a.user_id_normalised
          limit 10),
        message as (
          insert into outbox (id, channel, company_id, person, recipient, deliverable, message)
          select gen_random_uuid(), 'email', p.company_id, r.id, r.recipient, true,
                 $4::jsonb || jsonb_build_object('user', p.id, 'user_id', p.user_id, 'display_name', p.display_name,
                                                 'company', p.company, 'asked_at', p.asked_at, 'browser', p.browser)
          from reachable r, asked p)
        insert into audit_events (id, event, company_id, user_id, subject, actor, network, outcome)
        select $5, $6, company_id, id, typed, 'visitor', network, outcome from asked"#,
        request.id,
        key::contact_requests_of_domain(&request.domain),
        budgets.contact_requests_per_company_per_day,
        facts,
        event,
        AuditEvent::ContactRequested.as_str(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A request in a list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Row.
    pub id: Uuid,
    /// Who asks.
    pub user: Uuid,
    /// User ID.
    pub user_id: String,
    /// Display name.
    pub display_name: String,
    /// Role as stored.
    pub role: String,
    /// Browser and system in words.
    pub browser: String,
    /// When.
    pub asked_at: OffsetDateTime,
    /// `open`, `done` or `refused`.
    pub state: String,
    /// When it was answered.
    pub closed_at: Option<OffsetDateTime>,
    /// By whom.
    pub closed_by: Option<String>,
    /// There is an address at which the person is told of a refusal.
    pub has_address: bool,
    /// There is an address or phone to which a link could go.
    pub reachable: bool,
    /// The account is blocked: no link could be sent.
    pub blocked: bool,
}

/// A company's requests of people with these roles, but for those of `except`: open ones first, then the newest.
pub async fn list(
    db: impl PgExecutor<'_>,
    company: Uuid,
    roles: &[String],
    except: Option<Uuid>,
    closed: bool,
    most: i64,
) -> Result<Vec<Listed>> {
    sqlx::query_as!(
        Listed,
        r#"with listed as (
             (select q.* from contact_requests q join users u on u.id = q.user_id
              where q.company_id = $1 and q.state = 'open' and u.company_id = $1 and u.role = any($2) and u.id is distinct from $3
              order by q.asked_at desc, q.id limit $5)
             union all
             -- By the index on the company's times: years of answered requests are not read for the newest of them.
             (select q.* from contact_requests q join users u on u.id = q.user_id
              where $4 and q.company_id = $1 and q.state <> 'open' and u.company_id = $1 and u.role = any($2)
                and u.id is distinct from $3
              order by q.asked_at desc limit $5))
           select q.id as "id!", u.id as "user", u.user_id, u.display_name, u.role, q.browser as "browser!", q.asked_at as "asked_at!",
                  q.state as "state!", q.closed_at, q.closed_by,
                  exists (select from alternate_emails e where e.user_id = u.id) as "has_address!",
                  (m.number is not null or exists (select from alternate_emails e where e.user_id = u.id)) as "reachable!",
                  u.blocked_at is not null as "blocked!"
           from listed q join users u on u.id = q.user_id left join mobile_phones m on m.user_id = u.id
           order by q.state <> 'open', q.asked_at desc, q.id limit $5"#,
        company,
        roles,
        except,
        closed,
        most,
    )
    .fetch_all(db)
    .await
}

/// How many of them are open.
pub async fn count_open(
    db: impl PgExecutor<'_>,
    company: Uuid,
    roles: &[String],
    except: Option<Uuid>,
) -> Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "n!" from contact_requests q join users u on u.id = q.user_id
           where q.company_id = $1 and q.state = 'open' and u.role = any($2) and u.id is distinct from $3"#,
        company,
        roles,
        except,
    )
    .fetch_one(db)
    .await
}

/// Whose company was asked, and by whom.
pub async fn asked_by(db: impl PgExecutor<'_>, request: Uuid) -> Result<Option<(Uuid, Uuid)>> {
    let row = sqlx::query!("select company_id, user_id from contact_requests where id = $1", request)
        .fetch_optional(db)
        .await?;
    Ok(row.map(|row| (row.company_id, row.user_id)))
}

/// Closes an open request. `false`: someone was first.
pub async fn close(db: impl PgExecutor<'_>, request: Uuid, state: &str, by: &str) -> Result<bool> {
    let done = sqlx::query!(
        "update contact_requests set state = $2, closed_at = now(), closed_by = $3 where id = $1 and state = 'open'",
        request,
        state,
        by,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Who answered.
pub async fn closed_by(db: impl PgExecutor<'_>, request: Uuid) -> Result<Option<String>> {
    let row = sqlx::query!("select closed_by from contact_requests where id = $1", request)
        .fetch_optional(db)
        .await?;
    Ok(row.and_then(|row| row.closed_by))
}

/// Closes the open request of a user who is helped in another way.
pub async fn close_of(db: impl PgExecutor<'_>, user: Uuid, by: &str) -> Result<()> {
    sqlx::query!(
        "update contact_requests set state = 'done', closed_at = now(), closed_by = $2 where user_id = $1 and state = 'open'",
        user,
        by,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Opens a refused request again. `false`: it was not refused, or the person has a newer open one.
pub async fn reopen(db: &mut super::Connection, request: Uuid) -> Result<bool> {
    let done = sqlx::query!(
        "update contact_requests q set state = 'open', closed_at = null, closed_by = null
         where q.id = $1 and q.state = 'refused'
           and not exists (select from contact_requests o where o.user_id = q.user_id and o.state = 'open')",
        request,
    )
    .execute(db)
    .await;
    match done {
        // The person asked again at this very moment.
        Err(sqlx::Error::Database(fault)) if fault.is_unique_violation() => Ok(false),
        done => Ok(done?.rows_affected() == 1),
    }
}
