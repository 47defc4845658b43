//! What can be typed after `sspr bounce`.

use clap::Args;

/// `bounce`.
#[derive(Clone, Debug, Args)]
pub struct BounceArguments {
    /// The address that it came to, as the mail system knows it [default: what its headers say]
    #[arg(long, value_name = "ADDRESS")]
    pub recipient: Option<String>,
}
