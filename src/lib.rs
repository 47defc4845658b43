//! Administrator self-service password reset.

pub mod cli;
pub mod clock;
pub mod config;
pub mod language;
pub mod random;
pub mod telemetry;
pub mod visible;
