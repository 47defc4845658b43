//! `sspr serve`: the service itself.

use std::{sync::atomic::Ordering, time::Duration};

use secrecy::ExposeSecret as _;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use super::{Exit, Said, config::told};
use crate::{
    app::App,
    config::{Config, Mode, Sources},
    server,
    store::{migrate, tokens},
    telemetry,
};

/// Serves until it is told to stop.
pub fn run(file: Option<std::path::PathBuf>, environment: Vec<(String, String)>) -> Said {
    let config = match Config::load(Sources::new(Mode::Serve, environment).file(file)) {
        Ok(config) => config,
        Err(problems) => return Said::refused(Exit::Configuration, told("error", &problems)),
    };
    if telemetry::init(&config.log).is_err() {
        return Said::refused(Exit::Refused, "sspr: logging was started twice\n".to_owned());
    }
    for warning in config.warnings.iter() {
        tracing::warn!(%warning, "configuration");
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return Said::refused(Exit::Refused, format!("sspr: no threads: {error}\n")),
    };
    runtime.block_on(async {
        let app = match App::build(&config, false, None) {
            Ok(app) => app,
            Err(wrong) => return Said::refused(Exit::Configuration, format!("sspr: {wrong}\n")),
        };
        let stop = CancellationToken::new();
        let later = match look_at_database(&app, &config).await {
            Ok(Looked::Good) => None,
            Ok(Looked::Away) => {
                app.database_is_known.store(false, Ordering::Relaxed);
                Some(tokio::spawn(look_again(app.clone(), config.clone(), stop.clone())))
            }
            Err(said) => return said,
        };
        let signals = match StopSignals::catch() {
            Ok(signals) => signals,
            Err(said) => return said,
        };
        let watched = match watch(&app, &config, &stop).await {
            Ok(watched) => watched,
            Err(said) => return said,
        };
        match TcpListener::bind(config.server.listen).await {
            Ok(listener) => {
                let said = serve(app, listener, signals, stop).await;
                if let Some(watched) = watched {
                    let _ = tokio::time::timeout(Duration::from_secs(2), watched).await;
                }
                // What was found later outweighs an orderly end.
                match later {
                    Some(looking) if looking.is_finished() => looking.await.ok().flatten().unwrap_or(said),
                    _ => said,
                }
            }
            Err(error) => {
                let listen = config.server.listen;
                Said::refused(
                    Exit::Configuration,
                    format!("sspr: server.listen: {listen} can't be listened on: {error}\n"),
                )
            }
        }
    })
}

/// What a look at the database found.
enum Looked {
    /// It is ours.
    Good,
    /// It does not answer.
    Away,
}

/// Looks once a second until the database answers. Gives what `serve` ends with when it is not ours.
async fn look_again(app: App, config: Config, stop: CancellationToken) -> Option<Said> {
    loop {
        tokio::select! {
            () = stop.cancelled() => return None,
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
        match look_at_database(&app, &config).await {
            Ok(Looked::Away) => {}
            Ok(Looked::Good) => {
                app.database_is_known.store(true, Ordering::Relaxed);
                return None;
            }
            Err(said) => {
                stop.cancel();
                return Some(said);
            }
        }
    }
}

/// What must be right before the first request: schema, no demo, and the key that rows still need. A database that is away is no
/// reason not to start: `/readyz` tells, pages say "try again", and it is looked at as soon as it comes back.
async fn look_at_database(app: &App, config: &Config) -> Result<Looked, Said> {
    let away = |error: &sqlx::Error| {
        tracing::warn!(%error, "the database does not answer yet");
        Ok(Looked::Away)
    };
    match migrate::check(&app.pool).await {
        Ok(migrate::Schema::Current) => {}
        Ok(migrate::Schema::Ahead) => tracing::warn!("the schema is newer than this binary"),
        Ok(migrate::Schema::Behind) => {
            let what =
                "sspr: the database's schema is behind this binary: run `sspr migrate` first\n".to_owned();
            return Err(Said::refused(Exit::Configuration, what));
        }
        Err(error) => {
            return away(&error);
        }
    }
    match migrate::is_demo(&app.pool).await {
        Ok(true) => {
            let what =
                "sspr: this database carries the mark of a demo: it is never served for real\n".to_owned();
            return Err(Said::refused(Exit::Configuration, what));
        }
        Ok(false) => {}
        Err(error) => return away(&error),
    }
    match tokens::live_key_ids(&app.pool).await {
        Ok(needed) => {
            for (missing, under_way) in needed.iter().filter(|(id, _)| app.keys.find(id).is_none()) {
                if !under_way {
                    // A key that leaked must be droppable at once: notices' links and one-time links of it are dead then.
                    tracing::warn!(key = %missing, "links of notices and one-time links were made with a key that is gone: they open nothing");
                    continue;
                }
                let what = format!(
                    "sspr: keys.current_file: resets under way were made with key {missing}, which is neither the current key ({}) nor \
                     in keys.previous_files; they end by themselves within half an hour\n",
                    app.keys.current().id()
                );
                return Err(Said::refused(Exit::Configuration, what));
            }
        }
        Err(error) => return away(&error),
    }
    if config.database.owner_url.as_ref().is_some_and(|owner| {
        config.database.url.as_ref().is_some_and(|url| url.expose_secret() == owner.expose_secret())
    }) {
        tracing::warn!(
            "database.url is the owner's: the service could change its own schema and its audit events"
        );
    }
    Ok(Looked::Good)
}

/// SIGTERM and SIGINT, caught from the moment that this exists. Before anyone is told that we serve: a service manager that
/// stops us right then must find an end in order too.
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Catches them from now on.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn catch() -> Result<Self, Said> {
        let catch = |kind| {
            signal(kind).map_err(|error| {
                Said::refused(Exit::Refused, format!("sspr: signals can't be caught: {error}\n"))
            })
        };
        Ok(Self { terminate: catch(SignalKind::terminate())?, interrupt: catch(SignalKind::interrupt())? })
    }

    async fn received(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Listens for whoever watches, where the configuration says so.
///
/// # Errors
/// The address can't be listened on.
pub async fn watch(
    app: &App,
    config: &Config,
    stop: &CancellationToken,
) -> Result<Option<tokio::task::JoinHandle<()>>, Said> {
    let Some(listen) = config.metrics.listen else { return Ok(None) };
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        let what = format!("sspr: metrics.listen: {listen} can't be listened on: {error}\n");
        Said::refused(Exit::Configuration, what)
    })?;
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "metrics");
    }
    let (app, stop) = (app.clone(), stop.clone());
    Ok(Some(tokio::spawn(async move {
        if let Err(error) = server::serve_metrics(app, listener, stop).await {
            tracing::error!(%error, "metrics are no longer served");
        }
    })))
}

/// Serves an app until one of the signals comes.
pub async fn serve(app: App, listener: TcpListener, signals: StopSignals, stop: CancellationToken) -> Said {
    let told = stop.clone();
    tokio::spawn(async move {
        signals.received().await;
        tracing::info!("stopping: requests under way are finished");
        told.cancel();
    });
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "serving");
    }
    match server::serve(app, listener, stop).await {
        Ok(()) => Said { out: String::new(), err: String::new(), exit: Exit::Done },
        Err(error) => Said::refused(Exit::Refused, format!("sspr: {error}\n")),
    }
}
