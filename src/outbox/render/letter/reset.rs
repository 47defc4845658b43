//! The wizard's own mails: the link, and what the person is told afterwards.

use time::OffsetDateTime;

use super::{Letter, NotMe, Someone, Without, Writer, why};
use crate::{
    domain::message::SentTo,
    outbox::render::{mail::reset_link_subject, shown, when},
};

const TELL: Without = Without {
    say: None,
    action: "mail-sign-in",
    page: "/sign-in",
    title: "mail-temporary-not-you-title",
    text: "mail-temporary-not-you",
};

impl Writer<'_> {
    pub(super) fn reset_link(
        &self,
        person: &Someone,
        asked_at: OffsetDateTime,
        expires_at: OffsetDateTime,
        link: &str,
    ) -> Letter {
        let (l, Someone { user_id, browser, .. }) = (self.l, person);
        let until = when::time(l, expires_at);
        Letter {
            subject: reset_link_subject(l, asked_at),
            title: l.t("mail-reset-title"),
            opening: vec![
                l.t("mail-hello"),
                l.a("mail-reset-open")
                    .arg("user_id", user_id)
                    .arg("browser", browser)
                    .arg("until", &until)
                    .s(),
                l.t("mail-reset-next"),
            ],
            action: l.t("mail-reset-action"),
            url: link.to_owned(),
            facts: self.facts(&[
                ("mail-fact-user-id", user_id),
                ("mail-fact-asked-at", &when::moment(l, asked_at)),
                ("mail-fact-asked-from", browser),
                ("mail-fact-link-until", &until),
            ]),
            sections: vec![
                (l.t("mail-reset-other-browser-title"), l.t("mail-reset-other-browser")),
                (l.t("mail-reset-not-you-title"), l.t("mail-reset-not-you")),
            ],
            closing: self.closing("mail-why-alternate", user_id),
        }
    }

    pub(super) fn password_was_reset(
        &self,
        person: &Someone,
        at: OffsetDateTime,
        receipt: &str,
        not_me: Option<NotMe<'_>>,
        to: SentTo,
    ) -> Letter {
        let (l, Someone { user_id, browser, .. }) = (self.l, person);
        let moment = when::moment(l, at);
        let way_out = self.way_out(not_me, "mail-was-reset-not-you", &TELL);
        let mut opening = vec![
            l.t("mail-hello"),
            l.a("mail-was-reset-open").arg("user_id", user_id).arg("browser", browser).arg("at", &moment).s(),
        ];
        opening.extend(way_out.say);
        Letter {
            subject: l.a("mail-was-reset-subject").arg("clock", when::clock_with_seconds(at)).s(),
            title: l.t("mail-was-reset-title"),
            opening,
            action: way_out.action,
            url: way_out.url,
            facts: self.facts(&[
                ("mail-fact-user-id", user_id),
                ("mail-fact-reset-at", &moment),
                ("mail-fact-reset-from", browser),
                ("mail-fact-receipt", &shown::words(receipt)),
                ("mail-fact-link-until", &way_out.until),
            ]),
            sections: vec![way_out.section],
            closing: self.closing(why(to), user_id),
        }
    }
}
