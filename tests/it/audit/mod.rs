//! The audit log: what stands in it, that nobody changes it unseen, who may read it.

mod chain;
mod door;
mod list;
mod portal;
mod sealing;

use serde_json::json;
use sqlx::AssertSqlSafe;
use sspr::{
    admin::{
        Operator,
        audit::{Verified, verify},
    },
    domain::{
        audit::{
            AuditEvent,
            chain::Fault,
            seal::{ChainKey, Checkpoint},
        },
        secret::{Key, Keys},
    },
    sealer::Sealer,
    store::audit::{Recorded, record, seals},
};
use uuid::Uuid;

use crate::support::app::{KEY, World};

/// The keys of every world.
fn keys() -> Keys {
    Keys::new(Key::new(KEY.to_vec()).unwrap(), Vec::new())
}

/// A world with a log in it that nobody else writes: no node serves.
struct Log {
    world: World,
    sealer: Sealer,
}

impl Log {
    /// So many sealed events, with something in every column.
    async fn sealed(events: usize) -> Self {
        let world = World::new().await;
        let sealer = Sealer::new(world.pool.clone(), &keys());
        let mut log = Self { world, sealer };
        log.add(events).await;
        log.seal().await;
        log
    }

    /// Adds events, unsealed. Their ids, in the order of the chain to be.
    async fn add(&self, events: usize) -> Vec<Uuid> {
        let mut ids = Vec::new();
        for number in 0..events {
            let id = sspr::random::id();
            let recorded = Recorded {
                id,
                event: AuditEvent::UserChanged,
                company: Some(Uuid::from_u128(7)),
                user: Some(Uuid::from_u128(8)),
                subject: &format!("person{number}@contoso.com"),
                actor: "operator:ann",
                network: Some("192.0.2.7"),
                outcome: "done",
                details: json!({ "Role": { "old": "user", "new": number } }),
            };
            let mut connection = self.world.pool.acquire().await.unwrap();
            record(&mut connection, &recorded).await.unwrap();
            ids.push(id);
        }
        ids
    }

    async fn seal(&mut self) {
        self.sealer.look(false).await.unwrap();
    }

    /// Past the service, as the schema's owner, who can do everything. Triggers sleep.
    async fn tamper(&self, sql: &str) {
        let sql = format!("begin; set local session_replication_role = replica; {sql}; commit");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.world.pool).await.unwrap();
    }

    /// Keeps log and chain as they are, for [`Self::back`].
    async fn keep(&self) {
        self.tamper(
            "create schema kept; create table kept.audit_events as select * from audit_events;
             create table kept.audit_seals as select * from audit_seals",
        )
        .await;
    }

    async fn back(&self) {
        self.tamper(
            "delete from audit_events; insert into audit_events select * from kept.audit_events;
             delete from audit_seals; insert into audit_seals select * from kept.audit_seals;
             delete from audit_unsealed",
        )
        .await;
    }

    async fn verified(&self, keys: &Keys, checkpoints: &[Checkpoint]) -> Verified {
        let by = Operator::at_the_shell("ann");
        verify(&self.world.pool, &by, &ChainKey::all(keys), checkpoints).await.unwrap()
    }

    /// Everything that is wrong.
    async fn faults(&self, checkpoints: &[Checkpoint]) -> Vec<Fault> {
        let report = self.verified(&keys(), checkpoints).await.report;
        assert_eq!(report.faults, report.first_faults.len() as u64);
        report.first_faults
    }

    async fn head(&self) -> Checkpoint {
        seals::head(&self.world.pool).await.unwrap()
    }

    /// The event that is sealed there.
    async fn at(&self, seq: i64) -> Uuid {
        sqlx::query_scalar("select event_id from audit_seals where seq = $1")
            .bind(seq)
            .fetch_one(&self.world.pool)
            .await
            .unwrap()
    }

    async fn differs(&self, seq: i64) -> Fault {
        Fault::Differs { seq, event: self.at(seq).await }
    }
}
