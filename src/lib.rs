//! Administrator self-service password reset.

pub mod captcha;
pub mod clock;
pub mod domain;
pub mod language;
pub mod outbox;
pub mod random;
pub mod store;
