//! Everything that is recorded, one enum. An event is inserted in the statement or transaction of what it tells of, and sealed
//! into a chain within a second ([`seal`]).

pub mod chain;
pub mod seal;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditEvent {
    /// Someone named a user ID and passed the check against robots. The outcome says why a decoy is one.
    ResetStarted,
    /// The link was asked for again.
    EmailResent,
    /// The link was opened in the browser that asked.
    EmailProven,
    /// The code was asked for again.
    CodeResent,
    /// A code was wrong.
    CodeWrong,
    /// The code was right.
    CodeProven,
    /// A new password was set by the wizard.
    PasswordReset,
    /// An attempt was ended before its time.
    AttemptEnded,
    /// Someone asked an administrator for help.
    ContactRequested,
    /// "This was not me": the account was blocked.
    AccountBlocked,
    /// A block was lifted.
    AccountUnblocked,
    /// Someone signed in.
    SignedIn,
    /// A sign-in failed.
    SignInFailed,
    /// Someone changed their own password, or set it by a one-time link.
    PasswordSet,
    /// A one-time link was made.
    LinkMade,
    /// A company was made.
    CompanyCreated,
    /// A company's settings changed.
    CompanyChanged,
    /// A user was made.
    UserCreated,
    /// A user's data changed.
    UserChanged,
    /// Someone signed in asked for what their role does not open.
    AccessDenied,
    /// Someone signed out.
    SignedOut,
    /// A user was deleted.
    UserDeleted,
    /// Signed-in sessions were ended by an administrator or their owner.
    SessionsEnded,
    /// A one-time link was sent to the person's own alternate contact.
    LinkSent,
    /// A temporary password was made and shown once.
    TemporaryPasswordMade,
    /// Several passwords were reset at once; each person has an event too.
    BatchReset,
    /// A request for help was answered or reopened.
    RequestAnswered,
    /// The person was asked to confirm contact data.
    ConfirmationAsked,
    /// The person confirmed contact data.
    ContactConfirmed,
    /// An operator let the last global administrator in again.
    BreakGlass,
    /// The person was told by mail that the password expires.
    ExpiryWarned,
    /// Users were imported from a file; each has an event too.
    UsersImported,
    /// The characters of a picture were typed wrong. One event a network and minute stands for all.
    CharactersWrong,
    /// A test message was sent, or asked for in the portal.
    TestMessageSent,
    /// A network had to wait (429). One event a network, page and minute stands for all.
    Throttled,
    /// A mail system told that a mail did not arrive.
    MailBounced,
    /// A message that did not leave was put back into the outbox.
    MessageRetried,
    /// A message that waited in the outbox was stopped.
    MessageCancelled,
    /// A receipt said that a text message was not delivered.
    MessageNotDelivered,
    /// 80 % of a budget of text messages is spent. One event a budget and period.
    BudgetNearlySpent,
    /// A mail that a visitor asked for was over the budget of its address, and did not leave.
    MessageOverBudget,
    /// An administrator or operator lifted limits of a person or network.
    LimitLifted,
    /// Someone pressed "This was not me": global administrators have something to look at.
    IncidentOpened,
    /// A global administrator or operator closed it, with a note.
    IncidentClosed,
    /// A change of a global administrator, or of the rule that protects them, was asked for and waits.
    ChangeRequested,
    /// Another approved it.
    ChangeApproved,
    /// Somebody refused it, or who asked withdrew it.
    ChangeRefused,
    /// It was carried out; what it did has an event too.
    ChangeCarriedOut,
    /// It could not be carried out any more, or nobody approved it in time.
    ChangeVoid,
    /// A list was downloaded: a whole file of it leaves the service.
    Downloaded,
}

impl AuditEvent {
    /// All of them: what can be looked for.
    pub const ALL: &[Self] = &[
        Self::ResetStarted,
        Self::EmailResent,
        Self::EmailProven,
        Self::CodeResent,
        Self::CodeWrong,
        Self::CodeProven,
        Self::PasswordReset,
        Self::AttemptEnded,
        Self::ContactRequested,
        Self::AccountBlocked,
        Self::AccountUnblocked,
        Self::SignedIn,
        Self::SignInFailed,
        Self::PasswordSet,
        Self::LinkMade,
        Self::CompanyCreated,
        Self::CompanyChanged,
        Self::UserCreated,
        Self::UserChanged,
        Self::AccessDenied,
        Self::SignedOut,
        Self::UserDeleted,
        Self::SessionsEnded,
        Self::LinkSent,
        Self::TemporaryPasswordMade,
        Self::BatchReset,
        Self::RequestAnswered,
        Self::ConfirmationAsked,
        Self::ContactConfirmed,
        Self::BreakGlass,
        Self::ExpiryWarned,
        Self::UsersImported,
        Self::CharactersWrong,
        Self::TestMessageSent,
        Self::Throttled,
        Self::MailBounced,
        Self::MessageRetried,
        Self::MessageCancelled,
        Self::MessageNotDelivered,
        Self::BudgetNearlySpent,
        Self::MessageOverBudget,
        Self::LimitLifted,
        Self::IncidentOpened,
        Self::IncidentClosed,
        Self::ChangeRequested,
        Self::ChangeApproved,
        Self::ChangeRefused,
        Self::ChangeCarriedOut,
        Self::ChangeVoid,
        Self::Downloaded,
    ];

    /// Reads the name in the database.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event| event.as_str() == name)
    }

    /// The name in the database and in exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResetStarted => "reset_started",
            Self::EmailResent => "email_resent",
            Self::EmailProven => "email_proven",
            Self::CodeResent => "code_resent",
            Self::CodeWrong => "code_wrong",
            Self::CodeProven => "code_proven",
            Self::PasswordReset => "password_reset",
            Self::AttemptEnded => "attempt_ended",
            Self::ContactRequested => "contact_requested",
            Self::AccountBlocked => "account_blocked",
            Self::AccountUnblocked => "account_unblocked",
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::PasswordSet => "password_set",
            Self::LinkMade => "link_made",
            Self::CompanyCreated => "company_created",
            Self::CompanyChanged => "company_changed",
            Self::UserCreated => "user_created",
            Self::UserChanged => "user_changed",
            Self::AccessDenied => "access_denied",
            Self::SignedOut => "signed_out",
            Self::UserDeleted => "user_deleted",
            Self::SessionsEnded => "sessions_ended",
            Self::LinkSent => "link_sent",
            Self::TemporaryPasswordMade => "temporary_password_made",
            Self::BatchReset => "batch_reset",
            Self::RequestAnswered => "request_answered",
            Self::ConfirmationAsked => "confirmation_asked",
            Self::ContactConfirmed => "contact_confirmed",
            Self::BreakGlass => "break_glass",
            Self::ExpiryWarned => "expiry_warned",
            Self::UsersImported => "users_imported",
            Self::CharactersWrong => "characters_wrong",
            Self::TestMessageSent => "test_message_sent",
            Self::Throttled => "throttled",
            Self::MailBounced => "mail_bounced",
            Self::MessageRetried => "message_retried",
            Self::MessageCancelled => "message_cancelled",
            Self::MessageNotDelivered => "message_not_delivered",
            Self::BudgetNearlySpent => "budget_nearly_spent",
            Self::MessageOverBudget => "message_over_budget",
            Self::LimitLifted => "limit_lifted",
            Self::IncidentOpened => "incident_opened",
            Self::IncidentClosed => "incident_closed",
            Self::ChangeRequested => "change_requested",
            Self::ChangeApproved => "change_approved",
            Self::ChangeRefused => "change_refused",
            Self::ChangeCarriedOut => "change_carried_out",
            Self::ChangeVoid => "change_void",
            Self::Downloaded => "downloaded",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_can_be_looked_for_under_a_name_of_its_own() {
        let source = include_str!("audit.rs");
        let variants =
            source.lines().filter(|line| line.trim_start().starts_with("Self::") && line.contains("=> \""));
        assert_eq!(AuditEvent::ALL.len(), variants.count(), "a variant is missing in ALL");
        for event in AuditEvent::ALL {
            assert_eq!(AuditEvent::named(event.as_str()), Some(*event));
        }
    }
}
