//! How much waits in the outbox and for how long: for metrics, `/readyz` and the doctor.

use sqlx::PgExecutor;

use crate::store::Result;

/// What waits by one channel, urgent or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// `email` or `sms`.
    pub channel: String,
    /// Somebody waits for it on a page.
    pub urgent: bool,
    /// How many are queued, whether they may leave yet or not.
    pub queued: i64,
    /// How long the oldest that may leave waits since it might, in milliseconds; none: no one waits. One that failed waits since it
    /// was queued.
    pub oldest_milliseconds: Option<i64>,
}

/// What waits, and what was given up of late.
#[derive(Clone, Debug, Default)]
pub struct Backlog {
    /// By channel and urgency, those that have any.
    pub waiting: Vec<Waiting>,
    /// Messages given up within the last hour.
    pub gave_up_in_an_hour: i64,
}

/// Counts. Only what is queued is read, and what was given up within the hour: thousands at most, by index.
pub async fn backlog(db: impl PgExecutor<'_>) -> Result<Backlog> {
    let rows = sqlx::query!(
        r#"with waiting as (
          select channel, urgent, count(*) as queued,
                 -- A start without a puzzle waits a minute before it may leave: that is no delay.
                 (extract(epoch from now() - min(case when tries > 0 then created_at else run_at end)
                    filter (where tries > 0 or run_at <= now())) * 1000)::bigint as oldest
          from outbox where state = 'queued' group by channel, urgent)
        select w.channel as "channel?", w.urgent as "urgent?", w.queued as "queued?", w.oldest as "oldest?",
               (select count(*) from outbox where state = 'gave_up' and finished_at > now() - interval '1 hour') as "gave_up!"
        from (select) one left join waiting w on true"#
    )
    .fetch_all(db)
    .await?;
    let mut backlog = Backlog::default();
    for row in rows {
        backlog.gave_up_in_an_hour = row.gave_up;
        if let (Some(channel), Some(urgent), Some(queued)) = (row.channel, row.urgent, row.queued) {
            backlog.waiting.push(Waiting { channel, urgent, queued, oldest_milliseconds: row.oldest });
        }
    }
    Ok(backlog)
}
