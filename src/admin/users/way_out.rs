//! "This was not me" in a notice of what an administrator or operator did: from an old address, too, since whoever changed the
//! address to take the account must not thereby take the way to stop it (O-08).

use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{deed::Deed, secret::Key},
    store::{
        Connection, StoreError,
        tokens::{self, NotMe},
        users::User,
    },
};

/// What all copies of one notice share.
#[derive(Debug, Default, Clone, Copy)]
pub(in crate::admin) struct WayOut {
    /// The token behind the link.
    pub(in crate::admin) token: Option<Uuid>,
    /// Until when it is good.
    pub(in crate::admin) until: Option<OffsetDateTime>,
}

impl WayOut {
    /// Makes the token, in the transaction of the deed. Without a key (a shell that was not given it) the notice says whom to tell.
    pub(in crate::admin) async fn make(
        tx: &mut Connection,
        key: Option<&Key>,
        user: Uuid,
        deed: Deed,
    ) -> Result<Self, StoreError> {
        let Some(key) = key else { return Ok(Self::default()) };
        let token = NotMe::new(key, user, deed);
        let until = tokens::make_not_me(&mut *tx, &token).await?;
        Ok(Self { token: Some(token.id), until: Some(until) })
    }

    /// For one recipient: the mailbox of the user ID, and an address that its person has confirmed or that has stood for a day. Any
    /// other may be a stranger's by a slip of the finger, who gets the notice, and no power to block an administrator.
    pub(in crate::admin) fn to(&self, address: &str, user: Option<&User>) -> Self {
        let theirs = user.is_some_and(|user| {
            user.user_id == address || user.settled_emails.iter().any(|known| known == address)
        });
        if theirs { Self { token: self.token, until: self.until } } else { Self::default() }
    }
}
