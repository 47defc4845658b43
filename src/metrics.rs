//! What a node counts, for whoever watches it: `OpenMetrics` text, on a listener of its own (`[metrics] listen`).
//!
//! What must stay true: no label and no value is of a person or a company (no address, number, user ID, company, message or attempt), and
//! every label has a bounded number of values, known here or in the configuration; counting is an atomic increment, so that it costs a page
//! nothing; this module knows no database and no page, so that senders and workers can count.
//!
//! To add a number that changes as things happen: a field, its registration in [`Metrics::new`], a function that counts, its outcomes in
//! `events`. To add one that is read when somebody asks: `now`.

mod events;
mod now;

use std::time::Duration;

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};

pub use events::{Fate, SendOutcome, SignIn, Step};
pub use now::{InDatabase, Now, WaitingNow};

use crate::domain::{delivery::State, message::Channel};

/// The type that a scrape is answered with.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Sent {
    channel: &'static str,
    provider: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct By {
    channel: &'static str,
    provider: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Finished {
    channel: &'static str,
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Receipt {
    provider: &'static str,
    fate: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Travels {
    channel: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    route: String,
    status: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Reached {
    step: &'static str,
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// What this node counted since it was started.
pub struct Metrics {
    registry: Registry,
    sends: Family<Sent, Counter>,
    send_seconds: Histograms<By>,
    finished: Family<Finished, Counter>,
    accepted_seconds: Histograms<Travels>,
    receipts: Family<Receipt, Counter>,
    requests: Family<Answered, Counter>,
    request_seconds: Histograms<Route>,
    sign_ins: Family<Outcome, Counter>,
    attempts: Family<Reached, Counter>,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// A page answers within milliseconds; at ten seconds it is given up.
fn of_pages() -> Histogram {
    Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
}

/// A relay answers within a second, a provider within a few; the time limit is at most some minutes.
fn of_sends() -> Histogram {
    Histogram::new([0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0])
}

/// Somebody waits: ten seconds are the promise, eight minutes the end.
fn of_waiting() -> Histogram {
    Histogram::new([0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 480.0])
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("sspr");
        let send_seconds = Histograms::new_with_constructor(of_sends as fn() -> Histogram);
        let accepted_seconds = Histograms::new_with_constructor(of_waiting as fn() -> Histogram);
        let request_seconds = Histograms::new_with_constructor(of_pages as fn() -> Histogram);
        let made = Self {
            sends: Family::default(),
            send_seconds,
            finished: Family::default(),
            accepted_seconds,
            receipts: Family::default(),
            requests: Family::default(),
            request_seconds,
            sign_ins: Family::default(),
            attempts: Family::default(),
            registry: Registry::default(),
        };
        registry.register(
            "sends",
            "Messages handed to a relay or provider, by its answer",
            made.sends.clone(),
        );
        registry.register_with_unit(
            "send",
            "How long a relay or provider took to answer",
            Unit::Seconds,
            made.send_seconds.clone(),
        );
        registry.register("messages_finished", "Messages that reached an end", made.finished.clone());
        registry.register_with_unit(
            "urgent_message",
            "From queued to accepted, of messages that somebody waits for",
            Unit::Seconds,
            made.accepted_seconds.clone(),
        );
        registry.register("receipts", "Delivery receipts and bounces", made.receipts.clone());
        registry.register("http_requests", "Requests answered", made.requests.clone());
        registry.register_with_unit(
            "http_request",
            "How long an answer took",
            Unit::Seconds,
            made.request_seconds.clone(),
        );
        registry.register("sign_ins", "Sign-ins by their outcome", made.sign_ins.clone());
        registry.register("attempts", "Resets that reached a step", made.attempts.clone());
        registry.register("build", "The program", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
        Self { registry, ..made }
    }

    /// A message was handed to a relay or provider, named by its section of the configuration.
    pub fn sent(&self, channel: Channel, provider: &'static str, outcome: SendOutcome, took: Duration) {
        let channel = of_channel(channel);
        self.sends.get_or_create(&Sent { channel, provider, outcome: outcome.as_str() }).inc();
        self.send_seconds.get_or_create(&By { channel, provider }).observe(took.as_secs_f64());
    }

    /// A message reached an end.
    pub fn finished(&self, channel: Channel, state: &str) {
        let state = State::named(state).map_or("other", State::as_str);
        self.finished.get_or_create(&Finished { channel: of_channel(channel), state }).inc();
    }

    /// A message that somebody waits for was accepted, so long after it was queued.
    pub fn urgent_accepted(&self, channel: Channel, after: Duration) {
        let channel = of_channel(channel);
        self.accepted_seconds.get_or_create(&Travels { channel }).observe(after.as_secs_f64());
    }

    /// A receipt or bounce came of a relay or provider, named by its section of the configuration.
    pub fn receipt(&self, provider: &'static str, fate: Fate) {
        self.receipts.get_or_create(&Receipt { provider, fate: fate.as_str() }).inc();
    }

    /// A request was answered: `route` is a line of the route table, never an address.
    pub fn answered(&self, route: &str, status: u16, took: Duration) {
        let status = match status {
            100..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        let route = route.to_owned();
        self.request_seconds.get_or_create(&Route { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Answered { route, status }).inc();
    }

    /// Somebody tried to sign in.
    pub fn sign_in(&self, outcome: SignIn) {
        self.sign_ins.get_or_create(&Outcome { outcome: outcome.as_str() }).inc();
    }

    /// A reset reached a step.
    pub fn attempt(&self, step: Step) {
        self.attempts.get_or_create(&Reached { step: step.as_str() }).inc();
    }

    /// Everything as `OpenMetrics` text, with what is so at this moment.
    ///
    /// # Errors
    /// Never in practice: a text in memory takes what is written to it.
    pub fn text(&self, now: &Now) -> Result<String, std::fmt::Error> {
        let mut out = String::with_capacity(16 * 1024);
        text::encode_registry(&mut out, &self.registry)?;
        text::encode_registry(&mut out, &now.registry())?;
        text::encode_eof(&mut out)?;
        Ok(out)
    }
}

fn of_channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "email",
        Channel::Sms => "sms",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told_and_nothing_twice() {
        let metrics = Metrics::new();
        metrics.sent(Channel::Sms, "sms_2", SendOutcome::Unknown, Duration::from_millis(120));
        metrics.finished(Channel::Email, "gave_up");
        metrics.finished(Channel::Email, "a text that came from nowhere");
        metrics.receipt("sms", Fate::Failed);
        metrics.answered("/reset/email-link/{token}", 303, Duration::from_millis(3));
        metrics.answered("/reset/email-link/{token}", 303, Duration::from_millis(3));
        let text = metrics.text(&Now::default()).unwrap();
        for line in [
            "sspr_sends_total{channel=\"sms\",provider=\"sms_2\",outcome=\"unknown\"} 1",
            "sspr_send_seconds_bucket{le=\"0.1\",channel=\"sms\",provider=\"sms_2\"} 0",
            "sspr_send_seconds_bucket{le=\"0.25\",channel=\"sms\",provider=\"sms_2\"} 1",
            "sspr_messages_finished_total{channel=\"email\",state=\"gave_up\"} 1",
            "sspr_messages_finished_total{channel=\"email\",state=\"other\"} 1",
            "sspr_receipts_total{provider=\"sms\",fate=\"failed\"} 1",
            "sspr_http_requests_total{route=\"/reset/email-link/{token}\",status=\"3xx\"} 2",
            "sspr_database_up 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1);
        assert!(!text.contains("sspr_outbox"), "a database that is away has no numbers: {text}");
    }

    #[test]
    fn an_empty_outbox_is_a_zero_and_no_gap() {
        let now = Now { database: Some(InDatabase::default()), ..Now::default() };
        let text = Metrics::new().text(&now).unwrap();
        assert_eq!(text.matches("sspr_outbox_queued{").count(), 4, "{text}");
        assert!(text.contains("sspr_outbox_oldest_seconds{channel=\"sms\",urgent=\"true\"} 0.0"), "{text}");
    }
}
