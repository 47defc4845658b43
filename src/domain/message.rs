//! What we tell someone: the facts of one mail or SMS, as they rest in the outbox.
//!
//! What must stay true: no secret is in here. A link or code that opens something is derived when the message
//! is sent and goes to the renderer apart from the facts, so that a stolen outbox opens nothing.
//!
//! To add a message: a variant, a line in [`Message::channel`], a letter in `outbox/render/letter/` (or a text in
//! `sms.rs`) with its sentences in `mail.ftl`, a sample in the renderer's tests.

mod facts;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

pub use facts::{
    Author, ChangeLine, ContactChange, How, Person, SIGN_IN_BLOCKED, SIGN_IN_OPEN, SentTo, Subject,
};

use super::{deed::Deed, second_pair::End};

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
    /// Mail to the person whose password was reset, once to each of their addresses. Secret: the not-me link, where `not_me_until` is
    /// given.
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
        /// From when on "This was not me" no longer works. None: the message has no such link.
        #[serde(default, rename = "expires_at", with = "time::serde::rfc3339::option")]
        not_me_until: Option<OffsetDateTime>,
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
        /// What set the new password, in words; nothing where no browser did.
        browser: String,
        /// In which way.
        #[serde(default)]
        how: How,
        /// Who did it, where it was not the person in the wizard.
        #[serde(default)]
        by: Option<Author>,
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
    /// Mail to the person whose contact data someone else changed: to the old addresses and to the one that stays.
    /// Secret: the not-me link, where `not_me_until` is given.
    ContactChanged {
        /// Whose contact data.
        user_id: String,
        /// Who changed it.
        by: Author,
        /// What, with masked values.
        changes: Vec<ContactChange>,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// From when on "This was not me" no longer works. None: the message has no such link.
        #[serde(default, with = "time::serde::rfc3339::option")]
        not_me_until: Option<OffsetDateTime>,
        /// Which of the person's addresses this copy goes to.
        to: SentTo,
    },
    /// SMS to the number that the person had before their contact data changed. No secret.
    ContactChangedSms {
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// Mail to an alternate e-mail address that nobody has confirmed yet. Secret: the link.
    ConfirmEmail {
        /// Whose address it will be.
        user_id: String,
        /// The company's name.
        company: String,
        /// Who entered the address; nothing when the person asked for a new link.
        by: Option<Author>,
        /// From when on the link opens nothing.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    /// SMS to a mobile phone that nobody has confirmed yet. Secret: the link.
    ConfirmMobile {
        /// The company's name.
        company: String,
        /// From when on the link opens nothing.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    /// Mail to the alternate e-mail address: the one-time link with which the person sets a password. Secret: the link.
    SetPasswordLink {
        /// Whose password it will be.
        user_id: String,
        /// Who sends it.
        by: Author,
        /// From when on the link opens nothing.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
        /// The person has no password yet, and asked for nothing.
        #[serde(default)]
        is_first: bool,
    },
    /// The same by SMS, for whoever has a mobile phone only. Secret: the link.
    SetPasswordLinkSms {
        /// From when on the link opens nothing.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    /// Mail to the person for whom an operator made a one-time link that the operator hands over. Secret:
    /// the not-me link, where `not_me_until` is given.
    LinkHandedOver {
        /// Whose password it can set.
        user_id: String,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// Until when the link is good.
        #[serde(with = "time::serde::rfc3339")]
        good_until: OffsetDateTime,
        /// From when on "This was not me" no longer works. None: the message has no such link.
        #[serde(default, with = "time::serde::rfc3339::option")]
        not_me_until: Option<OffsetDateTime>,
        /// Which of the person's addresses this copy goes to.
        to: SentTo,
    },
    /// Mail to the person for whom a temporary password was made. Never the password: whoever made it hands it
    /// over. Secret: the not-me link, where `not_me_until` is given.
    PasswordResetByAdministrator {
        /// Whose password.
        user_id: String,
        /// Who made it.
        by: Author,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// Until when the temporary password signs in.
        #[serde(with = "time::serde::rfc3339")]
        good_until: OffsetDateTime,
        /// From when on "This was not me" no longer works. None: the message has no such link.
        #[serde(default, with = "time::serde::rfc3339::option")]
        not_me_until: Option<OffsetDateTime>,
        /// Which of the person's addresses this copy goes to.
        to: SentTo,
    },
    /// Mail to the alternate e-mail address of whoever asked an administrator for a reset, and was refused. No secret.
    RequestRefused {
        /// Who asked.
        user_id: String,
        /// Who refused, where the person may know.
        by: Option<Author>,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// Mail to the person whose password will soon be too old for the company's rules. No secret.
    PasswordExpires {
        /// Whose password.
        user_id: String,
        /// From when on it has to be changed at sign-in.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
        /// Days left, rounded up: 1 on the last day.
        days: u16,
        /// Which of the person's addresses this copy goes to.
        to: SentTo,
    },
    /// Mail to the person who changed their password, knowing the old one or holding a one-time link. Secret: the not-me link,
    /// where `not_me_until` is given.
    PasswordChanged {
        /// Whose password.
        user_id: String,
        /// What set the new password, in words.
        browser: String,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// From when on "This was not me" no longer works. None: the message has no such link.
        #[serde(default, with = "time::serde::rfc3339::option")]
        not_me_until: Option<OffsetDateTime>,
        /// Which of the person's addresses this copy goes to.
        to: SentTo,
    },
    /// Mail that only shows that mail arrives. No secret.
    TestMail {
        /// Who sends it.
        by: Author,
        /// When it was asked for.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// The row of the administrator who asked for it in the portal, and may see what became of it.
        asked_by: Option<Uuid>,
    },
    /// SMS that only shows that text messages arrive. No secret, no code.
    TestSms {
        /// When it was asked for.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// As of the mail.
        asked_by: Option<Uuid>,
    },
    /// Mail to the person who signed in from a network where they never did before. Secret: the not-me link, where `not_me_until` is
    /// given.
    SignedInFromNewPlace {
        /// Who signed in.
        user_id: String,
        /// What signed in, in words.
        browser: String,
        /// From where: an IPv4 address, or an IPv6 /64.
        network: String,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// From when on "This was not me" no longer works. None: the message has no such link.
        #[serde(default, with = "time::serde::rfc3339::option")]
        not_me_until: Option<OffsetDateTime>,
        /// Which of the person's addresses this copy goes to.
        to: SentTo,
    },
    /// Mail to the person whose e-mail link was opened and whose security code was then typed wrong five times. Secret: the not-me
    /// link, where `not_me_until` is given.
    PartialReset {
        /// Whose password was not reset.
        user_id: String,
        /// What tried, in words.
        browser: String,
        /// When the last code was wrong.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// From when on "This was not me" no longer works. None: the message has no such link.
        #[serde(default, with = "time::serde::rfc3339::option")]
        not_me_until: Option<OffsetDateTime>,
        /// Which of the person's addresses this copy goes to.
        to: SentTo,
    },
    /// Mail to the person whose role someone changed. Secret: the not-me link, where `not_me_until` is given.
    RoleChanged {
        /// Whose role.
        user_id: String,
        /// Who changed it.
        by: Author,
        /// The role's name before.
        old: String,
        /// The role's name now.
        new: String,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// From when on "This was not me" no longer works. None: the message has no such link.
        #[serde(default, with = "time::serde::rfc3339::option")]
        not_me_until: Option<OffsetDateTime>,
        /// Which of the person's addresses this copy goes to.
        to: SentTo,
    },
    /// Mail to the person who can sign in again. Secret: the not-me link, where `not_me_until` is given.
    BlockLifted {
        /// Whose block.
        user_id: String,
        /// Who lifted it.
        by: Author,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// From when on "This was not me" no longer works. None: the message has no such link.
        #[serde(default, with = "time::serde::rfc3339::option")]
        not_me_until: Option<OffsetDateTime>,
        /// Which of the person's addresses this copy goes to.
        to: SentTo,
    },
    /// SMS to the person of a deed that has no text of its own. No secret.
    NoticeSms {
        /// What was done.
        deed: Deed,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// Mail to every other global administrator after a reset of several people: one, whatever their number. No secret.
    AdministratorsWereReset {
        /// Administrators whose passwords can be reset now, [`PEOPLE_MAX`] at most.
        people: Vec<Person>,
        /// How many more there are.
        more: u32,
        /// Who did it.
        by: Author,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// Mail to every other global administrator: contact data or role of one of them changed, or they were shut out or let in. Of a block
    /// also to its person. No secret.
    AdministratorChanged {
        /// The user's row, for the address of the portal's page.
        user: Uuid,
        /// Who was changed.
        user_id: String,
        /// The name, as somebody typed it once: never trusted.
        display_name: String,
        /// Who changed it.
        by: Author,
        /// What, with masked values.
        changes: Vec<ContactChange>,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// Mail to whoever would be changed, and to all global administrators: a change waits. No secret.
    ChangeWaits {
        /// Whom it changes; nothing: the company's own rule.
        user_id: Option<String>,
        /// Who asked.
        by: Author,
        /// What, with masked values.
        lines: Vec<ChangeLine>,
        /// It is carried out only when another global administrator approves it.
        needs_approval: bool,
        /// When it is carried out, or else dropped.
        #[serde(with = "time::serde::rfc3339")]
        until: OffsetDateTime,
        /// When it was asked for.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// Which address of the person this copy goes to; nothing: to an administrator.
        to: Option<SentTo>,
        /// Whoever reads it is no global administrator and can't refuse it: the portal does not open that page to them.
        #[serde(default)]
        only_tells: bool,
    },
    /// The same to the mobile phone of whoever would be changed. No secret.
    ChangeWaitsSms {
        /// When it was asked for.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// As of the mail.
        #[serde(default)]
        only_tells: bool,
    },
    /// Mail to all global administrators: what became of a change that waited, or that the company's rule became weaker. No secret.
    ChangeEnded {
        /// Whom it changed; nothing: the company's own rule.
        user_id: Option<String>,
        /// Who asked.
        by: Author,
        /// What, with masked values.
        lines: Vec<ChangeLine>,
        /// What became of it.
        end: End,
        /// Who decided; nothing: its time came.
        decided_by: Option<Author>,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// Mail to every global administrator but the person: somebody pressed "This was not me". No secret.
    IncidentOpened {
        /// The incident's row, for the address of the portal's page.
        incident: Uuid,
        /// Who pressed it.
        user_id: String,
        /// The name, as somebody typed it once: never trusted.
        display_name: String,
        /// Of what the person was told.
        deed: Deed,
        /// When that was.
        #[serde(with = "time::serde::rfc3339")]
        deed_at: OffsetDateTime,
        /// When the button was pressed.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
}

/// Most people whom one mail names.
pub const PEOPLE_MAX: usize = 40;

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
            | Self::ContactAdministrator { .. }
            | Self::ContactChanged { .. }
            | Self::ConfirmEmail { .. }
            | Self::SetPasswordLink { .. }
            | Self::LinkHandedOver { .. }
            | Self::PasswordResetByAdministrator { .. }
            | Self::RequestRefused { .. }
            | Self::PasswordExpires { .. }
            | Self::PasswordChanged { .. }
            | Self::TestMail { .. }
            | Self::SignedInFromNewPlace { .. }
            | Self::PartialReset { .. }
            | Self::RoleChanged { .. }
            | Self::BlockLifted { .. }
            | Self::AdministratorsWereReset { .. }
            | Self::AdministratorChanged { .. }
            | Self::IncidentOpened { .. }
            | Self::ChangeWaits { .. }
            | Self::ChangeEnded { .. } => Channel::Email,
            Self::SecurityCode { .. }
            | Self::PasswordWasResetSms { .. }
            | Self::ContactChangedSms { .. }
            | Self::ConfirmMobile { .. }
            | Self::SetPasswordLinkSms { .. }
            | Self::TestSms { .. }
            | Self::NoticeSms { .. }
            | Self::ChangeWaitsSms { .. } => Channel::Sms,
        }
    }

    /// Its name in tests and in the log.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ResetLink { .. } => "ResetLink",
            Self::SecurityCode { .. } => "SecurityCode",
            Self::PasswordWasReset { .. } => "PasswordWasReset",
            Self::PasswordWasResetSms { .. } => "PasswordWasResetSms",
            Self::AdministratorWasReset { .. } => "AdministratorWasReset",
            Self::ContactAdministrator { .. } => "ContactAdministrator",
            Self::ContactChanged { .. } => "ContactChanged",
            Self::ContactChangedSms { .. } => "ContactChangedSms",
            Self::ConfirmEmail { .. } => "ConfirmEmail",
            Self::ConfirmMobile { .. } => "ConfirmMobile",
            Self::SetPasswordLink { .. } => "SetPasswordLink",
            Self::SetPasswordLinkSms { .. } => "SetPasswordLinkSms",
            Self::LinkHandedOver { .. } => "LinkHandedOver",
            Self::PasswordResetByAdministrator { .. } => "PasswordResetByAdministrator",
            Self::RequestRefused { .. } => "RequestRefused",
            Self::PasswordExpires { .. } => "PasswordExpires",
            Self::PasswordChanged { .. } => "PasswordChanged",
            Self::TestMail { .. } => "TestMail",
            Self::TestSms { .. } => "TestSms",
            Self::SignedInFromNewPlace { .. } => "SignedInFromNewPlace",
            Self::PartialReset { .. } => "PartialReset",
            Self::RoleChanged { .. } => "RoleChanged",
            Self::BlockLifted { .. } => "BlockLifted",
            Self::NoticeSms { .. } => "NoticeSms",
            Self::AdministratorsWereReset { .. } => "AdministratorsWereReset",
            Self::AdministratorChanged { .. } => "AdministratorChanged",
            Self::IncidentOpened { .. } => "IncidentOpened",
            Self::ChangeWaits { .. } => "ChangeWaits",
            Self::ChangeWaitsSms { .. } => "ChangeWaitsSms",
            Self::ChangeEnded { .. } => "ChangeEnded",
        }
    }

    /// Which address of the person a copy goes to, of those messages that are told to several.
    pub const fn sent_to(&self) -> Option<SentTo> {
        match self {
            Self::PasswordWasReset { to, .. }
            | Self::ContactChanged { to, .. }
            | Self::LinkHandedOver { to, .. }
            | Self::PasswordResetByAdministrator { to, .. }
            | Self::PasswordExpires { to, .. }
            | Self::PasswordChanged { to, .. }
            | Self::SignedInFromNewPlace { to, .. }
            | Self::PartialReset { to, .. }
            | Self::RoleChanged { to, .. }
            | Self::BlockLifted { to, .. } => Some(*to),
            _ => None,
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
    use crate::domain::contact::{AlternateEmail, MobilePhone};
    use time::macros::datetime;

    #[test]
    fn a_message_rests_as_tagged_json_and_comes_back_the_same() {
        let message = Message::PasswordWasReset {
            user_id: "johnsmith@contoso.com".into(),
            browser: "Firefox on Windows".into(),
            at: datetime!(2026-08-04 14:05:12.5 UTC),
            receipt: "R-1234".into(),
            not_me_until: Some(datetime!(2026-08-11 14:05:12.5 UTC)),
            to: SentTo::AlternateEmail,
        };
        let json = serde_json::to_value(&message).unwrap();
        assert_eq!(json["kind"], "password_was_reset");
        assert_eq!(json["at"], "2026-08-04T14:05:12.5Z");
        assert_eq!(json["to"], "alternate_email");
        assert_eq!(serde_json::from_value::<Message>(json).unwrap(), message);
    }

    #[test] // V-20
    fn a_change_of_contact_data_rests_masked() {
        let was = AlternateEmail::parse("johnsmith@fabrikam.com").unwrap();
        let message = Message::ContactChanged {
            user_id: "johnsmith@contoso.com".into(),
            by: Author::Administrator("globaladmin@contoso.com".into()),
            changes: vec![
                ContactChange::of_email(Some(&was), None),
                ContactChange::of_mobile(None, Some(&MobilePhone::from_stored("+14255550100").unwrap())),
            ],
            at: datetime!(2026-08-04 14:05:12 UTC),
            not_me_until: Some(datetime!(2026-08-11 14:05:12 UTC)),
            to: SentTo::FormerAlternateEmail,
        };
        let json = serde_json::to_value(&message).unwrap();
        assert_eq!(
            json["changes"],
            serde_json::json!([
                { "what": "alternate_email", "old": "j••••••h@••••••.com", "new": null },
                { "what": "mobile_phone", "old": null, "new": "••••••00" },
            ])
        );
        assert_eq!(json["by"], serde_json::json!({ "administrator": "globaladmin@contoso.com" }));
        assert_eq!(json["to"], "former_alternate_email");
        assert!(!json.to_string().contains("fabrikam"));
        assert_eq!(serde_json::from_value::<Message>(json).unwrap(), message);
        assert_eq!(serde_json::to_value(Author::Operator).unwrap(), "operator");
    }

    #[test]
    fn a_notice_that_an_older_version_queued_has_no_button() {
        let json = serde_json::json!({
            "kind": "password_changed", "user_id": "johnsmith@contoso.com", "browser": "Firefox on Windows",
            "at": "2026-08-04T14:05:12Z", "to": "mailbox",
        });
        let message = serde_json::from_value::<Message>(json).unwrap();
        assert!(matches!(message, Message::PasswordChanged { not_me_until: None, .. }));
    }

    #[test]
    fn what_an_older_version_queued_of_links_and_of_changes_that_wait_reads_as_it_was_meant() {
        let (by, at) =
            (serde_json::json!({ "administrator": "globaladmin@contoso.com" }), "2026-08-04T14:05:12Z");
        let read = |json| serde_json::from_value::<Message>(json).unwrap();
        let link = read(serde_json::json!({
            "kind": "set_password_link", "user_id": "johnsmith@contoso.com", "by": by, "expires_at": at,
        }));
        assert!(matches!(link, Message::SetPasswordLink { is_first: false, .. }));
        let waits = read(serde_json::json!({
            "kind": "change_waits", "user_id": "johnsmith@contoso.com", "by": by, "lines": [],
            "needs_approval": true, "until": at, "at": at, "to": "mailbox",
        }));
        assert!(matches!(waits, Message::ChangeWaits { only_tells: false, .. }));
        let sms = read(serde_json::json!({ "kind": "change_waits_sms", "at": at }));
        assert!(matches!(sms, Message::ChangeWaitsSms { only_tells: false, .. }));
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
