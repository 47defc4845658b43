//! How long rows are kept (ASVS 14.2.7). Audit events, reports and decided changes stay: they are the record.

use super::Result;
use crate::domain::limits::{PLACE_DAYS, STRANGER_DAYS};

/// Days that a reset is kept after its start, with its codes and messages.
pub const ATTEMPT_DAYS: i32 = 30;

/// Days that other messages, requests to administrators and results of several resets are kept after their end.
pub const CORRESPONDENCE_DAYS: i32 = 90;

/// Rows of a kind at most in one round.
const A_ROUND: i64 = 5_000;

/// Removes what no rule looks at any more. Nothing depends on it: every rule compares times itself (V-39).
pub async fn forget_old(db: &super::Pool) -> Result<()> {
    // What somebody holds is just being used: the next round looks again. Waiting for it, with others held, two would stand in each
    // other's way.
    sqlx::query!(
        "with old as materialized (select key from budgets where fresh_until < now() for update skip locked)
         delete from budgets b using old where b.key = old.key"
    )
    .execute(db)
    .await?;
    // Of people only a right password or code, or a lift, takes them away; those from one network stay where the person is known.
    sqlx::query!(
        "with old as materialized (
         select f.account, f.kind, f.network from failures_in_a_row f
         where f.last_at < now() - make_interval(days => $1)
           and not exists (select from users u where account_key(u.user_id_normalised) = f.account
                           and (f.network = '' or exists (select from sign_in_places p where p.user_id = u.id and p.network = f.network)))
         for update of f skip locked)
         delete from failures_in_a_row f using old where (f.account, f.kind, f.network) = (old.account, old.kind, old.network)",
        STRANGER_DAYS,
    )
    .execute(db)
    .await?;
    // The last one stays, so that a sign-in from elsewhere after a long time is told.
    sqlx::query!(
        "delete from sign_in_places p
         where p.last_seen_at < now() - make_interval(days => $1)
           and exists (select from sign_in_places n where n.user_id = p.user_id
                       and (n.last_seen_at, n.network) > (p.last_seen_at, p.network))",
        PLACE_DAYS,
    )
    .execute(db)
    .await?;
    // Nodes judge a challenge's life by their own clocks: an hour more, or one that is late could see it alive again.
    sqlx::query!("delete from spent_challenges where expires_at < now() - interval '1 hour'")
        .execute(db)
        .await?;
    sqlx::query!("delete from sessions where expires_at < now()").execute(db).await?;
    // With their links, codes and messages.
    sqlx::query!(
        "delete from reset_attempts where started_at < now() - make_interval(days => $1)",
        ATTEMPT_DAYS
    )
    .execute(db)
    .await?;
    forget_correspondence(db).await
}

/// Removes what people wrote and were written, past its time. So much a round, since there may be years of it when this is first
/// done: nothing that serves waits for it, and the next round goes on.
async fn forget_correspondence(db: &super::Pool) -> Result<()> {
    // What waits is never old: only what has ended goes.
    sqlx::query!(
        "with old as materialized (
           select id from outbox where attempt_id is null and state <> 'queued' and finished_at < now() - make_interval(days => $1)
           order by finished_at limit $2 for update skip locked)
         delete from outbox o using old where o.id = old.id",
        CORRESPONDENCE_DAYS,
        A_ROUND,
    )
    .execute(db)
    .await?;
    // Of links that are no attempt's: one-time links, confirmations, "This was not me". None lives for more than a week.
    sqlx::query!(
        "with old as materialized (
           select id from reset_tokens where attempt_id is null and created_at < now() - make_interval(days => $1) and expires_at < now()
           order by created_at limit $2 for update skip locked)
         delete from reset_tokens t using old where t.id = old.id",
        CORRESPONDENCE_DAYS,
        A_ROUND,
    )
    .execute(db)
    .await?;
    sqlx::query!(
        "with old as materialized (
           select id from contact_requests where state <> 'open' and closed_at < now() - make_interval(days => $1)
           order by closed_at limit $2 for update skip locked)
         delete from contact_requests r using old where r.id = old.id",
        CORRESPONDENCE_DAYS,
        A_ROUND,
    )
    .execute(db)
    .await?;
    sqlx::query!(
        "with old as materialized (
           select id from reset_batches where created_at < now() - make_interval(days => $1)
           order by created_at limit $2 for update skip locked)
         delete from reset_batches b using old where b.id = old.id",
        CORRESPONDENCE_DAYS,
        A_ROUND,
    )
    .execute(db)
    .await?;
    Ok(())
}
