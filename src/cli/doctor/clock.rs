//! This machine's clock against those of others. Deadlines are judged by the database's; a provider that is signed in to with a time
//! (GOV.UK Notify, AWS) refuses one that is half a minute wrong.

use time::Duration;

use super::check::Finding;

const NAME: &str = "clock";
/// More than this is worth a look.
const WARNING: Duration = Duration::seconds(5);
/// More than this, and GOV.UK Notify refuses the sign-in ("within 30 seconds").
const BROKEN: Duration = Duration::seconds(30);

/// Judges all that were seen: whose, and how far ahead of ours.
pub fn judge(clocks: &[(String, Duration)]) -> Finding {
    let worst = clocks.iter().max_by_key(|(_, ahead)| ahead.abs());
    let Some((whose, ahead)) = worst else {
        return Finding::skipped(NAME, "nobody told the time: no database and no address answered");
    };
    let seconds = ahead.abs().whole_seconds();
    if ahead.abs() <= WARNING {
        let found = format!("no more than {seconds} s from {} other clock(s)", clocks.len());
        return Finding::ok(NAME, found);
    }
    let way = if ahead.is_positive() { "behind" } else { "ahead of" };
    let found = format!("this machine's clock is {seconds} s {way} that of {whose}");
    let todo = "let both keep time by NTP (chrony, systemd-timesyncd)";
    if ahead.abs() > BROKEN {
        Finding::broken(NAME, found, todo)
    } else {
        Finding::warning(NAME, found, todo)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::check::State, *};

    fn state(seconds: &[i64]) -> State {
        let clocks: Vec<_> =
            seconds.iter().map(|s| ("the database".to_owned(), Duration::seconds(*s))).collect();
        judge(&clocks).state
    }

    #[test]
    fn the_worst_clock_decides_in_either_direction() {
        assert_eq!(state(&[]), State::Skipped);
        assert_eq!(state(&[0, 5, -5]), State::Ok);
        assert_eq!(state(&[0, 6]), State::Warning);
        assert_eq!(state(&[-30, 2]), State::Warning);
        assert_eq!(state(&[31]), State::Broken);
        assert_eq!(state(&[1, -31]), State::Broken);
        let found = judge(&[("the database".to_owned(), Duration::seconds(-40))]).found;
        assert_eq!(found, "this machine's clock is 40 s ahead of that of the database");
    }
}
