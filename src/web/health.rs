//! `/livez` and `/readyz`: for whoever watches the service.

use std::{sync::atomic::Ordering, time::Duration};

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

use crate::{app::App, domain::secret::Key, store};

/// Says which installation answers, to whoever has its key: `sspr doctor` asks by the public address, through whatever stands in front.
pub const INSTANCE: &str = "x-sspr-instance";

/// The value of [`INSTANCE`]: tells nothing to anybody else.
pub fn instance(key: &Key) -> String {
    key.derive("instance").iter().take(8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The process answers. Touches no database: a database that is away is no reason to kill the node.
pub async fn livez(State(app): State<App>) -> ([(&'static str, String); 1], &'static str) {
    ([(INSTANCE, instance(app.keys.current()))], "ok\n")
}

/// The node can do its work: the database answers within a second, with a schema that this binary knows.
pub async fn readyz(State(app): State<App>) -> Response {
    if !app.database_is_known.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "the database was not looked at yet\n").into_response();
    }
    let schema = tokio::time::timeout(Duration::from_secs(1), store::migrate::check(&app.pool)).await;
    match schema {
        Ok(Ok(store::migrate::Schema::Behind)) => {
            (StatusCode::SERVICE_UNAVAILABLE, "the schema is behind: run sspr migrate\n").into_response()
        }
        Ok(Ok(_)) => "ready\n".into_response(),
        Ok(Err(_)) | Err(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}
