//! Results under the names that the cmdlets gave them.

use super::{Line, NotUnderstood};
use crate::{
    cli::{
        output::{Record, Records, Value},
        user::moment,
    },
    store::{companies::Company, users::User},
    visible::visible,
};

/// The names of [`user`].
pub const USER: &[&str] = &[
    "UserPrincipalName",
    "DisplayName",
    "AlternateEmailAddresses",
    "MobilePhone",
    "BlockCredential",
    "LastPasswordChangeTimestamp",
];

/// A user as `Get-MsolUser` shows one.
pub fn user(user: &User) -> Record {
    let braced = format!("{{{}}}", user.alternate_emails.join(", "));
    vec![
        ("UserPrincipalName", user.user_id.as_str().into()),
        ("DisplayName", user.display_name.as_str().into()),
        ("AlternateEmailAddresses", Value::told(braced, user.alternate_emails.clone())),
        ("MobilePhone", user.mobile_phone.as_deref().unwrap_or_default().into()),
        ("BlockCredential", user.blocked_at.is_some().into()),
        ("LastPasswordChangeTimestamp", user.password_changed_at.map(moment).unwrap_or_default().into()),
    ]
}

/// A company as `Get-MsolCompanyInformation` shows one.
pub fn company(company: &Company) -> Record {
    vec![
        ("DisplayName", company.name.as_str().into()),
        ("InitialDomain", company.domains.first().map(String::as_str).unwrap_or_default().into()),
        ("CountryLetterCode", company.default_region.as_str().into()),
        ("SelfServePasswordResetEnabled", company.self_serve_password_reset_enabled.into()),
    ]
}

/// A company's policy as `Get-MsolPasswordPolicy` shows it.
pub fn password_policy(company: &Company) -> Record {
    let valid = company.password_expires_after_days;
    let told = valid.map_or_else(|| "never".to_owned(), |days| days.to_string());
    vec![
        ("ValidityPeriod", Value::told(told, valid)),
        (
            "NotificationDays",
            Value::told(company.password_warning_days.to_string(), company.password_warning_days),
        ),
    ]
}

/// Only the properties that `--property` names, in its order, as `| Fl NAME` did; all where it names none.
pub fn chosen(records: Records, line: &Line) -> Result<Records, NotUnderstood> {
    if line.properties.is_empty() || line.properties.iter().any(|name| name == "*") {
        return Ok(records);
    }
    let names: Vec<&'static str> = match &records {
        Records::One(record) => record.iter().map(|(name, _)| *name).collect(),
        Records::Many(names, _) => names.to_vec(),
    };
    let mut wanted = Vec::new();
    for property in &line.properties {
        let Some(name) = names.iter().find(|name| name.eq_ignore_ascii_case(property)) else {
            let what = format!("there is no property {}: {}\n", visible(property), names.join(", "));
            return Err(NotUnderstood::Usage(what));
        };
        wanted.push(*name);
    }
    let choose = |record: Record| -> Record {
        let find = |name: &&'static str| record.iter().find(|(known, _)| known == name).cloned();
        wanted.iter().filter_map(find).collect()
    };
    Ok(match records {
        Records::One(record) => Records::One(choose(record)),
        Records::Many(names, all) => Records::Many(names, all.into_iter().map(choose).collect()),
    })
}
