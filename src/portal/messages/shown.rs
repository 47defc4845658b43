//! A message as pages show it.

use uuid::Uuid;

use crate::{
    admin::messages::masked,
    domain::delivery::{Kind, State},
    store::outbox::desk::Listed,
    web::page::{Moment, Page},
};

/// A message in a list and on its page.
pub struct MessageShown {
    /// The row.
    pub id: Uuid,
    /// What it is, in words.
    pub what: String,
    /// When it was queued.
    pub at: Moment,
    /// Whose it is: the row and the user ID, while they exist.
    pub person: Option<(Uuid, String)>,
    /// The masked recipient.
    pub recipient: String,
    /// The key of how it travels.
    pub channel: &'static str,
    /// The class of its badge.
    pub class: &'static str,
    /// The key of its badge's word.
    pub word: &'static str,
    /// The provider's last answer.
    pub answer: Option<String>,
    /// Why it did not arrive, as a receipt or bounce said.
    pub delivery_note: Option<String>,
    /// How often it was handed over.
    pub tries: i16,
    /// When it is tried next.
    pub next_try: Option<Moment>,
}

impl MessageShown {
    /// Of a row.
    pub fn new(page: &Page, message: &Listed) -> Self {
        let (class, word) = badge(message);
        let waits = message.state == "queued" && !message.being_sent;
        Self {
            id: message.id,
            what: kind(page, &message.kind),
            at: Moment::with_day(message.created_at),
            person: message.person.zip(message.user_id.clone()),
            recipient: masked(message),
            channel: if message.channel == "sms" { "messages-sms" } else { "messages-email" },
            class,
            word,
            answer: message.answer.clone(),
            delivery_note: message.delivery_note.clone(),
            tries: message.tries,
            next_try: waits.then(|| Moment::with_day(message.run_at)),
        }
    }
}

/// A kind in words; what a later version calls otherwise stands as it is.
pub fn kind(page: &Page, name: &str) -> String {
    match Kind::named(name) {
        Some(kind) => page.t(&format!("messages-kind-{}", kind.as_str())),
        None => name.to_owned(),
    }
}

/// The badge: its class and the key of its word. What a receipt said later outweighs that it was sent.
pub fn badge(message: &Listed) -> (&'static str, &'static str) {
    match (State::named(&message.state), message.delivery.as_deref()) {
        (Some(State::Sent), Some("failed")) => ("no", "messages-state-not-delivered"),
        (Some(State::Sent), Some(_)) => ("yes", "messages-state-delivered"),
        (Some(State::Sent), None) => ("yes", "messages-state-sent"),
        (Some(State::Queued), _) if message.being_sent => ("off", "messages-state-being-sent"),
        (Some(State::Queued), _) if message.tries > 0 => ("doubt", "messages-state-tried-again"),
        (Some(State::Queued), _) => ("off", "messages-state-queued"),
        (Some(State::GaveUp), _) => ("no", "messages-state-gave-up"),
        (Some(State::TooLate), _) => ("no", "messages-state-too-late"),
        (Some(State::Withdrawn), _) => ("off", "messages-state-withdrawn"),
        (Some(State::Cancelled), _) => ("off", "messages-state-cancelled"),
        (Some(State::Undeliverable) | None, _) => ("off", "messages-state-undeliverable"),
    }
}
