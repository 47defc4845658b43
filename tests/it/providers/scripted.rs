//! A server that keeps every request and gives the answer that it was told to.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, Method, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use tokio::net::TcpListener;

/// What it does with a request.
#[derive(Clone, Debug)]
pub enum ScriptedAnswer {
    /// Status, headers, body.
    Says(u16, Vec<(&'static str, &'static str)>, String),
    /// Nothing.
    Hang,
}

impl ScriptedAnswer {
    /// Without further headers.
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self::Says(status, Vec::new(), body.into())
    }

    /// With one more.
    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        if let Self::Says(_, headers, _) = &mut self {
            headers.push((name, value));
        }
        self
    }
}

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET`, `POST`.
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    /// Headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Asked {
    /// A header's text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A running server; it ends with the test's runtime.
#[derive(Clone)]
pub struct Scripted {
    address: SocketAddr,
    answer: Arc<Mutex<ScriptedAnswer>>,
    requests: Arc<Mutex<Vec<Asked>>>,
}

impl Scripted {
    /// Starts one that says 200 and nothing more.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            answer: Arc::new(Mutex::new(ScriptedAnswer::new(200, ""))),
            requests: Arc::default(),
        };
        let routes = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        server
    }

    /// What `base_url` is for this server.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on.
    pub fn answers(&self, answer: ScriptedAnswer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// All requests, oldest first.
    pub fn requests(&self) -> Vec<Asked> {
        self.requests.lock().unwrap().clone()
    }

    /// The last request.
    pub fn last(&self) -> Asked {
        self.requests().pop().expect("nobody asked")
    }

    /// Waits until somebody has asked, 20 seconds at most.
    pub async fn asked(&self) -> Asked {
        for _ in 0..2_000 {
            if let Some(asked) = self.requests().pop() {
                return asked;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nobody asked within 20 seconds");
    }
}

async fn answer(
    State(server): State<Scripted>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    server.requests.lock().unwrap().push(Asked { method, uri, headers, body });
    let answer = server.answer.lock().unwrap().clone();
    let ScriptedAnswer::Says(status, headers, body) = answer else { return std::future::pending().await };
    let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(HeaderName::from_static(name), value.parse().unwrap());
    }
    response
}
