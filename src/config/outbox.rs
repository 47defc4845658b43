//! `[outbox]`: how the workers take messages.

use std::time::Duration;

use super::{
    mail::{MailKind, MailSettings},
    section::Section,
    sms::SmsSettings,
};

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
    let mail = if let MailKind::Smtp(server) = &mail.kind { server.timeout } else { Duration::ZERO };
    let sms = if let SmsSettings::Twilio(account) = sms { account.timeout } else { Duration::ZERO };
    let longest = mail.max(sms);
    if outbox.lease <= longest {
        // A second worker would send the message while the first still waits for its answer.
        let origin = section.origin("lease_seconds");
        let what = format!("must be longer than the senders' timeout of {} seconds", longest.as_secs());
        section.wrong("lease_seconds", &origin, what);
    }
    outbox
}
