//! What can be typed after `sspr`: names and shapes only, nothing is looked up here.
//!
//! To add a verb: a variant with its arguments here, an arm in [`super::run`]. Names are a promise to scripts and
//! runbooks (design: interfaces.md): add freely, rename never.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help text, where backticks would only disturb"
)]

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{
    ArgGroup, Args, Parser, Subcommand, ValueEnum,
    builder::{NonEmptyStringValueParser, PossibleValuesParser},
};

/// The roles by their names in the shell; `domain` knows what they may.
pub const ROLES: &[&str] = &[
    "global_administrator",
    "user_management_administrator",
    "password_administrator",
    "billing_administrator",
    "service_administrator",
    "user",
];

/// Where a demo keeps its data unless told otherwise, from the working directory.
pub const DEFAULT_DATA_DIR: &str = ".data";

const EXIT_CODES: &str = "\
Exit codes:
  0   done
  1   refused or not found; standard error says why
  2   usage
  78  configuration; standard error names file, line and key";

const EXAMPLES: &str = "\
Examples:
  sspr demo --install
      everything embedded, with people to try it on; nothing to configure
  sspr migrate && sspr serve --config /etc/sspr/sspr.toml
  sspr company create --name Contoso --domain contoso.com
  sspr user create ann@contoso.com --display-name Ann --role global_administrator
      prints a link, good for 24 hours, with which Ann sets her password
  sspr user set johnsmith@contoso.com --mobile-phone 425-555-0100
  sspr company set --self-serve-password-reset-enabled false
  sspr user list --output csv

Settings come from a file (--config), then from SSPR_SECTION__KEY, then from flags;
`sspr config show` prints all of them with their origin.

";

/// Administrators who forgot their password reset it themselves.
#[derive(Clone, Debug, Parser)]
#[command(name = "sspr", version, disable_help_subcommand = true, propagate_version = true)]
#[command(after_help = format!("{EXAMPLES}{EXIT_CODES}"))]
pub struct Arguments {
    /// Configuration file (TOML) [env: SSPR_CONFIG]
    #[arg(long, global = true, help_heading = "Options of every command", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Data of a demo: made by `demo`, found by the other verbs when no database is configured
    /// [env: SSPR_DATA_DIR] [default: .data]
    #[arg(long, global = true, help_heading = "Options of every command", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The company meant, where a verb does not name a user [env: SSPR_COMPANY]
    #[arg(long, global = true, help_heading = "Options of every command", value_name = "DOMAIN", value_parser = NonEmptyStringValueParser::new())]
    pub company: Option<String>,
    /// How results are printed
    #[arg(short, long, global = true, help_heading = "Options of every command", value_enum, value_name = "FORM", default_value_t = OutputFormat::List)]
    pub output: OutputFormat,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Forms of output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// `Name : Value`, one line each
    #[default]
    List,
    /// Columns with a heading
    Table,
    /// An object, or an array of objects
    Json,
    /// With a heading; safe to open in a spreadsheet
    Csv,
}

/// The verbs.
#[derive(Clone, Debug, Subcommand)]
pub enum Verb {
    /// Try it: own database, made-up people, captured e-mail and SMS; on this machine only
    #[command(after_help = "\
Examples:
  sspr demo --install
  SSPR_CAPTCHA__KIND=none sspr demo --listen 127.0.0.1:0

Prints who can sign in, one `person USER_ID PASSWORD ROLE` a line, and as its last line `ready URL`.
While it runs, verbs typed in a second terminal reach its database.")]
    Demo(DemoArguments),
    /// Run the service
    #[command(after_help = "\
Example:
  sspr serve --config /etc/sspr/sspr.toml

Ends with 78 when something is missing or wrong in the configuration: `sspr config check` tells the same.")]
    Serve,
    /// Bring the database's schema up to date, as its owner (database.owner_url)
    Migrate,
    /// Check or show the configuration
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Companies and their settings
    #[command(subcommand)]
    Company(CompanyVerb),
    /// Users, their roles and how they are reached
    #[command(subcommand)]
    User(UserVerb),
}

/// `demo`.
#[derive(Clone, Debug, Args)]
pub struct DemoArguments {
    /// Address and port, loopback only; port 0 takes a free one [default: server.listen, 127.0.0.1:8080]
    #[arg(long, value_name = "IP:PORT")]
    pub listen: Option<String>,
    /// Get a missing Postgres from the system's package manager
    #[arg(long)]
    pub install: bool,
}

/// `config …`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigVerb {
    /// Tell everything that is wrong for serving, and what is unwise
    #[command(after_help = format!("Exit code 0 when `serve` would accept it, else 78.\n\n{EXIT_CODES}"))]
    Check,
    /// Print what holds and where each value comes from; secrets are redacted
    Show,
}

/// `company …`.
#[derive(Clone, Debug, Subcommand)]
pub enum CompanyVerb {
    /// Make a company
    #[command(after_help = "\
Example:
  sspr company create --name Contoso --domain contoso.com --domain contoso.example --default-region US")]
    Create(CompanyCreateArguments),
    /// Show a company and its settings
    Show,
    /// Change a company's settings
    #[command(after_help = "\
Example:
  sspr company set --company contoso.com --self-serve-password-reset-enabled false")]
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
    /// Whether the company's administrators can reset their own passwords; acts on every node within 2 seconds
    #[arg(long, group = "change", value_name = "true|false", action = clap::ArgAction::Set)]
    pub self_serve_password_reset_enabled: Option<bool>,
}

/// `user …`.
#[derive(Clone, Debug, Subcommand)]
pub enum UserVerb {
    /// Make a user; without --password-stdin prints a one-time link, good for 24 hours, to set the password
    #[command(after_help = "\
Example:
  sspr user create johnsmith@contoso.com --display-name 'John Smith' --role user_management_administrator \\
      --alternate-email-address johnsmith@fabrikam.com --mobile-phone 425-555-0100")]
    Create(UserCreateArguments),
    /// Show a user, and whether the user could reset today
    Show(UserArgument),
    /// List the users of a company
    List,
    /// Change a user
    #[command(after_help = "\
Example:
  sspr user set johnsmith@contoso.com --alternate-email-address johnsmith@fabrikam.com")]
    Set(UserSetArguments),
    /// Lift a block, also one that \"This was not me\" brought
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
    /// Where the link of a reset is sent; not the user ID itself
    #[arg(long, value_name = "ADDRESS", value_parser = NonEmptyStringValueParser::new())]
    pub alternate_email_address: Option<String>,
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
    /// Where the link of a reset is sent; not the user ID itself
    #[arg(long, group = "change", value_name = "ADDRESS", value_parser = NonEmptyStringValueParser::new())]
    pub alternate_email_address: Option<String>,
    /// Where the security code of a reset is sent
    #[arg(long, group = "change", value_name = "NUMBER", value_parser = NonEmptyStringValueParser::new())]
    pub mobile_phone: Option<String>,
}

impl Arguments {
    /// The demo's data folder.
    pub fn data_dir(&self) -> &Path {
        self.data_dir.as_deref().unwrap_or(Path::new(DEFAULT_DATA_DIR))
    }
}

/// Understands a command line, the program's name first. Flags win over the variables `SSPR_CONFIG`, `SSPR_DATA_DIR`
/// and `SSPR_COMPANY` of this environment; an empty variable is not set.
///
/// # Errors
/// A usage error, or the text that `--help` or `--version` asked for: `error.print()`, then exit `error.exit_code()`
/// (2 or 0).
pub fn parse<A: Into<OsString> + Clone>(
    arguments: impl IntoIterator<Item = A>,
    environment: &[(String, String)],
) -> Result<Arguments, clap::Error> {
    let mut arguments = Arguments::try_parse_from(arguments)?;
    for (name, value) in environment.iter().filter(|(_, value)| !value.is_empty()) {
        match name.as_str() {
            "SSPR_CONFIG" if arguments.config.is_none() => arguments.config = Some(value.into()),
            "SSPR_DATA_DIR" if arguments.data_dir.is_none() => arguments.data_dir = Some(value.into()),
            "SSPR_COMPANY" if arguments.company.is_none() => arguments.company = Some(value.clone()),
            _ => {}
        }
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, error::ErrorKind};

    use super::*;

    fn typed(line: &str) -> Result<Arguments, clap::Error> {
        parse(["sspr"].into_iter().chain(line.split_whitespace()), &[])
    }

    #[test]
    fn the_frame_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_the_design_names_is_understood() {
        for line in [
            "demo",
            "demo --listen 127.0.0.1:8080 --data-dir .data --install",
            "serve",
            "serve --config /etc/sspr.toml",
            "--config /etc/sspr.toml serve",
            "migrate",
            "config check",
            "config show -o json",
            "company create --name Contoso --domain contoso.com --default-region US",
            "company show --company contoso.com",
            "company set --self-serve-password-reset-enabled true",
            "user create a@contoso.com --display-name A --role global_administrator --password-stdin",
            "user create a@contoso.com --display-name A --role user --alternate-email-address a@fabrikam.com --mobile-phone 425-555-0100",
            "user show a@contoso.com",
            "user list --output csv",
            "user set a@contoso.com --alternate-email-address a@fabrikam.com",
            "user set a@contoso.com --mobile-phone 425-555-0100 --role billing_administrator",
            "user unblock a@contoso.com",
        ] {
            assert!(typed(line).is_ok(), "{line}: {}", typed(line).unwrap_err());
        }
    }

    #[test]
    fn a_usage_error_exits_2() {
        for line in [
            "",
            "sevre",
            "serve --liste 1",
            "user set a@contoso.com",
            "company set",
            "company set --self-serve-password-reset-enabled",
            "company set --self-serve-password-reset-enabled perhaps",
            "company create --name Contoso",
            "user create a@contoso.com --display-name A --role root",
            "user list --output xml",
        ] {
            assert_eq!(typed(line).unwrap_err().exit_code(), 2, "{line}");
        }
        let empty = ["sspr", "user", "set", "a@contoso.com", "--mobile-phone", ""];
        assert_eq!(parse(empty, &[]).unwrap_err().exit_code(), 2);
    }

    #[test]
    fn a_negative_or_odd_value_does_not_become_another_switch_position() {
        let on = typed("company set --self-serve-password-reset-enabled false").unwrap();
        let Verb::Company(CompanyVerb::Set(set)) = on.verb else { panic!() };
        assert_eq!(set.self_serve_password_reset_enabled, Some(false));
    }

    #[test]
    fn flags_win_over_variables_and_an_empty_variable_is_none() {
        let environment = [("SSPR_COMPANY", "contoso.com"), ("SSPR_DATA_DIR", ""), ("SSPR_CONFIG", "c.toml")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let from_variables = parse(["sspr", "user", "list"], &environment).unwrap();
        assert_eq!(from_variables.company.as_deref(), Some("contoso.com"));
        assert_eq!(from_variables.config.as_deref(), Some(Path::new("c.toml")));
        assert_eq!(from_variables.data_dir(), Path::new(".data"));
        let flag = parse(["sspr", "user", "list", "--company", "fabrikam.com"], &environment).unwrap();
        assert_eq!(flag.company.as_deref(), Some("fabrikam.com"));
    }

    #[test]
    fn every_verb_has_help_and_the_first_page_has_examples_and_exit_codes() {
        fn walk(command: &mut clap::Command, path: &str) {
            assert!(command.get_about().is_some(), "{path}: no help");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{path} {}: no help", argument.get_id());
            }
            for sub in command.get_subcommands_mut() {
                let name = format!("{path} {}", sub.get_name());
                walk(sub, &name);
            }
        }
        let mut command = Arguments::command();
        walk(&mut command, "sspr");
        let help = command.render_help().to_string();
        assert!(help.contains("Examples:") && help.contains("78  configuration"));
        assert_eq!(typed("user set --help").unwrap_err().kind(), ErrorKind::DisplayHelp);
        assert_eq!(typed("--version").unwrap_err().exit_code(), 0);
    }
}
