//! Mails about a change that waits for its time or for a second global administrator, and about its end.

use time::OffsetDateTime;

use super::{Fact, Letter, Writer, why};
use crate::{
    domain::{
        message::{Author, ChangeLine, SentTo, Subject},
        second_pair::End,
    },
    outbox::render::{shown, when},
};

/// A change that waits.
pub(super) struct Waits<'a> {
    pub(super) lines: &'a [ChangeLine],
    pub(super) needs_approval: bool,
    pub(super) until: OffsetDateTime,
    pub(super) at: OffsetDateTime,
    pub(super) only_tells: bool,
}

/// A change that waited.
pub(super) struct Ended<'a> {
    pub(super) lines: &'a [ChangeLine],
    pub(super) end: End,
    pub(super) decided_by: Option<&'a Author>,
    pub(super) at: OffsetDateTime,
}

impl Writer<'_> {
    /// Who hears of it first can stop it: the old contacts of whoever would be changed, and every global administrator. Who is none
    /// yet has one of them refuse it, and gets no link to a page that is closed to them.
    pub(super) fn change_waits(
        &self,
        user_id: Option<&str>,
        by: &Author,
        waits: &Waits<'_>,
        to: Option<SentTo>,
    ) -> Letter {
        let (l, by, at) = (self.l, &*self.author(by), when::moment(self.l, waits.at));
        let (subject, whose) = self.whose(user_id, "mail-waits-subject", waits.at);
        let until = when::moment(l, waits.until);
        let then = if waits.needs_approval { "mail-waits-approval" } else { "mail-waits-hold" };
        let until_label = if waits.needs_approval { "mail-fact-dropped-at" } else { "mail-fact-acts-at" };
        let (agreed, action, page, wrong) = if waits.only_tells {
            ("mail-waits-agreed-tell", "mail-open-account", "/account", "mail-waits-wrong-tell")
        } else {
            ("mail-waits-agreed", "mail-waits-action", "/portal/approvals", "mail-waits-wrong")
        };
        let mut facts = self.facts(&[
            ("mail-fact-user-id", user_id.map(shown::user_id).as_deref().unwrap_or_default()),
            ("mail-fact-asked-at", &at),
            ("mail-fact-asked-by", by),
        ]);
        facts.extend(self.lines(waits.lines));
        facts.extend(self.facts(&[(until_label, &until)]));
        Letter {
            subject,
            title: l.t("mail-waits-title"),
            opening: vec![
                l.t("mail-hello"),
                l.a("mail-waits-open").arg("by", by).arg("whose", &whose).arg("at", &at).s(),
                l.a(then).arg("until", &until).s(),
                l.t(agreed),
            ],
            action: l.t(action),
            url: self.sender.page(page),
            facts,
            sections: vec![(l.t("mail-waits-wrong-title"), l.t(wrong))],
            closing: self.why_of_change(user_id, to),
        }
    }

    /// What became of it. Also of a rule that an operator made weaker: then nothing waited.
    pub(super) fn change_ended(&self, user_id: Option<&str>, by: &Author, ended: &Ended<'_>) -> Letter {
        let (l, by, at) = (self.l, &*self.author(by), when::moment(self.l, ended.at));
        let (subject, mut whose) = self.whose(user_id, "mail-ended-subject", ended.at);
        if ended.lines.iter().any(|line| line.what == Subject::Mailboxes) {
            whose = l.t("mail-waits-whose-places");
        }
        let decided_by = ended.decided_by.map(|by| self.author(by)).unwrap_or_default();
        let end = format!("mail-ended-{}", ended.end.as_str());
        let mut facts = self.facts(&[
            ("mail-fact-user-id", user_id.map(shown::user_id).as_deref().unwrap_or_default()),
            ("mail-fact-asked-by", by),
            ("mail-fact-decided-by", &decided_by),
            ("mail-fact-decided-at", &at),
        ]);
        facts.extend(self.lines(ended.lines));
        Letter {
            subject,
            title: l.t("mail-ended-title"),
            opening: vec![
                l.t("mail-hello"),
                l.a("mail-ended-open").arg("by", by).arg("whose", &whose).s(),
                l.t(&end),
            ],
            action: l.t("mail-waits-action"),
            url: self.sender.page("/portal/approvals"),
            facts,
            sections: vec![(l.t("mail-waits-wrong-title"), l.t("mail-ended-wrong"))],
            closing: self.why_of_change(user_id, None),
        }
    }

    /// The subject, and whose data it is: a person's, or the company's rule.
    fn whose(&self, user_id: Option<&str>, key: &str, at: OffsetDateTime) -> (String, String) {
        let (l, clock) = (self.l, when::clock_with_seconds(at));
        match user_id {
            Some(user_id) => {
                let user_id = shown::user_id(user_id);
                let subject = l.a(key).arg("user_id", shown::in_subject(&user_id)).arg("clock", clock).s();
                (subject, user_id)
            }
            None => (l.a(&format!("{key}-rule")).arg("clock", clock).s(), l.t("mail-waits-whose-rule")),
        }
    }

    fn lines(&self, lines: &[ChangeLine]) -> Vec<Fact> {
        let l = self.l;
        let mut facts = Vec::new();
        for line in lines {
            let value = |value: &Option<String>| match value {
                None => l.t("mail-none"),
                Some(value) => match line.what.value_key(value) {
                    Some(key) => l.t(&key),
                    None => Some(shown::masked(value))
                        .filter(|shown| !shown.trim().is_empty())
                        .unwrap_or_else(|| l.t("mail-none")),
                },
            };
            let words =
                l.a("mail-change-wanted").arg("old", value(&line.old)).arg("new", value(&line.new)).s();
            facts.extend(self.facts(&[(line.what.key(), &words)]));
        }
        facts
    }

    fn why_of_change(&self, user_id: Option<&str>, to: Option<SentTo>) -> Vec<String> {
        let user_id = user_id.map(shown::user_id).unwrap_or_default();
        match to {
            Some(to) => self.closing(why(to), &user_id),
            None => self.closing("mail-why-global-administrator", &user_id),
        }
    }
}
