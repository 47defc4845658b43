//! What can be typed after `sspr user`.

use std::path::PathBuf;

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
    /// Reset a password: by a one-time link, good for 24 hours, or a temporary password; earlier links die
    #[command(after_help = "\
Examples:
  sspr user reset-password ann@contoso.com
      prints a link to hand over; the password stays as it is until the link is used
  sspr user reset-password ann@contoso.com --send
      sends the link to Ann's own alternate e-mail address, else to her phone
  sspr user reset-password ann@contoso.com --temporary-password
      prints a password, good for 24 hours, which she has to change at sign-in")]
    ResetPassword(UserResetPasswordArguments),
    /// Send one-time links to all users of a CSV, each to their own alternate contact
    #[command(after_help = "\
Examples:
  sspr user reset-passwords --file users.csv --dry-run
  sspr user reset-passwords --file users.csv --result-file results.csv

The file has a column UserId or UserPrincipalName; others are left alone. Any number; each person is helped alone, so that one
who has no contact stops nobody. Exit code 1 when not everybody got a link; the result says who and why.")]
    ResetPasswords(UserResetPasswordsArguments),
    /// Let the last global administrator in again who is shut out: lifts a block and prints a one-time link
    #[command(after_help = "\
Example:
  sspr user break-glass ann@contoso.com

Refused while another global administrator can sign in and help. It is recorded under your name, logged as a warning, and told
to every alternate contact of the person.")]
    BreakGlass(UserArgument),
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
    /// Delete a user for good, with contact data, links and sessions; what was recorded stays
    #[command(after_help = "\
Example:
  sspr user delete johnsmith@contoso.com

It does not ask. There is no way back but to make the user again.")]
    Delete(UserDeleteArguments),
    /// List where a user is signed in
    #[command(after_help = "\
Example:
  sspr user sessions johnsmith@contoso.com --output table")]
    Sessions(UserArgument),
    /// Sign a user out everywhere
    #[command(after_help = "\
Example:
  sspr user end-sessions johnsmith@contoso.com")]
    EndSessions(UserArgument),
    /// Make and change users by a CSV, in one transaction
    #[command(after_help = "\
Examples:
  sspr user import users.csv --dry-run
  sspr user import users.csv --all-or-nothing
  sspr user export --company contoso.com | sspr user import - --update

Columns, in any case and order: UserId (or UserPrincipalName), DisplayName, Role, AlternateEmailAddresses, MobilePhone,
Blocked (or BlockCredential). Several addresses stand in one field, with commas or semicolons. An empty field leaves what
is there, $null removes it; a new user without a role is a user. New users get no password and no message:
reset-passwords sends them links. Commas, semicolons or tabs; UTF-8, or UTF-16 as Excel's \"Unicode text\". Rows that can't
be imported are refused, each with its reason (exit code 1); the others are imported, unless --all-or-nothing.")]
    Import(UserImportArguments),
    /// Print the users of a company as a CSV that `import` takes back unchanged
    #[command(after_help = "\
Example:
  sspr user export --company contoso.com > users.csv

Fields that a spreadsheet would run as a formula begin with an apostrophe, phone numbers too; `import` takes it away.")]
    Export,
}

/// `user reset-password`.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("how").multiple(false))]
pub struct UserResetPasswordArguments {
    /// User ID, like johnsmith@contoso.com
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub user_id: String,
    /// Send the link to the person's own alternate contact instead of printing it
    #[arg(long, group = "how")]
    pub send: bool,
    /// Make and print a temporary password instead of a link
    #[arg(long, group = "how")]
    pub temporary_password: bool,
    /// Take a temporary password from standard input, one line
    #[arg(long, group = "how")]
    pub password_stdin: bool,
}

/// `user reset-passwords`.
#[derive(Clone, Debug, Args)]
pub struct UserResetPasswordsArguments {
    /// CSV with a column UserId or UserPrincipalName; - is standard input
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
    /// Send nothing; tell for each user what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Write the result of each user into a new CSV, besides printing it
    #[arg(long, value_name = "FILE")]
    pub result_file: Option<PathBuf>,
}

/// `user import`.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("which").multiple(false))]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that stands for itself")]
pub struct UserImportArguments {
    /// CSV with a heading; - is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Change nothing; tell for each row, and for the readiness of all, what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Import nothing unless every row can be imported
    #[arg(long)]
    pub all_or_nothing: bool,
    /// Only make new users; a row of someone who exists is refused
    #[arg(long, group = "which")]
    pub create: bool,
    /// Only change users; a row of someone who does not exist is refused
    #[arg(long, group = "which")]
    pub update: bool,
}

/// A user.
#[derive(Clone, Debug, Args)]
pub struct UserArgument {
    /// User ID, like johnsmith@contoso.com
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub user_id: String,
}

/// `user delete`.
#[derive(Clone, Debug, Args)]
pub struct UserDeleteArguments {
    /// User ID, like johnsmith@contoso.com
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub user_id: String,
    /// Also the last global administrator who can sign in
    #[arg(long)]
    pub last_global_administrator: bool,
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
    /// Take a temporary password from standard input, one line, instead of printing a link: it signs in for 24 hours and must be
    /// changed then; that of the company's first global administrator stays
    #[arg(long)]
    pub password_stdin: bool,
}

/// `user set`.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true))]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that stands for itself")]
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
    /// Take the role even from the last global administrator who can sign in
    #[arg(long, requires = "role")]
    pub last_global_administrator: bool,
    /// Tell what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}
