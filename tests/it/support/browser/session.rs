//! A session: how a browser is started, its size and colours, and the pictures taken of it.
//!
//! To add a way to start one: a field and a method of `Setup`, a line in `start`, a test in `browser_rig.rs`.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use serde_json::{Value, json};
use thirtyfour::common::command::{Command, ExtensionCommand};
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver};

use super::{Browser, driver};

/// A browser to be started: by default with script, in light colours, 1280 by 900.
#[derive(Debug, Clone)]
pub struct Setup {
    pub(super) script: bool,
    pub(super) dark: bool,
    size: (u32, u32),
    hosts: Vec<String>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { script: true, dark: false, size: (1280, 900), hosts: Vec::new() }
    }
}

impl Setup {
    /// Pages run no script; `<noscript>` shows.
    pub fn without_script(self) -> Self {
        Self { script: false, ..self }
    }

    /// Prefers dark colours.
    pub fn dark(self) -> Self {
        Self { dark: true, ..self }
    }

    /// As small as WCAG 1.4.10 asks for: 320 by 700.
    pub fn narrow(self) -> Self {
        Self { size: (320, 700), ..self }
    }

    /// This host name leads to loopback.
    pub fn host(mut self, name: &str) -> Self {
        self.hosts.push(name.to_owned());
        self
    }

    /// Starts the browser. Dropping it ends it.
    pub async fn start(self) -> Browser {
        let driver = driver::driver();
        let session =
            self.connect(driver).await.unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
        let browser = Browser { session, setup: self };
        let (width, height) = browser.setup.size;
        // Not the window's size: a headless window cannot be made this narrow.
        browser.set_size(width, height).await;
        browser.set_dark(browser.setup.dark).await;
        browser
    }

    async fn connect(&self, driver: &driver::Driver) -> thirtyfour::error::WebDriverResult<WebDriver> {
        let mut wanted = DesiredCapabilities::chrome();
        let mut names: Vec<_> = self.hosts.iter().map(|host| format!("MAP {host} 127.0.0.1")).collect();
        names.extend(["MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1", "EXCLUDE localhost"].map(String::from));
        for argument in [
            "--headless",
            // Ends with the driver, see driver.rs.
            "--remote-debugging-pipe",
            "--disable-gpu",
            // They take 15 pixels of the width, and a telephone's take none.
            "--hide-scrollbars",
            "--disable-quic",
            // A test has no finger: sound would wait for one.
            "--autoplay-policy=no-user-gesture-required",
            "--no-first-run",
            // A browser that looks for its maker's servers is slow where there are none, and none of them is under test.
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            &format!("--host-resolver-rules={}", names.join(",")),
        ] {
            wanted.add_arg(argument)?;
        }
        if driver.as_root {
            wanted.add_arg("--no-sandbox")?;
        }
        let script = if self.script { 1 } else { 2 };
        wanted.add_experimental_option(
            "prefs",
            json!({
                "profile.managed_default_content_settings.javascript": script,
                // Its bubbles lie over the page in pictures.
                "credentials_enable_service": false,
                "profile.password_manager_enabled": false,
            }),
        )?;
        wanted.set_browser_log_level(LoggingPrefsLogLevel::Warning)?;
        // A new connection for each command: a session that is dropped inside a test's runtime says goodbye from another
        // thread while that runtime stands still, and would wait for ever for a connection that lives in it.
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).no_proxy().build()?;
        WebDriver::builder(&driver.url, wanted).client(client).await
    }
}

impl Browser {
    /// Whether pages are shown in dark colours from now on.
    pub async fn set_dark(&self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({"features": [
                {"name": "prefers-color-scheme", "value": scheme},
                // A colour half-way to another is neither seen in a picture nor judged by axe.
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ]}),
        )
        .await;
    }

    /// Another size of the window from now on.
    pub async fn set_size(&self, width: u32, height: u32) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}),
        )
        .await;
    }

    /// Whether a person has to scroll sideways to read the page (WCAG 1.4.10).
    pub async fn overflows_sideways(&self) -> bool {
        let answer = self.run("return document.documentElement.scrollWidth > innerWidth", vec![]).await;
        answer == Value::Bool(true)
    }

    /// The status that the server answered this page with.
    pub async fn status(&self) -> u64 {
        let status =
            self.run("return performance.getEntriesByType('navigation')[0].responseStatus", vec![]).await;
        status.as_u64().unwrap_or_default()
    }

    /// A picture (PNG) of the whole page, also of what lies below the window's edge.
    pub async fn screenshot(&self, path: &Path) {
        let answer = self
            .devtools("Page.captureScreenshot", json!({"format": "png", "captureBeyondViewport": true}))
            .await;
        let data = answer["data"].as_str().unwrap_or_default();
        let written = base64::engine::general_purpose::STANDARD
            .decode(data)
            .map_err(std::io::Error::other)
            .and_then(|png| std::fs::write(path, png));
        if let Err(error) = written {
            panic!("no picture at {}: {error}", path.display());
        }
    }

    /// Runs a function body in the page and gives what it returns. Works under any Content-Security-Policy, and with the
    /// page's own script switched off.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        let answer = self.session.execute(script, arguments).await;
        self.must(answer, "run a script").await.json().clone()
    }

    pub(super) async fn run_async(&self, script: &str) -> Value {
        let answer = self.session.execute_async(script, vec![]).await;
        self.must(answer, "run a script").await.json().clone()
    }

    pub(super) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let call = DevTools(json!({"cmd": command, "params": parameters}));
        let answer = self.session.cmd(Command::ExtensionCommand(Box::new(call))).await;
        let answer = answer.and_then(thirtyfour::session::http::CmdResponse::value_json);
        self.must(answer, command).await
    }
}

/// A command of the browser's own protocol, through the driver.
#[derive(Debug)]
struct DevTools(Value);

impl ExtensionCommand for DevTools {
    fn parameters_json(&self) -> Option<Value> {
        Some(self.0.clone())
    }

    fn method(&self) -> axum::http::Method {
        axum::http::Method::POST
    }

    fn endpoint(&self) -> Arc<str> {
        "/goog/cdp/execute".into()
    }
}
