//! What an answer of an HTTP provider means: the status first, then a short table of the provider's own codes, which the operator can
//! extend (`sms.classify`) without a release.
//!
//! What must stay true: messages of providers are never read, they change and quote the recipient. An unknown 4xx is a refusal, an
//! unknown 5xx is worth another try; what the operator can mend (sign-in, address, redirect) is worth another try too.

use std::time::Duration;

use crate::senders::{Reason, SendError};

/// What to do about an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The same provider may take it later.
    Retry,
    /// This provider will never take this message.
    Refuse,
}

/// One known code of a provider.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// As the provider writes it: a number or a word.
    pub code: &'static str,
    /// Only with this status; then it counts more than the status does.
    pub with: Option<u16>,
    /// What it means.
    pub verdict: Verdict,
}

impl Known {
    /// A code that counts where the status leaves the question open.
    pub const fn new(code: &'static str, verdict: Verdict) -> Self {
        Self { code, with: None, verdict }
    }

    /// A code that counts more than the status beside it.
    pub const fn with(code: &'static str, status: u16, verdict: Verdict) -> Self {
        Self { code, with: Some(status), verdict }
    }
}

/// No provider has codes of more than six digits.
const HIGHEST_CODE: u32 = 999_999;

/// The operator's own lines: code or status, and what it means.
pub type Classify = Vec<(String, Verdict)>;

/// Reads `21211=refuse` or `429=retry`.
pub fn parse(line: &str) -> Option<(String, Verdict)> {
    let (code, verdict) = line.split_once('=')?;
    let fits = !code.is_empty()
        && code.len() <= 40
        && code.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    let verdict = match verdict {
        "retry" => Verdict::Retry,
        "refuse" => Verdict::Refuse,
        _ => return None,
    };
    fits.then(|| (code.to_owned(), verdict))
}

/// Judges the answers of one provider.
#[derive(Clone, Debug)]
pub struct Judge {
    provider: &'static str,
    table: &'static [Known],
    classify: Classify,
}

impl Judge {
    /// By the provider's table and the operator's lines.
    pub fn new(provider: &'static str, table: &'static [Known], classify: Classify) -> Self {
        Self { provider, table, classify }
    }

    /// What an answer that is no acceptance means. `code`: the provider's own, from the body.
    pub fn of(&self, status: u16, code: Option<&str>, retry_after: Option<Duration>) -> SendError {
        // What has more digits than a code is no code: it might be the recipient's number (V-47).
        let number = code.and_then(|code| code.parse().ok()).filter(|number| *number <= HIGHEST_CODE);
        let known = code.and_then(|code| {
            self.table.iter().find(|known| known.code == code && known.with.is_none_or(|with| with == status))
        });
        // A word of the table is a constant of ours; any other could hold anything.
        let word = if number.is_none() { known.map_or("", |known| known.code) } else { "" };
        let reason = Reason::new(word).of(self.provider).code(status).detail(number).wait(retry_after);
        match self.verdict(status, code, known) {
            // The front of the service is there and the back is not: nobody knows how far the message got.
            Verdict::Retry if matches!(status, 500 | 502 | 504) => {
                SendError::TryAgain(reason.but_may_have_left())
            }
            Verdict::Retry => SendError::TryAgain(reason),
            Verdict::Refuse => SendError::GiveUp(reason),
        }
    }

    fn verdict(&self, status: u16, code: Option<&str>, known: Option<&Known>) -> Verdict {
        let says =
            |what: &str| self.classify.iter().find(|(code, _)| code == what).map(|(_, verdict)| *verdict);
        if let Some(verdict) = code.and_then(says).or_else(|| says(&status.to_string())) {
            return verdict;
        }
        match (status, known) {
            (_, Some(Known { with: Some(_), verdict, .. })) => *verdict,
            // A provider that answers 200 to a failure says what failed by its code alone.
            (200..=299, known) => known.map_or(Verdict::Refuse, |known| known.verdict),
            (408 | 425 | 429 | 500..=599, _) | (300..=399 | 401 | 403 | 404 | 407, None) => Verdict::Retry,
            (_, Some(known)) => known.verdict,
            (_, None) => Verdict::Refuse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Known] = &[
        Known::new("21211", Verdict::Refuse),
        Known::new("20429", Verdict::Retry),
        Known::with("DailyLimit", 429, Verdict::Refuse),
    ];

    fn gives_up(judge: &Judge, status: u16, code: Option<&str>) -> bool {
        matches!(judge.of(status, code, None), SendError::GiveUp(_))
    }

    #[test]
    fn the_status_decides_before_the_code() {
        let judge = Judge::new("provider", TABLE, Vec::new());
        assert!(gives_up(&judge, 400, Some("21211")) && gives_up(&judge, 403, Some("21211")));
        assert!(!gives_up(&judge, 429, Some("21211")) && !gives_up(&judge, 500, Some("21211")));
        assert!(
            gives_up(&judge, 400, None)
                && gives_up(&judge, 422, None)
                && gives_up(&judge, 400, Some("99999"))
        );
        assert!(!gives_up(&judge, 400, Some("20429")));
        assert!(gives_up(&judge, 429, Some("DailyLimit")) && !gives_up(&judge, 503, Some("DailyLimit")));
        for status in [301, 302, 307, 401, 403, 404, 408, 429, 500, 503, 599] {
            assert!(!gives_up(&judge, status, None), "{status}");
        }
    }

    #[test] // V-47
    fn a_number_that_is_too_long_for_a_code_is_told_to_nobody() {
        let judge = Judge::new("provider", TABLE, Vec::new());
        for (code, told) in
            [("99999", true), ("4255550100", false), ("004255550100", false), ("14255550100", false)]
        {
            let (SendError::GiveUp(reason) | SendError::TryAgain(reason)) = judge.of(400, Some(code), None);
            assert_eq!(reason.to_string().contains(code), told, "{reason}");
            assert!(!reason.to_string().contains("55550100"), "{reason}");
        }
    }

    #[test]
    fn the_operators_lines_come_first() {
        let lines = ["21211=retry", "400=retry", "503=refuse", "Odd=refuse"].map(|line| parse(line).unwrap());
        let judge = Judge::new("provider", TABLE, lines.into());
        assert!(!gives_up(&judge, 400, Some("21211")) && !gives_up(&judge, 400, None));
        assert!(gives_up(&judge, 503, None) && gives_up(&judge, 500, Some("Odd")));
        for bad in ["", "=", "x", "x=maybe", "=retry", "a b=retry", "a=b=retry"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_reason_holds_no_word_of_a_provider() {
        let judge = Judge::new("provider", TABLE, Vec::new());
        let said = |status, code| judge.of(status, code, None).reason().to_string();
        assert_eq!(said(400, Some("+14255550100 is bad")), "provider 400");
        assert_eq!(said(400, Some("21211")), "provider 400/21211");
        assert_eq!(said(429, Some("DailyLimit")), "provider DailyLimit 429");
        assert_eq!(said(502, None), "provider 502 (may have left)");
    }
}
