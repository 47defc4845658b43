//! A gateway of an operator's own, in another language than ours: `sms_gateway.py`, which knows the protocol from its description only.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
    time::Duration,
};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// What both sides sign with.
pub const SECRET: &str = "canary-gateway-secret-31c4-0123456789";

/// A running gateway. It ends when this is dropped, also when the test panics or is killed.
pub struct Gateway {
    child: Child,
    events: UnboundedReceiver<Value>,
    port: u64,
}

impl Gateway {
    /// Starts one that gives these answers, one after the other, and accepts then (the script's head explains).
    pub async fn start(answers: Value) -> Self {
        let how = json!({ "secret": SECRET, "answers": answers });
        let mut child = Command::new("python3")
            .args(["-c", include_str!("sms_gateway.py"), &how.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("python3 starts");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, mut events) = unbounded_channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let event = serde_json::from_str(&line).expect("the script prints JSON");
                if sender.send(event).is_err() {
                    break;
                }
            }
        });
        let port = next(&mut events).await["port"].as_u64().expect("a port");
        Self { child, events, port }
    }

    /// What `base_url` is for it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/in", self.port)
    }

    /// The next event.
    pub async fn next(&mut self) -> Value {
        next(&mut self.events).await
    }

    /// All events so far.
    pub fn events(&mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }

    /// A receipt with this body, signed now: the script's `timestamp`, `signature` and `body`.
    pub async fn receipt(&mut self, body: &str) -> Value {
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{body}").unwrap();
        input.flush().unwrap();
        let event = self.next().await;
        assert_eq!(event["event"], "receipt", "{event}");
        event
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// HMAC-SHA256 in hexadecimal, as the descriptions of our protocol and of Vonage's have it.
pub fn hmac_sha256(secret: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    let digits = mac.finalize().into_bytes().into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(digit.into(), 16).unwrap()).collect()
}

async fn next(events: &mut UnboundedReceiver<Value>) -> Value {
    tokio::time::timeout(Duration::from_secs(20), events.recv())
        .await
        .expect("the gateway says nothing more within 20 s")
        .expect("the gateway has ended")
}
