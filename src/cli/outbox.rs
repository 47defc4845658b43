//! `sspr outbox …`: what became of messages; send again, or stop. Never a text, a link, a code, or a recipient unmasked.

use std::fmt::Write as _;

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    Exit, Said,
    arguments::{MessageArgument, OutboxListArguments, OutboxRetryArguments, OutboxVerb},
    output::{Record, Records, Value},
    reach::Reach,
    refusal::{self, Typed},
    user::moment,
};
use crate::{
    admin::{
        NotDone, Refusal,
        messages::{self, Outcome, PAGE_MAX},
        users,
    },
    clock,
    domain::delivery::{NoCancel, NoRetry},
    store::{
        outbox::desk::{Filter, Listed},
        paging::Cursor,
    },
};

/// Carries out a verb.
pub async fn run(verb: OutboxVerb, reach: &Reach) -> Result<Said, Said> {
    match verb {
        OutboxVerb::List(arguments) => list(arguments, reach).await,
        OutboxVerb::Show(MessageArgument { id }) => show(id, reach).await,
        OutboxVerb::Retry(OutboxRetryArguments { all_given_up: true, since, .. }) => {
            retry_all(since, reach).await
        }
        OutboxVerb::Retry(arguments) => {
            each(&arguments.ids, reach, why_not_again, async |id| {
                messages::retry(&reach.pool, &reach.operator, id).await
            })
            .await
        }
        OutboxVerb::Cancel(arguments) => {
            each(&arguments.ids, reach, why_not_stopped, async |id| {
                messages::cancel(&reach.pool, &reach.operator, id).await
            })
            .await
        }
    }
}

async fn list(arguments: OutboxListArguments, reach: &Reach) -> Result<Said, Said> {
    let (pool, by) = (&reach.pool, &reach.operator);
    let person = match &arguments.user {
        Some(user_id) => {
            let typed = Typed { user_id, ..Typed::default() };
            let user = users::find(pool, by, user_id.as_str())
                .await
                .map_err(|error| refusal::said(&error, typed))?;
            Some(user.ok_or_else(|| refusal::said(&Refusal::NoUser.into(), typed))?.id)
        }
        None => None,
    };
    let mut filter = Filter {
        state: arguments.state,
        channel: arguments.channel,
        kind: arguments.kind,
        person,
        failed: arguments.failed,
        since: arguments.since,
        cursor: Cursor::Newest,
    };
    let mut found: Vec<Listed> = Vec::new();
    // One more than is shown tells whether there are more.
    let limit = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    while found.len() <= limit {
        let most = u16::try_from(limit + 1 - found.len()).unwrap_or(PAGE_MAX).min(PAGE_MAX);
        let page = messages::list(pool, by, &filter, most).await.map_err(|error| refusal::away(&error))?;
        let Some(last) = page.last() else { break };
        filter.cursor = Cursor::OlderThan(last.place());
        found.extend(page);
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let mut said = Said::done(Records::Many(COLUMNS, found.iter().map(shown).collect()).render(reach.output));
    if found.is_empty() {
        said.err = none(&filter);
    } else if more {
        said.err = format!("sspr: these are the newest {limit}; --limit shows more\n");
    }
    Ok(said)
}

/// That nothing was found, and of what.
fn none(filter: &Filter) -> String {
    let Filter { state, channel, kind, person, failed, since, cursor: _ } = filter;
    let narrowed =
        state.is_some() || channel.is_some() || kind.is_some() || person.is_some() || since.is_some();
    match (*failed, narrowed) {
        (true, false) => "sspr: no message failed\n",
        (true, true) => "sspr: no such message failed\n",
        (false, true) => "sspr: no such message\n",
        (false, false) => "sspr: there are no messages\n",
    }
    .to_owned()
}

async fn show(id: Uuid, reach: &Reach) -> Result<Said, Said> {
    let found = messages::see(&reach.pool, &reach.operator, id).await;
    let message = found.map_err(|error| refusal::away(&error))?.ok_or_else(no_such)?;
    let mut record = shown(&message);
    let (again, stop) = (message.standing().may_retry(), message.standing().may_cancel(true));
    record.extend([
        ("MayHaveLeft", u64::try_from(message.maybe_sent).unwrap_or(0).into()),
        ("ProviderReference", message.reference.as_deref().unwrap_or_default().into()),
        ("FinishedAt", message.finished_at.map(moment).unwrap_or_default().into()),
        ("CanRetry", can(again.map_err(why_not_again))),
        ("CanCancel", can(stop.map_err(why_not_stopped))),
    ]);
    Ok(Said::done(Records::One(record).render(reach.output)))
}

fn can(verdict: Result<(), &'static str>) -> Value {
    match verdict {
        Ok(()) => true.into(),
        Err(why) => Value::told(format!("False: {why}"), false),
    }
}

async fn retry_all(since: Option<OffsetDateTime>, reach: &Reach) -> Result<Said, Said> {
    let since = since.unwrap_or_else(|| clock::now() - Duration::DAY);
    let all = messages::retry_given_up(&reach.pool, &reach.operator, since).await;
    let all = all.map_err(|error| not_done(&error))?;
    let record: Record = vec![
        ("Retried", (all.retried.len() as u64).into()),
        ("Refused", (all.refused.len() as u64).into()),
        ("MessageIds", Value::for_programs(all.retried.iter().map(Uuid::to_string).collect::<Vec<_>>())),
    ];
    let mut said = Said::done(Records::One(record).render(reach.output));
    for why in NoRetry::ALL {
        let n = all.refused.iter().filter(|(_, found)| *found == why).count();
        if n > 0 {
            let _ = writeln!(said.err, "sspr: {n} not sent again: {}", why_not_again(why));
        }
    }
    Ok(said)
}

/// Does something with each message: what can be done is done, and the reasons of the others go to standard error.
async fn each<R>(
    ids: &[Uuid],
    reach: &Reach,
    why_not: fn(R) -> &'static str,
    deed: impl AsyncFn(Uuid) -> Result<Outcome<R>, NotDone>,
) -> Result<Said, Said> {
    let mut done = Vec::new();
    let mut err = String::new();
    for id in ids {
        match deed(*id).await.map_err(|error| not_done(&error))? {
            Outcome::Done(_) => {
                if let Ok(Some(message)) = messages::see(&reach.pool, &reach.operator, *id).await {
                    done.push(shown(&message));
                }
            }
            Outcome::NoSuch => {
                let _ = writeln!(err, "sspr: {id}: there is no such message");
            }
            Outcome::Refused(why) => {
                let _ = writeln!(err, "sspr: {id}: {}", why_not(why));
            }
        }
    }
    if done.is_empty() {
        return Err(Said::refused(Exit::Refused, err));
    }
    let exit = if err.is_empty() { Exit::Done } else { Exit::Refused };
    Ok(Said { out: Records::Many(COLUMNS, done).render(reach.output), err, exit })
}

/// The names of [`shown`].
const COLUMNS: &[&str] = &[
    "MessageId",
    "CreatedAt",
    "Channel",
    "Kind",
    "State",
    "Tries",
    "Provider",
    "Answer",
    "Delivery",
    "NextTry",
    "Deadline",
    "UserId",
    "Recipient",
];

fn shown(message: &Listed) -> Record {
    let next_try = match (message.state.as_str(), message.being_sent) {
        ("queued", true) => "being sent".to_owned(),
        ("queued", false) => moment(message.run_at),
        _ => String::new(),
    };
    let delivery = match (message.delivery.as_deref(), &message.delivery_note) {
        (Some(fate), Some(note)) => format!("{fate}: {note}"),
        (Some(fate), None) => fate.to_owned(),
        (None, _) => String::new(),
    };
    vec![
        ("MessageId", message.id.to_string().into()),
        ("CreatedAt", moment(message.created_at).into()),
        ("Channel", message.channel.as_str().into()),
        ("Kind", Value::told(message.kind.replace('_', " "), message.kind.as_str())),
        ("State", message.state.as_str().into()),
        ("Tries", u64::try_from(message.tries).unwrap_or(0).into()),
        ("Provider", message.provider.as_deref().unwrap_or_default().into()),
        ("Answer", message.answer.as_deref().unwrap_or_default().into()),
        ("Delivery", delivery.into()),
        ("NextTry", next_try.into()),
        ("Deadline", message.deadline.map(moment).unwrap_or_default().into()),
        ("UserId", message.user_id.as_deref().unwrap_or_default().into()),
        ("Recipient", messages::masked(message).into()),
    ]
}

const fn why_not_again(why: NoRetry) -> &'static str {
    match why {
        NoRetry::Waits => "it waits in the queue and is sent when its next try is due",
        NoRetry::BeingSent => "it is being sent in this moment",
        NoRetry::Sent => {
            "it was sent: should it not have arrived, ask the provider with its reference, or let the person start again"
        }
        NoRetry::LinkDead => {
            "its link or code is dead: make a new one (sspr user reset-password), or let the person start again"
        }
        NoRetry::TooLate => {
            "its time is over: make a new link (sspr user reset-password), or let the person start again"
        }
        NoRetry::MayHaveLeftTwice => {
            "it is a text message that may have left twice already: let the person ask for a new code, or call them"
        }
        NoRetry::Nobodys => "it was nobody's: there is nowhere to send it",
    }
}

const fn why_not_stopped(why: NoCancel) -> &'static str {
    match why {
        NoCancel::BeingSent => {
            "it is being sent in this moment and may have left already: look again in a minute with sspr outbox show"
        }
        NoCancel::Ended => "it does not wait any more: sspr outbox show tells how it ended",
        NoCancel::Notice => "it is a notice to a person",
    }
}

fn no_such() -> Said {
    Said::refused(Exit::Refused, "sspr: there is no such message\n".to_owned())
}

fn not_done(not_done: &NotDone) -> Said {
    refusal::said(not_done, Typed::default())
}
