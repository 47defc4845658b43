//! The mail to global administrators when someone pressed "This was not me". It leads to the incident in the portal, which asks the
//! reader who they are.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{Letter, Someone, Writer};
use crate::{
    domain::deed::Deed,
    outbox::render::{shown, when},
};

impl Writer<'_> {
    pub(super) fn incident_opened(
        &self,
        person: &Someone,
        incident: Uuid,
        deed: Deed,
        deed_at: OffsetDateTime,
        at: OffsetDateTime,
    ) -> Letter {
        let (l, user_id) = (self.l, &person.user_id);
        let effect = if deed.blocks() { "mail-incident-blocked" } else { "mail-incident-not-blocked" };
        Letter {
            subject: l
                .a("mail-incident-subject")
                .arg("user_id", shown::in_subject(user_id))
                .arg("clock", when::clock_with_seconds(at))
                .s(),
            title: l.t("mail-incident-title"),
            opening: vec![
                l.t("mail-hello"),
                l.a(&format!("mail-incident-{}", deed.as_str())).arg("who", self.who(person)).s(),
                l.t(effect),
            ],
            action: l.t("mail-incident-action"),
            url: self.sender.page(&format!("/portal/incidents/{incident}")),
            facts: self.facts(&[
                ("mail-fact-user-id", user_id),
                ("mail-fact-name", &person.name),
                ("mail-fact-done-at", &when::moment(l, deed_at)),
                ("mail-fact-reported-at", &when::moment(l, at)),
            ]),
            sections: vec![(l.t("mail-incident-talk-title"), l.t("mail-incident-talk"))],
            closing: self.closing("mail-why-global", user_id),
        }
    }
}
