//! The mail that only shows that mail arrives: to whoever tries delivery, at any address.

use time::OffsetDateTime;

use super::{Letter, Writer};
use crate::{domain::message::Author, outbox::render::when};

impl Writer<'_> {
    /// Its link is the sign-in page: a reader sees with it that links lead to the right place.
    pub(super) fn test(&self, by: &Author, at: OffsetDateTime) -> Letter {
        let (l, by, host) = (self.l, &*self.author(by), self.sender.host());
        let moment = when::moment(l, at);
        let mut closing = vec![l.t("mail-never-ask")];
        closing.extend(self.sender.help().map(|help| l.a("mail-help").arg("help", help).s()));
        closing.push(l.a("mail-why-test").arg("host", host).s());
        Letter {
            subject: l.a("mail-test-subject").arg("clock", when::clock_with_seconds(at)).s(),
            title: l.t("mail-test-title"),
            opening: vec![
                l.t("mail-hello"),
                l.a("mail-test-open").arg("host", host).arg("at", &moment).s(),
                l.t("mail-test-next"),
            ],
            action: l.t("mail-sign-in"),
            url: self.sender.page("/sign-in"),
            facts: self.facts(&[("mail-fact-sent-by", by), ("mail-fact-sent-at", &moment)]),
            sections: vec![(l.t("mail-test-not-you-title"), l.t("mail-test-not-you"))],
            closing,
        }
    }
}
