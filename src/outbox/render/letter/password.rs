//! Mails about a person's password that do not come from the wizard: an administrator's answer, the company's rule, their own change.

use time::OffsetDateTime;

use super::{Letter, NotMe, Someone, Without, Writer, why};
use crate::{
    domain::message::{Author, SentTo},
    outbox::render::when,
};

const TELL: Without = Without {
    say: None,
    action: "mail-sign-in",
    page: "/sign-in",
    title: "mail-temporary-not-you-title",
    text: "mail-temporary-not-you",
};
const RESET: Without = Without {
    say: Some("mail-changed-not-you"),
    action: "mail-changed-action",
    page: "/reset",
    title: "mail-changed-next-title",
    text: "mail-changed-next",
};
const TAKE_BACK: Without = Without {
    say: Some("mail-new-place-not-you"),
    action: "mail-changed-action",
    page: "/reset",
    title: "mail-changed-next-title",
    text: "mail-changed-next",
};

impl Writer<'_> {
    /// The one link is the one that sets the password. Nothing has happened yet: not to open it is the way out, and once it is used the
    /// notice of that brings "This was not me".
    pub(super) fn set_password_link(
        &self,
        person: &Someone,
        by: &Author,
        expires_at: OffsetDateTime,
        is_first: bool,
        link: &str,
    ) -> Letter {
        let (l, user_id, by) = (self.l, &person.user_id, &*self.author(by));
        let until = when::moment(l, expires_at);
        // Whoever has no password yet never asked for anything, and has nothing that stays as it is.
        let key = |end| format!("mail-{}-{end}", if is_first { "first-password" } else { "set-password" });
        Letter {
            subject: l.a(&key("subject")).arg("until", when::moment_with_seconds(l, expires_at)).s(),
            title: l.t(&key("title")),
            opening: vec![
                l.t("mail-hello"),
                l.a(&key("open")).arg("by", by).arg("user_id", user_id).s(),
                l.a(&key("until")).arg("until", &until).s(),
            ],
            action: l.t("mail-set-password-action"),
            url: link.to_owned(),
            facts: self.facts(&[
                ("mail-fact-user-id", user_id),
                ("mail-fact-sent-by", by),
                ("mail-fact-link-until", &until),
            ]),
            sections: vec![(l.t(&key("not-you-title")), l.t(&key("not-you")))],
            closing: self.closing("mail-why-alternate", user_id),
        }
    }

    /// Tells that somebody else holds a link that sets the password.
    pub(super) fn link_handed_over(
        &self,
        person: &Someone,
        at: OffsetDateTime,
        good_until: OffsetDateTime,
        not_me: Option<NotMe<'_>>,
        to: SentTo,
    ) -> Letter {
        let (l, user_id) = (self.l, &person.user_id);
        let (moment, until) = (when::moment(l, at), when::moment(l, good_until));
        let way_out = self.way_out(not_me, "mail-by-someone-not-me", &TELL);
        let mut opening = vec![
            l.t("mail-hello"),
            l.a("mail-handed-open").arg("user_id", user_id).s(),
            l.a("mail-handed-until").arg("until", &until).s(),
        ];
        opening.extend(way_out.say);
        Letter {
            subject: l.a("mail-handed-subject").arg("clock", when::clock_with_seconds(at)).s(),
            title: l.t("mail-handed-title"),
            opening,
            action: way_out.action,
            url: way_out.url,
            facts: self.facts(&[
                ("mail-fact-user-id", user_id),
                ("mail-fact-made-at", &moment),
                ("mail-fact-temporary-until", &until),
                ("mail-fact-not-me-until", &way_out.until),
            ]),
            sections: vec![way_out.section],
            closing: self.closing(why(to), user_id),
        }
    }

    /// Tells that a temporary password exists, never what it is: the administrator hands it over another way.
    pub(super) fn temporary_password(
        &self,
        person: &Someone,
        by: &Author,
        at: OffsetDateTime,
        good_until: OffsetDateTime,
        not_me: Option<NotMe<'_>>,
        to: SentTo,
    ) -> Letter {
        let (l, user_id, by) = (self.l, &person.user_id, &*self.author(by));
        let (moment, until) = (when::moment(l, at), when::moment(l, good_until));
        let way_out = self.way_out(not_me, "mail-by-someone-not-me", &TELL);
        let mut opening = vec![
            l.t("mail-hello"),
            l.a("mail-temporary-open").arg("by", by).arg("user_id", user_id).s(),
            l.a("mail-temporary-until").arg("until", &until).s(),
        ];
        opening.extend(way_out.say);
        Letter {
            subject: l.a("mail-temporary-subject").arg("clock", when::clock_with_seconds(at)).s(),
            title: l.t("mail-temporary-title"),
            opening,
            action: way_out.action,
            url: way_out.url,
            facts: self.facts(&[
                ("mail-fact-user-id", user_id),
                ("mail-fact-reset-at", &moment),
                ("mail-fact-reset-by", by),
                ("mail-fact-temporary-until", &until),
                ("mail-fact-not-me-until", &way_out.until),
            ]),
            sections: vec![way_out.section],
            closing: self.closing(why(to), user_id),
        }
    }

    /// Nothing was done to the account, and nobody gets in by asking: there is nothing to stop.
    pub(super) fn request_refused(
        &self,
        person: &Someone,
        by: Option<&Author>,
        at: OffsetDateTime,
    ) -> Letter {
        let (l, user_id) = (self.l, &person.user_id);
        let by = by.map(|by| self.author(by)).unwrap_or_default();
        Letter {
            subject: l.a("mail-refused-subject").arg("clock", when::clock_with_seconds(at)).s(),
            title: l.t("mail-refused-title"),
            opening: vec![
                l.t("mail-hello"),
                l.a("mail-refused-open").arg("user_id", user_id).s(),
                l.t("mail-refused-next"),
            ],
            action: l.t("mail-contact-action"),
            url: self.sender.page("/contact-administrator"),
            facts: self.facts(&[
                ("mail-fact-user-id", user_id),
                ("mail-fact-refused-at", &when::moment(l, at)),
                ("mail-fact-refused-by", &by),
            ]),
            sections: vec![(l.t("mail-refused-not-you-title"), l.t("mail-refused-not-you"))],
            closing: self.closing("mail-why-alternate", user_id),
        }
    }

    /// Nobody did anything: time did.
    pub(super) fn password_expires(
        &self,
        person: &Someone,
        expires_at: OffsetDateTime,
        days: u16,
        to: SentTo,
    ) -> Letter {
        let (l, user_id) = (self.l, &person.user_id);
        let moment = when::moment(l, expires_at);
        Letter {
            subject: l.a("mail-expires-subject").arg("days", days).arg("at", &moment).s(),
            title: l.a("mail-expires-title").arg("days", days).s(),
            opening: vec![
                l.t("mail-hello"),
                l.a("mail-expires-open").arg("user_id", user_id).arg("at", &moment).s(),
                l.t("mail-expires-next"),
            ],
            action: l.t("mail-expires-action"),
            url: self.sender.page("/account/password"),
            facts: self.facts(&[("mail-fact-user-id", user_id), ("mail-fact-expires-at", &moment)]),
            sections: vec![(l.t("mail-expires-forgot-title"), l.t("mail-expires-forgot"))],
            closing: self.closing(why(to), user_id),
        }
    }

    pub(super) fn password_changed(
        &self,
        person: &Someone,
        at: OffsetDateTime,
        not_me: Option<NotMe<'_>>,
        to: SentTo,
    ) -> Letter {
        let (l, Someone { user_id, browser, .. }) = (self.l, person);
        let moment = when::moment(l, at);
        let way_out = self.way_out(not_me, "mail-changed-not-me", &RESET);
        let mut opening = vec![
            l.t("mail-hello"),
            l.a("mail-changed-open").arg("user_id", user_id).arg("browser", browser).arg("at", &moment).s(),
        ];
        opening.extend(way_out.say);
        Letter {
            subject: l.a("mail-changed-subject").arg("clock", when::clock_with_seconds(at)).s(),
            title: l.t("mail-changed-title"),
            opening,
            action: way_out.action,
            url: way_out.url,
            facts: self.facts(&[
                ("mail-fact-user-id", user_id),
                ("mail-fact-changed-at", &moment),
                ("mail-fact-changed-from", browser),
                ("mail-fact-link-until", &way_out.until),
            ]),
            sections: vec![way_out.section],
            closing: self.closing(why(to), user_id),
        }
    }

    /// Someone knew the password: the place is all that is unusual.
    pub(super) fn signed_in_from_new_place(
        &self,
        person: &Someone,
        network: &str,
        at: OffsetDateTime,
        not_me: Option<NotMe<'_>>,
        to: SentTo,
    ) -> Letter {
        let (l, Someone { user_id, browser, .. }) = (self.l, person);
        let moment = when::moment(l, at);
        let way_out = self.way_out(not_me, "mail-changed-not-me", &TAKE_BACK);
        let mut opening = vec![
            l.t("mail-hello"),
            l.a("mail-new-place-open").arg("user_id", user_id).arg("browser", browser).arg("at", &moment).s(),
            l.t("mail-new-place-known"),
        ];
        opening.extend(way_out.say);
        Letter {
            subject: l.a("mail-new-place-subject").arg("clock", when::clock_with_seconds(at)).s(),
            title: l.t("mail-new-place-title"),
            opening,
            action: way_out.action,
            url: way_out.url,
            facts: self.facts(&[
                ("mail-fact-user-id", user_id),
                ("mail-fact-signed-in-at", &moment),
                ("mail-fact-signed-in-from", browser),
                ("mail-fact-network", network),
                ("mail-fact-link-until", &way_out.until),
            ]),
            sections: vec![way_out.section],
            closing: self.closing(why(to), user_id),
        }
    }
}
