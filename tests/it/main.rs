//! All integration tests, in one binary: one link, and servers shared where that helps.

mod senders_smtp;
mod senders_twilio;
mod support;
