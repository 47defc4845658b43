//! What can be typed after `sspr incident`.

use clap::{Args, Subcommand};
use uuid::Uuid;

/// `incident …`.
#[derive(Clone, Debug, Subcommand)]
pub enum IncidentVerb {
    /// List what people reported with "This was not me", open incidents first
    #[command(after_help = "\
Example:
  sspr incident list --output table")]
    List(IncidentListArguments),
    /// Show one with what was recorded around it
    #[command(after_help = "\
Example:
  sspr incident show 0192f0c1-2b3a-7c4d-8e5f-60718293a4b5")]
    Show(IncidentArgument),
    /// Close one with a note; lifts no block
    #[command(after_help = "\
Example:
  sspr incident close 0192f0c1-2b3a-7c4d-8e5f-60718293a4b5 --note \"Talked to the person: a phishing page\"")]
    Close(IncidentCloseArguments),
}

/// `incident list`.
#[derive(Clone, Copy, Debug, Args)]
pub struct IncidentListArguments {
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub limit: u32,
}

/// An incident.
#[derive(Clone, Copy, Debug, Args)]
pub struct IncidentArgument {
    /// Its id, as `incident list` shows it
    #[arg(value_name = "INCIDENT_ID")]
    pub id: Uuid,
}

/// `incident close`.
#[derive(Clone, Debug, Args)]
pub struct IncidentCloseArguments {
    /// Its id, as `incident list` shows it
    #[arg(value_name = "INCIDENT_ID")]
    pub id: Uuid,
    /// What was found out, in at most 500 characters
    #[arg(long, value_name = "TEXT")]
    pub note: String,
}
