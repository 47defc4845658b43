//! Twilio's Messages API as its `OpenAPI` document describes it, on loopback, with the faults that a provider has.
//!
//! It refuses what the real one refuses (sign-in, content type, missing or unknown parameters, patterns), so that a sender
//! that passes here speaks the documented shape. Twilio's document has no error answers: those come from its error pages.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

/// The account that the server knows.
pub const ACCOUNT: &str = "AC00112233445566778899aabbccddeeff";
/// Its token.
pub const TOKEN: &str = "canary-token-5d1f";
/// The name of every message that it accepts.
pub const MESSAGE: &str = "SM00112233445566778899aabbccddeeff";

/// What the server does with a request of the right shape.
#[derive(Clone, Debug)]
pub enum Answer {
    /// This status, with the body of an accepted message.
    Accept(u16),
    /// This status, with Twilio's error body: number and a text that quotes the recipient.
    Refuse(u16, u32),
    /// This status, with a body that is no JSON.
    Garbage(u16),
    /// No answer.
    Hang,
    /// To another address of the same server.
    Redirect(u16),
}

/// A running server; it ends with the test's runtime.
#[derive(Clone)]
pub struct TwilioServer {
    address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    answer: Mutex<Answer>,
    name: Mutex<String>,
    messages: Mutex<Vec<BTreeMap<String, String>>>,
    faults: Mutex<Vec<String>>,
    paths: Mutex<Vec<String>>,
    parameters: BTreeMap<String, Value>,
}

impl TwilioServer {
    /// Starts a server that accepts.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            inner: Arc::new(Inner {
                answer: Mutex::new(Answer::Accept(201)),
                name: Mutex::new(MESSAGE.to_owned()),
                messages: Mutex::default(),
                faults: Mutex::default(),
                paths: Mutex::default(),
                parameters: parameters(),
            }),
        };
        let routes = Router::new()
            .route("/2010-04-01/Accounts/{account}/Messages.json", any(messages))
            .fallback(async |State(server): State<TwilioServer>, uri: axum::http::Uri| {
                server.inner.paths.lock().unwrap().push(uri.to_string());
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

    /// What it calls the next messages.
    pub fn names(&self, sid: &str) {
        sid.clone_into(&mut self.inner.name.lock().unwrap());
    }

    /// The parameters of every well-formed message, oldest first.
    pub fn messages(&self) -> Vec<BTreeMap<String, String>> {
        self.inner.messages.lock().unwrap().clone()
    }

    /// What was wrong with the other requests.
    pub fn faults(&self) -> Vec<String> {
        self.inner.faults.lock().unwrap().clone()
    }

    /// Requests to any other address.
    pub fn strays(&self) -> Vec<String> {
        self.inner.paths.lock().unwrap().clone()
    }
}

async fn messages(
    State(server): State<TwilioServer>,
    Path(account): Path<String>,
    method: axum::http::Method,
    headers: HeaderMap,
    body: String,
) -> Response {
    let form: Vec<(String, String)> = serde_urlencoded::from_str(&body).unwrap_or_default();
    if let Err((status, fault)) = server.inner.check(&account, method.as_str(), &headers, &form) {
        server.inner.faults.lock().unwrap().push(fault.clone());
        return (status, axum::Json(json!({ "code": 20001, "message": fault }))).into_response();
    }
    let form: BTreeMap<String, String> = form.into_iter().collect();
    let to = form["To"].clone();
    server.inner.messages.lock().unwrap().push(form);
    let answer = server.inner.answer.lock().unwrap().clone();
    let name = server.inner.name.lock().unwrap().clone();
    answer.respond(&to, &name).await
}

impl Inner {
    /// The documented shape, and what the document leaves open: no parameter twice, none that it does not list.
    fn check(
        &self,
        account: &str,
        method: &str,
        headers: &HeaderMap,
        form: &[(String, String)],
    ) -> Result<(), (StatusCode, String)> {
        let refuse = |status, fault: &str| Err((status, fault.to_owned()));
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if method != "POST" {
            return refuse(StatusCode::METHOD_NOT_ALLOWED, "method");
        }
        let expected = BASE64_STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"));
        if text(header::AUTHORIZATION) != format!("Basic {expected}") || account != ACCOUNT {
            return refuse(StatusCode::UNAUTHORIZED, "authorization");
        }
        if text(header::CONTENT_TYPE) != "application/x-www-form-urlencoded" {
            return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content type");
        }
        for (index, (name, value)) in form.iter().enumerate() {
            if form[..index].iter().any(|(before, _)| before == name) {
                return Err((StatusCode::BAD_REQUEST, format!("{name} twice")));
            }
            let Some(schema) = self.parameters.get(name) else {
                return Err((StatusCode::BAD_REQUEST, format!("unknown parameter {name}")));
            };
            if let Err(fault) = matches_schema(schema, value) {
                return Err((StatusCode::BAD_REQUEST, format!("{name}: {fault}")));
            }
        }
        let value = |wanted| form.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        // The document says these two in words only.
        if !value("ValidityPeriod").is_none_or(|seconds| (1..=36_000).contains(&seconds.parse().unwrap_or(0)))
        {
            return refuse(StatusCode::BAD_REQUEST, "ValidityPeriod out of range");
        }
        if value("Body").is_some_and(|body| body.chars().count() > 1_600) {
            return refuse(StatusCode::BAD_REQUEST, "Body too long");
        }
        let has = |wanted| value(wanted).is_some_and(|value| !value.is_empty());
        if !has("To") || !has("Body") || (!has("From") && !has("MessagingServiceSid")) {
            return refuse(StatusCode::BAD_REQUEST, "missing parameter");
        }
        Ok(())
    }
}

/// What a value in a form can be held against.
fn matches_schema(schema: &Value, value: &str) -> Result<(), String> {
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.iter().any(|one| one == value)
    {
        return Err(format!("none of {allowed:?}"));
    }
    if schema["type"] == "integer" && value.parse::<i64>().is_err() {
        return Err("no integer".into());
    }
    if schema["type"] == "boolean" && !["true", "false"].contains(&value) {
        return Err("no boolean".into());
    }
    if let Some(longest) = schema["maxLength"].as_u64()
        && value.len() as u64 > longest
    {
        return Err("too long".into());
    }
    // All patterns of this request are ^XX[0-9a-fA-F]{32}$.
    if let Some(pattern) = schema["pattern"].as_str() {
        let kind = pattern.strip_prefix('^').and_then(|p| p.strip_suffix("[0-9a-fA-F]{32}$"));
        let kind = kind.unwrap_or_else(|| panic!("a pattern of another kind: {pattern}"));
        let digits = value.strip_prefix(kind).ok_or("not its kind of SID")?;
        if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err("no SID".into());
        }
    }
    Ok(())
}

impl Answer {
    async fn respond(self, to: &str, name: &str) -> Response {
        let accepted = json!({ "sid": name, "status": "queued", "to": to, "error_code": null }).to_string();
        let with = |status, body: String| (StatusCode::from_u16(status).unwrap(), body).into_response();
        match self {
            // A 204 has no body.
            Self::Accept(204) => StatusCode::NO_CONTENT.into_response(),
            Self::Accept(status) => with(status, accepted),
            Self::Refuse(status, code) => {
                let message = format!("The 'To' number {to} is not what it should be");
                with(status, json!({ "code": code, "message": message, "status": status }).to_string())
            }
            Self::Garbage(status) => with(status, "<html>\u{fffd} not JSON {".into()),
            Self::Hang => std::future::pending().await,
            Self::Redirect(status) => {
                (StatusCode::from_u16(status).unwrap(), [(header::LOCATION, "/elsewhere")]).into_response()
            }
        }
    }
}

/// The parameters of the operation, from Twilio's own document where the machine has it.
fn parameters() -> BTreeMap<String, Value> {
    let folder = std::env::var_os("SSPR_TEST_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let file = folder.join("twilio/twilio_api_v2010.json");
    let Ok(text) = std::fs::read(&file) else {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| warn_of_missing(&file));
        return built_in();
    };
    let document: Value = serde_json::from_slice(&text).expect("Twilio's document is JSON");
    let path = &document["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"];
    let content = &path["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"];
    let properties = content["schema"]["properties"].as_object().expect("the parameters of the operation");
    let resolved = |schema: &Value| match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).expect("a reference leads somewhere").clone(),
        None => schema.clone(),
    };
    let documented: BTreeMap<String, Value> =
        properties.iter().map(|(name, schema)| (name.clone(), resolved(schema))).collect();
    for (name, schema) in built_in() {
        for (key, value) in schema.as_object().unwrap() {
            assert_eq!(
                &documented[&name][key], value,
                "the built-in table differs from the document: {name} {key}"
            );
        }
    }
    documented
}

/// Past the test harness, which swallows what a passing test prints with the macros.
fn warn_of_missing(file: &std::path::Path) {
    use std::io::Write as _;
    let line = "=".repeat(100);
    let _ = writeln!(
        std::io::stderr(),
        "{line}\nWARNING: {} is not there: the SMS tests go on with the table written into them.\n\
         Set SSPR_TEST_DATA to the folder that holds twilio/twilio_api_v2010.json\n{line}",
        file.display()
    );
}

/// The part of Twilio's document that our requests use.
fn built_in() -> BTreeMap<String, Value> {
    let service = json!({ "type": "string", "maxLength": 34, "pattern": "^MG[0-9a-fA-F]{32}$" });
    [
        ("To", json!({ "type": "string" })),
        ("From", json!({ "type": "string" })),
        ("MessagingServiceSid", service),
        ("Body", json!({ "type": "string" })),
        ("ValidityPeriod", json!({ "type": "integer" })),
        ("ContentRetention", json!({ "type": "string", "enum": ["retain", "discard"] })),
        ("StatusCallback", json!({ "type": "string", "format": "uri" })),
        ("AddressRetention", json!({ "type": "string", "enum": ["retain", "obfuscate"] })),
    ]
    .map(|(name, schema)| (name.to_owned(), schema))
    .into()
}

/// What a broken server does after its first bytes.
#[derive(Clone, Copy, Debug)]
pub enum Then {
    /// Hangs up.
    Close,
    /// Says nothing more.
    Hold,
    /// Sends blanks without end.
    Flood,
}

/// A server that reads a request and sends these bytes, whatever HTTP says. Returns its `base_url`.
pub async fn broken(first: &'static str, then: Then) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(first.as_bytes()).await;
                match then {
                    Then::Close => {}
                    Then::Hold => std::future::pending().await,
                    Then::Flood => while stream.write_all(&[b' '; 4096]).await.is_ok() {},
                }
            });
        }
    });
    url
}
