//! A visitor who hands requests to the router itself: no socket, thousands of requests a minute.

use std::collections::BTreeMap;

use axum::{
    Router,
    body::Body,
    http::{Request, Response, header},
};
use sspr::{app::App, server};
use tower::ServiceExt as _;

use super::client::Answer;

/// One browser's cookies in front of a node's router.
#[derive(Clone)]
pub struct Direct {
    router: Router,
    /// The cookies as they are: to keep, to steal, to put back.
    pub cookies: BTreeMap<String, String>,
    /// The Host header.
    pub host: String,
    /// Form tokens that were read already, by page and cookies.
    read: BTreeMap<(&'static str, BTreeMap<String, String>), String>,
}

impl Direct {
    /// Someone without any cookie.
    pub fn new(app: &App) -> Self {
        Self {
            router: server::router(app),
            cookies: BTreeMap::new(),
            host: "127.0.0.1".to_owned(),
            read: BTreeMap::new(),
        }
    }

    /// Another browser at the same router.
    pub fn stranger(&self) -> Self {
        Self { cookies: BTreeMap::new(), read: BTreeMap::new(), ..self.clone() }
    }

    /// Sends a request with these headers and body.
    pub async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        let response = self.begin(method, path, headers, body).await;
        let status = response.status();
        let headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        for (_, line) in headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (pair, flags) = line.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if flags.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = headers.iter().find(|(name, _)| name == "location").map(|(_, value)| value.clone());
        let body = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
        Answer { status, location, headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// The same up to the head of the answer: its body waits to be read.
    pub async fn begin(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, &self.host);
        if !self.cookies.is_empty() {
            let all: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, all.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap()
    }

    /// GET or HEAD.
    pub async fn look(&mut self, method: &str, path: &str) -> Answer {
        self.send(method, path, &[], Body::empty()).await
    }

    /// POST of fields as they are.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).unwrap();
        self.send("POST", path, &[("content-type", "application/x-www-form-urlencoded")], Body::from(body))
            .await
    }

    /// The token that a form at this path would carry for this browser: the page that has one of the same kind is asked.
    pub async fn form_token(&mut self, action: &str) -> String {
        let page = match action {
            path if path == "/reset" || path.starts_with("/reset/") => "/reset",
            "/sign-in" | "/sign-out" => "/sign-in",
            path if path.starts_with("/account/") || path.starts_with("/portal/") => "/sign-in",
            _ => "/contact-administrator",
        };
        if let Some(token) = self.read.get(&(page, self.cookies.clone())) {
            return token.clone();
        }
        let answer = self.look("GET", page).await;
        let hidden = answer.hidden_fields(page).unwrap_or_else(|| panic!("{page}: {answer:?}"));
        let token = hidden.into_iter().find(|(name, _)| name == "form_token").unwrap().1;
        self.read.insert((page, self.cookies.clone()), token.clone());
        token
    }

    /// POST with the right token.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.form_token(path).await;
        let mut all = vec![("form_token", token.as_str())];
        all.extend_from_slice(fields);
        self.post(path, &all).await
    }
}
