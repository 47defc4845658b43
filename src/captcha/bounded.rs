//! A bound on the pictures and recordings that are made at once.
//!
//! Anyone may ask for a picture, and each costs milliseconds of a core: without a bound a flood of them would starve
//! sign-in. What must stay true: a place is given back when the *work* ends, not when the request does, since a
//! caller that hangs up leaves its thread running.

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

/// How many are made at once on one node.
const PLACES: usize = 2;
/// How long a request waits for a place.
const WAIT: Duration = Duration::from_secs(1);

/// No place came free in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many pictures are being drawn")]
pub struct Busy;

#[derive(Clone, Debug)]
pub(super) struct Bound(Arc<Semaphore>);

impl Bound {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(PLACES)))
    }

    /// Runs `work` on a blocking thread once there is a place.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let place = tokio::time::timeout(WAIT, self.0.clone().acquire_owned())
            .await
            .map_err(|_| Busy)?
            .map_err(|_| Busy)?;
        let job = tokio::task::spawn_blocking(move || {
            let _place = place;
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
        let held = bound.0.clone().acquire_many_owned(u32::try_from(PLACES).unwrap()).await.unwrap();
        assert_eq!(bound.run(|| 1).await, Err(Busy));
        drop(held);
        assert_eq!(bound.run(|| 1).await, Ok(1));
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
                    .run(move || {
                        let _ = started.send(());
                        blocked.recv().ok();
                    })
                    .await
            }
        });
        runs.await.unwrap();
        request.abort();
        let _ = request.await;
        assert_eq!(bound.0.available_permits(), PLACES - 1);
        release.send(()).unwrap();
        let all = bound.0.acquire_many(u32::try_from(PLACES).unwrap()).await.unwrap();
        assert_eq!(all.num_permits(), PLACES);
    }
}
