//! The other sides that tests talk to: real servers, started for one test and gone with it.

pub mod http_server;
pub mod smtp_server;
