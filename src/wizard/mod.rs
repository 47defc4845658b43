//! The wizard, page by page, in the order in which a person sees them.
//!
//! Each file is one page: what it is, its template struct, its form, `get`, `post`. Texts come from
//! `templates/locales/en/wizard.ftl` by key; the structs carry facts.

pub mod contact_administrator;
pub mod done;
pub mod email_link;
pub mod ended;
pub mod gate;
pub mod not_me;
pub mod opened_link;
pub mod resend;
pub mod step1_choose_option;
pub mod step2_verify_user;
pub mod step3_check_email;
pub mod step4_security_code;
pub mod step5_new_password;
pub mod who;
