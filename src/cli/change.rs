//! `sspr change …`: what waits for a second pair of eyes.

use super::{
    Exit, Said,
    arguments::{ChangeArgument, ChangeVerb},
    output::{Record, Records},
    reach::Reach,
    refusal::{self, Typed},
    user::moment,
};
use crate::{
    admin::{
        NotDone,
        pending::{self, Decided, Listed},
    },
    domain::second_pair::End,
};

/// Most that wait that are listed: there is one of a kind for each person.
const MOST: i64 = 1_000;

/// Carries out a verb.
pub async fn run(verb: ChangeVerb, reach: &Reach) -> Result<Said, Said> {
    let (pool, by) = (&reach.pool, &reach.operator);
    match verb {
        ChangeVerb::List => list(reach).await,
        ChangeVerb::Approve(ChangeArgument { id }) => {
            let key = reach.key()?;
            let done = pending::approve(pool, by, id, &key, &reach.budgets()).await;
            Ok(decided(&done.map_err(|error| not_done(&error))?, reach))
        }
        ChangeVerb::Refuse(ChangeArgument { id }) => {
            let done = pending::refuse(pool, by, id).await;
            Ok(decided(&done.map_err(|error| not_done(&error))?, reach))
        }
    }
}

fn decided(done: &Decided, reach: &Reach) -> Said {
    let record: Record = vec![
        ("ChangeId", done.change.to_string().into()),
        ("Subject", done.subject.as_str().into()),
        ("State", done.end.as_str().into()),
        ("Why", done.why.clone().unwrap_or_default().into()),
    ];
    let mut said = Said::done(Records::One(record).render(reach.output));
    if done.end == End::Void {
        "sspr: it could not be carried out any more, so nothing was changed\n".clone_into(&mut said.err);
        said.exit = Exit::Refused;
    }
    said
}

async fn list(reach: &Reach) -> Result<Said, Said> {
    let company = reach.company().await?;
    let found = pending::list(&reach.pool, &reach.operator, company.id, MOST).await;
    let (waiting, decided) = found.map_err(|error| refusal::away(&error))?;
    let nothing = waiting.is_empty();
    let records = waiting.iter().chain(&decided).map(shown).collect();
    let mut said = Said::done(Records::Many(SHOWN, records).render(reach.output));
    if nothing {
        "sspr: nothing waits\n".clone_into(&mut said.err);
    }
    Ok(said)
}

/// The names of [`shown`].
const SHOWN: &[&str] = &[
    "ChangeId",
    "State",
    "Kind",
    "Subject",
    "Changes",
    "RequestedBy",
    "RequestedAt",
    "NeedsApproval",
    "Until",
    "DecidedBy",
    "DecidedAt",
    "Why",
];

fn shown(listed: &Listed) -> Record {
    let change = &listed.change;
    let none = || "none".to_owned();
    let lines: Vec<String> = listed
        .lines
        .iter()
        .map(|line| {
            let (old, new) = (line.old.clone().unwrap_or_else(none), line.new.clone().unwrap_or_else(none));
            format!("{}: {old} -> {new}", line.what.as_str())
        })
        .collect();
    vec![
        ("ChangeId", change.id.to_string().into()),
        ("State", change.state.as_str().into()),
        ("Kind", change.kind.as_str().into()),
        ("Subject", change.subject.as_str().into()),
        ("Changes", lines.into()),
        ("RequestedBy", change.requester.as_str().into()),
        ("RequestedAt", moment(change.requested_at).into()),
        ("NeedsApproval", change.acts_at.is_none().into()),
        ("Until", moment(change.acts_at.unwrap_or(change.expires_at)).into()),
        ("DecidedBy", change.decided_by.as_deref().unwrap_or_default().into()),
        ("DecidedAt", change.decided_at.map(moment).unwrap_or_default().into()),
        ("Why", change.why.as_deref().unwrap_or_default().into()),
    ]
}

fn not_done(not_done: &NotDone) -> Said {
    refusal::said(not_done, Typed { user_id: "the person", ..Typed::default() })
}
