//! Seals audit events each second, and keeps checkpoints of the chain in the log.
//!
//! Must stay true: nothing of it happens in a request; any number of nodes may run it; one that dies leaves a whole chain and a
//! whole queue (`store::audit::seals`). The log is where a checkpoint is safe from whoever can write to the database: let it be
//! kept on another machine.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    domain::{
        audit::seal::{ChainKey, Checkpoint},
        secret::Keys,
    },
    store::{Pool, Result, audit::seals},
};

/// Between two looks at what waits.
const EACH: Duration = Duration::from_secs(1);
/// Looks between two checkpoints, when something new was sealed: a minute.
const LOOKS: u32 = 60;

/// Seals until `stop`, and what is left then. `ready`: whether the database was found to be ours.
pub async fn run(pool: Pool, keys: Arc<Keys>, ready: impl Fn() -> bool, stop: CancellationToken) {
    let mut sealer = Sealer::new(pool, &keys);
    let mut failing = false;
    let mut looks = 0;
    loop {
        let stopping = stop.is_cancelled();
        if ready() {
            let outcome = sealer.look(stopping || looks % LOOKS == 0).await;
            // Once for each time that it is away, not once a second.
            if let Err(error) = &outcome
                && !failing
            {
                tracing::warn!(%error, "audit events can't be sealed now; they wait in the database");
            }
            failing = outcome.is_err();
            looks = looks.wrapping_add(1);
        }
        if stopping {
            return;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EACH) => {}
        }
    }
}

/// One node's sealer.
pub struct Sealer {
    pool: Pool,
    key: ChainKey,
    /// The last checkpoint in this node's log.
    told: Option<Checkpoint>,
}

impl Sealer {
    /// Seals with the current key.
    pub fn new(pool: Pool, keys: &Keys) -> Self {
        Self { pool, key: ChainKey::of(keys.current()), told: None }
    }

    /// Seals everything that waits; `tell`: then a checkpoint, if there is something new to tell.
    pub async fn look(&mut self, tell: bool) -> Result<()> {
        while seals::seal(&self.pool, &self.key).await? > 0 {}
        if tell { self.tell().await } else { Ok(()) }
    }

    async fn tell(&mut self) -> Result<()> {
        if let Some(told) = self.told
            && !seals::has(&self.pool, told).await?
        {
            tracing::error!(
                "the audit chain is not the one of the last checkpoint: somebody changed it, or an older database was put in place; \
                 see `sspr audit verify`"
            );
            self.told = None;
        }
        let head = seals::head(&self.pool).await?;
        if head != Checkpoint::NONE && self.told != Some(head) {
            tracing::info!(checkpoint = %head, "audit checkpoint");
            self.told = Some(head);
        }
        Ok(())
    }
}
