//! Administrator self-service password reset.

pub mod captcha;
pub mod clock;
pub mod demo;
pub mod directory;
pub mod domain;
pub mod cli;
pub mod clock;
pub mod config;
pub mod language;
pub mod outbox;
pub mod portal;
pub mod random;
pub mod store;
pub mod web;
pub mod wizard;
pub mod telemetry;
pub mod visible;
pub mod senders;
