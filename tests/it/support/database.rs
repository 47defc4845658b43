//! An empty, migrated database for each test, in about 40 ms.
//!
//! One private cluster for the test process, begun by the first test that asks and gone with the process, however it
//! ends. One template database, migrated once; each test's database is a copy of it. A database is dropped when a later
//! test asks for one, so that a run of hundreds does not fill the disk.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use sspr::demo::cluster::{Cluster, ClusterSettings, SUPERUSER};

/// A database of one test. Dropping it gives its name up for removal.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
}

impl TestDatabase {
    /// Where it is reached as the superuser.
    pub fn url(&self) -> String {
        self.url_as(SUPERUSER)
    }

    /// Where it is reached as `role`. Roles belong to the cluster, so the migration makes them once for all tests.
    pub fn url_as(&self, role: &str) -> String {
        cluster().url(&self.name, role)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        ended().push(std::mem::take(&mut self.name));
    }
}

/// A copy of the template database of this name, which `migrate` makes when the name is asked for first. `migrate` gets
/// the template's address as the superuser and must close its connections: Postgres copies no database that is in use.
pub async fn copy_of<F>(template: &'static str, migrate: F) -> TestDatabase
where
    F: AsyncFnOnce(String),
{
    // Also keeps two copies from being made at once: they would refuse each other.
    static MADE: tokio::sync::Mutex<Vec<&str>> = tokio::sync::Mutex::const_new(Vec::new());
    static NUMBER: AtomicU32 = AtomicU32::new(0);

    let mut made = MADE.lock().await;
    let mut connection = PgConnection::connect(&cluster().url("postgres", SUPERUSER)).await.unwrap();
    if !made.contains(&template) {
        // A migration that panicked in another test left a half one.
        run(&mut connection, format!("DROP DATABASE IF EXISTS {template} WITH (FORCE)")).await;
        run(&mut connection, format!("CREATE DATABASE {template}")).await;
        migrate(cluster().url(template, SUPERUSER)).await;
        run(&mut connection, format!("ALTER DATABASE {template} ALLOW_CONNECTIONS false")).await;
        made.push(template);
    }
    let former = std::mem::take(&mut *ended());
    for name in former {
        run(&mut connection, format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    run(&mut connection, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    connection.close().await.unwrap();
    TestDatabase { name }
}

/// Only names of ours are in it: names can't be bound as values.
async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::query(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

fn ended() -> std::sync::MutexGuard<'static, Vec<String>> {
    static ENDED: Mutex<Vec<String>> = Mutex::new(Vec::new());
    ENDED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn cluster() -> &'static Cluster {
    // The second holds the pipe that its shell waits on.
    static CLUSTER: OnceLock<(Cluster, Child)> = OnceLock::new();
    let (cluster, _) = CLUSTER.get_or_init(|| {
        let data_dir = std::env::temp_dir().join(format!("sspr-it-{}", sspr::random::id()));
        let settings = ClusterSettings { data_dir: data_dir.clone(), durable: false, binaries: None };
        let cluster = Cluster::start(&settings).unwrap_or_else(|error| panic!("{error}"));
        let remover =
            remove_with_us(cluster.data_elsewhere().unwrap_or(&data_dir.join("postgres")), &data_dir);
        (cluster, remover)
    });
    cluster
}

/// Nothing drops a `static`, so the files are removed by a process that waits, as the server's own does, for our end,
/// and then for the server's.
fn remove_with_us(data: &Path, data_dir: &Path) -> Child {
    use std::os::unix::process::CommandExt;
    const REMOVE: &str = r#"
read -r _
tries=0
while [ -e "$1/postmaster.pid" ] && [ "$tries" -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done
rm -rf -- "$1" "$2"
"#;
    Command::new("/bin/sh")
        .args(["-c", REMOVE, "sh"])
        .args([data, data_dir])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir("/")
        .process_group(0)
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn twenty_tests_at_once_get_a_database_each_and_the_migration_runs_once() {
    static MIGRATIONS: AtomicU32 = AtomicU32::new(0);
    let migrate = async |url: String| {
        MIGRATIONS.fetch_add(1, Ordering::Relaxed);
        let mut connection = PgConnection::connect(&url).await.unwrap();
        run(&mut connection, "CREATE TABLE numbers (n int4)".into()).await;
        connection.close().await.unwrap();
    };
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..20 {
        tasks.spawn(async move {
            let database = copy_of("template_of_numbers", migrate).await;
            let mut connection = PgConnection::connect(&database.url()).await.unwrap();
            sqlx::query("INSERT INTO numbers VALUES ($1)")
                .bind(number)
                .execute(&mut connection)
                .await
                .unwrap();
            let rows: Vec<i32> =
                sqlx::query_scalar("SELECT n FROM numbers").fetch_all(&mut connection).await.unwrap();
            assert_eq!(rows, [number], "another test's rows are here");
            connection.close().await.unwrap();
        });
    }
    tasks.join_all().await;
    assert_eq!(MIGRATIONS.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_migration_that_panics_halfway_is_made_anew_by_the_next_test() {
    let half = tokio::spawn(copy_of("template_of_halves", async |url: String| {
        let mut connection = PgConnection::connect(&url).await.unwrap();
        run(&mut connection, "CREATE TABLE half (n int4)".into()).await;
        panic!("a broken migration, on purpose");
    }));
    assert!(half.await.unwrap_err().is_panic());
    let whole = copy_of("template_of_halves", async |url: String| {
        let mut connection = PgConnection::connect(&url).await.unwrap();
        run(&mut connection, "CREATE TABLE half (n int4)".into()).await;
        connection.close().await.unwrap();
    })
    .await;
    PgConnection::connect(&whole.url()).await.unwrap().close().await.unwrap();
}
