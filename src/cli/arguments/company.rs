//! What can be typed after `sspr company`.

use clap::{ArgGroup, Args, Subcommand, builder::NonEmptyStringValueParser};

/// `company …`.
#[derive(Clone, Debug, Subcommand)]
pub enum CompanyVerb {
    /// Make a company
    #[command(after_help = "\
Example:
  sspr company create --name Contoso --domain contoso.com --domain contoso.example --default-region US")]
    Create(CompanyCreateArguments),
    /// Show a company and its settings
    #[command(after_help = "\
Examples:
  sspr company show
  sspr company show --company contoso.com --output json")]
    Show,
    /// List all companies
    #[command(after_help = "\
Example:
  sspr company list --output table")]
    List,
    /// Change a company's settings
    #[command(after_help = "\
Example:
  sspr company set --company contoso.com --self-serve-password-reset-enabled false

Prints each property that changed, with what it was and what it is.")]
    Set(CompanySetArguments),
}

/// `company create`.
#[derive(Clone, Debug, Args)]
pub struct CompanyCreateArguments {
    /// Name, as pages and messages show it
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub name: String,
    /// Domain of its user IDs; repeat for more
    #[arg(long = "domain", value_name = "DOMAIN", required = true, value_parser = NonEmptyStringValueParser::new())]
    pub domains: Vec<String>,
    /// Region in which its people write phone numbers without a country code (ISO 3166-1)
    #[arg(long, value_name = "REGION", default_value = "US", value_parser = NonEmptyStringValueParser::new())]
    pub default_region: String,
}

/// `company set`.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true))]
pub struct CompanySetArguments {
    /// Whether the company's administrators can reset their own passwords; acts at once, on every node
    #[arg(long, group = "change", value_name = "true|false", value_parser = truth)]
    pub self_serve_password_reset_enabled: Option<bool>,
    /// Name, as pages and messages show it
    #[arg(long, group = "change", value_parser = NonEmptyStringValueParser::new())]
    pub name: Option<String>,
    /// Region in which its people write phone numbers without a country code (ISO 3166-1)
    #[arg(long, group = "change", value_name = "REGION", value_parser = NonEmptyStringValueParser::new())]
    pub default_region: Option<String>,
    /// Whether an alternate e-mail address may be in the company's own domains
    #[arg(long, group = "change", value_name = "true|false", value_parser = truth)]
    pub alternate_email_in_own_domain_allowed: Option<bool>,
    /// Whether user IDs are mailboxes: then notices go there too
    #[arg(long, group = "change", value_name = "true|false", value_parser = truth)]
    pub user_id_is_mailbox: Option<bool>,
    /// Where its people sign in after a reset (https)
    #[arg(long, group = "change", value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
    pub sign_in_url: Option<String>,
    /// Back to the service's own sign-in page
    #[arg(long, group = "change", conflicts_with = "sign_in_url")]
    pub no_sign_in_url: bool,
}

/// A truth as people and the cmdlets write it. Anything else is refused: a switch must not move by a slip of the hand.
pub(super) fn truth(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "$true" | "1" => Ok(true),
        "false" | "$false" | "0" => Ok(false),
        "" => Err("it is empty; a Unix shell takes $true for a variable of its own: write true, or '$true' in quotes".to_owned()),
        _ => Err("write true or false".to_owned()),
    }
}
