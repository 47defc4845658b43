//! What a change that waits wants, as it rests; and the same in lines for people.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        contact::{AlternateEmail, MobilePhone},
        message::{ChangeLine, SIGN_IN_BLOCKED, SIGN_IN_OPEN, Subject},
        second_pair::Guard,
    },
    store::users::User,
};

/// What is to be done. Holds whole addresses and numbers, so it is neither logged nor kept longer than it waits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(in crate::admin) enum Wanted {
    /// A user as they are to be.
    User {
        /// Name.
        display_name: String,
        /// Role.
        role: String,
        /// In their order.
        alternate_emails: Vec<String>,
        /// E.164.
        mobile_phone: Option<String>,
    },
    /// A one-time link to the person's own contact.
    Reset,
    /// A block is lifted: the one that there is. Another by then, and the change is void.
    Unblock,
    /// A weaker rule.
    Setting {
        /// The rule as it is to be.
        rule: String,
        /// Its time, in hours.
        hours: i32,
        /// The rule that was looked at: another by then, and the change is void.
        was_rule: String,
        /// Its time.
        was_hours: i32,
    },
}

impl Wanted {
    /// To make a user as this one is.
    pub(in crate::admin) fn user(new: &User) -> Self {
        Self::User {
            display_name: new.display_name.clone(),
            role: new.role.clone(),
            alternate_emails: new.alternate_emails.clone(),
            mobile_phone: new.mobile_phone.clone(),
        }
    }

    /// To make a rule weaker.
    pub(in crate::admin) fn setting(old: Guard, new: Guard) -> Self {
        Self::Setting {
            rule: new.rule.as_str().to_owned(),
            hours: new.hours,
            was_rule: old.rule.as_str().to_owned(),
            was_hours: old.hours,
        }
    }

    /// The name in the database.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::User { .. } => "user",
            Self::Reset => "reset",
            Self::Unblock => "unblock",
            Self::Setting { .. } => "setting",
        }
    }

    /// What it changes, line by line. `shown`: what is left of an address or number.
    pub(super) fn lines(&self, old: Option<&User>, shown: Shown) -> Vec<ChangeLine> {
        let mut lines = Vec::new();
        let mut line = |what, old: Option<String>, new: Option<String>| {
            if old != new {
                lines.push(ChangeLine { what, old, new });
            }
        };
        match self {
            Self::Reset => line(Subject::Password, None, Some("link".to_owned())),
            Self::Unblock => {
                line(Subject::SignIn, Some(SIGN_IN_BLOCKED.to_owned()), Some(SIGN_IN_OPEN.to_owned()));
            }
            Self::Setting { rule, hours, was_rule, was_hours } => {
                line(Subject::Rule, Some(was_rule.clone()), Some(rule.clone()));
                line(Subject::HoldHours, Some(was_hours.to_string()), Some(hours.to_string()));
            }
            Self::User { display_name, role, alternate_emails, mobile_phone } => {
                let Some(old) = old else { return lines };
                line(Subject::DisplayName, Some(old.display_name.clone()), Some(display_name.clone()));
                line(Subject::Role, Some(old.role.clone()), Some(role.clone()));
                for place in 0..old.alternate_emails.len().max(alternate_emails.len()) {
                    let (was, is) = (old.alternate_emails.get(place), alternate_emails.get(place));
                    // Compared whole: two addresses may look the same when they are masked.
                    if was != is {
                        let both = (was.map(|it| shown.email(it)), is.map(|it| shown.email(it)));
                        lines.push(ChangeLine { what: Subject::AlternateEmail, old: both.0, new: both.1 });
                    }
                }
                if old.mobile_phone != *mobile_phone {
                    let number = |number: &Option<String>| number.as_deref().map(|it| shown.number(it));
                    let (old, new) = (number(&old.mobile_phone), number(mobile_phone));
                    lines.push(ChangeLine { what: Subject::MobilePhone, old, new });
                }
            }
        }
        lines
    }
}

/// What is shown of addresses and numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// As messages and records show them (V-20).
    Masked,
    /// Whole, to global administrators, who see them on the person's page anyway and have to judge the new ones.
    Whole,
}

impl Shown {
    fn email(self, address: &str) -> String {
        match self {
            Self::Whole => address.to_owned(),
            Self::Masked => AlternateEmail::parse(address).map(|it| it.masked()).unwrap_or_default(),
        }
    }

    fn number(self, number: &str) -> String {
        match self {
            Self::Whole => number.to_owned(),
            Self::Masked => MobilePhone::from_stored(number).map(|it| it.masked()).unwrap_or_default(),
        }
    }
}
