//! What we tell someone: the facts of one mail or SMS, as they rest in the outbox.
//!
//! What must stay true: no secret is in here. A link or code that opens something is derived when the message
//! is sent and goes to the renderer apart from the facts, so that a stolen outbox opens nothing.
//!
//! To add a message: a variant, a line in [`Message::channel`], a letter in `outbox/render/letter.rs` (or a text in
//! `sms.rs`) with its sentences in `mail.ftl`, a sample in the renderer's tests.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// One message, without its recipient and without its secret. Stored as JSON: renaming a field loses queued messages.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// Mail to the alternate e-mail address: the link that proves it. Secret: the link.
    ResetLink {
        /// Whose password, as the user ID is written.
        user_id: String,
        /// What asked, in words: "Firefox on Windows".
        browser: String,
        /// When this link was asked for; a resend has a time of its own, which keeps its subject apart.
        #[serde(with = "time::serde::rfc3339")]
        asked_at: OffsetDateTime,
        /// From when on the link opens nothing.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    /// SMS to the mobile phone. Secret: the security code.
    SecurityCode {
        /// From when on the code is refused.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    /// Mail to the person whose password was reset, once to each of their addresses. Secret: the not-me link.
    PasswordWasReset {
        /// Whose password.
        user_id: String,
        /// What set the new password, in words.
        browser: String,
        /// When it was set.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// The receipt number that the last page shows.
        receipt: String,
        /// From when on "This was not me" no longer works.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
        /// Which of the person's addresses this copy goes to.
        to: SentTo,
    },
    /// SMS to the person whose password was reset. No secret.
    PasswordWasResetSms {
        /// When it was set.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// Mail to every other global administrator of the company. No secret: the portal asks who reads it.
    AdministratorWasReset {
        /// The user's row, for the address of the portal's page.
        user: Uuid,
        /// Whose password.
        user_id: String,
        /// The name, as somebody typed it once: never trusted.
        display_name: String,
        /// When it was set.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// What set the new password, in words.
        browser: String,
    },
    /// Mail to those who may reset this user. No secret.
    ContactAdministrator {
        /// The user's row, for the address of the portal's page.
        user: Uuid,
        /// Who can't sign in.
        user_id: String,
        /// The name, as somebody typed it once: never trusted.
        display_name: String,
        /// The company's name.
        company: String,
        /// When the page was sent.
        #[serde(with = "time::serde::rfc3339")]
        asked_at: OffsetDateTime,
        /// What sent it, in words.
        browser: String,
    },
}

/// Which address of the person a copy goes to: says why they get it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SentTo {
    /// The alternate e-mail address.
    AlternateEmail,
    /// The user ID itself, where the company says that it is a mailbox.
    Mailbox,
}

/// How a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// E-mail.
    Email,
    /// Text message.
    Sms,
}

impl Message {
    /// How this message travels.
    pub const fn channel(&self) -> Channel {
        match self {
            Self::ResetLink { .. }
            | Self::PasswordWasReset { .. }
            | Self::AdministratorWasReset { .. }
            | Self::ContactAdministrator { .. } => Channel::Email,
            Self::SecurityCode { .. } | Self::PasswordWasResetSms { .. } => Channel::Sms,
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::ResetLink { .. } => "ResetLink",
            Self::SecurityCode { .. } => "SecurityCode",
            Self::PasswordWasReset { .. } => "PasswordWasReset",
            Self::PasswordWasResetSms { .. } => "PasswordWasResetSms",
            Self::AdministratorWasReset { .. } => "AdministratorWasReset",
            Self::ContactAdministrator { .. } => "ContactAdministrator",
        }
    }
}

/// The kind only: user IDs are addresses, and addresses stay out of logs.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_message_rests_as_tagged_json_and_comes_back_the_same() {
        let message = Message::PasswordWasReset {
            user_id: "johnsmith@contoso.com".into(),
            browser: "Firefox on Windows".into(),
            at: datetime!(2026-08-04 14:05:12.5 UTC),
            receipt: "R-1234".into(),
            expires_at: datetime!(2026-08-11 14:05:12.5 UTC),
            to: SentTo::AlternateEmail,
        };
        let json = serde_json::to_value(&message).unwrap();
        assert_eq!(json["kind"], "password_was_reset");
        assert_eq!(json["at"], "2026-08-04T14:05:12.5Z");
        assert_eq!(json["to"], "alternate_email");
        assert_eq!(serde_json::from_value::<Message>(json).unwrap(), message);
    }

    #[test]
    fn a_printed_message_shows_no_address() {
        let message = Message::ResetLink {
            user_id: "johnsmith@contoso.com".into(),
            browser: "Firefox on Windows".into(),
            asked_at: OffsetDateTime::UNIX_EPOCH,
            expires_at: OffsetDateTime::UNIX_EPOCH,
        };
        assert_eq!(format!("{message:?}"), "ResetLink");
    }
}
