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
