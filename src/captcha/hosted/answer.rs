//! What a provider answers, in the one shape that all three document, and what of it has to be as expected.
//!
//! What must stay true: a field that is missing or of another kind refuses; unknown fields are nobody's business.

use serde::Deserialize;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// Older tokens than this are none, whatever the provider thinks.
const OLDEST: Duration = Duration::minutes(9);
/// The provider's clock may be ahead of ours by this.
const AHEAD: Duration = Duration::minutes(5);

/// Codes that say nothing of the token: our secret is wrong, or the provider has a fault of its own. Not those that a token of another
/// site or of a testing key would bring about: with one of them anybody could send the provider to rest.
const OUR_FAULT: [&str; 3] = ["missing-input-secret", "invalid-input-secret", "internal-error"];

/// The answer.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Answer {
    success: bool,
    #[serde(default)]
    hostname: Option<String>,
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    score: Option<f64>,
    #[serde(default)]
    challenge_ts: Option<String>,
    #[serde(default, rename = "error-codes")]
    error_codes: Option<Vec<String>>,
}

/// What it has to say.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    pub host: &'a str,
    pub action: Option<&'a str>,
    pub least_score: Option<f64>,
    pub now: OffsetDateTime,
}

/// What it says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// A person, here, now.
    Person,
    /// Not that.
    No,
    /// Nothing of the token.
    OurFault,
}

impl Answer {
    /// Whether it refuses our secret or question, not the token.
    pub fn blames_us(&self) -> bool {
        !self.success && self.error_codes.iter().flatten().any(|code| OUR_FAULT.contains(&code.as_str()))
    }

    /// Judges it.
    pub fn said(&self, expected: &Expected<'_>) -> Said {
        if self.blames_us() {
            return Said::OurFault;
        }
        let here = self.hostname.as_deref().is_some_and(|host| host.eq_ignore_ascii_case(expected.host));
        let for_this = expected.action.is_none_or(|action| self.action.as_deref() == Some(action));
        let likely = expected.least_score.is_none_or(|least| self.score.is_some_and(|score| score >= least));
        let made = self.challenge_ts.as_deref().and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
        let fresh = made.is_some_and(|at| at > expected.now - OLDEST && at < expected.now + AHEAD);
        let without_fault = self.error_codes.as_ref().is_none_or(Vec::is_empty);
        if self.success && without_fault && here && for_this && likely && fresh {
            Said::Person
        } else {
            Said::No
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOON: OffsetDateTime = time::macros::datetime!(2026-11-21 12:00 UTC);

    fn said(change: &[(&str, Value)]) -> Said {
        let mut answer = json!({
            "success": true, "hostname": "reset.contoso.com", "action": "reset", "score": 0.9,
            "challenge_ts": "2026-11-21T11:59:30.123Z", "error-codes": [], "cdata": "unknown fields may be there",
        });
        for (key, value) in change {
            answer[*key] = value.clone();
        }
        let expected =
            Expected { host: "reset.contoso.com", action: Some("reset"), least_score: Some(0.5), now: NOON };
        serde_json::from_value::<Answer>(answer).map_or(Said::No, |answer| answer.said(&expected))
    }

    #[test]
    fn a_person_here_and_now_is_believed() {
        assert_eq!(said(&[]), Said::Person);
        assert_eq!(said(&[("hostname", json!("Reset.Contoso.COM")), ("score", json!(0.5))]), Said::Person);
        assert_eq!(said(&[("error-codes", Value::Null)]), Said::Person);
        assert_eq!(said(&[("challenge_ts", json!("2026-11-21T12:59:30+01:00"))]), Said::Person);
    }

    #[test]
    fn whatever_is_missing_or_different_is_a_refusal() {
        for (key, value) in [
            ("success", json!(false)),
            ("success", json!("true")),
            ("success", Value::Null),
            ("hostname", json!("reset.contoso.com.attacker.example")),
            ("hostname", json!("contoso.com")),
            ("hostname", json!("")),
            ("hostname", Value::Null),
            ("action", json!("contact")),
            ("action", json!("")),
            ("action", Value::Null),
            ("score", json!(0.49)),
            ("score", Value::Null),
            ("score", json!("0.9")),
            ("challenge_ts", json!("2026-11-21T11:50:59Z")),
            ("challenge_ts", json!("2026-11-21T12:05:01Z")),
            ("challenge_ts", json!("yesterday")),
            ("challenge_ts", Value::Null),
            ("error-codes", json!(["timeout-or-duplicate"])),
        ] {
            assert_eq!(said(&[(key, value.clone())]), Said::No, "{key} {value}");
        }
    }

    #[test]
    fn a_wrong_secret_is_not_the_tokens_fault() {
        for code in OUR_FAULT {
            assert_eq!(said(&[("success", json!(false)), ("error-codes", json!([code]))]), Said::OurFault);
        }
        for code in
            ["invalid-input-response", "bad-request", "sitekey-secret-mismatch", "not-using-dummy-secret"]
        {
            assert_eq!(said(&[("success", json!(false)), ("error-codes", json!([code]))]), Said::No);
        }
    }
}
