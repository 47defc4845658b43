//! `/portal/incidents`: what people said was not they, for global administrators.
//!
//! Must stay true: contact data is masked here, since whoever looks may be whoever changed it; nobody closes a report about
//! themselves, or of what they did; closing asks for a recent proof of the own password.

pub mod list;
pub mod show;

use crate::domain::deed::Deed;

/// The key of a deed's words; one that this binary does not know has words, too.
fn what_key(deed: &str) -> &'static str {
    match Deed::named(deed) {
        Some(Deed::PasswordReset) => "incident-password_reset",
        Some(Deed::PasswordChanged) => "incident-password_changed",
        Some(Deed::ContactChanged) => "incident-contact_changed",
        Some(Deed::TemporaryPassword) => "incident-temporary_password",
        Some(Deed::LinkHandedOver) => "incident-link_handed_over",
        Some(Deed::SignedIn) => "incident-signed_in",
        Some(Deed::PartialReset) => "incident-partial_reset",
        Some(Deed::RoleChanged) => "incident-role_changed",
        Some(Deed::BlockLifted) => "incident-block_lifted",
        Some(Deed::ResetAsked) => "incident-reset_asked",
        None => "incident-other",
    }
}
