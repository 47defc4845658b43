//! A user as text.

use std::fmt::Write as _;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    admin::users::OneTimeLink,
    cli::{
        output::{Record, Value},
        readiness::why_not,
        refusal::Typed,
    },
    domain::{contact::MobilePhone, readiness::Readiness},
    store::users::User,
    visible::visible,
};

/// How an address or number was understood, where it is stored in another form than it was typed.
pub(in crate::cli) fn understood(user: &User, typed: Typed<'_>) -> String {
    let mut text = String::new();
    for address in typed.list {
        let stored = user.alternate_emails.iter().find(|stored| stored.eq_ignore_ascii_case(address.trim()));
        if let Some(stored) = stored.filter(|stored| *stored != address) {
            let _ = writeln!(text, "sspr: {} is stored as {stored}", visible(address));
        }
    }
    let phone = user.mobile_phone.as_deref().and_then(|number| MobilePhone::from_stored(number).ok());
    if let Some(phone) = phone.filter(|_| !typed.mobile_phone.is_empty()) {
        let number = visible(typed.mobile_phone);
        let _ = writeln!(text, "sspr: {number} is stored as {}, that is {}", phone.e164(), phone.national());
    }
    text
}

pub(in crate::cli) fn moment(at: OffsetDateTime) -> String {
    at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default()
}

/// Since when and by whom.
pub(super) fn blocked(since: OffsetDateTime, why: &str) -> String {
    let why = if why == "not_me" { "\"This was not me\"" } else { why };
    format!("True since {} by {why}", moment(since))
}

pub(in crate::cli) fn link_shown(link: &OneTimeLink, origin: &str) -> Record {
    vec![
        ("SetPasswordLink", format!("{origin}/set-password/{}", link.token.expose()).into()),
        ("GoodUntil", moment(link.good_until).into()),
    ]
}

/// The names of [`shown`], as a CSV of nobody has them.
pub(super) const SHOWN: &[&str] = &[
    "UserId",
    "DisplayName",
    "Role",
    "Company",
    "AlternateEmailAddresses",
    "MobilePhone",
    "Blocked",
    "PasswordSet",
    "CouldReset",
    "WhyNot",
];

/// A user with everything that `user show` prints.
pub(super) fn shown(user: &User, readiness: &Readiness) -> Record {
    let block = match (user.blocked_at, &user.blocked_because) {
        (Some(since), Some(why)) => {
            let told = Value::told(blocked(since, why), true);
            vec![
                ("Blocked", told),
                ("BlockedSince", Value::for_programs(moment(since))),
                ("BlockedBy", Value::for_programs(why.as_str())),
            ]
        }
        _ => vec![("Blocked", false.into())],
    };
    let why_not: Vec<String> = readiness.all().map(|reason| why_not(reason, readiness)).collect();
    let mut record: Record = vec![
        ("UserId", user.user_id.as_str().into()),
        ("DisplayName", user.display_name.as_str().into()),
        ("Role", user.role.as_str().into()),
        ("Company", user.company_name.as_str().into()),
        ("AlternateEmailAddresses", user.alternate_emails.clone().into()),
        ("MobilePhone", user.mobile_phone.clone().unwrap_or_default().into()),
    ];
    record.extend(block);
    record.extend([
        ("PasswordSet", user.has_password.into()),
        ("CouldReset", readiness.reasons.is_empty().into()),
        ("WhyNot", Value::told(why_not.join("; "), why_not)),
    ]);
    record
}
