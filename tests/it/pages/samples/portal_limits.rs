//! Limits in the portal.

use sspr::{
    domain::limits::kind::{Holder, Kind, rules},
    portal::{
        limits::{
            lift::LiftPage,
            list::{LimitLine, LimitsPage},
        },
        your_password::PasswordProblem,
    },
    store::limits::Standing,
    web::{page::Moment, portal_nav::Section},
};
use time::Duration;
use uuid::Uuid;

use super::{Gallery, NOW};

impl Gallery<'_> {
    /// Every limit at which a person can stand.
    pub(super) fn standing(&self) -> Vec<Standing> {
        let of_network = |kind: &Kind| {
            !matches!(
                kind,
                Kind::NetworkStarts | Kind::NetworkWithoutPuzzle | Kind::NetworkSignIns | Kind::NetworkLinks
            )
        };
        let at = |kind: Kind| Standing {
            user: Uuid::from_u128(7),
            user_id: self.given.user_id.clone(),
            display_name: self.given.display_name.clone(),
            kind,
            network: matches!(kind, Kind::StartsFromNetwork | Kind::FailedSignIns)
                .then(|| "192.0.2.7".to_owned()),
            until: (!matches!(kind, Kind::WrongCodesInARow | Kind::WrongPasswordsInARow))
                .then(|| NOW + Duration::hours(3)),
        };
        let known = Standing { network: Some("192.0.2.7".to_owned()), ..at(Kind::WrongPasswordsInARow) };
        Kind::ALL.into_iter().filter(of_network).map(at).chain([known]).collect()
    }

    pub(super) fn portal_limits(&mut self) {
        let page = self.console(Section::Users);
        let standing = self.standing();
        let list = |standing: &[Standing], more| LimitsPage {
            page: page.clone(),
            lines: standing.iter().map(LimitLine::new).collect(),
            more,
        };
        let lift = |standing: &[Standing], password, too_often| LiftPage {
            page: page.clone(),
            id: Uuid::from_u128(7),
            user_id: self.given.user_id.clone(),
            display_name: self.given.display_name.clone(),
            standing: standing.to_vec(),
            asks_password: true,
            password,
            too_often,
        };
        let wrong =
            lift(&standing, Some(PasswordProblem::Wrong), Some(Moment::with_day(NOW + Duration::DAY)));
        let (full, nothing) = (lift(&standing, None, None), lift(&[], None, None));
        let (all, nobody) = (list(&standing, true), list(&[], false));
        self.add("portal_limits-list", &all);
        self.add("portal_limits-nobody", &nobody);
        self.add("portal_limits-lift", &full);
        self.add("portal_limits-lift-wrong", &wrong);
        self.add("portal_limits-lift-nothing", &nothing);
    }
}

#[test]
fn a_person_stands_at_no_limit_of_a_network() {
    let budgets = crate::limits::budgets();
    let of_networks = rules(&budgets).into_iter().filter(|rule| rule.holder == Holder::Network);
    assert!(of_networks.map(|rule| rule.kind.as_str()).all(|name| name.starts_with("network_")));
}
