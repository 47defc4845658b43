//! The audit log in the portal: a list with filters, the steps of one attempt, and downloads. For global administrators.
//!
//! Must stay true: every handler takes a [`crate::portal::door::Global`], and every statement the company of its witness; all state
//! is in the address.

pub mod attempt;
pub mod download;
pub mod list;
pub mod shown;
