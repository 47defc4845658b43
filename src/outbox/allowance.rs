//! Whether a text message may leave at all: the network of its number, the countries of its company, the budgets; and whether a mail
//! that a visitor can cause may.
//!
//! What must stay true: asked before the first provider, for every text message, and never again for the same one; a log line names the
//! budget and the country, never the number.

use serde_json::Value;
use uuid::Uuid;

use super::Outbox;
use crate::{
    domain::{
        contact::MobilePhone,
        delivery::Kind,
        limits::{OVER_ADDRESS, TextBudget},
        secret::Purpose,
    },
    random,
    store::{
        Result, companies,
        outbox::{
            Claimed,
            allowance::{self, MailAllowance},
        },
    },
};

/// What is to be done with it.
pub(super) enum Verdict {
    /// It may leave.
    Leaves,
    /// It waits in the queue for a budget, or another worker has it: nothing more to do.
    Waits,
    /// It never leaves, for this reason.
    Kept(&'static str),
}

/// Asks for one message.
pub(super) async fn of_text(outbox: &Outbox, me: Uuid, row: &Claimed) -> Result<Verdict> {
    let Ok(phone) = MobilePhone::from_stored(&row.recipient) else {
        return Ok(Verdict::Kept("the number is none"));
    };
    if phone.is_in_refused_network() {
        return Ok(Verdict::Kept("no texts go to the network of the number"));
    }
    if row.budgeted {
        return Ok(Verdict::Leaves);
    }
    // What opens something goes to the company's own countries; a notice warns, wherever the number is. Codes go to administrators,
    // whose numbers were judged as the reset began.
    let opens = row.token.as_ref().is_some_and(|token| token.purpose != Purpose::SecurityCode);
    if opens && let Some(company) = row.company {
        let own = companies::calling_codes(&outbox.pool, company).await?;
        if !outbox.budgets.allows_texts_to(&row.recipient, &own) {
            return Ok(Verdict::Kept("no texts go to the country of the number"));
        }
    }
    let country = phone.country_calling_code();
    let events = [random::id(), random::id(), random::id()];
    let Some(allowance) = allowance::take(&outbox.pool, row.id, me, country, &outbox.budgets, events).await?
    else {
        return Ok(Verdict::Waits);
    };
    for budget in allowance.nearly {
        warn(budget, country, "a budget of text messages is nearly spent");
    }
    Ok(match allowance.over {
        None => Verdict::Leaves,
        Some(budget) => {
            warn(budget, country, "a text message is over a budget");
            if allowance.waits { Verdict::Waits } else { Verdict::Kept(budget.over()) }
        }
    })
}

/// Asks for one mail: those that a visitor can cause are counted by the address that they go to, and by the network that asked
/// (D-09: 8 an hour and 15 a day, 4 and 5 of one network; not 3 an hour, since a start and "send again" three times are 4).
pub(super) async fn of_mail(outbox: &Outbox, me: Uuid, row: &Claimed) -> Result<Verdict> {
    let kind = row.message.get("kind").and_then(Value::as_str).and_then(Kind::named);
    if row.budgeted || !kind.is_some_and(Kind::is_asked_by_visitors) {
        return Ok(Verdict::Leaves);
    }
    let taken = allowance::take_mail(&outbox.pool, row.id, me, &outbox.budgets, random::id()).await?;
    Ok(match taken {
        None => Verdict::Waits,
        Some(MailAllowance::Leaves) => Verdict::Leaves,
        Some(MailAllowance::Over) => Verdict::Kept(OVER_ADDRESS),
    })
}

fn warn(budget: TextBudget, country: u16, what: &'static str) {
    let budget = budget.as_str();
    tracing::warn!(budget, country, "{what}");
}
