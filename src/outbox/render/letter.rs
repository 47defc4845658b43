//! What a mail says, before it is laid out. Each message becomes one [`Letter`]; both parts of the mail are made from
//! it, so that they can't say different things.
//!
//! To add a mail: an arm in [`Writer::letter`] and its function below `letter/`, sentences in `mail.ftl`, a sample in
//! `tests/samples.rs`.

mod about_someone;
mod change;
mod contact;
mod incident;
mod notice;
mod password;
mod reset;
mod test;

use time::OffsetDateTime;

use super::{Brand, CannotRender, shown, when};
use crate::{
    domain::{
        message::{Author, Channel, ContactChange, How, Message, SIGN_IN_BLOCKED, SentTo},
        user::Role,
    },
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

/// "This was not me": the one link of a notice that tells a person what was done to their account.
#[derive(Clone, Copy)]
struct NotMe<'a> {
    link: &'a str,
    until: OffsetDateTime,
}

impl<'a> NotMe<'a> {
    /// A message has both or neither: a notice without a token (queued by an older version, or by a shell without the key) leads to a
    /// page of ours, and says whom to tell.
    fn of(link: Option<&'a str>, until: Option<OffsetDateTime>) -> Result<Option<Self>, CannotRender> {
        match (link, until) {
            (Some(link), Some(until)) => Ok(Some(Self { link, until })),
            (None, None) => Ok(None),
            _ => Err(CannotRender::Secret),
        }
    }
}

/// What a reader of a notice is to do.
struct WayOut {
    /// A sentence of the opening.
    say: Option<String>,
    action: String,
    url: String,
    /// Until when, as a fact.
    until: String,
    section: (String, String),
}

/// Makes letters for one sender in one language.
pub(super) struct Writer<'a> {
    pub(super) l: &'a Language,
    pub(super) sender: &'a Brand,
}

impl Writer<'_> {
    /// `link` is the secret of those messages that have one; the others refuse it.
    #[expect(clippy::too_many_lines, reason = "one arm a message")]
    pub(super) fn letter(&self, message: &Message, link: Option<&str>) -> Result<Letter, CannotRender> {
        match (message, link) {
            (Message::ResetLink { user_id, browser, asked_at, expires_at }, Some(link)) => {
                Ok(self.reset_link(&self.someone(user_id, "", browser), *asked_at, *expires_at, link))
            }
            (Message::PasswordWasReset { user_id, browser, at, receipt, not_me_until, to }, link) => {
                let not_me = NotMe::of(link, *not_me_until)?;
                let person = self.someone(user_id, "", browser);
                Ok(self.password_was_reset(&person, *at, receipt, not_me, *to))
            }
            (Message::AdministratorWasReset { user, user_id, display_name, at, browser, how, by }, None) => {
                let mut person = self.someone(user_id, display_name, browser);
                if matches!(how, How::LinkSent | How::TemporaryPassword | How::LinkHandedOver) {
                    // No browser of the person did it: who did is named instead.
                    person.browser.clear();
                }
                let by = by.as_ref().map(|by| self.author(by)).unwrap_or_default();
                let facts = [
                    ("mail-fact-user-id", &*person.user_id),
                    ("mail-fact-name", &*person.name),
                    ("mail-fact-reset-at", &*when::moment(self.l, *at)),
                    ("mail-fact-reset-by", &*by),
                    ("mail-fact-reset-from", &*person.browser),
                ];
                Ok(self.about_someone(about_someone::of_reset(*how), &person, *user, *at, &by, &facts))
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
                Ok(self.about_someone(&about_someone::CONTACT, &person, *user, *asked_at, "", &facts))
            }
            (Message::ContactChanged { user_id, by, changes, at, not_me_until, to }, link) => {
                let not_me = NotMe::of(link, *not_me_until)?;
                Ok(self.contact_changed(&self.someone(user_id, "", ""), by, changes, *at, not_me, *to))
            }
            (Message::ConfirmEmail { user_id, company, by, expires_at }, Some(link)) => {
                let person = self.someone(user_id, "", "");
                Ok(self.confirm_email(&person, company, by.as_ref(), *expires_at, link))
            }
            (Message::SetPasswordLink { user_id, by, expires_at, is_first }, Some(link)) => {
                Ok(self.set_password_link(&self.someone(user_id, "", ""), by, *expires_at, *is_first, link))
            }
            (Message::LinkHandedOver { user_id, at, good_until, not_me_until, to }, link) => {
                let not_me = NotMe::of(link, *not_me_until)?;
                Ok(self.link_handed_over(&self.someone(user_id, "", ""), *at, *good_until, not_me, *to))
            }
            (
                Message::PasswordResetByAdministrator { user_id, by, at, good_until, not_me_until, to },
                link,
            ) => {
                let not_me = NotMe::of(link, *not_me_until)?;
                let person = self.someone(user_id, "", "");
                Ok(self.temporary_password(&person, by, *at, *good_until, not_me, *to))
            }
            (Message::RequestRefused { user_id, by, at }, None) => {
                Ok(self.request_refused(&self.someone(user_id, "", ""), by.as_ref(), *at))
            }
            (Message::PasswordExpires { user_id, expires_at, days, to }, None) => {
                Ok(self.password_expires(&self.someone(user_id, "", ""), *expires_at, *days, *to))
            }
            (Message::PasswordChanged { user_id, browser, at, not_me_until, to }, link) => {
                let not_me = NotMe::of(link, *not_me_until)?;
                Ok(self.password_changed(&self.someone(user_id, "", browser), *at, not_me, *to))
            }
            (Message::SignedInFromNewPlace { user_id, browser, network, at, not_me_until, to }, link) => {
                let not_me = NotMe::of(link, *not_me_until)?;
                let person = self.someone(user_id, "", browser);
                Ok(self.signed_in_from_new_place(&person, network, *at, not_me, *to))
            }
            (Message::TestMail { by, at, .. }, None) => Ok(self.test(by, *at)),
            (Message::PartialReset { user_id, browser, at, not_me_until, to }, link) => {
                let not_me = NotMe::of(link, *not_me_until)?;
                Ok(self.partial_reset(&self.someone(user_id, "", browser), *at, not_me, *to))
            }
            (Message::RoleChanged { user_id, by, old, new, at, not_me_until, to }, link) => {
                let not_me = NotMe::of(link, *not_me_until)?;
                Ok(self.role_changed(&self.someone(user_id, "", ""), by, (old, new), *at, not_me, *to))
            }
            (Message::BlockLifted { user_id, by, at, not_me_until, to }, link) => {
                let not_me = NotMe::of(link, *not_me_until)?;
                Ok(self.block_lifted(&self.someone(user_id, "", ""), by, *at, not_me, *to))
            }
            (Message::AdministratorsWereReset { people, more, by, at }, None) => {
                Ok(self.administrators_were_reset(people, *more, by, *at))
            }
            (Message::AdministratorChanged { user, user_id, display_name, by, changes, at }, None) => {
                let person = self.someone(user_id, display_name, "");
                Ok(self.administrator_changed(&person, *user, by, changes, *at))
            }
            (Message::IncidentOpened { incident, user_id, display_name, deed, deed_at, at }, None) => {
                let person = self.someone(user_id, display_name, "");
                Ok(self.incident_opened(&person, *incident, *deed, *deed_at, *at))
            }
            (
                Message::ChangeWaits { user_id, by, lines, needs_approval, until, at, to, only_tells },
                None,
            ) => {
                let (needs_approval, until, at) = (*needs_approval, *until, *at);
                let waits = change::Waits { lines, needs_approval, until, at, only_tells: *only_tells };
                Ok(self.change_waits(user_id.as_deref(), by, &waits, *to))
            }
            (Message::ChangeEnded { user_id, by, lines, end, decided_by, at }, None) => {
                let ended = change::Ended { lines, end: *end, decided_by: decided_by.as_ref(), at: *at };
                Ok(self.change_ended(user_id.as_deref(), by, &ended))
            }
            (message, _) if message.channel() == Channel::Sms => Err(CannotRender::OtherChannel),
            _ => Err(CannotRender::Secret),
        }
    }

    /// "This was not me" under the sentence `say`; without it, the page and the words of `without`.
    fn way_out(&self, not_me: Option<NotMe<'_>>, say: &str, without: &Without) -> WayOut {
        let l = self.l;
        match not_me {
            Some(NotMe { link, until }) => {
                let until = when::moment(l, until);
                WayOut {
                    say: Some(l.a(say).arg("until", &until).s()),
                    action: l.t("mail-not-me"),
                    url: link.to_owned(),
                    until,
                    section: (l.t("mail-blocked-next-title"), l.t("mail-blocked-next")),
                }
            }
            None => WayOut {
                say: without.say.map(|say| l.t(say)),
                action: l.t(without.action),
                url: self.sender.page(without.page),
                until: String::new(),
                section: (l.t(without.title), l.t(without.text)),
            },
        }
    }

    fn someone(&self, user_id: &str, name: &str, browser: &str) -> Someone {
        let mut browser = shown::words(browser);
        if browser.is_empty() {
            browser = self.l.t("mail-unknown-browser");
        }
        Someone { user_id: shown::user_id(user_id), name: shown::words(name), browser }
    }

    /// A name with its user ID, or the user ID alone.
    fn who(&self, Someone { user_id, name, .. }: &Someone) -> String {
        match &**name {
            "" => user_id.clone(),
            name => self.l.a("mail-who").arg("name", name).arg("user_id", user_id).s(),
        }
    }

    /// A role in words; one that this binary does not know by its name.
    fn role(&self, name: &str) -> String {
        name.parse::<Role>()
            .map_or_else(|_| shown::words(name), |role| self.l.t(&format!("mail-role-{role}")))
    }

    /// Before and now, in words.
    fn change(&self, change: &ContactChange) -> String {
        let value = |value: Option<&str>| match value {
            None => self.l.t("mail-none"),
            Some(name) if change.is_role() => self.role(name),
            Some(SIGN_IN_BLOCKED) if change.is_sign_in() => self.l.t("mail-sign-in-blocked"),
            Some(_) if change.is_sign_in() => self.l.t("mail-sign-in-open"),
            Some(masked) => shown::masked(masked),
        };
        let (old, new) = (value(change.old()), value(change.now()));
        self.l.a("mail-change").arg("old", old).arg("new", new).s()
    }

    /// Who did it. User IDs of our own administrators, so that the reader knows whom to ask.
    fn author(&self, by: &Author) -> String {
        match by {
            Author::Administrator(user_id) => shown::user_id(user_id),
            Author::Operator => self.l.t("mail-by-operator"),
        }
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

/// What stands where "This was not me" would.
struct Without {
    say: Option<&'static str>,
    action: &'static str,
    page: &'static str,
    title: &'static str,
    text: &'static str,
}

/// Why this copy came to this address.
const fn why(to: SentTo) -> &'static str {
    match to {
        SentTo::AlternateEmail => "mail-why-alternate",
        SentTo::FormerAlternateEmail => "mail-why-former",
        SentTo::Mailbox => "mail-why-mailbox",
    }
}
