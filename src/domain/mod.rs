//! Pure rules: no IO, no clock, nothing of ours imported.

pub mod message;
