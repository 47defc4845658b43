//! Passwords of others: `sspr user reset-password`, `reset-passwords`, `break-glass`.

use std::{collections::HashSet, io};

use uuid::Uuid;

use super::{
    Exit, Said,
    arguments::{UserResetPasswordArguments, UserResetPasswordsArguments},
    file::{self, Column},
    output::{Record, Records},
    reach::Reach,
    refusal::{self, Typed},
    terminal::Progress,
    user::{link_shown, moment, password_line},
};
use crate::{
    admin::{
        NotDone, Refusal,
        passwords::{self, LinkSent, Outcome, Sent},
        users,
    },
    visible::visible,
};

/// `user reset-password`.
pub async fn reset(arguments: &UserResetPasswordArguments, reach: &Reach) -> Result<Said, Said> {
    let (pool, by, user_id) = (&reach.pool, &reach.operator, arguments.user_id.as_str());
    let not_done = not_done(user_id);
    if arguments.send {
        let sent = passwords::send_link(pool, by, &reach.key()?, user_id, &reach.budgets()).await;
        let sent = sent.map_err(&not_done)?;
        return Ok(Said::done(Records::One(sent_shown(&sent)).render(reach.output)));
    }
    if arguments.temporary_password || arguments.password_stdin {
        let rules = reach.password_rules()?;
        // Without the key the password is made all the same; its notice then has no button.
        let key = reach.key().ok();
        let rules = passwords::Rules {
            hashing: &rules.hashing,
            policy: rules.policy,
            common: rules.common.clone(),
            not_me: key.as_ref(),
        };
        let (user, until, mut record): (_, _, Record);
        if arguments.password_stdin {
            let given = password_line(io::stdin().lock())?;
            (user, until) = passwords::set(pool, by, user_id, given, &rules).await.map_err(&not_done)?;
            record = vec![("UserId", user.user_id.into())];
        } else {
            let made = passwords::temporary(pool, by, user_id, &rules).await.map_err(&not_done)?;
            until = made.good_until;
            record = vec![
                ("UserId", made.user.user_id.into()),
                ("TemporaryPassword", made.password.as_str().into()),
            ];
        }
        record.extend([("GoodUntil", moment(until).into()), ("MustChange", true.into())]);
        return Ok(Said::done(Records::One(record).render(reach.output)));
    }
    let (key, origin) = (reach.key()?, reach.public_url()?);
    let (user, link) = users::one_time_link(pool, by, &key, user_id).await.map_err(&not_done)?;
    let mut record: Record = vec![("UserId", user.user_id.into())];
    record.extend(link_shown(&link, &origin));
    Ok(Said::done(Records::One(record).render(reach.output)))
}

/// `user break-glass`.
pub async fn break_glass(user_id: &str, reach: &Reach) -> Result<Said, Said> {
    let (key, origin) = (reach.key()?, reach.public_url()?);
    let broken = users::break_glass(&reach.pool, &reach.operator, &key, user_id).await;
    let (user, link) = broken.map_err(not_done(user_id))?;
    let was_blocked = user.blocked_at.is_some();
    let mut record: Record =
        vec![("UserId", user.user_id.as_str().into()), ("WasBlocked", was_blocked.into())];
    record.extend(link_shown(&link, &origin));
    let mut said = Said::done(Records::One(record).render(reach.output));
    let told = match link.told.len() {
        0 => "nobody could be told: there is no alternate e-mail address".to_owned(),
        _ => format!("told to {}", visible(&link.told.join(", "))),
    };
    said.err = format!("sspr: warning: the glass is broken; recorded under your name, {told}\n");
    Ok(said)
}

/// A link that was sent, without the link: it is the person's alone.
pub fn sent_shown(sent: &LinkSent) -> Record {
    vec![
        ("UserId", sent.user.user_id.as_str().into()),
        ("SentTo", sent_to(sent.sent).into()),
        ("GoodUntil", moment(sent.good_until).into()),
    ]
}

const fn sent_to(sent: Sent) -> &'static str {
    match sent {
        Sent::Email => "alternate e-mail address",
        Sent::Sms => "mobile phone",
    }
}

/// The names of a result.
const RESULT: &[&str] = &["Line", "UserId", "Outcome", "Why"];

/// `user reset-passwords`.
pub async fn reset_many(arguments: &UserResetPasswordsArguments, reach: &Reach) -> Result<Said, Said> {
    let table = file::read(&arguments.file)?;
    let place = file::place_of(&table, Column::UserId)
        .ok_or_else(|| file::refused(&arguments.file, "it has no column UserId or UserPrincipalName"))?;
    let named: Vec<(usize, String)> =
        table.rows.into_iter().map(|mut row| (row.line, row.fields.swap_remove(place))).collect();
    // Everyone once: a second link would kill the first.
    let mut first = HashSet::new();
    let is_first: Vec<bool> =
        named.iter().map(|(_, user_id)| first.insert(user_id.to_ascii_lowercase())).collect();
    let once: Vec<String> =
        named.iter().zip(&is_first).filter(|(_, first)| **first).map(|((_, id), _)| id.clone()).collect();
    let company = reach.company().await?;
    let key = if arguments.dry_run { None } else { Some(reach.key()?) };
    // Made before anything is sent: a result that can't be written is no result.
    let result_file = arguments.result_file.as_deref().map(file::new).transpose()?;
    let mut progress = Progress::new(once.len());
    let mut outcomes = Vec::with_capacity(once.len());
    let broken = if let Some(key) = &key {
        let (pool, by, budgets) = (&reach.pool, &reach.operator, reach.budgets());
        let done = |_, outcome: &Outcome| {
            outcomes.push(outcome.clone());
            progress.at(outcomes.len());
        };
        passwords::batch_of_operator(pool, by, company.id, key, &once, &budgets, done).await.err()
    } else {
        would(&once, company.id, &mut outcomes, &mut progress, reach).await.err()
    };
    drop(progress);
    let mut found = outcomes.iter();
    let records = named.iter().zip(&is_first).map(|((line, user_id), first)| {
        result(*line, user_id, if *first { found.next() } else { Some(&Outcome::Already) })
    });
    let records = Records::Many(RESULT, records.collect());
    if let Some(result_file) = result_file {
        file::write(result_file, &records)?;
    }
    let sent = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Sent(_))).count();
    let would = match (arguments.dry_run, sent) {
        (true, _) => "would be",
        (false, 1) => "was",
        (false, _) => "were",
    };
    let people = if once.len() == 1 { "person" } else { "people" };
    let mut said = Said::done(records.render(reach.output));
    said.err = format!("sspr: {sent} of {} {people} {would} sent a link\n", once.len());
    if let Some(broken) = broken {
        said.err += &refusal::said(&broken, Typed::default()).err;
    }
    if sent < once.len() {
        said.exit = Exit::Refused;
    }
    Ok(said)
}

/// What would be done for each, as far as that can be known beforehand: budgets are taken only when something is sent.
async fn would(
    user_ids: &[String],
    company: Uuid,
    outcomes: &mut Vec<Outcome>,
    progress: &mut Progress,
    reach: &Reach,
) -> Result<(), NotDone> {
    for user_id in user_ids {
        let found = match users::find(&reach.pool, &reach.operator, user_id.as_str()).await {
            Ok(found) => found.filter(|user| user.company_id == company),
            Err(NotDone::Refused(_)) => None,
            Err(other) => return Err(other),
        };
        outcomes.push(match found {
            None => Outcome::Not(Refusal::NoUser),
            Some(user) if user.blocked_at.is_some() => Outcome::Not(Refusal::Blocked),
            Some(user) if !user.alternate_emails.is_empty() => Outcome::Sent(Sent::Email),
            Some(user) if user.mobile_phone.is_some() => Outcome::Sent(Sent::Sms),
            Some(_) => Outcome::Not(Refusal::NoContact),
        });
        progress.at(outcomes.len());
    }
    Ok(())
}

/// One person's line; no outcome: it was not their turn before the database went away.
fn result(line: usize, user_id: &str, outcome: Option<&Outcome>) -> Record {
    let why = match outcome {
        None => "not tried: see the last line".to_owned(),
        Some(Outcome::Sent(sent)) => format!("to the {}", sent_to(*sent)),
        Some(Outcome::Already) => "an earlier row is of the same user".to_owned(),
        Some(Outcome::Not(refusal)) => refusal::why(refusal, Typed { user_id, ..Typed::default() }),
    };
    vec![
        ("Line", (line as u64).into()),
        ("UserId", user_id.into()),
        ("Outcome", outcome.map_or("not_tried", Outcome::as_str).into()),
        ("Why", why.into()),
    ]
}

fn not_done(user_id: &str) -> impl Fn(NotDone) -> Said {
    move |not_done| refusal::said(&not_done, Typed { user_id, ..Typed::default() })
}
