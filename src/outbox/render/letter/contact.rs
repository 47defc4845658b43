//! Mails about a person's own contact data: that it changed, and the link that confirms a new address.

use time::OffsetDateTime;

use super::{Letter, NotMe, Someone, Without, Writer, why};
use crate::{
    domain::message::{Author, ContactChange, SentTo},
    outbox::render::{shown, when},
};

const TELL: Without = Without {
    say: None,
    action: "mail-open-account",
    page: "/account",
    title: "mail-contact-changed-wrong-title",
    text: "mail-contact-changed-wrong",
};

impl Writer<'_> {
    /// To the addresses that the person had before, too: who changed them to take the account must not do so in silence (O-08).
    pub(super) fn contact_changed(
        &self,
        person: &Someone,
        by: &Author,
        changes: &[ContactChange],
        at: OffsetDateTime,
        not_me: Option<NotMe<'_>>,
        to: SentTo,
    ) -> Letter {
        let (l, user_id, by) = (self.l, &person.user_id, &*self.author(by));
        let moment = when::moment(l, at);
        let way_out = self.way_out(not_me, "mail-contact-changed-not-me", &TELL);
        let mut facts = self.facts(&[
            ("mail-fact-user-id", user_id),
            ("mail-fact-changed-at", &moment),
            ("mail-fact-changed-by", by),
        ]);
        for change in changes {
            facts.extend(self.facts(&[(change.key(), &self.change(change))]));
        }
        facts.extend(self.facts(&[("mail-fact-link-until", &way_out.until)]));
        let mut opening = vec![
            l.t("mail-hello"),
            l.a("mail-contact-changed-open").arg("user_id", user_id).arg("by", by).arg("at", &moment).s(),
            l.t("mail-contact-changed-effect"),
        ];
        opening.extend(way_out.say);
        Letter {
            subject: l.a("mail-contact-changed-subject").arg("clock", when::clock_with_seconds(at)).s(),
            title: l.t("mail-contact-changed-title"),
            opening,
            action: way_out.action,
            url: way_out.url,
            facts,
            sections: vec![way_out.section],
            closing: self.closing(why(to), user_id),
        }
    }

    /// No "This was not me" here: nobody knows yet whose address it is, and a stranger must not be able to block an account because
    /// someone mistyped. "Do nothing" is safe: what is not confirmed shows as such, and the old addresses got the notice.
    pub(super) fn confirm_email(
        &self,
        person: &Someone,
        company: &str,
        by: Option<&Author>,
        expires_at: OffsetDateTime,
        link: &str,
    ) -> Letter {
        let (l, user_id) = (self.l, &person.user_id);
        let until = when::moment(l, expires_at);
        let by = by.map(|by| self.author(by));
        let open = match &by {
            Some(by) => l.a("mail-confirm-open").arg("by", by).arg("user_id", user_id).s(),
            None => l.a("mail-confirm-open-again").arg("user_id", user_id).s(),
        };
        Letter {
            subject: l.a("mail-confirm-subject").arg("until", when::moment_with_seconds(l, expires_at)).s(),
            title: l.t("mail-confirm-title"),
            opening: vec![
                l.t("mail-hello"),
                open,
                l.t("mail-confirm-effect"),
                l.a("mail-confirm-until").arg("until", &until).s(),
            ],
            action: l.t("mail-confirm-action"),
            url: link.to_owned(),
            facts: self.facts(&[
                ("mail-fact-user-id", user_id),
                ("mail-fact-company", &shown::words(company)),
                ("mail-fact-entered-by", by.as_deref().unwrap_or_default()),
                ("mail-fact-link-until", &until),
            ]),
            sections: vec![(l.t("mail-confirm-not-you-title"), l.t("mail-confirm-not-you"))],
            closing: self.closing("mail-why-unconfirmed", user_id),
        }
    }
}
