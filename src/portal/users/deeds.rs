//! Blocking, letting in again, deleting: asked by GET, done by POST. The page is in [`super::confirm`].
//!
//! Must stay true: each asks for a recent proof of the own password; deleting, which nothing takes back, for the user ID too.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{
    confirm::{ConfirmPage, ConfirmProblem, Deed},
    show::{row, seen, to_user},
};
use crate::{
    admin::{NotDone, Refusal, users},
    app::App,
    portal::{
        door::{Global, InPortal},
        your_password::PasswordProblem,
    },
    store::users::User,
    web::{
        error::PageError,
        form::{Form, Posted},
        portal_nav::Section,
        recent_proof,
        visit::{FormOf, show},
    },
};

/// What is sent.
#[derive(Deserialize)]
pub struct ConfirmForm {
    #[serde(default)]
    confirm_user_id: String,
    #[serde(default)]
    your_password: Zeroizing<String>,
}

impl Form for ConfirmForm {
    const OF: FormOf = FormOf::Account;
}

/// Asks before a block.
pub async fn get_block(app: State<App>, id: Path<String>, global: Global) -> Result<Response, PageError> {
    get(app, id, global, Asked::Block).await
}

/// Asks before a block is lifted.
pub async fn get_unblock(app: State<App>, id: Path<String>, global: Global) -> Result<Response, PageError> {
    get(app, id, global, Asked::Unblock).await
}

/// Asks before a user is deleted.
pub async fn get_delete(app: State<App>, id: Path<String>, global: Global) -> Result<Response, PageError> {
    get(app, id, global, Asked::Delete).await
}

/// Blocks sign-in.
pub async fn post_block(
    app: State<App>,
    id: Path<String>,
    global: Global,
    form: Posted<ConfirmForm>,
) -> Result<Response, PageError> {
    post(app, id, global, form, Asked::Block).await
}

/// Lifts a block.
pub async fn post_unblock(
    app: State<App>,
    id: Path<String>,
    global: Global,
    form: Posted<ConfirmForm>,
) -> Result<Response, PageError> {
    post(app, id, global, form, Asked::Unblock).await
}

/// Deletes a user.
pub async fn post_delete(
    app: State<App>,
    id: Path<String>,
    global: Global,
    form: Posted<ConfirmForm>,
) -> Result<Response, PageError> {
    post(app, id, global, form, Asked::Delete).await
}

/// Which address was asked.
#[derive(Clone, Copy)]
enum Asked {
    Block,
    Unblock,
    Delete,
}

impl Asked {
    /// What that is for this user.
    fn of(self, user: &User) -> Deed {
        match self {
            Self::Block => Deed::Block,
            Self::Unblock => Deed::Unblock { not_me: user.blocked_because.as_deref() == Some("not_me") },
            Self::Delete => Deed::Delete,
        }
    }
}

async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    Global { door, .. }: Global,
    asked: Asked,
) -> Result<Response, PageError> {
    let user = seen(&app, &door, row(&id)?).await?.user;
    let deed = asked.of(&user);
    match deed {
        Deed::Block if user.blocked_at.is_some() => return Ok(to_user(user.id, "blocked-already")),
        Deed::Unblock { .. } if user.blocked_at.is_none() => {
            return Ok(to_user(user.id, "unblocked-already"));
        }
        _ => {}
    }
    page(&app, &door, user, deed, None, None).await
}

async fn page(
    app: &App,
    door: &InPortal,
    user: User,
    deed: Deed,
    refused: Option<ConfirmProblem>,
    password: Option<PasswordProblem>,
) -> Result<Response, PageError> {
    let wrong = refused.is_some() || password.is_some();
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let waits = match deed {
        Deed::Unblock { .. } => users::unblock_terms(&app.pool, &door.by, &user).await?,
        Deed::Block | Deed::Delete => None,
    };
    let page = ConfirmPage {
        page: door.page(app, Section::Users).await?,
        deed,
        id: user.id,
        user_id: user.user_id,
        display_name: user.display_name,
        waits,
        asks_password: !recent_proof::is_recent(&door.someone).await?,
        password,
        refused,
    };
    show(status, &page)
}

async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    Global { by, door }: Global,
    Posted(form): Posted<ConfirmForm>,
    asked: Asked,
) -> Result<Response, PageError> {
    let user = seen(&app, &door, row(&id)?).await?.user;
    let deed = asked.of(&user);
    // Whoever deletes the wrong one of two namesakes has read a user ID, not typed it.
    if deed == Deed::Delete && !form.confirm_user_id.trim().eq_ignore_ascii_case(&user.user_id) {
        return page(&app, &door, user, deed, Some(ConfirmProblem::UserId), None).await;
    }
    let proof = recent_proof::prove(&app, &door.visit, &door.someone, &form.your_password).await?;
    if let Some(problem) = PasswordProblem::of(proof) {
        return page(&app, &door, user, deed, None, Some(problem)).await;
    }
    let done: Result<Response, NotDone> = match deed {
        Deed::Block => users::block(&app.pool, &by, user.id)
            .await
            .map(|(user, now)| to_user(user.id, if now { "blocked" } else { "blocked-already" })),
        Deed::Unblock { .. } => users::unblock_and_tell(&app.pool, &by, user.id, Some(app.keys.current()))
            .await
            .map(|(user, lifted)| {
                to_user(user.id, if lifted.is_some() { "unblocked" } else { "unblocked-already" })
            }),
        Deed::Delete => users::delete(&app.pool, &by, user.id)
            .await
            .map(|_| Redirect::to("/portal/users?notice=deleted").into_response()),
    };
    match done {
        Ok(answer) => {
            // A lifted block is told to its person.
            app.outbox.wake();
            Ok(answer)
        }
        Err(NotDone::Refused(Refusal::Waits(_))) => {
            app.outbox.wake();
            Ok(to_user(user.id, "waits"))
        }
        Err(not_done) => {
            let refusal = door.refused(&app, not_done).await?;
            page(&app, &door, user, deed, Some(ConfirmProblem::Refused(refusal)), None).await
        }
    }
}
