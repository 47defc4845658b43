//! The users' pages of the portal.

use sspr::{
    domain::{
        readiness::{Readiness, Reason},
        user::Role,
    },
    portal::{
        could_reset::CouldReset,
        users::list::{Choice, Typed, UserLine, UsersPage},
    },
    web::{page::Page, portal_nav::Section},
};
use time::Duration;
use uuid::Uuid;

use super::{Gallery, NOW};

pub(super) fn row(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(super) fn readiness(reasons: &[Reason], doubts: &[Reason]) -> Readiness {
    let limited_until = reasons.contains(&Reason::AtLimit).then_some(NOW + Duration::hours(3));
    Readiness { reasons: reasons.to_vec(), doubts: doubts.to_vec(), limited_until }
}

impl Gallery<'_> {
    fn line(&self, page: &Page, n: u128, role: Role, readiness: &Readiness) -> UserLine {
        let id = row(n);
        UserLine {
            id,
            display_name: self.given.display_name.clone(),
            user_id: self.given.user_id.clone(),
            role,
            ready: CouldReset::new(page, id, role, readiness, true),
            blocked: readiness.reasons.contains(&Reason::Blocked),
            is_self: n == 1,
            choice: match n {
                1 => Choice::Impossible,
                2 => Choice::Chosen,
                _ => Choice::Open,
            },
        }
    }

    pub(super) fn portal_users(&mut self) {
        let page = self.console(Section::Users);
        let lines = [
            (Role::GlobalAdministrator, readiness(&[], &[])),
            (Role::UserManagementAdministrator, readiness(&[], &[Reason::EmailShared, Reason::MailBounced])),
            (Role::PasswordAdministrator, readiness(&[Reason::Blocked, Reason::NoMobilePhone], &[])),
            (Role::BillingAdministrator, readiness(&[Reason::AtLimit], &[Reason::SmsFailed])),
            (Role::User, readiness(&[Reason::NotAdministrator], &[])),
        ];
        let lines: Vec<_> = lines
            .iter()
            .zip(1..)
            .map(|((role, readiness), n)| self.line(&page, n, *role, readiness))
            .collect();
        let full = UsersPage {
            page: page.clone(),
            deleted: true,
            may_create: true,
            typed: Typed { search: self.given.user_id.clone(), ..Typed::default() },
            total: 10_000,
            lines,
            previous: Some(row(1)),
            next: Some(row(5)),
            elsewhere: (100..140).map(row).collect(),
        };
        self.add("portal_users-full", &full);
        let typed = Typed {
            search: "x".to_owned(),
            role: "user".to_owned(),
            ready: "no_mobile_phone".to_owned(),
            blocked: "yes".to_owned(),
        };
        let nobody = UsersPage {
            page,
            deleted: false,
            may_create: false,
            typed,
            total: 0,
            lines: Vec::new(),
            previous: None,
            next: None,
            elsewhere: Vec::new(),
        };
        self.add("portal_users-nobody", &nobody);
    }
}
