//! `[log]`: what standard error gets.

use tracing_subscriber::EnvFilter;

use super::section::Section;

/// Logging, as [`crate::telemetry::init`] takes it.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// Look of a line.
    pub format: LogFormat,
    /// Levels by module; already known to be understood.
    pub filter: String,
}

/// Look of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

pub(super) fn read(mut section: Section<'_>) -> LogSettings {
    let (format, _) = section.choice("format", &[("text", LogFormat::Text), ("json", LogFormat::Json)]);
    let expected = "a level, or levels by module";
    let (filter, _) = section
        .parsed("filter", expected, |text| EnvFilter::builder().parse(text).is_ok().then(|| text.to_owned()));
    LogSettings { format, filter: filter.unwrap_or_else(|| "info".to_owned()) }
}
