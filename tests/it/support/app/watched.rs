//! A node that keeps what browsers sent to it: method, path and headers of every request, in their order.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    extract::Request,
    http::{HeaderMap, Method},
    middleware::{Next, from_fn},
};
use sspr::{outbox::worker, server};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Node, World};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Method.
    pub method: Method,
    /// Path with its query.
    pub path: String,
    /// Headers.
    pub headers: HeaderMap,
}

impl Heard {
    /// A header's value; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// All requests so far.
#[derive(Clone, Default)]
pub struct Ear(Arc<Mutex<Vec<Heard>>>);

impl Ear {
    /// All requests so far.
    pub fn heard(&self) -> Vec<Heard> {
        self.0.lock().unwrap().clone()
    }

    /// Those of this method to a path that starts so.
    pub fn of(&self, method: &Method, path: &str) -> Vec<Heard> {
        self.heard()
            .into_iter()
            .filter(|heard| heard.method == method && heard.path.starts_with(path))
            .collect()
    }
}

impl World {
    /// Starts a node that keeps what it hears.
    pub async fn watched_node(&self) -> (Node, Ear) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = self.app_at(&self.database.url(), address, super::KEY);
        let ear = Ear::default();
        let hears = ear.clone();
        let router = server::router(&app).layer(from_fn(move |request: Request, next: Next| {
            hears.0.lock().unwrap().push(Heard {
                method: request.method().clone(),
                path: request.uri().to_string(),
                headers: request.headers().clone(),
            });
            next.run(request)
        }));
        let stop = CancellationToken::new();
        let router = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, router).await });
        tokio::spawn(worker::run(app.outbox.clone(), stop.clone()));
        (Node { app, url: format!("http://{address}"), stop }, ear)
    }
}
