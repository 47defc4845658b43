//! From the configuration to whoever carries mail and SMS, in the operator's order.

use crate::{
    config::{Config, MailTls},
    outbox::Senders,
    senders::{
        http_client,
        mail::{
            MailSender, Smtp,
            smtp::{SmtpSettings, SmtpTls},
        },
        route::{Leg, Route},
    },
};

use super::build::{CannotBuild, wrong};

/// Makes them; connects to nobody yet.
///
/// # Errors
/// Names the section; the program ends with exit code 78.
pub(super) fn leave_by(config: &Config) -> Result<Senders, CannotBuild> {
    let read = |path: &Option<std::path::PathBuf>, key: &'static str| {
        path.as_ref()
            .map(|path| {
                std::fs::read(path).map_err(|error| wrong(key)(&format!("{}: {error}", path.display())))
            })
            .transpose()
    };
    let relays = config.mail.relays.iter().map(|relay| {
        let smtp = Smtp::new(&SmtpSettings {
            host: relay.host.clone(),
            port: relay.port,
            tls: match relay.tls {
                MailTls::StartTls => SmtpTls::StartTls,
                MailTls::Implicit => SmtpTls::Implicit,
                MailTls::None => SmtpTls::None,
            },
            username: relay.credentials.as_ref().map(|(name, _)| name.clone()),
            password: relay.credentials.as_ref().map(|(_, password)| password.clone()),
            from: config.mail.from.as_ref().map(ToString::to_string).unwrap_or_default(),
            reply_to: config.mail.reply_to.as_ref().map(ToString::to_string),
            timeout: relay.timeout,
            ca_file: read(&relay.ca_file, relay.section)?,
        });
        Ok(Leg::new(relay.section, MailSender::Smtp(smtp.map_err(|bad| wrong(relay.section)(&bad))?)))
    });
    let providers = config.sms.providers.iter().map(|provider| {
        let ca_file = read(&provider.ca_file, provider.section)?;
        let sender = http_client::with_limit(ca_file.as_deref(), provider.timeout)
            .and_then(|client| provider.settings.sender(client, provider.classify.clone()));
        Ok(Leg::new(provider.section, sender.map_err(|bad| wrong(provider.section)(&bad))?))
    });
    let mail = relays.collect::<Result<Vec<_>, CannotBuild>>()?;
    let sms = providers.collect::<Result<Vec<_>, CannotBuild>>()?;
    // Nobody: a demo, whose outbox page shows the messages.
    Ok(Senders {
        mail: (!mail.is_empty()).then(|| Route::new(mail)),
        sms: (!sms.is_empty()).then(|| Route::new(sms)),
    })
}
