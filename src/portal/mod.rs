//! HTML for people who sign in. Texts come from `templates/locales/en/account.ftl` by key.

pub mod account;
pub mod account_password;
pub mod set_password;
pub mod sign_in;
