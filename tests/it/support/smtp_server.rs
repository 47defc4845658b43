//! A real mail server for one test: Debian's aiosmtpd behind a small script, and certificates made for it.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use sspr::senders::mail::smtp::{SmtpSettings, SmtpTls};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A running server. It ends when this is dropped, also when the test panics or is killed.
pub struct SmtpServer {
    child: Child,
    events: UnboundedReceiver<Value>,
    /// The port on 127.0.0.1.
    pub port: u16,
}

impl SmtpServer {
    /// Starts a server that behaves as `how` says (the script's head explains).
    pub async fn start(how: Value) -> Self {
        let mut child = Command::new(python())
            .args(["-c", include_str!("smtp_server.py"), &how.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("python starts");
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
        let ready = next(&mut events).await;
        let port = ready["port"].as_u64().and_then(|port| port.try_into().ok()).expect("a port");
        Self { child, events, port }
    }

    /// The next event of that name; others are passed over.
    pub async fn next(&mut self, name: &str) -> Value {
        loop {
            let event = next(&mut self.events).await;
            if event["event"] == name {
                return event;
            }
        }
    }

    /// All events so far.
    pub fn events(&mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }

    /// Settings for a sender that reaches this server in clear.
    pub fn settings(&self) -> SmtpSettings {
        SmtpSettings {
            host: "127.0.0.1".into(),
            port: self.port,
            tls: SmtpTls::None,
            username: None,
            password: None,
            from: "\"Contoso IT, Zürich\" <it@contoso.com>".into(),
            reply_to: None,
            timeout: Duration::from_secs(10),
            ca_file: None,
        }
    }

    /// Settings for a sender that reaches this server as `localhost` with STARTTLS.
    pub fn settings_with(&self, certificate: &Certificate) -> SmtpSettings {
        SmtpSettings {
            host: "localhost".into(),
            tls: SmtpTls::StartTls,
            ca_file: Some(certificate.pem()),
            ..self.settings()
        }
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn next(events: &mut UnboundedReceiver<Value>) -> Value {
    tokio::time::timeout(Duration::from_secs(20), events.recv())
        .await
        .expect("the mail server says nothing more within 20 s")
        .expect("the mail server has ended")
}

/// A Python that has aiosmtpd. A machine's first `python3` is often not the distribution's.
fn python() -> &'static str {
    python_with("aiosmtpd", "python3-aiosmtpd")
}

/// A Python that has this module, which Debian has in this package.
pub fn python_with(module: &str, package: &str) -> &'static str {
    let has_it = |python: &&str| {
        let import = format!("import {module}");
        let check = Command::new(python).args(["-c", &import]).stderr(Stdio::null()).status();
        check.is_ok_and(|status| status.success())
    };
    ["python3", "/usr/bin/python3"]
        .into_iter()
        .find(has_it)
        .unwrap_or_else(|| panic!("a test needs the package {package}: apt-get install -y {package}"))
}

/// A self-signed certificate for one host, made now and removed after the test.
pub struct Certificate {
    folder: PathBuf,
}

impl Certificate {
    /// Makes one with the `openssl` program.
    pub fn for_host(host: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("sspr-test-{}", sspr::random::id()));
        std::fs::create_dir(&folder).unwrap();
        let made = Self { folder };
        let output = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
            .args([
                "-days",
                "2",
                "-subj",
                &format!("/CN={host}"),
                "-addext",
                "basicConstraints=critical,CA:FALSE",
            ])
            .args(["-addext", &format!("subjectAltName=DNS:{host}")])
            .arg("-keyout")
            .arg(made.folder.join("key.pem"))
            .arg("-out")
            .arg(made.folder.join("cert.pem"))
            .output()
            .expect("the mail tests need the package openssl: apt-get install -y openssl");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        made
    }

    /// Adds the certificate to what a server is told.
    pub fn add_to(&self, mut how: Value) -> Value {
        how["cert"] = json!(self.folder.join("cert.pem"));
        how["key"] = json!(self.folder.join("key.pem"));
        how
    }

    /// Where certificate and key lie.
    pub fn files(&self) -> (PathBuf, PathBuf) {
        (self.folder.join("cert.pem"), self.folder.join("key.pem"))
    }

    /// The certificate, as an operator's CA file.
    pub fn pem(&self) -> Vec<u8> {
        std::fs::read(self.folder.join("cert.pem")).unwrap()
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
