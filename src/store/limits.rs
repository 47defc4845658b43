//! Who stands at a limit, until when; and the end of it before its time.
//!
//! Must stay true: a limit of a typed user ID is found by the hash that budgets know it by, so that nobody is listed who is no user; a
//! list reads only what is spent, however many were counted.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Connection, Result};
use crate::domain::limits::{
    Account, Budgets, IN_A_ROW, IN_A_ROW_ELSEWHERE, Network, PLACE_DAYS,
    kind::{Holder, Kind, Rule, rules},
};

/// A limit at which a person stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Who.
    pub user: Uuid,
    /// Their user ID.
    pub user_id: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// Which.
    pub kind: Kind,
    /// From where, for those that are counted by network.
    pub network: Option<String>,
    /// The time of the next try; none: when it is lifted.
    pub until: Option<OffsetDateTime>,
}

/// A limit at which a network stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkStanding {
    /// From where.
    pub network: String,
    /// Which.
    pub kind: Kind,
    /// The time of the next try.
    pub until: OffsetDateTime,
}

/// The rules as columns.
struct Columns {
    kinds: Vec<String>,
    holders: Vec<String>,
    prefixes: Vec<String>,
    of_network: Vec<bool>,
    most: Vec<i32>,
    seconds: Vec<f64>,
}

fn columns(budgets: &Budgets, fits: impl Fn(&Rule) -> bool) -> Columns {
    let rules: Vec<Rule> = rules(budgets).into_iter().filter(fits).collect();
    Columns {
        kinds: rules.iter().map(|rule| rule.kind.as_str().to_owned()).collect(),
        holders: rules.iter().map(|rule| rule.holder.as_str().to_owned()).collect(),
        prefixes: rules.iter().map(|rule| rule.prefix.to_owned()).collect(),
        of_network: rules.iter().map(|rule| rule.of_network).collect(),
        most: rules.iter().map(|rule| rule.most).collect(),
        seconds: rules.iter().map(|rule| f64::from(rule.seconds)).collect(),
    }
}

/// The limits at which people stand: of a company or of all, of one person or of all; by user ID, `most` at most.
pub async fn of_people(
    db: impl PgExecutor<'_>,
    company: Option<Uuid>,
    user: Option<Uuid>,
    budgets: &Budgets,
    most: i64,
) -> Result<Vec<Standing>> {
    let rules = columns(budgets, |rule| rule.holder != Holder::Network);
    let rows = sqlx::query!(
        r#"with
        rule as materialized (
          select * from unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::integer[], $6::float8[])
            as r(kind, holder, prefix, of_network, most, seconds)),
        spent as materialized (
          select r.kind, r.holder, split_part(substr(b.key, length(r.prefix) + 1), '/', 1) as subject,
                 case when r.of_network then substr(b.key, strpos(b.key, '/network/') + 9) end as network,
                 b.hits[cardinality(b.hits) - r.most + 1] + make_interval(secs => r.seconds) as until
          from rule r
          join budgets b on split_part(b.key, '/', 1) = split_part(r.prefix, '/', 1) and cardinality(b.hits) >= r.most
          where starts_with(b.key, r.prefix) and (strpos(b.key, '/network/') > 0) = r.of_network),
        person as (
          select s.kind, s.network, s.until, u.id from spent s join users u on account_key(u.user_id_normalised) = s.subject
          where s.holder = 'account'
          union all
          select s.kind, s.network, s.until, m.user_id from spent s join mobile_phones m on m.number = s.subject where s.holder = 'number'
          union all
          select s.kind, s.network, s.until, e.user_id from spent s join alternate_emails e on account_key(lower(e.address)) = s.subject
          where s.holder = 'address'
          union all
          -- Texts to a number that nobody has any more are counted under the number.
          select s.kind, s.network, s.until, u.id from spent s
          join users u on u.id = case when s.subject ~ '^[0-9a-f]{8}-' then s.subject::uuid end
          where s.holder = 'person'
          union all
          select case f.kind when 'code' then 'wrong_codes_in_a_row' else 'wrong_passwords_in_a_row' end, nullif(f.network, ''), null, u.id
          from failures_in_a_row f join users u on account_key(u.user_id_normalised) = f.account
          where f.failures >= 100 and (f.kind = 'code' or u.password_changed_at is null or f.last_at >= u.password_changed_at)
          union all
          -- Those from one network: fewer where the person is not known.
          select 'wrong_passwords_in_a_row', f.network, null, u.id
          from failures_in_a_row f join users u on account_key(u.user_id_normalised) = f.account
          where f.network <> '' and f.failures >= 20 and f.failures < 100
            and (u.password_changed_at is null or f.last_at >= u.password_changed_at)
            and not knows_place(u.id, f.network, $10))
        select u.id as "user!", u.user_id as "user_id!", u.display_name as "display_name!", p.kind as "kind!", p.network as "network?",
               max(p.until) as "until?"
        from person p join users u on u.id = p.id
        where (p.until is null or p.until > now()) and ($7::uuid is null or u.company_id = $7) and ($8::uuid is null or u.id = $8)
        group by u.id, p.kind, p.network
        order by u.user_id_normalised, u.id, p.kind, p.network
        limit $9"#,
        &rules.kinds,
        &rules.holders,
        &rules.prefixes,
        &rules.of_network,
        &rules.most,
        &rules.seconds,
        company,
        user,
        most,
        PLACE_DAYS,
    )
    .fetch_all(db)
    .await?;
    let standing = rows.into_iter().filter_map(|row| {
        Some(Standing {
            user: row.user,
            user_id: row.user_id,
            display_name: row.display_name,
            kind: Kind::named(&row.kind)?,
            network: row.network,
            until: row.until,
        })
    });
    Ok(standing.collect())
}

/// The limits at which networks stand: the longest first, `most` at most.
pub async fn of_networks(
    db: impl PgExecutor<'_>,
    budgets: &Budgets,
    most: i64,
) -> Result<Vec<NetworkStanding>> {
    let rules = columns(budgets, |rule| rule.holder == Holder::Network);
    let rows = sqlx::query!(
        r#"with
        rule as materialized (
          select * from unnest($1::text[], $2::text[], $3::integer[], $4::float8[]) as r(kind, prefix, most, seconds)),
        spent as (
          select r.kind, substr(b.key, length(r.prefix) + 1) as network,
                 b.hits[cardinality(b.hits) - r.most + 1] + make_interval(secs => r.seconds) as until
          from rule r
          join budgets b on split_part(b.key, '/', 1) = split_part(r.prefix, '/', 1) and cardinality(b.hits) >= r.most
          where starts_with(b.key, r.prefix))
        select kind as "kind!", network as "network!", until as "until!" from spent where until > now()
        order by until desc, network, kind limit $5"#,
        &rules.kinds,
        &rules.prefixes,
        &rules.most,
        &rules.seconds,
        most,
    )
    .fetch_all(db)
    .await?;
    let standing = rows.into_iter().filter_map(|row| {
        Some(NetworkStanding { network: row.network, kind: Kind::named(&row.kind)?, until: row.until })
    });
    Ok(standing.collect())
}

/// Whose limits end, and which.
#[derive(Debug)]
pub struct Lift<'a> {
    /// The user's row.
    pub user: Uuid,
    /// The user ID as it is compared.
    pub normalised: &'a str,
    /// The kinds.
    pub kinds: &'a [Kind],
}

/// Ends limits of a person: what was counted is forgotten. Call it after the user's row is locked.
pub async fn lift(db: &mut Connection, lift: &Lift<'_>, budgets: &Budgets) -> Result<()> {
    let rules = columns(budgets, |rule| lift.kinds.contains(&rule.kind) && rule.holder != Holder::Network);
    let account = Account::of(lift.normalised);
    sqlx::query!(
        r#"with
        rule as materialized (
          select * from unnest($1::text[], $2::text[], $3::boolean[]) as r(holder, prefix, of_network)),
        subject as materialized (
          select r.prefix || $5 as key, r.of_network from rule r where r.holder = 'account'
          union all select r.prefix || $4::uuid::text, false from rule r where r.holder = 'person'
          union all select r.prefix || m.number, false from rule r join mobile_phones m on m.user_id = $4 where r.holder = 'number'
          union all
          select r.prefix || account_key(lower(e.address)), r.of_network from rule r join alternate_emails e on e.user_id = $4
          where r.holder = 'address'),
        spent as materialized (
          select b.key from subject s join budgets b on b.key = s.key where not s.of_network
          union all
          -- '0' comes behind '/'.
          select b.key from subject s join budgets b on b.key > s.key || '/' and b.key < s.key || '0' where s.of_network),
        -- Budgets first, those of networks before others, then by key downwards: in the order in which a start, a mail, a text message
        -- and a sign-in take them.
        held as materialized (
          select b.key from budgets b join spent on spent.key = b.key order by strpos(b.key, '/network/') = 0, b.key desc for update of b),
        gone as (delete from budgets b using held where b.key = held.key returning 1)
        select sum(forget_failures($5, k.kind)) from unnest($6::text[]) as k(kind), (select count(*) from gone) g"#,
        &rules.holders,
        &rules.prefixes,
        &rules.of_network,
        lift.user,
        account.as_str(),
        &in_a_row(lift.kinds),
    )
    .fetch_one(db)
    .await?;
    Ok(())
}

/// What the table of failures in a row calls those kinds.
fn in_a_row(kinds: &[Kind]) -> Vec<String> {
    let name = |kind: &Kind| match kind {
        Kind::WrongCodesInARow => Some("code".to_owned()),
        Kind::WrongPasswordsInARow => Some("password".to_owned()),
        _ => None,
    };
    kinds.iter().filter_map(name).collect()
}

/// Ends the limits of a network, and gives which those were.
pub async fn lift_network(db: &mut Connection, network: &Network, budgets: &Budgets) -> Result<Vec<Kind>> {
    let all = of_networks(&mut *db, budgets, i64::MAX).await?;
    let kinds: Vec<Kind> =
        all.into_iter().filter(|at| at.network == network.as_str()).map(|at| at.kind).collect();
    let keys: Vec<String> = rules(budgets)
        .iter()
        .filter(|rule| rule.holder == Holder::Network && kinds.contains(&rule.kind))
        .map(|rule| format!("{}{}", rule.prefix, network.as_str()))
        .collect();
    // In the order in which a start takes them.
    sqlx::query!(
        "with held as materialized (select key from budgets where key = any($1) order by key for update)
         delete from budgets b using held where b.key = held.key",
        &keys
    )
    .execute(db)
    .await?;
    Ok(kinds)
}

const _: () = assert!(IN_A_ROW == 100, "the statement and its index name the figure");
const _: () = assert!(IN_A_ROW_ELSEWHERE == 20, "the statement and its index name the figure");
