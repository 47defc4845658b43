//! Where a password lives. Today: in our own table, as Argon2id.
//!
//! What must stay true: a password is compared on the hashing threads only, takes the same time for a person who does not
//! exist (V-18), and costs no memory that was not counted beforehand (V-59). To add a directory: a file beside `hashing`.

pub mod hashing;
