//! An e-mail link that was opened: in whose hands it is, and whether it still opens something.

use super::email_link::DeadLink;
use crate::{
    app::App,
    domain::{
        secret::{Key, Purpose, SessionId},
        wizard::{Attempt, End, REPEAT_WINDOW, Step},
    },
    store::tokens::{Link, LinkAttempt},
    web::{error::PageError, link, page::Moment, visit::Visit},
};

/// A link of ours, found right: whoever opened it holds it.
pub struct Opened<'a> {
    /// The link.
    pub link: Link,
    /// Its attempt.
    pub attempt: LinkAttempt,
    /// The key that made it.
    pub key: &'a Key,
}

/// In whose hands a link is.
pub enum Browser {
    /// The browser session that asked.
    Asked,
    /// The one that asked, before the proof that this very link gave: the second submit of two.
    AskedBefore(SessionId),
    /// Any other.
    Other,
}

impl Opened<'_> {
    /// In whose hands the link is.
    pub fn browser(&self, session: Option<&SessionId>) -> Browser {
        let Some(session) = session else { return Browser::Other };
        if self.attempt.session_hash == session.hash() {
            return Browser::Asked;
        }
        // Only for a moment: the link is single use, and so is the session before its proof (V-37, V-50).
        let just_spent = self.link.consumed_at.is_some_and(|at| self.link.now - at < REPEAT_WINDOW);
        let next = session.successor(self.key, &self.link.nonce);
        if just_spent && self.attempt.session_hash == next.hash() {
            Browser::AskedBefore(next)
        } else {
            Browser::Other
        }
    }

    /// Why the link opens nothing; `None` while it does.
    pub fn dead(&self) -> Option<DeadLink> {
        let attempt: &Attempt = &self.attempt.attempt;
        if attempt.email_proven_at.is_some() || attempt.finished_at.is_some() {
            return Some(DeadLink::Used { at: self.link.consumed_at.map(Moment::from) });
        }
        match attempt.ended {
            Some(End::Replaced) => {
                return Some(DeadLink::Replaced { at: self.attempt.ended_at.map(Moment::from) });
            }
            Some(End::Expired) | None => {}
            Some(_) => return Some(DeadLink::Used { at: self.attempt.ended_at.map(Moment::from) }),
        }
        // Spent without a proof: "This was not me".
        if let Some(at) = self.link.consumed_at {
            return Some(DeadLink::Used { at: Some(Moment::from(at)) });
        }
        if let Some(at) = self.link.replaced_at {
            return Some(DeadLink::Replaced { at: Some(Moment::from(at)) });
        }
        (!self.link.is_live() || attempt.step(self.link.now) != Step::CheckEmail)
            .then(|| DeadLink::Expired { at: Moment::from(self.link.expires_at) })
    }
}

/// Looks a typed token up and believes it only if the key says so. A decoy's attempt has links too; nobody can make one.
pub async fn open<'a>(app: &'a App, visit: &Visit, typed: &str) -> Result<Option<Opened<'a>>, PageError> {
    let Some((mut link, key)) = link::open(app, visit, typed, &[Purpose::EmailLink]).await? else {
        return Ok(None);
    };
    Ok(link.attempt.take().map(|attempt| Opened { link, attempt, key }))
}
