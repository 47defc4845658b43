//! Links with a token: parsed, looked up, and believed only when the key says so. In this one place, for every page behind one.

use super::{error::PageError, stopped, visit::Visit};
use crate::{
    app::App,
    domain::secret::{Key, Purpose, TypedToken},
    store::{
        budgets,
        tokens::{self, Link},
    },
};

/// The link that a typed token is of, and the key that made it. `None`: broken, unknown, of a lost key, or made for another
/// purpose (V-08): nobody learns which. Whether it is still good is for the page to say. Changes nothing but the count of links
/// that open nothing: a network that tried too many is refused further ones (V-32).
///
/// A right one opens all the same. Nobody finds one by trying, and any page whose pictures lead here makes a browser try wrong ones:
/// that must not keep "This was not me" from whoever needs it.
pub async fn open<'a>(
    app: &'a App,
    visit: &Visit,
    typed: &str,
    purposes: &[Purpose],
) -> Result<Option<(Link, &'a Key)>, PageError> {
    let found = find(app, typed, purposes).await?;
    if found.is_none() {
        // Of many at once those over the budget are told so, too: it is exact.
        if let Some(until) = budgets::wrong_link(&app.pool, visit.network(), &app.budgets).await? {
            return Err(stopped::throttled(app, visit, "link", "", until).await);
        }
    }
    Ok(found)
}

async fn find<'a>(
    app: &'a App,
    typed: &str,
    purposes: &[Purpose],
) -> Result<Option<(Link, &'a Key)>, PageError> {
    let Some(typed) = TypedToken::parse(typed) else { return Ok(None) };
    let Some(link) = tokens::link(&app.pool, typed.id).await? else { return Ok(None) };
    let Some(key) = app.keys.find(&link.key_id) else { return Ok(None) };
    let right = purposes.contains(&link.purpose) && typed.is_of(key, link.purpose, &link.nonce);
    Ok(right.then_some((link, key)))
}
