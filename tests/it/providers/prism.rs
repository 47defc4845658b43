//! Prism: a server made of an `OpenAPI` document. It refuses requests that the document does not describe.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Uri},
    response::Response,
};
use tokio::net::TcpListener;

use super::{
    a_client,
    tools::{Tool, free_ports, installed},
};

/// A running one.
pub struct Prism {
    _tool: Tool,
    /// Where it listens.
    pub url: String,
}

impl Prism {
    /// Serves this document.
    pub async fn serve(document: &std::path::Path) -> Self {
        let [port] = free_ports();
        let port_text = port.to_string();
        let document = document.to_str().unwrap();
        let arguments = ["mock", "-h", "127.0.0.1", "-p", &port_text, document];
        let tool = Tool::start(&installed("npm/node_modules/.bin/prism"), &arguments, port).await;
        Self { _tool: tool, url: format!("http://127.0.0.1:{port}") }
    }

    /// The same server, made to answer with one of the document's other statuses: Prism is asked for it by a header, which our client
    /// does not send. Ends with the test's runtime.
    pub async fn preferring(&self, status: u16) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(pass_on).with_state((self.url.clone(), status));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        url
    }
}

async fn pass_on(
    State((to, status)): State<(String, u16)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = a_client()
        .request(method, format!("{to}{uri}"))
        .headers(headers)
        .header("prefer", format!("code={status}"))
        .body(body)
        .send()
        .await
        .unwrap();
    let status = answer.status();
    Response::builder().status(status).body(Body::from(answer.bytes().await.unwrap())).unwrap()
}
