//! What can be typed after `sspr change`.

use clap::{Args, Subcommand};
use uuid::Uuid;

/// `change …`.
#[derive(Clone, Debug, Subcommand)]
pub enum ChangeVerb {
    /// List changes of global administrators that wait for their time or for an approval, and what became of the latest
    #[command(after_help = "\
Examples:
  sspr change list --output table
  sspr change list --company contoso.com --output json")]
    List,
    /// Approve a change, which carries it out at once
    #[command(after_help = "\
Example:
  sspr change approve 0192f0c1-2b3a-7c4d-8e5f-60718293a4b5")]
    Approve(ChangeArgument),
    /// Refuse a change: nothing of it is done
    #[command(after_help = "\
Example:
  sspr change refuse 0192f0c1-2b3a-7c4d-8e5f-60718293a4b5")]
    Refuse(ChangeArgument),
}

/// A change.
#[derive(Clone, Copy, Debug, Args)]
pub struct ChangeArgument {
    /// Its id, as `change list` shows it
    #[arg(value_name = "CHANGE_ID")]
    pub id: Uuid,
}
