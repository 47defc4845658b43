//! Who is signed in: the session of tower-sessions, read once a request and only where a page asks.

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse as _, Redirect, Response},
};
use tower_sessions::Session;
use uuid::Uuid;

use super::{error::PageError, visit::Visit};
use crate::{
    app::App,
    store::{
        sessions::{self, BROWSER, NETWORK, PASSWORD_SET, PROVEN, USER},
        sign_in::Begun,
        users::{self, SignedIn},
    },
};

/// The one page for whoever has to change the password.
const CHANGE_PASSWORD: &str = "/account/password";

/// A signed-in person.
pub struct Someone {
    /// Who.
    pub user: SignedIn,
    /// Their session.
    pub session: Session,
}

impl Someone {
    /// The hash of the session that this request came in.
    pub fn session_hash(&self) -> Option<Vec<u8>> {
        self.session.id().map(|id| sessions::hash(&id))
    }
}

impl From<tower_sessions::session::Error> for PageError {
    fn from(cause: tower_sessions::session::Error) -> Self {
        // The store has only the database to fail with.
        Self::Unavailable(Box::new(cause))
    }
}

/// Who the session is of, if it is anyone's and still good.
pub async fn user_of(session: &Session) -> Result<Option<Uuid>, PageError> {
    // Without a cookie there is nothing to ask the database.
    if session.id().is_none() {
        return Ok(None);
    }
    Ok(session.get::<Uuid>(USER).await?)
}

/// Puts a user into a session under a new id (V-50, V-52). `begun`: the time of the password that was verified, so that a
/// reset at the same moment ends this session too. The row is written with the answer.
pub async fn begin(session: &Session, visit: &Visit, user: Uuid, begun: Begun) -> Result<(), PageError> {
    // An id that came with the request is never kept, known or not.
    if session.id().is_some() {
        session.flush().await?;
    }
    session.insert(USER, user).await?;
    session.insert(PASSWORD_SET, begun.password_set).await?;
    session.insert(PROVEN, begun.proven).await?;
    session.insert(BROWSER, visit.browser()).await?;
    session.insert(NETWORK, visit.network().as_str()).await?;
    Ok(())
}

impl FromRequestParts<App> for Someone {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let to_sign_in = || Redirect::to("/sign-in?notice=first").into_response();
        let Some(session) = parts.extensions.get::<Session>().cloned() else {
            return Err(PageError::Internal("no session: the layer is missing".into()).into_response());
        };
        let Some(id) = user_of(&session).await.map_err(PageError::into_response)? else {
            return Err(to_sign_in());
        };
        match users::by_id(&app.pool, id).await {
            // Whoever has to change the password does nothing else before.
            Ok(Some(user)) if user.standing.must_change() && parts.uri.path() != CHANGE_PASSWORD => {
                Err(Redirect::to(CHANGE_PASSWORD).into_response())
            }
            Ok(Some(user)) => Ok(Self { user, session }),
            Ok(None) => Err(to_sign_in()),
            Err(cause) => Err(PageError::from(cause).into_response()),
        }
    }
}
