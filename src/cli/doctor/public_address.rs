//! The address that people use: it has to lead to this very installation, through whatever stands in front of it.

use url::Url;

use super::{
    check::{Finding, Report},
    others::{good_for, read, what_to_do},
};
use crate::{
    app::App,
    config::Config,
    senders::{http_client, probe},
    web::health,
};

const NAME: &str = "public address";
/// One question.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(8);

/// Asks `/livez` there, and whether it is us who answer.
pub async fn check(config: &Config, app: &App) -> Report {
    let host = app.public_url.host();
    let client = read(config.doctor.ca_file.as_deref()).and_then(|ca| {
        http_client::telling_certificates(ca.as_deref(), LIMIT).map_err(|bad| bad.to_string())
    });
    let client = match client {
        Ok(client) => client,
        Err(why) => return Finding::broken(NAME, why, "correct doctor.ca_file").into(),
    };
    let Ok(url) = Url::parse(&app.public_url.link("/livez")) else {
        return Finding::broken(NAME, "is no address", "correct server.public_url").into();
    };
    let seen = match probe::ask(&url, client.get(url.clone())).await {
        Ok(seen) => seen,
        Err(why) => {
            let own_authority = "; for an authority of the company's own set doctor.ca_file";
            let todo = what_to_do(&why, "server.public_url and the proxy in front") + own_authority;
            return Finding::broken(NAME, format!("{host}: {why}"), todo).into();
        }
    };
    let shown = seen.headers.get(health::INSTANCE).and_then(|value| value.to_str().ok());
    let ours = shown.is_some_and(|shown| app.keys.all().any(|key| health::instance(key) == shown));
    let finding = match (seen.status, shown) {
        (200..=299, Some(_)) if ours => good_for(
            NAME,
            &format!("{host} answers over https as this service"),
            seen.reached.certificate_until,
        ),
        (200..=299, Some(_)) => Finding::broken(
            NAME,
            format!("{host}: another installation answers, or one with another key"),
            "correct server.public_url or keys.current_file, or where the proxy leads",
        ),
        (502..=504, None) => Finding::broken(
            NAME,
            format!("{host}: the proxy answers {}, nobody behind it does", seen.status),
            "start the service (`sspr serve`), or correct where the proxy leads",
        ),
        (status, _) => Finding::broken(
            NAME,
            format!("{host}: something else answers (status {status})"),
            "let the proxy pass every path to this service, /livez too, with its answer's headers",
        ),
    };
    let clocks = seen.reached.clock_ahead.map(|ahead| (host.to_owned(), ahead)).into_iter().collect();
    Report { findings: vec![finding], clocks }
}
