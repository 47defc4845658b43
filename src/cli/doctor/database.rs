//! The database: reached, of our schema, with a role that can do what it must and no more, and with keys that fit its rows.

use std::time::Duration;

use secrecy::ExposeSecret as _;
use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

use super::{
    check::{Finding, Report},
    queue,
};
use crate::{
    app::App,
    clock,
    config::Config,
    store::{
        StoreError, connect,
        health::{self, Durability},
        migrate, tokens,
    },
};

const NAME: &str = "database";
const RIGHTS: &str = "database rights";
const CONNECTIONS: &str = "database connections";
const COMMITS: &str = "database commits";
const KEYS: &str = "keys";
/// The oldest server that is supported, as `server_version_num`.
const OLDEST: i32 = 150_000;
/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// All of it; what needs the database is left out when it does not answer.
pub async fn check(config: &Config, app: &App) -> Report {
    let rest = || {
        [RIGHTS, CONNECTIONS, COMMITS, KEYS]
            .into_iter()
            .chain(queue::NAMES)
            .map(|name| Finding::skipped(name, "no database"))
    };
    let first = |finding: Finding| std::iter::once(finding).chain(rest()).collect::<Vec<_>>().into();
    // One connection of its own: a pool would say only that there was none in time.
    if let Err(why) = reach(config).await {
        let todo = "look at database.url, at the server and at the network between";
        return first(Finding::broken(NAME, why, todo));
    }
    let migrated = async { Ok((migrate::check(&app.pool).await?, migrate::is_demo(&app.pool).await?)) };
    match migrated.await {
        // A table that is missing is an error of the database.
        Ok((migrate::Schema::Behind, _)) | Err(StoreError::Database(_)) => {
            let found = "the schema is behind this program";
            return first(Finding::broken(NAME, found, "run `sspr migrate`"));
        }
        Ok((_, true)) => {
            let found = "it carries the mark of a demo, and is never served for real";
            return first(Finding::broken(NAME, found, "use a database of its own"));
        }
        Err(error) => return first(Finding::broken(NAME, cause(&error), "look at the server")),
        Ok((_, false)) => {}
    }
    let before = clock::now();
    let server = health::server(&app.pool).await;
    let after = clock::now();
    let facts = async { Ok((server?, health::durability(&app.pool).await?)) };
    match facts.await {
        Ok((server, durability)) => {
            // Half of the way there and back.
            let ahead = server.now - (before + (after - before) / 2);
            let mut findings = vec![
                version(server.version),
                rights(&server),
                connections(&server, config),
                commits(&durability),
                keys(app).await,
            ];
            findings.extend(queue::check(&app.pool).await);
            Report { findings, clocks: vec![("the database".to_owned(), ahead)] }
        }
        Err(error) => first(Finding::broken(NAME, cause(&error), "look at the server's log")),
    }
}

async fn reach(config: &Config) -> Result<(), String> {
    let url = config.database.url.as_ref().ok_or("database.url is missing")?;
    let options = connect::options(url.expose_secret()).map_err(|error| cause(&error))?;
    match timeout(CONNECT, PgConnection::connect_with(&options)).await {
        Ok(Ok(connection)) => {
            let _ = timeout(CONNECT, connection.close()).await;
            Ok(())
        }
        Ok(Err(error)) => Err(cause(&error)),
        Err(_) => Err("no answer in time".to_owned()),
    }
}

/// Why, without the error's text: it may name an address or a role.
pub fn cause(error: &StoreError) -> String {
    match error {
        StoreError::Database(refused) => {
            format!("it refuses (SQLSTATE {})", refused.code().unwrap_or_default())
        }
        StoreError::Io(error) => format!("no connection ({})", error.kind()),
        StoreError::Tls(_) => "no TLS could be agreed, or its certificate is refused".to_owned(),
        StoreError::PoolTimedOut => "no connection in time".to_owned(),
        _ => "it can't be asked".to_owned(),
    }
}

fn version(version: i32) -> Finding {
    let major = version / 10_000;
    if version < OLDEST {
        let found = format!("PostgreSQL {major} is older than what is tested");
        return Finding::broken(NAME, found, "upgrade it to PostgreSQL 15 or newer");
    }
    Finding::ok(NAME, format!("PostgreSQL {major} answers, with the schema of this program"))
}

fn rights(server: &health::Server) -> Finding {
    let todo = "serve as a role of its own: `sspr migrate` gives it what it needs and no more";
    if server.superuser || server.changes_schema {
        let found = "the role of database.url could change the schema, and with it what was recorded";
        return Finding::warning(RIGHTS, found, todo);
    }
    if server.changes_audit {
        let found = "the role of database.url could change or remove audit events";
        return Finding::broken(RIGHTS, found, todo);
    }
    Finding::ok(RIGHTS, "the role can change neither the schema nor what was recorded")
}

fn connections(server: &health::Server, config: &Config) -> Finding {
    let (most, ours) = (i64::from(server.connections), i64::from(config.database.max_connections));
    let nodes = most / ours.max(1);
    let found = format!(
        "room for {nodes} node(s): {most} connections, {ours} a node (database.max_connections); {} are there now",
        server.connected
    );
    let todo = "raise max_connections of the server, or lower database.max_connections";
    match nodes {
        0 => Finding::broken(CONNECTIONS, found, todo),
        1 => Finding::warning(CONNECTIONS, found, todo),
        _ => Finding::ok(CONNECTIONS, found),
    }
}

/// Whether a reset that a person was told of can be undone by the loss of a server: then the old password signs in again.
fn commits(found: &Durability) -> Finding {
    let standbys = found.standbys;
    if !found.waits_for_disk || found.commit == "off" {
        let found = "the server does not wait for its disk: a crash undoes resets that people were told of";
        let todo = "turn on fsync, full_page_writes and synchronous_commit";
        return Finding::warning(COMMITS, found, todo);
    }
    let waits = !found.names.is_empty() && found.commit != "local";
    match (waits, standbys) {
        (true, 0) => Finding::broken(
            COMMITS,
            "every commit waits for a standby, and none follows: nobody gets further than a page",
            "bring a standby back, or empty synchronous_standby_names until there is one",
        ),
        (true, _) => Finding::ok(COMMITS, "a commit waits for the disk, and for a standby"),
        (false, 0) => Finding::ok(COMMITS, "a commit waits for the disk; no standby follows"),
        (false, _) => Finding::warning(
            COMMITS,
            format!(
                "{standbys} standby(s) follow, and no commit waits for one: a failover undoes the last resets"
            ),
            "set synchronous_standby_names, or synchronous_mode where Patroni runs it",
        ),
    }
}

/// As `serve` looks at it, and also whether some other node makes links with a key that we lack.
async fn keys(app: &App) -> Finding {
    let looked = async {
        Ok::<_, StoreError>((health::newest_key(&app.pool).await?, tokens::live_key_ids(&app.pool).await?))
    };
    let (newest, live) = match looked.await {
        Ok(found) => found,
        Err(error) => return Finding::broken(KEYS, cause(&error), "look at the server's log"),
    };
    let todo = "give every node the same keys.current_file, with the keys before it in keys.previous_files";
    if newest.is_some_and(|key| app.keys.find(&key).is_none()) {
        let found = "the newest link or code was made with a key that is not configured here";
        return Finding::broken(KEYS, found, todo);
    }
    let lost = |under_way| live.iter().any(|(id, is)| *is == under_way && app.keys.find(id).is_none());
    if lost(true) {
        return Finding::broken(KEYS, "resets under way need a key that is not configured here", todo);
    }
    if lost(false) {
        let found =
            "links of notices or one-time links need a key that is not configured here: they open nothing";
        return Finding::warning(KEYS, found, todo);
    }
    Finding::ok(KEYS, "every live link and code can be opened")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::check::State;

    #[test]
    fn a_commit_that_can_be_undone_is_a_warning() {
        let safe = Durability {
            waits_for_disk: true,
            commit: "on".to_owned(),
            names: "ANY 1 (*)".to_owned(),
            standbys: 2,
        };
        assert_eq!(commits(&safe).state, State::Ok);
        let alone = Durability { names: String::new(), standbys: 0, ..safe.clone() };
        assert_eq!(commits(&alone).state, State::Ok);
        let forsaken = Durability { standbys: 0, ..safe.clone() };
        assert_eq!(commits(&forsaken).state, State::Broken);
        for (case, unsafe_) in [
            ("fsync off", Durability { waits_for_disk: false, ..safe.clone() }),
            ("no wait at all", Durability { commit: "off".to_owned(), ..safe.clone() }),
            ("alone and no wait", Durability { commit: "off".to_owned(), ..alone.clone() }),
            ("standbys that nobody waits for", Durability { names: String::new(), ..safe.clone() }),
            ("named, and not waited for", Durability { commit: "local".to_owned(), ..safe }),
        ] {
            assert_eq!(commits(&unsafe_).state, State::Warning, "{case}");
        }
    }
}
