//! The verbs that shell, portal and API share: no HTML, no printing.
//!
//! What must stay true: a verb takes a witness of who may do it, which only authorisation makes; the change and its audit
//! event are one transaction; it gives back what it changed, from what to what, and changes nothing when nothing differs.
//!
//! To add one: a function here, an arm in the shell, a page in the portal.

pub mod audit;
pub mod companies;
pub mod users;

use serde_json::{Value, json};

use crate::{
    directory::hashing::Busy,
    domain::{
        contact::{ContactProblem, MobilePhoneProblem},
        password::PasswordProblem,
        user::UserIdProblem,
    },
    store::StoreError,
};

/// Longest name of a company or a person, in characters.
pub const NAME_MAX: usize = 200;

/// The witness of an operator: someone with a shell and the database's address may do everything, in every company.
///
/// Only `cli` makes one; a test reads the sources for it. A page has no way to: it has another witness.
#[derive(Debug)]
pub struct Operator {
    name: String,
}

impl Operator {
    /// Whoever typed a verb in a shell, by the name that the system knows. For audit events: it proves nothing.
    pub fn at_the_shell(name: &str) -> Self {
        Self { name: name.chars().filter(|c| !crate::visible::is_unsafe(*c)).take(100).collect() }
    }

    /// As audit events name the one who did it.
    fn actor(&self) -> String {
        format!("operator:{}", self.name)
    }
}

/// What can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    /// A company's name.
    Name,
    /// How a company's numbers without a country code are read.
    DefaultRegion,
    /// The switch.
    SelfServePasswordResetEnabled,
    /// Whether alternate addresses may be in the company's own domains.
    AlternateEmailInOwnDomainAllowed,
    /// Whether user IDs receive mail.
    UserIdIsMailbox,
    /// Where people of the company sign in.
    SignInUrl,
    /// A person's name.
    DisplayName,
    /// A person's role.
    Role,
    /// All addresses in their order.
    AlternateEmailAddresses,
    /// The phone in E.164.
    MobilePhone,
    /// Since when and why.
    Blocked,
}

impl Property {
    /// The name in audit events and in the shell.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::DefaultRegion => "DefaultRegion",
            Self::SelfServePasswordResetEnabled => "SelfServePasswordResetEnabled",
            Self::AlternateEmailInOwnDomainAllowed => "AlternateEmailInOwnDomainAllowed",
            Self::UserIdIsMailbox => "UserIdIsMailbox",
            Self::SignInUrl => "SignInUrl",
            Self::DisplayName => "DisplayName",
            Self::Role => "Role",
            Self::AlternateEmailAddresses => "AlternateEmailAddresses",
            Self::MobilePhone => "MobilePhone",
            Self::Blocked => "Blocked",
        }
    }
}

/// One property that is different now. An empty text: there was none, or is none any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Which.
    pub property: Property,
    /// Before.
    pub old: String,
    /// Now.
    pub new: String,
}

/// Notes a change, if it is one.
fn note(changes: &mut Vec<Changed>, property: Property, old: &str, new: &str) {
    if old != new {
        changes.push(Changed { property, old: old.to_owned(), new: new.to_owned() });
    }
}

/// The changes as an audit event holds them.
fn details(changes: &[Changed]) -> Value {
    let pairs = changes
        .iter()
        .map(|c| (c.property.as_str().to_owned(), json!({ "old": c.old.as_str(), "new": c.new.as_str() })));
    Value::Object(pairs.collect())
}

/// A truth as the cmdlets print it.
pub const fn truth(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// Why a verb did nothing at all.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// What was asked can't be.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// The database.
    #[error("the database: {0}")]
    Store(#[from] StoreError),
    /// The hashing threads.
    #[error(transparent)]
    Busy(#[from] Busy),
}

impl From<Refusal> for NotDone {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What is wrong with what was asked. Without the values: whoever typed them has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Not a user ID.
    UserId(UserIdProblem),
    /// No company owns the domain of the user ID.
    NoCompany,
    /// No such user.
    NoUser,
    /// Somebody has this user ID.
    UserIdTaken,
    /// A company's or person's name is empty, longer than [`NAME_MAX`], or has characters that no name has.
    Name,
    /// Not a domain name; its place among those given.
    Domain(usize),
    /// Belongs to a company already; its place among those given.
    DomainTaken(usize),
    /// No such region.
    Region,
    /// Not an https address.
    SignInUrl,
    /// Not an address; its place among those given.
    AlternateEmail(usize, UserIdProblem),
    /// An address that is locked out together with its owner; its place among those given.
    UnfitAlternateEmail(usize, ContactProblem),
    /// More addresses than [`users::ALTERNATE_EMAILS_MAX`].
    TooManyAlternateEmails,
    /// Not a number that takes a code.
    MobilePhone(MobilePhoneProblem),
    /// Every rule that the password breaks.
    Password(Vec<PasswordProblem>),
    /// The account is blocked: no link could set a password.
    Blocked,
}

/// A name as a person gave it, without spaces around it.
fn name(text: &str) -> Result<&str, Refusal> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= NAME_MAX;
    if fits && !text.contains(crate::visible::is_unsafe) { Ok(text) } else { Err(Refusal::Name) }
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

    #[test]
    fn a_name_is_not_empty_not_endless_and_on_one_line() {
        assert_eq!(name("  Contoso  "), Ok("Contoso"));
        let long = "x".repeat(NAME_MAX + 1);
        for bad in ["", "  ", "a\nb", "a\0", "\u{202e}abc", &long] {
            assert_eq!(name(bad), Err(Refusal::Name), "{bad:?}");
        }
    }
}
