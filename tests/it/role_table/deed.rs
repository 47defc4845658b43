//! Every verb about another person that a signed-in administrator can do, in one shape: who, whom, what came of it.

use sspr::{
    admin::{
        Administrator, NotDone, Refusal,
        passwords::{self, Outcome},
        requests,
        users::{self, UserChange, Which},
    },
    domain::user::{Right, Role, has_right, may_reset},
};
use uuid::Uuid;

use super::Stage;
use crate::support::secrets::key;

/// A verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Rename,
    ChangeRole,
    ChangeEmail,
    ChangePhone,
    Preview,
    Block,
    Unblock,
    Delete,
    EndSessions,
    AskToConfirm,
    SendLink,
    Temporary,
    Batch,
    MayReset,
    AnswerRequest,
    RefuseRequest,
    ReopenRequest,
}

/// What came of it.
#[derive(Debug, PartialEq)]
pub enum Came {
    Done,
    Refused(Refusal),
}

impl Deed {
    pub const ALL: [Self; 17] = [
        Self::Rename,
        Self::ChangeRole,
        Self::ChangeEmail,
        Self::ChangePhone,
        Self::Preview,
        Self::Block,
        Self::Unblock,
        Self::Delete,
        Self::EndSessions,
        Self::AskToConfirm,
        Self::SendLink,
        Self::Temporary,
        Self::Batch,
        Self::MayReset,
        Self::AnswerRequest,
        Self::RefuseRequest,
        Self::ReopenRequest,
    ];

    /// Only global administrators do it; everything else is the table's of who resets whom.
    pub const fn manages(self) -> bool {
        matches!(
            self,
            Self::Rename
                | Self::ChangeRole
                | Self::ChangeEmail
                | Self::ChangePhone
                | Self::Preview
                | Self::Block
                | Self::Unblock
                | Self::Delete
                | Self::EndSessions
                | Self::AskToConfirm
        )
    }

    /// Looks, and leaves everything as it is.
    pub const fn only_looks(self) -> bool {
        matches!(self, Self::Preview | Self::MayReset)
    }

    /// What nobody does to themselves.
    pub const fn never_oneself(self) -> bool {
        !self.manages() || matches!(self, Self::Block | Self::Delete)
    }

    /// Whether a role may do it to another person with that role: the table, not what the verb makes of it.
    pub const fn allowed(self, actor: Role, target: Role) -> bool {
        if self.manages() { has_right(actor, Right::ManageUsers) } else { may_reset(actor, target) }
    }

    /// Puts the person into the state in which there is something to do.
    pub async fn prepare(self, stage: &Stage, target: Uuid) {
        match self {
            Self::Unblock => stage.set_blocked(target).await,
            Self::ReopenRequest => _ = stage.request(target, "refused").await,
            _ => {}
        }
    }

    /// Does it. `by`: a witness, whatever the person may do by now.
    pub async fn run(self, stage: &Stage, by: &Administrator, target: Uuid) -> Came {
        let pool = stage.pool();
        let (key, budgets) = (key(), &stage.node.app.budgets);
        if !self.manages() {
            let request: Uuid = sqlx::query_scalar("select id from contact_requests where user_id = $1")
                .bind(target)
                .fetch_optional(&stage.world.pool)
                .await
                .unwrap()
                .unwrap_or_default();
            return came(match self {
                Self::SendLink => passwords::send_link(pool, by, &key, target, budgets).await.map(drop),
                Self::Temporary => passwords::temporary(pool, by, target, &stage.rules()).await.map(drop),
                Self::Batch => {
                    let id = sspr::random::id();
                    match passwords::batch(pool, by, &key, id, &[target], budgets).await {
                        Ok(outcomes) => match outcomes.into_iter().next().unwrap() {
                            Outcome::Not(refusal) => Err(refusal.into()),
                            _ => Ok(()),
                        },
                        Err(error) => Err(error),
                    }
                }
                Self::MayReset => passwords::may_reset_now(pool, by, target)
                    .await
                    .and_then(|user| user.map(drop).ok_or(NotDone::Refused(Refusal::NotAllowed))),
                Self::AnswerRequest => requests::reset(pool, by, request, &key, budgets).await.map(drop),
                Self::RefuseRequest => requests::refuse(pool, by, request).await.map(drop),
                _ => requests::reopen(pool, by, request).await.map(drop),
            });
        }
        let Some(by) = &by.global() else { return Came::Refused(Refusal::NotAllowed) };
        let address = ["new@home.example".to_owned()];
        let changed = match self {
            Self::Rename => UserChange { display_name: Some("Another Name"), ..UserChange::default() },
            Self::ChangeEmail => UserChange { alternate_emails: Some(&address), ..UserChange::default() },
            Self::ChangePhone | Self::Preview => {
                UserChange { mobile_phone: Some(Some("425-555-0177")), ..UserChange::default() }
            }
            _ => {
                // Another one than it is: else there is nothing to change.
                let other = match stage.role(target).await {
                    Some(Role::User) => Role::BillingAdministrator,
                    _ => Role::User,
                };
                UserChange { role: Some(other), ..UserChange::default() }
            }
        };
        came(match self {
            Self::Preview => users::preview(pool, by, target, &changed).await.map(drop),
            Self::Block => users::block(pool, by, target).await.map(drop),
            Self::Unblock => users::unblock(pool, by, target).await.map(drop),
            Self::Delete => users::delete(pool, by, target).await.map(drop),
            Self::EndSessions => users::end_sessions(pool, by, target).await.map(drop),
            Self::AskToConfirm => {
                users::ask_to_confirm(pool, by, target, Which::AlternateEmail, &key, budgets).await.map(drop)
            }
            _ => users::change(pool, by, target, &changed, Some(&key)).await.map(drop),
        })
    }
}

#[track_caller]
pub fn came(done: Result<(), NotDone>) -> Came {
    match done {
        Ok(()) => Came::Done,
        Err(NotDone::Refused(refusal)) => Came::Refused(refusal),
        Err(other) => panic!("{other:?}"),
    }
}
