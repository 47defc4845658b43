//! Everything that leaves for a person: rendered and sent by workers, never inside a request.
//!
//! A message is queued by the statement of what it tells (`store`), with facts only. A worker claims it, derives its link or
//! code, renders, sends, and finishes the row. What must stay true: nothing is sent after its deadline; a dead token's message
//! is withdrawn; a decoy's message takes the same way up to the sender; no secret is written anywhere.

pub mod letters;
pub mod render;
pub mod worker;

use crate::senders::{mail::MailSender, sms::SmsSender};

/// By what messages leave. `None` is the demo: its outbox page shows them.
#[derive(Clone, Debug)]
pub struct Senders {
    /// E-mail.
    pub mail: Option<MailSender>,
    /// SMS.
    pub sms: Option<SmsSender>,
}
