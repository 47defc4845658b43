//! The state machine of a reset attempt.
//!
//! ```text
//!  start ─→ CheckEmail ─EmailProven→ SecurityCode ─CodeProven→ NewPassword ─PasswordSet→ Done
//!                 └────── time over, replaced, too many tries, switched off, not me ──────→ Ended
//! ```
//!
//! An [`Attempt`] stores *facts*: what was proven and when. [`Attempt::step`] computes the page that it stands on, so
//! that no "current step" can be set past a proof (V-01). [`Attempt::apply`] is the only way to change it, and the SQL in
//! `store::attempts` writes the same facts under the same conditions. A decoy (whoever can't reset) is an attempt whose
//! subject is nobody: no event leads on from its first page.
//!
//! Time is the database's: every function takes `now` from the row it was read with.
//!
//! A further verification method is a variant of [`Step`] and of [`Event`], and a file in `src/wizard/`.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long e-mail link, security code and new password are each good for (product.md, Time; NIST SP 800-63B-4 3.1.3.2).
pub const LIFETIME: Duration = Duration::minutes(10);
/// How long an attempt may take in all, whatever was resent.
pub const WHOLE_ATTEMPT: Duration = Duration::minutes(30);
/// A message that would arrive with less than this left is not sent any more.
pub const TOO_LATE_TO_SEND: Duration = Duration::minutes(2);
/// How long a double-submitted proof still gets the answer of the first.
pub const REPEAT_WINDOW: Duration = Duration::seconds(60);

/// Who the attempt is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Nobody who can reset. The same road, without an end.
    Decoy,
    /// This user could reset when the attempt started; each step judges it again.
    Known(Uuid),
}

/// Why an attempt is over without a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its time ran out.
    Expired,
    /// A newer start in the same browser took its place.
    Replaced,
    /// The password was reset by another attempt.
    Used,
    /// Too many wrong codes.
    TooManyTries,
    /// The company switched self-service reset off, or the person can't reset any more.
    SwitchedOff,
    /// Someone who holds the link said "This was not me".
    NotMe,
}

impl End {
    /// All reasons.
    pub const ALL: [Self; 6] =
        [Self::Expired, Self::Replaced, Self::Used, Self::TooManyTries, Self::SwitchedOff, Self::NotMe];

    /// The name in the database and in audit events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Replaced => "replaced",
            Self::Used => "used",
            Self::TooManyTries => "too_many_tries",
            Self::SwitchedOff => "switched_off",
            Self::NotMe => "not_me",
        }
    }

    /// Only happens to someone real: a decoy is never used up, and nobody holds its link to say "This was not me".
    pub const fn tells_of_someone(self) -> bool {
        matches!(self, Self::Used | Self::NotMe)
    }

    /// Reads the name in the database.
    pub fn from_str(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.as_str() == name)
    }
}

/// The page that an attempt stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The e-mail with the link is on its way.
    CheckEmail,
    /// The link was opened; a code is on its way to the phone.
    SecurityCode,
    /// Both proofs are there.
    NewPassword,
    /// The password was reset.
    Done,
    /// It is over.
    Ended(End),
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The right link was opened in the right browser.
    EmailProven,
    /// The right code was typed.
    CodeProven,
    /// The new password was accepted.
    PasswordSet,
    /// Something ended it.
    Ended(End),
}

/// Why an event has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The attempt stands elsewhere.
    WrongStep {
        /// Where it stands.
        at: Step,
    },
    /// A decoy proves nothing.
    Decoy,
}

/// One walk through the wizard: facts only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its row.
    pub id: Uuid,
    /// Who it is about.
    pub subject: Subject,
    /// Whether that user could still reset, were the attempt to start now: company switched on, not blocked, an administrator.
    pub able: bool,
    /// When it began.
    pub started_at: OffsetDateTime,
    /// Until when the newest e-mail link is good.
    pub email_expires_at: OffsetDateTime,
    /// When the link was opened in the right browser.
    pub email_proven_at: Option<OffsetDateTime>,
    /// Until when the newest code is good.
    pub code_expires_at: Option<OffsetDateTime>,
    /// When the right code was typed.
    pub code_proven_at: Option<OffsetDateTime>,
    /// Until when a new password is taken.
    pub password_expires_at: Option<OffsetDateTime>,
    /// When the new password was set.
    pub finished_at: Option<OffsetDateTime>,
    /// What ended it, if something did.
    pub ended: Option<End>,
}

impl Attempt {
    /// The page it stands on: the first thing that is not proven yet.
    pub fn step(&self, now: OffsetDateTime) -> Step {
        if self.finished_at.is_some() {
            return Step::Done;
        }
        if let Some(end) = self.ended {
            return Step::Ended(end);
        }
        // Before the first proof this stays silent, like everyone who can't reset (V-16, V-44).
        if self.email_proven_at.is_some() && !self.able {
            return Step::Ended(End::SwitchedOff);
        }
        let (step, until) = match (self.email_proven_at, self.code_proven_at) {
            (None, _) => (Step::CheckEmail, Some(self.email_expires_at)),
            (Some(_), None) => (Step::SecurityCode, self.code_expires_at),
            (Some(_), Some(_)) => (Step::NewPassword, self.password_expires_at),
        };
        // A proof without a deadline is a broken row: over, not open for ever.
        match until {
            Some(until) if now < until && now < self.started_at + WHOLE_ATTEMPT => step,
            _ => Step::Ended(End::Expired),
        }
    }

    /// Whether it is over for a reason that its browser must not learn: before the first proof that browser may be anyone's, and
    /// an end that only happens to someone real would tell that there is someone (V-16).
    pub fn ended_unseen(&self) -> bool {
        self.email_proven_at.is_none() && self.ended.is_some_and(End::tells_of_someone)
    }

    /// The attempt as the browser that started it sees it: a decoy where [`Self::ended_unseen`].
    #[must_use]
    pub fn as_its_browser_sees_it(self) -> Self {
        if self.ended_unseen() {
            Self { ended: None, subject: Subject::Decoy, able: false, ..self }
        } else {
            self
        }
    }

    /// Until when the page it stands on is good.
    pub fn good_until(&self) -> Option<OffsetDateTime> {
        match (self.email_proven_at, self.code_proven_at) {
            (None, _) => Some(self.email_expires_at),
            (Some(_), None) => self.code_expires_at,
            (Some(_), Some(_)) => self.password_expires_at,
        }
    }

    /// The attempt after an event, or why the event has no effect. The only way to change an attempt.
    pub fn apply(&self, event: Event, now: OffsetDateTime) -> Result<Self, Refusal> {
        let at = self.step(now);
        let mut next = self.clone();
        match (at, event) {
            (Step::CheckEmail | Step::SecurityCode | Step::NewPassword, Event::Ended(end)) => {
                next.ended = Some(end)
            }
            (Step::CheckEmail, Event::EmailProven) if self.subject == Subject::Decoy => {
                return Err(Refusal::Decoy);
            }
            (Step::CheckEmail, Event::EmailProven) if !self.able => next.ended = Some(End::SwitchedOff),
            (Step::CheckEmail, Event::EmailProven) => {
                next.email_proven_at = Some(now);
                next.code_expires_at = Some(self.deadline(now));
            }
            (Step::SecurityCode, Event::CodeProven) => {
                next.code_proven_at = Some(now);
                next.password_expires_at = Some(self.deadline(now));
            }
            (Step::NewPassword, Event::PasswordSet) => next.finished_at = Some(now),
            (at, _) => return Err(Refusal::WrongStep { at }),
        }
        Ok(next)
    }

    /// The witness that both proofs are there: setting a password takes one, so that skipping a proof does not compile.
    pub fn into_proven(self, now: OffsetDateTime) -> Result<ProvenAttempt, Refusal> {
        match (self.step(now), self.subject) {
            (Step::NewPassword, Subject::Known(user)) => Ok(ProvenAttempt { attempt: self.id, user }),
            (Step::NewPassword, Subject::Decoy) => Err(Refusal::Decoy),
            (at, _) => Err(Refusal::WrongStep { at }),
        }
    }

    fn deadline(&self, now: OffsetDateTime) -> OffsetDateTime {
        (now + LIFETIME).min(self.started_at + WHOLE_ATTEMPT)
    }
}

/// An attempt with both proofs, in time, of a known user. Only [`Attempt::into_proven`] makes one.
#[derive(Debug)]
pub struct ProvenAttempt {
    attempt: Uuid,
    user: Uuid,
}

impl ProvenAttempt {
    /// The attempt's row.
    pub fn attempt(&self) -> Uuid {
        self.attempt
    }

    /// Whose password may be set.
    pub fn user(&self) -> Uuid {
        self.user
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const T0: OffsetDateTime = time::macros::datetime!(2026-11-21 14:00 UTC);

    fn started(subject: Subject) -> Attempt {
        Attempt {
            id: Uuid::nil(),
            able: subject != Subject::Decoy,
            subject,
            started_at: T0,
            email_expires_at: T0 + LIFETIME,
            email_proven_at: None,
            code_expires_at: None,
            code_proven_at: None,
            password_expires_at: None,
            finished_at: None,
            ended: None,
        }
    }

    fn events() -> Vec<Event> {
        [Event::EmailProven, Event::CodeProven, Event::PasswordSet]
            .into_iter()
            .chain(End::ALL.map(Event::Ended))
            .collect()
    }

    /// Every attempt that any sequence of events reaches.
    fn reachable(subject: Subject) -> Vec<Attempt> {
        let mut all = vec![started(subject)];
        let mut next = 0;
        while next < all.len() {
            for event in events() {
                if let Ok(after) = all[next].apply(event, T0 + Duration::seconds(1))
                    && !all.contains(&after)
                {
                    all.push(after);
                }
            }
            next += 1;
        }
        all
    }

    #[test] // V-01
    fn a_new_password_is_never_reached_without_both_proofs() {
        let all = reachable(Subject::Known(Uuid::from_u128(1)));
        // Three open pages, done, and six ends from each open page.
        assert_eq!(all.len(), 3 + 1 + 3 * 6);
        for attempt in all {
            if attempt.finished_at.is_some() || attempt.clone().into_proven(T0).is_ok() {
                assert!(attempt.email_proven_at.is_some() && attempt.code_proven_at.is_some(), "{attempt:?}");
            }
        }
    }

    #[test] // V-01
    fn a_decoy_proves_nothing_and_ends_like_everyone() {
        let all = reachable(Subject::Decoy);
        assert_eq!(all.len(), 1 + 6);
        assert!(all.iter().all(|a| a.email_proven_at.is_none() && a.clone().into_proven(T0).is_err()));
    }

    #[test]
    fn nothing_happens_after_an_end() {
        for end in End::ALL {
            let over = started(Subject::Known(Uuid::nil())).apply(Event::Ended(end), T0).unwrap();
            for event in events() {
                assert_eq!(over.apply(event, T0), Err(Refusal::WrongStep { at: Step::Ended(end) }));
            }
        }
    }

    #[test] // V-44
    fn switching_off_ends_what_is_proven_and_stays_silent_before() {
        let known = started(Subject::Known(Uuid::nil()));
        let mut proven = known.apply(Event::EmailProven, T0).unwrap();
        proven.able = false;
        assert_eq!(proven.step(T0), Step::Ended(End::SwitchedOff));
        let mut waiting = known;
        waiting.able = false;
        assert_eq!(waiting.step(T0), Step::CheckEmail);
        assert_eq!(waiting.apply(Event::EmailProven, T0).unwrap().step(T0), Step::Ended(End::SwitchedOff));
    }

    #[test] // V-16
    fn before_the_first_proof_its_browser_sees_no_end_that_only_someone_real_has() {
        for subject in [Subject::Decoy, Subject::Known(Uuid::nil())] {
            for attempt in reachable(subject) {
                let before = attempt.email_proven_at.is_none();
                let seen = attempt.as_its_browser_sees_it();
                if before && let Some(end) = seen.ended {
                    assert!(matches!(
                        end,
                        End::Expired | End::Replaced | End::SwitchedOff | End::TooManyTries
                    ));
                }
                if before && seen.ended.is_none() {
                    assert_eq!(seen.step(T0 + LIFETIME), Step::Ended(End::Expired));
                }
            }
        }
        let ended = started(Subject::Known(Uuid::nil())).apply(Event::Ended(End::NotMe), T0).unwrap();
        let seen = ended.as_its_browser_sees_it();
        assert_eq!((seen.step(T0), seen.subject), (Step::CheckEmail, Subject::Decoy));
    }

    #[test] // V-40
    fn each_page_is_good_for_599_seconds_and_over_at_600() {
        let now = T0 + Duration::minutes(3);
        let mut attempt = started(Subject::Known(Uuid::nil()));
        assert_eq!(attempt.step(T0 + Duration::seconds(599)), Step::CheckEmail);
        assert_eq!(attempt.step(T0 + Duration::seconds(600)), Step::Ended(End::Expired));
        attempt = attempt.apply(Event::EmailProven, now).unwrap();
        assert_eq!(attempt.step(now + Duration::seconds(599)), Step::SecurityCode);
        assert_eq!(attempt.step(now + Duration::seconds(600)), Step::Ended(End::Expired));
        attempt = attempt.apply(Event::CodeProven, now).unwrap();
        assert_eq!(attempt.step(now + Duration::seconds(599)), Step::NewPassword);
        assert_eq!(attempt.step(now + Duration::seconds(600)), Step::Ended(End::Expired));
    }

    #[test]
    fn thirty_minutes_are_the_most_in_all() {
        let mut attempt = started(Subject::Known(Uuid::nil()));
        attempt.email_expires_at = T0 + Duration::minutes(26);
        let late = T0 + Duration::minutes(25);
        attempt = attempt.apply(Event::EmailProven, late).unwrap();
        assert_eq!(attempt.code_expires_at, Some(T0 + WHOLE_ATTEMPT));
        assert_eq!(attempt.step(T0 + WHOLE_ATTEMPT), Step::Ended(End::Expired));
    }

    #[test]
    fn every_end_has_a_name_of_its_own() {
        let names: HashSet<_> = End::ALL.iter().map(|end| end.as_str()).collect();
        assert_eq!(names.len(), End::ALL.len());
        assert!(End::ALL.iter().all(|end| End::from_str(end.as_str()) == Some(*end)));
    }
}
