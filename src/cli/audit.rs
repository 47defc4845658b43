//! `sspr audit …`.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use super::{
    Exit, Said,
    arguments::{AuditListArguments, AuditVerb, AuditVerifyArguments},
    output::{Record, Records, Value},
    reach::Reach,
    refusal,
};
use crate::{
    admin::{
        audit::{self, Of, PAGE_MAX},
        companies, users,
    },
    domain::{
        audit::{
            chain::{Fault, NAMED},
            seal::{ChainKey, Checkpoint},
        },
        user::UserId,
    },
    store::{
        audit::list::{Filter, Listed},
        paging::Cursor,
    },
    visible::visible,
};

/// Carries out a verb.
pub async fn run(verb: AuditVerb, reach: &Reach) -> Result<Said, Said> {
    match verb {
        AuditVerb::List(arguments) => list(arguments, reach).await,
        AuditVerb::Verify(arguments) => verify(&arguments, reach).await,
    }
}

async fn list(arguments: AuditListArguments, reach: &Reach) -> Result<Said, Said> {
    let (pool, by) = (&reach.pool, &reach.operator);
    let of = of(&arguments, reach).await?;
    let about = match &arguments.user {
        Some(user_id) => audit::about(pool, by, user_id).await.map_err(|error| refusal::away(&error))?,
        None => Filter::default(),
    };
    let mut filter = Filter {
        event: arguments.event.map(|event| event.as_str().to_owned()),
        outcome: arguments.outcome,
        attempt: arguments.attempt,
        since: arguments.since,
        until: arguments.until,
        ..about
    };
    let mut out = String::new();
    let mut events: Vec<Listed> = Vec::new();
    let mut left = arguments.limit;
    while left > 0 {
        let most = u16::try_from(left).unwrap_or(PAGE_MAX).min(PAGE_MAX);
        let page = audit::list(pool, by, of, &filter, most).await.map_err(|error| refusal::away(&error))?;
        left -= u32::try_from(page.len()).unwrap_or(left);
        let Some(last) = page.last() else { break };
        filter.cursor = Cursor::OlderThan(last.place());
        if arguments.json_lines {
            for event in &page {
                let _ = writeln!(out, "{}", audit::json_line(event));
            }
        } else {
            events.extend(page);
        }
    }
    if !arguments.json_lines {
        out = Records::Many(&audit::COLUMNS, events.iter().map(shown).collect()).render(reach.output);
    }
    let mut said = Said::done(out);
    if filter.cursor == Cursor::Newest {
        "sspr: no such event\n".clone_into(&mut said.err);
    } else if left == 0 {
        said.err = format!("sspr: these are the newest {}; --limit shows more\n", arguments.limit);
    }
    Ok(said)
}

fn shown(event: &Listed) -> Record {
    let told = |(name, text): (&'static str, String)| match name {
        // What it is in the record, for programs.
        "Details" => (name, Value::told(text, event.details.clone())),
        _ => (name, text.into()),
    };
    audit::COLUMNS.into_iter().zip(audit::columns(event)).map(told).collect()
}

/// The company whose events are meant: that of the user ID first, as everywhere.
async fn of(arguments: &AuditListArguments, reach: &Reach) -> Result<Of, Said> {
    if arguments.of_nobody {
        return Ok(Of::Nobody);
    }
    if !reach.names_a_company()
        && let Some(user_id) = arguments.user.as_deref()
        && let Ok(parsed) = UserId::parse(user_id)
    {
        let (pool, by) = (&reach.pool, &reach.operator);
        if let Ok(Some(user)) = users::find(pool, by, user_id).await {
            return Ok(Of::Company(user.company_id));
        }
        let company = companies::of_domain(pool, by, parsed.domain()).await;
        if let Some(company) = company.map_err(|error| refusal::away(&error))? {
            return Ok(Of::Company(company.id));
        }
    }
    Ok(Of::Company(reach.company().await?.id))
}

async fn verify(arguments: &AuditVerifyArguments, reach: &Reach) -> Result<Said, Said> {
    let keys = ChainKey::all(&reach.keys()?);
    let mut checkpoints = arguments.checkpoints.clone();
    let mut broken: u64 = 0;
    if let Some(path) = &arguments.log {
        let (found, unreadable) = in_log(path)
            .map_err(|error| Said::refused(Exit::Refused, format!("sspr: {}: {error}\n", path.display())))?;
        if found.is_empty() {
            let what = format!("sspr: {} holds no line of an audit checkpoint\n", path.display());
            return Err(Said::refused(Exit::Refused, what));
        }
        checkpoints.extend(found);
        broken = unreadable;
    }
    let verified = audit::verify(&reach.pool, &reach.operator, &keys, &checkpoints).await;
    let audit::Verified { report, end } = verified.map_err(|error| refusal::away(&error))?;
    let intact = report.faults == 0;
    let record: Record = vec![
        ("Intact", intact.into()),
        ("Sealed", report.good.into()),
        ("Checkpoint", end.map(|end| end.to_string()).unwrap_or_default().into()),
        ("CheckpointsCompared", (checkpoints.len() as u64).into()),
        ("Faults", report.faults.into()),
        ("Unsealed", report.unsealed.into()),
        ("UnsealedEvents", named(&report.first_unsealed, report.unsealed).into()),
        ("SealedLate", report.dated.into()),
        ("SealedLateEvents", named(&report.first_dated, report.dated).into()),
    ];
    let mut err = report.first_faults.iter().fold(String::new(), |mut text, fault| {
        let _ = writeln!(text, "sspr: {}", visible(&told(fault)));
        text
    });
    if report.faults > NAMED as u64 {
        let _ = writeln!(err, "sspr: and {} more", report.faults - NAMED as u64);
    }
    if broken > 0 {
        let _ = writeln!(
            err,
            "sspr: {broken} lines of the log speak of an audit checkpoint and hold none that can be read: somebody changed the log"
        );
    }
    if report.dated > 0 {
        let _ = writeln!(
            err,
            "sspr: warning: {} events bear a time more than ten minutes away from that of their seal: the service did not run then, or \
             somebody added them later with a time of their choice",
            report.dated
        );
    }
    let exit = if intact && broken == 0 { Exit::Done } else { Exit::Refused };
    Ok(Said { out: Records::One(record).render(reach.output), err, exit })
}

/// The first of them, and how many more there are.
fn named(first: &[uuid::Uuid], all: u64) -> String {
    let mut text = first.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if all > first.len() as u64 {
        let _ = write!(text, " and {} more", all - first.len() as u64);
    }
    text
}

/// What is wrong, in words.
fn told(fault: &Fault) -> String {
    match fault {
        Fault::Differs { seq, event } => {
            format!(
                "event {event} is not what was sealed at {seq}: it or its seal was changed, moved or forged"
            )
        }
        Fault::EventGone { seq, event } => format!("event {event}, sealed at {seq}, was removed"),
        Fault::SealsGone { from, to } if from == to => format!("the seal at {from} was removed"),
        Fault::SealsGone { from, to } => format!("the seals from {from} to {to} were removed"),
        Fault::UnknownKey { seq, key_id } => format!(
            "the seal at {seq} names key {key_id}, which is neither keys.current_file nor in keys.previous_files: it can't be checked"
        ),
        Fault::Retired { seq, key_id } => format!(
            "the seal at {seq} is of key {key_id}, which another key had replaced for more than a day: somebody who has it added the event, \
             or a node was left with it"
        ),
        Fault::TailCut { checkpoint, end } => {
            format!(
                "the chain ends at {end}, but a checkpoint knows {checkpoint}: the newest events were cut off"
            )
        }
        Fault::Rewritten { checkpoint } => {
            format!("the seal at {checkpoint} is not the one of the checkpoint: the chain was made anew")
        }
        Fault::NeverSealed { event } => {
            format!(
                "event {event} is neither sealed nor waiting for it: it was forged, or its seal was removed"
            )
        }
        Fault::GoneUnsealed { event } => format!("event {event} was removed before it was sealed"),
    }
}

/// All checkpoints of a log. Read by the line: a log may be long.
fn in_log(path: &Path) -> io::Result<(Vec<Checkpoint>, u64)> {
    let lines: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(path)?))
    };
    let (mut found, mut broken) = (Vec::new(), 0);
    for line in lines.split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        match Checkpoint::in_log_line(&line) {
            Some(checkpoint) => found.push(checkpoint),
            // It says that it is one: whoever wants a cut tail to pass unseen spoils the line that knows it.
            None if line.contains("audit checkpoint") => broken += 1,
            None => {}
        }
    }
    Ok((found, broken))
}
