//! All SQL: plain functions on a connection, one file an aggregate.
//!
//! What must stay true: a rule that protects something is one statement here, never "look, check, then update"
//! (V-26, V-36): counters go up before the comparison, secrets are spent in the statement that has their effect, and change,
//! audit event and outbox message are one statement or one transaction. Time is judged by the database's clock.
//!
//! To add a query: write it here with `sqlx::query!`, then `.ci/prepare` renews `.sqlx`.

pub mod attempts;
pub mod audit;
pub mod batches;
pub mod budgets;
pub mod companies;
pub mod connect;
pub mod contact_requests;
pub mod health;
pub mod incidents;
pub mod limits;
pub mod migrate;
pub mod outbox;
pub mod outbox_delivery;
pub mod own_events;
pub mod paging;
pub mod pending_changes;
pub mod retention;
pub mod sessions;
pub mod sign_in;
pub mod tokens;
pub mod trials;
pub mod users;

pub use connect::{Pool, back, begin, mark};

/// What a query can fail with: the database is away, or a constraint held.
pub type StoreError = sqlx::Error;
/// A query's answer.
pub type Result<T> = std::result::Result<T, StoreError>;
/// What every query function takes.
pub type Connection = sqlx::PgConnection;

/// The database's time of the transaction.
pub async fn now(db: &mut Connection) -> Result<time::OffsetDateTime> {
    sqlx::query_scalar!(r#"select now() as "now!""#).fetch_one(db).await
}
