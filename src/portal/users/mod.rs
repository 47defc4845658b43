//! The users' pages of the portal, over the verbs of `admin::users`.
//!
//! Must stay true: a page shows contact data whole only to those who may change it; nothing is changed but through a review that says
//! what will change; a change is bound to the version of the user that was looked at.

pub mod list;
