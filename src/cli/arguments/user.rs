//! What can be typed after `sspr user`.

use clap::{
    ArgGroup, Args, Subcommand,
    builder::{NonEmptyStringValueParser, PossibleValuesParser},
};

use super::ROLES;

/// `user …`.
#[derive(Clone, Debug, Subcommand)]
pub enum UserVerb {
    /// Make a user; without --password-stdin prints a one-time link, good for 24 hours, to set the password
    #[command(after_help = "\
Examples:
  sspr user create johnsmith@contoso.com --display-name 'John Smith' --role user_management_administrator \\
      --alternate-email-address johnsmith@fabrikam.com --mobile-phone 425-555-0100
  pass show contoso/ann | sspr user create ann@contoso.com --display-name Ann --role user --password-stdin")]
    Create(UserCreateArguments),
    /// Show a user, and whether the user could reset today
    #[command(after_help = "\
Example:
  sspr user show johnsmith@contoso.com --output json")]
    Show(UserArgument),
    /// List the users of a company
    #[command(after_help = "\
Examples:
  sspr user list --output table
  sspr user list --company contoso.com --output csv > users.csv")]
    List,
    /// Change a user
    #[command(after_help = "\
Examples:
  sspr user set johnsmith@contoso.com --alternate-email-address johnsmith@fabrikam.com
  sspr user set johnsmith@contoso.com --mobile-phone 425-555-0100
  sspr user set johnsmith@contoso.com --no-mobile-phone

Prints each property that changed, with what it was and what it is. A new address, number or role ends the
person's resets under way.")]
    Set(UserSetArguments),
    /// Make a one-time link, good for 24 hours, to set the password; earlier links die
    #[command(after_help = "\
Example:
  sspr user reset-password ann@contoso.com

The password stays as it is until the link is used.")]
    ResetPassword(UserArgument),
    /// Block sign-in and reset; sessions and resets under way end at once
    #[command(after_help = "\
Example:
  sspr user block johnsmith@contoso.com")]
    Block(UserArgument),
    /// Lift a block, also one that "This was not me" brought
    #[command(after_help = "\
Example:
  sspr user unblock johnsmith@contoso.com")]
    Unblock(UserArgument),
}

/// A user.
#[derive(Clone, Debug, Args)]
pub struct UserArgument {
    /// User ID, like johnsmith@contoso.com
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub user_id: String,
}

/// `user create`.
#[derive(Clone, Debug, Args)]
pub struct UserCreateArguments {
    /// User ID, like johnsmith@contoso.com; its domain decides the company
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub user_id: String,
    /// Name, as pages and messages show it
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub display_name: String,
    /// Role
    #[arg(long, value_parser = PossibleValuesParser::new(ROLES))]
    pub role: String,
    /// Where the link of a reset is sent; not the user ID itself. Repeat for more: the first is used
    #[arg(long = "alternate-email-address", value_name = "ADDRESS", value_parser = NonEmptyStringValueParser::new())]
    pub alternate_email_addresses: Vec<String>,
    /// Where the security code of a reset is sent
    #[arg(long, value_name = "NUMBER", value_parser = NonEmptyStringValueParser::new())]
    pub mobile_phone: Option<String>,
    /// Take the password from standard input, one line, instead of printing a link
    #[arg(long)]
    pub password_stdin: bool,
}

/// `user set`.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true))]
pub struct UserSetArguments {
    /// User ID, like johnsmith@contoso.com
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub user_id: String,
    /// Name, as pages and messages show it
    #[arg(long, group = "change", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub display_name: Option<String>,
    /// Role
    #[arg(long, group = "change", value_parser = PossibleValuesParser::new(ROLES))]
    pub role: Option<String>,
    /// Where the link of a reset is sent; not the user ID itself. Takes the place of all; repeat for more: the first is used
    #[arg(long = "alternate-email-address", group = "change", value_name = "ADDRESS", value_parser = NonEmptyStringValueParser::new())]
    pub alternate_email_addresses: Vec<String>,
    /// Remove all alternate e-mail addresses
    #[arg(long, group = "change", conflicts_with = "alternate_email_addresses")]
    pub no_alternate_email_address: bool,
    /// Where the security code of a reset is sent
    #[arg(long, group = "change", value_name = "NUMBER", value_parser = NonEmptyStringValueParser::new())]
    pub mobile_phone: Option<String>,
    /// Remove the mobile phone
    #[arg(long, group = "change", conflicts_with = "mobile_phone")]
    pub no_mobile_phone: bool,
}
