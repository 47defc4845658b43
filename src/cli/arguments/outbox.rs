//! What can be typed after `sspr outbox`.

use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};
use time::OffsetDateTime;
use uuid::Uuid;

use super::audit::since;
use crate::domain::delivery::{Kind, State};

/// `outbox …`.
#[derive(Clone, Debug, Subcommand)]
pub enum OutboxVerb {
    /// List messages, newest first: state, tries, the provider's answer; never a text, a link or a code
    #[command(after_help = "\
Examples:
  sspr outbox list --output table
  sspr outbox list --failed --since 24h
  sspr outbox list --user johnsmith@contoso.com --channel sms
  sspr outbox list --state queued --limit 1000 --output json | jq -r '.[].Answer' | sort | uniq -c

Without --company all messages are listed, also those to nobody (undeliverable) that a start with an unknown user ID makes,
so that its time tells nothing. Recipients are masked; UserId says whose they are.")]
    List(OutboxListArguments),
    /// Show one message
    #[command(after_help = "\
Example:
  sspr outbox show 0192f0c1-2b3a-7c4d-8e5f-60718293a4b5")]
    Show(MessageArgument),
    /// Send messages again that were given up or stopped
    #[command(after_help = "\
Examples:
  sspr outbox retry 0192f0c1-2b3a-7c4d-8e5f-60718293a4b5
  sspr outbox retry --all-given-up --since 12h
      after a relay or provider was away: all that were given up since then

Refused, with the reason: what was sent (also when it did not arrive: the same would happen again), what waits already, what is too
late, whose link or code is dead, and a text message that may have left twice.")]
    Retry(OutboxRetryArguments),
    /// Stop messages that wait in the queue; what is being sent in this moment can't be stopped
    #[command(after_help = "\
Example:
  sspr outbox cancel 0192f0c1-2b3a-7c4d-8e5f-60718293a4b5

A notice tells a person what happened to their account. Stopping it is recorded like everything else.")]
    Cancel(MessageArguments),
}

/// `outbox list`.
#[derive(Clone, Debug, Args)]
pub struct OutboxListArguments {
    /// Only in this state
    #[arg(long, value_name = "NAME", value_parser = state)]
    pub state: Option<State>,
    /// Only by e-mail, or only text messages
    #[arg(long, value_name = "NAME", value_parser = channel)]
    pub channel: Option<&'static str>,
    /// Only of this kind, such as reset_link
    #[arg(long, value_name = "NAME", value_parser = kind)]
    pub kind: Option<Kind>,
    /// Only to this user
    #[arg(long, value_name = "USER_ID", value_parser = NonEmptyStringValueParser::new())]
    pub user: Option<String>,
    /// Only what did not leave (given up, too late) or did not arrive (a receipt or bounce said so)
    #[arg(long)]
    pub failed: bool,
    /// Not queued before this: 2026-11-21, 2026-11-21T08:00:00Z, or 90m, 24h, 7d ago
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub since: Option<OffsetDateTime>,
    /// Messages at most
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
}

/// A message.
#[derive(Clone, Copy, Debug, Args)]
pub struct MessageArgument {
    /// Its id, as `outbox list` shows it
    #[arg(value_name = "MESSAGE_ID")]
    pub id: Uuid,
}

/// Messages.
#[derive(Clone, Debug, Args)]
pub struct MessageArguments {
    /// Their ids, as `outbox list` shows them
    #[arg(value_name = "MESSAGE_ID", required = true)]
    pub ids: Vec<Uuid>,
}

/// `outbox retry`.
#[derive(Clone, Debug, Args)]
pub struct OutboxRetryArguments {
    /// Their ids, as `outbox list` shows them
    #[arg(value_name = "MESSAGE_ID", required_unless_present = "all_given_up")]
    pub ids: Vec<Uuid>,
    /// Everything that was given up since --since
    #[arg(long, conflicts_with = "ids")]
    pub all_given_up: bool,
    /// With --all-given-up, not ended before this: 2026-11-21T08:00:00Z, or 90m, 24h, 7d ago [default: 24h]
    #[arg(long, value_name = "TIME", value_parser = since, requires = "all_given_up")]
    pub since: Option<OffsetDateTime>,
}

fn state(text: &str) -> Result<State, String> {
    State::named(text).ok_or_else(|| format!("there are: {}", State::ALL.map(State::as_str).join(", ")))
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::named(text).ok_or_else(|| format!("there are: {}", Kind::ALL.map(Kind::as_str).join(", ")))
}

fn channel(text: &str) -> Result<&'static str, String> {
    ["email", "sms"].into_iter().find(|name| *name == text).ok_or_else(|| "there are: email, sms".to_owned())
}
