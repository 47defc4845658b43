//! Pure rules: no async, no IO, no clock, no randomness. Time and chance are arguments; nothing of ours is imported.

pub mod audit;
pub mod limits;
pub mod message;
pub mod secret;
pub mod wizard;
//! Pure rules: no async, no IO, no clock, nothing of the outer modules.

pub mod address;
pub mod contact;
pub mod password;
pub mod user;
