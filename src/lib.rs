//! Administrator self-service password reset.

pub mod clock;
pub mod demo;
pub mod language;
pub mod random;
