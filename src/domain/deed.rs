//! What can happen to an account of which its person is told with "This was not me".
//!
//! To add one: a variant, its name in the checks of `reset_tokens.deed` and `incidents.deed`, words `not-me-blocks-…` in `wizard.ftl`,
//! `incident-…` in `portal_incidents.ftl` and `mail-incident-…` in `mail.ftl`.

use serde::{Deserialize, Serialize};

/// A deed behind a link of [`super::secret::Purpose::NotMe`]. Its page has words that fit it; what the button does is always the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// The wizard's end: link, code, new password.
    PasswordReset,
    /// By whoever knew the password, or held a one-time link.
    PasswordChanged,
    /// By an administrator or operator.
    ContactChanged,
    /// By an administrator or operator, who hands the temporary password over.
    TemporaryPassword,
    /// By an operator, who hands the one-time link over.
    LinkHandedOver,
    /// A sign-in from a network where the person never signed in before.
    SignedIn,
    /// A link was opened, and then five codes were wrong: whoever did it reads the person's alternate mail.
    PartialReset,
    /// By an administrator or operator.
    RoleChanged,
    /// By an administrator or operator.
    BlockLifted,
    /// Someone asked for a reset, and there is no new password yet. Its mail has no such link: the person ends the reset behind its
    /// own link, which blocks nobody.
    ResetAsked,
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::PasswordReset,
        Self::PasswordChanged,
        Self::ContactChanged,
        Self::TemporaryPassword,
        Self::LinkHandedOver,
        Self::SignedIn,
        Self::PartialReset,
        Self::RoleChanged,
        Self::BlockLifted,
        Self::ResetAsked,
    ];

    /// The name in the database and in audit events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PasswordReset => "password_reset",
            Self::PasswordChanged => "password_changed",
            Self::ContactChanged => "contact_changed",
            Self::TemporaryPassword => "temporary_password",
            Self::LinkHandedOver => "link_handed_over",
            Self::SignedIn => "signed_in",
            Self::PartialReset => "partial_reset",
            Self::RoleChanged => "role_changed",
            Self::BlockLifted => "block_lifted",
            Self::ResetAsked => "reset_asked",
        }
    }

    /// The deed of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.as_str() == name)
    }

    /// Whether "This was not me" blocks the account: not while there is nothing but a request.
    pub const fn blocks(self) -> bool {
        !matches!(self, Self::ResetAsked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deed_has_one_name_in_the_database_and_in_messages() {
        for deed in Deed::ALL {
            assert_eq!(Deed::named(deed.as_str()), Some(deed));
            assert_eq!(serde_json::to_value(deed).unwrap(), deed.as_str());
        }
        assert_eq!(Deed::named("nothing"), None);
    }
}
