//! The settings as forms send them and pages show them again: texts, one for each field.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::{
    admin::Refusal,
    store::companies::{Change, Company},
};

/// A setting that the page changes. The names are those of the form, of the element's id, and of the keys of its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Name.
    Name,
    /// Region of numbers.
    DefaultRegion,
    /// Where people sign in.
    SignInUrl,
    /// The switch.
    SelfServe,
    /// User IDs receive mail.
    UserIdIsMailbox,
    /// Alternate addresses in own domains.
    OwnDomainAllowed,
    /// The rule for unconfirmed contact data.
    UnconfirmedContact,
    /// Its hold.
    HoldHours,
    /// Administrators may make passwords that they see.
    TemporaryPasswords,
    /// What a change of a global administrator waits for.
    GlobalChanges,
    /// How long.
    GlobalHoldHours,
    /// Days until a password must be changed.
    ExpiresAfterDays,
    /// Days of warning.
    WarningDays,
    /// Fewest characters.
    MinLength,
    /// Words that no password is built from.
    RefusedWords,
}

impl Field {
    /// All, in the order of the page.
    pub const ALL: [Self; 15] = [
        Self::Name,
        Self::DefaultRegion,
        Self::SignInUrl,
        Self::SelfServe,
        Self::UserIdIsMailbox,
        Self::OwnDomainAllowed,
        Self::UnconfirmedContact,
        Self::HoldHours,
        Self::TemporaryPasswords,
        Self::GlobalChanges,
        Self::GlobalHoldHours,
        Self::ExpiresAfterDays,
        Self::WarningDays,
        Self::MinLength,
        Self::RefusedWords,
    ];

    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::DefaultRegion => "default_region",
            Self::SignInUrl => "sign_in_url",
            Self::SelfServe => "self_serve_password_reset_enabled",
            Self::UserIdIsMailbox => "user_id_is_mailbox",
            Self::OwnDomainAllowed => "alternate_email_in_own_domain_allowed",
            Self::UnconfirmedContact => "unconfirmed_contact",
            Self::HoldHours => "contact_hold_hours",
            Self::TemporaryPasswords => "temporary_passwords_allowed",
            Self::GlobalChanges => "global_administrator_changes",
            Self::GlobalHoldHours => "global_administrator_hold_hours",
            Self::ExpiresAfterDays => "password_expires_after_days",
            Self::WarningDays => "password_warning_days",
            Self::MinLength => "password_min_length",
            Self::RefusedWords => "password_refused_words",
        }
    }

    /// The key of its word.
    pub fn key(self) -> String {
        format!("company-field-{}", self.as_str())
    }

    /// The refusal of a text that this field can't hold.
    const fn refusal(self) -> Refusal {
        match self {
            Self::Name => Refusal::Name,
            Self::DefaultRegion => Refusal::Region,
            Self::SignInUrl => Refusal::SignInUrl,
            Self::HoldHours => Refusal::HoldHours,
            Self::GlobalChanges => Refusal::GlobalAdministratorChanges,
            Self::GlobalHoldHours => Refusal::GlobalAdministratorHoldHours,
            Self::ExpiresAfterDays => Refusal::ExpiryDays,
            Self::WarningDays => Refusal::WarningDays,
            Self::MinLength => Refusal::MinLength,
            Self::RefusedWords => Refusal::RefusedWords,
            Self::SelfServe
            | Self::UserIdIsMailbox
            | Self::OwnDomainAllowed
            | Self::TemporaryPasswords
            | Self::UnconfirmedContact => Refusal::UnconfirmedContact,
        }
    }
}

/// What stands in the fields, in the order of [`Field::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields([String; Field::ALL.len()]);

impl Fields {
    /// As the company is.
    pub fn of(company: &Company) -> Self {
        let number = |number: Option<i32>| number.map(|number| number.to_string()).unwrap_or_default();
        Self(Field::ALL.map(|field| match field {
            Field::Name => company.name.clone(),
            Field::DefaultRegion => company.default_region.clone(),
            Field::SignInUrl => company.sign_in_url.clone().unwrap_or_default(),
            Field::SelfServe => company.self_serve_password_reset_enabled.to_string(),
            Field::UserIdIsMailbox => company.user_id_is_mailbox.to_string(),
            Field::OwnDomainAllowed => company.alternate_email_in_own_domain_allowed.to_string(),
            Field::UnconfirmedContact => company.unconfirmed_contact.clone(),
            Field::HoldHours => company.contact_hold_hours.to_string(),
            Field::TemporaryPasswords => company.temporary_passwords_allowed.to_string(),
            Field::GlobalChanges => company.global_administrator_changes.clone(),
            Field::GlobalHoldHours => company.global_administrator_hold_hours.to_string(),
            Field::ExpiresAfterDays => number(company.password_expires_after_days),
            Field::WarningDays => company.password_warning_days.to_string(),
            Field::MinLength => number(company.password_min_length),
            Field::RefusedWords => company.password_refused_words.join("\n"),
        }))
    }

    /// All in one text, see [`Self::read`].
    pub fn written(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// What [`Self::written`] wrote; none: it is something else.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }

    /// One of them.
    pub fn get(&self, field: Field) -> &str {
        &self.0[field as usize]
    }

    /// Another text in one of them: without the spaces around it, and with the line ends that we use.
    pub fn set(&mut self, field: Field, typed: &str) {
        let lines: Vec<&str> = typed.trim().lines().map(str::trim).collect();
        self.0[field as usize] = lines.join("\n");
    }

    /// The fields in which two differ.
    pub fn differences(&self, other: &Self) -> Vec<Field> {
        Field::ALL.into_iter().filter(|field| self.get(*field) != other.get(*field)).collect()
    }

    /// These where they differ from `was`, and `now` where they do not: what one person typed upon what another saved meanwhile.
    #[must_use]
    pub fn upon(&self, was: &Self, now: &Self) -> Self {
        let mut upon = now.clone();
        for field in self.differences(was) {
            upon.set(field, self.get(field));
        }
        upon
    }

    /// The change that makes `now` into these, of these fields only. `Err`: texts that no field holds.
    pub fn change(&self, fields: &[Field]) -> Result<Change, Vec<(Field, Refusal)>> {
        let mut change = Change::default();
        let mut wrong = Vec::new();
        for field in fields.iter().copied() {
            if self.put(field, &mut change).is_none() {
                wrong.push((field, field.refusal()));
            }
        }
        if wrong.is_empty() { Ok(change) } else { Err(wrong) }
    }

    /// Puts one text into a change; none: it can't be read.
    fn put(&self, field: Field, change: &mut Change) -> Option<()> {
        let text = self.get(field);
        let owned = || Some(text.to_owned());
        let truth = || text.parse::<bool>().ok().map(Some);
        let number = || text.parse::<i32>().ok();
        let number_or_none = || if text.is_empty() { Some(None) } else { number().map(Some) };
        match field {
            Field::Name => change.name = owned(),
            Field::DefaultRegion => change.default_region = owned(),
            Field::SignInUrl => change.sign_in_url = owned(),
            Field::SelfServe => change.self_serve_password_reset_enabled = truth()?,
            Field::UserIdIsMailbox => change.user_id_is_mailbox = truth()?,
            Field::OwnDomainAllowed => change.alternate_email_in_own_domain_allowed = truth()?,
            Field::UnconfirmedContact => change.unconfirmed_contact = owned(),
            Field::HoldHours => change.contact_hold_hours = Some(number()?),
            Field::TemporaryPasswords => change.temporary_passwords_allowed = truth()?,
            Field::GlobalChanges => change.global_administrator_changes = owned(),
            Field::GlobalHoldHours => change.global_administrator_hold_hours = Some(number()?),
            Field::ExpiresAfterDays => change.password_expires_after_days = Some(number_or_none()?),
            Field::WarningDays => change.password_warning_days = Some(number()?),
            Field::MinLength => change.password_min_length = Some(number_or_none()?),
            Field::RefusedWords => {
                change.password_refused_words = Some(text.lines().map(str::to_owned).collect());
            }
        }
        Some(())
    }
}

/// What a form that only asks carries from page to page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Carried {
    /// The version of the company that was looked at.
    pub version: i64,
    /// What is wanted.
    pub fields: Fields,
    /// How the company was when the form was opened.
    pub was: Fields,
}

impl Carried {
    /// A fresh form.
    pub fn of(company: &Company) -> Self {
        let fields = Fields::of(company);
        Self { version: company.version, was: fields.clone(), fields }
    }

    /// What was, for the hidden field of that name: in letters that stand in HTML as they are.
    pub fn was_text(&self) -> String {
        self.was.written()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(name: &str, words: &str) -> Fields {
        let mut fields = Fields(Default::default());
        fields.set(Field::Name, name);
        fields.set(Field::RefusedWords, words);
        fields
    }

    #[test]
    fn what_another_saved_meanwhile_stays_where_nothing_else_was_typed() {
        let (was, now) = (fields("Contoso", "summer"), fields("Contoso Ltd", "summer"));
        let mine = fields("Contoso", "summer\r\n winter ");
        assert_eq!(Fields::read(&mine.written()).as_ref(), Some(&mine));
        let upon = mine.upon(&was, &now);
        assert_eq!(upon.get(Field::Name), "Contoso Ltd");
        assert_eq!(upon.get(Field::RefusedWords), "summer\nwinter");
    }

    #[test]
    fn every_text_that_is_no_number_and_no_choice_is_named_at_once() {
        let mut fields = fields("x", "");
        let odd = [
            Field::SelfServe,
            Field::HoldHours,
            Field::ExpiresAfterDays,
            Field::WarningDays,
            Field::MinLength,
        ];
        for field in odd {
            fields.set(field, "many");
        }
        let wrong = fields.change(&Field::ALL[3..]).unwrap_err();
        assert!(odd.iter().all(|field| wrong.iter().any(|(found, _)| found == field)), "{wrong:?}");
        fields.set(Field::ExpiresAfterDays, "");
        let change = fields.change(&[Field::ExpiresAfterDays]).unwrap();
        assert_eq!(change.password_expires_after_days, Some(None));
    }
}
