//! Pure rules: no async, no IO, no clock, no randomness. Time and chance are arguments; nothing of ours is imported.

pub mod address;
pub mod audit;
pub mod contact;
pub mod deed;
pub mod delivery;
pub mod escalation;
pub mod gsm7;
pub mod limits;
pub mod message;
pub mod password;
pub mod readiness;
pub mod return_path;
pub mod second_pair;
pub mod secret;
pub mod spelling;
pub mod user;
pub mod wizard;
