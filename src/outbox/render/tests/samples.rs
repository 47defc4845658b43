//! One of every message, with what a reader must find in it.

use time::macros::datetime;
use uuid::Uuid;

use super::Secrets;
use crate::domain::{
    contact::{AlternateEmail, MobilePhone},
    message::{Author, ContactChange, Message, SentTo},
};

pub const LINK: &str =
    "https://reset.contoso.com/reset/email-link/q7Zk0v3M-1bW_9dT4sXyC2aE6gHfJ8kLmNpQrStUvWx";
const USER: Uuid = Uuid::from_u128(0x0198_7a5c_0000_7000_8000_0000_0000_0001);

/// A mail and what is in it.
pub struct Sample {
    pub message: Message,
    pub secrets: Secrets,
    /// The text of its one link.
    pub action: &'static str,
    /// Its one link.
    pub url: String,
    /// A word of its subject, in lower case.
    pub subject: &'static str,
    /// What both parts say.
    pub facts: &'static [&'static str],
}

fn with_link(message: Message, action: &'static str, facts: &'static [&'static str]) -> Sample {
    let secrets = Secrets { link: Some(LINK.into()) };
    Sample { message, secrets, action, url: LINK.into(), subject: "reset", facts }
}

fn with_page(
    message: Message,
    path: &str,
    action: &'static str,
    subject: &'static str,
    facts: &'static [&'static str],
) -> Sample {
    let url = format!("https://reset.contoso.com{path}");
    Sample { message, secrets: Secrets::default(), action, url, subject, facts }
}

/// Every mail, with its secret, as written by one person.
pub fn mails(user_id: &str, typed: &str) -> Vec<Sample> {
    let mut all = of_the_wizard(user_id, typed);
    all.extend(about_contact_data(user_id, typed));
    all.extend(about_a_password(user_id, typed));
    all
}

fn of_the_wizard(user_id: &str, typed: &str) -> Vec<Sample> {
    let (user_id, typed) = (user_id.to_owned(), typed.to_owned());
    let at = datetime!(2026-08-04 14:05:12 UTC);
    let was_reset = |to| Message::PasswordWasReset {
        user_id: user_id.clone(),
        browser: typed.clone(),
        at,
        receipt: "7K2M-9QXD".into(),
        expires_at: datetime!(2026-08-11 14:05:12 UTC),
        to,
    };
    let portal = format!("/portal/users/{USER}");
    vec![
        with_link(
            Message::ResetLink {
                user_id: user_id.clone(),
                browser: typed.clone(),
                asked_at: at,
                expires_at: datetime!(2026-08-04 14:15:12 UTC),
            },
            "Reset your password now",
            &[
                "4 August 2026, 14:05 UTC",
                "before 14:15 UTC",
                "Firefox on Windows",
                "in the browser where you asked",
                "“This was not me”",
            ],
        ),
        with_link(
            was_reset(SentTo::AlternateEmail),
            "This was not me",
            &[
                "4 August 2026, 14:05 UTC",
                "before 11 August 2026, 14:05 UTC",
                "Firefox on Windows",
                "7K2M-9QXD",
                "is the alternate e-mail",
            ],
        ),
        with_link(
            was_reset(SentTo::Mailbox),
            "This was not me",
            &["before 11 August 2026, 14:05 UTC", "7K2M-9QXD", "is the mailbox"],
        ),
        with_page(
            Message::AdministratorWasReset {
                user: USER,
                user_id: user_id.clone(),
                display_name: typed.clone(),
                at,
                browser: typed.clone(),
            },
            &portal,
            "Open this user in the portal",
            "reset",
            &["4 August 2026, 14:05 UTC", "Firefox on Windows"],
        ),
        with_page(
            Message::ContactAdministrator {
                user: USER,
                user_id: user_id.clone(),
                display_name: typed.clone(),
                company: typed.clone(),
                asked_at: at,
                browser: typed.clone(),
            },
            &portal,
            "Open this user in the portal",
            "reset",
            &["4 August 2026, 14:05 UTC", "Company", "Firefox on Windows"],
        ),
    ]
}

fn about_contact_data(user_id: &str, typed: &str) -> Vec<Sample> {
    let user_id = user_id.to_owned();
    let expires_at = datetime!(2026-08-11 14:05:12 UTC);
    let old = AlternateEmail::parse("johnsmith@fabrikam.com").unwrap();
    let number = MobilePhone::from_stored("+14255550100").unwrap();
    let changed = |by, not_me_until, to| Message::ContactChanged {
        user_id: user_id.clone(),
        by,
        changes: vec![
            ContactChange::of_email(Some(&old), Some(&AlternateEmail::parse("js@example.com").unwrap())),
            ContactChange::of_mobile(Some(&number), None),
        ],
        at: datetime!(2026-08-04 14:05:12 UTC),
        not_me_until,
        to,
    };
    let confirm =
        |by| Message::ConfirmEmail { user_id: user_id.clone(), company: typed.to_owned(), by, expires_at };
    let (account, see) = ("/account", "See your contact data");
    vec![
        Sample {
            subject: "contact data",
            ..with_link(
                changed(administrator(), Some(expires_at), SentTo::FormerAlternateEmail),
                "This was not me",
                &[
                    "on 4 August 2026, 14:05 UTC, by globaladmin@contoso.com",
                    "was j••••••h@••••••.com, is now j•••••••@••••••.com",
                    "was ••••••00, is now none",
                    "was the alternate e-mail address of",
                    "If it was not agreed with you",
                    "before 11 August 2026, 14:05 UTC",
                    "blocks sign-in and password reset",
                ],
            )
        },
        with_page(
            changed(Author::Operator, None, SentTo::Mailbox),
            account,
            see,
            "contact data",
            &["by an operator of this service", "is the mailbox", "Tell another administrator"],
        ),
        Sample {
            subject: "confirm",
            ..with_link(
                confirm(Some(administrator())),
                "Confirm this address",
                &[
                    "by globaladmin@contoso.com",
                    "before 11 August 2026, 14:05 UTC",
                    "in any browser",
                    "when you forget your password",
                    "was entered for",
                ],
            )
        },
        Sample {
            subject: "confirm",
            ..with_link(confirm(None), "Confirm this address", &["A new link was asked for"])
        },
    ]
}

fn about_a_password(user_id: &str, typed: &str) -> Vec<Sample> {
    let user_id = user_id.to_owned();
    let at = datetime!(2026-08-04 14:05:12 UTC);
    let next_day = datetime!(2026-08-05 14:05:12 UTC);
    let next_week = datetime!(2026-08-11 14:05:12 UTC);
    let handed = |not_me_until| Message::LinkHandedOver {
        user_id: user_id.clone(),
        at,
        good_until: next_day,
        not_me_until,
        to: SentTo::AlternateEmail,
    };
    let temporary = |not_me_until| Message::PasswordResetByAdministrator {
        user_id: user_id.clone(),
        by: administrator(),
        at,
        good_until: next_day,
        not_me_until,
        to: SentTo::AlternateEmail,
    };
    let changed = |not_me_until| Message::PasswordChanged {
        user_id: user_id.clone(),
        browser: typed.to_owned(),
        at,
        not_me_until,
        to: SentTo::AlternateEmail,
    };
    vec![
        Sample {
            subject: "set a new password",
            ..with_link(
                Message::SetPasswordLink {
                    user_id: user_id.clone(),
                    by: administrator(),
                    expires_at: next_day,
                },
                "Set your password",
                &[
                    "by globaladmin@contoso.com",
                    "before 5 August 2026, 14:05 UTC",
                    "works once, in any browser",
                ],
            )
        },
        with_link(
            handed(Some(next_week)),
            "This was not me",
            &[
                "4 August 2026, 14:05 UTC",
                "before 5 August 2026, 14:05 UTC",
                "not by e-mail",
                "before 11 August 2026, 14:05 UTC",
            ],
        ),
        with_page(handed(None), "/sign-in", "Sign in", "reset", &["Tell another administrator"]),
        with_link(
            temporary(Some(next_week)),
            "This was not me",
            &[
                "4 August 2026, 14:05 UTC",
                "before 5 August 2026, 14:05 UTC",
                "globaladmin@contoso.com",
                "not by e-mail",
                "a password of your own",
                "before 11 August 2026, 14:05 UTC",
            ],
        ),
        with_page(temporary(None), "/sign-in", "Sign in", "reset", &["Tell another administrator"]),
        with_page(
            Message::RequestRefused { user_id: user_id.clone(), by: Some(administrator()), at },
            "/contact-administrator",
            "Contact your administrator",
            "refused",
            &["4 August 2026, 14:05 UTC", "globaladmin@contoso.com", "has not changed"],
        ),
        with_page(
            Message::RequestRefused { user_id: user_id.clone(), by: None, at },
            "/contact-administrator",
            "Contact your administrator",
            "refused",
            &["The administrator refused"],
        ),
        with_page(
            Message::PasswordExpires {
                user_id: user_id.clone(),
                expires_at: datetime!(2026-08-18 14:05:12 UTC),
                days: 14,
                to: SentTo::Mailbox,
            },
            "/account/password",
            "Change your password",
            "password expires in 14 days",
            &["Afterwards you can still sign in", "on 18 August 2026, 14:05 UTC", "is the mailbox"],
        ),
        Sample {
            subject: "changed",
            ..with_link(
                changed(Some(next_week)),
                "This was not me",
                &["4 August 2026, 14:05 UTC", "Firefox on Windows", "before 11 August 2026, 14:05 UTC"],
            )
        },
        with_page(changed(None), "/reset", "Reset your password", "changed", &["ends every session"]),
        with_page(
            Message::TestMail { by: Author::Administrator(user_id.clone()), at, asked_by: None },
            "/sign-in",
            "Sign in",
            "test message",
            &["4 August 2026, 14:05 UTC", "nothing to do", "has changed", "someone tried whether"],
        ),
    ]
}

fn administrator() -> Author {
    Author::Administrator("globaladmin@contoso.com".into())
}

/// Every text message, with its secret.
pub fn texts() -> Vec<(Message, Option<&'static str>)> {
    let at = datetime!(2026-08-04 14:05:12 UTC);
    vec![
        (Message::SecurityCode { expires_at: at }, Some("12345678")),
        (Message::PasswordWasResetSms { at }, None),
        (Message::ContactChangedSms { at }, None),
        (Message::ConfirmMobile { company: "Contoso".into(), expires_at: at }, Some(LINK)),
        (Message::SetPasswordLinkSms { expires_at: at }, Some(LINK)),
        (Message::TestSms { at, asked_by: None }, None),
    ]
}
