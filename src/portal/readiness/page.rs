//! The report as a page: counts that filter, a warning where too few could help each other, a line for each administrator.

use askama::Template;
use uuid::Uuid;

use super::{contacts, filter::Filter};
use crate::{
    admin::readiness::{Counts, Report},
    domain::{readiness::Reason, user::Role},
    portal::{could_reset::CouldReset, users::role_key},
    store::users::Line,
    web::page::{Page, Screen},
};

const PATH: &str = "/portal/readiness";

/// The page.
#[derive(Template)]
#[template(path = "portal/readiness.html")]
pub struct ReadinessPage {
    /// The shell.
    pub page: Page,
    /// What is shown.
    pub filter: Filter,
    /// The one who looks may mend.
    pub mends: bool,
    /// All administrators in numbers, whatever is shown.
    pub counts: Counts,
    /// How many have each reason.
    pub by_reason: Vec<(Reason, usize)>,
    /// How many fit the filter, on all pages.
    pub total: usize,
    /// This page of them.
    pub lines: Vec<ReadinessLine>,
    /// This page, from 0, and how many there are.
    pub here: (usize, usize),
}

/// One administrator.
pub struct ReadinessLine {
    /// The row.
    pub id: Uuid,
    /// User ID.
    pub user_id: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// Role.
    pub role: Role,
    /// Where the link goes, whole or masked.
    pub email: Option<String>,
    /// Where the code goes, whole or masked.
    pub phone: Option<String>,
    /// Whether they could reset today.
    pub ready: CouldReset,
}

/// A count that is a filter.
struct Tally {
    address: String,
    words: String,
    is_here: bool,
}

impl ReadinessPage {
    /// The page of a report.
    pub fn new(page: Page, report: &Report, filter: Filter, mends: bool, on_a_page: usize) -> Self {
        let fitting: Vec<&Line> = report.lines.iter().filter(|line| filter.fits(line)).collect();
        let pages = fitting.len().div_ceil(on_a_page);
        let here = filter.page(pages);
        let lines = fitting.iter().skip(here * on_a_page).take(on_a_page).map(|line| {
            let role = line.role.parse().unwrap_or(Role::User);
            let (email, phone) = contacts(line, mends);
            ReadinessLine {
                id: line.id,
                user_id: line.user_id.clone(),
                display_name: line.display_name.clone(),
                role,
                email,
                phone,
                ready: CouldReset::new(&page, line.id, role, &line.readiness, mends),
            }
        });
        Self {
            lines: lines.collect(),
            total: fitting.len(),
            here: (here, pages),
            counts: report.counts(),
            by_reason: report.by_reason(),
            page,
            filter,
            mends,
        }
    }

    fn able(&self) -> usize {
        self.counts.yes + self.counts.doubtful
    }

    fn warning_key(&self) -> &'static str {
        if self.mends { "readiness-too-few" } else { "readiness-too-few-ask" }
    }

    fn tally(&self, ready: &str, words: String) -> Tally {
        Tally {
            address: self.filter.with_ready(ready).address(PATH, 0),
            words,
            is_here: self.filter.ready == ready,
        }
    }

    fn verdicts(&self) -> Vec<Tally> {
        [
            ("", "readiness-all", self.counts.administrators),
            ("yes", "readiness-yes", self.counts.yes),
            ("doubtful", "readiness-doubtful", self.counts.doubtful),
            ("no", "readiness-no", self.counts.no),
        ]
        .map(|(ready, key, n)| self.tally(ready, self.page.a(key).arg("n", n).s()))
        .into()
    }

    fn reasons(&self) -> Vec<Tally> {
        let tally = |(reason, n): &(Reason, usize)| {
            let words = self.page.t(&format!("reason-{}", reason.as_str()));
            let words = self.page.a("readiness-reason").arg("reason", words).arg("n", *n).s();
            self.tally(reason.as_str(), words)
        };
        self.by_reason.iter().map(tally).collect()
    }

    fn roles() -> impl Iterator<Item = (&'static str, String)> {
        Role::ALL
            .into_iter()
            .filter(|role| role.is_administrator())
            .map(|role| (role.as_str(), role_key(role)))
    }

    fn file(&self) -> String {
        self.filter.address("/portal/readiness.csv", 0)
    }

    fn previous(&self) -> Option<String> {
        let (here, _) = self.here;
        here.checked_sub(1).map(|page| self.filter.address(PATH, page))
    }

    fn next(&self) -> Option<String> {
        let (here, pages) = self.here;
        (here + 1 < pages).then(|| self.filter.address(PATH, here + 1))
    }
}

impl Screen for ReadinessPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("readiness-title")
    }
}
