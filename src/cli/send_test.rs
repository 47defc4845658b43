//! `sspr send-test mail|sms`: a real message, by the relays or providers in this process, with what each of them answers.
//!
//! What must stay true: neither what is printed nor what is recorded holds the address or number.

use std::time::Duration;

use serde_json::json;

use super::{
    Exit, Said,
    arguments::{SendTestArguments, SendTestVerb},
    config::told,
    output::{Record, Records},
    reach::{self, Reach, Told},
    refusal::{self, Typed},
};
use crate::{
    admin::trial::{self, NotAllowed},
    app::App,
    clock,
    config::{Config, Mode, Sources},
    domain::{contact::AlternateEmail, message::Channel},
    outbox::{
        self,
        trial::{Answered, NobodyAsked},
    },
    senders::SendError,
    store::{companies::Company, trials},
};

/// Longest wait for the demo that shows the message.
const DEMO_WAIT: Duration = Duration::from_secs(15);

/// Sends it.
pub fn run(verb: SendTestVerb, told: Told) -> Said {
    let sources = Sources::new(Mode::Serve, told.environment.clone()).file(told.file.clone());
    reach::run(told, async |reach| {
        let (channel, SendTestArguments { to, provider }) = match verb {
            SendTestVerb::Mail(arguments) => (Channel::Email, arguments),
            SendTestVerb::Sms(arguments) => (Channel::Sms, arguments),
        };
        let (company, recipient) = recipient(reach, channel, &to).await?;
        if reach.is_demo() {
            let company = match company {
                Some(company) => company,
                None => reach.company().await?,
            };
            return demo(reach, &company, channel, &recipient).await;
        }
        send(reach, sources, company.as_ref(), channel, &recipient, provider.as_deref()).await
    })
}

/// The company whose country reads the number, if one is meant; and where to.
async fn recipient(reach: &Reach, channel: Channel, typed: &str) -> Result<(Option<Company>, String), Said> {
    if channel == Channel::Email {
        let address = AlternateEmail::parse(typed).map_err(|_| {
            Said::refused(Exit::Usage, "sspr: this is no e-mail address such as ann@contoso.com\n".to_owned())
        })?;
        return Ok((reach.company().await.ok(), address.as_str().to_owned()));
    }
    // Only a number as dialled within a country needs a company to say which.
    let company = match reach.company().await {
        Ok(company) => Some(company),
        Err(_) if typed.trim_start().starts_with('+') => None,
        Err(said) => return Err(said),
    };
    let region = company.as_ref().map_or("US", |company| company.default_region.as_str());
    let number = trial::number(typed, region, &reach.budgets()).map_err(|refused| {
        let why = match refused {
            NotAllowed::Refused(refusal) => {
                refusal::why(&refusal, Typed { mobile_phone: "the number", ..Typed::default() })
            }
            NotAllowed::Country => {
                "budgets.sms_country_codes allows no text messages to this country".to_owned()
            }
        };
        Said::refused(Exit::Refused, format!("sspr: {why}\n"))
    })?;
    Ok((company, number.e164().to_owned()))
}

/// A demo has nobody who carries it: its service takes it from the queue, and its outbox page shows it.
async fn demo(reach: &Reach, company: &Company, channel: Channel, recipient: &str) -> Result<Said, Said> {
    let queued = trial::by_queue(&reach.pool, &reach.operator, company, channel, recipient).await;
    let id = queued.map_err(|error| refusal::said(&error, Typed::default()))?;
    let _ = outbox::wake_all(&reach.pool).await;
    let asked = clock::now();
    let state = loop {
        match trials::ended(&reach.pool, id).await.map_err(|error| refusal::away(&error))? {
            Some(state) => break Some(state),
            None if clock::now() - asked > DEMO_WAIT => break None,
            None => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    };
    let accepted = state.as_deref() == Some("sent");
    let details = json!({ "channel": name(channel), "tried": ["demo"] });
    record(reach, Some(company), accepted, details).await?;
    if !accepted {
        let what = "sspr: the demo did not take it: does it run? `sspr demo` starts it\n";
        return Err(Said::refused(Exit::Refused, what.to_owned()));
    }
    Ok(Said::done("The demo shows it on its page /demo/outbox.\n".to_owned()))
}

async fn send(
    reach: &Reach,
    sources: Sources,
    company: Option<&Company>,
    channel: Channel,
    recipient: &str,
    only: Option<&str>,
) -> Result<Said, Said> {
    let config = Config::load(sources)
        .map_err(|problems| Said::refused(Exit::Configuration, told("error", &problems)))?;
    let app = App::build(&config, false, None)
        .map_err(|wrong| Said::refused(Exit::Configuration, format!("sspr: {wrong}\n")))?;
    let message = trial::message(channel, &reach.operator, clock::now());
    let domains = company.map(|company| company.domains.as_slice()).unwrap_or_default();
    let answers = outbox::trial::send(&app.outbox, &message, recipient, domains, only).await;
    let answers = answers.map_err(|nobody| {
        let exit = if matches!(nobody, NobodyAsked::NoSuchSection(_)) { Exit::Usage } else { Exit::Refused };
        Said::refused(exit, format!("sspr: nothing was sent: {nobody}\n"))
    })?;
    let accepted = answers.iter().any(|answered| answered.outcome.is_ok());
    let tried: Vec<String> =
        answers.iter().map(|one| format!("{} {}: {}", one.section, one.kind, word(one))).collect();
    record(reach, company, accepted, json!({ "channel": name(channel), "tried": tried })).await?;
    let records = answers.iter().map(shown).collect();
    let out = Records::Many(SHOWN, records).render(reach.output);
    let (exit, err) = if accepted {
        (Exit::Done, String::new())
    } else {
        (Exit::Refused, "sspr: nobody accepted it\n".to_owned())
    };
    Ok(Said { out, err, exit })
}

async fn record(
    reach: &Reach,
    company: Option<&Company>,
    accepted: bool,
    details: serde_json::Value,
) -> Result<(), Said> {
    let recorded = trial::tried(&reach.pool, &reach.operator, company, accepted, details).await;
    recorded.map_err(|error| {
        let what = format!("sspr: the test message left, but could not be recorded: {error}\n");
        Said::refused(Exit::Refused, what)
    })
}

const fn name(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "email",
        Channel::Sms => "sms",
    }
}

/// The names of [`shown`].
const SHOWN: &[&str] = &["Provider", "Kind", "Outcome", "Answer", "Milliseconds", "Evidence"];

fn word(answered: &Answered) -> &'static str {
    match answered.outcome {
        Ok(_) => "accepted",
        Err(SendError::GiveUp(_)) => "refused",
        Err(SendError::TryAgain(_)) => "try again",
    }
}

fn shown(answered: &Answered) -> Record {
    let (answer, evidence) = match &answered.outcome {
        Ok(accepted) => (String::new(), accepted.evidence.clone().unwrap_or_default()),
        Err(error) => (error.reason().to_string(), String::new()),
    };
    vec![
        ("Provider", answered.section.into()),
        ("Kind", answered.kind.into()),
        ("Outcome", word(answered).into()),
        ("Answer", answer.into()),
        ("Milliseconds", u64::try_from(answered.took.as_millis()).unwrap_or(u64::MAX).into()),
        ("Evidence", evidence.into()),
    ]
}
