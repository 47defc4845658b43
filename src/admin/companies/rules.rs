//! What a setting of a company may be. Pure: a change against the company as it is.

use std::ops::RangeInclusive;

use url::Url;

use crate::{
    admin::{Refusal, name},
    domain::{contact::Region, password::SHORTEST, second_pair::Rule},
    store::companies::{Change, Company},
};

/// Shortest hold, longest hold, in hours.
const HOLD_HOURS: RangeInclusive<i32> = 1..=720;
/// The same for changes of global administrators: a week at most, or nobody would dare to.
const GLOBAL_ADMINISTRATOR_HOLD_HOURS: RangeInclusive<i32> = 1..=168;
/// Fewest and most days that a password may last (product.md).
pub const EXPIRY_DAYS: RangeInclusive<i32> = 14..=730;
/// Fewest and most days of warning (product.md).
pub const WARNING_DAYS: RangeInclusive<i32> = 1..=30;
/// Most words that a company refuses.
const WORDS_MAX: usize = 50;

/// The rules for unconfirmed contact data, by name.
pub const UNCONFIRMED_CONTACT: [&str; 3] = ["at_once", "after_hold", "never"];

/// Every setting against its rule.
pub(super) fn checked(change: &Change, old: &Company) -> Result<Change, Refusal> {
    let inside = |value: Option<i32>, range: &RangeInclusive<i32>, refusal: Refusal| match value {
        Some(value) if !range.contains(&value) => Err(refusal),
        _ => Ok(()),
    };
    let expiry = change.password_expires_after_days;
    inside(expiry.flatten(), &EXPIRY_DAYS, Refusal::ExpiryDays)?;
    inside(change.password_warning_days, &WARNING_DAYS, Refusal::WarningDays)?;
    inside(change.contact_hold_hours, &HOLD_HOURS, Refusal::HoldHours)?;
    let hours = change.global_administrator_hold_hours;
    inside(hours, &GLOBAL_ADMINISTRATOR_HOLD_HOURS, Refusal::GlobalAdministratorHoldHours)?;
    if change.global_administrator_changes.as_deref().is_some_and(|rule| Rule::named(rule).is_none()) {
        return Err(Refusal::GlobalAdministratorChanges);
    }
    let floor = i32::try_from(SHORTEST).unwrap_or(i32::MAX);
    inside(change.password_min_length.flatten(), &(floor..=64), Refusal::MinLength)?;
    let (lasts, warned) = (
        expiry.unwrap_or(old.password_expires_after_days),
        change.password_warning_days.unwrap_or(old.password_warning_days),
    );
    if lasts.is_some_and(|days| warned >= days) {
        return Err(Refusal::WarningDays);
    }
    if change.unconfirmed_contact.as_deref().is_some_and(|rule| !UNCONFIRMED_CONTACT.contains(&rule)) {
        return Err(Refusal::UnconfirmedContact);
    }
    Ok(Change {
        name: change.name.as_deref().map(name).transpose()?.map(str::to_owned),
        default_region: match &change.default_region {
            Some(typed) => Some(Region::parse(typed).map_err(|_| Refusal::Region)?.letters()),
            None => None,
        },
        sign_in_url: match change.sign_in_url.as_deref() {
            Some("") => Some(String::new()),
            Some(typed) => Some(sign_in_url(typed).ok_or(Refusal::SignInUrl)?),
            None => None,
        },
        password_refused_words: change.password_refused_words.as_deref().map(words).transpose()?,
        ..change.clone()
    })
}

/// Words of 3 to 64 characters, each once.
fn words(typed: &[String]) -> Result<Vec<String>, Refusal> {
    let mut words: Vec<String> = Vec::new();
    for word in typed.iter().map(|word| word.trim()).filter(|word| !word.is_empty()) {
        if !(3..=64).contains(&word.chars().count()) || word.contains(crate::visible::is_unsafe) {
            return Err(Refusal::RefusedWords);
        }
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    if words.len() > WORDS_MAX { Err(Refusal::RefusedWords) } else { Ok(words) }
}

/// A link for people after a reset: https, no password in it. What a browser would repair in silence (another slash, a line's end in the
/// middle) leads elsewhere than it reads.
fn sign_in_url(typed: &str) -> Option<String> {
    let typed = typed.trim();
    if typed.contains(|c: char| c == '\\' || c.is_control()) {
        return None;
    }
    let url = Url::parse(typed).ok()?;
    let safe = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    safe.then(|| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_address_is_https_and_holds_no_password() {
        assert_eq!(
            sign_in_url(" https://portal.contoso.com/ ").as_deref(),
            Some("https://portal.contoso.com/")
        );
        for bad in [
            "portal.contoso.com",
            "http://contoso.com",
            "javascript:alert(1)",
            "https://a:b@contoso.com",
            "https://fabrikam.com\\@contoso.com",
            "https://contoso.com\r\n.fabrikam.com",
            "https://con\ttoso.com",
        ] {
            assert_eq!(sign_in_url(bad), None, "{bad}");
        }
    }
}
