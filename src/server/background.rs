//! What a node does besides answering: sends messages, seals audit events, tells people that their password expires, carries out what
//! waited for its time, clears up.
//!
//! What must stay true: none of it ends while the node serves, not even by a fault of the program: a task that panics is told in the
//! log and started again. Every node does all of it; the statements see to it that nothing is done twice.

use std::{sync::atomic::Ordering, time::Duration};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    admin::{passwords, pending},
    app::App,
    outbox, sealer,
    store::{self, StoreError, attempts, retention, users as people},
};

/// Before a task that panicked is started again: long enough that one which always does fills no log.
const AGAIN: Duration = Duration::from_secs(5);

/// The tasks of a serving node.
pub(super) struct Background {
    sending: JoinHandle<()>,
    sealing: JoinHandle<()>,
    clearing: JoinHandle<()>,
    reminding: JoinHandle<()>,
    carrying_out: JoinHandle<()>,
    seal_no_more: CancellationToken,
}

impl Background {
    /// Starts all. `stop` ends them, but for the sealer.
    pub(super) fn start(app: &App, stop: &CancellationToken) -> Self {
        let seal_no_more = CancellationToken::new();
        let with = |stop: &CancellationToken| (app.clone(), stop.clone());
        let (sending, clearing, reminding, waiting, sealing) =
            (with(stop), with(stop), with(stop), with(stop), with(&seal_no_more));
        Self {
            sending: keep_running("outbox", AGAIN, move || {
                outbox::worker::run(sending.0.outbox.clone(), sending.1.clone())
            }),
            clearing: keep_running("forgetting", AGAIN, move || {
                forget_old(clearing.0.clone(), clearing.1.clone())
            }),
            reminding: keep_running("expiry", AGAIN, move || {
                warn_of_expiry(reminding.0.clone(), reminding.1.clone())
            }),
            carrying_out: keep_running("changes", AGAIN, move || {
                carry_out_what_waited(waiting.0.clone(), waiting.1.clone())
            }),
            sealing: keep_running("sealer", AGAIN, move || {
                let app = sealing.0.clone();
                let (pool, keys) = (app.pool.clone(), app.keys.clone());
                sealer::run(
                    pool,
                    keys,
                    move || app.database_is_known.load(Ordering::Relaxed),
                    sealing.1.clone(),
                )
            }),
            seal_no_more,
        }
    }

    /// To be called when nothing is answered any more and `stop` was given.
    pub(super) async fn end(self) {
        // A message being sent is finished; its lease would bring it back otherwise.
        let _ = tokio::time::timeout(Duration::from_secs(10), self.sending).await;
        self.clearing.abort();
        self.reminding.abort();
        // What it is doing is one transaction: all of it or nothing.
        self.carrying_out.abort();
        // The last, since all others record what they do.
        self.seal_no_more.cancel();
        let _ = tokio::time::timeout(Duration::from_secs(5), self.sealing).await;
    }
}

/// Runs a task until it ends by itself; one that panics is run again.
fn keep_running<F: Future<Output = ()> + Send + 'static>(
    name: &'static str,
    again: Duration,
    task: impl Fn() -> F + Send + 'static,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        while tokio::spawn(task()).await.is_err_and(|error| error.is_panic()) {
            tracing::error!(
                task = name,
                "a task of the service stumbled: this is a fault of the program; it is started again"
            );
            tokio::time::sleep(again).await;
        }
    })
}

/// Removes what no rule looks at any more, every few minutes.
async fn forget_old(app: App, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_mins(5)) => {}
        }
        if let Err(error) = retention::forget_old(&app.pool).await {
            tracing::warn!(%error, "old rows could not be removed");
        }
    }
}

/// How many people are told in one statement: few enough that nobody's sign-in waits long for a row.
const WARNED_AT_ONCE: i64 = 200;

/// Tells people that their password expires, at the start and then every few minutes. Every node does it; the statement sees to it that
/// nobody is told twice.
async fn warn_of_expiry(app: App, stop: CancellationToken) {
    loop {
        if app.database_is_known.load(Ordering::Relaxed)
            && let Err(error) = warn_those_who_are_due(&app, &stop).await
        {
            tracing::warn!(%error, "nobody could be told that a password expires");
        }
        if app.database_is_known.load(Ordering::Relaxed)
            && let Err(error) = tell_what_was_left(&app).await
        {
            tracing::warn!(%error, "a notice that a node left behind could not be queued");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_mins(5)) => {}
        }
    }
}

async fn warn_those_who_are_due(app: &App, stop: &CancellationToken) -> Result<(), StoreError> {
    while !stop.is_cancelled() {
        let mut tx = store::begin(&app.pool).await?;
        let told = people::queue_expiry_warnings(&mut tx, WARNED_AT_ONCE).await?;
        tx.commit().await?;
        if told == 0 {
            break;
        }
        app.outbox.wake();
    }
    Ok(())
}

/// How many rows that a dead node left behind are looked after at once.
const LEFT_AT_ONCE: i64 = 50;

/// Queues the notices that a node owed when it died: of attempts whose fifth code was counted, and of batches of links.
async fn tell_what_was_left(app: &App) -> Result<(), StoreError> {
    let ended = attempts::end_left_over(&app.pool, app.keys.current(), LEFT_AT_ONCE).await?;
    if ended + passwords::tell_left_over(&app.pool, LEFT_AT_ONCE).await? > 0 {
        app.outbox.wake();
    }
    Ok(())
}

/// How often a node looks for changes whose time has come.
const DUE: Duration = Duration::from_secs(5);

/// Carries out the changes of global administrators whose time has come. Every node looks; a change ends in the transaction of what it
/// does, so that one node does it, whenever another dies.
async fn carry_out_what_waited(app: App, stop: CancellationToken) {
    loop {
        if app.database_is_known.load(Ordering::Relaxed) {
            match pending::run_due(&app.pool, app.keys.current(), &app.budgets).await {
                Ok(0) => {}
                Ok(_) => app.outbox.wake(),
                Err(error) => tracing::warn!(%error, "changes that waited could not be looked at"),
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(DUE) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, atomic::AtomicUsize};

    use super::*;

    #[tokio::test]
    async fn a_task_that_stumbles_is_started_again_until_it_ends_by_itself() {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let task = keep_running("test", Duration::ZERO, move || {
            let run = counted.fetch_add(1, Ordering::Relaxed);
            async move { assert_eq!(run, 2, "a fault of the program") }
        });
        task.await.unwrap();
        assert_eq!(runs.load(Ordering::Relaxed), 3);
    }
}
