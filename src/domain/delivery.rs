//! What becomes of a message in the outbox, and what a person may do about it: retry, cancel.
//!
//! What must stay true: what was taken over is never sent again from here; nothing leaves with a dead link or code, or after its time; a
//! text message leaves twice at most; nobody keeps a notice from the person whom it warns, but an operator, who is recorded.
//!
//! To add a kind of message: a variant of [`super::message::Message`], one of [`Kind`] with the same name (a test compares them).

/// How often a text message may leave without our knowing.
pub const TEXTS_AT_MOST: i16 = 2;

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for a worker, or for its next try.
    Queued,
    /// A relay or provider took it.
    Sent,
    /// Refused for good, or its tries ran out.
    GaveUp,
    /// Its time was over before it could leave.
    TooLate,
    /// Its link or code was dead before it could leave.
    Withdrawn,
    /// It was nobody's.
    Undeliverable,
    /// An operator or administrator stopped it.
    Cancelled,
}

impl State {
    /// All of them, in the order in which filters offer them.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Sent,
        Self::GaveUp,
        Self::TooLate,
        Self::Withdrawn,
        Self::Cancelled,
        Self::Undeliverable,
    ];

    /// The name in the database and in the shell.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::GaveUp => "gave_up",
            Self::TooLate => "too_late",
            Self::Withdrawn => "withdrawn",
            Self::Undeliverable => "undeliverable",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// Which message, without its facts: what lists show, filters offer and metrics may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the message of its name")]
pub enum Kind {
    ResetLink,
    SecurityCode,
    PasswordWasReset,
    PasswordWasResetSms,
    AdministratorWasReset,
    ContactAdministrator,
    ContactChanged,
    ContactChangedSms,
    ConfirmEmail,
    ConfirmMobile,
    SetPasswordLink,
    SetPasswordLinkSms,
    LinkHandedOver,
    PasswordResetByAdministrator,
    RequestRefused,
    PasswordExpires,
    PasswordChanged,
    TestMail,
    TestSms,
    SignedInFromNewPlace,
    PartialReset,
    RoleChanged,
    BlockLifted,
    NoticeSms,
    AdministratorsWereReset,
    AdministratorChanged,
    IncidentOpened,
    ChangeWaits,
    ChangeWaitsSms,
    ChangeEnded,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 30] = [
        Self::ResetLink,
        Self::SecurityCode,
        Self::PasswordWasReset,
        Self::PasswordWasResetSms,
        Self::AdministratorWasReset,
        Self::ContactAdministrator,
        Self::ContactChanged,
        Self::ContactChangedSms,
        Self::ConfirmEmail,
        Self::ConfirmMobile,
        Self::SetPasswordLink,
        Self::SetPasswordLinkSms,
        Self::LinkHandedOver,
        Self::PasswordResetByAdministrator,
        Self::RequestRefused,
        Self::PasswordExpires,
        Self::PasswordChanged,
        Self::TestMail,
        Self::TestSms,
        Self::SignedInFromNewPlace,
        Self::PartialReset,
        Self::RoleChanged,
        Self::BlockLifted,
        Self::NoticeSms,
        Self::AdministratorsWereReset,
        Self::AdministratorChanged,
        Self::IncidentOpened,
        Self::ChangeWaits,
        Self::ChangeWaitsSms,
        Self::ChangeEnded,
    ];

    /// The name in the database and in the shell.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResetLink => "reset_link",
            Self::SecurityCode => "security_code",
            Self::PasswordWasReset => "password_was_reset",
            Self::PasswordWasResetSms => "password_was_reset_sms",
            Self::AdministratorWasReset => "administrator_was_reset",
            Self::ContactAdministrator => "contact_administrator",
            Self::ContactChanged => "contact_changed",
            Self::ContactChangedSms => "contact_changed_sms",
            Self::ConfirmEmail => "confirm_email",
            Self::ConfirmMobile => "confirm_mobile",
            Self::SetPasswordLink => "set_password_link",
            Self::SetPasswordLinkSms => "set_password_link_sms",
            Self::LinkHandedOver => "link_handed_over",
            Self::PasswordResetByAdministrator => "password_reset_by_administrator",
            Self::RequestRefused => "request_refused",
            Self::PasswordExpires => "password_expires",
            Self::PasswordChanged => "password_changed",
            Self::TestMail => "test_mail",
            Self::TestSms => "test_sms",
            Self::SignedInFromNewPlace => "signed_in_from_new_place",
            Self::PartialReset => "partial_reset",
            Self::RoleChanged => "role_changed",
            Self::BlockLifted => "block_lifted",
            Self::NoticeSms => "notice_sms",
            Self::AdministratorsWereReset => "administrators_were_reset",
            Self::AdministratorChanged => "administrator_changed",
            Self::IncidentOpened => "incident_opened",
            Self::ChangeWaits => "change_waits",
            Self::ChangeWaitsSms => "change_waits_sms",
            Self::ChangeEnded => "change_ended",
        }
    }

    /// Reads the name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Anybody can cause it who names somebody: it counts against the budgets of the address that it goes to (D-09).
    pub const fn is_asked_by_visitors(self) -> bool {
        matches!(self, Self::ResetLink)
    }

    /// It tells a person what happened to them: who keeps it from them hides it.
    pub const fn is_notice(self) -> bool {
        !matches!(
            self,
            Self::ResetLink
                | Self::SecurityCode
                | Self::ConfirmEmail
                | Self::ConfirmMobile
                | Self::SetPasswordLink
                | Self::SetPasswordLinkSms
                | Self::TestMail
                | Self::TestSms
        )
    }
}

/// What a retry or cancel is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own that a row has or has not")]
pub struct Standing {
    /// Where it stands; none: a name of a later version.
    pub state: Option<State>,
    /// Which message; none: a name of a later version.
    pub kind: Option<Kind>,
    /// It travels as a text message.
    pub is_sms: bool,
    /// A worker has it at this moment.
    pub being_sent: bool,
    /// Its link or code is spent, replaced or over.
    pub link_dead: bool,
    /// Nothing of it may leave any more.
    pub deadline_passed: bool,
    /// How often it may have left without our knowing.
    pub maybe_sent: i16,
}

/// Why a message can't be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRetry {
    /// It waits already, and is sent when its time comes.
    Waits,
    /// A worker is at it.
    BeingSent,
    /// A relay or provider took it: what became of it is theirs to tell.
    Sent,
    /// Its link or code opens nothing any more.
    LinkDead,
    /// Its time is over.
    TooLate,
    /// A text message that may have left twice already.
    MayHaveLeftTwice,
    /// It was nobody's.
    Nobodys,
}

impl NoRetry {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Waits,
        Self::BeingSent,
        Self::Sent,
        Self::LinkDead,
        Self::TooLate,
        Self::MayHaveLeftTwice,
        Self::Nobodys,
    ];
}

/// Why a message can't be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCancel {
    /// A worker is at it: it may be leaving in this moment.
    BeingSent,
    /// It ended.
    Ended,
    /// It warns a person, and whoever asks is no operator.
    Notice,
}

impl NoCancel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::BeingSent, Self::Ended, Self::Notice];
}

impl Standing {
    /// Whether it may be sent again.
    pub fn may_retry(&self) -> Result<(), NoRetry> {
        match self.state {
            Some(State::Queued) if self.being_sent => return Err(NoRetry::BeingSent),
            Some(State::Queued) => return Err(NoRetry::Waits),
            Some(State::Sent) | None => return Err(NoRetry::Sent),
            Some(State::Withdrawn) => return Err(NoRetry::LinkDead),
            Some(State::Undeliverable) => return Err(NoRetry::Nobodys),
            Some(State::GaveUp | State::TooLate | State::Cancelled) => {}
        }
        if self.link_dead {
            Err(NoRetry::LinkDead)
        } else if self.deadline_passed {
            Err(NoRetry::TooLate)
        } else if self.is_sms && self.maybe_sent >= TEXTS_AT_MOST {
            Err(NoRetry::MayHaveLeftTwice)
        } else {
            Ok(())
        }
    }

    /// Whether it may be stopped. An administrator stops links and codes only: one who does evil would hide the notice of it (N-23).
    /// What a later version calls otherwise counts as a notice.
    pub fn may_cancel(&self, by_operator: bool) -> Result<(), NoCancel> {
        if self.state != Some(State::Queued) {
            Err(NoCancel::Ended)
        } else if !by_operator && self.kind.is_none_or(Kind::is_notice) {
            Err(NoCancel::Notice)
        } else if self.being_sent {
            Err(NoCancel::BeingSent)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAITING: Standing = Standing {
        state: Some(State::Queued),
        kind: Some(Kind::ResetLink),
        is_sms: false,
        being_sent: false,
        link_dead: false,
        deadline_passed: false,
        maybe_sent: 0,
    };
    const GIVEN_UP: Standing = Standing { state: Some(State::GaveUp), ..WAITING };

    #[test]
    fn every_message_has_its_kind_under_its_own_name() {
        let source = include_str!("message.rs");
        let named: Vec<String> = source
            .lines()
            .filter_map(|line| Some(line.trim().strip_prefix("Self::")?.split_once(" { .. } => \"")?.0))
            .map(|name| {
                name.chars().fold(String::new(), |mut out, c| {
                    if c.is_ascii_uppercase() && !out.is_empty() {
                        out.push('_');
                    }
                    out.push(c.to_ascii_lowercase());
                    out
                })
            })
            .collect();
        assert_eq!(named, Kind::ALL.map(Kind::as_str));
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.as_str()), Some(kind));
        }
        for state in State::ALL {
            assert_eq!(State::named(state.as_str()), Some(state));
        }
    }

    #[test]
    fn only_what_did_not_leave_and_still_makes_sense_is_sent_again() {
        for state in [State::GaveUp, State::TooLate, State::Cancelled] {
            assert_eq!(Standing { state: Some(state), ..GIVEN_UP }.may_retry(), Ok(()));
        }
        let refused = |standing: Standing| standing.may_retry().unwrap_err();
        assert_eq!(refused(WAITING), NoRetry::Waits);
        assert_eq!(refused(Standing { being_sent: true, ..WAITING }), NoRetry::BeingSent);
        for (state, why) in [
            (State::Sent, NoRetry::Sent),
            (State::Withdrawn, NoRetry::LinkDead),
            (State::Undeliverable, NoRetry::Nobodys),
        ] {
            assert_eq!(refused(Standing { state: Some(state), ..GIVEN_UP }), why);
        }
        assert_eq!(refused(Standing { link_dead: true, ..GIVEN_UP }), NoRetry::LinkDead);
        assert_eq!(refused(Standing { deadline_passed: true, ..GIVEN_UP }), NoRetry::TooLate);
        assert_eq!(refused(Standing { state: None, ..GIVEN_UP }), NoRetry::Sent);
    }

    #[test]
    fn a_text_message_that_may_have_left_twice_is_not_sent_again_and_a_mail_is() {
        let twice = Standing { maybe_sent: 2, ..GIVEN_UP };
        assert_eq!(twice.may_retry(), Ok(()));
        assert_eq!(Standing { is_sms: true, ..twice }.may_retry(), Err(NoRetry::MayHaveLeftTwice));
        assert_eq!(Standing { is_sms: true, maybe_sent: 1, ..twice }.may_retry(), Ok(()));
    }

    #[test]
    fn an_administrator_stops_links_and_codes_and_an_operator_notices_too() {
        for kind in Kind::ALL {
            let waiting = Standing { kind: Some(kind), ..WAITING };
            assert_eq!(waiting.may_cancel(true), Ok(()), "{kind:?}");
            let allowed = waiting.may_cancel(false);
            assert_eq!(allowed.is_err(), kind.is_notice(), "{kind:?}");
        }
        assert!(Kind::ContactChanged.is_notice() && Kind::PasswordWasReset.is_notice());
        assert_eq!(Standing { kind: None, ..WAITING }.may_cancel(false), Err(NoCancel::Notice));
    }

    #[test]
    fn what_is_on_its_way_or_ended_is_not_stopped() {
        assert_eq!(Standing { being_sent: true, ..WAITING }.may_cancel(true), Err(NoCancel::BeingSent));
        for state in State::ALL.into_iter().filter(|state| *state != State::Queued) {
            assert_eq!(
                Standing { state: Some(state), ..WAITING }.may_cancel(true),
                Err(NoCancel::Ended),
                "{state:?}"
            );
        }
    }
}
