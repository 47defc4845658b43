//! Text messages: one GSM-7 segment each, the code first, the line for the browser last.

use super::{CannotRender, gsm7, origin_bound, when};
use crate::{domain::message::Message, language::Language};

/// The texts around a code, longest first: a long host name takes the room of the free text.
const CODE: [&str; 4] = ["sms-code", "sms-code-shorter", "sms-code-short", "sms-code-bare"];
/// The texts that say that a password was reset, longest first.
const WAS_RESET: [&str; 2] = ["sms-password-was-reset", "sms-password-was-reset-short"];

/// The text of an SMS. `code` for a [`Message::SecurityCode`] only; `host` is [`super::Brand::host`].
pub fn sms(
    message: &Message,
    code: Option<&str>,
    host: &str,
    language: &Language,
) -> Result<String, CannotRender> {
    match (message, code) {
        (Message::SecurityCode { expires_at }, Some(code)) => {
            let text = first_that_fits(&CODE, &origin_bound::last_line(host, code), |key| {
                language.a(key).arg("code", code).arg("host", host).arg("clock", when::clock(*expires_at)).s()
            })?;
            let expected = origin_bound::OriginBound { host, embedded: None, code };
            if origin_bound::parse(&text) != Some(expected) {
                return Err(CannotRender::NotOriginBound);
            }
            Ok(text)
        }
        (Message::PasswordWasResetSms { at }, None) => first_that_fits(&WAS_RESET, "", |key| {
            language.a(key).arg("host", host).arg("clock", when::clock(*at)).s()
        }),
        (Message::SecurityCode { .. } | Message::PasswordWasResetSms { .. }, _) => Err(CannotRender::Secret),
        _ => Err(CannotRender::OtherChannel),
    }
}

/// Whether every SMS fits for this host: for `config check` and the start, so that no person finds out first.
pub fn host_fits(host: &str, language: &Language) -> Result<(), CannotRender> {
    let at = time::OffsetDateTime::UNIX_EPOCH;
    sms(&Message::SecurityCode { expires_at: at }, Some("00000000"), host, language)?;
    sms(&Message::PasswordWasResetSms { at }, None, host, language).map(|_| ())
}

fn first_that_fits(
    keys: &[&str],
    ending: &str,
    say: impl Fn(&str) -> String,
) -> Result<String, CannotRender> {
    let mut septets = 0;
    for key in keys {
        let text = say(key) + ending;
        septets = gsm7::septets(&text).map_err(CannotRender::NotGsm7)?;
        if septets <= gsm7::SEGMENT {
            return Ok(text);
        }
    }
    Err(CannotRender::NotOneSegment(septets))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Languages;
    use time::macros::datetime;

    const MESSAGE: Message = Message::SecurityCode { expires_at: datetime!(2026-08-04 14:15:59 UTC) };
    const WAS_RESET: Message = Message::PasswordWasResetSms { at: datetime!(2026-08-04 14:05:12 UTC) };

    fn code_for(host: &str) -> Result<String, CannotRender> {
        sms(&MESSAGE, Some("01234567"), host, &Languages::embedded(false).unwrap().english())
    }

    /// A host name of exactly `n` characters.
    fn host_of(n: usize) -> String {
        let mut host = "abcdefghi.".repeat(n / 10 + 1);
        host.truncate(n - 1);
        host + "z"
    }

    #[test]
    fn the_code_comes_first_and_the_line_for_the_browser_last() {
        assert_eq!(
            code_for("reset.contoso.com").unwrap(),
            "01234567 is your security code for reset.contoso.com. Good until 14:15 UTC. \
             Tell it to nobody.\n@reset.contoso.com #01234567"
        );
    }

    #[test]
    fn the_demo_has_the_line_too() {
        for host in ["127.0.0.1", "localhost"] {
            assert!(code_for(host).unwrap().ends_with(&format!("\n@{host} #01234567")));
        }
    }

    #[test]
    fn every_host_gets_one_segment_that_a_browser_reads_or_a_refusal() {
        let mut texts = std::collections::HashSet::new();
        let mut longest = 0;
        for n in 2..=253 {
            let host = host_of(n);
            match code_for(&host) {
                Ok(text) => {
                    assert!(gsm7::septets(&text).unwrap() <= 160, "{n}");
                    let read = origin_bound::parse(&text).unwrap();
                    assert_eq!((read.host, read.code, read.embedded), (&*host, "01234567", None));
                    assert!(text.starts_with("01234567 "));
                    texts.insert(text.lines().next().unwrap().replace(&host, "HOST"));
                    longest = n;
                }
                Err(fault) => assert!(matches!(fault, CannotRender::NotOneSegment(161..)), "{n}: {fault}"),
            }
        }
        assert_eq!(texts.len(), CODE.len(), "each shorter text is used by some host: {texts:?}");
        assert!(longest >= 110, "{longest}");
        assert!(code_for(&host_of(longest + 1)).is_err());
    }

    #[test]
    fn a_host_that_breaks_the_line_is_refused() {
        assert_eq!(code_for("[::1]"), Err(CannotRender::NotGsm7('[')));
        assert_eq!(code_for("a b.example"), Err(CannotRender::NotOriginBound));
        assert_eq!(code_for(""), Err(CannotRender::NotOriginBound));
        let english = Languages::embedded(false).unwrap().english();
        assert_eq!(host_fits("reset.contoso.com", &english), Ok(()));
        assert!(host_fits(&host_of(200), &english).is_err());
    }

    #[test]
    fn the_notice_fits_one_segment_and_has_no_link() {
        let english = Languages::embedded(false).unwrap().english();
        let text = sms(&WAS_RESET, None, "reset.contoso.com", &english).unwrap();
        assert_eq!(
            text,
            "Your password for reset.contoso.com was reset at 14:05 UTC. Not you? Tell your administrator."
        );
        let long = sms(&WAS_RESET, None, &host_of(253), &english).unwrap();
        assert_eq!(long, "Your password was reset at 14:05 UTC. Not you? Tell your administrator.");
    }

    #[test]
    fn a_missing_or_needless_code_is_an_error_not_an_odd_message() {
        let english = Languages::embedded(false).unwrap().english();
        assert_eq!(sms(&MESSAGE, None, "a.example", &english), Err(CannotRender::Secret));
        assert_eq!(sms(&WAS_RESET, Some("1"), "a.example", &english), Err(CannotRender::Secret));
    }
}
