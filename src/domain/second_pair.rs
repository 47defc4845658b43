//! The second pair of eyes: when what one global administrator does to another has to wait, and for what.
//!
//! Must stay true: whoever holds one session can't turn the rule off in it first, so a weaker rule waits by the stronger one
//! (ASVS 2.3.5); nobody approves what they asked for or what is done to themselves (ASVS 2.3.5).

use serde::{Deserialize, Serialize};

/// A company's rule for changes of its global administrators (`companies.global_administrator_changes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// They act at once.
    AtOnce,
    /// They wait for a time in which anyone may refuse them.
    AfterHold,
    /// They wait for another global administrator; for a time where there is none.
    Approval,
}

impl Rule {
    /// All of them, the weakest first.
    pub const ALL: [Self; 3] = [Self::AtOnce, Self::AfterHold, Self::Approval];

    /// The name in the database, in forms and in the shell.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtOnce => "at_once",
            Self::AfterHold => "after_hold",
            Self::Approval => "approval",
        }
    }

    /// Reads the name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == name)
    }
}

/// A rule with its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// The rule.
    pub rule: Rule,
    /// The time, in hours.
    pub hours: i32,
}

impl Guard {
    /// Whether it protects less than the other: a weaker rule, or a shorter time. Under a rule that never waits nothing is lost.
    pub fn is_weaker_than(self, other: Self) -> bool {
        other.rule != Rule::AtOnce && (self.rule < other.rule || self.hours < other.hours)
    }

    /// What a change of a global administrator waits for. `another`: somebody who neither asked nor is changed could approve.
    pub const fn terms(self, another: bool) -> Option<Terms> {
        match self.rule {
            Rule::AtOnce => None,
            Rule::Approval if another => Some(Terms::Approval),
            Rule::AfterHold | Rule::Approval => Some(Terms::Hold(self.hours)),
        }
    }
}

/// What a change waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terms {
    /// For so many hours, or for an approval before.
    Hold(i32),
    /// For an approval.
    Approval,
}

/// How a change ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Carried out.
    Done,
    /// Somebody refused it.
    Refused,
    /// Who asked withdrew it.
    Cancelled,
    /// It could not be carried out any more.
    Void,
    /// Nobody approved it in time.
    Expired,
}

impl End {
    /// The name in the database and in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::Void => "void",
            Self::Expired => "expired",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn guard(rule: Rule, hours: i32) -> Guard {
        Guard { rule, hours }
    }

    #[test] // ASVS 2.3.5
    fn a_rule_gets_weaker_by_its_kind_or_by_its_time_and_from_at_once_by_nothing() {
        let (hold, approval) = (guard(Rule::AfterHold, 24), guard(Rule::Approval, 24));
        for weaker in [guard(Rule::AtOnce, 24), guard(Rule::AfterHold, 23), guard(Rule::Approval, 1)] {
            assert!(weaker.is_weaker_than(hold), "{weaker:?}");
        }
        assert!(hold.is_weaker_than(approval) && !approval.is_weaker_than(hold));
        assert!(!hold.is_weaker_than(hold) && !guard(Rule::AfterHold, 25).is_weaker_than(hold));
        assert!(!guard(Rule::AtOnce, 1).is_weaker_than(guard(Rule::AtOnce, 24)));
    }

    #[test] // ASVS 2.3.5
    fn without_anybody_who_could_approve_there_is_a_hold() {
        assert_eq!(guard(Rule::Approval, 8).terms(true), Some(Terms::Approval));
        assert_eq!(guard(Rule::Approval, 8).terms(false), Some(Terms::Hold(8)));
        assert_eq!(guard(Rule::AfterHold, 8).terms(true), Some(Terms::Hold(8)));
        assert_eq!(guard(Rule::AtOnce, 8).terms(true), None);
        assert!(Rule::ALL.iter().all(|rule| Rule::named(rule.as_str()) == Some(*rule)));
    }
}
