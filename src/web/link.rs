//! Links with a token: parsed, looked up, and believed only when the key says so. In this one place, for every page behind one.

use super::error::PageError;
use crate::{
    app::App,
    domain::secret::{Key, Purpose, TypedToken},
    store::tokens::{self, Link},
};

/// The link that a typed token is of, and the key that made it. `None`: broken, unknown, of a lost key, or made for another
/// purpose (V-08): nobody learns which. Whether it is still good is for the page to say. Changes nothing.
pub async fn open<'a>(
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
