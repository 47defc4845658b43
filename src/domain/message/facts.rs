//! Facts that several messages share.

use serde::{Deserialize, Serialize};

use crate::domain::contact::{AlternateEmail, MobilePhone};

/// Which address of the person a copy goes to: says why they get it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SentTo {
    /// The alternate e-mail address.
    AlternateEmail,
    /// An address that was the alternate one until the change that the message tells of.
    FormerAlternateEmail,
    /// The user ID itself, where the company says that it is a mailbox.
    Mailbox,
}

impl SentTo {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::AlternateEmail, Self::FormerAlternateEmail, Self::Mailbox];

    /// The name in the database and in the link of "This was not me".
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AlternateEmail => "alternate_email",
            Self::FormerAlternateEmail => "former_alternate_email",
            Self::Mailbox => "mailbox",
        }
    }

    /// Reads the name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|to| to.as_str() == name)
    }
}

/// In which way an administrator's password was, or can now be, set anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// By the person, with both proofs. Also what an older version queued.
    #[default]
    Wizard,
    /// A one-time link was sent to the person's own contact.
    LinkSent,
    /// The person, or whoever held the link, used it.
    LinkUsed,
    /// Someone made a temporary password.
    TemporaryPassword,
    /// An operator made a one-time link and hands it over.
    LinkHandedOver,
}

impl How {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Wizard, Self::LinkSent, Self::LinkUsed, Self::TemporaryPassword, Self::LinkHandedOver];
}

/// Someone whom a mail names among others.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The user ID.
    pub user_id: String,
    /// The name, as somebody typed it once: never trusted.
    pub display_name: String,
}

/// Who did what a message tells of. Stored as `{"administrator": "…"}` or `"operator"`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// An administrator of the company, by user ID.
    Administrator(String),
    /// Someone at the shell of the service. Their name means nothing to the person, and stays in the audit log.
    Operator,
}

/// One change of contact data. Made from whole values and holds the masked ones only: the outbox of a company must not
/// become a list of its people's addresses, and the one who is told may be the wrong one (V-20).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactChange {
    what: Contact,
    old: Option<String>,
    new: Option<String>,
}

/// One line of a change that waits. Holds masked values only, as [`ContactChange`] does.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeLine {
    /// What would change.
    pub what: Subject,
    /// What it is; for roles and rules the name, not words.
    pub old: Option<String>,
    /// What it would be.
    pub new: Option<String>,
}

/// What would change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The name that colleagues see.
    DisplayName,
    /// The role.
    Role,
    /// One of the alternate e-mail addresses.
    AlternateEmail,
    /// The mobile phone.
    MobilePhone,
    /// The password, by a one-time link.
    Password,
    /// Whether sign-in is blocked.
    SignIn,
    /// The company's rule for such changes.
    Rule,
    /// Its time, in hours.
    HoldHours,
    /// Whether the company's user IDs are mailboxes: where everybody hears of deeds.
    Mailboxes,
}

impl Subject {
    /// The name in the shell and in the keys of pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DisplayName => "display_name",
            Self::Role => "role",
            Self::AlternateEmail => "alternate_email",
            Self::MobilePhone => "mobile_phone",
            Self::Password => "password",
            Self::SignIn => "sign_in",
            Self::Rule => "rule",
            Self::HoldHours => "hold_hours",
            Self::Mailboxes => "mailboxes",
        }
    }

    /// The key of its words.
    pub const fn key(self) -> &'static str {
        match self {
            Self::DisplayName => "mail-fact-display-name",
            Self::Role => "mail-fact-role",
            Self::AlternateEmail => "mail-fact-alternate-email",
            Self::MobilePhone => "mail-fact-mobile-phone",
            Self::Password => "mail-fact-password",
            Self::SignIn => "mail-fact-sign-in",
            Self::Rule => "mail-fact-rule",
            Self::HoldHours => "mail-fact-hold-hours",
            Self::Mailboxes => "mail-fact-mailboxes",
        }
    }

    /// The key of the words for a value that is a name of ours; none: the value stands for itself. Mails know the texts of mails alone.
    pub fn value_key(self, value: &str) -> Option<String> {
        match self {
            Self::Role => Some(format!("mail-role-{value}")),
            Self::SignIn => Some(format!("mail-sign-in-{value}")),
            Self::Rule => Some(format!("second-pair-{value}")),
            Self::Password => Some("mail-waits-link".to_owned()),
            Self::Mailboxes => Some(if value == "true" { "mail-yes" } else { "mail-no" }.to_owned()),
            _ => None,
        }
    }
}

/// As the value of a sign-in: nobody gets in.
pub const SIGN_IN_BLOCKED: &str = "blocked";
/// As the value of a sign-in: its person gets in.
pub const SIGN_IN_OPEN: &str = "open";

/// Which contact, the role, or the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Contact {
    AlternateEmail,
    MobilePhone,
    Role,
    SignIn,
}

impl ContactChange {
    /// An alternate e-mail address was set, replaced or removed.
    pub fn of_email(old: Option<&AlternateEmail>, new: Option<&AlternateEmail>) -> Self {
        let masked = |address: Option<&AlternateEmail>| address.map(AlternateEmail::masked);
        Self { what: Contact::AlternateEmail, old: masked(old), new: masked(new) }
    }

    /// The mobile phone was set, replaced or removed.
    pub fn of_mobile(old: Option<&MobilePhone>, new: Option<&MobilePhone>) -> Self {
        let masked = |number: Option<&MobilePhone>| number.map(MobilePhone::masked);
        Self { what: Contact::MobilePhone, old: masked(old), new: masked(new) }
    }

    /// The role was changed together with contact data: one deed, one mail. The names of roles are no secret.
    pub fn of_role(old: &str, new: &str) -> Self {
        Self { what: Contact::Role, old: Some(old.to_owned()), new: Some(new.to_owned()) }
    }

    /// Sign-in was blocked, or let in again.
    pub fn of_sign_in(blocked: bool) -> Self {
        let (old, new) =
            if blocked { (SIGN_IN_OPEN, SIGN_IN_BLOCKED) } else { (SIGN_IN_BLOCKED, SIGN_IN_OPEN) };
        Self { what: Contact::SignIn, old: Some(old.to_owned()), new: Some(new.to_owned()) }
    }

    /// Its values are [`SIGN_IN_BLOCKED`] and [`SIGN_IN_OPEN`].
    pub const fn is_sign_in(&self) -> bool {
        matches!(self.what, Contact::SignIn)
    }

    /// Its values are names of roles.
    pub const fn is_role(&self) -> bool {
        matches!(self.what, Contact::Role)
    }

    /// The key of the words for what changed.
    pub const fn key(&self) -> &'static str {
        match self.what {
            Contact::AlternateEmail => "mail-fact-alternate-email",
            Contact::MobilePhone => "mail-fact-mobile-phone",
            Contact::Role => "mail-fact-role",
            Contact::SignIn => "mail-fact-sign-in",
        }
    }

    /// What it was, masked.
    pub fn old(&self) -> Option<&str> {
        self.old.as_deref()
    }

    /// What it is now, masked.
    pub fn now(&self) -> Option<&str> {
        self.new.as_deref()
    }
}
