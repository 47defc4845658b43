//! Administrator self-service password reset.

pub mod clock;
pub mod language;
pub mod random;
pub mod senders;
