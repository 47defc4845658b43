//! Whether someone could reset today, and the words for why not. Judged in one place, the database's function `readiness_of`;
//! here stand the names that it gives, so that no page and no shell invents another.

/// One reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Self-service is for administrators.
    NotAdministrator,
    /// The account is blocked.
    Blocked,
    /// The company's switch is off.
    SwitchedOff,
    /// No address for the link.
    NoAlternateEmail,
    /// No phone for the code.
    NoMobilePhone,
    /// The company lets only confirmed addresses serve, or this one still waits.
    UnconfirmedEmail,
    /// The same of the phone.
    UnconfirmedMobile,
    /// No codes are sent to the country of the number.
    RefusedCountry,
    /// Too many starts, codes or messages lately.
    AtLimit,
    /// Doubt: the address is the user ID, and locked out with it.
    EmailIsUserId,
    /// Doubt: the address is in the company's own domain.
    EmailInOwnDomain,
    /// Doubt: another administrator has the address too.
    EmailShared,
    /// Doubt: another administrator has the number too.
    MobileShared,
    /// Doubt: the last mail did not arrive.
    MailBounced,
    /// Doubt: the last text message did not arrive.
    SmsFailed,
}

impl Reason {
    /// Every reason; first those that keep from resetting, then the doubts.
    pub const ALL: [Self; 15] = [
        Self::NotAdministrator,
        Self::Blocked,
        Self::SwitchedOff,
        Self::NoAlternateEmail,
        Self::NoMobilePhone,
        Self::UnconfirmedEmail,
        Self::UnconfirmedMobile,
        Self::RefusedCountry,
        Self::AtLimit,
        Self::EmailIsUserId,
        Self::EmailInOwnDomain,
        Self::EmailShared,
        Self::MobileShared,
        Self::MailBounced,
        Self::SmsFailed,
    ];

    /// The name in the database, in addresses of pages, and in message keys (`reason-…`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAdministrator => "not_administrator",
            Self::Blocked => "blocked",
            Self::SwitchedOff => "switched_off",
            Self::NoAlternateEmail => "no_alternate_email",
            Self::NoMobilePhone => "no_mobile_phone",
            Self::UnconfirmedEmail => "unconfirmed_email",
            Self::UnconfirmedMobile => "unconfirmed_mobile",
            Self::RefusedCountry => "refused_country",
            Self::AtLimit => "at_limit",
            Self::EmailIsUserId => "email_is_user_id",
            Self::EmailInOwnDomain => "email_in_own_domain",
            Self::EmailShared => "email_shared",
            Self::MobileShared => "mobile_shared",
            Self::MailBounced => "mail_bounced",
            Self::SmsFailed => "sms_failed",
        }
    }

    /// The reason of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    /// Keeps from resetting; the others only make it doubtful that a message arrives with the right person.
    pub const fn keeps(self) -> bool {
        !matches!(
            self,
            Self::EmailIsUserId
                | Self::EmailInOwnDomain
                | Self::EmailShared
                | Self::MobileShared
                | Self::MailBounced
                | Self::SmsFailed
        )
    }
}

/// What a look at someone found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readiness {
    /// Why not; none: they could.
    pub reasons: Vec<Reason>,
    /// What makes it doubtful all the same.
    pub doubts: Vec<Reason>,
    /// Until when a limit holds, with [`Reason::AtLimit`].
    pub limited_until: Option<time::OffsetDateTime>,
}

/// In one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Could reset.
    Yes,
    /// Could, if the messages arrive.
    Doubtful,
    /// Could not.
    No,
}

impl Readiness {
    /// From the names that the database gives. A name that this binary does not know is dropped: a newer node gave it.
    pub fn from_names(
        reasons: &[String],
        doubts: &[String],
        limited_until: Option<time::OffsetDateTime>,
    ) -> Self {
        let known = |names: &[String]| names.iter().filter_map(|name| Reason::named(name)).collect();
        Self { reasons: known(reasons), doubts: known(doubts), limited_until }
    }

    /// In one word.
    pub const fn verdict(&self) -> Verdict {
        match (self.reasons.is_empty(), self.doubts.is_empty()) {
            (false, _) => Verdict::No,
            (true, false) => Verdict::Doubtful,
            (true, true) => Verdict::Yes,
        }
    }

    /// Reasons and doubts, in this order.
    pub fn all(&self) -> impl Iterator<Item = Reason> {
        self.reasons.iter().chain(&self.doubts).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_one_reason_and_back() {
        for reason in Reason::ALL {
            assert_eq!(Reason::named(reason.as_str()), Some(reason));
        }
        assert_eq!(Reason::named("bad hair"), None);
    }

    #[test]
    fn a_doubt_alone_keeps_nobody_from_resetting() {
        let look = |reasons: &[&str], doubts: &[&str]| {
            let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            Readiness::from_names(&owned(reasons), &owned(doubts), None).verdict()
        };
        assert_eq!(look(&[], &[]), Verdict::Yes);
        assert_eq!(look(&[], &["mail_bounced"]), Verdict::Doubtful);
        assert_eq!(look(&["blocked"], &["mail_bounced"]), Verdict::No);
    }
}
