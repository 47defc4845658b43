//! A bound on the pictures and recordings that are made at once.
//!
//! Anyone may ask for a picture, and each costs milliseconds of a core: without a bound a flood of them would starve
//! sign-in. What must stay true: a place is given back when the *work* ends, not when the request does, since a
//! caller that hangs up leaves its thread running; and one client has no more than a few in line, since otherwise a single one
//! would take the picture from everyone.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Semaphore;

/// How many are made at once on one node.
const PLACES: usize = 2;
/// How long a request waits for a place.
const WAIT: Duration = Duration::from_secs(1);

/// How many one client may have, waiting or in work: a picture and its sound, and one more for a reload.
const OF_ONE_CLIENT: usize = 3;

/// No place came free in time, or this client has its share already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many pictures are being drawn")]
pub struct Busy;

#[derive(Clone, Debug)]
pub(super) struct Bound {
    places: Arc<Semaphore>,
    in_line: Line,
}

/// Who has something at this moment: a few of each client, so that none takes what is there for all.
#[derive(Clone, Debug)]
pub(super) struct Line {
    of_one_client: usize,
    of_all: usize,
    clients: Arc<Mutex<HashMap<String, usize>>>,
}

/// One client's turn; given back when it is dropped.
#[derive(Debug)]
pub struct Turn {
    client: String,
    clients: Arc<Mutex<HashMap<String, usize>>>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = clients.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                clients.remove(&self.client);
            }
        }
    }
}

impl Line {
    pub(super) fn new(of_one_client: usize, of_all: usize) -> Self {
        Self { of_one_client, of_all, clients: Arc::default() }
    }

    pub(super) fn turn_of(&self, client: &str) -> Result<Turn, Busy> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = clients.values().sum();
        if all >= self.of_all || clients.get(client).is_some_and(|count| *count >= self.of_one_client) {
            return Err(Busy);
        }
        *clients.entry(client.to_owned()).or_default() += 1;
        Ok(Turn { client: client.to_owned(), clients: self.clients.clone() })
    }
}

impl Bound {
    pub(super) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(PLACES)), in_line: Line::new(OF_ONE_CLIENT, usize::MAX) }
    }

    /// Runs `work` for a client on a blocking thread once there is a place.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        client: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let turn = self.in_line.turn_of(client)?;
        let place = tokio::time::timeout(WAIT, self.places.clone().acquire_owned())
            .await
            .map_err(|_| Busy)?
            .map_err(|_| Busy)?;
        let job = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work()
        });
        job.await.map_err(|e| match e.try_into_panic() {
            // The layer that turns panics into a 500 page sits above us.
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_stopping) => Busy,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_third_at_once_waits_a_second_and_is_turned_away() {
        let bound = Bound::new();
        let held = bound.places.clone().acquire_many_owned(u32::try_from(PLACES).unwrap()).await.unwrap();
        assert_eq!(bound.run("192.0.2.1", || 1).await, Err(Busy));
        drop(held);
        assert_eq!(bound.run("192.0.2.1", || 1).await, Ok(1));
    }

    #[tokio::test]
    async fn one_client_cannot_fill_the_line() {
        let bound = Bound::new();
        let turns: Vec<_> = (0..OF_ONE_CLIENT).map(|_| bound.in_line.turn_of("192.0.2.1").unwrap()).collect();
        assert_eq!(bound.run("192.0.2.1", || 1).await, Err(Busy));
        assert_eq!(bound.run("192.0.2.2", || 1).await, Ok(1));
        drop(turns);
        assert_eq!(bound.run("192.0.2.1", || 1).await, Ok(1));
        assert!(bound.in_line.clients.lock().unwrap().is_empty());
    }

    #[test]
    fn all_together_have_no_more_than_there_is() {
        let line = Line::new(2, 3);
        let held = ["192.0.2.1", "192.0.2.1", "192.0.2.2"].map(|client| line.turn_of(client).unwrap());
        assert_eq!(line.turn_of("192.0.2.3").err(), Some(Busy));
        drop(held);
        assert!(line.turn_of("192.0.2.3").is_ok());
    }

    #[tokio::test]
    async fn a_caller_that_hangs_up_does_not_free_the_place_of_running_work() {
        let bound = Bound::new();
        let (release, blocked) = std::sync::mpsc::channel::<()>();
        let (started, runs) = tokio::sync::oneshot::channel();
        let request = tokio::spawn({
            let bound = bound.clone();
            async move {
                bound
                    .run("192.0.2.1", move || {
                        let _ = started.send(());
                        blocked.recv().ok();
                    })
                    .await
            }
        });
        runs.await.unwrap();
        request.abort();
        let _ = request.await;
        assert_eq!(bound.places.available_permits(), PLACES - 1);
        release.send(()).unwrap();
        let all = bound.places.acquire_many(u32::try_from(PLACES).unwrap()).await.unwrap();
        assert_eq!(all.num_permits(), PLACES);
    }
}
