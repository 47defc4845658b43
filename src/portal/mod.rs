//! HTML for people who sign in. Texts come from `templates/locales/en/account.ftl` and `portal….ftl` by key.
//!
//! To add a page: a template that extends `portal/layout.html` (the pieces to build from stand at the head of `static/portal.css`), a
//! struct with a `Page` whose `portal` is the navigation, an impl of `Screen`; a route; its samples in `tests/it/pages/samples`.

pub mod account;
pub mod account_password;
pub mod approvals;
pub mod audit;
pub mod company;
pub mod confirm_contact;
pub mod could_reset;
pub mod door;
pub mod incidents;
pub mod limits;
pub mod messages;
pub mod paging;
pub mod prove_again;
pub mod readiness;
pub mod requests;
pub mod reset_password;
pub mod reset_passwords;
pub mod set_password;
pub mod sign_in;
pub mod users;
pub mod your_password;
