//! Requests that no browser sends, made by a seeded generator: for a test of a few thousand, and for the benchmark of a hundred thousand
//! (`tests/bench` reads this file, too).
//!
//! What must stay true: the same seed makes the same requests; none of them, however many, is answered by a 5xx. A class is a way in
//! which a request can be wrong; to add one: a function, and its line in [`CLASSES`].

use std::{fmt::Write as _, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::routes::{self, Route};

/// What a request may carry to get further in than the door.
#[derive(Clone, Debug, Default)]
pub struct Ready {
    /// The header's value; empty for a stranger.
    pub cookies: String,
    /// Form tokens that fit these cookies.
    pub tokens: Vec<String>,
}

/// One wrong request, or several in a row.
pub struct Wrong {
    /// In which way.
    pub class: &'static str,
    /// Word for word.
    pub bytes: Vec<u8>,
    /// Whether the connection is cut in the middle.
    pub cut: bool,
}

/// Makes them.
pub struct Malformed {
    state: u64,
    host: String,
    routes: Vec<Route>,
    ready: Vec<Ready>,
}

type Class = (&'static str, fn(&mut Malformed) -> Vec<u8>);

/// All ways of being wrong.
pub const CLASSES: [Class; 14] = [
    ("request line", Malformed::line),
    ("headers", Malformed::headers),
    ("framing", Malformed::framing),
    ("address", Malformed::address),
    ("query", Malformed::query),
    ("form", Malformed::form),
    ("body of another kind", Malformed::media),
    ("cookies", Malformed::cookies),
    ("tokens", Malformed::token),
    ("numbers", Malformed::numbers),
    ("cut", Malformed::cut),
    ("in a row", Malformed::row),
    ("receipts", Malformed::receipt),
    ("asked for more", Malformed::more),
];

/// What programs stumble over.
const ODD: [&[u8]; 26] = [
    b"",
    b"%",
    b"%0",
    b"%00",
    b"%zz",
    b"%ff%fe",
    b"%c0%af",
    b"%ed%a0%80",
    b"%u0041",
    b"..%2f..%2f",
    b"%2e%2e%2fetc%2fpasswd",
    b"'; drop table users; --",
    b"<script>alert(1)</script>",
    b"{{7*7}}${7*7}",
    b"\xff\xfe\xfd",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    "\u{202e}\u{0}\u{feff}".as_bytes(),
    "é\u{301}\u{1f511}".as_bytes(),
    b"&&&===&",
    b"+++++",
    b"a=b=c",
    b"[]=1&x[y]=2",
    b"null",
    b"NaN",
    b"\t \x0b",
];

const NUMBERS: [&str; 14] = [
    "0",
    "-1",
    "00000000",
    "2147483648",
    "-9223372036854775809",
    "18446744073709551616",
    "99999999999999999999999999999999999999",
    "1e308",
    "0x10",
    "1_000",
    "٣",
    "NaN",
    "Infinity",
    "1.5",
];

/// Fields of our forms and lists.
const FIELDS: [&str; 30] = [
    "user_id",
    "option",
    "token",
    "code",
    "new_password",
    "confirm_password",
    "captcha_id",
    "captcha_answer",
    "without_puzzle",
    "notice",
    "session",
    "channel",
    "request",
    "decision",
    "display_name",
    "role",
    "alternate_email",
    "mobile_phone",
    "reason",
    "version",
    "domain",
    "page",
    "after",
    "before",
    "from",
    "until",
    "event",
    "q",
    "state",
    "batch",
];

impl Malformed {
    /// A generator of its own for each seed. `host` is the service's name, as it expects it.
    pub fn new(seed: u64, host: &str, ready: Vec<Ready>) -> Self {
        // What would end the session that the others use is left to other tests.
        let ends = |route: &Route| ["/sign-out", "/account/sessions/end"].contains(&route.path.as_str());
        let routes = routes::all().into_iter().filter(|route| !ends(route)).collect();
        Self { state: seed, host: host.to_owned(), routes, ready }
    }

    /// The next one.
    pub fn wrong(&mut self) -> Wrong {
        let (class, make) = *self.one_of(&CLASSES);
        let bytes = make(self);
        Wrong { class, bytes, cut: class == "cut" }
    }

    /// `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n).unwrap()).unwrap()
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let at = self.below(all.len());
        &all[at]
    }

    fn often(&mut self) -> bool {
        self.below(4) > 0
    }

    fn noise(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most) + 1;
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    /// Something odd, now and then long.
    fn odd(&mut self) -> Vec<u8> {
        match self.below(12) {
            0 => self.noise(40),
            1 => {
                let times = self.below(3000);
                self.one_of(&ODD).repeat(times.max(1)).into_iter().take(6000).collect()
            }
            2 => self.one_of(&NUMBERS).as_bytes().to_vec(),
            _ => self.one_of(&ODD).to_vec(),
        }
    }

    /// As it may stand in a request's line: what is left of it is odd enough.
    fn in_line(bytes: &[u8]) -> Vec<u8> {
        bytes.iter().copied().filter(|byte| byte.is_ascii_graphic() || *byte >= 0x80).take(2000).collect()
    }

    /// A route of ours, with something in its place.
    fn path(&mut self) -> String {
        let at = self.below(self.routes.len());
        let route = self.routes[at].clone();
        if !route.takes_something() {
            return route.path;
        }
        let what = match self.below(4) {
            0 => self.one_of(&NUMBERS).to_string(),
            1 => format!("{:08x}-0000-7000-8000-{:012x}", self.below(1 << 30), self.below(1 << 30)),
            2 => "A".repeat(self.below(80) + 1),
            _ => String::from_utf8_lossy(&Self::in_line(&self.odd()))
                .chars()
                .filter(|c| c.is_ascii() && !"/?#".contains(*c))
                .collect(),
        };
        route.with(if what.is_empty() { "x" } else { &what })
    }

    /// A path that takes a form.
    fn posted(&mut self) -> String {
        loop {
            let at = self.below(self.routes.len());
            if self.routes[at].post {
                let route = self.routes[at].clone();
                return if route.takes_something() { route.with("none") } else { route.path };
            }
        }
    }

    /// Host, end of the connection, and mostly somebody's cookies; with a form token that fits them.
    fn usual(&mut self) -> (String, String) {
        let mut head = format!("Host: {}\r\nConnection: close\r\n", self.host);
        let mut token = String::new();
        if self.often() && !self.ready.is_empty() {
            let ready = self.ready.clone();
            let ready = self.one_of(&ready);
            if !ready.cookies.is_empty() {
                let _ = write!(head, "Cookie: {}\r\n", ready.cookies);
            }
            if !ready.tokens.is_empty() {
                token.clone_from(self.one_of(&ready.tokens));
            }
        }
        (head, token)
    }

    fn request(line: &[u8], head: &[u8], body: &[u8]) -> Vec<u8> {
        [line, b"\r\n", head, b"\r\n", body].concat()
    }

    fn post(path: &str, head: &str, kind: &str, body: &[u8]) -> Vec<u8> {
        let head = format!("{head}Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
        Self::request(format!("POST {path} HTTP/1.1").as_bytes(), head.as_bytes(), body)
    }

    fn line(&mut self) -> Vec<u8> {
        let (head, _) = self.usual();
        let path = self.path();
        let (odd, long) = (self.odd(), self.below(20_000));
        let line = match self.below(20) {
            0 => [b"GET ", odd.as_slice(), b" HTTP/1.1"].concat(),
            1 => [odd.as_slice(), b" ", path.as_bytes(), b" HTTP/1.1"].concat(),
            2 => format!("GET {path} HTTP/9.9").into_bytes(),
            3 => format!("GET {path} HTTP/2.0").into_bytes(),
            4 => format!("GET {path}").into_bytes(),
            5 => format!("GET  {path}  HTTP/1.1").into_bytes(),
            6 => format!("GET\t{path}\tHTTP/1.1").into_bytes(),
            7 => format!("get {path} http/1.1").into_bytes(),
            8 => b"PRI * HTTP/2.0\r\n\r\nSM\r\n".to_vec(),
            9 => format!("OPTIONS {} HTTP/1.1", if self.often() { "*" } else { &path }).into_bytes(),
            10 => format!("CONNECT {}:443 HTTP/1.1", self.host).into_bytes(),
            11 => format!("GET http://attacker.example{path} HTTP/1.1").into_bytes(),
            12 => format!("GET http://{}@{}{path} HTTP/1.1", "x".repeat(10), self.host).into_bytes(),
            13 => format!("GET /{} HTTP/1.1", "x".repeat(long)).into_bytes(),
            14 => format!("{} {path} HTTP/1.1", "X".repeat(long.max(1))).into_bytes(),
            15 => format!("GET {path} HTTP/1.1\n").into_bytes(),
            16 => format!("\r\n\r\nGET {path} HTTP/1.0").into_bytes(),
            17 => format!("GET {path}\0 HTTP/1.1").into_bytes(),
            18 => format!("TRACE {path} HTTP/1.1").into_bytes(),
            _ => self.noise(300),
        };
        Self::request(&line, head.as_bytes(), b"")
    }

    fn headers(&mut self) -> Vec<u8> {
        let (head, _) = self.usual();
        let path = self.path();
        let (odd, host) = (self.odd(), self.host.clone());
        let wrong = match self.below(16) {
            0 => [b"X-Odd: ", odd.as_slice(), b"\r\n"].concat(),
            1 => [odd.as_slice(), b": x\r\n"].concat(),
            2 => b"X : 1\r\n".to_vec(),
            3 => b" X: 1\r\n".to_vec(),
            4 => b"X: 1\r\n folded\r\n\tagain\r\n".to_vec(),
            5 => b"no colon at all\r\n".to_vec(),
            6 => b": no name\r\n".to_vec(),
            7 => b"X: a\0b\r\n".to_vec(),
            8 => b"X: a\rb\r\n".to_vec(),
            9 => b"X: a\nY: b\n\n".to_vec(),
            10 => format!("X: {}\r\n", "x".repeat(self.below(40_000))).into_bytes(),
            11 => (0..self.below(400))
                .fold(String::new(), |text, n| text + "X-" + n.to_string().as_str() + ": 1\r\n")
                .into_bytes(),
            12 => format!("Host: {host}\r\n").into_bytes(),
            13 => [b"Host: ", odd.as_slice(), b"\r\n"].concat(),
            14 => [b"Accept-Language: ", odd.as_slice(), b";q=", odd.as_slice(), b"\r\n"].concat(),
            _ => [b"User-Agent: ", odd.as_slice(), b"\r\nReferer: ", odd.as_slice(), b"\r\n"].concat(),
        };
        let head = if self.often() {
            [head.as_bytes(), &wrong].concat()
        } else {
            [&wrong, head.as_bytes()].concat()
        };
        Self::request(format!("GET {path} HTTP/1.1").as_bytes(), &head, b"")
    }

    fn framing(&mut self) -> Vec<u8> {
        let (head, token) = self.usual();
        let path = self.posted();
        let body = format!("form_token={token}&user_id=nobody");
        let length = body.len();
        let chunked = format!("{length:x}\r\n{body}\r\n0\r\n\r\n");
        let (wrong, body) = match self.below(18) {
            0 => (format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"), chunked),
            1 => (format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n"), chunked),
            2 => (format!("Content-Length: {length}\r\nContent-Length: {}\r\n", length + 1), body),
            3 => (format!("Content-Length: {length}, {length}\r\n"), body),
            4 => (format!("Content-Length: +{length}\r\n"), body),
            5 => (format!("Content-Length: -{length}\r\n"), body),
            6 => (format!("Content-Length: 0x{length:x}\r\n"), body),
            7 => (format!("Content-Length: {}\r\n", self.one_of(&NUMBERS)), body),
            8 => ("Transfer-Encoding: chunked, identity\r\n".to_owned(), chunked),
            9 => ("Transfer-Encoding: xchunked\r\n".to_owned(), chunked),
            10 => ("Transfer-Encoding: gzip, chunked\r\n".to_owned(), chunked),
            11 => ("Transfer-Encoding : chunked\r\n".to_owned(), chunked),
            12 => ("Transfer-Encoding: chunked\r\n".to_owned(), format!("zz\r\n{body}\r\n0\r\n\r\n")),
            13 => ("Transfer-Encoding: chunked\r\n".to_owned(), format!("ffffffffffffffff1\r\n{body}")),
            14 => (
                "Transfer-Encoding: chunked\r\n".to_owned(),
                format!("{length:x};{}\r\n{body}\r\n0\r\n\r\n", "x".repeat(self.below(30_000))),
            ),
            15 => (
                "Transfer-Encoding: chunked\r\n".to_owned(),
                format!("{length:x}\r\n{body}\r\n0\r\nHost: attacker.example\r\n\r\n"),
            ),
            16 => ("Transfer-Encoding: chunked\r\n".to_owned(), format!("{length:x}\n{body}\n0\n\n")),
            _ => (
                "Transfer-Encoding: chunked\r\n".to_owned(),
                "1\r\nx\r\n".repeat(self.below(5000)) + "0\r\n\r\n",
            ),
        };
        let head = format!("{head}Content-Type: application/x-www-form-urlencoded\r\n{wrong}");
        Self::request(format!("POST {path} HTTP/1.1").as_bytes(), head.as_bytes(), body.as_bytes())
    }

    fn address(&mut self) -> Vec<u8> {
        let (head, _) = self.usual();
        let path = self.path();
        let odd = Self::in_line(&self.odd());
        let target = match self.below(8) {
            0 => [path.as_bytes(), b"/", &odd].concat(),
            1 => [b"/", odd.as_slice(), path.as_bytes()].concat(),
            2 => path.replace('/', "//").into_bytes(),
            3 => path.replace('/', "/./").into_bytes(),
            4 => path.replacen('/', "/..%2f", 2).into_bytes(),
            5 => [path.as_bytes(), b";", &odd].concat(),
            6 => path.to_uppercase().into_bytes(),
            _ => [path.as_bytes(), b"%", &odd].concat(),
        };
        Self::request(&[b"GET ", target.as_slice(), b" HTTP/1.1"].concat(), head.as_bytes(), b"")
    }

    fn query(&mut self) -> Vec<u8> {
        let (head, _) = self.usual();
        let path = self.path();
        let mut target = format!("{path}?").into_bytes();
        for _ in 0..=self.below(6) {
            let odd = Self::in_line(&self.odd());
            target.extend_from_slice(self.one_of(&FIELDS).as_bytes());
            target.push(b'=');
            target.extend_from_slice(&odd);
            target.push(b'&');
        }
        Self::request(&[b"GET ", target.as_slice(), b" HTTP/1.1"].concat(), head.as_bytes(), b"")
    }

    fn form(&mut self) -> Vec<u8> {
        let (head, token) = self.usual();
        let path = self.posted();
        let mut body = format!("form_token={token}").into_bytes();
        let fields = if self.often() { self.below(8) } else { self.below(800) };
        for _ in 0..fields {
            let odd = self.odd();
            body.push(b'&');
            body.extend_from_slice(self.one_of(&FIELDS).as_bytes());
            body.push(b'=');
            body.extend_from_slice(&odd[..odd.len().min(400)]);
        }
        if !self.often() {
            body.extend_from_slice(b"&form_token=another");
        }
        Self::post(&path, &head, "application/x-www-form-urlencoded", &body)
    }

    fn media(&mut self) -> Vec<u8> {
        let (head, token) = self.usual();
        let path = self.posted();
        let odd = String::from_utf8_lossy(&self.odd()).into_owned();
        let (kind, body) = match self.below(8) {
            0 => (
                "multipart/form-data; boundary=x".to_owned(),
                format!(
                    "--x\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\n{token}\r\n--x--\r\n"
                ),
            ),
            1 => ("multipart/form-data".to_owned(), format!("--\r\n{odd}")),
            2 => ("application/json".to_owned(), format!("{{\"form_token\":\"{token}\",\"user_id\":{odd}}}")),
            3 => (
                "text/xml".to_owned(),
                "<!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/passwd\">]><x>&y;</x>".to_owned(),
            ),
            4 => ("text/plain".to_owned(), format!("form_token={token}")),
            5 => (String::new(), format!("form_token={token}")),
            6 => ("application/x-www-form-urlencoded; charset=utf-16".to_owned(), odd),
            _ => ("application/x-www-form-urlencoded\u{e9}".to_owned(), odd),
        };
        Self::post(&path, &head, &kind, body.as_bytes())
    }

    fn cookies(&mut self) -> Vec<u8> {
        let path = self.path();
        let mut head = format!("Host: {}\r\nConnection: close\r\n", self.host).into_bytes();
        for _ in 0..=self.below(3) {
            head.extend_from_slice(b"Cookie: ");
            for _ in 0..=self.below(5) {
                let name = *self.one_of(&[
                    "sspr-visitor",
                    "sspr-reset",
                    "sspr-account",
                    "__Host-sspr-account",
                    "",
                    "x",
                ]);
                let odd = self.odd();
                head.extend_from_slice(name.as_bytes());
                head.extend_from_slice(if self.often() { b"=" } else { b"" });
                head.extend(odd.into_iter().filter(|byte| !b"\r\n".contains(byte)).take(800));
                head.extend_from_slice(if self.often() { b"; " } else { b";;" });
            }
            head.extend_from_slice(b"\r\n");
        }
        Self::request(format!("GET {path} HTTP/1.1").as_bytes(), &head, b"")
    }

    fn token(&mut self) -> Vec<u8> {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.~%";
        let (head, _) = self.usual();
        let length = if self.often() { 64 } else { self.below(3000) };
        let token: String = (0..length).map(|_| char::from(*self.one_of(LETTERS))).collect();
        let places = [
            "/reset/email-link/",
            "/not-me/",
            "/set-password/",
            "/confirm-contact/",
            "/captcha/",
            "/portal/users/",
            "/static/",
        ];
        let place = *self.one_of(&places);
        Self::request(format!("GET {place}{token} HTTP/1.1").as_bytes(), head.as_bytes(), b"")
    }

    fn numbers(&mut self) -> Vec<u8> {
        let (head, token) = self.usual();
        let (name, number) = (*self.one_of(&FIELDS), *self.one_of(&NUMBERS));
        if self.often() {
            let path = self.path();
            let line = format!("GET {path}?{name}={number}&{name}={number} HTTP/1.1");
            Self::request(line.as_bytes(), head.as_bytes(), b"")
        } else {
            let (path, body) = (self.posted(), format!("form_token={token}&{name}={number}"));
            Self::post(&path, &head, "application/x-www-form-urlencoded", body.as_bytes())
        }
    }

    fn cut(&mut self) -> Vec<u8> {
        let mut whole = match self.below(3) {
            0 => self.form(),
            1 => self.media(),
            _ => self.framing(),
        };
        let at = self.below(whole.len());
        whole.truncate(at);
        whole
    }

    fn row(&mut self) -> Vec<u8> {
        let host = self.host.clone();
        let mut row = Vec::new();
        for _ in 0..=self.below(6) {
            row.extend_from_slice(format!("GET {} HTTP/1.1\r\nHost: {host}\r\n\r\n", self.path()).as_bytes());
        }
        let last = match self.below(4) {
            0 => self.noise(200),
            1 => self.line(),
            2 => self.framing(),
            _ => self.headers(),
        };
        [row, last].concat()
    }

    fn receipt(&mut self) -> Vec<u8> {
        let provider =
            *self.one_of(&["twilio", "vonage", "sns", "webhook", "kannel", "govuk_notify", "x", "%ff"]);
        let (odd, message) = (Self::in_line(&self.odd()), self.below(1 << 30));
        let path =
            format!("/hooks/sms/{provider}?message={message:032x}&x={}", String::from_utf8_lossy(&odd));
        let (signature, bearer) = ("A".repeat(self.below(60)), "x.".repeat(self.below(60)));
        let head = format!(
            "Host: {}\r\nConnection: close\r\nX-Twilio-Signature: {signature}\r\nAuthorization: Bearer {bearer}\r\n",
            self.host,
        );
        let kind = *self.one_of(&["application/x-www-form-urlencoded", "application/json", "text/plain"]);
        let body = self.odd();
        Self::post(&path.replace(|c: char| !c.is_ascii(), "%"), &head, kind, &body)
    }

    fn more(&mut self) -> Vec<u8> {
        let (head, _) = self.usual();
        let path = self.path();
        let odd = String::from_utf8_lossy(&Self::in_line(&self.odd())).into_owned();
        let asked = match self.below(12) {
            0 => "Expect: 100-continue\r\nContent-Length: 5\r\n".to_owned(),
            1 => format!("Expect: {odd}\r\n"),
            2 => "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n"
                .to_owned(),
            3 => "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n".to_owned(),
            4 => format!("Range: bytes={odd}\r\nIf-Range: {odd}\r\n"),
            5 => format!("If-Modified-Since: {odd}\r\nIf-None-Match: {odd}\r\n"),
            6 => format!("X-Forwarded-For: {odd}, {odd}\r\nForwarded: for={odd}\r\n"),
            7 => format!("X-HTTP-Method-Override: DELETE\r\nX-Original-URL: {odd}\r\n"),
            8 => "Content-Encoding: gzip\r\nContent-Length: 3\r\n".to_owned(),
            9 => format!("Origin: {odd}\r\nSec-Fetch-Site: {odd}\r\n"),
            10 => format!("TE: {odd}\r\nTrailer: {odd}\r\n"),
            _ => format!("Accept: {odd}\r\nAccept-Language: {odd},{odd};q=2\r\n"),
        };
        let method = *self.one_of(&["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"]);
        Self::request(
            format!("{method} {path} HTTP/1.1").as_bytes(),
            (head + asked.as_str()).as_bytes(),
            b"abc",
        )
    }
}

/// Sends it on a connection of its own, and gives the status of each answer.
pub async fn send(address: SocketAddr, wrong: &Wrong) -> Vec<u16> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // A server that has read enough may close before all is written.
    let _ = stream.write_all(&wrong.bytes).await;
    let mut answer = Vec::new();
    if !wrong.cut && timeout(Duration::from_millis(500), stream.read_to_end(&mut answer)).await.is_ok() {
        return statuses(&answer);
    }
    // It waits for more, or keeps the connection: there is no more.
    let _ = stream.shutdown().await;
    let _ = timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await.expect("it never ended");
    statuses(&answer)
}

fn statuses(answer: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(answer);
    text.match_indices("HTTP/1.").filter_map(|(at, _)| text.get(at + 9..at + 12)?.parse().ok()).collect()
}
