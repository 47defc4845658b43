//! What an SMTP failure means for the caller: the step that failed counts as much as the reply code.
//!
//! What must stay true: a fault that the operator can mend (address, TLS, sign-in, sender) is retried until the
//! message's deadline, also when the relay calls it permanent; only a refusal of this recipient or this mail gives up. A refusal
//! that is about us (relaying denied, policy, reputation) is worth the next relay, and says nothing of the recipient.

use std::{error::Error as _, io};

use lettre::transport::smtp::Error;

use crate::senders::{Reason, SendError, mail::enhanced::EnhancedStatus};

/// The steps of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Name, connection, TLS from the first byte, greeting, EHLO.
    Connect,
    /// STARTTLS, the handshake, EHLO again.
    StartTls,
    /// Sign-in.
    Auth,
    /// The sender's address.
    MailFrom,
    /// The recipient's address.
    Rcpt,
    /// The leave to send.
    Data,
    /// The mail; when its reply is lost, the mail may be on its way.
    Message,
}

impl Phase {
    const fn name(self) -> &'static str {
        match self {
            Self::Connect => "smtp connect",
            Self::StartTls => "smtp starttls",
            Self::Auth => "smtp auth",
            Self::MailFrom => "smtp mail",
            Self::Rcpt => "smtp rcpt",
            Self::Data => "smtp data",
            Self::Message => "smtp message",
        }
    }

    /// From here on the relay judges the recipient and the mail, not us.
    const fn is_about_the_mail(self) -> bool {
        matches!(self, Self::Rcpt | Self::Data | Self::Message)
    }
}

/// Judges lettre's error. Its text is never used: it may quote the relay, and the relay an address.
pub(super) fn of(phase: Phase, error: &Error) -> SendError {
    if let Some(code) = error.status() {
        // lettre keeps the reply's words as the cause. Its numbers are read, and nothing else.
        let said = error.source().map(ToString::to_string).unwrap_or_default();
        return reply(phase, code.into(), EnhancedStatus::at_start(&said));
    }
    let reason = match (phase, innermost(error)) {
        (_, Some(Cause::Certificate)) => Reason::new("smtp certificate refused"),
        (_, Some(Cause::Tls)) => Reason::new("smtp tls failed"),
        (Phase::Connect, Some(Cause::Refused)) => Reason::new("smtp connect refused"),
        (_, Some(Cause::TimedOut)) => return timed_out(phase),
        (Phase::Auth, None) if error.is_client() => Reason::new("smtp auth not offered"),
        (Phase::Connect, _) => Reason::new("smtp connect failed"),
        (Phase::StartTls, _) => Reason::new("smtp starttls broken off"),
        (Phase::Auth, _) => Reason::new("smtp auth broken off"),
        (Phase::MailFrom, _) => Reason::new("smtp mail broken off"),
        (Phase::Rcpt, _) => Reason::new("smtp rcpt broken off"),
        (Phase::Data, _) => Reason::new("smtp data broken off"),
        (Phase::Message, _) => Reason::new("smtp message broken off").but_may_have_left(),
    };
    SendError::TryAgain(reason)
}

/// The time limit of the whole send passed in this step.
pub(super) fn timed_out(phase: Phase) -> SendError {
    SendError::TryAgain(match phase {
        Phase::Connect => Reason::new("smtp connect timeout"),
        Phase::StartTls => Reason::new("smtp starttls timeout"),
        Phase::Auth => Reason::new("smtp auth timeout"),
        Phase::MailFrom => Reason::new("smtp mail timeout"),
        Phase::Rcpt => Reason::new("smtp rcpt timeout"),
        Phase::Data => Reason::new("smtp data timeout"),
        Phase::Message => Reason::new("smtp message timeout").but_may_have_left(),
    })
}

/// A positive reply that is not the one to this command: nothing that this connection says counts any more.
pub(super) fn out_of_order(phase: Phase, code: u16) -> SendError {
    let reason = Reason::new("smtp reply out of order").code(code);
    SendError::TryAgain(if phase == Phase::Message { reason.but_may_have_left() } else { reason })
}

fn reply(phase: Phase, code: u16, enhanced: Option<EnhancedStatus>) -> SendError {
    let reason = Reason::new(phase.name()).code(code).enhanced(enhanced);
    match code {
        // "Sign in first" and "not now" in their several spellings, whichever command they answer.
        503 | 530 | 534 | 535 | 538 => SendError::TryAgain(reason),
        500..=599 if phase.is_about_the_mail() && enhanced.is_none_or(is_about_the_recipient) => {
            SendError::GiveUp(reason)
        }
        _ => SendError::TryAgain(reason),
    }
}

/// Whether a permanent refusal says something of the recipient or of this one mail, whichever relay is asked (RFC 3463 and IANA's
/// list of enhanced status codes). All else is about us, the relay, or the way between.
fn is_about_the_recipient(status: EnhancedStatus) -> bool {
    match (status.class, status.subject, status.detail) {
        // 5.1.7, 5.1.8: the sender's address. The other addresses are the recipient's.
        (5, 1, detail) => !matches!(detail, 7 | 8),
        // 5.2 the recipient's mailbox, 5.4 the way to it (5.4.1 is also how Exchange says "no such user"), 5.6 the mail's own make-up;
        // 5.0.x says nothing, and the reply code alone decides. 5.3.4: the mail is too big. 5.7.2: nobody may write to that list.
        // 5.7.17, 5.7.18: the address has another owner (RFC 7293).
        (5, 0 | 2 | 4 | 6, _) | (5, 3, 4) | (5, 7, 2 | 17 | 18) => true,
        // 5.3 a broken relay, 5.5 a relay that does not understand us, 5.7 policy and "relaying denied"; and a 5xx that calls itself
        // temporary in its second breath.
        _ => false,
    }
}

enum Cause {
    Refused,
    TimedOut,
    Certificate,
    Tls,
}

/// Looks for the first cause that says more than the step does. rustls hides its error inside an `io::Error`.
fn innermost(error: &Error) -> Option<Cause> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            match (tls, error.kind()) {
                (Some(rustls::Error::InvalidCertificate(_)), _) => return Some(Cause::Certificate),
                (Some(_), _) => return Some(Cause::Tls),
                (None, io::ErrorKind::ConnectionRefused) => return Some(Cause::Refused),
                (None, io::ErrorKind::TimedOut) => return Some(Cause::TimedOut),
                (None, _) => {}
            }
        }
        source = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refused_recipient_or_mail_gives_up() {
        use Phase::{Auth, Connect, Data, MailFrom, Message, Rcpt, StartTls};
        for phase in [Connect, StartTls, Auth, MailFrom, Rcpt, Data, Message] {
            for code in [421, 450, 451, 452, 454, 503, 530, 535] {
                assert!(matches!(reply(phase, code, None), SendError::TryAgain(_)), "{phase:?} {code}");
            }
            for code in [501, 550, 552, 554] {
                let gives_up = matches!(reply(phase, code, None), SendError::GiveUp(_));
                assert_eq!(gives_up, matches!(phase, Rcpt | Data | Message), "{phase:?} {code}");
            }
        }
    }

    #[test]
    fn a_refusal_of_the_recipient_gives_up_and_one_of_us_goes_to_the_next_relay() {
        use Phase::{Connect, MailFrom, Message, Rcpt};
        for (phase, code, enhanced, gives_up) in [
            (Rcpt, 550, "5.1.1", true),      // no such mailbox
            (Rcpt, 550, "5.1.2", true),      // no such domain
            (Rcpt, 553, "5.1.3", true),      // no address at all
            (Rcpt, 551, "5.1.6", true),      // moved away
            (Rcpt, 556, "5.1.10", true),     // the domain takes no mail (RFC 7504)
            (Rcpt, 550, "5.2.1", true),      // switched off
            (Rcpt, 552, "5.2.2", true),      // full, and called permanent
            (Rcpt, 550, "5.4.1", true),      // Exchange: no such user
            (Rcpt, 550, "5.0.0", true),      // says nothing: the code decides
            (Rcpt, 550, "5.7.17", true),     // has another owner
            (Rcpt, 550, "5.7.2", true),      // a closed list
            (Message, 552, "5.3.4", true),   // too big
            (Message, 554, "5.6.0", true),   // its make-up
            (Rcpt, 550, "5.7.1", false),     // relaying denied
            (Rcpt, 554, "5.7.1", false),     // the same, of older relays
            (Rcpt, 550, "5.7.606", false),   // our address is blocked
            (Rcpt, 550, "5.1.8", false),     // our domain is not known
            (Rcpt, 550, "5.1.7", false),     // our address
            (Rcpt, 554, "5.3.2", false),     // takes no mail at all
            (Rcpt, 554, "5.5.1", false),     // does not understand us
            (Rcpt, 550, "4.7.1", false),     // contradicts itself: later
            (Message, 554, "5.7.1", false),  // policy, reputation
            (Message, 550, "5.7.26", false), // not authenticated
            (Rcpt, 450, "5.1.1", false),     // the reply code says: not now
            (MailFrom, 550, "5.1.1", false), // not the recipient's
            (Connect, 554, "5.7.1", false),  // the greeting
            (Connect, 554, "5.1.1", false),
        ] {
            let verdict = reply(phase, code, EnhancedStatus::at_start(enhanced));
            assert_eq!(matches!(verdict, SendError::GiveUp(_)), gives_up, "{phase:?} {code} {enhanced}");
            assert_eq!(verdict.reason().to_string(), format!("{} {code} {enhanced}", phase.name()));
        }
    }

    #[test]
    fn only_a_lost_answer_to_the_mail_itself_leaves_the_outcome_open() {
        assert!(timed_out(Phase::Message).reason().outcome_unknown());
        assert!(!timed_out(Phase::Data).reason().outcome_unknown());
        assert!(!reply(Phase::Message, 451, None).reason().outcome_unknown());
    }
}
