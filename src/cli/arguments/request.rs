//! What can be typed after `sspr request`.

use clap::{Args, Subcommand};
use uuid::Uuid;

/// `request …`.
#[derive(Clone, Debug, Subcommand)]
pub enum RequestVerb {
    /// List what people asked with "Contact your administrator", open requests first
    #[command(after_help = "\
Examples:
  sspr request list --output table
  sspr request list --all")]
    List(RequestListArguments),
    /// Answer with a one-time link to the person's own alternate contact
    #[command(after_help = "\
Example:
  sspr request reset 0192f0c1-2b3a-7c4d-8e5f-60718293a4b5")]
    Reset(RequestArgument),
    /// Refuse; the person is told at the alternate e-mail address, where there is one
    #[command(after_help = "\
Example:
  sspr request refuse 0192f0c1-2b3a-7c4d-8e5f-60718293a4b5")]
    Refuse(RequestArgument),
}

/// `request list`.
#[derive(Clone, Copy, Debug, Args)]
pub struct RequestListArguments {
    /// Also those that were answered
    #[arg(long)]
    pub all: bool,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub limit: u32,
}

/// A request.
#[derive(Clone, Copy, Debug, Args)]
pub struct RequestArgument {
    /// Its id, as `request list` shows it
    #[arg(value_name = "REQUEST_ID")]
    pub id: Uuid,
}
