//! Names of cmdlets and parameters as they are typed: in any case, shortened, torn in two, mistyped; and what is said to a wrong one.

use super::{
    Cmdlet, NotUnderstood,
    table::{CMDLETS, COMMON, Kind, Parameter},
};
use crate::visible::visible;

/// Which cmdlet this is, in any case.
pub(super) fn cmdlet(word: &str) -> Result<&'static Cmdlet, NotUnderstood> {
    let word: String = word.chars().map(|c| if is_dash(c) { '-' } else { c }).collect();
    CMDLETS.iter().find(|cmdlet| cmdlet.name.eq_ignore_ascii_case(&word)).ok_or_else(|| {
        let names: Vec<&str> = CMDLETS.iter().map(|cmdlet| cmdlet.name).collect();
        let near = nearest(&word, names.iter().copied())
            .map_or_else(String::new, |near| format!("; the nearest is {near}"));
        let known = names.join(", ");
        NotUnderstood::Usage(format!(
            "{} is none of the cmdlets that are understood here{near}\n  {known}\n",
            visible(&word)
        ))
    })
}

/// The parameter meant by a name, as PowerShell finds it: exactly, else as the only one that begins so, among all that the cmdlet
/// had. With how many further words the name takes up: the article prints `-UserPrincipal Name`.
pub(super) fn parameter(
    cmdlet: &'static Cmdlet,
    name: &str,
    glued: Option<&str>,
    rest: &[&str],
) -> Result<(Parameter, usize), NotUnderstood> {
    let foreign_ones = cmdlet.foreign.iter().map(|name| Parameter { name, kind: Kind::Foreign });
    let all: Vec<Parameter> =
        cmdlet.parameters.iter().copied().chain(foreign_ones).chain(COMMON.iter().copied()).collect();
    let exact = |name: &str| all.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(name)).copied();
    // A name that was torn in two: `-UserPrincipal Name johnsmith@contoso.com`.
    if let (None, None, [tail, _, ..]) = (exact(name), glued, rest)
        && let Some(parameter) = exact(&format!("{name}{tail}"))
    {
        return Ok((parameter, 1));
    }
    let short = name.to_ascii_lowercase();
    let found: Vec<Parameter> = match exact(name) {
        Some(parameter) => vec![parameter],
        // Not PowerShell's, but our own short form.
        None if short == "o" => exact("Output").into_iter().collect(),
        None => all.iter().copied().filter(|p| p.name.to_ascii_lowercase().starts_with(&short)).collect(),
    };
    match found[..] {
        [Parameter { name, kind: Kind::Foreign }] => Err(usage(cmdlet, &foreign(cmdlet, name))),
        [parameter] => Ok((parameter, 0)),
        [] => {
            let near = nearest(name, all.iter().filter(|p| p.kind != Kind::Foreign).map(|p| p.name));
            let near = near.map_or_else(String::new, |near| format!("; the nearest is -{near}"));
            Err(usage(cmdlet, &format!("{} has no parameter -{}{near}", cmdlet.name, visible(name))))
        }
        _ => {
            let names: Vec<String> = found.iter().map(|p| format!("-{}", p.name)).collect();
            let what = format!("-{} could be {}", visible(name), names.join(" or "));
            Err(usage(cmdlet, &what))
        }
    }
}

/// The name nearest to what was typed, if one is near enough to be meant.
fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_ascii_lowercase();
    let near = |name: &str| strsim::jaro_winkler(&typed, &name.to_ascii_lowercase());
    names.max_by(|a, b| near(a).total_cmp(&near(b))).filter(|name| near(name) > 0.6)
}

/// A refusal, with what could be typed.
pub(super) fn usage(cmdlet: &Cmdlet, what: &str) -> NotUnderstood {
    NotUnderstood::Usage(format!("{what}\n\nUsage: sspr {}\n", super::usage(cmdlet)))
}

/// What is said to a parameter that means nothing here.
pub(super) fn foreign(cmdlet: &Cmdlet, name: &str) -> String {
    let instead = match (cmdlet.name, name) {
        (_, "TenantId") => "; the company is that of the user ID, or the one of --company",
        (_, "ObjectId") => "; name the user by -UserPrincipalName",
        ("Set-MsolUserPassword", _) => "; whoever gets a password from somebody else always has to change it",
        ("Remove-MsolUser", _) => "; a user who is removed is gone for good",
        ("Set-MsolUser" | "New-MsolUser", "PasswordNeverExpires") => {
            "; expiry is a setting of the company: Set-MsolPasswordPolicy"
        }
        _ => "",
    };
    format!("there is nothing here that -{name} of {} could mean{instead}. Nothing was changed", cmdlet.name)
}

/// What is said to a parameter whose value the shell swallowed.
pub(super) fn empty(cmdlet: &Cmdlet, parameter: Parameter) -> NotUnderstood {
    let name = parameter.name;
    let how = match parameter.kind {
        Kind::Truth | Kind::TruthOrAlone | Kind::Switch => {
            "a Unix shell takes $true and $false for variables of its own. Quote it: '$true' or '$false'"
        }
        Kind::List | Kind::Removable => "to remove what is there, write '$null' in quotes",
        _ => "a Unix shell takes $name for a variable of its own: quote it, '$name'",
    };
    usage(cmdlet, &format!("-{name} of {} has no value; {how}", cmdlet.name))
}

/// A parameter's name without its dashes.
pub(super) fn name_in(word: &str) -> Option<&str> {
    let name = word.strip_prefix(is_dash)?;
    let name = name.strip_prefix(is_dash).unwrap_or(name);
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '?').then_some(name)
}

/// The dashes that PowerShell takes for one; word processors make them.
pub(super) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2013}' | '\u{2014}' | '\u{2015}')
}
