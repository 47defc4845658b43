//! The second pair of eyes: what is done in the portal to a global administrator's contact data, role or password, or to make the rule
//! for it weaker, waits for a time or for another global administrator (ASVS 2.3.5; V-35).
//!
//! Must stay true: it is carried out once, by the same verb that acts at once elsewhere, with the rights that whoever asked has then;
//! nobody approves their own change or one of themselves; whatever changed in between makes it void.
//!
//! Lock order: people, company, change. To let another verb wait: [`terms`] inside its transaction, [`ask`], a case of [`Wanted`] and of
//! [`act::carry_out`].

mod act;
mod ask;
mod decide;
mod list;
mod wanted;

pub use act::run_due;
pub use ask::Waits;
pub(in crate::admin) use ask::{Ask, ask, guard_of, tell_mailboxes, tell_rule, terms, terms_of};
pub use decide::{Decided, approve, refuse};
pub use list::{Listed, count, list, of_user};
pub(in crate::admin) use wanted::Wanted;
