//! Mails to a person about deeds that set no password and change no contact: codes that were wrong, a role, a block.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{Letter, NotMe, Someone, Without, Writer, about_someone, why};
use crate::{
    domain::message::{Author, ContactChange, PEOPLE_MAX, Person, SentTo},
    outbox::render::when,
};

const TELL: Without = Without {
    say: None,
    action: "mail-sign-in",
    page: "/sign-in",
    title: "mail-temporary-not-you-title",
    text: "mail-temporary-not-you",
};

impl Writer<'_> {
    /// Whoever did it reads the person's mail and has not their phone: that is what the person must hear.
    pub(super) fn partial_reset(
        &self,
        person: &Someone,
        at: OffsetDateTime,
        not_me: Option<NotMe<'_>>,
        to: SentTo,
    ) -> Letter {
        let (l, Someone { user_id, browser, .. }) = (self.l, person);
        let moment = when::moment(l, at);
        let way_out = self.way_out(not_me, "mail-partial-not-me", &TELL);
        let mut opening = vec![
            l.t("mail-hello"),
            l.a("mail-partial-open").arg("user_id", user_id).arg("at", &moment).s(),
            l.t("mail-partial-effect"),
        ];
        opening.extend(way_out.say);
        Letter {
            subject: l.a("mail-partial-subject").arg("clock", when::clock_with_seconds(at)).s(),
            title: l.t("mail-partial-title"),
            opening,
            action: way_out.action,
            url: way_out.url,
            facts: self.facts(&[
                ("mail-fact-user-id", user_id),
                ("mail-fact-stopped-at", &moment),
                ("mail-fact-asked-from", browser),
                ("mail-fact-link-until", &way_out.until),
            ]),
            sections: vec![(l.t("mail-partial-mailbox-title"), l.t("mail-partial-mailbox")), way_out.section],
            closing: self.closing(why(to), user_id),
        }
    }

    pub(super) fn role_changed(
        &self,
        person: &Someone,
        by: &Author,
        (old, new): (&str, &str),
        at: OffsetDateTime,
        not_me: Option<NotMe<'_>>,
        to: SentTo,
    ) -> Letter {
        let (l, user_id, by) = (self.l, &person.user_id, &*self.author(by));
        let moment = when::moment(l, at);
        let role = l.a("mail-change").arg("old", self.role(old)).arg("new", self.role(new)).s();
        let way_out = self.way_out(not_me, "mail-contact-changed-not-me", &TELL);
        let mut opening = vec![
            l.t("mail-hello"),
            l.a("mail-role-open").arg("user_id", user_id).arg("by", by).arg("at", &moment).s(),
            l.t("mail-role-effect"),
        ];
        opening.extend(way_out.say);
        Letter {
            subject: l.a("mail-role-subject").arg("clock", when::clock_with_seconds(at)).s(),
            title: l.t("mail-role-title"),
            opening,
            action: way_out.action,
            url: way_out.url,
            facts: self.facts(&[
                ("mail-fact-user-id", user_id),
                ("mail-fact-changed-at", &moment),
                ("mail-fact-changed-by", by),
                ("mail-fact-role", &role),
                ("mail-fact-link-until", &way_out.until),
            ]),
            sections: vec![way_out.section],
            closing: self.closing(why(to), user_id),
        }
    }

    /// Whoever had their account blocked hears when it is open again: it may be somebody else who talked an administrator into it.
    pub(super) fn block_lifted(
        &self,
        person: &Someone,
        by: &Author,
        at: OffsetDateTime,
        not_me: Option<NotMe<'_>>,
        to: SentTo,
    ) -> Letter {
        let (l, user_id, by) = (self.l, &person.user_id, &*self.author(by));
        let moment = when::moment(l, at);
        let way_out = self.way_out(not_me, "mail-contact-changed-not-me", &TELL);
        let mut opening = vec![
            l.t("mail-hello"),
            l.a("mail-lifted-open").arg("user_id", user_id).arg("by", by).arg("at", &moment).s(),
            l.t("mail-lifted-effect"),
        ];
        opening.extend(way_out.say);
        Letter {
            subject: l.a("mail-lifted-subject").arg("clock", when::clock_with_seconds(at)).s(),
            title: l.t("mail-lifted-title"),
            opening,
            action: way_out.action,
            url: way_out.url,
            facts: self.facts(&[
                ("mail-fact-user-id", user_id),
                ("mail-fact-lifted-at", &moment),
                ("mail-fact-lifted-by", by),
                ("mail-fact-link-until", &way_out.until),
            ]),
            sections: vec![way_out.section],
            closing: self.closing(why(to), user_id),
        }
    }

    /// One mail for all of a batch.
    pub(super) fn administrators_were_reset(
        &self,
        people: &[Person],
        more: u32,
        by: &Author,
        at: OffsetDateTime,
    ) -> Letter {
        let (l, by) = (self.l, &*self.author(by));
        let moment = when::moment(l, at);
        let mut opening =
            vec![l.t("mail-hello"), l.a("mail-batch-open").arg("by", by).arg("at", &moment).s()];
        if more > 0 {
            opening.push(l.a("mail-batch-more").arg("n", more).s());
        }
        opening.push(l.t("mail-administrator-action-hint"));
        let mut facts = self.facts(&[("mail-fact-sent-at", &moment), ("mail-fact-sent-by", by)]);
        for person in people.iter().take(PEOPLE_MAX) {
            let who = self.who(&self.someone(&person.user_id, &person.display_name, ""));
            facts.extend(self.facts(&[("mail-fact-user-id", &who)]));
        }
        Letter {
            subject: l.a("mail-batch-subject").arg("clock", when::clock_with_seconds(at)).s(),
            title: l.t("mail-batch-title"),
            opening,
            action: l.t("mail-open-users"),
            url: self.sender.page("/portal/users"),
            facts,
            sections: vec![(l.t("mail-batch-not-agreed-title"), l.t("mail-batch-not-agreed"))],
            closing: self.closing("mail-why-global", ""),
        }
    }

    pub(super) fn administrator_changed(
        &self,
        person: &Someone,
        user: Uuid,
        by: &Author,
        changes: &[ContactChange],
        at: OffsetDateTime,
    ) -> Letter {
        let by = &*self.author(by);
        let moment = when::moment(self.l, at);
        let mut lines: Vec<(&str, String)> = vec![
            ("mail-fact-user-id", person.user_id.clone()),
            ("mail-fact-name", person.name.clone()),
            ("mail-fact-changed-at", moment),
            ("mail-fact-changed-by", by.to_owned()),
        ];
        lines.extend(changes.iter().map(|one| (one.key(), self.change(one))));
        let facts: Vec<(&str, &str)> = lines.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let say = if changes.iter().any(ContactChange::is_sign_in) {
            &about_someone::SIGN_IN
        } else {
            &about_someone::CHANGED
        };
        self.about_someone(say, person, user, at, by, &facts)
    }
}
