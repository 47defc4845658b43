//! The product from outside: one test program, so that all share one link, one database server and one browser driver.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what fails here fails a test, in helper functions too"
)]

mod architecture;
mod browser_rig;
mod cluster;
mod pages;
mod senders_log;
mod senders_smtp;
mod senders_twilio;
mod support;
mod wizard_detours;
mod wizard_limits;
mod wizard_races;
mod wizard_story;
