//! A provider's siteverify as Cloudflare, hCaptcha and Google document it, on loopback, with the faults that a provider has.
//!
//! It refuses what the real ones refuse (method, content type, missing or wrong secret, a token twice).

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::any,
};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

/// The secret that it knows.
pub const SECRET: &str = "canary-captcha-secret-7f3a";

/// What it does with a good token.
#[derive(Clone, Debug)]
pub enum Does {
    /// As documented: a person, once.
    Confirms,
    /// The same, with these fields changed; a null is left out.
    Changes(Vec<(&'static str, Value)>),
    /// It forgets what it has seen.
    Forgets,
    /// This status and body.
    Says(u16, &'static str),
    /// Nothing.
    Hangs,
    /// An answer without end.
    Floods,
    /// Sends the question elsewhere.
    Redirects,
}

/// A running server; it ends with the test's runtime.
#[derive(Clone)]
pub struct Siteverify(Arc<Inner>);

struct Inner {
    url: String,
    does: Mutex<Does>,
    action: Mutex<&'static str>,
    asked: Mutex<Vec<BTreeMap<String, String>>>,
    seen: Mutex<Vec<String>>,
    strays: Mutex<usize>,
}

impl Siteverify {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/siteverify", listener.local_addr().unwrap());
        let server = Self(Arc::new(Inner {
            url,
            does: Mutex::new(Does::Confirms),
            action: Mutex::new("reset"),
            asked: Mutex::default(),
            seen: Mutex::default(),
            strays: Mutex::default(),
        }));
        let routes = Router::new()
            .route("/siteverify", any(answer))
            .fallback(async |State(server): State<Siteverify>| {
                *server.0.strays.lock().unwrap() += 1;
                axum::Json(json!({ "success": true }))
            })
            .with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        server
    }

    /// What `captcha.verify_url` is.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// From now on.
    pub fn does(&self, what: Does) {
        *self.0.does.lock().unwrap() = what;
    }

    /// For which action the next tokens were made.
    pub fn made_for(&self, action: &'static str) {
        *self.0.action.lock().unwrap() = action;
    }

    /// The forms that it was asked with.
    pub fn asked(&self) -> Vec<BTreeMap<String, String>> {
        self.0.asked.lock().unwrap().clone()
    }

    /// Requests to any other address.
    pub fn strays(&self) -> usize {
        *self.0.strays.lock().unwrap()
    }
}

async fn answer(
    State(server): State<Siteverify>,
    method: axum::http::Method,
    headers: HeaderMap,
    body: String,
) -> Response {
    let form: Vec<(String, String)> = serde_urlencoded::from_str(&body).unwrap_or_default();
    let fields = form.len();
    let form: BTreeMap<String, String> = form.into_iter().collect();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if method != "POST" || kind != "application/x-www-form-urlencoded" || form.len() != fields {
        return refuse("bad-request");
    }
    server.0.asked.lock().unwrap().push(form.clone());
    let text = |name: &str| form.get(name).map_or("", String::as_str);
    let does = server.0.does.lock().unwrap().clone();
    match &does {
        Does::Says(status, body) => return (StatusCode::from_u16(*status).unwrap(), *body).into_response(),
        Does::Hangs => std::future::pending().await,
        Does::Redirects => return (StatusCode::FOUND, [(header::LOCATION, "/elsewhere")]).into_response(),
        Does::Floods => {
            let blanks = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 4096]));
            return Body::from_stream(blanks).into_response();
        }
        Does::Confirms | Does::Changes(_) | Does::Forgets => {}
    }
    if text("secret") != SECRET {
        return refuse("invalid-input-secret");
    }
    let token = text("response").to_owned();
    if !token.starts_with("good") {
        return refuse("invalid-input-response");
    }
    let mut seen = server.0.seen.lock().unwrap();
    if seen.contains(&token) && !matches!(does, Does::Forgets) {
        return refuse("timeout-or-duplicate");
    }
    seen.push(token);
    let mut said = json!({
        "success": true,
        "challenge_ts": sspr::clock::now().format(&Rfc3339).unwrap(),
        "hostname": "127.0.0.1",
        "action": *server.0.action.lock().unwrap(),
        "score": 0.9,
        "error-codes": [],
        "metadata": { "interactive": false },
    });
    if let Does::Changes(fields) = does {
        for (name, value) in fields {
            if value.is_null() {
                said.as_object_mut().unwrap().remove(name);
            } else {
                said[name] = value;
            }
        }
    }
    axum::Json(said).into_response()
}

fn refuse(code: &str) -> Response {
    axum::Json(json!({ "success": false, "error-codes": [code], "messages": [] })).into_response()
}
