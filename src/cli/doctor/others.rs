//! Relays and providers: each would carry a message, as far as that shows without one.

use std::path::Path;

use time::OffsetDateTime;

use super::check::{Finding, Report};
use crate::{
    clock,
    config::Config,
    senders::{
        http_client,
        mail::MailSender,
        probe::{Reached, Unreached},
        route::Leg,
        sms::SmsSender,
    },
};

/// Fewer days than these, and the certificate should have been renewed: most are renewed a month before.
const DAYS: i64 = 14;

/// Name, connection, TLS, greeting, sign-in.
pub async fn relay(name: &str, leg: &Leg<MailSender>, config: &Config) -> Report {
    let settings = config.mail.relays.iter().find(|relay| relay.section == leg.name);
    let host = settings.map_or("", |relay| relay.host.as_str());
    let host = if host.parse::<std::net::IpAddr>().is_ok() { "the relay" } else { host };
    let checked = format!("{} and the relay", leg.name);
    match leg.sender.probe().await {
        Ok(reached) => well(name, host, &reached),
        Err(why) => Finding::broken(name, format!("{host}: {why}"), what_to_do(&why, &checked)).into(),
    }
}

/// Name, connection, TLS, and a harmless question with our sign-in where there is one.
pub async fn provider(name: &str, leg: &Leg<SmsSender>, config: &Config) -> Report {
    let kind = leg.sender.provider();
    let settings = config.sms.providers.iter().find(|provider| provider.section == leg.name);
    let Some((settings, address)) =
        settings.and_then(|settings| Some((settings, settings.address.as_ref()?)))
    else {
        return Finding::skipped(name, format!("{kind}: no address to look at")).into();
    };
    let client = read(settings.ca_file.as_deref()).and_then(|ca| {
        http_client::telling_certificates(ca.as_deref(), settings.timeout).map_err(|bad| bad.to_string())
    });
    let client = match client {
        Ok(client) => client,
        Err(why) => return Finding::broken(name, why, format!("correct {}.ca_file", leg.name)).into(),
    };
    let host = match address.host() {
        Some(url::Host::Domain(host)) => format!("{kind} at {host}"),
        _ => kind.to_owned(),
    };
    match leg.sender.probe(&client, address).await {
        Ok(Reached { status: Some(status @ 500..), .. }) => {
            let todo = "it has a fault of its own: look at its status page, or wait";
            Finding::warning(name, format!("{host} answers {status}"), todo).into()
        }
        Ok(reached) => well(name, &host, &reached),
        Err(why) => Finding::broken(name, format!("{host}: {why}"), what_to_do(&why, leg.name)).into(),
    }
}

fn well(name: &str, host: &str, reached: &Reached) -> Report {
    let how = match (reached.encrypted, reached.signed_in) {
        (true, true) => "answers over TLS and lets us in",
        (true, false) => "answers over TLS",
        (false, true) => "answers and lets us in, without TLS",
        (false, false) => "answers, without TLS",
    };
    let finding = good_for(name, &format!("{host} {how}"), reached.certificate_until);
    let clocks = reached.clock_ahead.map(|ahead| (host.to_owned(), ahead)).into_iter().collect();
    Report { findings: vec![finding], clocks }
}

/// Well, unless the certificate ends soon.
pub fn good_for(name: &str, found: &str, certificate_until: Option<OffsetDateTime>) -> Finding {
    let Some(until) = certificate_until else { return Finding::ok(name, found) };
    let days = (until - clock::now()).whole_days();
    let found = format!("{found}; its certificate is good for {days} more day(s)");
    if days < DAYS {
        Finding::warning(name, found, "have the certificate renewed before it ends")
    } else {
        Finding::ok(name, found)
    }
}

/// What helps. `place`: what to look at, such as a section of the configuration.
pub fn what_to_do(why: &Unreached, place: &str) -> String {
    match why {
        Unreached::Name => format!("correct the name in {place}, or DNS as this machine sees it"),
        Unreached::Refused | Unreached::TimedOut => {
            format!("look at {place}: host and port, a firewall between, whether it runs")
        }
        Unreached::Certificate(_) | Unreached::Tls => {
            format!("look at {place}: the host's name, its certificate and this machine's date")
        }
        Unreached::SignIn(_) => format!("correct user name, password or token in {place}"),
        Unreached::Other(_) => format!("look at {place}"),
    }
}

/// A file of further roots.
pub fn read(ca_file: Option<&Path>) -> Result<Option<Vec<u8>>, String> {
    ca_file.map(std::fs::read).transpose().map_err(|error| format!("ca_file can't be read: {error}"))
}
