//! Times in words. Mails have no script that could make them local, so each names its zone: UTC.

use time::{OffsetDateTime, UtcOffset};

use crate::language::Language;

/// `14:05`: the sentence around it says UTC.
pub fn clock(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// `14:05:12`, for subjects: two mails never share one, so no mail program files the new one under the old.
pub fn clock_with_seconds(at: OffsetDateTime) -> String {
    format!("{}:{:02}", clock(at), at.second())
}

/// `14:05 UTC`: enough for what ends within minutes.
pub fn time(l: &Language, at: OffsetDateTime) -> String {
    l.a("mail-time").arg("clock", clock(at)).s()
}

/// `4 August 2026, 14:05 UTC`.
pub fn moment(l: &Language, at: OffsetDateTime) -> String {
    on_its_day(l, at, &clock(at))
}

/// `4 August 2026, 14:05:12 UTC`, for subjects of what ends on another day.
pub fn moment_with_seconds(l: &Language, at: OffsetDateTime) -> String {
    on_its_day(l, at, &clock_with_seconds(at))
}

fn on_its_day(l: &Language, at: OffsetDateTime, clock: &str) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    l.a("mail-moment")
        .arg("day", at.day().to_string())
        .arg("month", u32::from(u8::from(at.month())))
        .arg("year", at.year().to_string())
        .arg("clock", clock)
        .s()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Languages;
    use time::macros::datetime;

    #[test]
    fn times_are_said_in_utc_whatever_the_offset() {
        let l = Languages::embedded(false).unwrap().english();
        let late = datetime!(2026-12-31 23:04:09 -2);
        assert_eq!(time(&l, late), "01:04 UTC");
        assert_eq!(moment(&l, late), "1 January 2027, 01:04 UTC");
        assert_eq!(moment_with_seconds(&l, late), "1 January 2027, 01:04:09 UTC");
        assert_eq!(clock_with_seconds(datetime!(2026-08-04 14:05:09 +5:30)), "08:35:09");
    }

    #[test]
    fn every_month_has_its_name() {
        let l = Languages::embedded(false).unwrap().english();
        let months: std::collections::HashSet<String> = (1..=12)
            .map(|m| {
                datetime!(2026-01-04 00:00 UTC).replace_month(time::Month::try_from(m).unwrap()).unwrap()
            })
            .map(|at| moment(&l, at))
            .collect();
        assert_eq!(months.len(), 12);
    }
}
