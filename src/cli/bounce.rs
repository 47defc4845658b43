//! `sspr bounce`: what a mail system hands over that came to `mail.bounce_address`.
//!
//! What must stay true: the exit code is read by a mail system. What can't be used is done with (0), or it would be returned as a
//! bounce of a bounce; only what can be taken in later is put off (75).

use std::io::{self, Read as _};

use super::{
    Exit, Said,
    arguments::BounceArguments,
    output::{Record, Records, Value},
    reach::Reach,
    refusal,
};
use crate::{
    domain::return_path::ReturnPaths,
    outbox::bounces::{self, Fate, Heard, KnownBy, TakenIn},
    senders::mail::bounce::LONGEST,
    store::outbox_delivery::Changed,
};

/// Carries out the verb.
pub async fn run(arguments: BounceArguments, reach: &Reach) -> Result<Said, Said> {
    let mail = read_all(io::stdin().lock())
        .map_err(|error| Said::refused(Exit::TryLater, format!("sspr: standard input: {error}\n")))?;
    let (paths, host);
    let known_by = if let Some(address) = &reach.config.mail.bounce_address {
        paths = ReturnPaths::new(address.clone(), &reach.keys()?);
        KnownBy::ReturnPath(&paths)
    } else {
        host = host_of(&reach.public_url()?);
        KnownBy::MessageId(&host)
    };
    let taken_in = bounces::take_in(&reach.pool, known_by, arguments.recipient.as_deref(), &mail).await;
    let taken_in = taken_in.map_err(|error| later(refusal::away(&error)))?;
    let ignored =
        |why: &str| Said { out: String::new(), err: format!("sspr: {why}: ignored\n"), exit: Exit::Done };
    Ok(match taken_in {
        TakenIn::NoReport => ignored("this is no report of a mail system"),
        TakenIn::NotOurs => ignored("this report names no message of ours, or is not genuine"),
        TakenIn::Heard(heard) => {
            Said::done(Records::Many(SHOWN, heard.iter().map(shown).collect()).render(reach.output))
        }
    })
}

/// A database that is away is a reason to try later, and nothing of the message's.
pub fn later(said: Said) -> Said {
    if said.exit == Exit::Refused { Said { exit: Exit::TryLater, ..said } } else { said }
}

/// As much as is looked at. The rest is read and dropped: a mail system whose pipe breaks thinks that the command failed.
fn read_all(mut input: impl io::Read) -> io::Result<Vec<u8>> {
    let mut mail = Vec::new();
    input.by_ref().take(LONGEST as u64).read_to_end(&mut mail)?;
    io::copy(&mut input, &mut io::sink())?;
    Ok(mail)
}

/// What follows the @ of our Message-IDs.
fn host_of(public_url: &str) -> String {
    url::Url::parse(public_url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// The names of [`shown`].
const SHOWN: &[&str] = &["Message", "Delivery", "Status", "Outcome"];

fn shown(heard: &Heard) -> Record {
    let (delivery, status) = match heard.fate {
        Fate::Underway => ("underway", None),
        Fate::Delivered => ("delivered", None),
        Fate::Failed(status) => ("failed", status),
    };
    let status = status.map(|status| status.to_string());
    let outcome = match heard.changed {
        None => "noted",
        Some(Changed::Recorded) => "recorded",
        Some(Changed::KnownAlready) => "known_already",
        Some(Changed::NoMessage) => "no_message",
    };
    vec![
        ("Message", heard.message.to_string().into()),
        ("Delivery", delivery.into()),
        ("Status", Value::told(status.clone().unwrap_or_default(), status)),
        ("Outcome", outcome.into()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_read_to_its_end_and_kept_to_its_limit() {
        let mut long = io::repeat(b'x').take(3 * LONGEST as u64);
        assert_eq!(read_all(&mut long).unwrap().len(), LONGEST);
        assert_eq!(long.limit(), 0);
    }

    #[test]
    fn only_what_can_be_done_later_is_put_off() {
        let exit = |exit| later(Said::refused(exit, String::new())).exit;
        assert_eq!(exit(Exit::Refused), Exit::TryLater);
        assert_eq!(exit(Exit::Configuration), Exit::Configuration);
        assert_eq!(exit(Exit::Done), Exit::Done);
    }
}
