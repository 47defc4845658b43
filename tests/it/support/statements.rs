//! A proxy in front of Postgres that writes down every statement of a node, from the protocol itself: exact, in order, and
//! the server knows nothing of it. Only what is *executed* counts: preparing happens once a connection, in any order.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, UnixStream},
};

use super::database::TestDatabase;

/// The proxy. It ends with its test's runtime.
pub struct Statements {
    /// What a node is given instead of the database's address.
    pub url: String,
    executed: Arc<Mutex<Vec<String>>>,
}

impl Statements {
    /// A proxy in front of this database.
    pub async fn of(database: &TestDatabase) -> Self {
        let direct = url::Url::parse(&database.url()).unwrap();
        let folder = direct.query_pairs().find(|(name, _)| name == "host").unwrap().1.into_owned();
        let socket = PathBuf::from(folder).join(format!(".s.PGSQL.{}", direct.port().unwrap_or(5432)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url =
            format!("postgres://{}@127.0.0.1:{port}{}?sslmode=disable", direct.username(), direct.path());
        let executed = Arc::new(Mutex::new(Vec::new()));
        let seen = executed.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&socket).await.unwrap();
                tokio::spawn(carry(client, server, seen.clone()));
            }
        });
        Self { url, executed }
    }

    /// What was executed since the last call.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.executed.lock().unwrap())
    }
}

async fn carry(client: TcpStream, server: UnixStream, executed: Arc<Mutex<Vec<String>>>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let back = tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut reader = Reader::default();
    let mut chunk = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from_client.read(&mut chunk).await {
        // Written down before it is passed on: whoever has the answer finds the statement here.
        reader.take(&chunk[..read], &executed);
        if to_server.write_all(&chunk[..read]).await.is_err() {
            break;
        }
    }
    back.abort();
}

/// The frontend's half of one connection, read as it comes (PostgreSQL documentation, "Message Formats").
#[derive(Default)]
struct Reader {
    rest: Vec<u8>,
    started: bool,
    prepared: HashMap<Vec<u8>, String>,
    bound: String,
}

impl Reader {
    fn take(&mut self, bytes: &[u8], executed: &Mutex<Vec<String>>) {
        self.rest.extend_from_slice(bytes);
        loop {
            // The first message has no type.
            let head = usize::from(self.started);
            let Some(length) = self.rest.get(head..head + 4) else { return };
            let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
            if self.rest.len() < head + length {
                return;
            }
            let message: Vec<u8> = self.rest.drain(..head + length).collect();
            if std::mem::replace(&mut self.started, true) {
                self.read(message[0], &message[5..], executed);
            }
        }
    }

    fn read(&mut self, kind: u8, body: &[u8], executed: &Mutex<Vec<String>>) {
        let mut texts = body.split(|byte| *byte == 0);
        let mut text = || texts.next().unwrap().to_vec();
        match kind {
            b'P' => {
                let (name, sql) = (text(), String::from_utf8(text()).unwrap());
                self.prepared.insert(name, sql);
            }
            b'B' => {
                let (_portal, name) = (text(), text());
                self.bound.clone_from(&self.prepared[&name]);
            }
            // Asked of each new connection, whoever it is made for: whether the database takes writes.
            b'E' if self.bound.contains("'transaction_read_only'") => {}
            b'E' => executed.lock().unwrap().push(self.bound.clone()),
            b'Q' => executed.lock().unwrap().push(String::from_utf8(text()).unwrap()),
            _ => {}
        }
    }
}
