//! `/portal/requests`.

use sspr::{
    portal::requests::{AnsweredRequest, NotSent, OpenRequest, RequestNotice, RequestProblem, RequestsPage},
    web::{page::Moment, portal_nav::Section},
};
use time::Duration;

use super::{Gallery, NOW};

fn day(hours: i64) -> Moment {
    Moment::with_day(NOW + Duration::hours(hours))
}

impl Gallery<'_> {
    pub(super) fn portal_requests(&mut self) {
        let given = self.given;
        let user_path = "/portal/users/01987a5c-0000-7000-8000-000000000001";
        let open = |n: u32, hindrance| OpenRequest {
            id: format!("01987a5c-0000-7000-8000-{n:012}"),
            user_path: user_path.to_owned(),
            user_id: given.user_id.clone(),
            display_name: given.display_name.clone(),
            role_key: "role-user".to_owned(),
            asked_at: day(-2),
            browser: given.browser.clone(),
            hindrance,
        };
        let answered = |is_done, may_reopen| AnsweredRequest {
            id: "01987a5c-0000-7000-8000-000000000009".to_owned(),
            user_path: user_path.to_owned(),
            user_id: given.user_id.clone(),
            display_name: String::new(),
            asked_at: day(-30),
            is_done,
            closed_at: is_done.then(|| day(-29)),
            closed_by: given.user_id.clone(),
            may_reopen,
        };
        let user_id = || given.user_id.clone();
        let refused = |told| RequestNotice::Refused { user_id: user_id(), request: "1".to_owned(), told };
        let notices = [
            None,
            Some(RequestNotice::Reset { user_id: user_id() }),
            Some(refused(true)),
            Some(refused(false)),
            Some(RequestNotice::Reopened { user_id: user_id() }),
            Some(RequestNotice::Waits { user_id: user_id() }),
        ];
        let problems = [
            RequestProblem::Already { by: user_id() },
            RequestProblem::NotSent(NotSent::NoContact),
            RequestProblem::NotSent(NotSent::Blocked),
            RequestProblem::NotSent(NotSent::TooOften(day(1))),
            RequestProblem::NotReopened,
            RequestProblem::WaitsAlready,
        ];
        let all = notices
            .into_iter()
            .map(|notice| (notice, None))
            .chain(problems.into_iter().map(|problem| (None, Some(problem))));
        for (n, (notice, problem)) in all.enumerate() {
            let page = RequestsPage {
                page: self.console(Section::Requests),
                notice,
                problem,
                open: vec![open(1, None), open(2, Some(NotSent::Blocked)), open(3, Some(NotSent::NoContact))],
                answered: (n % 2 == 0)
                    .then(|| vec![answered(true, false), answered(false, true), answered(false, false)]),
            };
            self.add(&format!("portal_requests-{n}"), &page);
        }
        for (name, answered) in [("empty", None), ("empty_too", Some(Vec::new()))] {
            let page = RequestsPage {
                page: self.console(Section::Requests),
                notice: None,
                problem: None,
                open: Vec::new(),
                answered,
            };
            self.add(&format!("portal_requests-{name}"), &page);
        }
    }
}
