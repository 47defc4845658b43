//! The demo: everything embedded, people made, messages shown.

pub mod outbox_page;
//! What only `sspr demo` and the tests have: a private Postgres, and later the people and the outbox page.
//!
//! Nothing here is reachable from `serve`.

pub mod cluster;
pub mod install;
