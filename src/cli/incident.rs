//! `sspr incident …`: what people said was not they.

use super::{
    Said,
    arguments::{IncidentCloseArguments, IncidentListArguments, IncidentVerb},
    output::{Record, Records},
    reach::Reach,
    refusal::{self, Typed},
    user::moment,
};
use crate::{
    admin::{
        NotDone,
        incidents::{self, Seen},
    },
    store::incidents::Incident,
};

/// Carries out a verb.
pub async fn run(verb: IncidentVerb, reach: &Reach) -> Result<Said, Said> {
    match verb {
        IncidentVerb::List(arguments) => list(arguments, reach).await,
        IncidentVerb::Show(argument) => {
            let seen = incidents::see(&reach.pool, &reach.operator, argument.id).await;
            let seen = seen.map_err(|error| not_done(&error))?;
            Ok(Said::done(Records::One(whole(&seen)).render(reach.output)))
        }
        IncidentVerb::Close(IncidentCloseArguments { id, note }) => {
            let closed = incidents::close(&reach.pool, &reach.operator, id, &note).await;
            let closed = closed.map_err(|error| not_done(&error))?;
            let record: Record = vec![
                ("IncidentId", id.to_string().into()),
                ("UserId", closed.user_id.into()),
                ("State", "closed".into()),
                ("StillBlocked", closed.blocked_at.is_some().into()),
            ];
            Ok(Said::done(Records::One(record).render(reach.output)))
        }
    }
}

async fn list(arguments: IncidentListArguments, reach: &Reach) -> Result<Said, Said> {
    let company = reach.company().await?;
    let most = i64::from(arguments.limit);
    // One more than is shown tells whether there are more.
    let found = incidents::list(&reach.pool, &reach.operator, company.id, None, most + 1).await;
    let found = found.map_err(|error| refusal::away(&error))?;
    let shown_ones = usize::try_from(most).unwrap_or(usize::MAX).min(found.len());
    let records = found[..shown_ones].iter().map(shown).collect();
    let mut said = Said::done(Records::Many(SHOWN, records).render(reach.output));
    if found.is_empty() {
        "sspr: nobody reports anything\n".clone_into(&mut said.err);
    } else if shown_ones < found.len() {
        said.err = format!("sspr: these are the first {shown_ones}; --limit shows more\n");
    }
    Ok(said)
}

/// The names of [`shown`].
const SHOWN: &[&str] = &[
    "IncidentId",
    "UserId",
    "Deed",
    "DeedAt",
    "ReportedAt",
    "Reports",
    "Network",
    "Via",
    "State",
    "Blocked",
    "ClosedAt",
    "ClosedBy",
    "Note",
];

fn shown(incident: &Incident) -> Record {
    vec![
        ("IncidentId", incident.id.to_string().into()),
        ("UserId", incident.user_id.as_str().into()),
        ("Deed", incident.deed.as_str().into()),
        ("DeedAt", moment(incident.deed_at).into()),
        ("ReportedAt", moment(incident.reported_at).into()),
        ("Reports", incident.reports.to_string().into()),
        ("Network", incident.network.as_str().into()),
        ("Via", incident.via.as_deref().unwrap_or_default().into()),
        ("State", incident.state.as_str().into()),
        ("Blocked", incident.blocked_at.is_some().into()),
        ("ClosedAt", incident.closed_at.map(moment).unwrap_or_default().into()),
        ("ClosedBy", incident.closed_by.as_deref().unwrap_or_default().into()),
        ("Note", incident.note.as_deref().unwrap_or_default().into()),
    ]
}

/// With the changes behind it, masked, and the trail in one line an event, the oldest first.
fn whole(seen: &Seen) -> Record {
    let mut record = shown(&seen.incident);
    let none = "none";
    let changes = seen.changes.iter().map(|change| {
        let what = change.key().trim_start_matches("mail-fact-");
        format!("{what}: {} -> {}", change.old().unwrap_or(none), change.now().unwrap_or(none))
    });
    let trail =
        seen.trail.iter().rev().map(|event| {
            format!("{} {} {} by {}", moment(event.at), event.event, event.outcome, event.actor)
        });
    record.push(("Changes", changes.collect::<Vec<_>>().into()));
    record.push(("Trail", trail.collect::<Vec<_>>().into()));
    record
}

fn not_done(not_done: &NotDone) -> Said {
    refusal::said(not_done, Typed { user_id: "the person", ..Typed::default() })
}
