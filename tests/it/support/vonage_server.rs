//! Vonage's SMS API on loopback, written from its `OpenAPI` document (SMS API 1.0.10), the limits of its own Python package and its table
//! of error codes: no registry gives the document itself.
//!
//! It refuses what the real one refuses, in its way: status 200, and a code for each part.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::sms_gateway::hmac_sha256;

/// The account that the server knows.
pub const KEY: &str = "abcd1234";
/// Its secret.
pub const SECRET: &str = "canary-secret-9e44";
/// Its signature secret.
pub const SIGNATURE_SECRET: &str = "canary-signature-7c02";
/// The name of the first message that it accepts.
pub const MESSAGE: &str = "0A0000001234567B";

/// What the server does with a request of the right shape.
#[derive(Clone, Debug)]
pub enum Answer {
    /// 200 with these codes, one for each part. 0 is a success.
    Parts(&'static [u32]),
    /// 200 with the codes as numbers, as a gateway that only resembles Vonage may write them.
    Numbers(&'static [u32]),
    /// This status with a body that is no answer of the API.
    Other(u16, &'static str),
    /// 429 with `Retry-After`.
    Slower(u64),
    /// No answer.
    Hang,
    /// To another address of the same server.
    Redirect(u16),
}

/// A running server; it ends with the test's runtime.
#[derive(Clone)]
pub struct VonageServer {
    address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    answer: Mutex<Answer>,
    messages: Mutex<Vec<BTreeMap<String, String>>>,
    faults: Mutex<Vec<String>>,
}

impl VonageServer {
    /// Starts a server that accepts.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            inner: Arc::new(Inner {
                answer: Mutex::new(Answer::Parts(&[0])),
                messages: Mutex::default(),
                faults: Mutex::default(),
            }),
        };
        let routes = Router::new()
            .route("/sms/json", any(messages))
            .fallback(async |State(server): State<VonageServer>, uri: axum::http::Uri| {
                server.inner.faults.lock().unwrap().push(format!("stray {uri}"));
                StatusCode::NOT_FOUND
            })
            .with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        server
    }

    /// What `base_url` is for this server.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on.
    pub fn answers(&self, answer: Answer) {
        *self.inner.answer.lock().unwrap() = answer;
    }

    /// The parameters of every well-formed message, oldest first.
    pub fn messages(&self) -> Vec<BTreeMap<String, String>> {
        self.inner.messages.lock().unwrap().clone()
    }

    /// What was wrong with the other requests.
    pub fn faults(&self) -> Vec<String> {
        self.inner.faults.lock().unwrap().clone()
    }
}

async fn messages(
    State(server): State<VonageServer>,
    method: Method,
    headers: HeaderMap,
    body: String,
) -> Response {
    let all: Vec<(String, String)> = serde_urlencoded::from_str(&body).unwrap_or_default();
    let form: BTreeMap<String, String> = all.iter().cloned().collect();
    let plain = method == Method::POST
        && headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/x-www-form-urlencoded")
        && !headers.contains_key(header::AUTHORIZATION)
        && all.len() == form.len();
    let checked =
        if plain { check(&form) } else { Err((3, "method, type, header or doubled parameter".into())) };
    if let Err((code, fault)) = checked {
        let answer = of_parts(&form, &[code], |code| json!(code.to_string()));
        server.inner.faults.lock().unwrap().push(fault);
        return answer;
    }
    server.inner.messages.lock().unwrap().push(form.clone());
    let answer = server.inner.answer.lock().unwrap().clone();
    let status = |status| StatusCode::from_u16(status).unwrap();
    match answer {
        Answer::Parts(codes) => of_parts(&form, codes, |code| json!(code.to_string())),
        Answer::Numbers(codes) => of_parts(&form, codes, |code| json!(code)),
        Answer::Other(code, body) => (status(code), body).into_response(),
        Answer::Slower(seconds) => {
            (status(429), [(header::RETRY_AFTER, seconds.to_string())]).into_response()
        }
        Answer::Hang => std::future::pending().await,
        Answer::Redirect(code) => (status(code), [(header::LOCATION, "/elsewhere")]).into_response(),
    }
}

/// The document's `SMS` and `Error`: parts that were taken beside parts that were not.
fn of_parts(form: &BTreeMap<String, String>, codes: &[u32], written: fn(u32) -> Value) -> Response {
    let to = form.get("to").cloned().unwrap_or_default();
    let parts: Vec<Value> = (0x1234_567B..)
        .zip(codes)
        .map(|(id, code)| match code {
            0 => json!({
                "to": to, "message-id": format!("0A00000{id:09X}"), "status": written(0),
                "remaining-balance": "3.14159265", "message-price": "0.03330000", "network": "12345",
                "client-ref": form.get("client-ref"),
            }),
            code => {
                json!({ "status": written(*code), "error-text": format!("{to} is not what it should be") })
            }
        })
        .collect();
    axum::Json(json!({ "message-count": codes.len().to_string(), "messages": parts })).into_response()
}

/// The code that the real one would answer, and why.
fn check(form: &BTreeMap<String, String>) -> Result<(), (u32, String)> {
    let refuse = |code, fault: &str| Err((code, fault.to_owned()));
    let has = |name: &str| form.get(name).is_some_and(|value| !value.is_empty());
    for name in ["api_key", "from", "to", "text"] {
        if !has(name) {
            return refuse(2, &format!("missing {name}"));
        }
    }
    match (form.get("api_secret"), form.get("sig")) {
        (Some(_), Some(_)) => return refuse(32, "signature and secret"),
        (None, None) => return refuse(2, "missing api_secret"),
        (Some(secret), None) if form["api_key"] != KEY || secret != SECRET => {
            return refuse(4, "credentials");
        }
        (None, Some(sig)) if form["api_key"] != KEY || *sig != signature(form, SIGNATURE_SECRET) => {
            return refuse(14, "signature");
        }
        (None, Some(_)) if !has("timestamp") => return refuse(2, "missing timestamp"),
        _ => {}
    }
    for (name, value) in form {
        let number = value.parse::<u64>().ok();
        let digits = value.bytes().all(|b| b.is_ascii_digit());
        let fits = match name.as_str() {
            "api_key" => value.len() == 8,
            "api_secret" => (6..=32).contains(&value.len()),
            "to" => digits && (7..=15).contains(&value.len()),
            "from" => digits && value.len() <= 15 || value.chars().count() <= 11,
            "ttl" => number.is_some_and(|ttl| (20_000..=604_800_000).contains(&ttl)),
            "status-report-req" => ["true", "false"].contains(&value.as_str()),
            "callback" => value.starts_with("https://") && value.len() <= 100,
            "type" => ["text", "unicode"].contains(&value.as_str()),
            "client-ref" => (1..=40).contains(&value.len()),
            "timestamp" => number.is_some() && form.contains_key("sig"),
            "text" | "sig" => true,
            _ => false,
        };
        if !fits {
            return refuse(if name == "callback" { 23 } else { 3 }, &format!("{name}: {value}"));
        }
    }
    Ok(())
}

/// The documented signature (method "SHA-256 HMAC") over all parameters but `sig`.
pub fn signature(form: &BTreeMap<String, String>, secret: &str) -> String {
    let mut signed = String::new();
    for (name, value) in form.iter().filter(|(name, _)| *name != "sig") {
        signed.extend(["&", name, "=", &value.replace(['&', '='], "_")]);
    }
    hmac_sha256(secret, &signed)
}
