//! What can be typed after `sspr audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};
use time::{
    Date, Duration, OffsetDateTime, Time, UtcOffset, format_description::well_known::Rfc3339,
    macros::format_description,
};
use uuid::Uuid;

use crate::{
    clock,
    domain::audit::{AuditEvent, seal::Checkpoint},
};

/// `audit …`.
#[derive(Clone, Debug, Subcommand)]
pub enum AuditVerb {
    /// List what happened, newest first
    #[command(after_help = "\
Examples:
  sspr audit list --output table
  sspr audit list --user johnsmith@contoso.com --since 7d
  sspr audit list --event sign_in_failed --since 2026-11-01 --until 2026-11-30 --limit 10000 --output csv > november.csv
  sspr audit list --attempt 019a9c1e-7a2b-7c3d-8e4f-5a6b7c8d9e0f
  sspr audit list --json-lines --limit 100000 | jq -r .actor | sort | uniq -c")]
    List(AuditListArguments),
    /// Check that no event was changed, removed, reordered or forged since it was sealed
    #[command(after_help = "\
Examples:
  sspr audit verify
  journalctl -u sspr -o cat | sspr audit verify --checkpoints -
  sspr audit verify --checkpoint 1042:5d0c…e1

Exit code 0 when everything holds, 1 when anything does not; standard error names the first of it. Only a checkpoint from
outside the database shows that the newest events were cut off: the service writes one into its log each minute in which
something happened. Seals of earlier keys need those keys: keys.previous_files.")]
    Verify(AuditVerifyArguments),
}

/// `audit list`.
#[derive(Clone, Debug, Args)]
pub struct AuditListArguments {
    /// About or by this user ID; also one that is gone
    #[arg(long, value_name = "USER_ID", value_parser = NonEmptyStringValueParser::new())]
    pub user: Option<String>,
    /// Of this kind, such as password_reset
    #[arg(long, value_name = "NAME", value_parser = event)]
    pub event: Option<AuditEvent>,
    /// With this outcome: done, or a reason such as wrong_password
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub outcome: Option<String>,
    /// The steps of this attempt
    #[arg(long, value_name = "ID")]
    pub attempt: Option<Uuid>,
    /// Not before this: 2026-11-21, 2026-11-21T08:00:00Z, or 90m, 24h, 7d ago
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub since: Option<OffsetDateTime>,
    /// Not after this: the same forms; a day counts whole (UTC)
    #[arg(long, value_name = "TIME", value_parser = until)]
    pub until: Option<OffsetDateTime>,
    /// Events at most
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    /// Those of no company instead: of strangers, and of the service itself
    #[arg(long, conflicts_with = "company")]
    pub of_nobody: bool,
    /// One JSON object a line, in place of --output
    #[arg(long)]
    pub json_lines: bool,
}

/// `audit verify`.
#[derive(Clone, Debug, Args)]
pub struct AuditVerifyArguments {
    /// A checkpoint as the log has it; repeat for more
    #[arg(long = "checkpoint", value_name = "SEQ:MAC", value_parser = checkpoint)]
    pub checkpoints: Vec<Checkpoint>,
    /// The service's log, text or JSON: every checkpoint in it; - is standard input
    #[arg(long = "checkpoints", value_name = "FILE")]
    pub log: Option<PathBuf>,
}

fn checkpoint(text: &str) -> Result<Checkpoint, String> {
    Checkpoint::parse(text).ok_or_else(|| {
        "a checkpoint is a number, a colon and 64 hexadecimal digits, as in the log".to_owned()
    })
}

fn event(text: &str) -> Result<AuditEvent, String> {
    AuditEvent::named(text).ok_or_else(|| {
        let known: Vec<&str> = AuditEvent::ALL.iter().map(|event| event.as_str()).collect();
        format!("there are: {}", known.join(", "))
    })
}

/// A moment, or how long ago.
pub fn since(text: &str) -> Result<OffsetDateTime, String> {
    moment(text, clock::now(), Duration::ZERO)
}

fn until(text: &str) -> Result<OffsetDateTime, String> {
    moment(text, clock::now(), Duration::DAY)
}

/// A moment as people write it; `whole_day` is added to a mere date.
fn moment(text: &str, now: OffsetDateTime, whole_day: Duration) -> Result<OffsetDateTime, String> {
    let wrong = || "write 2026-11-21, 2026-11-21T08:00:00Z, or 90m, 24h, 7d for so long ago".to_owned();
    if let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) {
        // The last hours of the year 9999, said from the west, have no name in UTC, in which they are asked for.
        return at.checked_to_offset(UtcOffset::UTC).ok_or_else(wrong);
    }
    if let Ok(day) = Date::parse(text, format_description!("[year]-[month]-[day]")) {
        return day.with_time(Time::MIDNIGHT).assume_utc().checked_add(whole_day).ok_or_else(wrong);
    }
    let unit = match text.chars().last() {
        Some('m') => Duration::MINUTE,
        Some('h') => Duration::HOUR,
        Some('d') => Duration::DAY,
        _ => return Err(wrong()),
    };
    let number: u16 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    now.checked_sub(unit * number).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_moment_is_read_as_people_write_it() {
        let now = datetime!(2026-11-21 12:00 UTC);
        let read = |text, day| moment(text, now, day);
        assert_eq!(read("2026-11-20", Duration::ZERO), Ok(datetime!(2026-11-20 0:00 UTC)));
        assert_eq!(read("2026-11-20", Duration::DAY), Ok(datetime!(2026-11-21 0:00 UTC)));
        assert_eq!(read("2026-11-20T08:00:00+01:00", Duration::DAY), Ok(datetime!(2026-11-20 7:00 UTC)));
        assert_eq!(read("90m", Duration::DAY), Ok(datetime!(2026-11-21 10:30 UTC)));
        assert_eq!(read("7d", Duration::ZERO), Ok(datetime!(2026-11-14 12:00 UTC)));
        for bad in ["", "m", "7", "-7d", "+7d d", "yesterday", "2026-13-01", "99999d", "7é", "é"] {
            assert!(read(bad, Duration::ZERO).is_err(), "{bad}");
        }
        assert!(read("9999-12-31", Duration::DAY).is_err());
        // Found by fuzzing: what has no name in UTC ended the program where the database was asked.
        assert!(read("9999-12-31T23:59:59-01:00", Duration::ZERO).is_err());
    }
}
