//! Pure rules: no async, no IO, no clock, no randomness. Time and chance are arguments.

pub mod audit;
pub mod limits;
pub mod secret;
pub mod wizard;
