//! `sspr doctor`: whether everything that serving needs works, check by check, and what to do where it does not.
//!
//! What must stay true: nothing is changed and nothing is sent (a test compares the database before and after); a line is fit to be
//! pasted into a ticket ([`check`]); every check ends within its time, whatever the other side does.
//!
//! To add a check: a function that gives a [`Report`], a line in [`examine`].

mod captcha;
pub mod check;
mod clock;
mod database;
pub mod dkim;
mod dns;
pub mod domain;
mod others;
mod public_address;
mod queue;
pub mod received;

use std::path::PathBuf;

use futures_util::future::join_all;

use self::check::{Finding, Report, SHOWN, State, within};
use super::{
    Exit, Said,
    arguments::{DoctorArguments, OutputFormat},
    config::told,
    output::Records,
};
use crate::{
    app::App,
    config::{Config, Mode, Sources},
};

/// Looks at everything; or at a mail that arrived.
pub fn run(
    arguments: DoctorArguments,
    file: Option<PathBuf>,
    environment: Vec<(String, String)>,
    output: OutputFormat,
) -> Said {
    let mode = if arguments.received.is_some() { Mode::Shell } else { Mode::Serve };
    let config = match Config::load(Sources::new(mode, environment).file(file)) {
        Ok(config) => config,
        Err(problems) => return Said::refused(Exit::Configuration, told("error", &problems)),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Said::refused(Exit::Refused, format!("sspr: no threads: {error}\n")),
    };
    if let Some(path) = arguments.received {
        let mail = match received::read(&path) {
            Ok(mail) => mail,
            Err(error) => {
                let what = format!("sspr: {} can't be read: {error}\n", path.display());
                return Said::refused(Exit::Usage, what);
            }
        };
        return said(&runtime.block_on(received::check(&mail, &config)), output);
    }
    let findings = runtime.block_on(async {
        // Connects to nobody yet.
        let app = App::build(&config, false, None)
            .map_err(|wrong| Said::refused(Exit::Configuration, format!("sspr: {wrong}\n")))?;
        Ok(examine(&config, &app).await)
    });
    // A name that is still being looked up, in a thread of its own, keeps nobody waiting.
    runtime.shutdown_background();
    match findings {
        Ok(findings) => said(&findings, output),
        Err(said) => said,
    }
}

fn said(findings: &[Finding], output: OutputFormat) -> Said {
    let out = Records::Many(SHOWN, findings.iter().map(Finding::shown).collect()).render(output);
    let count = |state| findings.iter().filter(|finding| finding.state == state).count();
    let (broken, warnings) = (count(State::Broken), count(State::Warning));
    let err = match (broken, warnings) {
        (0, 0) => "sspr: all is well\n".to_owned(),
        (0, warnings) => format!("sspr: nothing is broken; warnings: {warnings}\n"),
        (broken, warnings) => format!("sspr: broken: {broken}; warnings: {warnings}\n"),
    };
    Said { out, err, exit: if broken == 0 { Exit::Done } else { Exit::Refused } }
}

/// All checks at once.
async fn examine(config: &Config, app: &App) -> Vec<Finding> {
    let relays = app.outbox.senders.mail.as_ref().map(crate::senders::route::Route::legs).unwrap_or_default();
    let providers =
        app.outbox.senders.sms.as_ref().map(crate::senders::route::Route::legs).unwrap_or_default();
    let relays = join_all(relays.iter().map(async |leg| {
        let name = format!("relay {}", leg.name);
        Box::pin(within(&name, others::relay(&name, leg, config))).await
    }));
    let providers = join_all(providers.iter().map(async |leg| {
        let name = format!("provider {}", leg.name);
        within(&name, others::provider(&name, leg, config)).await
    }));
    let (public, database, relays, providers, domain, captcha) = tokio::join!(
        within("public address", public_address::check(config, app)),
        within("database", database::check(config, app)),
        relays,
        providers,
        within("sender's domain", domain::check(config)),
        within(captcha::NAME, captcha::check(app)),
    );
    let mut reports = vec![configuration(config).into(), public];
    reports.push(database);
    reports.extend(relays);
    reports.extend(providers);
    reports.push(domain);
    reports.push(captcha);
    let clocks: Vec<_> = reports.iter().flat_map(|report: &Report| report.clocks.clone()).collect();
    let mut findings: Vec<Finding> = reports.into_iter().flat_map(|report| report.findings).collect();
    // Beside the address that people use: the two first things that go wrong.
    findings.insert(2.min(findings.len()), clock::judge(&clocks));
    findings
}

/// What is wrong would have ended with 78; what is unwise is named by its key alone, since a warning may quote a value.
fn configuration(config: &Config) -> Finding {
    let mut keys: Vec<&str> = config.warnings.iter().map(|warning| warning.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() {
        return Finding::ok("configuration", "complete, without a warning");
    }
    let found = format!("complete, with warnings about {}", keys.join(", "));
    Finding::warning("configuration", found, "`sspr config check` says what is unwise")
}
