//! Mails to the address of bounces: anybody can write one (RFC 3462, 3464, 3463).

use sspr::{
    outbox::bounces,
    senders::mail::{bounce, enhanced::EnhancedStatus},
};
use uuid::Uuid;

use super::text;

/// What is read stays small, whatever came, and a mail behind the first line of a mailbox file says the same.
pub fn bounce(data: &[u8]) {
    let read = bounce::read(data);
    assert!(read.addressed_to.len() <= 64 && read.addressed_to.iter().all(|address| address.len() <= 254));
    assert!(read.reports.len() <= 64 && read.reports.iter().all(|report| report.recipients.len() <= 64));
    for report in &read.reports {
        if let Some(id) = &report.message_id {
            let ours = bounces::id_of(id, "reset.contoso.com");
            assert!(ours.is_none_or(|message| id.contains(&message.to_string())
                || id.to_lowercase().contains(&message.to_string())));
        }
        assert!(
            report
                .recipients
                .iter()
                .filter_map(|told| told.status)
                .all(|status| [2, 4, 5].contains(&status.class))
        );
    }
    if !data.starts_with(b"From ") {
        let boxed = [b"From MAILER-DAEMON Sat Nov 21 12:00:00 2026\n", data].concat();
        assert!(boxed.len() > bounce::LONGEST || bounce::read(&boxed) == read);
    }
}

/// The three numbers are read back as they are written, and nothing else of a text is kept.
pub fn enhanced_status(data: &[u8]) {
    let said = text(data);
    if let Some(status) = EnhancedStatus::at_start(said) {
        assert_eq!(EnhancedStatus::at_start(&status.to_string()), Some(status));
        assert!(said.trim_start().starts_with(&status.to_string()));
        assert!([2, 4, 5].contains(&status.class) && status.subject <= 999 && status.detail <= 999);
    }
    let ours = format!("<{}@reset.contoso.com>", Uuid::nil());
    assert_eq!(bounces::id_of(&ours, "Reset.Contoso.com"), Some(Uuid::nil()));
    assert!(
        bounces::id_of(said, "reset.contoso.com")
            .is_none_or(|id| said.to_lowercase().contains(&id.to_string()))
    );
}
