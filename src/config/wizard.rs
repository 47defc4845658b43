//! `[wizard]`: sending again. Lifetimes are constants of the domain, not settings.

use std::time::Duration;

use super::section::Section;

/// "Send again".
#[derive(Clone, Debug)]
pub struct WizardSettings {
    /// Wait after a message before the next.
    pub resend_wait: Duration,
    /// Times for each kind of message.
    pub resends: u32,
}

pub(super) fn read(mut section: Section<'_>) -> WizardSettings {
    WizardSettings {
        resend_wait: section.seconds("resend_wait_seconds", 10..=300),
        resends: section.number("resends", 0..=5),
    }
}
