//! When a password has to be changed at sign-in: it is older than the company allows, or an administrator made it.
//!
//! Never by default: NIST SP 800-63B-4 3.1.1.2 forbids expiry without cause. A company that must may ask for 14 to 730 days.

use time::{Duration, OffsetDateTime};

/// What a company says about the age of passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// Days; none: never.
    pub after_days: Option<i32>,
    /// How many days before that the person is told.
    pub warning_days: i32,
}

/// How someone's password stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing to do.
    Good,
    /// The person is told.
    ExpiresSoon {
        /// When.
        at: OffsetDateTime,
        /// Whole days until then, rounded up.
        days: i64,
    },
    /// Has to be changed before anything else.
    Expired,
    /// An administrator made it: the same.
    Temporary,
}

impl Standing {
    /// Nothing else may be done before the password is changed.
    pub const fn must_change(self) -> bool {
        matches!(self, Self::Expired | Self::Temporary)
    }
}

impl Expiry {
    /// How a password stands that was set at `set_at`; `must_change`: by an administrator.
    pub fn standing(
        self,
        set_at: Option<OffsetDateTime>,
        must_change: bool,
        now: OffsetDateTime,
    ) -> Standing {
        if must_change {
            return Standing::Temporary;
        }
        let (Some(days), Some(set_at)) = (self.after_days, set_at) else { return Standing::Good };
        let at = set_at.saturating_add(Duration::days(i64::from(days)));
        if at <= now {
            Standing::Expired
        } else if at - now <= Duration::days(i64::from(self.warning_days)) {
            let left = (at - now).whole_seconds();
            Standing::ExpiresSoon { at, days: (left + 86_399) / 86_400 }
        } else {
            Standing::Good
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_password_is_good_then_warned_of_then_over() {
        let expiry = Expiry { after_days: Some(60), warning_days: 14 };
        let set = Some(datetime!(2026-01-01 12:00 UTC));
        let at = datetime!(2026-03-02 12:00 UTC);
        let standing = |now| expiry.standing(set, false, now);
        assert_eq!(standing(at - Duration::days(14) - Duration::SECOND), Standing::Good);
        assert_eq!(standing(at - Duration::days(14)), Standing::ExpiresSoon { at, days: 14 });
        assert_eq!(standing(at - Duration::SECOND), Standing::ExpiresSoon { at, days: 1 });
        assert_eq!(standing(at), Standing::Expired);
    }

    #[test]
    fn without_a_rule_nothing_expires_and_a_temporary_one_must_always_be_changed() {
        let never = Expiry { after_days: None, warning_days: 14 };
        let (set, now) = (Some(datetime!(2000-01-01 0:00 UTC)), datetime!(2026-01-01 0:00 UTC));
        assert_eq!(never.standing(set, false, now), Standing::Good);
        assert_eq!(never.standing(set, true, now), Standing::Temporary);
        assert!(never.standing(set, true, now).must_change());
    }
}
