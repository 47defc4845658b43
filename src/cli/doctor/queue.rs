//! The outbox and the sealer: whether somebody works, and whether it comes to an end.

use time::OffsetDateTime;

use super::{check::Finding, database::cause};
use crate::{
    clock,
    domain::delivery::State,
    store::{
        Pool, StoreError,
        health::{self, Queue},
        outbox::desk::{self, Filter},
    },
};

const OUTBOX: &str = "outbox";
const MAIL: &str = "last mail";
const SMS: &str = "last sms";
const SEALS: &str = "audit seals";
/// The names of what is looked at here.
pub const NAMES: [&str; 4] = [OUTBOX, MAIL, SMS, SEALS];

/// Somebody who waits for a code waits no longer than this; the sealer looks each second. In seconds.
const LONG: f64 = 60.0;
/// A message nobody waits for may take a while: a relay that comes back after a pause. In seconds.
const VERY_LONG: f64 = 3_600.0;

/// Waiting messages that are looked at, the newest first: as long as nothing leaves, each of them is tried.
const LOOKED_AT: u16 = 50;

/// All of it.
pub async fn check(pool: &Pool) -> Vec<Finding> {
    let looked = async {
        let (queue, last) = (health::queue(pool).await?, health::last_sent(pool).await?);
        let unsealed = health::oldest_unsealed(pool).await?;
        let mail = sent(MAIL, last.mail, last.mail.is_none() && some_failed(pool, "email").await?);
        let sms = sent(SMS, last.sms, last.sms.is_none() && some_failed(pool, "sms").await?);
        Ok::<_, StoreError>(vec![outbox(&queue), mail, sms, seals(unsealed)])
    };
    looked.await.unwrap_or_else(|error| {
        let broken = |name| Finding::broken(name, cause(&error), "look at the database");
        NAMES.into_iter().map(broken).collect()
    })
}

fn outbox(queue: &Queue) -> Finding {
    let age = |seconds: f64| span(time::Duration::seconds_f64(seconds));
    let waits = match (queue.queued, queue.oldest) {
        (0, _) | (_, None) => "nothing waits".to_owned(),
        (n, Some(oldest)) => format!("{n} message(s) wait, the oldest for {}", age(oldest)),
    };
    let lost = (queue.gave_up + queue.too_late > 0).then(|| {
        let Queue { gave_up, too_late, .. } = queue;
        format!("in the last day {gave_up} were accepted by nobody, for {too_late} the time ran out")
    });
    let urgent = queue.oldest_urgent.filter(|urgent| *urgent > LONG).map(|urgent| {
        let (tries, age) = (queue.urgent_tries.unwrap_or(0), age(urgent));
        if tries == 0 {
            let found = format!("one that a person waits for was never tried in {age}");
            (found, "start the service: its workers send (`sspr serve`)")
        } else {
            let found = format!("one that a person waits for did not leave in {age} and {tries} tries");
            (found, "look at the relays and providers above")
        }
    });
    let worries = lost.is_some() || queue.oldest.is_some_and(|oldest| oldest > VERY_LONG);
    let all: Vec<String> =
        [Some(waits), lost, urgent.as_ref().map(|(found, _)| found.clone())].into_iter().flatten().collect();
    let found = all.join("; ");
    match urgent {
        Some((_, todo)) => Finding::broken(OUTBOX, found, todo),
        None if worries => Finding::warning(
            OUTBOX,
            found,
            "look at the log for why; `sspr send-test` shows what each relay or provider answers",
        ),
        None => Finding::ok(OUTBOX, found),
    }
}

/// Whether messages of a channel were given up, or wait after a try that failed.
async fn some_failed(pool: &Pool, channel: &'static str) -> Result<bool, StoreError> {
    let of_channel = Filter { channel: Some(channel), ..Filter::default() };
    let given_up = Filter { failed: true, ..of_channel.clone() };
    if !desk::page(pool, None, &given_up, 1).await?.is_empty() {
        return Ok(true);
    }
    let waiting = Filter { state: Some(State::Queued), ..of_channel };
    let waiting = desk::page(pool, None, &waiting, LOOKED_AT).await?;
    Ok(waiting.iter().any(|message| message.tries > 0 && !message.being_sent))
}

/// A quiet installation sends nothing for months: no reason to worry. One that tried and never got anything away is no quiet one.
fn sent(name: &str, last: Option<OffsetDateTime>, some_failed: bool) -> Finding {
    match last {
        None if some_failed => Finding::warning(
            name,
            "none was ever accepted, though some were tried",
            "look at the relays and providers above; `sspr outbox list` has their answers",
        ),
        Some(at) => Finding::ok(name, format!("accepted {} ago", span(clock::now() - at))),
        None => Finding::ok(name, "none yet"),
    }
}

fn seals(oldest: Option<f64>) -> Finding {
    match oldest {
        Some(seconds) if seconds > LONG => {
            let found = format!(
                "an audit event waits for its seal for {}",
                span(time::Duration::seconds_f64(seconds))
            );
            Finding::broken(SEALS, found, "start the service: it seals each second (`sspr serve`)")
        }
        _ => Finding::ok(SEALS, "every audit event of more than a minute is sealed"),
    }
}

/// A time in the largest unit that fits.
fn span(time: time::Duration) -> String {
    let seconds = time.whole_seconds().max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::check::State, *};

    const QUIET: Queue =
        Queue { queued: 0, oldest: None, oldest_urgent: None, urgent_tries: None, gave_up: 0, too_late: 0 };

    #[test]
    fn only_a_person_who_waits_in_vain_is_broken() {
        assert_eq!(outbox(&QUIET).state, State::Ok);
        let some = Queue { queued: 9, oldest: Some(3_000.0), ..QUIET };
        assert_eq!(outbox(&some).state, State::Ok);
        assert_eq!(outbox(&Queue { oldest: Some(3_601.0), ..some }).state, State::Warning);
        assert_eq!(outbox(&Queue { gave_up: 1, ..QUIET }).state, State::Warning);
        let urgent = |age, tries| Queue {
            queued: 1,
            oldest: Some(age),
            oldest_urgent: Some(age),
            urgent_tries: Some(tries),
            ..QUIET
        };
        assert_eq!(outbox(&urgent(60.0, 0)).state, State::Ok);
        assert!(outbox(&urgent(61.0, 0)).found.contains("never tried in 61 s"));
        assert!(outbox(&urgent(61.0, 0)).todo.contains("sspr serve"));
        assert!(outbox(&urgent(125.0, 3)).found.contains("in 2 min and 3 tries"));
        assert_eq!(outbox(&urgent(125.0, 3)).state, State::Broken);
    }

    #[test]
    fn the_sealer_may_be_a_minute_late_and_no_more() {
        assert_eq!(seals(None).state, State::Ok);
        assert_eq!(seals(Some(59.0)).state, State::Ok);
        assert_eq!(seals(Some(61.0)).state, State::Broken);
    }
}
