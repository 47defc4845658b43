//! What can be typed after `sspr company`.

use clap::{
    ArgGroup, Args, Subcommand,
    builder::{NonEmptyStringValueParser, PossibleValuesParser},
};

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
Examples:
  sspr company set --company contoso.com --self-serve-password-reset-enabled false --reason 'incident 4711'
  sspr company set --password-expires-after-days 180 --password-warning-days 14 --dry-run
  sspr company set --unconfirmed-contact after_hold --contact-hold-hours 48
  sspr company set --global-administrator-changes approval

Prints each property that changed, with what it was and what it is. It acts at once, on every node.")]
    Set(CompanySetArguments),
    /// Give a company a domain: people with user IDs in it are its users
    #[command(after_help = "\
Example:
  sspr company add-domain mail.contoso.com --company contoso.com")]
    AddDomain(DomainArgument),
    /// Take a domain from a company, while nobody has a user ID in it
    #[command(after_help = "\
Example:
  sspr company remove-domain mail.contoso.com --company contoso.com")]
    RemoveDomain(DomainArgument),
}

/// A domain.
#[derive(Clone, Debug, Args)]
pub struct DomainArgument {
    /// The domain, like contoso.com
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub domain: String,
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
    /// Days after which a password must be changed: 14 to 730, or never
    #[arg(long, group = "change", value_name = "DAYS|never", value_parser = days_or_never)]
    pub password_expires_after_days: Option<Days>,
    /// Days before that in which the person is told: 1 to 30
    #[arg(long, group = "change", value_name = "DAYS")]
    pub password_warning_days: Option<i32>,
    /// Fewest characters of a password, never below the service's own floor; 0 leaves it to the floor
    #[arg(long, group = "change", value_name = "CHARACTERS")]
    pub password_min_length: Option<i32>,
    /// Word that no password may be built from; takes the place of all, repeat for more
    #[arg(long = "password-refused-word", group = "change", value_name = "WORD", value_parser = NonEmptyStringValueParser::new())]
    pub password_refused_words: Vec<String>,
    /// No words but names are refused
    #[arg(long, group = "change", conflicts_with = "password_refused_words")]
    pub no_password_refused_word: bool,
    /// Whether contact data that its person has not confirmed serves a reset
    #[arg(long, group = "change", value_name = "RULE", value_parser = PossibleValuesParser::new(crate::admin::companies::UNCONFIRMED_CONTACT))]
    pub unconfirmed_contact: Option<String>,
    /// How long unconfirmed contact data waits under after_hold: 1 to 720 hours
    #[arg(long, group = "change", value_name = "HOURS")]
    pub contact_hold_hours: Option<i32>,
    /// Whether an administrator may make a password that they see; otherwise one-time links only
    #[arg(long, group = "change", value_name = "true|false", value_parser = truth)]
    pub temporary_passwords_allowed: Option<bool>,
    /// What a change of a global administrator by another waits for: contact data, role, password. In the portal only: what is
    /// typed here acts at once, this too
    #[arg(long, group = "change", value_name = "RULE", value_parser = PossibleValuesParser::new(crate::domain::second_pair::Rule::ALL.map(crate::domain::second_pair::Rule::as_str)))]
    pub global_administrator_changes: Option<String>,
    /// How long it waits under after_hold, and under approval where nobody else could approve: 1 to 168 hours
    #[arg(long, group = "change", value_name = "HOURS")]
    pub global_administrator_hold_hours: Option<i32>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub reason: Option<String>,
    /// Tell what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Days, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Days {
    /// So many.
    After(i32),
    /// Without an end.
    Never,
}

fn days_or_never(text: &str) -> Result<Days, String> {
    if text.eq_ignore_ascii_case("never") {
        return Ok(Days::Never);
    }
    text.parse().map(Days::After).map_err(|_| "write a number of days, or never".to_owned())
}

/// A truth as people and the cmdlets write it. Anything else is refused: a switch must not move by a slip of the hand.
pub(in crate::cli) fn truth(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "$true" | "1" => Ok(true),
        "false" | "$false" | "0" => Ok(false),
        "" => Err("it is empty; a Unix shell takes $true for a variable of its own: write true, or '$true' in quotes".to_owned()),
        _ => Err("write true or false".to_owned()),
    }
}
