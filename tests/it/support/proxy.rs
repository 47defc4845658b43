//! A wire between a node and its Postgres that can be cut at any message, as `kill -9` of the node cuts it; and that can be
//! slow, silent or gone.
//!
//! It reads the framing of the protocol (type, length), so that a cut falls between two messages of the service: before one is
//! forwarded, or after one took effect (the server said that it is ready again) but before the answer arrives. A fault is armed
//! once and trips once; from then on nobody gets through until [`Proxy::mend`].

use std::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicUsize, Ordering},
};
use std::time::Duration;

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, UnixStream, unix},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

/// Where a cut falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The message never reaches the database.
    Before,
    /// The database has answered it; the service never learns.
    After,
}

/// Which message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The n-th message of the service since the fault was armed, from 0.
    Message(usize),
    /// The n-th `Sync` (from 1) after a statement with this text is prepared on the same connection: 1 prepares it, 2 commits it.
    Sync(&'static str, usize),
}

/// What happens besides the cut, at its very moment: a process is killed.
pub type Also = Box<dyn FnOnce() + Send>;

struct Fault {
    at: At,
    moment: Moment,
    also: Option<Also>,
}

#[derive(Default)]
struct State {
    fault: Option<Fault>,
    seen: Vec<char>,
    tripped: bool,
    refusing: bool,
    delay: Duration,
    cut: CancellationToken,
}

struct Shared {
    state: Mutex<State>,
    silent: watch::Sender<bool>,
    connections: AtomicUsize,
    socket: String,
}

/// The wire.
pub struct Proxy {
    shared: Arc<Shared>,
    url: String,
}

impl Proxy {
    /// A wire to the database at this address (one of the private cluster: a Unix socket).
    pub async fn to(database_url: &str) -> Self {
        let address = url::Url::parse(database_url).unwrap();
        let folder = address.query_pairs().find(|(name, _)| name == "host").unwrap().1.into_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (silent, _) = watch::channel(false);
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            silent,
            connections: AtomicUsize::new(0),
            socket: format!("{folder}/.s.PGSQL.{}", address.port().unwrap()),
        });
        let serving = shared.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (refusing, cut) = {
                    let state = serving.state();
                    (state.refusing, state.cut.clone())
                };
                if !refusing {
                    serving.connections.fetch_add(1, Ordering::SeqCst);
                    tokio::spawn(carry(serving.clone(), client, cut));
                }
            }
        });
        let url =
            format!("postgres://{}@127.0.0.1:{port}{}?sslmode=disable", address.username(), address.path());
        Self { shared, url }
    }

    /// The database's address at this end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Arms one fault; counting begins now.
    pub fn arm(&self, at: At, moment: Moment, also: Option<Also>) {
        let mut state = self.shared.state();
        state.seen.clear();
        state.tripped = false;
        state.fault = Some(Fault { at, moment, also });
    }

    /// Whether the fault happened.
    pub fn tripped(&self) -> bool {
        self.shared.state().tripped
    }

    /// The kinds of the messages since [`Self::arm`] or [`Self::forget`].
    pub fn seen(&self) -> Vec<char> {
        self.shared.state().seen.clone()
    }

    /// Counts from 0 again, without a fault.
    pub fn forget(&self) {
        let mut state = self.shared.state();
        state.seen.clear();
        state.fault = None;
    }

    /// Cuts everything now and lets nobody through.
    pub fn refuse(&self) {
        self.shared.state().cut_all();
    }

    /// Lets new connections through again.
    pub fn mend(&self) {
        let mut state = self.shared.state();
        state.refusing = false;
        state.tripped = false;
        state.fault = None;
    }

    /// From now on nothing is forwarded, and nobody is told; or again.
    pub fn silent(&self, silent: bool) {
        self.shared.silent.send_replace(silent);
    }

    /// From now on each message waits so long.
    pub fn delay(&self, delay: Duration) {
        self.shared.state().delay = delay;
    }

    /// Waits until Postgres has ended every session of a cut wire: then what was under way is committed or rolled back.
    pub async fn gone(&self) {
        for _ in 0..2000 {
            if self.shared.connections.load(Ordering::SeqCst) == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("a session of the database outlived its client");
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn trip(&self) {
        let mut state = self.state();
        state.tripped = true;
        // The process dies before its wire does: it must not have the time to notice.
        if let Some(also) = state.fault.take().and_then(|fault| fault.also) {
            also();
        }
        state.cut_all();
    }
}

impl State {
    fn cut_all(&mut self) {
        self.refusing = true;
        std::mem::take(&mut self.cut).cancel();
    }
}

/// What both directions of one connection know.
#[derive(Default)]
struct Turns {
    /// How often the database was asked to become ready.
    asked: AtomicUsize,
    /// How often it said that it is.
    ready: AtomicUsize,
    /// At which of these the answer is swallowed and the wire cut; 0 is none.
    fatal: AtomicUsize,
}

async fn carry(shared: Arc<Shared>, client: TcpStream, cut: CancellationToken) {
    let server = UnixStream::connect(&shared.socket).await.unwrap();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let turns = Turns::default();
    tokio::select! {
        () = cut.cancelled() => {}
        () = forward(&shared, &turns, &mut from_client, &mut to_server) => {}
        () = answer(&shared, &turns, &mut from_server, &mut to_client) => {}
    }
    drop((from_client, to_client));
    let _ = to_server.shutdown().await;
    let mut rest = [0u8; 4096];
    while matches!(from_server.read(&mut rest).await, Ok(1..)) {}
    shared.connections.fetch_sub(1, Ordering::SeqCst);
}

/// The service's messages. The first one has no type.
async fn forward(
    shared: &Shared,
    turns: &Turns,
    from: &mut (impl AsyncRead + Unpin),
    to: &mut unix::OwnedWriteHalf,
) {
    let mut silent = shared.silent.subscribe();
    let Some(startup) = message(from, false).await else { return };
    turns.asked.fetch_add(1, Ordering::SeqCst);
    if silent.wait_for(|silent| !silent).await.is_err() || to.write_all(&startup).await.is_err() {
        return;
    }
    let mut syncs_of_statement = None;
    while let Some(message) = message(from, true).await {
        let kind = char::from(message[0]);
        let asks = matches!(kind, 'S' | 'Q');
        let mut cut = false;
        let delay = {
            let mut state = shared.state();
            let number = state.seen.len();
            if kind != 'X' {
                state.seen.push(kind);
            }
            if let Some(Fault { at, moment, .. }) = &state.fault {
                let here = match at {
                    At::Message(n) => kind != 'X' && number == *n,
                    At::Sync(text, n) => {
                        if kind == 'P' {
                            let found = message.windows(text.len()).any(|part| part == text.as_bytes());
                            syncs_of_statement = found.then_some(0);
                        }
                        if asks {
                            syncs_of_statement = syncs_of_statement.map(|syncs| syncs + 1);
                        }
                        asks && syncs_of_statement == Some(*n)
                    }
                };
                match moment {
                    Moment::Before => cut = here,
                    Moment::After if here && asks => {
                        turns.fatal.store(turns.asked.load(Ordering::SeqCst) + 1, Ordering::SeqCst);
                    }
                    Moment::After => {}
                }
            }
            state.delay
        };
        if cut {
            shared.trip();
            return;
        }
        if asks {
            turns.asked.fetch_add(1, Ordering::SeqCst);
        }
        if delay > Duration::ZERO {
            tokio::time::sleep(delay).await;
        }
        if silent.wait_for(|silent| !silent).await.is_err() || to.write_all(&message).await.is_err() {
            return;
        }
    }
}

/// The database's messages.
async fn answer(
    shared: &Shared,
    turns: &Turns,
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl tokio::io::AsyncWrite + Unpin),
) {
    let mut silent = shared.silent.subscribe();
    while let Some(message) = message(from, true).await {
        let turn = turns.ready.load(Ordering::SeqCst) + 1;
        let swallowed = turn == turns.fatal.load(Ordering::SeqCst);
        if message[0] == b'Z' {
            turns.ready.store(turn, Ordering::SeqCst);
            if swallowed {
                shared.trip();
                return;
            }
        }
        if !swallowed
            && (silent.wait_for(|silent| !silent).await.is_err() || to.write_all(&message).await.is_err())
        {
            return;
        }
    }
}

/// One whole message; none at the end of the stream.
async fn message(from: &mut (impl AsyncRead + Unpin), typed: bool) -> Option<Vec<u8>> {
    let mut head = vec![0u8; if typed { 5 } else { 4 }];
    from.read_exact(&mut head).await.ok()?;
    let length = head[head.len() - 4..].try_into().map(u32::from_be_bytes).unwrap();
    let start = head.len();
    head.resize(start + usize::try_from(length).unwrap() - 4, 0);
    from.read_exact(&mut head[start..]).await.ok()?;
    Some(head)
}
