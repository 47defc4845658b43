//! Mails to administrators about someone else. They lead to that user in the portal, which asks the reader who they are.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{Letter, Someone, Writer};
use crate::{
    domain::message::How,
    outbox::render::{shown, when},
};

/// The sentences of a mail that tells administrators about someone else.
pub(super) struct AboutSomeone {
    subject: &'static str,
    title: &'static str,
    open: &'static str,
    hint: &'static str,
    not_them_title: &'static str,
    not_them: &'static str,
    why: &'static str,
}

pub(super) const WAS_RESET: AboutSomeone = AboutSomeone {
    subject: "mail-administrator-subject",
    title: "mail-administrator-title",
    open: "mail-administrator-open",
    hint: "mail-administrator-action-hint",
    not_them_title: "mail-administrator-not-them-title",
    not_them: "mail-administrator-not-them",
    why: "mail-why-administrator",
};

const LINK_USED: AboutSomeone = AboutSomeone { open: "mail-administrator-open-link-used", ..WAS_RESET };

const TEMPORARY: AboutSomeone = AboutSomeone { open: "mail-administrator-open-temporary", ..WAS_RESET };

const LINK_SENT: AboutSomeone = AboutSomeone {
    subject: "mail-administrator-link-subject",
    title: "mail-administrator-link-title",
    open: "mail-administrator-open-link-sent",
    ..WAS_RESET
};

const LINK_HANDED_OVER: AboutSomeone =
    AboutSomeone { open: "mail-administrator-open-link-handed", ..LINK_SENT };

/// What is said of a reset in this way.
pub(super) const fn of_reset(how: How) -> &'static AboutSomeone {
    match how {
        How::Wizard => &WAS_RESET,
        How::LinkSent => &LINK_SENT,
        How::LinkUsed => &LINK_USED,
        How::TemporaryPassword => &TEMPORARY,
        How::LinkHandedOver => &LINK_HANDED_OVER,
    }
}

pub(super) const CHANGED: AboutSomeone = AboutSomeone {
    subject: "mail-administrator-changed-subject",
    title: "mail-administrator-changed-title",
    open: "mail-administrator-changed-open",
    hint: "mail-administrator-action-hint",
    not_them_title: "mail-administrator-changed-not-them-title",
    not_them: "mail-administrator-changed-not-them",
    why: "mail-why-administrator",
};

pub(super) const SIGN_IN: AboutSomeone = AboutSomeone {
    subject: "mail-administrator-sign-in-subject",
    title: "mail-administrator-sign-in-title",
    open: "mail-administrator-sign-in-open",
    hint: "mail-administrator-sign-in-hint",
    not_them: "mail-administrator-sign-in-not-them",
    // Its person reads it, too.
    why: "mail-why-global-administrator",
    ..CHANGED
};

pub(super) const CONTACT: AboutSomeone = AboutSomeone {
    subject: "mail-contact-subject",
    title: "mail-contact-title",
    open: "mail-contact-open",
    hint: "mail-contact-action-hint",
    not_them_title: "mail-contact-not-them-title",
    not_them: "mail-contact-not-them",
    why: "mail-why-administrator",
};

impl Writer<'_> {
    pub(super) fn about_someone(
        &self,
        say: &AboutSomeone,
        person: &Someone,
        user: Uuid,
        at: OffsetDateTime,
        by: &str,
        facts: &[(&str, &str)],
    ) -> Letter {
        let (l, Someone { user_id, .. }) = (self.l, person);
        let clock = when::clock_with_seconds(at);
        let who = self.who(person);
        Letter {
            subject: l.a(say.subject).arg("user_id", shown::in_subject(user_id)).arg("clock", clock).s(),
            title: l.t(say.title),
            opening: vec![l.t("mail-hello"), l.a(say.open).arg("who", who).arg("by", by).s(), l.t(say.hint)],
            action: l.t("mail-open-portal"),
            url: self.sender.page(&format!("/portal/users/{user}")),
            facts: self.facts(facts),
            sections: vec![(l.t(say.not_them_title), l.t(say.not_them))],
            closing: self.closing(say.why, user_id),
        }
    }
}
