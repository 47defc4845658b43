//! `/portal/approvals`, and the page that asks for the password before a small button.

use sspr::{
    domain::message::{ChangeLine, Subject},
    portal::{
        approvals::{ApprovalProblem, ApprovalsPage, DecidedChange, WaitingChange},
        prove_again::{Button, ProveAgainPage},
        your_password::PasswordProblem,
    },
    web::{page::Moment, portal_nav::Section},
};
use time::Duration;
use uuid::Uuid;

use super::{ADDRESS, Gallery, MASKED, NOW, OTHER_ADDRESS};

fn hours(hours: i64) -> Moment {
    Moment::with_day(NOW + Duration::hours(hours))
}

fn line(what: Subject, old: Option<&str>, new: Option<&str>) -> ChangeLine {
    ChangeLine { what, old: old.map(str::to_owned), new: new.map(str::to_owned) }
}

impl Gallery<'_> {
    pub(super) fn portal_approvals(&mut self) {
        let given = self.given;
        let page = |rule: &str, notice: Option<&str>, problem| ApprovalsPage {
            page: self.console(Section::Approvals),
            rule: rule.to_owned(),
            hours: 24,
            notice: notice.map(|state| (state.to_owned(), given.user_id.clone())),
            problem,
            waiting: Vec::new(),
            decided: Vec::new(),
        };
        let waiting = |n: u128, lines: Vec<ChangeLine>, is_own, may_approve| WaitingChange {
            id: Uuid::from_u128(n),
            person: (n != 3).then(|| ((n == 1).then(|| Uuid::from_u128(n)), given.user_id.clone())),
            requester: given.user_id.clone(),
            requested_at: hours(-2),
            needs_approval: n != 1,
            until: hours(22),
            lines,
            is_own,
            may_approve,
        };
        let decided = |state: &str, why: Option<&str>, by: bool| DecidedChange {
            person: by.then(|| given.user_id.clone()),
            lines: vec![line(Subject::AlternateEmail, Some(MASKED), None)],
            state: state.to_owned(),
            why: why.map(str::to_owned),
            by: by.then(|| given.user_id.clone()),
            at: hours(-30),
        };
        let full = ApprovalsPage {
            waiting: vec![
                waiting(
                    1,
                    vec![
                        line(Subject::DisplayName, Some(&given.display_name), Some("Ann")),
                        line(Subject::Role, Some("user"), Some("global_administrator")),
                        line(Subject::AlternateEmail, Some(ADDRESS), Some(OTHER_ADDRESS)),
                        line(Subject::MobilePhone, None, Some(&given.number)),
                    ],
                    false,
                    true,
                ),
                waiting(2, vec![line(Subject::Password, None, Some("link"))], true, false),
                waiting(4, vec![line(Subject::SignIn, Some("blocked"), Some("open"))], false, true),
                waiting(
                    3,
                    vec![
                        line(Subject::Rule, Some("approval"), Some("at_once")),
                        line(Subject::HoldHours, Some("24"), Some("1")),
                    ],
                    false,
                    false,
                ),
            ],
            decided: vec![
                decided("done", None, true),
                decided("refused", None, true),
                decided("cancelled", None, true),
                decided("void", Some("changed"), true),
                decided("expired", None, false),
            ],
            ..page("approval", None, None)
        };
        let reasons = [
            "requester",
            "password",
            "changed",
            "gone",
            "blocked",
            "shut_out",
            "nobody",
            "last",
            "no_contact",
            "other",
        ];
        let void = ApprovalsPage {
            decided: reasons.map(|why| decided("void", Some(why), false)).into(),
            ..page("after_hold", Some("void"), None)
        };
        let mut all = vec![("full", full), ("void", void), ("none", page("at_once", None, None))];
        for state in ["done", "refused", "cancelled"] {
            all.push((state, page("approval", Some(state), None)));
        }
        for (name, problem) in [
            ("already", ApprovalProblem::Already("refused".to_owned())),
            ("over", ApprovalProblem::Already("waiting".to_owned())),
            ("own", ApprovalProblem::Own),
            ("too-often", ApprovalProblem::TooOften(hours(3))),
        ] {
            all.push((name, page("approval", None, Some(problem))));
        }
        for (name, page) in &all {
            self.add(&format!("portal_approvals-{name}"), page);
        }
        self.prove_again();
    }

    fn prove_again(&mut self) {
        let words = [
            "approvals-approve",
            "approvals-refuse",
            "prove-again-end-sessions",
            "prove-again-ask",
            "prove-again-retry",
            "prove-again-cancel",
            "prove-again-trial",
            "prove-again-refuse",
            "prove-again-reopen",
        ];
        let problems = [None, Some(PasswordProblem::Empty), Some(PasswordProblem::Wrong)];
        for (n, word) in words.into_iter().enumerate() {
            let page = ProveAgainPage {
                page: self.console(Section::Messages),
                button: Button {
                    action: "/portal/approvals".to_owned(),
                    fields: vec![("answer", "approve".to_owned())],
                    word,
                    back: "/portal/approvals".to_owned(),
                    section: Section::Messages,
                },
                password: problems[n % 3],
            };
            self.add(&format!("prove_again-{n}"), &page);
        }
    }
}
