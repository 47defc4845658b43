//! Administrator self-service password reset, run by the company itself: one binary, one Postgres.
//!
//! A guided tour, in reading order:
//!
//! - [`domain`]: the rules, and nothing else. Begin with [`domain::wizard`], the state machine.
//! - [`clock`], [`random`], [`language`], [`visible`], [`csv`]: time, chance, words, what may reach a terminal or a spreadsheet; each in one place.
//! - [`metrics`]: what a node counts, for whoever watches it.
//! - [`store`]: all SQL. A rule that protects something is one statement here.
//! - [`directory`]: where a password lives, and the threads that hash.
//! - [`captcha`]: how a visitor shows not to be a program.
//! - [`senders`]: how a message leaves; one file a provider.
//! - [`outbox`]: queued with what it tells, rendered and sent by workers. [`sealer`]: what was recorded becomes a chain.
//! - [`config`]: what the operator chose. [`telemetry`]: what the log says.
//! - [`app`]: everything a request needs, built once.
//! - [`web`]: the HTTP kit; knows no page.
//! - [`hooks`]: what providers call.
//! - [`wizard`]: the pages in the order in which a person sees them. [`portal`]: the pages of signed-in people.
//! - [`admin`]: the verbs that portal and shell share.
//! - [`server`]: all routes on one screen. [`demo`]: everything embedded. [`cli`]: the shell.
//!
//! Imports point down only: `cli`, `demo`, `server` → `wizard`, `portal`, `hooks` → `admin`, `web` → `app` → `outbox`, `sealer`, `config` → `store`,
//! `senders`, `captcha`, `directory` → `clock`, `random`, `language`, `visible`, `csv`, `metrics` → `domain`, which imports nothing of ours and does no IO.
//! `tests/it/architecture.rs` reads the `use` lines and fails on an upward one.

pub mod admin;
pub mod app;
pub mod captcha;
pub mod cli;
pub mod clock;
pub mod config;
pub mod csv;
pub mod demo;
pub mod directory;
pub mod domain;
pub mod hooks;
pub mod language;
pub mod metrics;
pub mod outbox;
pub mod portal;
pub mod random;
pub mod sealer;
pub mod senders;
pub mod server;
pub mod store;
pub mod telemetry;
pub mod visible;
pub mod web;
pub mod wizard;
