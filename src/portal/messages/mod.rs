//! E-mails and text messages in the portal: what became of each, with retry and cancel. For global administrators.
//!
//! Must stay true: every handler takes a [`crate::portal::door::Global`], and every statement the company of its witness, so that a
//! message without a company is never shown; no text, link or code, and recipients are masked; all state of the list is in the address.

pub mod list;
pub mod show;
pub mod shown;
