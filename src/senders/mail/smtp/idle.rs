//! Connections that wait for the next mail.
//!
//! What must stay true: only a connection whose last mail was accepted comes here. lettre's own pool takes back every
//! connection, also that of a send that a time limit cut off; its late replies are then read as those to the next
//! mail, which counts as accepted although it never was. So only lettre's single connection is used.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use lettre::transport::smtp::{client::AsyncSmtpConnection, commands::Noop};
use tokio::time::{Instant, timeout, timeout_at};

/// Relays hang up after about five minutes; a connection not used for this long is closed by us.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// How many may wait.
const MOST: usize = 4;
/// Longest wait for the reply to QUIT, which nobody waits for.
const GOODBYE: Duration = Duration::from_secs(2);

#[derive(Default)]
pub(super) struct IdleConnections(Arc<Mutex<Vec<Idle>>>);

struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl IdleConnections {
    /// One that still answers.
    pub(super) async fn take(&self, deadline: Instant) -> Option<AsyncSmtpConnection> {
        loop {
            let Idle { mut connection, since } = lock(&self.0).pop()?;
            if since.elapsed() < LONGEST_WAIT
                && let Ok(Ok(reply)) = timeout_at(deadline, connection.command(Noop)).await
                && reply.has_code(250)
            {
                return Some(connection);
            }
        }
    }

    pub(super) fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = lock(&self.0);
        if idle.len() >= MOST {
            drop(idle);
            tokio::spawn(goodbye(connection));
            return;
        }
        idle.push(Idle { connection, since: Instant::now() });
        let all = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            tokio::time::sleep(LONGEST_WAIT).await;
            let Some(all) = all.upgrade() else { return };
            let old: Vec<_> =
                lock(&all).extract_if(.., |idle| idle.since.elapsed() >= LONGEST_WAIT).collect();
            for Idle { connection, .. } in old {
                goodbye(connection).await;
            }
        });
    }
}

fn lock(idle: &Mutex<Vec<Idle>>) -> MutexGuard<'_, Vec<Idle>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn goodbye(mut connection: AsyncSmtpConnection) {
    let _ = timeout(GOODBYE, connection.abort()).await;
}
