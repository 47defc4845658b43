//! What only `sspr demo` and the tests have: a private Postgres, people made, messages shown.
//!
//! Nothing here is reachable from `serve`.

pub mod cluster;
pub mod install;
pub mod outbox_page;
pub mod people;
