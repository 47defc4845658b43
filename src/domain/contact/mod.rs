//! How a person is reached for a reset: an alternate e-mail address and a mobile phone.
//!
//! Both are parsed once and then carried as proof. Neither shows itself in `Debug`; people who have not yet proven
//! anything see the masked forms at most, and nothing before the e-mail is proven (V-20).

mod email;
mod phone;
mod region;

pub use email::{AlternateEmail, AlternateEmailProblem, ContactProblem};
pub use phone::{MobilePhone, MobilePhoneProblem, REFUSED_NETWORKS};
pub use region::{Region, UnknownRegion};

/// What stands for hidden characters. Always the same number of it, so that a mask tells no length.
const MASK: &str = "••••••";
