//! Administrator self-service password reset.

pub mod clock;
pub mod demo;
pub mod language;
pub mod portal;
pub mod random;
pub mod web;
pub mod wizard;
