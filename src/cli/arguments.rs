//! What can be typed after `sspr`: names and shapes only, nothing is looked up here.
//!
//! To add a verb: a variant with its arguments here (those of `audit`, `company` and `user` have files of their own), an arm in
//! [`super::run`]. Names are a promise to scripts and
//! runbooks: add freely, rename never.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help text, where backticks would only disturb"
)]

mod audit;
mod bounce;
mod change;
mod company;
mod doctor;
mod incident;
mod limit;
mod outbox;
mod request;
#[cfg(test)]
mod tests;
mod user;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{Args, Parser, Subcommand, ValueEnum, builder::NonEmptyStringValueParser};

use super::cmdlets;
pub use audit::{AuditListArguments, AuditVerb, AuditVerifyArguments};
pub use bounce::BounceArguments;
pub use change::{ChangeArgument, ChangeVerb};
pub(super) use company::truth;
pub use company::{CompanyCreateArguments, CompanySetArguments, CompanyVerb, Days};
pub use doctor::{DoctorArguments, SendTestArguments, SendTestVerb};
pub use incident::{IncidentArgument, IncidentCloseArguments, IncidentListArguments, IncidentVerb};
pub use limit::{LimitLiftArguments, LimitListArguments, LimitVerb};
pub use outbox::{MessageArgument, MessageArguments, OutboxListArguments, OutboxRetryArguments, OutboxVerb};
pub use request::{RequestArgument, RequestListArguments, RequestVerb};
pub use user::{
    UserArgument, UserCreateArguments, UserDeleteArguments, UserImportArguments, UserResetPasswordArguments,
    UserResetPasswordsArguments, UserSetArguments, UserVerb,
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
  export SSPR_CONFIG=/etc/sspr/sspr.toml; sspr migrate && sspr serve
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
#[command(after_help = format!("{EXAMPLES}{}\n{EXIT_CODES}", cmdlets::help()))]
pub struct Arguments {
    /// Configuration file (TOML) [env: SSPR_CONFIG]
    #[arg(long, global = true, help_heading = "Options of every command", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Data of a demo: made by `demo`, found by the other verbs when no database is configured
    /// [env: SSPR_DATA_DIR] [default: .data]
    #[arg(long, global = true, help_heading = "Options of every command", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The company meant: nothing of another is seen or changed [env: SSPR_COMPANY]
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
    /// What happened, and whether the record of it is whole
    #[command(subcommand)]
    Audit(AuditVerb),
    /// What people asked with "Contact your administrator"
    #[command(subcommand)]
    Request(RequestVerb),
    /// What people reported with "This was not me"
    #[command(subcommand)]
    Incident(IncidentVerb),
    /// Changes of global administrators that wait for their time or for an approval
    #[command(subcommand)]
    Change(ChangeVerb),
    /// E-mails and text messages: what became of each; send again, or stop
    #[command(subcommand)]
    Outbox(OutboxVerb),
    /// Limits at which people and networks stand: who, until when; lift them
    #[command(subcommand)]
    Limit(LimitVerb),
    /// Tell who of the administrators could reset today, and why the others could not
    #[command(after_help = "\
Examples:
  sspr readiness --output table
  sspr readiness --fail-under 2
      for a scheduled job: exit code 1 when fewer than two administrators could reset
  sspr readiness --fail-under 90%
      the same for a share of all administrators

Counts go to standard error, with a warning when fewer than two global administrators could reset: if one of them
is locked out, nobody can help. Whoever could reset but has a doubt (the last message did not arrive, …) counts as could.")]
    Readiness(ReadinessArguments),
    /// Take in a report of a mail system about a mail that it could not deliver, from standard input
    #[command(after_help = "\
A mail system runs this for whatever comes to mail.bounce_address, with and without a +extension.

Postfix, in main.cf and master.cf (one message at a time, as a user who may read the configuration):
  recipient_delimiter = +
  transport_maps = inline:{ {bounces@contoso.com = sspr-bounce:} }
  sspr-bounce_destination_recipient_limit = 1

  sspr-bounce unix - n n - 4 pipe user=sspr argv=/usr/local/bin/sspr
    --config /etc/sspr/sspr.toml bounce --recipient ${original_recipient}

Exim, a router and its transport:
  sspr_bounce:
    driver = accept
    domains = contoso.com
    local_parts = bounces
    local_part_suffix = +*
    local_part_suffix_optional
    transport = sspr_bounce

  sspr_bounce:
    driver = pipe
    command = /usr/local/bin/sspr --config /etc/sspr/sspr.toml bounce \\
              --recipient ${local_part}${local_part_suffix}@${domain}
    user = sspr
    temp_errors = 75 : 78
    log_output

An alias or a program such as fetchmail's mda works too: without --recipient the headers Delivered-To,
X-Original-To, Envelope-To and To are looked at.

A report is believed when it came to the address that one mail left under, which is signed; without
mail.bounce_address, when it returns a Message-ID of ours. A mail that failed shows in `sspr readiness`
(mail_bounced) and in the audit log.

Exit codes:
  0   done, or nothing to do with us: the mail system must not return it
  75  the database is away: try later
  78  configuration")]
    Bounce(BounceArguments),
    /// Look whether everything that serving needs works, and say what to do; changes and sends nothing
    #[command(after_help = "\
Examples:
  sspr doctor
  sspr doctor -o json
      free of secrets, addresses and numbers: safe to paste into a ticket
  sspr doctor --received test.eml
      checks that a relay signed a mail (DKIM), as it arrived and was saved from a mailbox

Exit code 0 when all is well or there are only warnings, 1 when something is broken, 78 for the configuration.")]
    Doctor(DoctorArguments),
    /// Send a test message by the configured relays or providers, and show what each of them answers
    #[command(subcommand)]
    SendTest(SendTestVerb),
    /// Print a script with which a shell completes names and options
    #[command(after_help = "\
Examples:
  sspr completions bash > /usr/share/bash-completion/completions/sspr
  sspr completions zsh > /usr/share/zsh/site-functions/_sspr
  sspr completions fish > /usr/share/fish/vendor_completions.d/sspr.fish")]
    Completions {
        /// For which shell
        shell: Shell,
    },
    /// Write the manual's pages into a folder, one a command; without a folder print the first one
    #[command(after_help = "\
Examples:
  sspr man /usr/local/share/man/man1
  sspr man | man -l -")]
    Man {
        /// The folder; made if it is missing
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// An old spelling.
    #[command(skip)]
    Cmdlet(Box<cmdlets::Line>),
}

/// `readiness`.
#[derive(Clone, Copy, Debug, Args)]
pub struct ReadinessArguments {
    /// Exit with 1 when fewer administrators than this, or than this share of them, could reset
    #[arg(long, value_name = "N|N%", value_parser = threshold)]
    pub fail_under: Option<Threshold>,
}

/// How many are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// So many.
    People(usize),
    /// So many of a hundred.
    Percent(usize),
}

fn threshold(text: &str) -> Result<Threshold, String> {
    let why = || "write a number of administrators such as 2, or a share such as 90%".to_owned();
    match text.strip_suffix('%') {
        None => text.parse().map(Threshold::People).map_err(|_| why()),
        Some(percent) => {
            percent.parse().ok().filter(|percent| *percent <= 100).map(Threshold::Percent).ok_or_else(why)
        }
    }
}

/// The shells that complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU Bash
    Bash,
    /// The Z shell
    Zsh,
    /// The friendly interactive shell
    Fish,
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

impl Arguments {
    /// The demo's data folder.
    pub fn data_dir(&self) -> &Path {
        self.data_dir.as_deref().unwrap_or(Path::new(DEFAULT_DATA_DIR))
    }
}

/// A text that was asked for, printed as clap prints help.
fn asked_for(text: String) -> clap::Error {
    let helper = clap::Command::new("sspr").override_help(text.clone());
    match helper.try_get_matches_from(["sspr", "--help"]) {
        Err(help) => help,
        Ok(_) => clap::Error::raw(clap::error::ErrorKind::DisplayHelp, text),
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
    let words: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let text: Vec<String> = words.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let mut arguments = match cmdlets::understand(&text) {
        None => Arguments::try_parse_from(words)?,
        Some(Ok(line)) => Arguments {
            config: line.config.clone(),
            data_dir: line.data_dir.clone(),
            company: line.company.clone(),
            output: line.output,
            verb: Verb::Cmdlet(Box::new(line)),
        },
        Some(Err(cmdlets::NotUnderstood::Usage(why))) => {
            return Err(clap::Error::raw(clap::error::ErrorKind::InvalidValue, why));
        }
        Some(Err(cmdlets::NotUnderstood::Help(text))) => {
            return Err(asked_for(text));
        }
    };
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
