//! From the facts of a message to what a person reads. Pure: no clock, no database, no network.
//!
//! What must stay true: a mail has exactly one link a part, made from the configured public address; both parts say
//! the same; everything that a stranger typed goes through [`shown`]; an SMS is one segment (a link for a very long host
//! name may take two), and the last line of one with a code is readable by a browser. Every sentence is in `templates/locales/en/mail.ftl`.
//!
//! To add a mail: see `letter.rs`; an SMS: `sms.rs`; both need a sample in `samples.rs` and `tests/samples.rs`.

mod brand;
#[doc(hidden)]
pub mod every;
mod letter;
mod mail;
pub mod origin_bound;
mod prove;
mod samples;
mod shown;
mod sms;
mod when;

#[cfg(test)]
mod tests;

use crate::domain::gsm7;
pub use brand::{Brand, BrandFault};
pub use mail::{RenderedMail, Secrets, mail, reset_link_subject};
pub use prove::{ONE_SEGMENT, Sized, Unfit, cannot_be_seen, measure, neutral, prove, segments};
pub use sms::{host_fits, sms};

/// Why a message can't be put into words. All of them are for the log and `config check`: no person causes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotRender {
    /// A mail was asked of an SMS, or the other way round.
    #[error("this message travels another way")]
    OtherChannel,
    /// The message needs a secret (link or code) and got none, or got one that it must not have.
    #[error("the message has no secret, or one too many")]
    Secret,
    /// The link does not lead to the configured public address.
    #[error("the link leads away from the public address")]
    ForeignLink,
    /// Even the shortest text is longer than one segment: the host name is too long. In septets.
    #[error(
        "the text message takes {0} septets, one segment holds 160: the host of the public address is too long"
    )]
    NotOneSegment(usize),
    /// A phone offers the code only where it comes first.
    #[error("the text message must begin with the code and a space, colon or comma")]
    CodeNotFirst,
    /// A character outside GSM-7's basic table: it would turn the message into several segments.
    #[error("the text message has a character outside GSM-7's basic table: {0:?}")]
    NotGsm7(char),
    /// A browser would not find the code in the last line.
    #[error("a browser would not find the code in the text message: check the host of the public address")]
    NotOriginBound,
}
