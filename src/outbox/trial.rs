//! A test message, handed to the relays or providers in this process and not by the queue, so that each one's answer can be shown.
//!
//! What must stay true: it goes the way of a real one (the same rendering, order and rules of when to stop), and no answer tells an
//! address, a number or a text.

use std::time::{Duration, Instant};

use super::{
    Outbox,
    delivery::{Parcel, mail_of, sms_of},
    letters::{self, CannotWrite, Letter},
};
use crate::{
    clock,
    domain::message::{Channel, Message},
    random,
    senders::{Accepted, SendError, mail::MailSender, route::Route, sms::SmsSender},
    store::outbox::Claimed,
};

/// How long a test is worth delivering: that of a code.
pub const VALID: time::Duration = time::Duration::minutes(10);

/// What one relay or provider answered.
#[derive(Debug)]
pub struct Answered {
    /// The section of the configuration that it stands in.
    pub section: &'static str,
    /// Of what kind it is, such as `smtp` or `twilio`.
    pub kind: &'static str,
    /// What it said.
    pub outcome: Result<Accepted, SendError>,
    /// How long it took.
    pub took: Duration,
}

/// Why nobody was asked.
#[derive(Debug, thiserror::Error)]
pub enum NobodyAsked {
    /// The message can't be written.
    #[error(transparent)]
    CannotWrite(#[from] CannotWrite),
    /// No relay or provider is configured for this channel.
    #[error("nobody is configured to carry it")]
    NoRoute,
    /// The one that was named is not among these sections.
    #[error("there is no such section; there is {}", .0.join(", "))]
    NoSuchSection(Vec<&'static str>),
}

/// Asks one after the other until one accepts, as for a real message; or only the one of the section `only`. `domains`: of the company
/// whose own texts count, if one is meant.
///
/// # Errors
/// Nobody could be asked. That all refused is no error: it stands in the answers.
pub async fn send(
    outbox: &Outbox,
    message: &Message,
    recipient: &str,
    domains: &[String],
    only: Option<&str>,
) -> Result<Vec<Answered>, NobodyAsked> {
    let now = clock::now();
    let row = Claimed {
        id: random::id(),
        channel: match message.channel() {
            Channel::Email => "email".to_owned(),
            Channel::Sms => "sms".to_owned(),
        },
        recipient: recipient.to_owned(),
        domains: domains.to_vec(),
        deliverable: true,
        message: serde_json::to_value(message).map_err(|_| CannotWrite::Facts)?,
        created_at: now,
        deadline: Some(now + VALID),
        tries: 1,
        maybe_sent: 0,
        now,
        token: None,
        avoid: None,
        company: None,
        // Not by the queue, so not against what the queue may send.
        budgeted: true,
    };
    match letters::write(&row, outbox)? {
        Letter::Mail(mail) => {
            let mail = mail_of(outbox, &row, mail);
            ask(outbox.senders.mail.as_ref(), only, &mail, MailSender::provider).await
        }
        Letter::Sms(text) => {
            let mut sms = sms_of(outbox, &row, text.expose().to_owned());
            // No row is there for a receipt to find.
            sms.receipts = None;
            ask(outbox.senders.sms.as_ref(), only, &sms, SmsSender::provider).await
        }
    }
}

async fn ask<P: Parcel>(
    route: Option<&Route<P::By>>,
    only: Option<&str>,
    parcel: &P,
    kind: fn(&P::By) -> &'static str,
) -> Result<Vec<Answered>, NobodyAsked> {
    let legs = route.map(Route::legs).unwrap_or_default();
    if legs.is_empty() {
        return Err(NobodyAsked::NoRoute);
    }
    if let Some(only) = only
        && !legs.iter().any(|leg| leg.name == only)
    {
        return Err(NobodyAsked::NoSuchSection(legs.iter().map(|leg| leg.name).collect()));
    }
    let mut answers = Vec::new();
    let mut maybe_sent = 0;
    for leg in legs.iter().filter(|leg| only.is_none_or(|only| leg.name == only)) {
        if maybe_sent >= P::MOST {
            break;
        }
        let started = Instant::now();
        let outcome = parcel.send(&leg.sender).await;
        let ends = match &outcome {
            Ok(_) => true,
            Err(SendError::GiveUp(_)) => P::REFUSAL_IS_FINAL,
            Err(SendError::TryAgain(reason)) => {
                maybe_sent += i16::from(reason.outcome_unknown());
                false
            }
        };
        answers.push(Answered {
            section: leg.name,
            kind: kind(&leg.sender),
            outcome,
            took: started.elapsed(),
        });
        if ends {
            break;
        }
    }
    Ok(answers)
}
