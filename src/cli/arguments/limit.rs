//! What can be typed after `sspr limit`.

use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};

use crate::domain::limits::Network;

/// `limit …`.
#[derive(Clone, Debug, Subcommand)]
pub enum LimitVerb {
    /// List who stands at a limit, which, and until when
    #[command(after_help = "\
Examples:
  sspr limit list --output table
  sspr limit list --user johnsmith@contoso.com
  sspr limit list --networks

Until is empty where no time ends it: a hundred wrong codes or passwords in a row. `wrong_passwords_in_a_row` without a
network: sign-in is taken only from networks where the person signed in before, until the password is reset or this is lifted.")]
    List(LimitListArguments),
    /// Lift every limit at which a person or a network stands
    #[command(after_help = "\
Examples:
  sspr limit lift johnsmith@contoso.com
  sspr limit lift --network 192.0.2.7
  sspr limit lift --network 2001:db8:1:2::/64

What was lifted is printed and recorded.")]
    Lift(LimitLiftArguments),
}

/// `limit list`.
#[derive(Clone, Debug, Args)]
pub struct LimitListArguments {
    /// Only of this person
    #[arg(long, value_name = "USER_ID", value_parser = NonEmptyStringValueParser::new())]
    pub user: Option<String>,
    /// Networks instead of people
    #[arg(long, conflicts_with = "user")]
    pub networks: bool,
}

/// `limit lift`.
#[derive(Clone, Debug, Args)]
pub struct LimitLiftArguments {
    /// Whose
    #[arg(value_name = "USER_ID", value_parser = NonEmptyStringValueParser::new(), required_unless_present = "network")]
    pub user_id: Option<String>,
    /// Of this network: an address, or an IPv6 /64
    #[arg(long, value_name = "NETWORK", value_parser = network, conflicts_with = "user_id")]
    pub network: Option<Network>,
}

fn network(text: &str) -> Result<Network, String> {
    Network::parse(text)
        .ok_or_else(|| "give an IP address, or an IPv6 network as limit list shows it".to_owned())
}
