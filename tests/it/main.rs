//! Every test that needs more than one module: one binary, so that it links once and starts one private Postgres.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test's own functions fail the test")]

mod cluster;
mod pages;
mod senders_log;
mod senders_smtp;
mod senders_twilio;
//! The product from outside: one test program, so that all share one link, one database server and one browser driver.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what fails here fails a test, in helper functions too"
)]

mod architecture;
mod browser_rig;
mod support;
//! All tests that need more than one module: one binary, so that it links once.

mod pages;
