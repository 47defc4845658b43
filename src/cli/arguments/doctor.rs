//! What can be typed after `sspr doctor` and `sspr send-test`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `doctor`.
#[derive(Clone, Debug, Args)]
pub struct DoctorArguments {
    /// Check the signature (DKIM) of a mail that arrived, instead of the service; - reads standard input
    #[arg(long, value_name = "FILE")]
    pub received: Option<PathBuf>,
}

/// `send-test …`.
#[derive(Clone, Debug, Subcommand)]
pub enum SendTestVerb {
    /// Send a test e-mail
    #[command(after_help = "\
Examples:
  sspr send-test mail ann@contoso.com
  sspr send-test mail ann@contoso.com --provider mail_2")]
    Mail(SendTestArguments),
    /// Send a test text message
    #[command(after_help = "\
Examples:
  sspr send-test sms +14255550100
  sspr send-test sms 425-555-0100 --provider sms_2")]
    Sms(SendTestArguments),
}

/// Where to, and by whom.
#[derive(Clone, Debug, Args)]
pub struct SendTestArguments {
    /// The address, or the number
    #[arg(value_name = "RECIPIENT")]
    pub to: String,
    /// Only by this section of the configuration, such as mail_2 or sms
    #[arg(long, value_name = "SECTION")]
    pub provider: Option<String>,
}
