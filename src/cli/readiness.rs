//! `sspr readiness`: who of the administrators could reset today, and why the others could not.

use std::fmt::Write as _;

use super::{
    Exit, Said,
    arguments::{ReadinessArguments, Threshold},
    output::{Record, Records, Value, counted},
    reach::Reach,
    refusal,
    user::moment,
};
use crate::{
    admin::readiness::{self, Counts},
    domain::readiness::{Readiness, Reason},
    store::users::Line,
};

/// Carries out the verb.
pub async fn run(arguments: ReadinessArguments, reach: &Reach) -> Result<Said, Said> {
    let company = reach.company().await?;
    let report = readiness::report_of(&reach.pool, &reach.operator, &company, &reach.budgets()).await;
    let report = report.map_err(|error| refusal::away(&error))?;
    let counts = report.counts();
    let mut said =
        Said::done(Records::Many(SHOWN, report.lines.iter().map(shown).collect()).render(reach.output));
    said.err = told(counts);
    if let Some(threshold) = arguments.fail_under
        && !enough(counts, threshold)
    {
        said.err += "sspr: that is fewer than --fail-under\n";
        said.exit = Exit::Refused;
    }
    Ok(said)
}

/// Those who could, doubtful or not.
const fn could(counts: Counts) -> usize {
    counts.yes + counts.doubtful
}

/// Nobody at all is never a share that is enough, but for 0.
const fn enough(counts: Counts, threshold: Threshold) -> bool {
    match threshold {
        Threshold::People(people) => could(counts) >= people,
        Threshold::Percent(0) => true,
        Threshold::Percent(percent) => {
            counts.administrators > 0 && could(counts) * 100 >= counts.administrators * percent
        }
    }
}

fn told(counts: Counts) -> String {
    let Counts { administrators, yes, doubtful, no, global_administrators } = counts;
    let mut text = format!(
        "sspr: {}: {yes} could reset, {doubtful} could with a doubt, {no} could not\n",
        counted(administrators, "administrator")
    );
    if counts.too_few_global_administrators() {
        let who = if global_administrators == 0 {
            "no global administrator"
        } else {
            "one global administrator only"
        };
        let _ =
            writeln!(text, "sspr: warning: {who} could reset: make it two, so that one can help the other");
    }
    text
}

/// The names of [`shown`].
const SHOWN: &[&str] = &["UserId", "DisplayName", "Role", "CouldReset", "WhyNot"];

fn shown(line: &Line) -> Record {
    let reasons: Vec<String> = line.readiness.all().map(|reason| why_not(reason, &line.readiness)).collect();
    let names: Vec<&str> = line.readiness.all().map(Reason::as_str).collect();
    vec![
        ("UserId", line.user_id.as_str().into()),
        ("DisplayName", line.display_name.as_str().into()),
        ("Role", line.role.as_str().into()),
        ("CouldReset", line.readiness.reasons.is_empty().into()),
        ("WhyNot", Value::told(reasons.join("; "), reasons)),
        ("Reasons", Value::for_programs(names)),
    ]
}

/// A reason or doubt in words.
pub fn why_not(reason: Reason, readiness: &Readiness) -> String {
    let words = match reason {
        Reason::NotAdministrator => "not an administrator",
        Reason::Blocked => "blocked",
        Reason::SwitchedOff => "switched off for the company",
        Reason::NoAlternateEmail => "no alternate e-mail address",
        Reason::NoMobilePhone => "no mobile phone",
        Reason::UnconfirmedEmail => "the alternate e-mail address is not confirmed",
        Reason::UnconfirmedMobile => "the mobile phone is not confirmed",
        Reason::RefusedCountry => "no codes are sent to the country of the number",
        Reason::AtLimit => {
            let until = readiness.limited_until.map(moment).unwrap_or_default();
            return format!("at a limit until {until}");
        }
        Reason::EmailIsUserId => "doubtful: the alternate e-mail address is the user ID",
        Reason::EmailInOwnDomain => "doubtful: the alternate e-mail address is in the company's own domain",
        Reason::EmailShared => "doubtful: another administrator has the same address",
        Reason::MobileShared => "doubtful: another administrator has the same number",
        Reason::MailBounced => "doubtful: the last e-mail did not arrive",
        Reason::SmsFailed => "doubtful: the last text message did not arrive",
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(administrators: usize, yes: usize, doubtful: usize, global_administrators: usize) -> Counts {
        Counts { administrators, yes, doubtful, no: administrators - yes - doubtful, global_administrators }
    }

    #[test]
    fn a_threshold_is_a_number_or_a_share_and_doubtful_ones_count() {
        for (found, threshold, expected) in [
            (counts(10, 1, 1, 2), Threshold::People(2), true),
            (counts(10, 1, 1, 2), Threshold::People(3), false),
            (counts(10, 8, 1, 2), Threshold::Percent(90), true),
            (counts(10, 8, 0, 2), Threshold::Percent(90), false),
            (counts(3, 2, 0, 2), Threshold::Percent(67), false),
            (counts(0, 0, 0, 0), Threshold::Percent(1), false),
            (counts(0, 0, 0, 0), Threshold::People(0), true),
            (counts(0, 0, 0, 0), Threshold::Percent(0), true),
        ] {
            assert_eq!(enough(found, threshold), expected, "{found:?} {threshold:?}");
        }
    }

    #[test]
    fn fewer_than_two_global_administrators_are_warned_of() {
        assert!(told(counts(3, 3, 0, 0)).contains("no global administrator could reset"));
        assert!(told(counts(3, 3, 0, 1)).contains("one global administrator only"));
        assert!(!told(counts(3, 3, 0, 2)).contains("warning"));
    }
}
