//! The load: HTTP/1.1 over kept-alive connections, as little work a request as possible, the same for whoever answers.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// One kept-alive connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, read whole.
pub struct Answer {
    /// Head and body as they came.
    pub text: String,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::with_capacity(64 * 1024) }
    }

    /// Sends a request and reads its answer; the status.
    pub async fn exchange(&mut self, request: &[u8]) -> u16 {
        self.stream.write_all(request).await.unwrap();
        self.buffer.clear();
        let end = loop {
            assert!(self.stream.read_buf(&mut self.buffer).await.unwrap() > 0, "the server hung up");
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
        };
        let length = find(&self.buffer[..end], b"content-length: ").map_or(0, |at| {
            self.buffer[at + 16..]
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .fold(0, |n, b| n * 10 + usize::from(b - b'0'))
        });
        while self.buffer.len() < end + length {
            assert!(self.stream.read_buf(&mut self.buffer).await.unwrap() > 0, "the server hung up");
        }
        self.buffer[9..12].iter().fold(0, |n, b| n * 10 + u16::from(b - b'0'))
    }

    /// The same, with the whole answer.
    pub async fn ask(&mut self, request: &[u8]) -> Answer {
        self.exchange(request).await;
        Answer { text: String::from_utf8_lossy(&self.buffer).into_owned() }
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

impl Answer {
    /// The body.
    pub fn body(&self) -> &str {
        self.text.split_once("\r\n\r\n").unwrap().1
    }

    /// The value of a cookie that it sets.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(&format!("set-cookie: {name}="))?;
        rest.split(';').next()
    }

    /// The value of a hidden field.
    pub fn hidden(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(&format!("name=\"{name}\" value=\""))?;
        rest.split('"').next()
    }
}

/// A GET as a browser's, short.
pub fn get(path: &str, cookies: &str) -> Vec<u8> {
    let cookie = if cookies.is_empty() { String::new() } else { format!("cookie: {cookies}\r\n") };
    format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{cookie}\r\n").into_bytes()
}

/// A POST of a form from a client address of its own: a node behind a proxy, so that budgets count as they do in life.
pub fn post(path: &str, cookies: &str, client: u32, fields: &[(&str, &str)]) -> Vec<u8> {
    let body = serde_urlencoded::to_string(fields).unwrap();
    let from = std::net::Ipv4Addr::from(0x0A00_0000 | (client & 0x00FF_FFFF));
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-forwarded-for: {from}\r\ncookie: {cookies}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// What one timed stretch gave.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// Answers.
    pub count: usize,
    /// Answers a second.
    pub per_second: f64,
    /// Median time of an answer, in milliseconds.
    pub p50: f64,
    /// 99 of 100 answers took no longer, in milliseconds.
    pub p99: f64,
    /// Processor time of server and database an answer, in microseconds; 0 where it was not looked at.
    pub work: f64,
}

impl Stretch {
    /// From times in seconds.
    pub fn of(mut times: Vec<f64>, took: Duration) -> Self {
        assert!(!times.is_empty(), "nothing was answered");
        times.sort_by(f64::total_cmp);
        Self {
            count: times.len(),
            per_second: times.len() as f64 / took.as_secs_f64(),
            p50: times[times.len() / 2] * 1e3,
            p99: times[(times.len() * 99 / 100).min(times.len() - 1)] * 1e3,
            work: 0.0,
        }
    }
}

/// The same request over and over for a while.
pub async fn repeat(
    address: SocketAddr,
    connections: usize,
    length: Duration,
    request: &[u8],
    status: u16,
) -> Stretch {
    let request: Arc<[u8]> = request.into();
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let request = request.clone();
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await;
            let mut times = Vec::with_capacity(1 << 16);
            while started.elapsed() < length {
                let sent = Instant::now();
                let got = connection.exchange(&request).await;
                times.push(sent.elapsed().as_secs_f64());
                assert_eq!(got, status, "{}", String::from_utf8_lossy(&connection.buffer));
            }
            times
        });
    }
    let times = tasks.join_all().await.concat();
    Stretch::of(times, started.elapsed())
}

/// Each prepared request once, spread over the connections.
pub async fn each_once(
    address: SocketAddr,
    connections: usize,
    requests: Vec<Vec<u8>>,
    status: u16,
) -> Stretch {
    let mut hands: Vec<Vec<Vec<u8>>> = (0..connections).map(|_| Vec::new()).collect();
    for (n, request) in requests.into_iter().enumerate() {
        hands[n % connections].push(request);
    }
    let mut open = Vec::new();
    for hand in hands {
        open.push((Connection::open(address).await, hand));
    }
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for (mut connection, hand) in open {
        tasks.spawn(async move {
            let mut times = Vec::with_capacity(hand.len());
            for request in hand {
                let sent = Instant::now();
                let got = connection.exchange(&request).await;
                times.push(sent.elapsed().as_secs_f64());
                assert_eq!(got, status, "{}", String::from_utf8_lossy(&connection.buffer));
            }
            times
        });
    }
    let times = tasks.join_all().await.concat();
    Stretch::of(times, started.elapsed())
}
