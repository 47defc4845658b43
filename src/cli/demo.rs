//! `sspr demo`: everything embedded, people made, messages shown. On loopback only.

use std::{
    ffi::OsString,
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::Connection as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Exit, Said, arguments::DemoArguments, config::told, serve, serve::StopSignals};
use crate::{
    app::App,
    config::{Config, KeyMaterial, Mode, Sources},
    demo::{
        cluster::{Cluster, ClusterError, ClusterSettings, SUPERUSER},
        install, people,
    },
    random,
    store::{connect, migrate},
    telemetry,
};

/// Who owns the demo's schema.
const OWNER: &str = "sspr_owner";
/// Who serves.
const SERVICE: &str = "sspr_service";
/// The demo's database.
const DATABASE: &str = "sspr";

/// The address of a running demo's database for another process of the same person.
pub fn url_of_running(data_dir: &Path) -> Option<String> {
    crate::demo::cluster::running(data_dir).map(|demo| demo.url(DATABASE, SERVICE))
}

/// The demo's key file.
pub fn key_file(data_dir: &Path) -> PathBuf {
    data_dir.join("key")
}

/// Runs the demo until it is told to stop.
pub fn run(
    arguments: &DemoArguments,
    data_dir: &Path,
    file: Option<&Path>,
    environment: &[(String, String)],
) -> Said {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return Said::refused(Exit::Refused, format!("sspr: no threads: {error}\n")),
    };
    runtime.block_on(async {
        let sources = |listen: Option<String>| {
            Config::load(
                Sources::new(Mode::Demo, environment.to_vec()).file(file.map(Path::to_owned)).listen(listen),
            )
            .map_err(|problems| Said::refused(Exit::Configuration, told("error", &problems)))
        };
        match prepare(arguments, data_dir, environment, sources).await {
            Ok((app, listener, cluster, signals)) => {
                let said = serve::serve(app, listener, signals, CancellationToken::new()).await;
                drop(cluster);
                said
            }
            Err(said) => said,
        }
    })
}

async fn prepare(
    arguments: &DemoArguments,
    data_dir: &Path,
    environment: &[(String, String)],
    load: impl Fn(Option<String>) -> Result<Config, Said>,
) -> Result<(App, TcpListener, Option<Cluster>, StopSignals), Said> {
    let refused = |what: String| Said::refused(Exit::Refused, format!("sspr: {what}\n"));
    let mut config = load(arguments.listen.clone())?;
    let _ = telemetry::init(&config.log);
    let listener = TcpListener::bind(config.server.listen).await.map_err(|error| {
        refused(format!(
            "{} can't be listened on: {error}. Another: --listen 127.0.0.1:0",
            config.server.listen
        ))
    })?;
    let address = listener.local_addr().map_err(|error| refused(error.to_string()))?;
    if config.server.listen.port() == 0 {
        // Links must carry the port that the system chose.
        config = load(Some(address.to_string()))?;
    }
    let (cluster, owner, service) = if let Some(url) = &config.database.url {
        (None, url.clone(), url.clone())
    } else {
        let cluster = start_cluster(data_dir, arguments.install, environment).await?;
        make_database(&cluster).await.map_err(|error| refused(format!("no database: {error}")))?;
        let owner = SecretString::from(cluster.url(DATABASE, OWNER));
        let service = SecretString::from(cluster.url(DATABASE, SERVICE));
        (Some(cluster), owner, service)
    };
    config.database.url = Some(service);
    take_database(owner.expose_secret(), cluster.is_some()).await?;
    if config.keys.current.is_none() {
        let key = own_key(&key_file(data_dir))
            .map_err(|what| refused(format!("{}: {what}", key_file(data_dir).display())))?;
        config.keys.current = Some(key);
    }
    let app = App::build(&config, true, None)
        .map_err(|wrong| Said::refused(Exit::Configuration, format!("sspr: {wrong}\n")))?;
    people::make(owner.expose_secret(), app.keys.current(), &app.hashing)
        .await
        .map_err(|error| refused(error.to_string()))?;
    if let Some(cluster) = &cluster {
        if let Some(elsewhere) = cluster.data_elsewhere() {
            eprintln!(
                "The database's files are in {}, where its account can reach them.",
                elsewhere.display()
            );
        }
        cluster.announce(app.public_url.origin()).map_err(|error| refused(error.to_string()))?;
    }
    let signals = StopSignals::catch()?;
    greet(&app).map_err(|error| refused(error.to_string()))?;
    Ok((app, listener, cluster, signals))
}

/// Who can sign in, where to look, and the line that scripts wait for.
#[expect(clippy::print_stdout, reason = "the shell's own voice")]
fn greet(app: &App) -> std::io::Result<()> {
    let url = app.public_url.origin();
    println!("The demo's people, with their first passwords, for {url}/sign-in:");
    for person in &people::PEOPLE {
        let password = people::first_password(app.keys.current(), person.user_id);
        println!("person {} {password} {}", person.user_id, person.role);
    }
    println!("(blocked@contoso.com is blocked; whoever reset or changed a password since has the new one.)");
    println!("Reset a password:     {url}/reset   (try johnsmith@contoso.com)");
    println!("Messages it sends:    {url}/demo/outbox");
    println!("Stop with Ctrl-C. Start again to go on where you were.");
    println!("ready {url}");
    std::io::stdout().flush()
}

async fn start_cluster(
    data_dir: &Path,
    install: bool,
    environment: &[(String, String)],
) -> Result<Cluster, Said> {
    let binaries = environment.iter().find(|(name, value)| name == "SSPR_PG_BIN" && !value.is_empty());
    let settings = ClusterSettings {
        data_dir: data_dir.to_owned(),
        durable: true,
        binaries: binaries.map(|(_, path)| PathBuf::from(OsString::from(path))),
    };
    let refused = |what: &dyn std::fmt::Display| Said::refused(Exit::Refused, format!("sspr: {what}\n"));
    let started = tokio::task::spawn_blocking(move || match Cluster::start(&settings) {
        Err(ClusterError::NoPostgres { .. }) if install => {
            install::install_postgres().map_err(|error| error.to_string())?;
            Cluster::start(&settings).map_err(|error| error.to_string())
        }
        outcome => outcome.map_err(|error| error.to_string()),
    });
    match started.await {
        Ok(outcome) => outcome.map_err(|what| refused(&what)),
        Err(panicked) => Err(refused(&panicked)),
    }
}

/// Two roles and a database, once: the owner of the schema, and the one that serves with less (architecture.md 11).
async fn make_database(cluster: &Cluster) -> Result<(), sqlx::Error> {
    let options = connect::options(&cluster.url("postgres", SUPERUSER))?;
    let mut connection = sqlx::PgConnection::connect_with(&options).await?;
    for role in [OWNER, SERVICE] {
        let there: bool = sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
            .bind(role)
            .fetch_one(&mut connection)
            .await?;
        if !there {
            sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create role {role} login")))
                .execute(&mut connection)
                .await?;
        }
    }
    let there: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(DATABASE)
        .fetch_one(&mut connection)
        .await?;
    if !there {
        let create = format!("create database {DATABASE} owner {OWNER}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut connection).await?;
    }
    connection.close().await
}

/// A database of somebody's is taken only when it is empty or a demo's already.
async fn take_database(owner: &str, ours: bool) -> Result<(), Said> {
    let refused = |what: String| Said::refused(Exit::Refused, format!("sspr: {what}\n"));
    let pool = connect::pool(owner, &connect::Limits::default()).map_err(|_| {
        Said::refused(Exit::Configuration, "sspr: database.url is no address of a Postgres\n".to_owned())
    })?;
    let looked = async {
        if migrate::is_empty(&pool).await? {
            return Ok(true);
        }
        match migrate::check(&pool).await? {
            migrate::Schema::Behind if !ours => Ok(false),
            _ => Ok(ours || migrate::is_demo(&pool).await?),
        }
    };
    let outcome: Result<bool, sqlx::Error> = looked.await;
    pool.close().await;
    match outcome {
        Ok(true) => {}
        Ok(false) => {
            return Err(refused(
                "this database is neither empty nor a demo's: a demo never touches it".to_owned(),
            ));
        }
        Err(error) => return Err(refused(format!("the database does not answer: {error}"))),
    }
    let role = ours.then_some(SERVICE);
    migrate::migrate(owner, role).await.map_err(|error| refused(format!("not migrated: {error}")))?;
    Ok(())
}

/// The demo's own key, made at the first start.
fn own_key(path: &Path) -> Result<KeyMaterial, String> {
    if let Ok(text) = fs::read_to_string(path) {
        return KeyMaterial::from_base64(text.trim())
            .ok_or_else(|| "does not hold a key; remove it to get a new one".to_owned());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    let text = STANDARD.encode(random::bytes::<32>());
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| error.to_string())?;
    file.write_all(text.as_bytes()).map_err(|error| error.to_string())?;
    KeyMaterial::from_base64(&text).ok_or_else(|| "could not make a key".to_owned())
}
