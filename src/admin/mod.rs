//! The verbs that shell, portal and API share: no HTML, no printing.
//!
//! What must stay true: a verb takes a witness of who may do it, which only authorisation makes; the change and its audit
//! event are one transaction; it gives back what it changed, from what to what, and changes nothing when nothing differs.
//!
//! To add one: a function here, an arm in the shell, a page in the portal.

pub mod audit;
pub mod companies;
pub mod incidents;
pub mod limits;
pub mod messages;
pub mod passwords;
pub mod pending;
pub mod readiness;
pub mod requests;
pub mod trial;
pub mod users;
mod witness;

use witness::Asked;
pub use witness::{Administrator, By, GlobalAdministrator, Manages, Oneself, Operator, Resets};

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
    /// Days until a password must be changed.
    PasswordExpiresAfterDays,
    /// Days before that in which the person is told.
    PasswordWarningDays,
    /// Fewest characters of a password.
    PasswordMinLength,
    /// Words that no password may be built from.
    PasswordRefusedWords,
    /// Whether unconfirmed contact data serves a reset.
    UnconfirmedContact,
    /// The hold, in hours.
    ContactHoldHours,
    /// Whether an administrator may make a password that they see.
    TemporaryPasswordsAllowed,
    /// What a change of a global administrator waits for.
    GlobalAdministratorChanges,
    /// How long, in hours.
    GlobalAdministratorHoldHours,
    /// A company's domains.
    Domains,
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
            Self::PasswordExpiresAfterDays => "PasswordExpiresAfterDays",
            Self::PasswordWarningDays => "PasswordWarningDays",
            Self::PasswordMinLength => "PasswordMinLength",
            Self::PasswordRefusedWords => "PasswordRefusedWords",
            Self::UnconfirmedContact => "UnconfirmedContact",
            Self::ContactHoldHours => "ContactHoldHours",
            Self::TemporaryPasswordsAllowed => "TemporaryPasswordsAllowed",
            Self::GlobalAdministratorChanges => "GlobalAdministratorChanges",
            Self::GlobalAdministratorHoldHours => "GlobalAdministratorHoldHours",
            Self::Domains => "Domains",
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
    /// The role does not allow it.
    NotAllowed,
    /// Nobody does this to themselves: reset, block, delete.
    Oneself,
    /// A report of what the viewer did, or approved: another closes it.
    OwnDeed,
    /// The company would be left without a global administrator who can sign in.
    LastGlobalAdministrator,
    /// Someone else changed it since it was looked at.
    ChangedMeanwhile,
    /// No alternate e-mail address and no phone to which a link could go.
    NoContact,
    /// Text messages do not go to the country of the number, and there is no address.
    RefusedCountry,
    /// No contact serves yet: the company waits for the person to confirm it.
    ContactWaits,
    /// The company allows one-time links only.
    TemporaryPasswordForbidden,
    /// Fewer than 14 or more than 730 days.
    ExpiryDays,
    /// Fewer than 1 or more than 30 days, or not fewer than the password lasts.
    WarningDays,
    /// Fewer than the service's floor or more than 64 characters.
    MinLength,
    /// More than 50 words, or one of them too short or too long.
    RefusedWords,
    /// Not `at_once`, `after_hold` or `never`.
    UnconfirmedContact,
    /// Fewer than 1 or more than 720 hours.
    HoldHours,
    /// Users of the company have user IDs in the domain.
    DomainInUse,
    /// Not a domain of the company.
    NoDomain,
    /// No such request, or not one of this viewer's to answer.
    NoRequest,
    /// Someone answered it already: who.
    AlreadyAnswered(String),
    /// Another global administrator can help: no glass is broken.
    OthersCanHelp,
    /// Only for global administrators.
    NotGlobalAdministrator,
    /// Asked too often; again from then on.
    TooOften(time::OffsetDateTime),
    /// The contact is confirmed already, or there is none.
    NothingToConfirm,
    /// More people than one batch takes.
    TooMany,
    /// A reason has to be given, 500 characters at most.
    Reason,
    /// No such incident, or not one of this viewer's company.
    NoIncident,
    /// A note has to be given, 500 characters at most.
    Note,
    /// Not `at_once`, `after_hold` or `approval`.
    GlobalAdministratorChanges,
    /// Fewer than 1 or more than 168 hours.
    GlobalAdministratorHoldHours,
    /// Nothing is wrong: it waits for its time or for an approval.
    Waits(pending::Waits),
    /// A change of the same kind waits for this person, or of the company's rule, already.
    WaitsAlready,
    /// The company lets changes of a global administrator wait: a temporary password could not be shown later.
    TemporaryPasswordCannotWait,
    /// The company lets changes of a global administrator wait: the role is taken away first, then nothing keeps from deleting.
    GlobalAdministratorStays,
    /// No such change that waits.
    NoChange,
    /// The change ended already: how, and by whom.
    AlreadyDecided(String, Option<String>),
    /// Nobody approves what they asked for, or what is done to themselves.
    OwnChange,
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

    #[test]
    fn a_name_is_not_empty_not_endless_and_on_one_line() {
        assert_eq!(name("  Contoso  "), Ok("Contoso"));
        let long = "x".repeat(NAME_MAX + 1);
        for bad in ["", "  ", "a\nb", "a\0", "\u{202e}abc", &long] {
            assert_eq!(name(bad), Err(Refusal::Name), "{bad:?}");
        }
    }
}
