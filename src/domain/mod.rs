//! Pure rules: no async, no IO, no clock, no randomness. Time and chance are arguments; nothing of ours is imported.

pub mod audit;
pub mod limits;
pub mod message;
pub mod secret;
pub mod wizard;
