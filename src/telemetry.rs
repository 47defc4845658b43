//! Log lines on standard error: text for people, JSON for machines, one line an event whatever somebody typed (V-67).
//!
//! Never logged, whatever the filter says: SQL statements, the session layer's own lines (ids), the addresses that the layers
//! of tower-http tell (a link's token stands in one) and the numbers that the parser of numbers stumbles over, unless the
//! operator names those modules.

use std::{
    fmt::{self, Write as _},
    io::{self, IsTerminal as _},
};

use tracing::{Dispatch, field::Field};
use tracing_subscriber::{
    EnvFilter,
    field::MakeExt as _,
    fmt::{MakeWriter, format::Writer, format::debug_fn},
    layer::SubscriberExt as _,
    util::{SubscriberInitExt as _, TryInitError},
};

use crate::{
    config::{LogFormat, LogSettings},
    visible::{is_unsafe, visible},
};

/// Modules that say too much at `debug`, and from which level on they may speak.
const QUIET: &[(&str, &str)] = &[
    ("rlibphonenumber", "off"),
    ("sqlx", "warn"),
    ("tower_http", "off"),
    ("tower_sessions", "warn"),
    ("tower_sessions_core", "warn"),
];

/// Starts logging, once a process.
///
/// # Errors
/// When something else in this process took over logging before.
pub fn init(settings: &LogSettings) -> Result<(), TryInitError> {
    subscriber(settings, io::stderr().is_terminal(), io::stderr).try_init()?;
    // The text of a panic may hold what the code stumbled over (V-47), and is no log line: only its place is told.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
    Ok(())
}

/// The same for any writer.
fn subscriber<W>(settings: &LogSettings, ansi: bool, writer: W) -> Dispatch
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let registry = tracing_subscriber::registry().with(filter(&settings.filter));
    let layer = tracing_subscriber::fmt::layer();
    match settings.format {
        LogFormat::Text => {
            let fields = debug_fn(text_field).delimited(" ");
            registry.with(layer.fmt_fields(fields).with_ansi(ansi).with_writer(writer)).into()
        }
        LogFormat::Json => registry
            .with(layer.json().flatten_event(true).with_ansi(false).with_writer(JsonLines(writer)))
            .into(),
    }
}

/// The operator's filter behind the quiet modules', so that naming one of them wins.
fn filter(wanted: &str) -> EnvFilter {
    let quiet = QUIET.iter().map(|(module, level)| format!("{module}={level}"));
    let all: Vec<String> = quiet.chain([wanted.to_owned()]).collect();
    EnvFilter::builder().parse_lossy(all.join(","))
}

/// One field of a text line. The formatter's own escapes ESC but lets line ends through.
fn text_field(writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    let text = format!("{value:?}");
    match field.name() {
        "message" => write!(writer, "{}", visible(&text)),
        // Where a line of the `log` crate comes from; shown as the target already.
        name if name.starts_with("log.") => Ok(()),
        name => write!(writer, "{}={}", name.trim_start_matches("r#"), visible(&text)),
    }
}

/// Makes writers that finish the JSON escaping: JSON itself lets DEL, C1 and U+2028 stand, and some readers of lines and
/// some terminals obey those. Outside of a string none of them can occur, so that escaping the whole line is right.
struct JsonLines<M>(M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for JsonLines<M> {
    type Writer = JsonLine<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        JsonLine(self.0.make_writer())
    }
}

/// One of those writers. The formatter hands over each event whole.
struct JsonLine<W>(W);

impl<W: io::Write> io::Write for JsonLine<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut out = String::with_capacity(bytes.len());
        for c in String::from_utf8_lossy(bytes).chars() {
            if c != '\n' && is_unsafe(c) {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            } else {
                out.push(c);
            }
        }
        self.0.write_all(out.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, filter: &str, events: impl FnOnce()) -> String {
        let page = Page::default();
        let writer = page.clone();
        let settings = LogSettings { format, filter: filter.to_owned() };
        let dispatch = subscriber(&settings, false, move || writer.clone());
        tracing::dispatcher::with_default(&dispatch, events);
        String::from_utf8(page.0.lock().unwrap().clone()).unwrap()
    }

    const ATTACK: &str = "x\r\n2024-01-01 INFO forged\u{1b}[2J\u{2028}\u{2029}\u{85}\u{9b}\u{7f}\u{202e}y";

    fn attack() {
        let span = tracing::info_span!("request", user_agent = ATTACK, other = %ATTACK);
        let _inside = span.enter();
        tracing::info!(user = %ATTACK, debug = ?ATTACK, "message {ATTACK}");
        tracing::error!(error = &std::io::Error::other(ATTACK) as &dyn std::error::Error, "failed");
    }

    #[test] // V-67
    fn a_forged_line_stays_on_its_own_line_in_text() {
        let log = logged(LogFormat::Text, "info", attack);
        assert_eq!(log.lines().count(), 2, "{log}");
        assert!(!log.contains(|c| c != '\n' && is_unsafe(c)), "{log:?}");
        assert!(log.contains("forged"));
    }

    #[test] // V-67
    fn a_forged_line_stays_on_its_own_line_in_json_and_is_the_same_text_after_parsing() {
        let log = logged(LogFormat::Json, "info", attack);
        assert_eq!(log.lines().count(), 2, "{log}");
        assert!(!log.contains(|c| c != '\n' && is_unsafe(c)), "{log:?}");
        let first: serde_json::Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
        assert_eq!(first["user"], ATTACK);
        assert_eq!(first["span"]["user_agent"], ATTACK);
        assert_eq!(first["message"], format!("message {ATTACK}"));
    }

    #[test]
    fn statements_stay_out_unless_they_are_asked_for() {
        let statement = || {
            tracing::debug!(target: "sqlx::query", "SELECT 1");
            tracing::debug!(target: "sspr", "ours");
        };
        assert_eq!(logged(LogFormat::Text, "debug", statement).lines().count(), 1);
        assert_eq!(logged(LogFormat::Text, "debug,sqlx=debug", statement).lines().count(), 2);
        assert_eq!(logged(LogFormat::Text, "info", statement), "");
    }

    #[test]
    fn fields_are_told_apart() {
        let log = logged(LogFormat::Text, "info", || tracing::info!(count = 3, name = "a b", "done"));
        assert!(log.trim_end().ends_with("done count=3 name=\"a b\""), "{log}");
    }
}
