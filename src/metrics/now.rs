//! What is so at the moment of a scrape: read when somebody asks, kept nowhere. To add one: a field, its line in `Now::registry`.

use std::{sync::atomic::AtomicU64, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::ConstCounter,
        family::Family,
        gauge::{ConstGauge, Gauge},
    },
    registry::{Registry, Unit},
};

use super::of_channel;
use crate::domain::message::Channel;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Queue {
    channel: &'static str,
    urgent: &'static str,
}

/// What is so at the moment of a scrape.
#[derive(Clone, Debug, Default)]
pub struct Now {
    /// What the database says; none: it does not answer.
    pub database: Option<InDatabase>,
    /// Connections open, and those of them that nobody uses.
    pub connections: (u32, usize),
    /// Jobs that wait for a hashing thread.
    pub hashing_waiting: usize,
    /// Jobs that the hashing threads took so far, those refused since the queue was full, and for how long those taken had waited.
    pub hashing: (u64, u64, Duration),
}

/// What the database says.
#[derive(Clone, Debug, Default)]
pub struct InDatabase {
    /// What waits in the outbox, by channel and urgency.
    pub waiting: Vec<WaitingNow>,
    /// Messages given up within the last hour.
    pub gave_up: i64,
    /// For how long the oldest audit event waits for its seal.
    pub unsealed: Duration,
}

/// A part of the outbox.
#[derive(Clone, Debug)]
pub struct WaitingNow {
    /// By which channel.
    pub channel: Channel,
    /// Somebody waits for it.
    pub urgent: bool,
    /// How many.
    pub queued: i64,
    /// For how long the oldest that may leave waits.
    pub oldest: Duration,
}

impl Now {
    pub(super) fn registry(&self) -> Registry {
        let mut registry = Registry::with_prefix("sspr");
        let up = i64::from(self.database.is_some());
        registry.register("database_up", "Whether the database answers", ConstGauge::new(up));
        let (open, idle) = self.connections;
        let used = i64::from(open) - i64::try_from(idle).unwrap_or(0);
        registry.register("database_connections_used", "Connections in use", ConstGauge::new(used.max(0)));
        registry.register("database_connections_open", "Connections open", ConstGauge::new(i64::from(open)));
        let (jobs, refused, waited) = self.hashing;
        let waiting = i64::try_from(self.hashing_waiting).unwrap_or(i64::MAX);
        registry.register("hashing_waiting", "Jobs that wait for a hashing thread", ConstGauge::new(waiting));
        registry.register("hashing_jobs", "Jobs that hashing threads took", ConstCounter::new(jobs));
        registry.register("hashing_refused", "Jobs refused: the queue was full", ConstCounter::new(refused));
        registry.register_with_unit(
            "hashing_waited",
            "For how long all jobs together waited for a thread",
            Unit::Seconds,
            ConstCounter::new(waited.as_secs_f64()),
        );
        let Some(database) = &self.database else { return registry };
        let queued = Family::<Queue, Gauge>::default();
        let oldest = Family::<Queue, Gauge<f64, AtomicU64>>::default();
        // Nothing that waits is a zero, not a gap: an alert on a gap would never end.
        for channel in [Channel::Email, Channel::Sms] {
            for urgent in [true, false] {
                let found = database.waiting.iter().find(|w| w.channel == channel && w.urgent == urgent);
                let queue =
                    Queue { channel: of_channel(channel), urgent: if urgent { "true" } else { "false" } };
                queued.get_or_create(&queue).set(found.map_or(0, |found| found.queued));
                oldest.get_or_create(&queue).set(found.map_or(0.0, |found| found.oldest.as_secs_f64()));
            }
        }
        registry.register("outbox_queued", "Messages that wait in the outbox", queued);
        registry.register_with_unit(
            "outbox_oldest",
            "For how long the oldest message that may leave waits",
            Unit::Seconds,
            oldest,
        );
        registry.register(
            "outbox_gave_up_last_hour",
            "Messages given up within the last hour",
            ConstGauge::new(database.gave_up),
        );
        registry.register_with_unit(
            "audit_unsealed_oldest",
            "For how long the oldest audit event waits for its seal",
            Unit::Seconds,
            ConstGauge::new(database.unsealed.as_secs_f64()),
        );
        registry
    }
}
