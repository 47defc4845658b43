//! The demo: everything embedded, people made, messages shown.

pub mod outbox_page;
