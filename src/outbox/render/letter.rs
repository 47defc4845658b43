//! What a mail says, before it is laid out. Each message becomes one [`Letter`]; both parts of the mail are made from
//! it, so that they can't say different things.
//!
//! To add a mail: an arm in [`Writer::letter`] and its function, sentences in `mail.ftl`, a sample in `tests/`.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{Brand, CannotRender, mail::reset_link_subject, shown, when};
use crate::{
    domain::message::{Message, SentTo},
    language::Language,
};

/// One mail. All strings are whole sentences or facts, not yet escaped.
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) title: String,
    pub(super) opening: Vec<String>,
    /// The text of the one link.
    pub(super) action: String,
    /// The one link.
    pub(super) url: String,
    pub(super) facts: Vec<Fact>,
    /// Questions that a reader may have, with the answer.
    pub(super) sections: Vec<(String, String)>,
    pub(super) closing: Vec<String>,
}

/// `label: value`.
pub(super) struct Fact {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) line: String,
}

/// A person in a mail, as fit to be shown.
struct Someone {
    user_id: String,
    name: String,
    browser: String,
}

/// The sentences of a mail that tells administrators about someone else.
struct AboutSomeone {
    subject: &'static str,
    title: &'static str,
    open: &'static str,
    hint: &'static str,
    not_them_title: &'static str,
    not_them: &'static str,
}

const WAS_RESET: AboutSomeone = AboutSomeone {
    subject: "mail-administrator-subject",
    title: "mail-administrator-title",
    open: "mail-administrator-open",
    hint: "mail-administrator-action-hint",
    not_them_title: "mail-administrator-not-them-title",
    not_them: "mail-administrator-not-them",
};

const CONTACT: AboutSomeone = AboutSomeone {
    subject: "mail-contact-subject",
    title: "mail-contact-title",
    open: "mail-contact-open",
    hint: "mail-contact-action-hint",
    not_them_title: "mail-contact-not-them-title",
    not_them: "mail-contact-not-them",
};

/// Makes letters for one sender in one language.
pub(super) struct Writer<'a> {
    pub(super) l: &'a Language,
    pub(super) sender: &'a Brand,
}

impl Writer<'_> {
    /// `link` is the secret of those messages that have one; the others refuse it.
    pub(super) fn letter(&self, message: &Message, link: Option<&str>) -> Result<Letter, CannotRender> {
        match (message, link) {
            (Message::ResetLink { user_id, browser, asked_at, expires_at }, Some(link)) => {
                Ok(self.reset_link(&self.someone(user_id, "", browser), *asked_at, *expires_at, link))
            }
            (Message::PasswordWasReset { user_id, browser, at, receipt, expires_at, to }, Some(link)) => {
                let person = self.someone(user_id, "", browser);
                Ok(self.password_was_reset(&person, *at, receipt, *expires_at, *to, link))
            }
            (Message::AdministratorWasReset { user, user_id, display_name, at, browser }, None) => {
                let person = self.someone(user_id, display_name, browser);
                let facts = [
                    ("mail-fact-user-id", &*person.user_id),
                    ("mail-fact-name", &*person.name),
                    ("mail-fact-reset-at", &*when::moment(self.l, *at)),
                    ("mail-fact-reset-from", &*person.browser),
                ];
                Ok(self.about_someone(&WAS_RESET, &person, *user, *at, &facts))
            }
            (
                Message::ContactAdministrator { user, user_id, display_name, company, asked_at, browser },
                None,
            ) => {
                let person = self.someone(user_id, display_name, browser);
                let facts = [
                    ("mail-fact-user-id", &*person.user_id),
                    ("mail-fact-name", &*person.name),
                    ("mail-fact-company", &*shown::words(company)),
                    ("mail-fact-asked-at", &*when::moment(self.l, *asked_at)),
                    ("mail-fact-asked-from", &*person.browser),
                ];
                Ok(self.about_someone(&CONTACT, &person, *user, *asked_at, &facts))
            }
            (Message::SecurityCode { .. } | Message::PasswordWasResetSms { .. }, _) => {
                Err(CannotRender::OtherChannel)
            }
            _ => Err(CannotRender::Secret),
        }
    }

    fn reset_link(
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

    fn password_was_reset(
        &self,
        person: &Someone,
        at: OffsetDateTime,
        receipt: &str,
        expires_at: OffsetDateTime,
        to: SentTo,
        link: &str,
    ) -> Letter {
        let (l, Someone { user_id, browser, .. }) = (self.l, person);
        let (moment, until) = (when::moment(l, at), when::moment(l, expires_at));
        let why = match to {
            SentTo::AlternateEmail => "mail-why-alternate",
            SentTo::Mailbox => "mail-why-mailbox",
        };
        Letter {
            subject: l.a("mail-was-reset-subject").arg("clock", when::clock_with_seconds(at)).s(),
            title: l.t("mail-was-reset-title"),
            opening: vec![
                l.t("mail-hello"),
                l.a("mail-was-reset-open")
                    .arg("user_id", user_id)
                    .arg("browser", browser)
                    .arg("at", &moment)
                    .s(),
                l.a("mail-was-reset-not-you").arg("until", &until).s(),
            ],
            action: l.t("mail-not-me"),
            url: link.to_owned(),
            facts: self.facts(&[
                ("mail-fact-user-id", user_id),
                ("mail-fact-reset-at", &moment),
                ("mail-fact-reset-from", browser),
                ("mail-fact-receipt", &shown::words(receipt)),
                ("mail-fact-link-until", &until),
            ]),
            sections: vec![(l.t("mail-was-reset-next-title"), l.t("mail-was-reset-next"))],
            closing: self.closing(why, user_id),
        }
    }

    fn about_someone(
        &self,
        say: &AboutSomeone,
        person: &Someone,
        user: Uuid,
        at: OffsetDateTime,
        facts: &[(&str, &str)],
    ) -> Letter {
        let (l, Someone { user_id, name, .. }) = (self.l, person);
        let clock = when::clock_with_seconds(at);
        let who = match &**name {
            "" => user_id.clone(),
            name => l.a("mail-who").arg("name", name).arg("user_id", user_id).s(),
        };
        Letter {
            subject: l.a(say.subject).arg("user_id", shown::in_subject(user_id)).arg("clock", clock).s(),
            title: l.t(say.title),
            opening: vec![l.t("mail-hello"), l.a(say.open).arg("who", who).s(), l.t(say.hint)],
            action: l.t("mail-open-portal"),
            url: self.sender.page(&format!("/portal/users/{user}")),
            facts: self.facts(facts),
            sections: vec![(l.t(say.not_them_title), l.t(say.not_them))],
            closing: self.closing("mail-why-administrator", user_id),
        }
    }

    fn someone(&self, user_id: &str, name: &str, browser: &str) -> Someone {
        let mut browser = shown::words(browser);
        if browser.is_empty() {
            browser = self.l.t("mail-unknown-browser");
        }
        Someone { user_id: shown::user_id(user_id), name: shown::words(name), browser }
    }

    /// A fact that is not known is left out.
    fn facts(&self, facts: &[(&str, &str)]) -> Vec<Fact> {
        let known = facts.iter().filter(|(_, value)| !value.is_empty());
        known
            .map(|&(label, value)| {
                let label = self.l.t(label);
                let line = self.l.a("mail-fact").arg("label", &label).arg("value", value).s();
                Fact { label, value: value.to_owned(), line }
            })
            .collect()
    }

    fn closing(&self, why: &str, user_id: &str) -> Vec<String> {
        let mut closing = vec![self.l.t("mail-never-ask")];
        closing.extend(self.sender.help().map(|help| self.l.a("mail-help").arg("help", help).s()));
        closing.push(self.l.a(why).arg("user_id", user_id).arg("host", self.sender.host()).s());
        closing
    }
}
