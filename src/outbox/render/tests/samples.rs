//! One of every message, with what a reader must find in it.

use super::{
    super::samples::{self, Carries, USER},
    Secrets,
};
use crate::domain::message::Message;

pub const LINK: &str =
    "https://reset.contoso.com/reset/email-link/q7Zk0v3M-1bW_9dT4sXyC2aE6gHfJ8kLmNpQrStUvWx";

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

/// The text of its link, the page it leads to (none: the link of its token), a word of its subject, what both parts say.
type Expected = (&'static str, Option<&'static str>, &'static str, &'static [&'static str]);

const NOT_ME: &str = "This was not me";
const APPROVALS: &str = "See what waits";
const PORTAL: &str = "/portal/users/";

/// What is expected of [`samples::mails`], in their order.
const EXPECTED: &[Expected] = &[
    (
        "Reset your password now",
        None,
        "reset",
        &[
            "4 August 2026, 14:05 UTC",
            "before 14:15 UTC",
            "Firefox on Windows",
            "in the browser where you asked",
            "“This was not me”",
        ],
    ),
    (
        NOT_ME,
        None,
        "reset",
        &[
            "4 August 2026, 14:05 UTC",
            "before 11 August 2026, 14:05 UTC",
            "Firefox on Windows",
            "7K2M-9QXD",
            "is the alternate e-mail",
        ],
    ),
    (NOT_ME, None, "reset", &["before 11 August 2026, 14:05 UTC", "7K2M-9QXD", "is the mailbox"]),
    ("Sign in", Some("/sign-in"), "reset", &["7K2M-9QXD", "Tell another administrator"]),
    (
        "Open this user in the portal",
        Some(PORTAL),
        "reset",
        &["4 August 2026, 14:05 UTC", "Firefox on Windows"],
    ),
    (
        "Open this user in the portal",
        Some(PORTAL),
        "reset",
        &["4 August 2026, 14:05 UTC", "Company", "Firefox on Windows"],
    ),
    (
        NOT_ME,
        None,
        "contact data",
        &[
            "on 4 August 2026, 14:05 UTC, by globaladmin@contoso.com",
            "was j••••••h@••••••.com, is now j•••••••@••••••.com",
            "was ••••••00, is now none",
            "was the alternate e-mail address of",
            "If it was not agreed with you",
            "before 11 August 2026, 14:05 UTC",
            "blocks sign-in and password reset",
        ],
    ),
    (
        "See your contact data",
        Some("/account"),
        "contact data",
        &["by an operator of this service", "is the mailbox", "Tell another administrator"],
    ),
    (
        "Confirm this address",
        None,
        "confirm",
        &[
            "by globaladmin@contoso.com",
            "before 11 August 2026, 14:05 UTC",
            "in any browser",
            "when you forget your password",
            "was entered for",
            "Then do nothing",
        ],
    ),
    ("Confirm this address", None, "confirm", &["A new link was asked for"]),
    (
        "Set your password",
        None,
        "set a new password",
        &[
            "by globaladmin@contoso.com",
            "before 5 August 2026, 14:05 UTC",
            "works once, in any browser",
            "your password stays as it is",
            "Then do not open it",
        ],
    ),
    (
        "Set your password",
        None,
        "make your password",
        &[
            "has no password yet",
            "by globaladmin@contoso.com",
            "before 5 August 2026, 14:05 UTC",
            "works once, in any browser",
            "Is it not your user ID?",
        ],
    ),
    (
        NOT_ME,
        None,
        "reset",
        &[
            "4 August 2026, 14:05 UTC",
            "before 5 August 2026, 14:05 UTC",
            "not by e-mail",
            "before 11 August 2026, 14:05 UTC",
        ],
    ),
    ("Sign in", Some("/sign-in"), "reset", &["Tell another administrator"]),
    (
        NOT_ME,
        None,
        "reset",
        &[
            "4 August 2026, 14:05 UTC",
            "before 5 August 2026, 14:05 UTC",
            "globaladmin@contoso.com",
            "not by e-mail",
            "a password of your own",
            "before 11 August 2026, 14:05 UTC",
        ],
    ),
    ("Sign in", Some("/sign-in"), "reset", &["Tell another administrator"]),
    (
        "Contact your administrator",
        Some("/contact-administrator"),
        "refused",
        &[
            "4 August 2026, 14:05 UTC",
            "globaladmin@contoso.com",
            "has not changed",
            "Was it not you who asked?",
        ],
    ),
    ("Contact your administrator", Some("/contact-administrator"), "refused", &["The administrator refused"]),
    (
        "Change your password",
        Some("/account/password"),
        "password expires in 14 days",
        &["Afterwards you can still sign in", "on 18 August 2026, 14:05 UTC", "is the mailbox"],
    ),
    (
        NOT_ME,
        None,
        "changed",
        &["4 August 2026, 14:05 UTC", "Firefox on Windows", "before 11 August 2026, 14:05 UTC"],
    ),
    ("Reset your password", Some("/reset"), "changed", &["ends every session"]),
    (
        NOT_ME,
        None,
        "new place",
        &[
            "4 August 2026, 14:05 UTC",
            "Firefox on Windows",
            "198.51.100.7",
            "before 11 August 2026, 14:05 UTC",
        ],
    ),
    ("Reset your password", Some("/reset"), "new place", &["known to someone else", "ends every session"]),
    (
        "Sign in",
        Some("/sign-in"),
        "test message",
        &["4 August 2026, 14:05 UTC", "nothing to do", "has changed", "someone tried whether"],
    ),
    (
        NOT_ME,
        None,
        "tried to reset",
        &[
            "on 4 August 2026, 14:05 UTC",
            "five wrong security codes",
            "has not changed",
            "somebody else reads your alternate e-mail",
            "before 11 August 2026, 14:05 UTC",
            "Firefox on Windows",
        ],
    ),
    ("Sign in", Some("/sign-in"), "tried to reset", &["is the mailbox", "Tell another administrator"]),
    (
        NOT_ME,
        None,
        "role",
        &[
            "was password administrator, is now global administrator",
            "by globaladmin@contoso.com",
            "before 11 August 2026, 14:05 UTC",
        ],
    ),
    ("Sign in", Some("/sign-in"), "role", &["Tell another administrator"]),
    (
        NOT_ME,
        None,
        "no longer blocked",
        &["by an operator of this service", "before 11 August 2026, 14:05 UTC"],
    ),
    ("Sign in", Some("/sign-in"), "no longer blocked", &["Tell another administrator"]),
    (USER_IN_PORTAL, Some(PORTAL), "one-time link", &["own alternate contact, by globaladmin@contoso.com"]),
    (USER_IN_PORTAL, Some(PORTAL), "was reset", &["with a one-time link", "Firefox on Windows"]),
    (USER_IN_PORTAL, Some(PORTAL), "was reset", &["temporary password", "by globaladmin@contoso.com"]),
    (USER_IN_PORTAL, Some(PORTAL), "one-time link", &["to be handed over"]),
    (
        "Open the users in the portal",
        Some("/portal/users"),
        "several administrators",
        &["johnsmith@contoso.com", "by globaladmin@contoso.com", "4 August 2026, 14:05 UTC"],
    ),
    ("Open the users in the portal", Some("/portal/users"), "several administrators", &["There are 3 more"]),
    (
        USER_IN_PORTAL,
        Some(PORTAL),
        "settings of",
        &["was user, is now global administrator", "was ••••••00, is now none", "by globaladmin@contoso.com"],
    ),
    (
        USER_IN_PORTAL,
        Some(PORTAL),
        "sign-in of",
        &["was not blocked, is now blocked", "can refuse no change", "you are a global administrator"],
    ),
    (USER_IN_PORTAL, Some(PORTAL), "sign-in of", &["was blocked, is now not blocked"]),
    (INCIDENT, Some(INCIDENTS), "this was not me", &["was reset", "are blocked for this user ID"]),
    (INCIDENT, Some(INCIDENTS), "this was not me", &["was changed", "are blocked for this user ID"]),
    (INCIDENT, Some(INCIDENTS), "this was not me", &["contact data", "are blocked for this user ID"]),
    (INCIDENT, Some(INCIDENTS), "this was not me", &["temporary password", "are blocked for this user ID"]),
    (INCIDENT, Some(INCIDENTS), "this was not me", &["link that sets", "are blocked for this user ID"]),
    (INCIDENT, Some(INCIDENTS), "this was not me", &["from a new place", "are blocked for this user ID"]),
    (INCIDENT, Some(INCIDENTS), "this was not me", &["five wrong", "are blocked for this user ID"]),
    (INCIDENT, Some(INCIDENTS), "this was not me", &["role", "are blocked for this user ID"]),
    (INCIDENT, Some(INCIDENTS), "this was not me", &["was lifted", "are blocked for this user ID"]),
    (
        INCIDENT,
        Some(INCIDENTS),
        "this was not me",
        &["asked to reset", "Nobody is blocked", "5 August 2026, 14:05 UTC"],
    ),
    (
        APPROVALS,
        Some("/portal/approvals"),
        "waits",
        &[
            "globaladmin@contoso.com wants to change johnsmith@contoso.com and asked for it on 4 August 2026, 14:05 UTC",
            "carried out on 5 August 2026, 14:05 UTC, unless somebody refuses",
            "from “user” to “global administrator”",
            "from “j••••••h@••••••.com” to “none”",
            "is the alternate e-mail",
        ],
    ),
    (
        APPROVALS,
        Some("/portal/approvals"),
        "waits",
        &[
            "sign in to the portal and refuse it under “Approvals”",
            "when another global administrator approves it",
            "dropped on 5 August 2026, 14:05 UTC",
            "a one-time link to the alternate contact",
            "you are a global administrator",
        ],
    ),
    (
        "See your contact data",
        Some("/account"),
        "waits",
        &[
            "when another global administrator approves it",
            "tell a global administrator of your company: any of them can refuse it",
            "they can refuse it, and block that account",
            "is the mailbox",
        ],
    ),
    (
        APPROVALS,
        Some("/portal/approvals"),
        "weaker protection",
        &["your company’s rule", "from “with another’s approval” to “at once”", "from “48” to “24”"],
    ),
    (
        APPROVALS,
        Some("/portal/approvals"),
        "ended",
        &["It was carried out", "from “user” to “global administrator”"],
    ),
    (APPROVALS, Some("/portal/approvals"), "ended", &["It was refused", "Decided by", "Ended at"]),
    (APPROVALS, Some("/portal/approvals"), "ended", &["It was withdrawn"]),
    (APPROVALS, Some("/portal/approvals"), "ended", &["It was dropped"]),
    (APPROVALS, Some("/portal/approvals"), "ended", &["Nobody approved it in time"]),
    (
        APPROVALS,
        Some("/portal/approvals"),
        "protection of administrators",
        &["It was carried out", "an operator of this service"],
    ),
    (
        APPROVALS,
        Some("/portal/approvals"),
        "protection of administrators",
        &["are told of such things", "User IDs receive mail", "from “no” to “yes”"],
    ),
];

const USER_IN_PORTAL: &str = "Open this user in the portal";
const INCIDENT: &str = "Open this report in the portal";
const INCIDENTS: &str = "/portal/incidents/";

/// Every mail, with its secret, as written by one person.
pub fn mails(user_id: &str, typed: &str) -> Vec<Sample> {
    let all = samples::mails(user_id, typed);
    assert_eq!(all.len(), EXPECTED.len());
    let with = |(sample, &(action, page, subject, facts)): (samples::Sample, &Expected)| {
        assert_eq!(sample.has_link, page.is_none(), "{:?}", sample.message);
        let url = match page {
            None => LINK.to_owned(),
            Some(path @ (PORTAL | INCIDENTS)) => format!("https://reset.contoso.com{path}{USER}"),
            Some(path) => format!("https://reset.contoso.com{path}"),
        };
        let secrets = Secrets { link: page.is_none().then(|| LINK.to_owned()) };
        Sample { message: sample.message, secrets, action, url, subject, facts }
    };
    all.into_iter().zip(EXPECTED).map(with).collect()
}

/// Every text message, with its secret.
pub fn texts() -> Vec<(Message, Option<&'static str>)> {
    let secret = |carries| match carries {
        Carries::Code => Some("12345678"),
        Carries::Link => Some(LINK),
        Carries::Nothing => None,
    };
    samples::texts().into_iter().map(|(message, carries)| (message, secret(carries))).collect()
}
