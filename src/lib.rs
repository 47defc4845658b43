//! Administrator self-service password reset.

pub mod clock;
pub mod directory;
pub mod domain;
pub mod language;
pub mod random;
