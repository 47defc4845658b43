//! The second pair of eyes: what is done to a global administrator in the portal waits for a time or for another's approval.

mod blocked;
mod carried_out;
mod decided;
mod killed;
mod outlived;
mod planted;
mod setting;
mod shell;
mod waits;

use sspr::{
    admin::{
        GlobalAdministrator, NotDone, Refusal,
        pending::{self, Decided, Waits},
        users::{self, UserChange},
    },
    domain::user::Role,
};
use uuid::Uuid;

use crate::{
    role_table::Stage,
    support::{client::Client, office::Office},
};

/// Who asks, who is changed, who else there is; besides, Contoso has a global administrator of the demo's.
const ANN: &str = "ann@contoso.com";
const BOB: &str = "bob@contoso.com";
const CARL: &str = "carl@contoso.com";
/// What Bob's address becomes.
const NEW: &str = "new-bob@other.example";
const OLD: &str = "bob@home.example";

/// Three global administrators at their desks.
struct Board {
    stage: Stage,
    ann: Uuid,
    bob: Uuid,
    carl: Uuid,
}

impl Board {
    /// With this rule, and a hold of two hours.
    async fn new(rule: &str) -> Self {
        let stage = Stage::new().await;
        let [ann, bob, carl] = [
            stage.person(ANN, Role::GlobalAdministrator).await,
            stage.person(BOB, Role::GlobalAdministrator).await,
            stage.person(CARL, Role::GlobalAdministrator).await,
        ];
        let board = Self { stage, ann, bob, carl };
        board.rule(rule, 2).await;
        board
    }

    /// Past the service.
    async fn rule(&self, rule: &str, hours: i32) {
        sqlx::query("update companies set global_administrator_changes = $1, global_administrator_hold_hours = $2 where name = 'Contoso'")
            .bind(rule)
            .bind(hours)
            .execute(&self.stage.world.pool)
            .await
            .unwrap();
    }

    async fn by(&self, who: Uuid) -> GlobalAdministrator {
        self.stage.global(who).await
    }

    /// A browser in which one of them is signed in.
    async fn at_the_desk(&self, user_id: &str) -> Office<'_> {
        let client = Client::new(&self.stage.node.url);
        let password = self.stage.world.first_password("user@contoso.com");
        let fields = [("user_id", user_id), ("password", password.as_str())];
        let answer = client.submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!(answer.location.as_deref(), Some("/"), "{answer:?}");
        Office { world: &self.stage.world, client }
    }

    /// Ann asks for another address of Bob's. The change that waits.
    async fn asks_for_address(&self) -> Uuid {
        let addresses = [NEW.to_owned()];
        let change = UserChange { alternate_emails: Some(&addresses), ..UserChange::default() };
        self.asks(self.bob, &change).await
    }

    /// Ann asks for a change of somebody that waits.
    async fn asks(&self, whom: Uuid, change: &UserChange<'_>) -> Uuid {
        let key = self.stage.node.app.keys.current();
        let by = self.by(self.ann).await;
        let changed = users::change(self.stage.pool(), &by, whom, change, Some(key)).await.unwrap();
        assert!(changed.terms.is_some(), "it acted at once: {:?}", changed.changes);
        self.newest().await
    }

    async fn newest(&self) -> Uuid {
        let sql = "select id from pending_changes where state = 'waiting' order by requested_at desc limit 1";
        sqlx::query_scalar(sql).fetch_one(&self.stage.world.pool).await.unwrap()
    }

    async fn approves(&self, who: Uuid, change: Uuid) -> Result<Decided, NotDone> {
        let app = &self.stage.node.app;
        let by = self.by(who).await;
        pending::approve(self.stage.pool(), &by, change, app.keys.current(), &app.budgets).await
    }

    /// A node looks for what is due.
    async fn looks(&self) -> usize {
        let app = &self.stage.node.app;
        pending::run_due(self.stage.pool(), app.keys.current(), &app.budgets).await.unwrap()
    }

    /// So much of the time of all that waits has passed, in seconds.
    async fn passes(&self, seconds: i64) {
        sqlx::query(
            "update pending_changes set requested_at = requested_at - $1 * interval '1 second',
                    acts_at = acts_at - $1 * interval '1 second', expires_at = expires_at - $1 * interval '1 second'
             where state = 'waiting'",
        )
        .bind(seconds)
        .execute(&self.stage.world.pool)
        .await
        .unwrap();
    }

    async fn state(&self, change: Uuid) -> (String, Option<String>) {
        sqlx::query_as("select state, why from pending_changes where id = $1")
            .bind(change)
            .fetch_one(&self.stage.world.pool)
            .await
            .unwrap()
    }

    async fn address(&self) -> String {
        sqlx::query_scalar(
            "select coalesce(string_agg(address, ' '), '') from alternate_emails where user_id = $1",
        )
        .bind(self.bob)
        .fetch_one(&self.stage.world.pool)
        .await
        .unwrap()
    }

    async fn role(&self, who: Uuid) -> String {
        sqlx::query_scalar("select role from users where id = $1")
            .bind(who)
            .fetch_one(&self.stage.world.pool)
            .await
            .unwrap()
    }

    async fn events(&self, event: &str) -> i64 {
        sqlx::query_scalar("select count(*) from audit_events where event = $1")
            .bind(event)
            .fetch_one(&self.stage.world.pool)
            .await
            .unwrap()
    }

    /// To whom a kind of message was queued.
    async fn told(&self, kind: &str) -> Vec<String> {
        sqlx::query_scalar("select recipient from outbox where message->>'kind' = $1 order by recipient")
            .bind(kind)
            .fetch_all(&self.stage.world.pool)
            .await
            .unwrap()
    }
}

/// What a verb refused.
fn refused<T: std::fmt::Debug>(done: Result<T, NotDone>) -> Refusal {
    match done {
        Err(NotDone::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn waits<T: std::fmt::Debug>(done: Result<T, NotDone>) -> Waits {
    match refused(done) {
        Refusal::Waits(waits) => waits,
        other => panic!("{other:?}"),
    }
}
