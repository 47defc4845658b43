//! Who someone is (user ID, role) and what a role may do.
//!
//! User IDs are ASCII, so that no case folding or normal form can turn one person into another (V-21, V-22); they are
//! compared by [`UserId::normalised`] and nowhere else. To change what a role may do: the functions and the one table below.

use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use super::address;

/// Why a text is not a user ID.
pub type UserIdProblem = address::AddressProblem;

/// A user ID (user principal name), such as `johnsmith@contoso.com`.
///
/// Equal and hashed by the normalised form. `Debug` shows nothing of it: logs carry row ids.
#[derive(Clone)]
pub struct UserId {
    as_typed: String,
    normalised: String,
    at: usize,
}

impl UserId {
    /// Takes what a person typed; spaces around it are dropped. Says nothing about whether such a user exists.
    pub fn parse(text: &str) -> Result<Self, UserIdProblem> {
        let parts = address::parse(text)?;
        Ok(Self {
            as_typed: parts.whole.to_owned(),
            normalised: parts.whole.to_ascii_lowercase(),
            at: parts.local.len(),
        })
    }

    /// As the person typed it: for showing it back to the same person.
    pub fn as_typed(&self) -> &str {
        &self.as_typed
    }

    /// In ASCII lower case: the only form that is stored for comparing, looked up or counted.
    pub fn normalised(&self) -> &str {
        &self.normalised
    }

    /// The part before the @, in lower case.
    pub fn local_part(&self) -> &str {
        &self.normalised[..self.at]
    }

    /// The domain, in lower case: it says which company the user belongs to.
    pub fn domain(&self) -> &str {
        &self.normalised[self.at + 1..]
    }
}

impl PartialEq for UserId {
    fn eq(&self, other: &Self) -> bool {
        self.normalised == other.normalised
    }
}

impl Eq for UserId {}

impl Hash for UserId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.normalised.hash(state);
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserId(…)")
    }
}

/// What a user is in the company. All but [`Role::User`] are administrators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// May do everything in the company.
    GlobalAdministrator,
    /// Resets the passwords of users, password administrators and its own kind.
    UserManagementAdministrator,
    /// Resets the passwords of users and of its own kind.
    PasswordAdministrator,
    /// An administrator elsewhere; here only for its own password.
    BillingAdministrator,
    /// An administrator elsewhere; here only for its own password.
    ServiceAdministrator,
    /// Not an administrator: can't reset by self-service.
    User,
}

/// No role has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown role")]
pub struct UnknownRole;

impl Role {
    /// Every role, the most powerful first.
    pub const ALL: [Self; 6] = [
        Self::GlobalAdministrator,
        Self::UserManagementAdministrator,
        Self::PasswordAdministrator,
        Self::BillingAdministrator,
        Self::ServiceAdministrator,
        Self::User,
    ];

    /// The name in tables, forms, the shell and configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GlobalAdministrator => "global_administrator",
            Self::UserManagementAdministrator => "user_management_administrator",
            Self::PasswordAdministrator => "password_administrator",
            Self::BillingAdministrator => "billing_administrator",
            Self::ServiceAdministrator => "service_administrator",
            Self::User => "user",
        }
    }

    /// May reset the own password by self-service.
    pub const fn is_administrator(self) -> bool {
        !matches!(self, Self::User)
    }

    /// Sees `/portal` after sign-in; everyone else sees `/account` only.
    pub const fn opens_portal(self) -> bool {
        matches!(
            self,
            Self::GlobalAdministrator | Self::UserManagementAdministrator | Self::PasswordAdministrator
        )
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == name).ok_or(UnknownRole)
    }
}

impl TryFrom<&str> for Role {
    type Error = UnknownRole;

    fn try_from(name: &str) -> Result<Self, UnknownRole> {
        name.parse()
    }
}

/// Whether an `actor` may reset the password of *another* person who is a `target`, both of the same company.
///
/// Nobody resets their own password this way, whatever the role: the caller compares the two people first.
pub const fn may_reset(actor: Role, target: Role) -> bool {
    match actor {
        Role::GlobalAdministrator => true,
        Role::UserManagementAdministrator => {
            matches!(target, Role::User | Role::PasswordAdministrator | Role::UserManagementAdministrator)
        }
        Role::PasswordAdministrator => matches!(target, Role::User | Role::PasswordAdministrator),
        Role::BillingAdministrator | Role::ServiceAdministrator | Role::User => false,
    }
}

/// What a role may do in the portal, besides the own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// See the company's users; contact data masked without [`Right::ManageUsers`].
    SeeUsers,
    /// Create, edit, block, delete users and end their sessions: the same power as a reset of everyone.
    ManageUsers,
    /// Reset the passwords of those whom [`may_reset`] names.
    ResetPasswords,
    /// See who could reset today and why not.
    SeeReadiness,
    /// See and answer the requests of those whom [`may_reset`] names.
    AnswerRequests,
    /// Read audit events.
    SeeAudit,
    /// See what was sent to the company's people; send it again, or stop it.
    HandleMessages,
    /// See and change the company's settings.
    ManageCompany,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 8] = [
        Self::SeeUsers,
        Self::ManageUsers,
        Self::ResetPasswords,
        Self::SeeReadiness,
        Self::AnswerRequests,
        Self::SeeAudit,
        Self::HandleMessages,
        Self::ManageCompany,
    ];
}

/// Whether a role has a right. Which people a right reaches is [`may_reset`]'s to say.
pub const fn has_right(role: Role, right: Right) -> bool {
    match right {
        Right::SeeUsers | Right::ResetPasswords | Right::SeeReadiness | Right::AnswerRequests => {
            role.opens_portal()
        }
        Right::ManageUsers | Right::SeeAudit | Right::HandleMessages | Right::ManageCompany => {
            may_change_contact(role)
        }
    }
}

/// Whether an `actor` may change anyone's alternate e-mail address, mobile phone or role: the same power as a reset
/// of everyone, so it is the global administrators' alone.
pub const fn may_change_contact(actor: Role) -> bool {
    matches!(actor, Role::GlobalAdministrator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // V-21
    fn a_user_id_is_compared_without_regard_to_ascii_case_and_shown_as_typed() {
        let typed = UserId::parse(" JohnSmith@Contoso.COM\t").unwrap();
        assert_eq!(typed.as_typed(), "JohnSmith@Contoso.COM");
        assert_eq!(typed.normalised(), "johnsmith@contoso.com");
        assert_eq!((typed.local_part(), typed.domain()), ("johnsmith", "contoso.com"));
        assert_eq!(typed, UserId::parse("johnsmith@contoso.com").unwrap());
        assert_ne!(typed, UserId::parse("johnsmith@fabrikam.com").unwrap());
    }

    #[test] // V-21, V-22
    fn a_look_alike_of_a_user_id_is_no_user_id() {
        for text in ["johnsm\u{131}th@contoso.com", "john\u{17f}mith@contoso.com", "jos\u{e9}@contoso.com"] {
            assert_eq!(UserId::parse(text), Err(UserIdProblem::NotAscii));
        }
    }

    #[test] // V-47
    fn a_log_line_shows_nothing_of_a_user_id() {
        let shown = format!("{:?}", UserId::parse("johnsmith@contoso.com").unwrap());
        assert!(!shown.contains("john") && !shown.contains("contoso"), "{shown}");
    }

    #[test]
    fn every_role_is_found_by_its_name_and_by_no_other() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        for name in ["", "User", "global administrator", "root"] {
            assert_eq!(Role::try_from(name), Err(UnknownRole));
        }
    }

    /// One row an actor, one column a target, in the order of `Role::ALL`; then administrator, portal, contact data.
    #[test]
    fn who_may_do_what_is_exactly_this_table() {
        let table = [
            ("global_administrator", "yyyyyy", 'y', 'y', 'y'),
            ("user_management_administrator", "-yy--y", 'y', 'y', '-'),
            ("password_administrator", "--y--y", 'y', 'y', '-'),
            ("billing_administrator", "------", 'y', '-', '-'),
            ("service_administrator", "------", 'y', '-', '-'),
            ("user", "------", '-', '-', '-'),
        ];
        let mark = |yes: bool| if yes { 'y' } else { '-' };
        for (role, (name, resets, administrator, portal, contact)) in Role::ALL.into_iter().zip(table) {
            assert_eq!(role.as_str(), name);
            let found: String = Role::ALL.into_iter().map(|target| mark(may_reset(role, target))).collect();
            assert_eq!(found, resets, "{name}");
            assert_eq!(mark(role.is_administrator()), administrator, "{name}");
            assert_eq!(mark(role.opens_portal()), portal, "{name}");
            assert_eq!(mark(may_change_contact(role)), contact, "{name}");
        }
    }

    /// One row a role, one column a right, in the order of `Right::ALL`.
    #[test]
    fn the_rights_in_the_portal_are_exactly_this_table() {
        let table = ["yyyyyyyy", "y-yyy---", "y-yyy---", "--------", "--------", "--------"];
        for (role, row) in Role::ALL.into_iter().zip(table) {
            let found: String =
                Right::ALL.into_iter().map(|right| if has_right(role, right) { 'y' } else { '-' }).collect();
            assert_eq!(found, row, "{role}");
        }
    }
}
