//! Budgets that are taken outside a larger statement.

use sqlx::PgExecutor;
use time::OffsetDateTime;

use super::Result;
use crate::domain::{
    escalation::{Escalation, Level},
    limits::{Account, Budgets, IN_A_ROW, Network, TextBudget, key},
};

/// What became of a wrong answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongAnswer {
    /// The network has to wait.
    pub until: Option<OffsetDateTime>,
    /// What its next page has to ask for.
    pub level: Level,
}

/// Counts a wrong or dead CAPTCHA answer against the network and spends its challenge, so that one challenge
/// can't be guessed twice (V-68).
pub async fn wrong_challenge(
    db: impl PgExecutor<'_>,
    challenge: Option<([u8; 32], OffsetDateTime)>,
    network: &Network,
    budgets: &Budgets,
    escalation: Escalation,
) -> Result<WrongAnswer> {
    let row = sqlx::query!(
        r#"with spent as (
          insert into spent_challenges (id_hash, expires_at) select $1, $2 where $1::bytea is not null on conflict do nothing)
        select network_until, level as "level!" from count_wrong_answer($3, $4, $5, $6)"#,
        challenge.map(|(hash, _)| hash.to_vec()),
        challenge.map(|(_, until)| until),
        key::starts_of_network(network),
        budgets.starts_per_network_per_hour,
        escalation.busy_after,
        escalation.crowded_after,
    )
    .fetch_one(db)
    .await?;
    Ok(WrongAnswer { until: row.network_until, level: Level::from_number(row.level) })
}

/// What a page for this network has to ask for. Only for the page: what counts is judged when something is sent.
pub async fn level(db: impl PgExecutor<'_>, network: &Network, escalation: Escalation) -> Result<Level> {
    let level = sqlx::query_scalar!(
        r#"select network_level($1, $2, $3) as "level!""#,
        key::starts_of_network(network),
        escalation.busy_after,
        escalation.crowded_after,
    )
    .fetch_one(db)
    .await?;
    Ok(Level::from_number(level))
}

/// Takes one from a budget of a day. Gives the time of the next, if there is none left.
pub async fn take(db: impl PgExecutor<'_>, key: &str, most: i32) -> Result<Option<OffsetDateTime>> {
    sqlx::query_scalar!("select take_budget($1, $2, interval '1 day') as until", key, most)
        .fetch_one(db)
        .await
}

/// Takes one of the texts that a company's administrators may cause to one number, 3 in 10 minutes and 10 a day. Apart from those of
/// the wizard: no company uses up another's, nor learns from its own what another's people get.
pub async fn take_text_of_company(
    db: impl PgExecutor<'_>,
    company: uuid::Uuid,
    number: &str,
) -> Result<Option<OffsetDateTime>> {
    sqlx::query_scalar!("select take_text_of_company($1, $2) as until", company, number).fetch_one(db).await
}

/// When an account may try security codes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodesAgain {
    /// Now.
    Now,
    /// At this time.
    At(OffsetDateTime),
    /// When an administrator lifts it: too many in a row (N-12).
    WhenLifted,
}

/// When an account may try security codes again.
pub async fn codes_again(
    db: impl PgExecutor<'_>,
    account: &Account,
    budgets: &Budgets,
) -> Result<CodesAgain> {
    let row = sqlx::query!(
        r#"select budget_free_at($1, $2, interval '1 day') as until,
                  exists (select from failures_in_a_row f
                          where f.account = $3 and f.kind = 'code' and f.network = '' and f.failures >= $4) as "stopped!""#,
        key::wrong_codes(account),
        budgets.wrong_codes_per_account_per_day,
        account.as_str(),
        IN_A_ROW,
    )
    .fetch_one(db)
    .await?;
    Ok(match (row.stopped, row.until) {
        (true, _) => CodesAgain::WhenLifted,
        (false, Some(until)) => CodesAgain::At(until),
        (false, None) => CodesAgain::Now,
    })
}

/// Until when a network has to wait before it may start or try again; `None` while it may now. Looks only.
pub async fn starts_again_at(
    db: impl PgExecutor<'_>,
    network: &Network,
    budgets: &Budgets,
) -> Result<Option<OffsetDateTime>> {
    sqlx::query_scalar!(
        "select budget_free_at($1, $2, interval '1 hour') as until",
        key::starts_of_network(network),
        budgets.starts_per_network_per_hour,
    )
    .fetch_one(db)
    .await
}

/// Counts a link that opens nothing.
pub async fn wrong_link(
    db: impl PgExecutor<'_>,
    network: &Network,
    budgets: &Budgets,
) -> Result<Option<OffsetDateTime>> {
    sqlx::query_scalar!(
        "select take_budget($1, $2, interval '1 hour') as until",
        key::wrong_links_of_network(network),
        budgets.wrong_links_per_network_per_hour,
    )
    .fetch_one(db)
    .await
}

/// Whether something that anybody can cause any number of times is to be told now: once a minute, place and network.
pub async fn is_to_be_told(db: impl PgExecutor<'_>, what: &str, at: &str, network: &Network) -> Result<bool> {
    let until = sqlx::query_scalar!(
        "select take_budget($1, 1, interval '1 minute') as until",
        key::recorded(what, at, network)
    );
    Ok(until.fetch_one(db).await?.is_none())
}

/// How much of a budget of text messages is spent, for whoever watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// Which.
    pub budget: TextBudget,
    /// The calling code, of a country's.
    pub country: Option<u16>,
    /// How many in the last hour; of the accounts the one with most in the last day, without its name.
    pub texts: i64,
}

/// How much of the budgets of text messages is spent now: that of the hour, one line a country, one for all accounts.
pub async fn spent(db: impl PgExecutor<'_>) -> Result<Vec<Spent>> {
    let rows = sqlx::query!(
        r#"select split_part(b.key, '/', 2) as "kind!", case when b.key like 'texts/country/%' then split_part(b.key, '/', 3) end as country,
                  max((select count(*) from unnest(b.hits) h
                       where h > now() - case when b.key like 'texts/account/%' then interval '1 day' else interval '1 hour' end)) as "texts!"
           from budgets b where b.key >= 'texts/' and b.key < 'texts0' group by 1, 2 order by 1, 2"#,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let budget = match row.kind.as_str() {
                "account" => TextBudget::Account,
                "country" => TextBudget::Country,
                "all" => TextBudget::Hour,
                _ => return None,
            };
            Some(Spent { budget, country: row.country.and_then(|code| code.parse().ok()), texts: row.texts })
        })
        .collect())
}
