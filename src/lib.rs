//! Administrator self-service password reset.

pub mod admin;
pub mod app;
pub mod captcha;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod directory;
pub mod domain;
pub mod language;
pub mod outbox;
pub mod portal;
pub mod random;
pub mod senders;
pub mod server;
pub mod store;
pub mod telemetry;
pub mod visible;
pub mod web;
pub mod wizard;
