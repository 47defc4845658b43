//! Seals over audit events: made in one transaction a batch, read in batches.
//!
//! Must stay true: one node seals at a time, under an advisory lock that ends with its transaction, however that ends; what is
//! queued is sealed and leaves the queue in the same transaction.

use uuid::Uuid;

use crate::{
    domain::audit::{
        chain::Seal,
        seal::{ChainKey, Checkpoint, Event},
    },
    store::{Pool, Result, begin},
};

/// How many events are sealed, or seals read, at once.
pub const BATCH: i64 = 1000;

/// Seals a batch of what waits, oldest first. Gives how many were; none also while another node is at it.
pub async fn seal(pool: &Pool, key: &ChainKey) -> Result<usize> {
    // Most of the time nothing waits, and then this is all.
    let waits = sqlx::query_scalar!(r#"select exists (select from audit_unsealed) as "waits!""#);
    if !waits.fetch_one(pool).await? {
        return Ok(0);
    }
    let mut tx = begin(pool).await?;
    // In a statement of its own: the ones behind it must see what the last holder committed.
    let mine =
        sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock(hashtext('sspr audit chain')) as "mine!""#);
    if !mine.fetch_one(&mut *tx).await? {
        return Ok(0);
    }
    let head = sqlx::query!(
        r#"select coalesce(seq, 0) as "seq!", mac, (extract(epoch from now()) * 1000000)::bigint as "now!"
           from (select) one left join lateral (select seq, mac from audit_seals order by seq desc limit 1) last on true"#
    );
    let head = head.fetch_one(&mut *tx).await?;
    let rows = sqlx::query!(
        r#"select q.event_id, exists (select from audit_seals s where s.event_id = q.event_id) as "sealed!",
                  case when isfinite(e.at) then (extract(epoch from e.at) * 1000000)::bigint end as at,
                  e.event as "event?", e.company_id, e.user_id, e.subject as "subject?", e.actor as "actor?", e.attempt_id,
                  e.network, e.outcome as "outcome?", e.details::text as details
           from audit_unsealed q join audit_events e on e.id = q.event_id order by q.event_id limit $1"#,
        BATCH
    );
    let rows = rows.fetch_all(&mut *tx).await?;
    // A chain whose last seal was broken goes on all the same: what is wrong is told by whoever looks, and what comes is sealed.
    let mut before = head.mac.and_then(|mac| mac.try_into().ok()).unwrap_or(Checkpoint::NONE.mac);
    let mut seq = head.seq;
    let (mut events, mut seqs, mut macs) = (Vec::new(), Vec::new(), Vec::new());
    let taken: Vec<Uuid> = rows.iter().map(|row| row.event_id).collect();
    // One that somebody queued a second time is only taken out.
    for row in rows.into_iter().filter(|row| !row.sealed) {
        let event = Event {
            id: row.event_id,
            at: row.at,
            event: row.event,
            company: row.company_id,
            user: row.user_id,
            subject: row.subject,
            actor: row.actor,
            attempt: row.attempt_id,
            network: row.network,
            outcome: row.outcome,
            details: row.details,
        };
        // At the end of all numbers the insert fails, and says so, rather than the task.
        seq = seq.saturating_add(1);
        before = key.seal(&before, seq, head.now, &event);
        events.push(event.id);
        seqs.push(seq);
        macs.push(before.to_vec());
    }
    sqlx::query!(
        "insert into audit_seals (seq, event_id, key_id, mac, sealed_at)
         select seq, event_id, $4, mac, now()
         from unnest($1::bigint[], $2::uuid[], $3::bytea[]) s (seq, event_id, mac)",
        &seqs,
        &events,
        &macs,
        key.id(),
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("delete from audit_unsealed where event_id = any($1)", &taken).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(events.len())
}

/// The end of the chain.
pub async fn head(pool: &Pool) -> Result<Checkpoint> {
    let row = sqlx::query!("select seq, mac from audit_seals order by seq desc limit 1").fetch_optional(pool);
    let head = row.await?.and_then(|row| Some(Checkpoint { seq: row.seq, mac: row.mac.try_into().ok()? }));
    Ok(head.unwrap_or(Checkpoint::NONE))
}

/// Whether the chain has this seal at this place.
pub async fn has(pool: &Pool, checkpoint: Checkpoint) -> Result<bool> {
    let there = sqlx::query_scalar!(
        r#"select exists (select from audit_seals where seq = $1 and mac = $2) as "there!""#,
        checkpoint.seq,
        checkpoint.mac.as_slice(),
    );
    there.fetch_one(pool).await
}

/// The next seals behind a place, with their events as they are now.
pub async fn behind(pool: &Pool, seq: i64) -> Result<Vec<Seal>> {
    let rows = sqlx::query!(
        r#"select s.seq, s.event_id, s.key_id, s.mac, e.id as "id?",
                  case when isfinite(s.sealed_at) then (extract(epoch from s.sealed_at) * 1000000)::bigint end as sealed_at,
                  case when isfinite(e.at) then (extract(epoch from e.at) * 1000000)::bigint end as at,
                  e.event as "event?", e.company_id, e.user_id, e.subject as "subject?", e.actor as "actor?", e.attempt_id,
                  e.network, e.outcome as "outcome?", e.details::text as details
           from (select * from audit_seals where seq > $1 order by seq limit $2) s
           left join audit_events e on e.id = s.event_id order by s.seq"#,
        seq,
        BATCH
    );
    let rows = rows.fetch_all(pool).await?.into_iter().map(|row| Seal {
        seq: row.seq,
        event_id: row.event_id,
        key_id: row.key_id,
        mac: row.mac,
        sealed_at: row.sealed_at,
        event: row.id.map(|id| Event {
            id,
            at: row.at,
            event: row.event,
            company: row.company_id,
            user: row.user_id,
            subject: row.subject,
            actor: row.actor,
            attempt: row.attempt_id,
            network: row.network,
            outcome: row.outcome,
            details: row.details,
        }),
    });
    Ok(rows.collect())
}

/// What an event has besides itself.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// The event.
    pub event: Uuid,
    /// It is part of the chain.
    pub sealed: bool,
    /// It waits to be.
    pub queued: bool,
}

/// How the next events from this id on stand. One statement, so that none is seen between queue and chain.
pub async fn standing(pool: &Pool, from: Uuid) -> Result<Vec<Standing>> {
    let rows = sqlx::query_as!(
        Standing,
        r#"select e.id as event, exists (select from audit_seals s where s.event_id = e.id and s.seq > 0) as "sealed!",
                  exists (select from audit_unsealed q where q.event_id = e.id) as "queued!"
           from (select id from audit_events where id >= $1 order by id limit $2) e order by e.id"#,
        from,
        BATCH
    );
    rows.fetch_all(pool).await
}

/// Queued ids from this one on whose event is gone.
pub async fn gone_unsealed(pool: &Pool, from: Uuid) -> Result<Vec<Uuid>> {
    let rows = sqlx::query_scalar!(
        "select q.event_id from audit_unsealed q
         where q.event_id >= $1 and not exists (select from audit_events e where e.id = q.event_id)
         order by q.event_id limit $2",
        from,
        BATCH
    );
    rows.fetch_all(pool).await
}
