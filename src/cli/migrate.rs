//! `sspr migrate`: brings the schema up to date, as its owner.

use std::error::Error;

use secrecy::ExposeSecret as _;

use super::{Exit, Said, config::told};
use crate::{
    config::{Config, Mode, Sources},
    store::migrate,
};

/// Migrates, and gives the role of `database.url` what serving needs.
pub fn run(file: Option<std::path::PathBuf>, environment: Vec<(String, String)>) -> Said {
    let config = match Config::load(Sources::new(Mode::Shell, environment).file(file)) {
        Ok(config) => config,
        Err(problems) => return Said::refused(Exit::Configuration, told("error", &problems)),
    };
    let url = config.database.url.as_ref();
    let Some(owner) = config.database.owner_url.as_ref().or(url) else {
        let what =
            "sspr: database.owner_url (or database.url) is missing: SSPR_DATABASE__OWNER_URL=postgres://…\n"
                .to_owned();
        return Said::refused(Exit::Configuration, what);
    };
    let role = url
        .and_then(|url| url::Url::parse(url.expose_secret()).ok())
        .map(|url| url.username().to_owned())
        .filter(|role| !role.is_empty());
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Said::refused(Exit::Refused, format!("sspr: no threads: {error}\n")),
    };
    match runtime.block_on(migrate::migrate(owner.expose_secret(), role.as_deref())) {
        Ok(0) => Said::done("the schema is up to date\n".to_owned()),
        Ok(n) => Said::done(format!("applied {n} migration{}\n", if n == 1 { "" } else { "s" })),
        Err(error) => {
            let mut what = format!("sspr: not migrated: {error}\n");
            if is_denied(&error) {
                what += "sspr: the schema is changed by its owner: name that role's address in database.owner_url \
                         (SSPR_DATABASE__OWNER_URL=postgres://…)\n";
            }
            Said::refused(Exit::Refused, what)
        }
    }
}

/// Whether the role may not do it (SQLSTATE 42501), however deep that stands in the error.
fn is_denied(error: &(dyn Error + 'static)) -> bool {
    let database = error.downcast_ref().and_then(|error| match error {
        sqlx::Error::Database(error) => error.code(),
        _ => None,
    });
    database.as_deref() == Some("42501") || error.source().is_some_and(is_denied)
}
