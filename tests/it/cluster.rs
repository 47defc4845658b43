//! The private Postgres: keeps data, ends with its process, lets nobody else in, starts from anywhere.

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use sspr::demo::cluster::{Cluster, ClusterError, ClusterSettings, RunningDemo, SUPERUSER, running};

/// A folder that goes away with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        Self::with_mode(0o711)
    }

    fn with_mode(mode: u32) -> Self {
        let folder = std::env::temp_dir().join(format!("sspr-cluster-{}", sspr::random::id()));
        DirBuilder::new().mode(mode).create(&folder).unwrap();
        Self(folder)
    }

    fn data_dir(&self) -> PathBuf {
        self.0.join("data")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn settings(data_dir: PathBuf) -> ClusterSettings {
    ClusterSettings { data_dir, durable: false, binaries: None }
}

fn start(data_dir: &Path) -> Cluster {
    Cluster::start(&settings(data_dir.into())).unwrap_or_else(|error| panic!("{error}"))
}

async fn connect(cluster: &Cluster) -> PgConnection {
    PgConnection::connect(&cluster.url("postgres", SUPERUSER)).await.unwrap()
}

/// Leaves a row that a later start must find.
async fn leave_a_mark(cluster: &Cluster) {
    let mut connection = connect(cluster).await;
    sqlx::query("CREATE TABLE marks AS SELECT 'kept' AS mark").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn find_the_mark(cluster: &Cluster) -> bool {
    let mut connection = connect(cluster).await;
    let found: bool = sqlx::query_scalar("SELECT to_regclass('marks') IS NOT NULL")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    found
}

fn server_process(data: &Path) -> u32 {
    let text = std::fs::read_to_string(data.join("postmaster.pid")).unwrap();
    text.lines().next().unwrap().trim().parse().unwrap()
}

fn is_alive(process: u32) -> bool {
    let status = Command::new("kill").args(["-0", &process.to_string()]).stderr(Stdio::null()).status();
    status.unwrap().success()
}

/// The time until `condition` holds; fails after `limit`.
fn wait_for(limit: Duration, what: &str, mut condition: impl FnMut() -> bool) -> Duration {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < limit, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
    begin.elapsed()
}

const HOLD: &str = "SSPR_TEST_HOLD";

/// Also the process for the tests below, started by them with [`HOLD`]: holds a cluster, has a child of its own, and waits to be
/// killed.
#[test]
fn a_child_of_ours_does_not_keep_the_server_alive() {
    let held = std::env::var_os(HOLD).map(PathBuf::from);
    let scratch = Scratch::new();
    let data_dir = held.clone().unwrap_or_else(|| scratch.data_dir());
    let cluster = start(&data_dir);
    let mut child = Command::new("sleep").arg("60").spawn().unwrap();
    if held.is_some() {
        std::fs::write(data_dir.join("child.new"), child.id().to_string()).unwrap();
        std::fs::rename(data_dir.join("child.new"), data_dir.join("child")).unwrap();
        child.wait().unwrap();
    }
    cluster.stop().unwrap();
    assert!(running(&data_dir).is_none());
    assert!(is_alive(child.id()));
    child.kill().unwrap();
    child.wait().unwrap();
}

fn hold(data_dir: &Path, from: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "cluster::a_child_of_ours_does_not_keep_the_server_alive"])
        .env(HOLD, data_dir)
        .current_dir(from)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn wait_until_it_holds(data_dir: &Path) -> RunningDemo {
    wait_for(Duration::from_secs(40), "the holder's cluster", || data_dir.join("child").exists());
    running(data_dir).expect("a second process finds the demo that runs")
}

/// Kills by number, as `Child::kill` does, a process that is not our child.
fn kill(process: &str) {
    assert!(Command::new("kill").args(["-9", process]).status().unwrap().success());
}

#[tokio::test]
async fn data_is_kept_from_run_to_run() {
    let scratch = Scratch::new();
    let cluster = start(&scratch.data_dir());
    leave_a_mark(&cluster).await;
    let process = server_process(&scratch.data_dir().join("postgres"));
    cluster.stop().unwrap();
    assert!(!is_alive(process));
    assert_eq!(running(&scratch.data_dir()), None);

    let again = start(&scratch.data_dir());
    assert!(find_the_mark(&again).await);
}

#[tokio::test]
async fn a_durable_cluster_waits_for_the_disk_and_a_tests_one_does_not() {
    for (durable, setting) in [(true, "on"), (false, "off")] {
        let scratch = Scratch::new();
        let cluster = Cluster::start(&ClusterSettings { durable, ..settings(scratch.data_dir()) }).unwrap();
        let mut connection = connect(&cluster).await;
        for name in ["fsync", "synchronous_commit", "full_page_writes"] {
            let is: String = sqlx::query_scalar("SELECT current_setting($1)")
                .bind(name)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            assert_eq!(is, setting, "{name}");
        }
    }
}

#[test]
fn kill_minus_nine_ends_the_server_too_even_while_a_child_of_the_process_lives_on() {
    let scratch = Scratch::new();
    let mut holder = hold(&scratch.data_dir(), &scratch.0);
    let demo = wait_until_it_holds(&scratch.data_dir());
    assert_eq!(demo.process, holder.id());
    let server = server_process(&scratch.data_dir().join("postgres"));
    let child = std::fs::read_to_string(scratch.data_dir().join("child")).unwrap();

    holder.kill().unwrap();
    holder.wait().unwrap();
    wait_for(Duration::from_secs(5), "the server's end", || !is_alive(server));
    assert!(
        is_alive(child.parse().unwrap()),
        "the child should have outlived its parent, or this proves nothing"
    );
    kill(&child);
    assert_eq!(running(&scratch.data_dir()), None, "the file that a crash leaves names no running demo");
}

#[test]
fn killed_at_any_moment_of_its_start_it_leaves_no_server_and_the_next_start_works() {
    let scratch = Scratch::new();
    start(&scratch.data_dir()).stop().unwrap();
    for milliseconds in [20, 35, 50, 65, 80, 100, 130] {
        let mut holder = hold(&scratch.data_dir(), &scratch.0);
        std::thread::sleep(Duration::from_millis(milliseconds));
        holder.kill().unwrap();
        holder.wait().unwrap();
        if let Ok(child) = std::fs::read_to_string(scratch.data_dir().join("child")) {
            kill(&child);
            std::fs::remove_file(scratch.data_dir().join("child")).unwrap();
        }
        start(&scratch.data_dir()).stop().unwrap();
        assert!(!scratch.data_dir().join("postgres/postmaster.pid").exists());
    }
}

/// A clone in root's home: `cargo run -- demo` from there, with its data folder below it.
#[test]
fn it_starts_from_a_working_directory_that_the_databases_account_cannot_enter() {
    let closed = Scratch::with_mode(0o700);
    let mut holder = hold(Path::new("data"), &closed.0);
    wait_until_it_holds(&closed.data_dir());
    holder.kill().unwrap();
    holder.wait().unwrap();
    kill(&std::fs::read_to_string(closed.data_dir().join("child")).unwrap());

    let again = start(&closed.data_dir());
    let elsewhere = again.data_elsewhere().map(Path::to_path_buf);
    again.stop().unwrap();
    remove_elsewhere(elsewhere.as_deref());
}

fn remove_elsewhere(folder: Option<&Path>) {
    if let Some(folder) = folder {
        std::fs::remove_dir_all(folder).unwrap();
        let _ = std::fs::remove_dir(folder.parent().unwrap()); // unless a demo of this machine is in it
    }
}

#[tokio::test]
async fn below_a_folder_that_only_root_enters_the_files_go_elsewhere_and_are_found_again() {
    let scratch = Scratch::with_mode(0o700);
    let is_root = scratch.0.metadata().unwrap().uid() == 0;
    let cluster = start(&scratch.data_dir());
    let elsewhere = cluster.data_elsewhere().map(Path::to_path_buf);
    assert_eq!(elsewhere.is_some(), is_root, "anyone else's files are in their own folder");
    leave_a_mark(&cluster).await;
    cluster.stop().unwrap();

    let again = start(&scratch.data_dir());
    assert!(find_the_mark(&again).await);
    again.stop().unwrap();

    // Who removes the data folder wants a fresh demo, not last month's passwords.
    std::fs::remove_dir_all(scratch.data_dir()).unwrap();
    let fresh = start(&scratch.data_dir());
    assert_eq!(fresh.data_elsewhere(), elsewhere.as_deref());
    assert!(!find_the_mark(&fresh).await);
    fresh.stop().unwrap();
    remove_elsewhere(elsewhere.as_deref());
}

#[tokio::test]
async fn a_pid_file_left_by_a_power_cut_does_not_prevent_the_start() {
    let scratch = Scratch::new();
    let data = scratch.data_dir().join("postgres");
    let cluster = start(&scratch.data_dir());
    leave_a_mark(&cluster).await;
    let pid_file = std::fs::read_to_string(data.join("postmaster.pid")).unwrap();
    cluster.stop().unwrap();

    // The worst case: the number in it has gone to another process of the same account since.
    let owner = data.metadata().unwrap();
    let mut stranger = Command::new("sleep");
    if scratch.0.metadata().unwrap().uid() == 0 {
        stranger.uid(owner.uid()).gid(owner.gid());
    }
    let mut stranger = stranger.arg("60").current_dir("/").spawn().unwrap();
    let rest = pid_file.split_once('\n').unwrap().1;
    std::fs::write(data.join("postmaster.pid"), format!("{}\n{rest}", stranger.id())).unwrap();

    let again = start(&scratch.data_dir());
    assert!(find_the_mark(&again).await);
    assert!(stranger.try_wait().unwrap().is_none(), "the stranger is left alone");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[test]
fn a_second_start_on_the_same_folder_is_refused_and_told_where_the_first_is() {
    let scratch = Scratch::new();
    let cluster = start(&scratch.data_dir());
    cluster.announce("http://127.0.0.1:8080").unwrap();
    let error = Cluster::start(&settings(scratch.data_dir())).unwrap_err();
    assert!(matches!(error, ClusterError::AlreadyRunning { .. }), "{error}");
    assert!(error.to_string().contains("http://127.0.0.1:8080"), "{error}");
    assert_eq!(running(&scratch.data_dir()).unwrap().url("a", "b"), cluster.url("a", "b"));
}

#[tokio::test]
async fn only_our_account_and_the_databases_enter_and_no_network_port_is_open() {
    let scratch = Scratch::new();
    let cluster = start(&scratch.data_dir());
    let url = url::Url::parse(&cluster.url("postgres", SUPERUSER)).unwrap();
    let (_, folder) = url.query_pairs().find(|(key, _)| key == "host").unwrap();
    assert_eq!(Path::new(&*folder).metadata().unwrap().mode() & 0o777, 0o700);
    let data = scratch.data_dir().join("postgres");
    assert_eq!(data.metadata().unwrap().mode() & 0o777, 0o700);
    assert_eq!(cluster.log_file().metadata().unwrap().mode() & 0o777, 0o600);

    let mut connection = connect(&cluster).await;
    let addresses: String = sqlx::query_scalar("SELECT current_setting('listen_addresses')")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(addresses, "");
    // What the kernel says, where it says it: none of the server's sockets is among the network's.
    let sockets: Vec<String> = std::fs::read_dir(format!("/proc/{}/fd", server_process(&data)))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| std::fs::read_link(entry.path()).ok()?.to_str().map(String::from))
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    assert!(!sockets.is_empty() || !Path::new("/proc/net/tcp").exists(), "it has its Unix socket at least");
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let listed = std::fs::read_to_string(table).unwrap_or_default();
        let inodes: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().nth(9)).collect();
        assert!(sockets.iter().all(|socket| !inodes.contains(&socket.as_str())), "{table}");
    }
}

#[test]
fn data_of_another_version_is_left_alone_and_the_message_says_what_to_do() {
    let scratch = Scratch::new();
    start(&scratch.data_dir()).stop().unwrap();
    let version = scratch.data_dir().join("postgres/PG_VERSION");
    std::fs::write(&version, "99\n").unwrap();
    let error = Cluster::start(&settings(scratch.data_dir())).unwrap_err().to_string();
    assert!(error.contains("made by PostgreSQL 99") && error.contains("Install PostgreSQL 99"), "{error}");
    assert!(scratch.data_dir().join("postgres/base").exists());
}

#[test]
fn a_start_that_fails_shows_the_servers_last_words() {
    let scratch = Scratch::new();
    start(&scratch.data_dir()).stop().unwrap();
    let settings_file = scratch.data_dir().join("postgres/postgresql.auto.conf");
    std::fs::write(&settings_file, "no_such_setting = 1\n").unwrap();
    let begin = Instant::now();
    let error = Cluster::start(&settings(scratch.data_dir())).unwrap_err().to_string();
    assert!(error.contains("no_such_setting"), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(10), "it does not wait for what has ended");
}

#[test]
fn a_named_folder_without_postgres_is_refused_by_name_and_no_other_is_taken() {
    let scratch = Scratch::new();
    let wanted = ClusterSettings { binaries: Some(scratch.0.clone()), ..settings(scratch.data_dir()) };
    let error = Cluster::start(&wanted).unwrap_err();
    assert!(matches!(&error, ClusterError::NotBinaries(folder) if *folder == scratch.0), "{error}");
    assert!(error.to_string().contains("SSPR_PG_BIN"), "{error}");
}

#[test]
fn wrappers_in_a_named_folder_are_run_as_they_are() {
    let scratch = Scratch::with_mode(0o755);
    start(&scratch.data_dir()).stop().unwrap();
    let command_line = std::fs::read_to_string(scratch.data_dir().join("postgres/postmaster.opts")).unwrap();
    let real = Path::new(command_line.split_whitespace().next().unwrap()).parent().unwrap();
    std::fs::remove_dir_all(scratch.data_dir()).unwrap();
    for name in ["initdb", "postgres"] {
        let wrapper = scratch.0.join(name);
        let text = format!("#!/bin/sh\nexec {} \"$@\"\n", real.join(name).display());
        std::fs::write(&wrapper, text).unwrap();
        std::fs::set_permissions(&wrapper, Permissions::from_mode(0o755)).unwrap();
    }
    let wanted = ClusterSettings { binaries: Some(scratch.0.clone()), ..settings(scratch.data_dir()) };
    Cluster::start(&wanted).unwrap().stop().unwrap();
}
