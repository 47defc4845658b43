//! Bounces taken in: from a mail that came to the address of bounces to the message that it is about.
//!
//! What must stay true: a report is believed only if it came to the signed return path of one message; without an address for bounces,
//! only if it returns a Message-ID of ours, whose random part nobody but its reader has seen. The report's own addresses decide
//! nothing. Whoever can forge one (the reader of a mail, with what stands in that mail) reaches that mail's row and no other.

use uuid::Uuid;

use crate::{
    domain::return_path::ReturnPaths,
    random,
    senders::mail::{
        bounce::{self, Action, Report, Told},
        enhanced::EnhancedStatus,
    },
    store::{
        Pool, Result,
        outbox_delivery::{self as delivery, Changed},
    },
};

/// How the message of a report is known.
#[derive(Clone, Copy, Debug)]
pub enum KnownBy<'a> {
    /// By the signed address that it came to.
    ReturnPath(&'a ReturnPaths),
    /// By the Message-ID that it returns, under this host: no address for bounces is configured.
    MessageId(&'a str),
}

/// What a mail to the address of bounces was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakenIn {
    /// No report of a mail system: an automatic answer, an advertisement.
    NoReport,
    /// A report that is not about a message of ours, or not genuine.
    NotOurs,
    /// Reports about messages of ours.
    Heard(Vec<Heard>),
}

/// A report about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The row.
    pub message: Uuid,
    /// What became of it.
    pub fate: Fate,
    /// What that changed. `None`: nothing, it is on its way still.
    pub changed: Option<Changed>,
}

/// What became of a mail, over all recipients of its report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is on its way, or went on to where nobody reports.
    Underway,
    /// Somebody has it.
    Delivered,
    /// Nobody gets it.
    Failed(Option<EnhancedStatus>),
}

/// Reads a mail and puts on record what it tells. `recipient` is what the mail system says that it came to; without it, the mail's
/// headers say so.
pub async fn take_in(
    pool: &Pool,
    known_by: KnownBy<'_>,
    recipient: Option<&str>,
    mail: &[u8],
) -> Result<TakenIn> {
    let mut bounce = bounce::read(mail);
    if let Some(recipient) = recipient {
        bounce.addressed_to = vec![recipient.to_owned()];
    }
    if bounce.reports.is_empty() {
        return Ok(TakenIn::NoReport);
    }
    let about: Vec<(Uuid, Fate)> = match known_by {
        KnownBy::ReturnPath(paths) => {
            let message = bounce.addressed_to.iter().find_map(|address| paths.message_of(address));
            let all = bounce.reports.iter().flat_map(|report| &report.recipients);
            message.map(|message| (message, fate(all))).into_iter().collect()
        }
        KnownBy::MessageId(host) => {
            let of = |report: &Report| {
                Some((id_of(report.message_id.as_deref()?, host)?, fate(report.recipients.iter())))
            };
            bounce.reports.iter().filter_map(of).collect()
        }
    };
    if about.is_empty() {
        return Ok(TakenIn::NotOurs);
    }
    let mut heard = Vec::new();
    for (message, fate) in about {
        heard.push(Heard { message, fate, changed: record(pool, message, fate).await? });
    }
    Ok(TakenIn::Heard(heard))
}

async fn record(pool: &Pool, message: Uuid, fate: Fate) -> Result<Option<Changed>> {
    let (arrived, status) = match fate {
        Fate::Underway => return Ok(None),
        Fate::Delivered => (true, None),
        Fate::Failed(status) => (false, status),
    };
    let note = status.map(|status| status.to_string());
    let told = delivery::Told { message, arrived, note: note.as_deref() };
    delivery::told(pool, random::id(), &told).await.map(Some)
}

/// A message of ours has one recipient. Where that one is forwarded to several, it has arrived when one of them has it.
fn fate<'a>(recipients: impl Iterator<Item = &'a Told>) -> Fate {
    let mut fate = Fate::Underway;
    for told in recipients {
        match told.action {
            Action::Delivered => return Fate::Delivered,
            // Somebody else has it now; what became of it there is not told.
            Action::Relayed | Action::Expanded => return Fate::Underway,
            Action::Delayed => {}
            // "Failed" with the number of a success is no report that can be believed.
            Action::Failed if told.status.is_some_and(|status| status.class == 2) => {}
            Action::Failed => {
                if fate == Fate::Underway {
                    fate = Fate::Failed(told.status);
                }
            }
        }
    }
    fate
}

/// The message that a Message-ID of ours under this host names.
pub fn id_of(message_id: &str, host: &str) -> Option<Uuid> {
    let id = message_id.trim().strip_prefix('<')?.strip_suffix('>')?;
    let (id, of) = id.split_once('@')?;
    // As we write it, and no other spelling of an id.
    if id.len() == 36 && of.eq_ignore_ascii_case(host) { Uuid::parse_str(id).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(action: Action, status: &str) -> Told {
        Told { action, status: EnhancedStatus::at_start(status) }
    }

    #[test]
    fn a_mail_has_failed_when_nobody_has_it() {
        use Action::{Delayed, Delivered, Expanded, Failed, Relayed};
        let failed = |status| Fate::Failed(EnhancedStatus::at_start(status));
        for (recipients, expected) in [
            (vec![], Fate::Underway),
            (vec![told(Failed, "5.1.1")], failed("5.1.1")),
            // Given up after days of trying.
            (vec![told(Failed, "4.4.7")], failed("4.4.7")),
            (vec![told(Failed, "")], Fate::Failed(None)),
            (vec![told(Failed, "2.0.0")], Fate::Underway),
            (vec![told(Delayed, "4.4.1")], Fate::Underway),
            (vec![told(Delayed, "4.4.1"), told(Failed, "5.2.2"), told(Failed, "5.1.1")], failed("5.2.2")),
            (vec![told(Delivered, "2.0.0")], Fate::Delivered),
            (vec![told(Failed, "5.1.1"), told(Delivered, "2.0.0")], Fate::Delivered),
            (vec![told(Relayed, "2.0.0")], Fate::Underway),
            (vec![told(Failed, "5.1.1"), told(Expanded, "2.0.0")], Fate::Underway),
        ] {
            assert_eq!(fate(recipients.iter()), expected, "{recipients:?}");
        }
    }

    #[test]
    fn only_a_message_id_as_we_write_it_names_a_message() {
        let id = "01987a5c-0000-7000-8000-000000000001";
        let host = "reset.contoso.com";
        assert_eq!(id_of(&format!("<{id}@Reset.Contoso.com>"), host), Uuid::parse_str(id).ok());
        for other in [
            format!("{id}@{host}"),
            format!("<{id}@{host}.example>"),
            format!("<{}@{host}>", id.replace('-', "")),
            format!("<{{{id}}}@{host}>"),
            format!("<x@{host}>"),
            "<>".to_owned(),
        ] {
            assert_eq!(id_of(&other, host), None, "{other}");
        }
    }
}
