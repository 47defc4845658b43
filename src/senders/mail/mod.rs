//! Mail: what a finished mail is, and the providers that can carry it.

pub mod bounce;
pub mod enhanced;
pub mod mime;
pub mod smtp;

use std::{fmt, time::Instant};

use time::OffsetDateTime;

use super::{
    Accepted, Memory, Reason, SendError, log,
    probe::{Reached, Unreached},
};
pub use smtp::Smtp;

/// A finished mail to one person. Who it is from stands in the sender's settings.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The address alone, without a display name: a name is one more place to put somebody's words.
    pub to: String,
    /// Where bounces go, as MAIL FROM says it; `None`: to the sender's own address.
    pub return_path: Option<String>,
    /// Any language; encoded for the header here.
    pub subject: String,
    /// The plain text part. Any line ends.
    pub text: String,
    /// The same in HTML.
    pub html: String,
    /// Whole, with its angle brackets, under a domain of our own. A retry carries the same one.
    pub message_id: String,
    /// BCP 47 tag for `Content-Language`.
    pub language: String,
    /// The `Date` header.
    pub date: OffsetDateTime,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

/// Who carries our mail.
#[derive(Clone, Debug)]
pub enum MailSender {
    /// A relay that speaks SMTP.
    Smtp(Smtp),
    /// Nobody: a test looks at it.
    Memory(Memory<Mail>),
}

impl MailSender {
    /// Hands the mail over. Delivery is at least once: a retry sends the same `Message-ID`.
    ///
    /// # Errors
    /// `TryAgain` for the network, for 4xx and for all that the operator can mend; `GiveUp` when the recipient or the
    /// mail itself is refused.
    pub async fn send(&self, mail: &Mail) -> Result<Accepted, SendError> {
        let started = Instant::now();
        let outcome = match check(mail) {
            Err(reason) => Err(SendError::GiveUp(reason)),
            Ok(()) => match self {
                Self::Smtp(smtp) => smtp.send(mail).await,
                Self::Memory(memory) => memory.accept(mail),
            },
        };
        log(self.provider(), outcome.as_ref(), started);
        outcome
    }

    /// Looks whether it would carry a mail. Sends none.
    ///
    /// # Errors
    /// Why it would not.
    pub async fn probe(&self) -> Result<Reached, Unreached> {
        match self {
            Self::Smtp(smtp) => smtp.probe().await,
            Self::Memory(_) => Ok(Reached::default()),
        }
    }

    /// The provider's name in log lines and evidence.
    pub fn provider(&self) -> &'static str {
        match self {
            Self::Smtp(_) => "smtp",
            Self::Memory(_) => "memory",
        }
    }
}

/// What every provider relies on. A line end in a header value would write headers of somebody's choice, and in an
/// address SMTP commands (V-63); it is refused rather than cleaned, since whoever made it meant something by it.
fn check(mail: &Mail) -> Result<(), Reason> {
    if [&mail.to, &mail.subject, &mail.message_id, &mail.language]
        .into_iter()
        .chain(&mail.return_path)
        .any(|value| value.chars().any(char::is_control))
    {
        return Err(Reason::new("mail has a control character in a header"));
    }
    let id = mail.message_id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or_default();
    let halves = id.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty());
    if !halves || id.len() > 250 || id.contains(['<', '>']) || !id.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Reason::new("mail has an unusable message id"));
    }
    if !mail.language.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(Reason::new("mail has an unusable language"));
    }
    if !(1970..=9999).contains(&mail.date.year()) {
        return Err(Reason::new("mail has an unusable date"));
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn mail() -> Mail {
        Mail {
            to: "johnsmith@fabrikam.com".into(),
            return_path: None,
            subject: "Reset your password".into(),
            text: "Hello".into(),
            html: "<p>Hello</p>".into(),
            message_id: "<1@contoso.com>".into(),
            language: "en".into(),
            date: OffsetDateTime::UNIX_EPOCH,
        }
    }

    #[tokio::test] // V-63
    async fn a_line_end_in_any_header_value_is_refused() {
        let spoil: [fn(&mut Mail, &str); 5] = [
            |mail, end| mail.return_path = Some(format!("bounces@contoso.com{end}")),
            |mail, end| mail.to.push_str(end),
            |mail, end| mail.subject.push_str(end),
            |mail, end| mail.message_id.insert_str(2, end),
            |mail, end| mail.language.push_str(end),
        ];
        for end in ["\r\nBcc: eve@example.com", "\n", "\r", "\0", "\u{85}"] {
            for change in spoil {
                let memory = Memory::default();
                let mut spoiled = mail();
                change(&mut spoiled, end);
                let outcome = MailSender::Memory(memory.clone()).send(&spoiled).await;
                assert!(matches!(outcome, Err(SendError::GiveUp(_))), "{end:?}: {outcome:?}");
                assert_eq!(memory.sent(), []);
            }
        }
    }

    #[tokio::test]
    async fn a_message_id_must_be_whole() {
        for id in
            ["", "1@contoso.com", "<1>", "<@contoso.com>", "<1@>", "<1@contoso.com> x", "<1@conto so.com>"]
        {
            let outcome =
                MailSender::Memory(Memory::default()).send(&Mail { message_id: id.into(), ..mail() }).await;
            assert!(matches!(outcome, Err(SendError::GiveUp(_))), "{id}");
        }
        assert!(MailSender::Memory(Memory::default()).send(&mail()).await.is_ok());
    }

    #[test]
    fn debug_shows_nobody() {
        let shown = format!("{:?} {:?}", mail(), MailSender::Memory(Memory::default()));
        assert!(
            !shown.contains("johnsmith") && !shown.contains("Hello") && !shown.contains("Reset"),
            "{shown}"
        );
    }

    #[test] // V-23
    fn the_mail_library_reads_an_accepted_address_as_we_do() {
        for text in ["j.o+reset@Contoso.com", "!#$%&'*+-/=?^_`{|}~@contoso.com", "x@xn--bcher-kva.example"] {
            let ours = crate::domain::contact::AlternateEmail::parse(text).unwrap();
            let theirs: lettre::Address = ours.as_str().parse().unwrap();
            assert_eq!((theirs.to_string().as_str(), theirs.domain()), (ours.as_str(), ours.domain()));
        }
    }
}
