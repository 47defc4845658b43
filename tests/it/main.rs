//! The product from outside: one test program, so that all share one link, one database server and one browser driver.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what fails here fails a test, in helper functions too"
)]

mod architecture;
mod browser_access;
mod browser_events;
mod browser_rig;
mod browser_wizard;
mod cluster;
mod pages;
mod screenshots;
mod senders_log;
mod senders_smtp;
mod senders_twilio;
mod support;
mod wizard_story;
