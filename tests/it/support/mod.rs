//! What the tests stand on. It fails loudly instead of skipping: a missing Postgres or mail server fails the test run.

pub mod app;
pub mod browser;
pub mod client;
pub mod crowd;
pub mod database;
pub mod direct;
pub mod dns_server;
pub mod front;
pub mod gallery;
pub mod http_server;
pub mod malformed;
pub mod office;
pub mod process;
pub mod proxy;
pub mod routes;
pub mod rows;
pub mod secrets;
pub mod sms_gateway;
pub mod smtp_server;
pub mod statements;
pub mod vonage_server;
pub mod walk;

use std::process::{Command, Output, Stdio};

/// Runs one test of this binary in a process of its own: for what belongs to a whole process, as its environment and
/// its log do.
pub fn this_binary_again(test: &str, environment: &[(&str, &str)]) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}
