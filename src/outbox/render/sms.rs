//! Text messages: one GSM-7 segment each. A code comes first, with the line for the browser last; a link ends its text.

use url::Url;

use super::{CannotRender, gsm7, origin_bound, shown, when};
use crate::{
    domain::{
        deed::Deed,
        message::{Channel, Message},
    },
    language::Language,
};

/// The texts around a code, longest first: a long host name takes the room of the free text.
pub(super) const CODE: [&str; 4] = ["sms-code", "sms-code-shorter", "sms-code-short", "sms-code-bare"];
/// The texts that say that a password was reset, longest first.
pub(super) const WAS_RESET: [&str; 2] = ["sms-password-was-reset", "sms-password-was-reset-short"];
/// The texts that say that contact data changed, longest first.
pub(super) const CONTACT_CHANGED: [&str; 2] = ["sms-contact-changed", "sms-contact-changed-short"];
/// The texts that say that a change waits, longest first.
pub(super) const CHANGE_WAITS: [&str; 2] = ["sms-change-waits", "sms-change-waits-short"];
/// The same to whoever can't refuse it and has to tell a global administrator.
pub(super) const CHANGE_WAITS_TELL: [&str; 2] = ["sms-change-waits-tell", "sms-change-waits-tell-short"];
/// The texts that only show that text messages arrive, longest first.
pub(super) const TEST: [&str; 2] = ["sms-test", "sms-test-short"];
/// The texts before the link that confirms a number. The first names the company.
pub(super) const CONFIRM: [&str; 3] = ["sms-confirm", "sms-confirm-short", "sms-confirm-bare"];
/// The texts before a one-time link, longest first.
pub(super) const SET_PASSWORD: [&str; 2] = ["sms-set-password", "sms-set-password-short"];

/// The last text for any deed: for hosts with long names.
const NOTICE_SHORT: &str = "sms-notice-short";
/// The texts of notices by deed, and the one for hosts with long names.
pub(super) const NOTICE: [&str; 7] = [
    "sms-notice-changed",
    "sms-notice-temporary",
    "sms-notice-handed",
    "sms-notice-partial",
    "sms-notice-role",
    "sms-notice-lifted",
    NOTICE_SHORT,
];

/// The text of a notice about a deed. Two have texts of their own, which came first; a sign-in is told by mail, and a request is no deed to be told of.
const fn of_deed(deed: Deed) -> &'static str {
    match deed {
        Deed::PasswordReset => "sms-password-was-reset",
        Deed::ContactChanged => "sms-contact-changed",
        Deed::PasswordChanged => "sms-notice-changed",
        Deed::TemporaryPassword => "sms-notice-temporary",
        Deed::LinkHandedOver => "sms-notice-handed",
        Deed::PartialReset => "sms-notice-partial",
        Deed::RoleChanged => "sms-notice-role",
        Deed::BlockLifted => "sms-notice-lifted",
        Deed::SignedIn | Deed::ResetAsked => NOTICE_SHORT,
    }
}

/// The text of an SMS. `secret`: the code of a [`Message::SecurityCode`], the whole link of a message that has one; `host` is
/// [`super::Brand::host`].
pub fn sms(
    message: &Message,
    secret: Option<&str>,
    host: &str,
    language: &Language,
) -> Result<String, CannotRender> {
    let notice = |keys: &[&str], at| {
        first_that_fits(keys, gsm7::SEGMENT, "", |key| {
            language.a(key).arg("host", host).arg("clock", when::clock(at)).s()
        })
    };
    match (message, secret) {
        (Message::SecurityCode { expires_at }, Some(code)) => {
            if !code.bytes().all(|b| b.is_ascii_digit()) {
                return Err(CannotRender::Secret);
            }
            let text = first_that_fits(&CODE, gsm7::SEGMENT, &origin_bound::last_line(host, code), |key| {
                language.a(key).arg("code", code).arg("host", host).arg("clock", when::clock(*expires_at)).s()
            })?;
            let expected = origin_bound::OriginBound { host, embedded: None, code };
            if origin_bound::parse(&text) != Some(expected) {
                return Err(CannotRender::NotOriginBound);
            }
            Ok(text)
        }
        (Message::PasswordWasResetSms { at }, None) => notice(&WAS_RESET, *at),
        (Message::ContactChangedSms { at }, None) => notice(&CONTACT_CHANGED, *at),
        (Message::TestSms { at, .. }, None) => notice(&TEST, *at),
        (Message::NoticeSms { deed, at }, None) => notice(&[of_deed(*deed), NOTICE_SHORT], *at),
        (Message::ChangeWaitsSms { at, only_tells }, None) => {
            notice(if *only_tells { &CHANGE_WAITS_TELL } else { &CHANGE_WAITS }, *at)
        }
        (Message::ConfirmMobile { company, .. }, Some(link)) => {
            let company = shown::words(company);
            // A name in letters that the alphabet lacks would double the message: then the host in the link has to do.
            let named = !company.is_empty() && gsm7::septets(&company).is_ok();
            with_link(&CONFIRM[usize::from(!named)..], link, host, |key| {
                language.a(key).arg("company", &company).arg("link", link).s()
            })
        }
        (Message::SetPasswordLinkSms { .. }, Some(link)) => {
            with_link(&SET_PASSWORD, link, host, |key| language.a(key).arg("link", link).s())
        }
        (message, _) if message.channel() == Channel::Sms => Err(CannotRender::Secret),
        _ => Err(CannotRender::OtherChannel),
    }
}

/// Whether every SMS fits for this host: for `config check` and the start, so that no person finds out first.
pub fn host_fits(host: &str, language: &Language) -> Result<(), CannotRender> {
    let at = time::OffsetDateTime::UNIX_EPOCH;
    sms(&Message::SecurityCode { expires_at: at }, Some("00000000"), host, language)?;
    sms(&Message::PasswordWasResetSms { at }, None, host, language).map(|_| ())
}

/// A text with a link of ours: of that host and nobody else's. A link takes most of a segment; where the host's name is so long that
/// even the shortest text is longer than one, it may take two. No code depends on it, so a phone that joins them late does no harm.
fn with_link(
    keys: &[&str],
    link: &str,
    host: &str,
    say: impl Fn(&str) -> String,
) -> Result<String, CannotRender> {
    if !Url::parse(link).is_ok_and(|link| link.host_str() == Some(host)) {
        return Err(CannotRender::ForeignLink);
    }
    match first_that_fits(keys, gsm7::SEGMENT, "", &say) {
        Err(CannotRender::NotOneSegment(_)) => first_that_fits(keys, gsm7::TWO_SEGMENTS, "", &say),
        fitted => fitted,
    }
}

fn first_that_fits(
    keys: &[&str],
    most: usize,
    ending: &str,
    say: impl Fn(&str) -> String,
) -> Result<String, CannotRender> {
    let mut septets = 0;
    for key in keys {
        let text = say(key) + ending;
        septets = gsm7::septets(&text).map_err(CannotRender::NotGsm7)?;
        if septets <= most {
            return Ok(text);
        }
    }
    Err(CannotRender::NotOneSegment(septets))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const MESSAGE: Message = Message::SecurityCode { expires_at: datetime!(2026-08-04 14:15:59 UTC) };
    const CONTACT_CHANGED: Message = Message::ContactChangedSms { at: datetime!(2026-08-04 14:05:12 UTC) };
    const SET_PASSWORD: Message =
        Message::SetPasswordLinkSms { expires_at: datetime!(2026-08-05 14:05:12 UTC) };
    const WAS_RESET: Message = Message::PasswordWasResetSms { at: datetime!(2026-08-04 14:05:12 UTC) };

    fn code_for(host: &str) -> Result<String, CannotRender> {
        sms(&MESSAGE, Some("01234567"), host, &Language::of_messages(&[]).unwrap())
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
        let english = Language::of_messages(&[]).unwrap();
        assert_eq!(host_fits("reset.contoso.com", &english), Ok(()));
        assert!(host_fits(&host_of(200), &english).is_err());
    }

    #[test]
    fn the_notice_fits_one_segment_and_has_no_link() {
        let english = Language::of_messages(&[]).unwrap();
        let text = sms(&WAS_RESET, None, "reset.contoso.com", &english).unwrap();
        assert_eq!(
            text,
            "Your password for reset.contoso.com was reset at 14:05 UTC. Not you? Tell your administrator."
        );
        let long = sms(&WAS_RESET, None, &host_of(253), &english).unwrap();
        assert_eq!(long, "Your password was reset at 14:05 UTC. Not you? Tell your administrator.");
        assert_eq!(
            sms(&CONTACT_CHANGED, None, "reset.contoso.com", &english).unwrap(),
            "Your contact data for reset.contoso.com changed at 14:05 UTC. \
             Not agreed with you? Tell your administrator."
        );
        assert!(
            sms(&CONTACT_CHANGED, None, &host_of(253), &english)
                .unwrap()
                .starts_with("Your contact data changed")
        );
    }

    #[test]
    fn a_test_says_who_sends_it_and_has_neither_code_nor_link() {
        let english = Language::of_messages(&[]).unwrap();
        let test = Message::TestSms { at: datetime!(2026-08-04 14:05:12 UTC), asked_by: None };
        assert_eq!(
            sms(&test, None, "reset.contoso.com", &english).unwrap(),
            "Test from reset.contoso.com, sent at 14:05 UTC: text messages arrive. There is nothing to do."
        );
        let long = sms(&test, None, &host_of(253), &english).unwrap();
        assert_eq!(
            long,
            "Test of the password reset service, sent at 14:05 UTC: text messages arrive. There is nothing to do."
        );
        assert_eq!(sms(&test, Some("1"), "a.example", &english), Err(CannotRender::Secret));
    }

    #[test]
    fn a_missing_or_needless_code_is_an_error_not_an_odd_message() {
        let english = Language::of_messages(&[]).unwrap();
        assert_eq!(sms(&MESSAGE, None, "a.example", &english), Err(CannotRender::Secret));
        assert_eq!(sms(&WAS_RESET, Some("1"), "a.example", &english), Err(CannotRender::Secret));
        let link = "https://a.example/set-password/x";
        assert_eq!(sms(&MESSAGE, Some(link), "a.example", &english), Err(CannotRender::Secret));
        assert_eq!(sms(&CONTACT_CHANGED, Some(link), "a.example", &english), Err(CannotRender::Secret));
        assert_eq!(sms(&SET_PASSWORD, None, "a.example", &english), Err(CannotRender::Secret));
    }

    /// A link as letters.rs makes it: a token has 64 characters.
    fn link_of(host: &str, path: &str) -> String {
        format!("https://{host}{path}{}", "aZ3-_b9Qk0Lm7xYt".repeat(4))
    }

    fn confirm(company: &str, host: &str) -> Result<String, CannotRender> {
        let message =
            Message::ConfirmMobile { company: company.into(), expires_at: datetime!(2026-08-11 14:05 UTC) };
        let link = link_of(host, "/confirm-contact/");
        sms(&message, Some(&link), host, &Language::of_messages(&[]).unwrap())
    }

    #[test]
    fn a_link_ends_its_text_and_both_fit_one_segment() {
        let host = "reset.contoso.com";
        let link = link_of(host, "/confirm-contact/");
        let text = confirm("Contoso", host).unwrap();
        assert_eq!(text, format!("Contoso: confirm this mobile number: {link}"));
        assert!(gsm7::septets(&text).unwrap() <= 160);
        assert!(
            confirm(&"Contoso and Sons ".repeat(3), host)
                .unwrap()
                .starts_with("Confirm this mobile number: ")
        );
        let english = Language::of_messages(&[]).unwrap();
        let link = link_of(host, "/set-password/");
        let text = sms(&SET_PASSWORD, Some(&link), host, &english).unwrap();
        assert_eq!(text, format!("Link from your administrator to set a password: {link}"));
        assert!(gsm7::septets(&text).unwrap() <= 160);
    }

    #[test] // V-64
    fn a_company_with_other_letters_or_an_address_in_its_name_costs_no_second_segment_and_adds_no_link() {
        let host = "reset.contoso.com";
        assert!(confirm("Контосо", host).unwrap().starts_with("Confirm this mobile number: https://reset."));
        let text = confirm("http://evil.example", host).unwrap();
        assert_eq!(text.matches("://").count(), 1, "{text}");
        assert!(!text.contains("evil.example"), "{text}");
    }

    #[test]
    fn every_host_that_can_carry_a_code_can_carry_a_link() {
        for n in 4..=253 {
            let host = host_of(n);
            let text = confirm("Contoso", &host);
            if code_for(&host).is_ok() {
                assert!(gsm7::septets(&text.unwrap()).unwrap() <= 306, "{n}");
            } else if let Ok(text) = text {
                assert!(gsm7::septets(&text).unwrap() <= 306, "{n}");
            }
        }
        assert!(gsm7::septets(&confirm("Contoso", &host_of(60)).unwrap()).unwrap() <= 160);
    }

    #[test]
    fn a_link_to_anyone_else_is_refused() {
        let english = Language::of_messages(&[]).unwrap();
        for foreign in ["https://evil.example/x", "https://a.example@evil.example/x", "/set-password/x", ""] {
            assert_eq!(
                sms(&SET_PASSWORD, Some(foreign), "a.example", &english),
                Err(CannotRender::ForeignLink),
                "{foreign}"
            );
        }
    }
}
