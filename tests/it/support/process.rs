//! The service as people run it: `sspr serve` in a process of its own, that can be killed and started again.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{
    app::KEY,
    http_server::{ACCOUNT, TOKEN, TwilioServer},
    proxy::Also,
    smtp_server::SmtpServer,
};

/// The name under which it answers.
pub const HOST: &str = "reset.contoso.com";

/// A running `sspr serve`. Dropping it kills it.
pub struct Service {
    child: Arc<Mutex<Child>>,
    /// `http://127.0.0.1:PORT`; requests need the header `Host: reset.contoso.com`.
    pub url: String,
    log: Arc<Mutex<Vec<Value>>>,
    key_file: PathBuf,
}

/// Everything that `serve` insists on, but the database: a real mail server, a real SMS service, a key file.
pub fn settings(mail: &SmtpServer, sms: &TwilioServer, key_file: &PathBuf) -> Vec<(&'static str, String)> {
    std::fs::write(key_file, STANDARD.encode(KEY)).unwrap();
    vec![
        ("SSPR_SERVER__LISTEN", "127.0.0.1:0".into()),
        ("SSPR_SERVER__PUBLIC_URL", format!("https://{HOST}")),
        ("SSPR_KEYS__CURRENT_FILE", key_file.display().to_string()),
        ("SSPR_LOG__FORMAT", "json".into()),
        ("SSPR_DATABASE__ACQUIRE_TIMEOUT_MS", "1000".into()),
        ("SSPR_MAIL__HOST", "127.0.0.1".into()),
        ("SSPR_MAIL__PORT", mail.port.to_string()),
        ("SSPR_MAIL__TLS", "none".into()),
        ("SSPR_MAIL__FROM", "Contoso IT <it@contoso.com>".into()),
        ("SSPR_MAIL__TIMEOUT_SECONDS", "5".into()),
        ("SSPR_SMS__BASE_URL", sms.url()),
        ("SSPR_SMS__ACCOUNT_SID", ACCOUNT.into()),
        ("SSPR_SMS__AUTH_TOKEN", TOKEN.into()),
        ("SSPR_SMS__FROM", "+14255550199".into()),
        ("SSPR_OUTBOX__LEASE_SECONDS", "10".into()),
        ("SSPR_OUTBOX__POLL_SECONDS", "1".into()),
        ("SSPR_BUDGETS__SIGN_IN_FAILURES_PER_NETWORK_PER_HOUR", "100000".into()),
        ("SSPR_BUDGETS__SMS_PER_COUNTRY_PER_HOUR", "1000000".into()),
        ("SSPR_BUDGETS__SMS_PER_HOUR", "1000000".into()),
        // All of a test's visitors are one network.
        ("SSPR_SERVER__CONNECTIONS_PER_NETWORK", "800".into()),
    ]
}

/// The program with these settings and nothing else of this process' environment but the path.
pub fn sspr(verb: &str, settings: &[(&str, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sspr"));
    command.arg(verb).env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command.envs(settings.iter().map(|(name, value)| (*name, value.as_str())));
    command
}

impl Service {
    /// Starts it on this database and waits until it serves.
    pub async fn start(database_url: &str, mail: &SmtpServer, sms: &TwilioServer) -> Self {
        let key_file = std::env::temp_dir().join(format!("sspr-key-{}", sspr::random::id()));
        let mut all = settings(mail, sms, &key_file);
        all.push(("SSPR_DATABASE__URL", database_url.to_owned()));
        let mut child = sspr("serve", &all)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log: Arc<Mutex<Vec<Value>>> = Arc::default();
        let (told, address) = tokio::sync::oneshot::channel();
        let written = log.clone();
        std::thread::spawn(move || {
            let mut told = Some(told);
            for line in lines.map_while(Result::ok) {
                let line: Value = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if line["message"] == "serving"
                    && let Some(told) = told.take()
                {
                    let _ = told.send(line["address"].as_str().unwrap().to_owned());
                }
                written.lock().unwrap().push(line);
            }
        });
        let address = tokio::time::timeout(Duration::from_secs(30), address).await;
        let Ok(Ok(address)) = address else { panic!("it does not serve: {:?}", log.lock().unwrap()) };
        Self { child: Arc::new(Mutex::new(child)), url: format!("http://{address}"), log, key_file }
    }

    /// `kill -9`, for the moment of a fault.
    pub fn killer(&self) -> Also {
        let child = self.child.clone();
        Box::new(move || {
            let mut child = child.lock().unwrap();
            child.kill().unwrap();
            child.wait().unwrap();
        })
    }

    /// SIGTERM, as a service manager sends it.
    pub fn terminate(&self) {
        let id = self.child.lock().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// How it ended, once it has; waits 30 seconds at most.
    pub async fn end(&self) -> ExitStatus {
        for _ in 0..3000 {
            if let Some(status) = self.child.lock().unwrap().try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it does not end: {:?}", self.log.lock().unwrap());
    }

    /// The most memory it ever had, where the system tells (Linux).
    pub fn most_memory_kib(&self) -> Option<u64> {
        let id = self.child.lock().unwrap().id();
        let text = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    }

    /// Its log so far.
    pub fn log(&self) -> Vec<Value> {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap();
        let _ = child.kill();
        let _ = child.wait();
        let _ = std::fs::remove_file(&self.key_file);
    }
}
