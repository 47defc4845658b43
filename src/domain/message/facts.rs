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
    /// The company's rule for such changes.
    Rule,
    /// Its time, in hours.
    HoldHours,
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
            Self::Rule => "rule",
            Self::HoldHours => "hold_hours",
        }
    }

    /// The key of its words.
    pub const fn key(self) -> &'static str {
        match self {
            Self::DisplayName => "mail-fact-name",
            Self::Role => "mail-fact-role",
            Self::AlternateEmail => "mail-fact-alternate-email",
            Self::MobilePhone => "mail-fact-mobile-phone",
            Self::Password => "mail-fact-password",
            Self::Rule => "mail-fact-rule",
            Self::HoldHours => "mail-fact-hold-hours",
        }
    }

    /// The key of the words for a value that is a name of ours; none: the value stands for itself.
    pub fn value_key(self, value: &str) -> Option<String> {
        match self {
            Self::Role => Some(format!("role-{value}")),
            Self::Rule => Some(format!("second-pair-{value}")),
            Self::Password => Some("mail-waits-link".to_owned()),
            _ => None,
        }
    }
}

/// Which contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Contact {
    AlternateEmail,
    MobilePhone,
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

    /// The key of the words for what changed.
    pub const fn key(&self) -> &'static str {
        match self.what {
            Contact::AlternateEmail => "mail-fact-alternate-email",
            Contact::MobilePhone => "mail-fact-mobile-phone",
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
