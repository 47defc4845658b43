//! The command line: the old cmdlets' spellings, and our own verbs.

use sspr::cli::{
    arguments::{self, Arguments, AuditVerb, Verb},
    cmdlets::{self, NotUnderstood},
};

use super::text;

/// The words of a line: at the record separator, or at spaces where there is none.
fn words(data: &[u8]) -> Vec<String> {
    let text = text(data);
    let separator = if text.contains('\u{1e}') { '\u{1e}' } else { ' ' };
    text.split(separator).map(str::to_owned).collect()
}

/// A line is understood, refused in words without control characters, or not one of a cmdlet; a password in it never shows (V-47).
pub fn cmdlets(data: &[u8]) {
    match cmdlets::understand(&words(data)) {
        Some(Ok(line)) => {
            let secret = words(data).into_iter().find(|word| word.starts_with("Secret-") && word.len() > 12);
            if let Some(secret) = secret
                && text(data).matches(&secret).count() == 1
                && text(data)
                    .to_ascii_lowercase()
                    .contains(&format!("-newpassword {}", secret.to_ascii_lowercase()))
            {
                assert!(!format!("{line:?}").contains(&secret));
            }
        }
        Some(Err(NotUnderstood::Usage(why) | NotUnderstood::Help(why))) => {
            assert!(why.lines().all(super::is_one_line), "{why}");
        }
        None => {}
    }
}

/// Every line is understood or refused; moments are ones that the database can be asked for.
pub fn arguments(data: &[u8]) {
    let line = std::iter::once("sspr".to_owned()).chain(words(data));
    match arguments::parse(line, &[("SSPR_COMPANY".to_owned(), "contoso.com".to_owned())]) {
        Ok(arguments) => assert!(arguments.company.is_some()),
        Err(error) => assert!([0, 2].contains(&error.exit_code())),
    }
    let since = ["sspr", "audit", "list", "--since", text(data)];
    if let Ok(Arguments { verb: Verb::Audit(AuditVerb::List(list)), .. }) = arguments::parse(since, &[]) {
        let at = list.since.expect("what was given");
        assert!(at.checked_to_offset(time::UtcOffset::UTC).is_some());
    }
}
