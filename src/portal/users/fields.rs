//! The fields of a user, as forms send them and pages show them again.

use serde::{Deserialize, Serialize};

use crate::{
    admin::{Refusal, users::ALTERNATE_EMAILS_MAX},
    domain::contact::{ContactProblem, MobilePhone, MobilePhoneProblem},
    web::page::{FieldProblem, Page},
};

/// The words of the properties; also what tells them apart in tables.
pub const USER_ID: &str = "user-id-label";
/// See [`USER_ID`].
pub const DISPLAY_NAME: &str = "user-display-name";
/// See [`USER_ID`].
pub const ROLE: &str = "user-role";
/// See [`USER_ID`].
pub const ALTERNATE_EMAIL: &str = "user-alternate-email";
/// See [`USER_ID`].
pub const MOBILE_PHONE: &str = "user-mobile";

/// What stands in the fields.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserFields {
    /// Only of a new user; it never changes.
    pub user_id: String,
    /// Name.
    pub display_name: String,
    /// A role's name.
    pub role: String,
    /// One address a line.
    pub alternate_email_address: String,
    /// In any form that a number has.
    pub mobile_phone: String,
}

impl UserFields {
    /// The addresses in their order, without empty lines.
    pub fn addresses(&self) -> Vec<String> {
        self.alternate_email_address
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Room for the addresses and one more.
    pub fn rows(&self) -> usize {
        (self.addresses().len() + 1).clamp(2, ALTERNATE_EMAILS_MAX)
    }

    /// These fields where they differ from `was`, and `now` where they do not: what one person typed upon what another saved
    /// meanwhile.
    #[must_use]
    pub fn upon(&self, was: &Self, now: &Self) -> Self {
        let pick =
            |mine: &String, was: &String, now: &String| if mine == was { now.clone() } else { mine.clone() };
        Self {
            user_id: now.user_id.clone(),
            display_name: pick(&self.display_name, &was.display_name, &now.display_name),
            role: pick(&self.role, &was.role, &now.role),
            alternate_email_address: if self.addresses() == was.addresses() {
                now.alternate_email_address.clone()
            } else {
                self.alternate_email_address.clone()
            },
            mobile_phone: pick(&self.mobile_phone, &was.mobile_phone, &now.mobile_phone),
        }
    }

    /// Every property that differs, from one to the other.
    pub fn difference(&self, other: &Self) -> Vec<Line> {
        let one = |text: &str| if text.is_empty() { Vec::new() } else { vec![text.to_owned()] };
        [
            Line { key: DISPLAY_NAME, before: one(&self.display_name), after: one(&other.display_name) },
            Line { key: ROLE, before: one(&self.role), after: one(&other.role) },
            Line { key: ALTERNATE_EMAIL, before: self.addresses(), after: other.addresses() },
            Line { key: MOBILE_PHONE, before: one(&self.mobile_phone), after: one(&other.mobile_phone) },
        ]
        .into_iter()
        .filter(|line| line.before != line.after)
        .collect()
    }
}

/// A property in a table of what will change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The key of its word.
    pub key: &'static str,
    /// As it is; nothing: there is none.
    pub before: Vec<String>,
    /// As it would be.
    pub after: Vec<String>,
}

/// What a form that only asks carries from page to page.
#[derive(Clone, Serialize, Deserialize)]
pub struct Carried {
    /// The version of the user that was looked at.
    pub version: i64,
    /// What was typed.
    pub fields: UserFields,
    /// How the user was when the form was opened.
    pub was: UserFields,
}

/// What the fields say of the company, and of what is stored.
#[derive(Clone)]
pub struct AroundFields {
    /// Numbers without a country code are of this country: two letters.
    pub region: String,
    /// The stored number in both forms.
    pub stored: Option<StoredNumber>,
}

/// A number in both forms.
#[derive(Clone)]
pub struct StoredNumber {
    /// `+14255550100`
    pub e164: String,
    /// `(425) 555-0100`
    pub national: String,
}

impl StoredNumber {
    /// Of a number as the database has it.
    pub fn of(e164: &str) -> Option<Self> {
        let phone = MobilePhone::from_stored(e164).ok()?;
        Some(Self { e164: phone.e164().to_owned(), national: phone.national() })
    }
}

/// What a refusal says, at the field that it is about; none: it is about no field.
pub fn problem(
    page: &Page,
    fields: &UserFields,
    domains: &[String],
    refusal: &Refusal,
) -> Option<FieldProblem> {
    let plain = |field, key: &str| Some(FieldProblem::new(field, &page.t(key)));
    let addresses = fields.addresses();
    let address = |key: &str, place: usize| {
        let address = addresses.get(place).map_or("", String::as_str);
        Some(FieldProblem {
            field: "alternate_email_address",
            sentence: page.m(key).name("address", address).s(),
        })
    };
    match refusal {
        Refusal::UserId(problem) => plain(
            "user_id",
            match problem {
                crate::domain::user::UserIdProblem::Empty => "user-problem-user-id-empty",
                _ => "user-problem-user-id-form",
            },
        ),
        Refusal::UserIdTaken => plain("user_id", "user-problem-user-id-taken"),
        Refusal::NoCompany => Some(FieldProblem {
            field: "user_id",
            sentence: page.m("user-problem-user-id-domain").name("domains", &domains.join(", ")).s(),
        }),
        Refusal::Name => Some(FieldProblem::new(
            "display_name",
            &page.a("user-problem-display-name").arg("most", crate::admin::NAME_MAX).s(),
        )),
        Refusal::LastGlobalAdministrator => plain("role", "user-problem-last-global"),
        Refusal::AlternateEmail(place, _) => address("user-problem-email-form", *place),
        Refusal::UnfitAlternateEmail(place, ContactProblem::IsUserId) => {
            address("user-problem-email-user-id", *place)
        }
        Refusal::UnfitAlternateEmail(place, ContactProblem::OwnDomain) => {
            address("user-problem-email-own-domain", *place)
        }
        Refusal::TooManyAlternateEmails => Some(FieldProblem::new(
            "alternate_email_address",
            &page.a("user-problem-email-too-many").arg("most", ALTERNATE_EMAILS_MAX).s(),
        )),
        Refusal::MobilePhone(problem) => plain("mobile_phone", mobile_phone(*problem)),
        _ => None,
    }
}

const fn mobile_phone(problem: MobilePhoneProblem) -> &'static str {
    match problem {
        MobilePhoneProblem::Empty => "user-problem-mobile-empty",
        MobilePhoneProblem::NotANumber => "user-problem-mobile-not-a-number",
        MobilePhoneProblem::CountryCode => "user-problem-mobile-country-code",
        MobilePhoneProblem::TooShort => "user-problem-mobile-too-short",
        MobilePhoneProblem::TooLong => "user-problem-mobile-too-long",
        MobilePhoneProblem::Length => "user-problem-mobile-length",
        MobilePhoneProblem::Extension => "user-problem-mobile-extension",
        MobilePhoneProblem::Landline => "user-problem-mobile-landline",
        MobilePhoneProblem::Kind => "user-problem-mobile-kind",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(name: &str, emails: &str, phone: &str) -> UserFields {
        UserFields {
            user_id: "johnsmith@contoso.com".to_owned(),
            display_name: name.to_owned(),
            role: "user".to_owned(),
            alternate_email_address: emails.to_owned(),
            mobile_phone: phone.to_owned(),
        }
    }

    #[test]
    fn addresses_are_one_a_line_whatever_ends_the_lines() {
        let typed = fields("John", " a@fabrikam.com \r\n\r\n\tb@fabrikam.com\n", "");
        assert_eq!(typed.addresses(), ["a@fabrikam.com", "b@fabrikam.com"]);
        assert_eq!(typed.rows(), 3);
    }

    #[test]
    fn what_another_changed_meanwhile_stays_unless_the_same_was_changed() {
        let was = fields("John", "a@fabrikam.com", "1");
        let mine = fields("John", "b@fabrikam.com\n", "1");
        let theirs = fields("Johnny", "c@fabrikam.com", "2");
        assert!(mine.upon(&was, &theirs) == fields("Johnny", "b@fabrikam.com\n", "2"));
        // An end of line that a browser adds is no change.
        assert!(fields("John", "a@fabrikam.com\r\n", "1").upon(&was, &theirs) == theirs);
    }

    #[test]
    fn only_what_differs_is_reviewed() {
        let old = fields("John", "a@fabrikam.com", "");
        let new = fields("John", "a@fabrikam.com\nb@fabrikam.com", "+14255550100");
        let lines = old.difference(&new);
        assert_eq!(lines.iter().map(|line| line.key).collect::<Vec<_>>(), [ALTERNATE_EMAIL, MOBILE_PHONE]);
        assert!(lines[1].before.is_empty());
        assert!(old.difference(&fields("John", "a@fabrikam.com\r\n", "")).is_empty());
    }
}
