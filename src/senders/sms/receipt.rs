//! Delivery receipts: what a provider tells later about a message that it took over.
//!
//! What must stay true: nothing of a request is believed before the provider's signature or our own is verified over exactly what was
//! received; a receipt says nothing about a person, only which message, and what became of it.

use reqwest::header::HeaderMap;
use uuid::Uuid;

/// A request to `/hooks/sms/{provider}`, as it came.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The address that the provider was given: the public one with path and query, whatever stood in front of us changed.
    pub url: &'a str,
    /// The query alone, without its question mark.
    pub query: &'a str,
    /// Headers.
    pub headers: &'a HeaderMap,
    /// The body, unchanged.
    pub body: &'a [u8],
    /// Unix time, seconds: for signatures that grow old.
    pub now: i64,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// On its way still: nothing new.
    Underway,
    /// The phone has it.
    Delivered,
    /// The network could not deliver it and will not any more. The provider's number for why.
    Failed(Option<u32>),
}

/// A receipt that is genuine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The row of our outbox.
    pub message: Which,
    /// What became of it.
    pub fate: Fate,
}

/// Which message a receipt is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// By our own id, which the provider was given.
    Ours(Uuid),
    /// By the provider's name for it ([`crate::senders::Accepted::evidence`]).
    Theirs(String),
    /// By both, so that a late receipt of an earlier send of a message is not taken for one of the later send.
    Both(Uuid, String),
}

/// Why a receipt is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotBelieved {
    /// This provider sends none, or none that we asked for.
    #[error("this provider sends no receipts")]
    NoReceipts,
    /// The signature is missing or wrong.
    #[error("the signature is missing or wrong")]
    Signature,
    /// The signature is right, and the time that it signs is too far from ours: an old receipt sent again, or a clock that is wrong.
    #[error("it is too old, or one of two clocks is wrong")]
    Time,
    /// The signature is right, and what it signs is no receipt.
    #[error("it is no receipt")]
    Shape,
}
