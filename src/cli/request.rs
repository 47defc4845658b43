//! `sspr request …`: what people asked with "Contact your administrator".

use super::{
    Said,
    arguments::{RequestArgument, RequestListArguments, RequestVerb},
    output::{Record, Records},
    password::sent_shown,
    reach::Reach,
    refusal::{self, Typed},
    user::moment,
};
use crate::{
    admin::{NotDone, requests},
    store::contact_requests::Listed,
};

/// Carries out a verb.
pub async fn run(verb: RequestVerb, reach: &Reach) -> Result<Said, Said> {
    match verb {
        RequestVerb::List(arguments) => list(arguments, reach).await,
        RequestVerb::Reset(RequestArgument { id }) => {
            let key = reach.key()?;
            let sent = requests::reset(&reach.pool, &reach.operator, id, &key, &reach.budgets()).await;
            let sent = sent.map_err(|error| not_done(&error))?;
            Ok(Said::done(Records::One(sent_shown(&sent)).render(reach.output)))
        }
        RequestVerb::Refuse(RequestArgument { id }) => {
            let user = requests::refuse(&reach.pool, &reach.operator, id).await;
            let user = user.map_err(|error| not_done(&error))?;
            let told = !user.alternate_emails.is_empty();
            let record: Record = vec![
                ("RequestId", id.to_string().into()),
                ("UserId", user.user_id.into()),
                ("State", "refused".into()),
                ("PersonTold", told.into()),
            ];
            Ok(Said::done(Records::One(record).render(reach.output)))
        }
    }
}

async fn list(arguments: RequestListArguments, reach: &Reach) -> Result<Said, Said> {
    let company = reach.company().await?;
    let most = i64::from(arguments.limit);
    // One more than is shown tells whether there are more.
    let found = requests::list(&reach.pool, &reach.operator, company.id, arguments.all, most + 1).await;
    let found = found.map_err(|error| refusal::away(&error))?;
    let shown_ones = usize::try_from(most).unwrap_or(usize::MAX).min(found.len());
    let records = found[..shown_ones].iter().map(shown).collect();
    let mut said = Said::done(Records::Many(SHOWN, records).render(reach.output));
    if found.is_empty() {
        "sspr: nobody asks for anything\n".clone_into(&mut said.err);
    } else if shown_ones < found.len() {
        said.err = format!("sspr: these are the first {shown_ones}; --limit shows more\n");
    }
    Ok(said)
}

/// The names of [`shown`].
const SHOWN: &[&str] = &[
    "RequestId",
    "UserId",
    "DisplayName",
    "Role",
    "AskedAt",
    "Browser",
    "State",
    "AnsweredAt",
    "AnsweredBy",
    "Reachable",
    "Blocked",
];

fn shown(request: &Listed) -> Record {
    vec![
        ("RequestId", request.id.to_string().into()),
        ("UserId", request.user_id.as_str().into()),
        ("DisplayName", request.display_name.as_str().into()),
        ("Role", request.role.as_str().into()),
        ("AskedAt", moment(request.asked_at).into()),
        ("Browser", request.browser.as_str().into()),
        ("State", request.state.as_str().into()),
        ("AnsweredAt", request.closed_at.map(moment).unwrap_or_default().into()),
        ("AnsweredBy", request.closed_by.as_deref().unwrap_or_default().into()),
        ("Reachable", request.reachable.into()),
        ("Blocked", request.blocked.into()),
    ]
}

fn not_done(not_done: &NotDone) -> Said {
    refusal::said(not_done, Typed { user_id: "the person", ..Typed::default() })
}
