//! Administrator self-service password reset.

pub mod captcha;
pub mod clock;
pub mod language;
pub mod random;
