//! One message from the queue to its end, by one relay or provider after the other.
//!
//! What must stay true: nothing leaves after its deadline; a text message leaves twice at most, whoever carried it, and with the
//! same code; before a message goes to the next provider the row says that it may have left already, so that a node which dies
//! then is no way to a third copy.

use std::time::{Duration, Instant};

use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Outbox,
    allowance::{self, Verdict},
    letters::{self, CannotWrite, Letter},
    render::RenderedMail,
};
use crate::{
    clock,
    domain::{delivery::TEXTS_AT_MOST, message::Channel, wizard::TOO_LATE_TO_SEND},
    metrics::SendOutcome,
    random,
    senders::{
        Accepted, Reason, SendError,
        mail::{Mail, MailSender},
        route::{LONGEST_REST, Route},
        sms::{Sms, SmsSender},
    },
    store::{
        Result,
        outbox::{self as queue, Claimed, End, Finished, Tried, receipt},
    },
};

/// Why a message was withdrawn.
const DEAD: &str = "its link or code is dead";
/// Tries before a message without a deadline is given up: with back-off some two days.
const MOST_TRIES: i16 = 40;
/// How often, and how far apart, a message is put back whose key this node does not have: while a key is rolled out, another may have it.
const KEY_TRIES: i16 = 20;
const KEY_WAIT_SECONDS: f64 = 2.0;
/// Whoever has less time than this waits on a page, as the table's column `urgent` has it.
const URGENT: time::Duration = time::Duration::HOUR;

/// How one round over the providers ended.
enum Round {
    /// One of them has it.
    Accepted(&'static str, Accepted),
    /// None has it. Whether another round can help, what the last one said, and how long the least patient one would have us wait.
    Failed { again: bool, by: &'static str, reason: Reason, wait: Duration },
    /// Its time ran out between two providers.
    TooLate,
    /// Its link or code died between two providers: the person asked for another.
    Dead,
    /// Another worker has the row.
    Lost,
}

/// One message to its end, or back into the queue.
pub(super) async fn deliver(outbox: &Outbox, me: Uuid, row: &Claimed) -> Result<()> {
    let finish = |end: End<'static>, note: Option<String>, reference: Option<String>| async move {
        let end = End { note: note.as_deref().or(end.note), reference: reference.as_deref(), ..end };
        let finished = queue::finish(&outbox.pool, row.id, me, &end).await?;
        let mine = finished != Finished::NotMine;
        if mine {
            outbox.metrics.finished(channel_of(row), end.state);
        }
        tracing::info!(id = %row.id, channel = %row.channel, state = end.state, mine, "message finished");
        // The receipt was faster than we: what it would have done to a finished message.
        if finished == Finished::MineAndFailed
            && receipt::go_again(&outbox.pool, row.id, &outbox.senders.sms_sections()).await?
        {
            outbox.wake();
        }
        Ok(())
    };
    let ended = |state, note| finish(End { state, note, ..End::default() }, None, None);
    if row.token.as_ref().is_some_and(|token| token.dead) {
        return ended("withdrawn", Some(DEAD)).await;
    }
    if row.deadline.is_some_and(|deadline| row.now >= deadline) {
        return ended("too_late", None).await;
    }
    let letter = match letters::write(row, outbox) {
        Ok(letter) => letter,
        Err(CannotWrite::Key) if row.tries < KEY_TRIES => {
            let tried = Tried { by: "", note: CannotWrite::Key.to_string(), maybe_sent: false };
            return queue::retry(&outbox.pool, row.id, me, KEY_WAIT_SECONDS, &tried).await;
        }
        Err(fault) => {
            return finish(End { state: "gave_up", ..End::default() }, Some(fault.to_string()), None).await;
        }
    };
    // Whoever it is for: a decoy's mail is counted by the same statement.
    let allowed = match &letter {
        Letter::Sms(_) if !row.deliverable => Ok(Verdict::Leaves),
        Letter::Sms(_) => allowance::of_text(outbox, me, row).await,
        Letter::Mail(_) => allowance::of_mail(outbox, me, row).await,
    };
    match allowed {
        Ok(Verdict::Waits) => return Ok(()),
        _ if !row.deliverable => return ended("undeliverable", None).await,
        Ok(Verdict::Leaves) => {}
        Ok(Verdict::Kept(why)) => return ended("gave_up", Some(why)).await,
        Err(error) => {
            // Nobody was asked: a lease that runs out would count as a send, and cost half a minute.
            let note = "the budgets could not be asked".to_owned();
            let tried = Tried { by: "", note, maybe_sent: false };
            queue::retry(&outbox.pool, row.id, me, 1.0, &tried).await?;
            return Err(error);
        }
    }
    let round = match letter {
        Letter::Mail(mail) => {
            round(outbox, me, row, outbox.senders.mail.as_ref(), mail_of(outbox, row, mail)).await?
        }
        Letter::Sms(text) => {
            let sms = sms_of(outbox, row, text.expose().to_owned());
            round(outbox, me, row, outbox.senders.sms.as_ref(), sms).await?
        }
    };
    match round {
        Round::Lost => Ok(()),
        Round::TooLate => ended("too_late", None).await,
        Round::Dead => ended("withdrawn", Some(DEAD)).await,
        Round::Accepted(by, accepted) => {
            finish(End { state: "sent", provider: Some(by), ..End::default() }, None, accepted.evidence).await
        }
        Round::Failed { again, by, reason, .. } if !again || row.tries >= MOST_TRIES => {
            let end =
                End { state: "gave_up", provider: Some(by).filter(|by| !by.is_empty()), ..End::default() };
            finish(end, Some(reason.to_string()), None).await
        }
        Round::Failed { by, reason, wait, .. } => {
            // A provider that asks for a year does not get it.
            let wait = back_off(row.tries).max(wait.min(LONGEST_REST));
            if row.deadline.is_some_and(|deadline| clock::now() + wait >= deadline) {
                // Whoever waits for it is told now, and not when the code is over.
                let end = End { state: "gave_up", provider: Some(by), ..End::default() };
                return finish(end, Some(reason.to_string()), None).await;
            }
            tracing::warn!(id = %row.id, channel = %row.channel, tries = row.tries, %reason, ?wait, "message will be tried again");
            queue::retry(&outbox.pool, row.id, me, wait.as_secs_f64(), &tried(by, reason)).await
        }
    }
}

/// Asks one provider after the other: at once when one refuses or fails, after its time limit when it is silent.
async fn round<P: Parcel>(
    outbox: &Outbox,
    me: Uuid,
    row: &Claimed,
    route: Option<&Route<P::By>>,
    mut parcel: P,
) -> Result<Round> {
    // The demo's mail program and telephone is its outbox page.
    let Some(route) = route else { return Ok(Round::Accepted("demo", Accepted { evidence: None })) };
    let mut maybe_sent = row.maybe_sent;
    let mut last = ("", Reason::new("it may have left as often as it may"));
    let mut again = false;
    // The shortest wait that one of them asked for: the others rest, and are asked again then or not.
    let mut wait: Option<Duration> = None;
    for leg in route.order(row.avoid.as_deref()) {
        if maybe_sent >= P::MOST {
            return Ok(Round::Failed { again: false, by: last.0, reason: last.1, wait: Duration::ZERO });
        }
        if !last.0.is_empty() {
            // Not before the row says what may have happened, and only while it is ours.
            let tried = tried(last.0, last.1);
            match queue::hold(&outbox.pool, row.id, me, outbox.lease.as_secs_f64(), &tried).await? {
                None => return Ok(Round::Lost),
                Some(held) if held.dead => return Ok(Round::Dead),
                Some(held) if held.late => return Ok(Round::TooLate),
                Some(held) => parcel.good_for(left(row, held.now)),
            }
        }
        let begun = Instant::now();
        let sent = parcel.send(&leg.sender).await;
        count(outbox, row, leg.name, &sent, begun.elapsed());
        let error = match sent {
            Ok(accepted) => {
                leg.awake();
                return Ok(Round::Accepted(leg.name, accepted));
            }
            Err(error) => error,
        };
        let reason = error.reason();
        last = (leg.name, reason);
        maybe_sent += i16::from(reason.outcome_unknown());
        match error {
            SendError::TryAgain(_) => {
                again = true;
                let asked = reason.not_before().unwrap_or_default();
                wait = Some(wait.map_or(asked, |wait| wait.min(asked)));
                if reason.is_about_the_provider() {
                    leg.rest(reason.not_before());
                }
            }
            SendError::GiveUp(_) if P::REFUSAL_IS_FINAL => {
                again = false;
                break;
            }
            SendError::GiveUp(_) => {}
        }
    }
    let again = again && maybe_sent < P::MOST;
    Ok(Round::Failed { again, by: last.0, reason: last.1, wait: wait.unwrap_or_default() })
}

/// Counts a send by its answer, and how long somebody waited for the message.
fn count(
    outbox: &Outbox,
    row: &Claimed,
    by: &'static str,
    sent: &std::result::Result<Accepted, SendError>,
    took: Duration,
) {
    let outcome = match sent {
        Ok(_) => SendOutcome::Accepted,
        Err(error) if error.reason().outcome_unknown() => SendOutcome::Unknown,
        Err(SendError::TryAgain(_)) => SendOutcome::Retry,
        Err(SendError::GiveUp(_)) => SendOutcome::Refused,
    };
    outbox.metrics.sent(channel_of(row), by, outcome, took);
    let is_urgent = row.deadline.is_some_and(|deadline| deadline - row.created_at < URGENT);
    if sent.is_ok() && is_urgent {
        // By the database's clock up to the claim: this machine's may be another.
        let waited = Duration::try_from(row.now - row.created_at).unwrap_or_default();
        outbox.metrics.urgent_accepted(channel_of(row), waited + took);
    }
}

fn channel_of(row: &Claimed) -> Channel {
    if row.channel == "sms" { Channel::Sms } else { Channel::Email }
}

fn tried(by: &'static str, reason: Reason) -> Tried {
    Tried { by, note: reason.to_string(), maybe_sent: reason.outcome_unknown() }
}

/// What is on its way by one channel.
pub(super) trait Parcel {
    /// Who carries it.
    type By;
    /// How often it may leave without our knowing: a text message twice; a mail until it is more likely that it ends its
    /// worker than that it arrives.
    const MOST: i16;
    /// A refused mail is refused for its recipient or content, and another relay would only bounce it. Providers of SMS differ in
    /// whom they reach.
    const REFUSAL_IS_FINAL: bool;

    /// Some time has passed since the message was written.
    fn good_for(&mut self, left: Duration);

    /// Hands it over, once.
    fn send(&self, by: &Self::By) -> impl Future<Output = std::result::Result<Accepted, SendError>> + Send;
}

impl Parcel for Mail {
    type By = MailSender;
    const MOST: i16 = 5;
    const REFUSAL_IS_FINAL: bool = true;

    fn good_for(&mut self, _left: Duration) {}

    async fn send(&self, by: &MailSender) -> std::result::Result<Accepted, SendError> {
        by.send(self).await
    }
}

impl Parcel for Sms {
    type By = SmsSender;
    const MOST: i16 = TEXTS_AT_MOST;
    const REFUSAL_IS_FINAL: bool = false;

    fn good_for(&mut self, left: Duration) {
        self.valid_for = left;
    }

    async fn send(&self, by: &SmsSender) -> std::result::Result<Accepted, SendError> {
        by.send(self).await
    }
}

pub(super) fn mail_of(outbox: &Outbox, row: &Claimed, mail: RenderedMail) -> Mail {
    Mail {
        to: row.recipient.clone(),
        return_path: outbox.return_paths.as_ref().map(|paths| paths.of(row.id)),
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        message_id: format!("<{}@{}>", row.id, outbox.brand.host()),
        language: outbox.texts.of_company(&row.domains).tag().to_owned(),
        date: clock::now(),
    }
}

pub(super) fn sms_of(outbox: &Outbox, row: &Claimed, text: String) -> Sms {
    Sms {
        to: row.recipient.clone(),
        text,
        valid_for: left(row, row.now),
        id: row.id,
        receipts: Some(format!("{}/hooks/sms", outbox.origin).into()),
    }
}

/// How long a message is worth delivering. The deadline stands two minutes before the end: until then a code is worth reading.
fn left(row: &Claimed, now: OffsetDateTime) -> Duration {
    row.deadline.map_or(Duration::from_hours(1), |deadline| {
        Duration::try_from(deadline + TOO_LATE_TO_SEND - now).unwrap_or_default()
    })
}

/// 1, 2, 4 … seconds, an hour at most, of which a random half: a relay that comes back is not met by all at once.
fn back_off(tries: i16) -> Duration {
    let most = 1000u64 << u32::try_from(tries.clamp(1, 13) - 1).unwrap_or(0);
    let most = most.min(3_600_000);
    let chance = u64::from(u16::from_be_bytes(random::bytes()));
    Duration::from_millis(most / 2 + most * chance / 2 / u64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour_and_are_never_the_same_for_all() {
        for tries in 1..40 {
            let most = Duration::from_millis((1000u64 << (tries.clamp(1, 13) - 1)).min(3_600_000));
            let wait = back_off(i16::try_from(tries).unwrap());
            assert!(wait >= most / 2 && wait <= most, "{tries}: {wait:?}");
        }
        let some: std::collections::HashSet<_> = (0..50).map(|_| back_off(10)).collect();
        assert!(some.len() > 1);
    }
}
