//! `[outbox]`: how the workers take messages.

use std::time::Duration;

use super::{mail::MailSettings, section::Section, sms::SmsSettings};

/// Workers of one node.
#[derive(Clone, Debug)]
pub struct OutboxSettings {
    /// Messages sent at the same time.
    pub workers: usize,
    /// Look at the table when nothing woke us.
    pub poll: Duration,
    /// How long a taken message is nobody else's.
    pub lease: Duration,
}

pub(super) fn read(mut section: Section<'_>, mail: &MailSettings, sms: &SmsSettings) -> OutboxSettings {
    let outbox = OutboxSettings {
        workers: section.number("workers", 1..=64),
        poll: section.seconds("poll_seconds", 1..=60),
        lease: section.seconds("lease_seconds", 10..=300),
    };
    // The lease is renewed before each further relay or provider.
    let relays = mail.relays.iter().map(|relay| relay.timeout);
    let longest =
        relays.chain(sms.providers.iter().map(|provider| provider.timeout)).max().unwrap_or_default();
    if outbox.lease <= longest {
        // A second worker would send the message while the first still waits for its answer.
        let origin = section.origin("lease_seconds");
        let what = format!("must be longer than the senders' timeout of {} seconds", longest.as_secs());
        section.wrong("lease_seconds", &origin, what);
    }
    outbox
}
