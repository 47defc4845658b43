//! How far a connection is, and until when it may stay there: what sheds slow clients (R-21, O-16).
//!
//! Must stay true: at every moment there is a deadline, and nothing that a client alone does moves one on for ever: a byte now and then
//! neither lengthens a head nor a rest, and an answer has to be taken 64 KiB at a time.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes};
use hyper::body::{Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Instant,
};

use crate::config::Connections;

/// So much of an answer has to be taken within the write timeout, or the rest of it.
const WRITTEN_AT_ONCE: usize = 64 * 1024;

/// How far a connection is. Shared by its wire, its service and who watches it; all three run in one task.
#[derive(Clone)]
pub(super) struct Pace(Arc<Mutex<Standing>>);

struct Standing {
    limits: Connections,
    doing: Doing,
    since: Instant,
    /// Since when the wire takes no more, and how much it took since.
    stuck: Option<(Instant, usize)>,
    hard_end: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// The head of a request arrives.
    Head,
    /// A request is answered. Arrival and work have their own limits in the router.
    Work,
    /// Nothing since the last answer.
    Rest,
}

impl Pace {
    /// Of a connection that was just accepted. `end`: when it is closed whatever it does.
    pub(super) fn new(limits: Connections, end: Instant) -> Self {
        Self(Arc::new(Mutex::new(Standing {
            limits,
            doing: Doing::Head,
            since: Instant::now(),
            stuck: None,
            hard_end: end,
        })))
    }

    /// A request has arrived, but for its body.
    pub(super) fn works(&self) {
        self.now(Doing::Work);
    }

    /// Whether nothing happened since the last answer.
    pub(super) fn rests(&self) -> bool {
        self.lock().doing == Doing::Rest
    }

    /// When the connection is to be closed if nothing changes.
    pub(super) fn deadline(&self) -> Instant {
        let standing = self.lock();
        let patience = |since: Instant, patience: Duration| since.checked_add(patience);
        let of_doing = match standing.doing {
            Doing::Head => patience(standing.since, standing.limits.header_timeout),
            Doing::Rest => patience(standing.since, standing.limits.idle_timeout),
            Doing::Work => None,
        };
        let of_wire = standing.stuck.and_then(|(since, _)| patience(since, standing.limits.write_timeout));
        [of_doing, of_wire].into_iter().flatten().fold(standing.hard_end, Instant::min)
    }

    fn now(&self, doing: Doing) {
        let mut standing = self.lock();
        (standing.doing, standing.since) = (doing, Instant::now());
    }

    fn read(&self) {
        if self.rests() {
            self.now(Doing::Head);
        }
    }

    fn wrote(&self, bytes: usize) {
        if let Some((since, sum)) = &mut self.lock().stuck {
            *sum += bytes;
            if *sum >= WRITTEN_AT_ONCE {
                (*since, *sum) = (Instant::now(), 0);
            }
        }
    }

    fn is_stuck(&self) {
        self.lock().stuck.get_or_insert((Instant::now(), 0));
    }

    fn flushed(&self) {
        self.lock().stuck = None;
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bytes of a connection, watched.
pub(super) struct Wire {
    pub(super) stream: TcpStream,
    pub(super) pace: Pace,
}

impl Wire {
    fn noted(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(Ok(bytes)) => self.pace.wrote(*bytes),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.pace.is_stuck(),
        }
        written
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.pace.read();
        }
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.noted(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.noted(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Called when all that was to be written was handed over.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pace.flushed();
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// An answer's body: when it is gone, the request is answered and the connection rests.
pub(super) struct Handed {
    pub(super) body: Body,
    pub(super) pace: Pace,
}

impl hyper::body::Body for Handed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        self.pace.now(Doing::Rest);
    }
}
