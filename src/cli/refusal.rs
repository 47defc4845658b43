//! Why a verb did nothing, in words for standard error.

use super::{Exit, Said};
use time::format_description::well_known::Rfc3339;

use crate::{
    admin::{NAME_MAX, NotDone, Refusal, users::ALTERNATE_EMAILS_MAX},
    domain::{
        address::AddressProblem,
        contact::{ContactProblem, MobilePhoneProblem},
        password::PasswordProblem,
    },
    store::StoreError,
    visible::visible,
};

/// What was typed, to name the one that is wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct Typed<'a> {
    /// The user ID.
    pub user_id: &'a str,
    /// Addresses or domains, in their order.
    pub list: &'a [String],
    /// The number.
    pub mobile_phone: &'a str,
}

/// The database did not answer as it should.
pub fn away(error: &StoreError) -> Said {
    Said::refused(Exit::Refused, format!("sspr: the database does not answer: {error}\n"))
}

/// What a verb that did nothing says.
pub fn said(not_done: &NotDone, typed: Typed<'_>) -> Said {
    match not_done {
        NotDone::Refused(refusal) => {
            Said::refused(Exit::Refused, format!("sspr: {}\n", visible(&why(refusal, typed))))
        }
        NotDone::Store(error) => away(error),
        NotDone::Busy(busy) => Said::refused(Exit::Refused, format!("sspr: {busy}\n")),
    }
}

/// The reason alone, in words.
#[expect(clippy::too_many_lines, reason = "one sentence a refusal")]
pub fn why(refusal: &Refusal, typed: Typed<'_>) -> String {
    let user_id = typed.user_id;
    let listed = |place: &usize| typed.list.get(*place).map_or("", String::as_str);
    match refusal {
        Refusal::UserId(problem) => format!("{user_id} is no user ID: {}", address(*problem)),
        Refusal::NoCompany => {
            format!("no company has the domain of {user_id}: `sspr company create --domain …` gives it one")
        }
        Refusal::NoUser => format!("there is no user {user_id}"),
        Refusal::UserIdTaken => format!("there is a user {user_id} already"),
        Refusal::Name => format!("a name has 1 to {NAME_MAX} characters, on one line"),
        Refusal::Domain(place) => format!("{} is no domain name such as contoso.com", listed(place)),
        Refusal::DomainTaken(place) => format!("{} belongs to a company already", listed(place)),
        Refusal::Region => "the default region is no country: give two letters such as US".to_owned(),
        Refusal::SignInUrl => "the sign-in address must begin with https:// and hold no password".to_owned(),
        Refusal::AlternateEmail(place, problem) => {
            format!("{} is no e-mail address: {}", listed(place), address(*problem))
        }
        Refusal::UnfitAlternateEmail(place, ContactProblem::IsUserId) => {
            format!(
                "{} is the mailbox of the user ID itself: it is locked together with the account",
                listed(place)
            )
        }
        Refusal::UnfitAlternateEmail(place, ContactProblem::OwnDomain) => format!(
            "{} is in a domain of the company, which is locked together with the account; to allow it all the \
             same: sspr company set --alternate-email-in-own-domain-allowed true",
            listed(place)
        ),
        Refusal::TooManyAlternateEmails => {
            format!("a user has {ALTERNATE_EMAILS_MAX} alternate e-mail addresses at most")
        }
        Refusal::MobilePhone(problem) => {
            format!("{} can't get a security code: {}", typed.mobile_phone, phone(*problem))
        }
        Refusal::Password(problems) => {
            let rules: Vec<String> = problems.iter().filter_map(password).collect();
            format!("the password {}", rules.join(", and "))
        }
        Refusal::NotAllowed => "your role does not allow it".to_owned(),
        Refusal::Oneself => "nobody does this to themselves".to_owned(),
        Refusal::OwnDeed => "nobody closes a report of what they did".to_owned(),
        Refusal::LastGlobalAdministrator => {
            format!(
                "{user_id} is the last global administrator who can sign in: make another one first, or say \
                 --last-global-administrator (user delete, user set --role)"
            )
        }
        Refusal::ChangedMeanwhile => "someone else changed it in the meantime: look again".to_owned(),
        Refusal::NoContact => format!(
            "{user_id} has no alternate e-mail address and no mobile phone to which a link could go: set one, or hand over a link with \
             sspr user reset-password"
        ),
        Refusal::RefusedCountry => format!(
            "no text messages go to the country of {user_id}'s mobile phone (budgets.sms_country_codes; without it the countries of the \
             company and its administrators): set an alternate e-mail address, or hand over a link with sspr user reset-password"
        ),
        Refusal::ContactWaits => format!(
            "no contact of {user_id} serves yet: the company waits until it is confirmed (UnconfirmedContact); hand over a link with \
             sspr user reset-password"
        ),
        Refusal::TemporaryPasswordForbidden => {
            "the company allows one-time links only (TemporaryPasswordsAllowed is False)".to_owned()
        }
        Refusal::ExpiryDays => "passwords last 14 to 730 days, or never expire".to_owned(),
        Refusal::WarningDays => {
            "the warning comes 1 to 30 days before, and later than the password is set".to_owned()
        }
        Refusal::MinLength => "the shortest password has 15 to 64 characters".to_owned(),
        Refusal::RefusedWords => "at most 50 words of 3 to 64 characters can be refused".to_owned(),
        Refusal::UnconfirmedContact => {
            "the rule for unconfirmed contact data is at_once, after_hold or never".to_owned()
        }
        Refusal::HoldHours => "the hold lasts 1 to 720 hours".to_owned(),
        Refusal::DomainInUse => "users of the company have user IDs in that domain".to_owned(),
        Refusal::NoDomain => "the company does not have that domain".to_owned(),
        Refusal::NoRequest => "there is no such request".to_owned(),
        Refusal::AlreadyAnswered(who) => format!("{who} has answered it already"),
        Refusal::OthersCanHelp => format!(
            "another global administrator can sign in and reset {user_id} in the portal; or hand over a link with sspr user reset-password"
        ),
        Refusal::NotGlobalAdministrator => {
            format!("{user_id} is no global administrator: sspr user reset-password makes a link")
        }
        Refusal::TooOften(until) => {
            let until = until.replace_nanosecond(0).unwrap_or(*until).format(&Rfc3339).unwrap_or_default();
            format!("that was asked too often: again from {until}")
        }
        Refusal::NothingToConfirm => "there is nothing to confirm".to_owned(),
        Refusal::TooMany => "these are too many at once".to_owned(),
        Refusal::NoIncident => "there is no such incident".to_owned(),
        Refusal::Note => "a note has to say what was found out, in at most 500 characters".to_owned(),
        Refusal::GlobalAdministratorChanges => {
            "changes of global administrators act at_once, after_hold or with approval".to_owned()
        }
        Refusal::GlobalAdministratorHoldHours => "that hold lasts 1 to 168 hours".to_owned(),
        Refusal::Waits(waits) => {
            let until = waits.until.replace_nanosecond(0).unwrap_or(waits.until);
            format!("it waits until {}: sspr change list", until.format(&Rfc3339).unwrap_or_default())
        }
        Refusal::WaitsAlready => "such a change waits already: sspr change list".to_owned(),
        Refusal::TemporaryPasswordCannotWait | Refusal::GlobalAdministratorStays => {
            "the company lets changes of global administrators wait (GlobalAdministratorChanges)".to_owned()
        }
        Refusal::NoChange => "there is no such change".to_owned(),
        Refusal::AlreadyDecided(state, by) => match by {
            Some(by) => format!("{} has ended it already: {state}", visible(by)),
            None => format!("it has ended already: {state}"),
        },
        Refusal::OwnChange => "nobody approves what they asked for, or what is done to themselves".to_owned(),
        Refusal::Reason => "a reason has at most 500 characters".to_owned(),
        Refusal::Blocked => {
            format!("{user_id} is blocked, and a link would open nothing: sspr user unblock {user_id}")
        }
    }
}

const fn address(problem: AddressProblem) -> &'static str {
    match problem {
        AddressProblem::Empty => "it is empty",
        AddressProblem::TooLong => "it has more than 254 characters, or more than 64 before the @",
        AddressProblem::NotAscii => "it has a letter outside a to z",
        AddressProblem::Character => "it has a character that no address has",
        AddressProblem::At => "it needs exactly one @",
        AddressProblem::LocalPart => "what stands before the @ is missing, or has a dot too many",
        AddressProblem::Domain => "what stands after the @ is no domain name",
    }
}

const fn phone(problem: MobilePhoneProblem) -> &'static str {
    match problem {
        MobilePhoneProblem::Empty => "it is empty",
        MobilePhoneProblem::NotANumber => "it is no telephone number",
        MobilePhoneProblem::CountryCode => "no country has this code",
        MobilePhoneProblem::TooShort => "it has too few digits, or no area code",
        MobilePhoneProblem::TooLong => "it has too many digits",
        MobilePhoneProblem::Length => "its country has no numbers of this length",
        MobilePhoneProblem::Extension => "it has an extension, which no SMS reaches",
        MobilePhoneProblem::Landline => "it is a landline",
        MobilePhoneProblem::Kind => "it is a service number",
    }
}

/// Nothing for the repetition: here it is never typed.
fn password(problem: &PasswordProblem) -> Option<String> {
    Some(match problem {
        PasswordProblem::Empty => "is empty".to_owned(),
        PasswordProblem::TooShort { length, min } => {
            format!("has {length} characters and needs {min} at least")
        }
        PasswordProblem::TooLong { max } => format!("has more than {max} characters"),
        PasswordProblem::Mismatch => return None,
        PasswordProblem::Common => "is one that attackers try first".to_owned(),
        PasswordProblem::Listed => "is on the list of refused passwords".to_owned(),
        PasswordProblem::ContextWord { word } => format!("is little more than the word {word}"),
        PasswordProblem::Guessable { .. } => "follows a pattern that is easy to guess".to_owned(),
    })
}
