//! `sspr limit …`: who stands at a limit, until when, and lifting it.

use super::{
    Exit, Said,
    arguments::{LimitLiftArguments, LimitListArguments, LimitVerb},
    output::{Record, Records},
    reach::Reach,
    refusal::{self, Typed},
    user::moment,
};
use crate::{
    admin::limits::{self, LIST_MAX},
    domain::limits::Network,
    store::limits::{NetworkStanding, Standing},
};

/// Carries out a verb.
pub async fn run(verb: LimitVerb, reach: &Reach) -> Result<Said, Said> {
    match verb {
        LimitVerb::List(LimitListArguments { networks: true, .. }) => networks(reach).await,
        LimitVerb::List(arguments) => list(arguments.user.as_deref(), reach).await,
        LimitVerb::Lift(LimitLiftArguments { network: Some(network), .. }) => {
            lift_network(&network, reach).await
        }
        LimitVerb::Lift(arguments) => lift(&arguments.user_id.unwrap_or_default(), reach).await,
    }
}

async fn list(user_id: Option<&str>, reach: &Reach) -> Result<Said, Said> {
    let (pool, by, budgets) = (&reach.pool, &reach.operator, reach.budgets());
    let standing = match user_id {
        Some(user_id) => {
            let typed = Typed { user_id, ..Typed::default() };
            let of_person = limits::of_person(pool, by, user_id, &budgets).await;
            of_person.map_err(|error| refusal::said(&error, typed))?.1
        }
        None => limits::list(pool, by, &budgets).await.map_err(|error| refusal::away(&error))?,
    };
    let records = standing.iter().map(shown).collect();
    Ok(listed(COLUMNS, records, "nobody stands at a limit", reach))
}

async fn networks(reach: &Reach) -> Result<Said, Said> {
    of_no_company(reach)?;
    let standing = limits::networks(&reach.pool, &reach.operator, &reach.budgets()).await;
    let standing = standing.map_err(|error| refusal::away(&error))?;
    let records = standing.iter().map(network_shown).collect();
    Ok(listed(NETWORK_COLUMNS, records, "no network stands at a limit", reach))
}

async fn lift(user_id: &str, reach: &Reach) -> Result<Said, Said> {
    let typed = Typed { user_id, ..Typed::default() };
    let lifted = limits::lift(&reach.pool, &reach.operator, user_id, &reach.budgets()).await;
    let (_, lifted) = lifted.map_err(|error| refusal::said(&error, typed))?;
    let records = lifted.iter().map(shown).collect();
    Ok(listed(COLUMNS, records, "this person stands at no limit: nothing to lift", reach))
}

async fn lift_network(network: &Network, reach: &Reach) -> Result<Said, Said> {
    of_no_company(reach)?;
    let lifted = limits::lift_network(&reach.pool, &reach.operator, network, &reach.budgets()).await;
    let lifted = lifted.map_err(|error| refusal::said(&error, Typed::default()))?;
    let record = |kind: &crate::domain::limits::kind::Kind| -> Record {
        vec![("Network", network.as_str().into()), ("Limit", kind.as_str().into())]
    };
    let records = lifted.iter().map(record).collect();
    Ok(listed(&["Network", "Limit"], records, "this network stands at no limit: nothing to lift", reach))
}

/// Networks belong to nobody: with a company named, there are none.
fn of_no_company(reach: &Reach) -> Result<(), Said> {
    if reach.names_a_company() {
        let what = "sspr: networks belong to no company: leave --company and SSPR_COMPANY away\n";
        return Err(Said::refused(Exit::Usage, what.to_owned()));
    }
    Ok(())
}

fn listed(columns: &'static [&'static str], records: Vec<Record>, none: &str, reach: &Reach) -> Said {
    let n = records.len();
    let mut said = Said::done(Records::Many(columns, records).render(reach.output));
    if n == 0 {
        said.err = format!("sspr: {none}\n");
    } else if i64::try_from(n).is_ok_and(|n| n >= LIST_MAX) {
        said.err = format!("sspr: these are the first {LIST_MAX}; --user and --company show others\n");
    }
    said
}

/// The names of [`shown`].
const COLUMNS: &[&str] = &["UserId", "DisplayName", "Limit", "Network", "Until"];

fn shown(at: &Standing) -> Record {
    vec![
        ("UserId", at.user_id.as_str().into()),
        ("DisplayName", at.display_name.as_str().into()),
        ("Limit", at.kind.as_str().into()),
        ("Network", at.network.as_deref().unwrap_or_default().into()),
        ("Until", at.until.map(moment).unwrap_or_default().into()),
    ]
}

/// The names of [`network_shown`].
const NETWORK_COLUMNS: &[&str] = &["Network", "Limit", "Until"];

fn network_shown(at: &NetworkStanding) -> Record {
    vec![
        ("Network", at.network.as_str().into()),
        ("Limit", at.kind.as_str().into()),
        ("Until", moment(at.until).into()),
    ]
}
