//! The password once more: what is sensitive asks for it when it was last given more than ten minutes ago, in the form itself.
//!
//! Must stay true: a stolen session is no password guesser, so tries count like sign-ins (V-32); the time is the database's.

use zeroize::Zeroizing;

use super::{
    error::PageError,
    one_try::{self, OneTry},
    signed_in::Someone,
    stopped,
    visit::Visit,
};
use crate::{
    app::App,
    directory::hashing::{PasswordHash, Verdict},
    domain::user::UserId,
    random,
    store::{sessions::PROVEN, sign_in},
};

/// How long a proof is recent, in microseconds.
const RECENT: i64 = 10 * 60 * 1_000_000;

/// What a form's proof came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Given lately, or right now.
    Good,
    /// The form has to ask for it.
    Missing,
    /// It was another password.
    Wrong,
}

/// Whether the password was given in the last ten minutes, so that a form need not ask.
pub async fn is_recent(someone: &Someone) -> Result<bool, PageError> {
    let now = i64::try_from(someone.user.now.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX);
    let proven: i64 = someone.session.get(PROVEN).await?.unwrap_or(0);
    Ok((0..RECENT).contains(&(now - proven)))
}

/// Judges the field `your_password` of a form; looks at it only where the proof is not recent.
pub async fn prove(
    app: &App,
    visit: &Visit,
    someone: &Someone,
    typed: &Zeroizing<String>,
) -> Result<Proof, PageError> {
    if is_recent(someone).await? {
        return Ok(Proof::Good);
    }
    if typed.is_empty() {
        return Ok(Proof::Missing);
    }
    let Ok(user_id) = UserId::parse(&someone.user.user_id) else {
        return Err(PageError::Internal("a stored user ID is none".into()));
    };
    let OneTry { found, typed } = match one_try::begin(app, visit, user_id.normalised(), typed.clone())
        .await?
    {
        Ok(counted) => counted,
        Err(until) => {
            return Err(stopped::throttled(app, visit, "your_password", &someone.user.user_id, until).await);
        }
    };
    let stored = found.password_hash.clone().map(PasswordHash::from_stored);
    if typed.verify(stored.as_ref()).await? == Verdict::Wrong {
        let (user, network) = (&someone.user.user_id, visit.network());
        sign_in::record_failed(&app.pool, &found, user, random::id(), network, found.why_not()).await?;
        return Ok(Proof::Wrong);
    }
    sign_in::give_back(&app.pool, user_id.normalised(), visit.network()).await?;
    let now = i64::try_from(someone.user.now.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX);
    someone.session.insert(PROVEN, now).await?;
    Ok(Proof::Good)
}
