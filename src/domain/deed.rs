//! What can happen to an account of which its person is told with "This was not me".
//!
//! To add one: a variant, its name in the check of `reset_tokens.deed`, words `not-me-blocks-…` in `wizard.ftl`.

/// A deed behind a link of [`super::secret::Purpose::NotMe`]. Its page has words that fit it; what the button does is always the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::PasswordReset,
        Self::PasswordChanged,
        Self::ContactChanged,
        Self::TemporaryPassword,
        Self::LinkHandedOver,
        Self::SignedIn,
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
        }
    }

    /// The deed of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.as_str() == name)
    }
}
