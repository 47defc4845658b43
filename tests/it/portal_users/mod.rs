//! The users' pages of the portal: found, looked at, edited behind a review, blocked, deleted, made.

mod browser;
mod deeds;
mod edit;
mod editors;
mod list;
mod new;
mod strangers;
