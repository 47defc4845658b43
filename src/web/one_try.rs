//! One try of a password: sign-in, and the own password asked again.
//!
//! Must stay true: a try is counted before it is compared (V-26), and only when a thread stands ready to compare it: counted first, a right
//! password would be a wrong one whenever the threads are busy. A network at its limit gets no thread, or its flood would keep everyone's.
//! The same statements and waits for whoever is named.

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{error::PageError, visit::Visit};
use crate::{
    app::App,
    directory::hashing::Seated,
    store::sign_in::{self, SignIn},
};

/// A try that is counted, and the thread that will compare it.
#[derive(Debug)]
pub struct OneTry {
    /// What the database knows.
    pub found: SignIn,
    /// The password that was typed, with its thread.
    pub typed: Seated,
}

/// Counts a try for whoever this normalised user ID names. `Err` inside: the time of the next, for an account from this network or the
/// network that has to wait.
pub async fn begin(
    app: &App,
    visit: &Visit,
    normalised: &str,
    typed: Zeroizing<String>,
) -> Result<Result<OneTry, OffsetDateTime>, PageError> {
    if let Some(until) = sign_in::must_wait(&app.pool, normalised, visit.network(), &app.budgets).await? {
        return Ok(Err(until));
    }
    let typed = app.hashing.seat(typed).await?;
    let found = sign_in::begin(&app.pool, normalised, visit.network(), &app.budgets).await?;
    Ok(found.until.map_or(Ok(OneTry { found, typed }), Err))
}
