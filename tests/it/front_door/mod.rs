//! The front door: connections, before they are requests of a page. Raw sockets, since no client library sends what is sent here.

mod flood;
mod guards;
mod malformed;
mod names;
mod slow;
mod smuggled;

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::support::app::Node;

/// One connection to a node.
struct Raw {
    stream: TcpStream,
    read: Vec<u8>,
}

/// An answer, read by its length.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.split_once(':').filter(|(known, _)| known.eq_ignore_ascii_case(name)))
            .map(|(_, value)| value.trim())
    }
}

impl Raw {
    async fn to(node: &Node) -> Self {
        Self { stream: TcpStream::connect(host(node)).await.unwrap(), read: Vec::new() }
    }

    /// With so little room that an answer soon waits to be read.
    async fn with_little_room(node: &Node) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Self { stream: socket.connect(host(node).parse().unwrap()).await.unwrap(), read: Vec::new() }
    }

    /// Writes what can be written; a server that has read enough may have closed.
    async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok()
    }

    async fn get(&mut self, path: &str, host: &str) -> Option<Answer> {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        self.answer().await
    }

    /// The next answer; nothing when the connection ended before one. Waits 30 seconds at most.
    async fn answer(&mut self) -> Option<Answer> {
        timeout(Duration::from_secs(30), async {
            loop {
                if let Some(answer) = self.take() {
                    return Some(answer);
                }
                match self.stream.read_buf(&mut self.read).await {
                    Ok(read) if read > 0 => {}
                    _ => return self.take(),
                }
            }
        })
        .await
        .expect("neither an answer nor an end")
    }

    fn take(&mut self) -> Option<Answer> {
        let end = self.read.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&self.read[..end]).into_owned();
        let mut answer = Answer { status: head.get(9..12)?.parse().ok()?, head, body: String::new() };
        let length: usize = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        if self.read.len() < end + length {
            return None;
        }
        answer.body = String::from_utf8_lossy(&self.read[end..end + length]).into_owned();
        self.read.drain(..end + length);
        Some(answer)
    }

    /// Whether the server ended the connection; waits for it, 30 seconds at most. Answers until then are read and forgotten.
    async fn ends(&mut self) -> bool {
        timeout(Duration::from_secs(30), async {
            loop {
                self.read.clear();
                if !self.stream.read_buf(&mut self.read).await.is_ok_and(|read| read > 0) {
                    return;
                }
            }
        })
        .await
        .is_ok()
    }

    /// Sends whole bytes and gives every answer until the connection ends.
    async fn all(node: &Node, bytes: impl AsRef<[u8]>) -> Vec<Answer> {
        let mut raw = Self::to(node).await;
        raw.send(bytes).await;
        let mut answers = Vec::new();
        while let Some(answer) = raw.answer().await {
            answers.push(answer);
        }
        answers
    }
}

fn host(node: &Node) -> &str {
    node.url.strip_prefix("http://").unwrap()
}
