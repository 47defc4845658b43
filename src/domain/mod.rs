//! Pure rules: no async, no IO, no clock, nothing of the outer modules.

pub mod address;
pub mod contact;
pub mod password;
pub mod user;
