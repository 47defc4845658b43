//! Who could reset today, and why not: for administrators' eyes only.

use uuid::Uuid;

use super::{Administrator, By, NotDone, Operator};
use crate::{
    domain::{
        limits::Budgets,
        readiness::{Reason, Verdict},
        user::Role,
    },
    store::{
        Pool, StoreError,
        companies::Company,
        users::{self, Line, User},
    },
};

/// A company's report.
#[derive(Debug, Clone)]
pub struct Report {
    /// Every administrator, the most powerful first.
    pub lines: Vec<Line>,
}

/// In numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Administrators.
    pub administrators: usize,
    /// Could reset.
    pub yes: usize,
    /// Could, if the messages arrive.
    pub doubtful: usize,
    /// Could not.
    pub no: usize,
    /// Global administrators who could, doubtful or not.
    pub global_administrators: usize,
}

impl Counts {
    /// Fewer than two global administrators could reset: if one is gone, nobody can help the other.
    pub const fn too_few_global_administrators(self) -> bool {
        self.global_administrators < 2
    }
}

impl Report {
    /// In numbers.
    pub fn counts(&self) -> Counts {
        let of = |verdict| self.lines.iter().filter(|line| line.readiness.verdict() == verdict).count();
        let global = |line: &&Line| {
            line.role == Role::GlobalAdministrator.as_str() && line.readiness.verdict() != Verdict::No
        };
        Counts {
            administrators: self.lines.len(),
            yes: of(Verdict::Yes),
            doubtful: of(Verdict::Doubtful),
            no: of(Verdict::No),
            global_administrators: self.lines.iter().filter(global).count(),
        }
    }

    /// How many have each reason or doubt; those that nobody has are left out.
    pub fn by_reason(&self) -> Vec<(Reason, usize)> {
        let count = |reason: Reason| {
            self.lines.iter().filter(|line| line.readiness.all().any(|found| found == reason)).count()
        };
        Reason::ALL
            .into_iter()
            .map(|reason| (reason, count(reason)))
            .filter(|(_, people)| *people > 0)
            .collect()
    }
}

/// The report of the witness's own company.
pub async fn report(pool: &Pool, by: &Administrator, budgets: &Budgets) -> Result<Report, StoreError> {
    of_company(pool, by.company_id(), budgets).await
}

/// The report of a company, for an operator.
pub async fn report_of(
    pool: &Pool,
    _by: &Operator,
    company: &Company,
    budgets: &Budgets,
) -> Result<Report, StoreError> {
    of_company(pool, company.id, budgets).await
}

async fn of_company(pool: &Pool, company: Uuid, budgets: &Budgets) -> Result<Report, StoreError> {
    Ok(Report { lines: users::readiness_of_all(pool, company, budgets).await? })
}

/// Of one user, whom the witness may see.
pub async fn of(
    pool: &Pool,
    by: &impl By,
    user: &User,
    budgets: &Budgets,
) -> Result<crate::domain::readiness::Readiness, NotDone> {
    if by.company().is_some_and(|company| company != user.company_id) {
        return Err(super::Refusal::NoUser.into());
    }
    Ok(users::readiness(pool, user.id, budgets).await?)
}
