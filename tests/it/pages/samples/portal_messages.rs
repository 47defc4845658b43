//! The pages of messages.

use sspr::{
    domain::delivery::{Kind, State},
    portal::messages::{
        list::{MessagesPage, Typed},
        show::{MessagePage, no_cancel, no_retry},
        shown::MessageShown,
    },
    store::outbox::desk::Listed,
    web::portal_nav::Section,
};
use time::Duration;
use uuid::Uuid;

use super::{Gallery, NOW};

impl Gallery<'_> {
    fn listed(&self, kind: &str, state: State) -> Listed {
        let is_sms = kind == "security_code";
        Listed {
            id: Uuid::from_u128(7),
            company: Some(Uuid::from_u128(1)),
            person: Some(Uuid::from_u128(2)),
            user_id: Some(self.given.user_id.clone()),
            channel: if is_sms { "sms" } else { "email" }.to_owned(),
            kind: kind.to_owned(),
            state: state.as_str().to_owned(),
            created_at: NOW,
            run_at: NOW + Duration::MINUTE,
            deadline: Some(NOW + Duration::HOUR),
            tries: 3,
            maybe_sent: 1,
            provider: Some(self.given.display_name.clone()),
            answer: Some(self.given.display_name.clone()),
            reference: Some(self.given.display_name.clone()),
            delivery: None,
            delivery_at: None,
            delivery_note: None,
            finished_at: (state != State::Queued).then_some(NOW),
            recipient: if is_sms { self.given.number.clone() } else { self.given.user_id.clone() },
            being_sent: false,
            link_dead: false,
            deadline_passed: false,
        }
    }

    pub(super) fn portal_messages(&mut self) {
        let page = self.console(Section::Messages);
        let nobody = Listed { person: None, user_id: None, ..self.listed("security_code", State::Queued) };
        let all: Vec<Listed> = Kind::ALL
            .into_iter()
            .map(|kind| self.listed(kind.as_str(), State::Queued))
            .chain([nobody])
            .collect();
        for (n, some) in all.chunks(6).enumerate() {
            let full = MessagesPage {
                page: page.clone(),
                typed: Typed {
                    state: "failed".to_owned(),
                    channel: "sms".to_owned(),
                    kind: "reset_link".to_owned(),
                    from: "2026-11-01".to_owned(),
                    user: Uuid::from_u128(1).to_string(),
                },
                about: Some(self.given.user_id.clone()),
                lines: some.iter().map(|message| MessageShown::new(&page, message)).collect(),
                newer: Some("1.7".to_owned()),
                older: Some("1.8".to_owned()),
            };
            self.add(&format!("portal_messages-full-{n}"), &full);
        }
        let empty = |typed: Typed| MessagesPage {
            page: page.clone(),
            typed,
            about: None,
            lines: Vec::new(),
            newer: None,
            older: None,
        };
        let user = self.given.display_name.clone();
        self.add("portal_messages-none", &empty(Typed::default()));
        self.add("portal_messages-nothing", &empty(Typed { user, ..Typed::default() }));
        let from = self.given.display_name.clone();
        self.add("portal_messages-wrong-day", &empty(Typed { from, ..Typed::default() }));

        for state in State::ALL {
            let message = self.listed("reset_link", state);
            let shown = MessagePage::new(page.clone(), &message, Some(("messages-retried", false)));
            self.add(&format!("portal_message-{}", state.as_str()), &shown);
        }
        for delivery in ["delivered", "failed"] {
            let message = Listed {
                delivery: Some(delivery.to_owned()),
                delivery_at: Some(NOW),
                delivery_note: Some(self.given.display_name.clone()),
                ..self.listed("security_code", State::Sent)
            };
            let shown = MessagePage::new(page.clone(), &message, Some(("messages-cancelled", false)));
            self.add(&format!("portal_message-{delivery}"), &shown);
        }
        let given_up = self.listed("security_code", State::GaveUp);
        for (name, message) in [
            ("dead", Listed { link_dead: true, ..given_up.clone() }),
            ("over", Listed { deadline_passed: true, ..given_up.clone() }),
            ("twice", Listed { maybe_sent: 2, ..given_up.clone() }),
            ("being-sent", Listed { being_sent: true, ..self.listed("reset_link", State::Queued) }),
            ("notice", self.listed("contact_changed", State::Queued)),
        ] {
            let shown = MessagePage::new(page.clone(), &message, None);
            self.add(&format!("portal_message-{name}"), &shown);
        }
        // Whatever a button was refused for.
        let refused = sspr::domain::delivery::NoRetry::ALL.map(no_retry).into_iter();
        for key in refused.chain(sspr::domain::delivery::NoCancel::ALL.map(no_cancel)) {
            let shown = MessagePage::new(page.clone(), &given_up, Some((key, true)));
            self.add(&format!("portal_message-{key}"), &shown);
        }
    }
}
