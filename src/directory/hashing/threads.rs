//! A fixed number of threads with a bounded queue, first come, first served.
//!
//! Not tokio's blocking pool: that has hundreds of threads, and each would leave its memory behind with the allocator.

use std::{
    collections::VecDeque,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use argon2::Block;
use tokio::{sync::oneshot, time::timeout};
use zeroize::Zeroize;

use super::{Busy, PATIENCE, Standing};

type Job = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

/// The handle of the threads; they end, after what they are at, when it is dropped.
pub(super) struct Threads {
    shared: Arc<Shared>,
    queue: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(u64, Instant, Job)>,
    next: u64,
    jobs: u64,
    refused: u64,
    waited: Duration,
    idle: usize,
    closed: bool,
}

impl Shared {
    /// A job that panics does so outside the lock, so the state is whole even if the mutex says otherwise.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread that waits for one job.
pub(super) struct Seat {
    shared: Arc<Shared>,
    job: mpsc::Sender<Job>,
}

impl Seat {
    /// Runs the job on it.
    pub async fn run<T: Send + 'static>(
        self,
        job: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |memory| {
            let _ = answer.send(job(memory));
        });
        self.job.send(job).map_err(|_| Busy)?;
        self.shared.lock().jobs += 1;
        // No answer: the job panicked, and the panic has been reported on its thread.
        answered.await.map_err(|_| Busy)
    }
}

/// A place in the queue; given back when dropped, as when a browser goes away.
struct Place<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Place<'_> {
    /// Takes the job out of the queue; false when a thread has it already.
    fn leave(&self) -> bool {
        let mut state = self.shared.lock();
        let found = state.waiting.iter().position(|(id, ..)| *id == self.id);
        let job = found.and_then(|at| state.waiting.remove(at));
        drop(state);
        job.is_some()
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Threads {
    pub fn start(threads: NonZeroUsize, queue: NonZeroUsize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        // Made first: if a thread can't be started, dropping it ends those that could.
        let handle = Self { shared: shared.clone(), queue: queue.get() };
        for n in 0..threads.get() {
            let shared = shared.clone();
            thread::Builder::new().name(format!("hashing-{n}")).spawn(move || work(&shared))?;
        }
        Ok(handle)
    }

    /// Runs a job on the next free thread. Waits for one for at most [`PATIENCE`]; the job itself is not timed.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (answer, mut answered) = oneshot::channel();
        let place = self.enter(Box::new(move |memory| {
            // Nobody may be waiting any more; the answer is then dropped, and wiped by its own type.
            let _ = answer.send(job(memory));
        }))?;
        self.shared.lock().jobs += 1;
        let result = match timeout(PATIENCE, &mut answered).await {
            Ok(result) => result,
            Err(_) if place.leave() => return Err(Busy),
            Err(_) => answered.await,
        };
        // No answer: the job panicked, and the panic has been reported on its thread.
        result.map_err(|_| Busy)
    }

    /// Waits for a free thread as [`Self::run`] does, and keeps it for one job that comes later. Dropped without one, the thread is free.
    pub async fn seat(&self) -> Result<Seat, Busy> {
        let (seated, mut is_seated) = oneshot::channel();
        let (job, next) = mpsc::channel::<Job>();
        let place = self.enter(Box::new(move |memory| {
            if seated.send(()).is_ok()
                && let Ok(job) = next.recv()
            {
                job(memory);
            }
        }))?;
        match timeout(PATIENCE, &mut is_seated).await {
            Ok(result) => result.map_err(|_| Busy)?,
            Err(_) if place.leave() => return Err(Busy),
            Err(_) => is_seated.await.map_err(|_| Busy)?,
        }
        Ok(Seat { shared: self.shared.clone(), job })
    }

    fn enter(&self, job: Job) -> Result<Place<'_>, Busy> {
        let mut state = self.shared.lock();
        // A free thread takes a job at once, so it takes no place of those who wait.
        if state.waiting.len() >= self.queue + state.idle {
            state.refused += 1;
            return Err(Busy);
        }
        let id = state.next;
        state.next += 1;
        state.waiting.push_back((id, Instant::now(), job));
        drop(state);
        self.shared.wake.notify_one();
        Ok(Place { shared: &self.shared, id })
    }

    /// How many jobs were taken in so far; a seat is one when it is used.
    pub fn jobs(&self) -> u64 {
        self.shared.lock().jobs
    }

    /// How it stands: for metrics.
    pub fn standing(&self) -> Standing {
        let state = self.shared.lock();
        Standing {
            waiting: state.waiting.len(),
            taken: state.next,
            refused: state.refused,
            waited: state.waited,
        }
    }

    /// How many jobs wait, and how many threads are free.
    #[cfg(test)]
    pub fn waiting_and_idle(&self) -> (usize, usize) {
        let state = self.shared.lock();
        (state.waiting.len(), state.idle)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_all();
    }
}

/// The life of one thread.
fn work(shared: &Shared) {
    let mut memory: Vec<Block> = Vec::new();
    let mut used = false;
    loop {
        let mut state = shared.lock();
        if used && state.waiting.is_empty() {
            // The next hash writes over all of it, so it is wiped only before a rest: that costs no throughput.
            drop(state);
            memory.iter_mut().for_each(Zeroize::zeroize);
            used = false;
            continue;
        }
        let job = loop {
            if let Some((_, since, job)) = state.waiting.pop_front() {
                state.waited += since.elapsed();
                break job;
            }
            if state.closed {
                return;
            }
            state.idle += 1;
            state = shared.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        };
        drop(state);
        used = true;
        // A panic is reported by its hook; the thread must live on, or the queue would stand still.
        let _ = catch_unwind(AssertUnwindSafe(|| job(&mut memory)));
    }
}
