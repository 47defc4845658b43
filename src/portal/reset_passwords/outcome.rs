//! What became of one person of a batch: the outcome of the verb and the state of the message, in one word and with what to do.

use crate::store::batches::Item;

/// What became of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The message waits for a worker or for another try.
    Queued,
    /// Taken by the mail system or the provider.
    Sent {
        /// As a text message.
        sms: bool,
    },
    /// Refused for good, or tries ran out.
    Failed,
    /// The time of the link was over before it could be sent.
    Late,
    /// Something newer took its place before it was sent.
    Withdrawn,
    /// Somebody stopped the message.
    Stopped,
    /// Nothing was sent: sign-in is blocked.
    Blocked,
    /// Nothing was sent: there is no contact.
    NoContact,
    /// Nothing was sent: no text messages go to the country of the number.
    Country,
    /// Nothing was sent: the role.
    Role,
    /// Nothing was sent: the one who did it.
    Oneself,
    /// Nothing was sent: too many messages to this phone.
    TooOften,
    /// Nothing was sent yet: it waits for its time or for an approval.
    Waits,
    /// The service stopped half-way.
    Begun,
}

impl Fate {
    /// Of a row of the batch.
    pub fn of(item: &Item) -> Self {
        match (item.outcome.as_str(), item.delivery.as_deref()) {
            ("sent_email" | "sent_sms", Some("queued")) => Self::Queued,
            ("sent_email" | "sent_sms", Some("gave_up" | "undeliverable")) => Self::Failed,
            ("sent_email" | "sent_sms", Some("too_late")) => Self::Late,
            ("sent_email" | "sent_sms", Some("withdrawn")) => Self::Withdrawn,
            ("sent_email" | "sent_sms", Some("cancelled")) => Self::Stopped,
            // The outbox forgets messages in time: what it forgot had left.
            ("sent_email", _) => Self::Sent { sms: false },
            ("sent_sms", _) => Self::Sent { sms: true },
            ("blocked", _) => Self::Blocked,
            ("no_contact", _) => Self::NoContact,
            ("refused_country", _) => Self::Country,
            ("oneself", _) => Self::Oneself,
            ("too_often", _) => Self::TooOften,
            ("waits" | "waits_already", _) => Self::Waits,
            ("begun", _) => Self::Begun,
            _ => Self::Role,
        }
    }

    /// The name in files; also the middle of the keys of its words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent { sms: false } => "sent-email",
            Self::Sent { sms: true } => "sent-sms",
            Self::Failed => "failed",
            Self::Late => "late",
            Self::Withdrawn => "withdrawn",
            Self::Stopped => "stopped",
            Self::Blocked => "not-blocked",
            Self::NoContact => "not-contact",
            Self::Country => "not-country",
            Self::Role => "not-role",
            Self::Oneself => "not-oneself",
            Self::TooOften => "not-often",
            Self::Waits => "not-waits",
            Self::Begun => "begun",
        }
    }

    /// The key of its word.
    pub fn word(self) -> String {
        format!("batch-{}", self.as_str())
    }

    /// The key of what to do.
    pub fn next(self) -> String {
        match self {
            Self::Sent { .. } => "batch-sent-next".to_owned(),
            other => format!("batch-{}-next", other.as_str()),
        }
    }

    /// The class of its badge.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Sent { .. } => "yes",
            Self::Queued | Self::Withdrawn | Self::Waits => "off",
            Self::Failed | Self::Late | Self::Stopped | Self::Begun => "no",
            Self::Blocked | Self::NoContact | Self::Country | Self::Role | Self::Oneself | Self::TooOften => {
                "doubt"
            }
        }
    }

    /// The link did not get there, and another try is of use.
    pub const fn is_failed(self) -> bool {
        matches!(self, Self::Failed | Self::Late | Self::Stopped | Self::Begun)
    }

    /// Nothing was sent.
    pub const fn is_not_sent(self) -> bool {
        matches!(
            self,
            Self::Blocked
                | Self::NoContact
                | Self::Country
                | Self::Role
                | Self::Oneself
                | Self::TooOften
                | Self::Waits
        )
    }

    /// The page for one person has more to offer.
    pub const fn has_other_ways(self) -> bool {
        self.is_failed() || matches!(self, Self::Blocked | Self::NoContact | Self::Country | Self::TooOften)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate(outcome: &str, delivery: Option<&str>) -> Fate {
        Fate::of(&Item {
            user: None,
            principal: String::new(),
            display_name: None,
            outcome: outcome.to_owned(),
            delivery: delivery.map(str::to_owned),
            message: None,
        })
    }

    #[test]
    fn every_outcome_of_the_verb_and_every_state_of_the_outbox_has_its_words() {
        assert_eq!(fate("sent_email", Some("queued")), Fate::Queued);
        assert_eq!(fate("sent_sms", Some("sent")), Fate::Sent { sms: true });
        assert_eq!(fate("sent_email", Some("gave_up")), Fate::Failed);
        assert_eq!(fate("sent_email", Some("undeliverable")), Fate::Failed);
        assert_eq!(fate("sent_email", Some("too_late")), Fate::Late);
        assert_eq!(fate("sent_email", Some("withdrawn")), Fate::Withdrawn);
        assert_eq!(fate("sent_email", Some("cancelled")), Fate::Stopped);
        assert_eq!(fate("sent_email", None), Fate::Sent { sms: false });
        assert_eq!(fate("begun", None), Fate::Begun);
        let language = crate::language::Languages::embedded(false).unwrap().english();
        for outcome in [
            "sent_email",
            "sent_sms",
            "blocked",
            "no_contact",
            "refused_country",
            "not_allowed",
            "oneself",
            "too_often",
            "waits",
            "waits_already",
            "begun",
        ] {
            let states = crate::domain::delivery::State::ALL.map(|state| Some(state.as_str()));
            for delivery in states.into_iter().chain([None]) {
                let fate = fate(outcome, delivery);
                for key in [fate.word(), fate.next()] {
                    assert_ne!(language.t(&key), key, "no words");
                }
            }
        }
    }
}
