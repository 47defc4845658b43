//! How pages say whether someone could reset today: one word, and the reasons with the place where each is mended.

use uuid::Uuid;

use crate::{
    domain::{
        readiness::{Readiness, Reason, Verdict},
        user::Role,
    },
    web::{
        markup::Markup,
        page::{Moment, Page},
    },
};

/// Whether someone could reset today, for a page.
pub struct CouldReset {
    /// Self-service is not for this role: nothing to mend.
    pub not_asked: bool,
    /// In one word.
    pub verdict: Verdict,
    /// Why not, then the doubts.
    pub reasons: Vec<Why>,
}

/// One reason or doubt.
pub struct Why {
    /// Which.
    pub reason: Reason,
    /// The finished sentence.
    pub sentence: Markup,
    /// Where it can be mended, if the one who reads may mend it.
    pub mend: Option<String>,
}

impl CouldReset {
    /// What a look at a user found. `mends`: the reader may change the company and its users.
    pub fn new(page: &Page, user: Uuid, role: Role, readiness: &Readiness, mends: bool) -> Self {
        let until = readiness.limited_until.map(Moment::with_day);
        let why = |reason: Reason| Why {
            reason,
            sentence: sentence(page, reason, until.as_ref()),
            mend: mends.then(|| mend(reason, user)).flatten(),
        };
        Self {
            not_asked: !role.is_administrator(),
            verdict: readiness.verdict(),
            reasons: readiness.all().map(why).collect(),
        }
    }

    /// The class of its badge.
    pub const fn class(&self) -> &'static str {
        match self.verdict {
            _ if self.not_asked => "off",
            Verdict::Yes => "yes",
            Verdict::Doubtful => "doubt",
            Verdict::No => "no",
        }
    }

    /// The key of its word.
    pub const fn word(&self) -> &'static str {
        match self.verdict {
            _ if self.not_asked => "could-not-asked",
            Verdict::Yes => "could-yes",
            Verdict::Doubtful => "could-doubtful",
            Verdict::No => "could-no",
        }
    }
}

/// The sentence of a reason.
pub fn sentence(page: &Page, reason: Reason, until: Option<&Moment>) -> Markup {
    match (reason, until) {
        (Reason::AtLimit, Some(until)) => page.m("reason-at_limit-until").time("time", until).s(),
        _ => Markup::text(&page.t(&format!("reason-{}", reason.as_str()))),
    }
}

/// The page, and the place on it, where a reason goes away.
fn mend(reason: Reason, user: Uuid) -> Option<String> {
    match reason {
        Reason::NoAlternateEmail | Reason::EmailIsUserId | Reason::EmailInOwnDomain | Reason::EmailShared => {
            Some(format!("/portal/users/{user}#alternate_email_address"))
        }
        Reason::NoMobilePhone | Reason::RefusedCountry | Reason::MobileShared => {
            Some(format!("/portal/users/{user}#mobile_phone"))
        }
        Reason::UnconfirmedEmail | Reason::UnconfirmedMobile | Reason::MailBounced | Reason::SmsFailed => {
            Some(format!("/portal/users/{user}#contacts"))
        }
        Reason::Blocked => Some(format!("/portal/users/{user}/unblock")),
        Reason::SwitchedOff => Some("/portal/company".to_owned()),
        // Time mends the one; the other is a matter of the role.
        Reason::AtLimit | Reason::NotAdministrator => None,
    }
}
