//! Connections, with the limits that keep a stuck database from taking the service with it.

use std::{str::FromStr as _, time::Duration};

use sqlx::{
    Connection as _, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::Result;

/// The pool of connections of one node.
pub type Pool = PgPool;

/// How long a connection that is given back may take to show that it lives. Nobody waits for it.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(2);

/// How connections behave.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at most.
    pub max_connections: u32,
    /// How long a request waits for one.
    pub acquire_timeout: Duration,
    /// How long a statement may take.
    pub statement_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 16,
            acquire_timeout: Duration::from_secs(3),
            statement_timeout: Duration::from_secs(5),
        }
    }
}

/// Opens a pool. Connects lazily: a database that is away is no reason not to start (`/readyz` tells).
pub fn pool(url: &str, limits: &Limits) -> Result<Pool> {
    let options = options(url)?.options([
        ("statement_timeout", format!("{}ms", limits.statement_timeout.as_millis())),
        ("lock_timeout", "2s".to_owned()),
        // A lost client must not keep a lock (sqlx 4385 leaves such connections behind).
        ("idle_in_transaction_session_timeout", "10s".to_owned()),
        // A statement is planned once a connection, perhaps while its tables were still empty. Every statement of ours goes by an
        // index; without this one that was planned early would read whole tables until the next analyze.
        ("enable_seqscan", "off".to_owned()),
        // Compiling a plan costs more than any statement here.
        ("jit", "off".to_owned()),
        // Deadlines in jsonb are read as UTC.
        ("timezone", "UTC".to_owned()),
    ]);
    Ok(PgPoolOptions::new()
        .max_connections(limits.max_connections)
        .min_connections(1)
        .acquire_timeout(limits.acquire_timeout)
        // A dead connection can leak its place (sqlx 4349): none lives for ever.
        .max_lifetime(Duration::from_mins(30))
        // Statements fail fast on a dead connection and are answered with "try again"; a ping before each
        // would be one more round trip on every page.
        .test_before_acquire(false)
        // The pool itself waits without end for a returned connection to answer. When its host is lost no end ever comes, and
        // each such connection would keep its place until the kernel gives up, a quarter of an hour later (R-22).
        .after_release(|connection, _| {
            Box::pin(async move {
                let answered = tokio::time::timeout(RELEASE_TIMEOUT, connection.ping()).await;
                Ok(matches!(answered, Ok(Ok(()))))
            })
        })
        // A standby answers questions as well, of a moment ago: a limit not yet used up, a session not yet ended. Found under the old
        // name after a failover it is no database of ours, and the pool goes on asking for one that takes writes (R-04).
        .after_connect(|connection, _| {
            Box::pin(async move {
                let writes = sqlx::query_scalar!(
                    r#"select not current_setting('transaction_read_only')::boolean as "writes!""#
                )
                .fetch_one(connection)
                .await?;
                if writes {
                    Ok(())
                } else {
                    Err(sqlx::Error::Io(std::io::Error::other("it takes no writes")))
                }
            })
        })
        .connect_lazy_with(options))
}

/// Options for one connection or a pool. Statement texts never reach the log: values may be personal (V-47).
pub fn options(url: &str) -> Result<PgConnectOptions> {
    use sqlx::ConnectOptions as _;
    Ok(PgConnectOptions::from_str(url)?.application_name("sspr").disable_statement_logging())
}

/// Begins a transaction. The only way to: a cancelled `pool.begin()` would leave the connection inside an open transaction,
/// and the next request's data would never be committed (sqlx 4385). A spawned task can't be cancelled with its request.
pub async fn begin(pool: &Pool) -> Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    #[expect(clippy::disallowed_methods, reason = "the one place")]
    tokio::spawn(async move { pool.begin().await })
        .await
        .unwrap_or_else(|gone| Err(sqlx::Error::Io(std::io::Error::other(gone))))
}

/// Marks where a transaction can go back to: [`back`]. One at a time.
pub async fn mark(db: &mut sqlx::PgConnection) -> Result<()> {
    sqlx::raw_sql("savepoint mark").execute(db).await?;
    Ok(())
}

/// Takes back everything since [`mark`], also what failed.
pub async fn back(db: &mut sqlx::PgConnection) -> Result<()> {
    sqlx::raw_sql("rollback to savepoint mark").execute(db).await?;
    Ok(())
}
