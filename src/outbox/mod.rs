//! Everything that leaves for a person.

pub mod render;
