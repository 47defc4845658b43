//! A visitor without a browser: keeps cookies, sends back every hidden field that a form was given, follows redirects by hand.
//! Knows the paths and fields of the interface, nothing of the inside.

use std::{collections::BTreeMap, sync::Mutex};

use reqwest::{Method, Response, StatusCode, header};

/// One visitor, with one browser's cookies. Requests may run side by side.
pub struct Client {
    http: reqwest::Client,
    /// Where it goes; a test may point it at another node in between.
    pub url: Mutex<String>,
    cookies: Mutex<BTreeMap<String, String>>,
    headers: Mutex<Vec<(&'static str, String)>>,
}

/// An answer, read whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// `Location`, if it redirects.
    pub location: Option<String>,
    /// Header lines, in their order.
    pub headers: Vec<(String, String)>,
    /// Body as text.
    pub body: String,
}

impl Client {
    /// A visitor of a node, without any cookie.
    pub fn new(url: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tls_certs_only(Vec::new())
            .build()
            .unwrap();
        Self { http, url: Mutex::new(url.to_owned()), cookies: Mutex::default(), headers: Mutex::default() }
    }

    /// The same cookies in another hand: a second tab, or a thief.
    pub fn twin(&self) -> Self {
        let twin = Self::new(&self.url.lock().unwrap());
        (*twin.cookies.lock().unwrap()).clone_from(&self.cookies.lock().unwrap());
        twin
    }

    /// Goes to another node from now on.
    pub fn go_to(&self, url: &str) {
        url.clone_into(&mut self.url.lock().unwrap());
    }

    /// A header for every request from now on.
    pub fn header(&self, name: &'static str, value: &str) {
        let mut headers = self.headers.lock().unwrap();
        headers.retain(|(known, _)| *known != name);
        headers.push((name, value.to_owned()));
    }

    /// The cookies as they are.
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies.lock().unwrap().clone()
    }

    /// Puts cookies back, or takes them away.
    pub fn set_cookies(&self, cookies: BTreeMap<String, String>) {
        *self.cookies.lock().unwrap() = cookies;
    }

    /// Sends a request as it is given.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> Answer {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.url.lock().unwrap())
        };
        let cookies = self
            .cookies()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ");
        let mut request = self.http.request(method, url).body(body);
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies);
        }
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        for (name, value) in self.headers.lock().unwrap().iter() {
            request = request.header(*name, value);
        }
        let response = request.send().await.unwrap();
        self.take(response).await
    }

    async fn take(&self, response: Response) -> Answer {
        let headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        for (_, line) in headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (pair, flags) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if flags.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let status = response.status();
        let location = headers.iter().find(|(name, _)| name == "location").map(|(_, value)| value.clone());
        Answer { status, location, headers, body: response.text().await.unwrap() }
    }

    /// GET, without following.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Vec::new()).await
    }

    /// GET, following up to five redirects; the path where it ended, and the answer.
    pub async fn open(&self, path: &str) -> (String, Answer) {
        let mut path = path.to_owned();
        for _ in 0..5 {
            let answer = self.get(&path).await;
            match answer.location.clone() {
                Some(next) if answer.status.is_redirection() => path = next,
                _ => return (path, answer),
            }
        }
        panic!("redirects in a circle at {path}");
    }

    /// POST of fields as they are.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).unwrap().into_bytes();
        self.send(Method::POST, path, Some("application/x-www-form-urlencoded"), body).await
    }

    /// Opens a page, fills in the form that posts to `action`, and sends it with all hidden fields.
    pub async fn submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let (path, answer) = self.open(page).await;
        let hidden = answer
            .hidden_fields(action)
            .unwrap_or_else(|| panic!("{path} has no form for {action}: {}", answer.body));
        self.post_form(action, hidden, fields).await
    }

    /// Sends a form that was read before.
    pub async fn post_form(
        &self,
        action: &str,
        hidden: Vec<(String, String)>,
        fields: &[(&str, &str)],
    ) -> Answer {
        let all: Vec<(&str, &str)> = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(fields.iter().copied())
            .collect();
        self.post(action, &all).await
    }
}

impl Answer {
    /// The hidden fields of the form that posts to `action`.
    pub fn hidden_fields(&self, action: &str) -> Option<Vec<(String, String)>> {
        let form = self
            .body
            .split("<form")
            .skip(1)
            .filter_map(|form| form.split_once("</form>"))
            .map(|(form, _)| form)
            .find(|form| attribute(form.split('>').next().unwrap(), "action") == Some(action))?;
        Some(
            form.split("<input")
                .skip(1)
                .map(|input| input.split('>').next().unwrap())
                .filter(|input| attribute(input, "type") == Some("hidden"))
                .filter_map(|input| {
                    Some((
                        attribute(input, "name")?.to_owned(),
                        attribute(input, "value").unwrap_or("").to_owned(),
                    ))
                })
                .collect(),
        )
    }

    /// The text of the `h1`.
    pub fn heading(&self) -> &str {
        let (_, rest) = self.body.split_once("<h1").unwrap_or_else(|| panic!("no h1 in {}", self.body));
        rest.split_once('>').unwrap().1.split_once("</h1>").unwrap().0.trim()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

/// The one link of a mail's text.
pub fn link_in(text: &str) -> String {
    text.split_whitespace()
        .find(|word| word.starts_with("http"))
        .unwrap_or_else(|| panic!("no link in {text}"))
        .to_owned()
}

/// The code that an SMS starts with.
pub fn code_in(text: &str) -> String {
    text.chars().take(8).collect()
}
