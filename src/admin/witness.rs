//! Who may do what: witnesses that only authorisation makes, so that a verb can't be called without it.
//!
//! Two roads lead here: the shell makes an [`Operator`], the web kit an [`Administrator`] of whoever is signed in and has a role
//! that opens the portal. A verb names the trait that it needs; what a witness says is looked at again inside the verb's
//! transaction ([`super::users::open`]), since a role may be taken away while a page is open.

use uuid::Uuid;

use crate::{
    domain::{
        limits::Network,
        message::Author,
        user::{Right, Role, has_right},
    },
    store::{pending_changes::Pending, users::SignedIn},
};

/// Someone who does something.
pub trait By: Sync {
    /// As audit events name them.
    fn actor(&self) -> String;
    /// As messages name them to the person whom it concerns.
    fn author(&self) -> Author;
    /// The company beyond which they see and change nothing; none: every company.
    fn company(&self) -> Option<Uuid>;
    /// Their own row, if they are a user.
    fn user(&self) -> Option<Uuid>;
    /// Their role, if they are a user.
    fn role(&self) -> Option<Role>;
    /// From where.
    fn network(&self) -> Option<&Network>;
    /// Whether they may leave a company without a global administrator who can sign in: an operator who said so.
    fn may_leave_nobody(&self) -> bool {
        false
    }
    /// Whether what they change of a global administrator never waits ([`super::pending`]): an operator's, and what has waited.
    fn acts_at_once(&self) -> bool {
        self.user().is_none()
    }
}

/// May create, edit, block and delete users, and change the company.
pub trait Manages: By {}
/// May reset passwords: whose, the role table says ([`crate::domain::user::may_reset`]).
pub trait Resets: By {}

/// The witness of an operator: someone with a shell and the database's address may do everything, in every company.
///
/// Only `cli` makes one; a test reads the sources for it. A page has no way to: it has another witness.
#[derive(Debug)]
pub struct Operator {
    name: String,
    company: Option<Uuid>,
    may_leave_nobody: bool,
}

impl Operator {
    /// Whoever typed a verb in a shell, by the name that the system knows. For audit events: it proves nothing.
    pub fn at_the_shell(name: &str) -> Self {
        Self {
            name: name.chars().filter(|c| !crate::visible::is_unsafe(*c)).take(100).collect(),
            company: None,
            may_leave_nobody: false,
        }
    }

    /// The same, for one who said that the last global administrator may go.
    #[must_use]
    pub fn leaving_nobody(&self) -> Self {
        Self { name: self.name.clone(), company: self.company, may_leave_nobody: true }
    }

    /// The same for one company: whoever named it sees and changes nobody of another by a slip of the hand.
    #[must_use]
    pub fn within(self, company: Uuid) -> Self {
        Self { company: Some(company), ..self }
    }
}

impl By for Operator {
    fn may_leave_nobody(&self) -> bool {
        self.may_leave_nobody
    }
    fn actor(&self) -> String {
        format!("operator:{}", self.name)
    }
    fn author(&self) -> Author {
        Author::Operator
    }
    fn company(&self) -> Option<Uuid> {
        self.company
    }
    fn user(&self) -> Option<Uuid> {
        None
    }
    fn role(&self) -> Option<Role> {
        None
    }
    fn network(&self) -> Option<&Network> {
        None
    }
}

impl Manages for Operator {}
impl Resets for Operator {}

/// The witness of a signed-in person whose role opens the portal.
///
/// Only `web::signed_in` makes one; a test reads the sources for it.
#[derive(Debug, Clone)]
pub struct Administrator {
    id: Uuid,
    company: Uuid,
    user_id: String,
    role: Role,
    network: Network,
}

impl Administrator {
    /// Of a person who is signed in; none: the role does not open the portal.
    pub fn signed_in(user: &SignedIn, network: &Network) -> Option<Self> {
        let role: Role = user.role.parse().ok().filter(|role: &Role| role.opens_portal())?;
        Some(Self {
            id: user.id,
            company: user.company_id,
            user_id: user.user_id.clone(),
            role,
            network: network.clone(),
        })
    }

    /// Their row.
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// Their company's row.
    pub const fn company_id(&self) -> Uuid {
        self.company
    }

    /// Their role.
    pub const fn own_role(&self) -> Role {
        self.role
    }

    /// Whether the role has a right.
    pub const fn may(&self, right: Right) -> bool {
        has_right(self.role, right)
    }

    /// The stronger witness, for a global administrator.
    pub fn global(&self) -> Option<GlobalAdministrator> {
        (self.role == Role::GlobalAdministrator).then(|| GlobalAdministrator(self.clone()))
    }
}

impl By for Administrator {
    fn actor(&self) -> String {
        self.user_id.clone()
    }
    fn author(&self) -> Author {
        Author::Administrator(self.user_id.clone())
    }
    fn company(&self) -> Option<Uuid> {
        Some(self.company)
    }
    fn user(&self) -> Option<Uuid> {
        Some(self.id)
    }
    fn role(&self) -> Option<Role> {
        Some(self.role)
    }
    fn network(&self) -> Option<&Network> {
        Some(&self.network)
    }
}

impl Resets for Administrator {}

/// The witness of a signed-in global administrator.
#[derive(Debug, Clone)]
pub struct GlobalAdministrator(Administrator);

impl std::ops::Deref for GlobalAdministrator {
    type Target = Administrator;

    fn deref(&self) -> &Administrator {
        &self.0
    }
}

impl By for GlobalAdministrator {
    fn actor(&self) -> String {
        self.0.actor()
    }
    fn author(&self) -> Author {
        self.0.author()
    }
    fn company(&self) -> Option<Uuid> {
        self.0.company()
    }
    fn user(&self) -> Option<Uuid> {
        self.0.user()
    }
    fn role(&self) -> Option<Role> {
        self.0.role()
    }
    fn network(&self) -> Option<&Network> {
        By::network(&self.0)
    }
}

impl Manages for GlobalAdministrator {}
impl Resets for GlobalAdministrator {}

/// The witness of whoever asked for a change that has waited. It says nothing of what they may do by now: the verb looks at their role,
/// company and block again, as it does for every witness (V-35).
#[derive(Debug, Clone)]
pub(super) struct Asked {
    id: Uuid,
    company: Uuid,
    user_id: String,
}

impl Asked {
    /// Of a change; none: they were deleted.
    pub(super) fn of(change: &Pending) -> Option<Self> {
        let id = change.requested_by?;
        Some(Self { id, company: change.company, user_id: change.requester.clone() })
    }
}

impl By for Asked {
    fn actor(&self) -> String {
        self.user_id.clone()
    }
    fn author(&self) -> Author {
        Author::Administrator(self.user_id.clone())
    }
    fn company(&self) -> Option<Uuid> {
        Some(self.company)
    }
    fn user(&self) -> Option<Uuid> {
        Some(self.id)
    }
    fn role(&self) -> Option<Role> {
        None
    }
    fn network(&self) -> Option<&Network> {
        None
    }
    fn acts_at_once(&self) -> bool {
        true
    }
}

impl Manages for Asked {}
impl Resets for Asked {}

/// The witness of a signed-in person for what concerns only themselves, whatever their role.
#[derive(Debug, Clone)]
pub struct Oneself {
    id: Uuid,
    company: Uuid,
    user_id: String,
    role: Option<Role>,
    network: Network,
}

impl Oneself {
    /// Of a person who is signed in.
    pub fn signed_in(user: &SignedIn, network: &Network) -> Self {
        Self {
            id: user.id,
            company: user.company_id,
            user_id: user.user_id.clone(),
            role: user.role.parse().ok(),
            network: network.clone(),
        }
    }

    /// Their row.
    pub const fn id(&self) -> Uuid {
        self.id
    }
}

impl By for Oneself {
    fn actor(&self) -> String {
        self.user_id.clone()
    }
    fn author(&self) -> Author {
        Author::Administrator(self.user_id.clone())
    }
    fn company(&self) -> Option<Uuid> {
        Some(self.company)
    }
    fn user(&self) -> Option<Uuid> {
        Some(self.id)
    }
    fn role(&self) -> Option<Role> {
        self.role
    }
    fn network(&self) -> Option<&Network> {
        Some(&self.network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // V-67
    fn an_operators_name_cannot_forge_an_audit_line() {
        let actor = Operator::at_the_shell("root\nservice\u{1b}[2J").actor();
        assert_eq!(actor, "operator:rootservice[2J");
        assert_eq!(Operator::at_the_shell(&"x".repeat(5_000)).actor().len(), 109);
    }
}
