//! What the tests stand on. It fails loudly instead of skipping: a missing Postgres fails the test run.

pub mod database;
